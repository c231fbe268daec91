#!/usr/bin/python3
"""Mirrors made-up accounts, wipes them out, brings them back, mirrors them again: the trees are the same but for ids.

    tests/restore/property.py BUILD RUNS [SEED]      accounts of the seeds SEED=1, SEED+1, …; JOBS=2 at a time

The server must have noticed no secret destroyed, no flow started unasked and no reference to what is not there, and
another restore must write nothing. The last line is "N passed, N failed".
"""
import concurrent.futures
import json
import os
import random
import re
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "chaos"))

import trees  # noqa: E402
from mirror import Mirror  # noqa: E402
from simulator import KINDS, Simulator  # noqa: E402

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
OTHER_KINDS = KINDS[6:]
SETTINGS = {"lists": "auto", "page_size": 100, "max_delete": 100000, "max_delete_percent": 100, "users": "false",
            "exclude": []}


class Wrong(Exception):
    """Something did not hold."""


def choose_options(dice, live):
    sizes = {"integrations": dice.randint(1, 4), "flows": dice.randint(0, 4), "exports": dice.randint(0, 6),
             "imports": dice.randint(0, 6), "connections": dice.randint(0, 8), "scripts": dice.randint(0, 4),
             "users": 2, "audit": 2, "standalone": dice.randint(0, 3), "shared": dice.randint(0, 2),
             "orphans": dice.randint(0, 2)}
    if live:
        sizes.update((kind, dice.randint(0, 3)) for kind in OTHER_KINDS)
        sizes["managed"] = dice.choice((0, 0, 1))
    options = ["--profile", "live" if live else "reference", "--seed", str(dice.randint(1, 10**6))]
    for flag, share, fits in (("--refuse-server-fields", 0.3, live), ("--refuse-delete-in-use", 0.3, True),
                              ("--shuffle", 0.3, True), ("--strict-query", 0.2, live), ("--no-recycle-bin", 0.2, live),
                              ("--no-account-audit", 0.1, live), ("--no-account-lists", 0.15, not live)):
        if fits and dice.random() < share:
            options.append(flag)
    return options + [word for kind, count in sizes.items() for word in (f"--{kind}", str(count))]


class Story:
    def __init__(self, seed, build):
        self.dice = random.Random(seed)
        self.live = self.dice.random() < 0.7
        self.options = choose_options(self.dice, self.live)
        self.folder = tempfile.mkdtemp(prefix=f"restore-{seed}-", dir=os.environ.get("TMPDIR") or MEMORY)
        self.simulator = Simulator(os.path.join(build, "simulator"), self.options, self.folder)
        settings = {**SETTINGS, "concurrency": self.dice.choice((1, 4, 8)),
                    "audit": str(self.dice.random() < 0.5).lower(), "url": self.simulator.url}
        self.mirror = Mirror(os.path.join(build, "iokeeper"), self.folder, "mirror", settings)
        self.diary = [f"simulator {' '.join(self.options)}"]
        self.arguments = []

    def rows(self, path):
        return json.loads(self.simulator.admin("GET", path))

    def run(self, *arguments, codes=(0,)):
        outcome = self.mirror.run(*arguments)
        self.diary.append(f"iokeeper {' '.join(arguments)}: exit {outcome.code}, {outcome.seconds:.2f} s")
        said = outcome.err + (b"" if "--json" in arguments else outcome.out)
        self.diary += [f"    {line}" for line in said.decode(errors="replace").splitlines()[-40:]]
        if outcome.code not in codes:
            raise Wrong(f"exit code {outcome.code}, not of {codes}")
        return outcome

    # ---- the disaster ----

    def wipe(self):
        """All of it is gone, or a part; the bin has it, or a part of it, or nothing."""
        way = self.dice.choice(("empty", "purged", "binned", "mixed", "part", "part", "integration"))
        self.diary.append(f"wiped: {way}")
        if way == "empty":
            self.simulator.admin("PUT", "/state", {})
            return
        state = self.simulator.state()
        victims = [(kind, id) for kind in KINDS for id in state[kind]]
        if way == "integration":
            victims = [("integrations", id) for id in state["integrations"]]
        if way == "part":
            victims = self.dice.sample(victims, self.dice.randint(0, len(victims)))
            path = f"/mutate?seed={self.dice.randint(1, 10**6)}&edits={self.dice.randint(0, 12)}"
            self.simulator.admin("POST", path)
        self.dice.shuffle(victims)
        for kind, id in victims:
            touch = {"purged": 0, "binned": 1}.get(way, self.dice.randint(0, 1))
            self.simulator.admin("DELETE", f"/{kind}/{id}?touch={touch}&cascade={self.dice.randint(0, 1)}")

    # ---- the rescue ----

    def choose_arguments(self, commit):
        self.enable = self.dice.random() < 0.5
        self.arguments = ["--all", "--at", commit, "--force-managed"] + ["--enable-flows"] * self.enable
        self.given = self.live and self.dice.random() < 0.75
        if self.given or self.dice.random() < 0.3:
            self.arguments += ["--connections"]

    def give_secrets(self, whole):
        """A file with all that the server holds back, and what else the plan says is missing."""
        plan = self.run("--json", "plan", *self.arguments, codes=(0, 2, 3, 13))
        secrets = {f"{kind.removesuffix('s')}/{id}": dict(stored)
                   for kind, held in whole.get("secrets", {}).items() for id, stored in held.items()}
        for step in map(json.loads, plan.out.decode().splitlines()):
            for path in step.get("holes", ()) if step["type"] == "step" else ():
                document = next(document for document in whole[step["kind"] + "s"] if document["_id"] == step["id"])
                secrets.setdefault(f"{step['kind']}/{step['id']}", {}).setdefault(path, at(document, path))
        path = os.path.join(self.folder, "secrets.yaml")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            json.dump(secrets, file, indent=1)
        self.arguments += ["--secrets", path]
        self.diary.append(f"{sum(map(len, secrets.values()))} secrets given")

    def judge_server(self, whole):
        awake = {flow["_id"] for flow in whole["flows"] if not flow.get("disabled")}
        lines = [f"the server said {code}" for code in self.rows("/stats")["by_code"] if code == "invalid_ref"]
        lines += [f"a secret was lost: {row}" for row in self.rows("/losses")]
        back = {new: old for old, new in trees.idmap(self.mirror, self.mirror.ref("HEAD")).items()}
        for run in self.rows("/runs"):
            if not self.enable or back.get(run["_flowId"], run["_flowId"]) not in awake:
                lines.append(f"a flow started: {run}")
        return lines

    def writes(self):
        return sum(count for method, count in self.rows("/stats")["by_method"].items() if method != "GET")

    def tell(self):
        self.run("sync")
        commit, whole = self.mirror.ref("HEAD"), self.simulator.state()[""]
        old = trees.read(self.mirror, commit)
        self.wipe()
        self.simulator.admin("DELETE", "/runs")
        self.choose_arguments(commit)
        if self.given:
            self.give_secrets(whole)
        first = self.run("restore", *self.arguments, "--yes", codes=(0,) if self.given else (0, 3))
        head = self.mirror.ref("HEAD")
        self.run("sync")
        wrong = [] if self.mirror.ref("HEAD") == head else ["a sync behind the restore made a commit"]
        wrong += trees.differences(old, trees.read(self.mirror, self.mirror.ref("HEAD")),
                                   trees.idmap(self.mirror, self.mirror.ref("HEAD")),
                                   lenient=not self.given, sleeping=not (self.enable and self.given),
                                   strangers=first.code == 3)
        wrong += self.judge_server(whole)
        before = self.writes()
        self.run("restore", *self.arguments, "--yes", codes=(0,) if self.given else (0, 3))
        wrong += ["restoring once more writes"] if self.writes() != before else []
        if wrong:
            raise Wrong("\n".join(wrong[:40]))

    def close(self, keep):
        if keep:
            for name in ("log", "state", "losses", "runs"):
                with open(os.path.join(self.folder, name), "wb") as file:
                    file.write(self.simulator.admin("GET", "/" + name))
        self.simulator.close()
        self.mirror.close()
        if not keep:
            shutil.rmtree(self.folder)


def at(document, path):
    """The value at a path such as "http.headers[0].value"."""
    for key, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        document = document[int(index)] if index else document[key]
    return document


def run(seed, build):
    """Plays the story of a seed. None, or a report of what went wrong; its folder stays then."""
    story = Story(seed, build)
    wrong = None
    try:
        story.tell()
    except Wrong as error:
        wrong = str(error)
    except Exception as error:  # a broken simulator or mirror is a failed run, too
        wrong = f"{type(error).__name__}: {error}"
    story.close(keep=wrong is not None)
    return wrong and "\n".join([*story.diary, wrong, f"all of it is in {story.folder}"])


def main():
    build, runs = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    passed = failed = 0
    with concurrent.futures.ProcessPoolExecutor(int(os.environ.get("JOBS", "2"))) as pool:
        futures = {pool.submit(run, seed + number, build): seed + number for number in range(runs)}
        for future in concurrent.futures.as_completed(futures):
            report = future.result()
            if report:
                print(f"seed {futures[future]}:\n{report}\n", flush=True)
            failed += report is not None
            passed += report is None
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
