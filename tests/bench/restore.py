#!/usr/bin/env python3
"""What bringing things back costs: an integration of some 200 resources at 50 ms a request, and a plan over many
resources that are as they were, beside git's own `diff --stat`.

    restore.py BUILD [RESOURCES]        part of bench.sh; prints a table, and never fails because of a figure

The least of a restore is the sum over its levels of ⌈steps ÷ concurrency⌉ × requests a step × latency. The plan is
measured by itself, without the sync before it; the three best of nine are compared.
"""
import json
import math
import os
import subprocess
import sys
import tempfile
import time
import urllib.request

import live

LATENCY, CONCURRENCY = live.LATENCY, live.CONCURRENCY
RESTORE_TARGET, PLAN_TARGET = 1.25, 2.0
REQUESTS = {"create": 1, "update": 2, "link": 2, "delete": 1, "enable": 2}


class Account:
    def __init__(self, build, work, sizes, latency_ms):
        self.iokeeper = os.path.join(build, "iokeeper")
        port_file = os.path.join(work, "port")
        options = [word for name, count in sizes.items() for word in (f"--{name}", str(count))]
        self.log = open(os.path.join(work, "simulator.log"), "wb")
        self.process = subprocess.Popen(
            [os.path.join(build, "simulator"), "--port", "0", "--port-file", port_file, "--token", live.TOKEN, "--seed",
             "7", "--latency", str(latency_ms), *options], stdout=self.log, stderr=self.log)
        while not os.path.exists(port_file):
            if self.process.poll() is not None:
                sys.exit("bench: the simulator does not start")
            time.sleep(0.05)
        with open(port_file, encoding="ascii") as file:
            self.url = f"http://127.0.0.1:{file.read().strip()}"
        self.config = live.configure(work, self.url)
        self.mirror = os.path.join(work, "mirror")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.log.close()

    def run(self, *arguments):
        """The lines of a verb, by type."""
        environment = {**os.environ, "IOKEEPER_TOKEN": live.TOKEN}
        done = subprocess.run([self.iokeeper, "--config", self.config, "--json", *arguments], env=environment,
                              stdout=subprocess.PIPE, check=False)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        if done.returncode not in (0, 3):
            sys.exit(f"bench: {arguments[0]} ended with {done.returncode}: {lines[-1:]}")
        return lines

    def dump(self):
        return json.loads(live.admin(self.url, "/state"))

    def delete(self, kind, id_):
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/_admin/{kind}/{id_}", method="DELETE")).read()


def least_of(steps):
    """Seconds that answers alone take."""
    levels = {}
    for step in steps:
        levels.setdefault((step["level"], step["verb"]), []).append(step)
    waves = sum(math.ceil(len(some) / CONCURRENCY) * REQUESTS[verb] for (_, verb), some in levels.items())
    return waves * LATENCY


def restore_row(build, work):
    sizes = {"integrations": 1, "flows": 40, "exports": 80, "imports": 80, "connections": 4, "scripts": 4}
    with Account(build, work, sizes, round(LATENCY * 1000)) as account:
        account.run("sync")
        dump = account.dump()
        integration = dump["integrations"][0]["_id"]
        for kind in ("flows", "exports", "imports", "integrations"):
            for document in dump[kind]:
                account.delete(kind, document["_id"])
        began = time.monotonic()
        lines = account.run("restore", integration, "--yes")
        whole = time.monotonic() - began
    steps = [line for line in lines if line["type"] == "step"]
    writing, least = lines[-1]["write_ms"] / 1000, least_of(steps)
    print(f"\nrestore: an integration of {len(steps)} resources in {lines[-1]['levels']} levels, "
          f"{LATENCY * 1000:.0f} ms a request, {CONCURRENCY} at once\n")
    live.line("restore", "is", "target", "")
    live.line("---", "--:", "--:", "---")
    live.judge(f"writing: {writing:.2f} s / at least {least:.2f} s", f"{writing / least:.2f}", f"≤ {RESTORE_TARGET}",
               writing / least <= RESTORE_TARGET)
    live.line(f"all, with a sync before and one after: {whole:.2f} s", f"{whole / least:.2f}", "", "")


def best(times, of=3):
    return sum(sorted(times)[:of]) / of


def compare_plan(account, commit, what):
    """A plan beside git's diff of the same two commits."""
    planning = best([account.run("plan", "--all", "--at", commit)[-1]["plan_ms"] for _ in range(9)])
    diffing = []
    for _ in range(9):
        began = time.monotonic()
        subprocess.run(["git", "-C", account.mirror, "diff", "--stat", commit, "HEAD"], stdout=subprocess.DEVNULL,
                       check=True)
        diffing.append((time.monotonic() - began) * 1000)
    git = best(diffing)
    live.judge(f"plan, {what}: {planning:.1f} ms / git diff --stat {git:.1f} ms", f"{planning / git:.2f}",
               f"< {PLAN_TARGET:.0f}", planning / git < PLAN_TARGET)


def plan_row(build, work, resources):
    count = max(1, resources // 100)
    sizes = {"integrations": count, "flows": 20, "exports": 40, "imports": 39, "connections": 20, "scripts": 0,
             "audit": 0, "users": 1}
    with Account(build, work, sizes, 0) as account:
        account.run("sync")
        head = subprocess.run(["git", "-C", account.mirror, "rev-parse", "HEAD"], stdout=subprocess.PIPE, check=True,
                              text=True).stdout.strip()
        files = len(subprocess.run(["git", "-C", account.mirror, "ls-tree", "-r", "--name-only", "HEAD"],
                                   stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines())
        compare_plan(account, head, f"{files} resources as they were")
        export = account.dump()["exports"][0]["_id"]
        urllib.request.urlopen(urllib.request.Request(
            f"{account.url}/_admin/exports/{export}?touch=1", data=b'{"description":"changed"}', method="PATCH")).read()
        compare_plan(account, head, f"one of {files} changed")


def main():
    build = os.path.abspath(sys.argv[1])
    for row, *sizes in ((restore_row,), (plan_row, int(sys.argv[2]) if len(sys.argv) > 2 else 10000)):
        with tempfile.TemporaryDirectory(prefix="iokeeper-restore-") as work:
            row(build, work, *sizes)


if __name__ == "__main__":
    main()
