#!/usr/bin/env python3
"""What a mirror of a live service costs: its requests counted and judged, and its time beside the least there can be.

    live.py BUILD [INTEGRATIONS]        part of bench.sh; prints a table, and never fails because of a figure

The server is the simulator's live profile at 50 ms a request, with its own limit of requests. The least is requests ÷
concurrency × latency: what answers alone take if nothing else takes any time and nobody has to wait for another.
"""
import contextlib
import json
import math
import os
import subprocess
import sys
import tempfile
import time
import urllib.request

LATENCY, CONCURRENCY, RATE, PAGE = 0.050, 8, 200, 1000
SCRIPTS, TOKEN = 400, "sim-token"
CONSTANT, WALL_TARGET = 60, 1.15  # requests beside pages and scripts; seconds beside the least
KINDS = ("integrations", "flows", "exports", "imports", "connections", "scripts", "iclients", "filedefinitions",
         "ediprofiles", "asynchelpers", "lookupcaches", "stacks", "agents", "apis", "tools", "mcpservers", "tags")


@contextlib.contextmanager
def simulator(build, work, integrations):
    """Runs one; yields its URL."""
    port_file = os.path.join(work, "port")
    with open(os.path.join(work, "simulator.log"), "wb") as log:
        process = subprocess.Popen(
            [os.path.join(build, "simulator"), "--port", "0", "--port-file", port_file, "--token", TOKEN, "--seed", "7",
             "--profile", "live", "--latency", str(round(LATENCY * 1000)), "--integrations", str(integrations),
             "--flows", "10", "--exports", "20", "--imports", "20", "--connections", "100", "--scripts", str(SCRIPTS)],
            stdout=log, stderr=log)
    try:
        while not os.path.exists(port_file):
            if process.poll() is not None:
                sys.exit("bench: the simulator does not start")
            time.sleep(0.05)
        with open(port_file, encoding="ascii") as file:
            yield f"http://127.0.0.1:{file.read().strip()}"
    finally:
        process.terminate()
        process.wait()


def admin(url, path, method="GET"):
    with urllib.request.urlopen(urllib.request.Request(f"{url}/_admin{path}", method=method)) as answer:
        return answer.read()


def configure(work, url):
    path = os.path.join(work, "live.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"api:\n  url: {url}/v1\n  rate: {RATE}\n  concurrency: {CONCURRENCY}\n"
                   f"mirror:\n  path: {work}/mirror\n")
    return path


def sync(build, config, url):
    """One cycle: its seconds, and what the server counted."""
    admin(url, "/stats", "DELETE")
    began = time.monotonic()
    subprocess.run([os.path.join(build, "iokeeper"), "--config", config, "-q", "sync"], check=True,
                   env=dict(os.environ, IOKEEPER_TOKEN=TOKEN))
    return time.monotonic() - began, json.loads(admin(url, "/stats"))


def parts_of(stats):
    """Requests: pages of documents, scripts one by one, all others."""
    counts = stats["by_path_template"]
    pages = sum(counts.get(f"/{kind}", 0) for kind in KINDS)
    scripts = counts.get("/scripts/{id}", 0)
    return pages, scripts, stats["requests"] - pages - scripts


def line(*cells):
    print("| " + " | ".join(cells) + " |")


def judge(what, value, target, good):
    line(what, value, target, "pass" if good else "MISS")


def report(name, seconds, stats, documents):
    pages, scripts, rest = parts_of(stats)
    needed = sum(math.ceil(n / PAGE) or 1 for n in documents.values())
    requests, most = needed + SCRIPTS + CONSTANT, RATE + CONCURRENCY
    least = stats["requests"] / CONCURRENCY * LATENCY
    judge(f"{name}: requests ({pages} pages, {scripts} scripts, {rest} others)", str(stats["requests"]),
          f"≤ {needed} + {SCRIPTS} + {CONSTANT}", stats["requests"] <= requests)
    judge(f"{name}: most requests in one second", str(stats["peak_rate"]), f"≤ {RATE} + {CONCURRENCY}",
          stats["peak_rate"] <= most)
    judge(f"{name}: refused for their rate", str(stats["rate_limited"]), "0", stats["rate_limited"] == 0)
    judge(f"{name}: {seconds:.2f} s / at least {least:.2f} s", f"{seconds / least:.2f}", f"≤ {WALL_TARGET}",
          seconds / least <= WALL_TARGET)


def main(build, integrations):
    with tempfile.TemporaryDirectory(prefix="iokeeper-live-") as work, simulator(build, work, integrations) as url:
        state = json.loads(admin(url, "/state"))
        documents = {kind: len(state[kind]) for kind in KINDS}
        config = configure(work, url)
        print(f"live: {sum(documents.values())} documents, {documents['scripts']} of them scripts; {PAGE} rows a page, "
              f"{LATENCY * 1000:.0f} ms a request, {CONCURRENCY} at once, at most {RATE} a second\n")
        line("live profile", "is", "target", "")
        line("---", "--:", "--:", "---")
        for name in ("cold", "unchanged"):
            report(name, *sync(build, config, url), documents)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 200)
