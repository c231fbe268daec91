#!/usr/bin/env python3
"""A daemon that has synced often is as small as one that has not.

soak.py BUILD [CYCLES]    1000 cycles where no number is given

Asks a daemon for one cycle after the other (SIGUSR1), the account changing now and then, and compares its resident
memory and descriptors after the last with those after the tenth. The last line is "N passed, N failed".
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

WARM = 10
GROWTH_KB = 1024


def resident_kb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise RuntimeError("no VmRSS")


def descriptors(pid):
    """Those that stay: what it waits is told by a file, which is still open for a moment then."""
    counts = []
    for _ in range(10):
        counts.append(len(os.listdir(f"/proc/{pid}/fd")))
        time.sleep(0.02)
    return min(counts)


def wait_for(what, seconds, condition):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.002)
    raise TimeoutError(what)


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    cycles = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        root = pathlib.Path(folder)
        port_file = root / "port"
        simulator = subprocess.Popen(
            [build / "simulator", "--port", "0", "--port-file", port_file, "--token", "token-of-soak", "--integrations", "1",
             "--flows", "1", "--exports", "1", "--imports", "1", "--connections", "1", "--scripts", "1", "--audit", "1"],
            stdout=subprocess.DEVNULL)
        wait_for("simulator", 10, port_file.exists)
        port = port_file.read_text(encoding="ascii").strip()
        config = root / "soak.yaml"
        config.write_text("schedule: {every: 24h}\n", encoding="ascii")
        log = open(root / "log", "w", encoding="utf-8")
        daemon = subprocess.Popen(
            [build / "iokeeper", "--config", config, "run"], stderr=log,
            env={**os.environ, "IOKEEPER_API_URL": f"http://127.0.0.1:{port}/v1", "IOKEEPER_TOKEN": "token-of-soak",
                 "IOKEEPER_MIRROR": str(root / "mirror")})
        status = root / "mirror/.git/iokeeper/status.json"
        presence = root / "mirror/.git/iokeeper/daemon.json"

        def done():
            try:
                return json.loads(status.read_text(encoding="utf-8"))["totals"]["cycles"]["synced"]
            except (FileNotFoundError, KeyError, ValueError):
                return 0

        def waits():
            try:
                return json.loads(presence.read_text(encoding="utf-8"))["state"] == "waiting"
            except (FileNotFoundError, ValueError):
                return False

        warm = None
        try:
            for n in range(1, cycles + 1):
                wait_for(f"cycle {n}", 60, lambda n=n: done() >= n and waits())
                if n == WARM:
                    warm = resident_kb(daemon.pid), descriptors(daemon.pid)
                if n % 25 == 0:
                    urllib.request.urlopen(urllib.request.Request(
                        f"http://127.0.0.1:{port}/_admin/mutate?seed={n}&edits=1", method="POST")).read()
                if n < cycles:
                    daemon.send_signal(signal.SIGUSR1)
            last = resident_kb(daemon.pid), descriptors(daemon.pid)
        finally:
            daemon.send_signal(signal.SIGTERM)
            code = daemon.wait(15)
            simulator.terminate()
            simulator.wait()
        checks = [
            (f"resident memory: {warm[0]} kB after {WARM} cycles, {last[0]} kB after {cycles}", last[0] - warm[0] <= GROWTH_KB),
            (f"descriptors: {warm[1]}, then {last[1]}", last[1] == warm[1]),
            (f"it ends with {code}", code == 143),
        ]
    for what, good in checks:
        print("ok" if good else "not ok", what)
    failed = sum(not good for _, good in checks)
    print(f"{len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
