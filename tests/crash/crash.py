#!/usr/bin/python3
"""Kills a restore, or the server, at every moment that counts, and has it finished: the account must be the one that an
undisturbed restore makes, each resource there once, and another restore must find nothing to do.

    tests/crash/crash.py BUILD [SEED [MOMENT…]]      iokeeper and simulator of BUILD; SEED=1

A MOMENT is NAME:NUMBER, as a failure names it; RUNS=N takes N of them, JOBS=N two at a time or so many. Of requests:
"arrived" and not carried out, "done" and not answered, "answered", "twice" (the resume dies, too), "terminated". Of
what gets to disk: "synced", "unsynced" and "torn" (the journal lacks the last record, or half of it). Of the server:
"server-arrived", "server-done", "server-gone" (and back only when the program has given up). The last line is
"N passed, N failed".
"""
import collections
import concurrent.futures
import json
import multiprocessing.util
import os
import random
import re
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True

import accounts  # noqa: E402
import deaths  # noqa: E402
from world import World  # noqa: E402

LEAST_STEPS = 60
SHOWN = 12  # lines of what is wrong, at most
VERBS = ("create", "update", "delete", "link", "enable")
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # no disk is worn out, and nothing waits for one


class Stage(World):
    """A world, and what an undisturbed restore makes of it."""

    def __init__(self, build, seed):
        super().__init__(build, seed, tempfile.mkdtemp(prefix="crash-", dir=os.environ.get("TMPDIR") or MEMORY))
        self.known = accounts.ids(self.whole) | accounts.ids(json.loads(self.wrecked))
        self.runs, self.wrong = [], []
        self.rehearse()

    def rehearse(self):
        """The undisturbed run; `problems` tells why it is no measure."""
        self.reset()
        under = deaths.trace(self) if deaths.can_trace() else []
        self.code = self.run("--json", *self.restore(), under=under)
        self.syncs = deaths.calls(self) if under else []
        self.writes = self.server.writes()
        self.portrait = accounts.portrait(self.server.dump(), self.known)
        text = self.said()
        self.counts = {verb: len(re.findall(rf'"verb":"{verb}"', text)) for verb in VERBS}
        from_bin = len(re.findall(r'"from_bin":true', text))
        self.problems = [] if self.code == 0 else [f"undisturbed, and yet exit {self.code}: {text[-3000:]}"]
        self.problems += [f"no step that would {verb}" for verb, count in self.counts.items() if not count]
        if sum(self.counts.values()) < LEAST_STEPS or not from_bin:
            self.problems.append(f"only {sum(self.counts.values())} steps, {from_bin} from the bin")
        self.problems += self.compare_with_whole() + self.judge_server()
        if not accounts.differences(accounts.portrait(json.loads(self.wrecked), self.known), self.portrait):
            self.problems.append("the comparison is blind: the wrecked account looks like the one brought back")

    def compare_with_whole(self):
        """What came back is what had been lost."""
        whole, now = (collections.Counter(text.split(" ", 1)[0] for text in portrait.elements())
                      for portrait in (accounts.portrait(self.whole, set()), self.portrait))
        return [] if whole == now else [f"there were {dict(whole)}, and now there are {dict(now)}"]

    def keep_evidence(self):
        """What a server that dies would take along."""
        self.runs += self.server.rows("/runs")
        self.wrong += [f"{loss['loss']}: {loss}" for loss in self.server.rows("/losses")]
        self.wrong += [f"the server said {code}" for code in self.server.rows("/stats")["by_code"] if code == "invalid_ref"]

    # ---- what must hold ----

    def judge_server(self):
        self.keep_evidence()
        started = collections.Counter(run["_flowId"] for run in self.runs)
        lines = self.wrong + [f"a flow started by itself: {run}" for run in self.runs if run["reason"] != "enabled"]
        lines += [f"{id} started {count} times" for id, count in started.items() if count > 1]
        self.runs, self.wrong = [], []
        return lines

    def finish(self):
        """The restore is taken up where it was left."""
        if not self.has_run():
            return self.begin_anew()
        code = self.run("resume", "--yes")
        lines = [] if code == self.code else [f"resume: exit {code}, not {self.code}"]
        return lines + (["the run is still on record"] if self.has_run() else [])

    def begin_anew(self):
        """It has not begun, or has ended."""
        before = self.server.writes()
        code = self.run("resume", "--yes")
        lines = [] if code == 0 else [f"nothing to resume: exit {code}"]
        lines += ["nothing to resume, and yet it writes"] if self.server.writes() != before else []
        code = self.run(*self.restore())
        return lines + ([] if code == self.code else [f"restore: exit {code}, not {self.code}"])

    def judge_account(self):
        return accounts.differences(accounts.portrait(self.server.dump(), self.known), self.portrait)

    def judge_mirror(self):
        said = self.mirror.git("status", "--porcelain").decode() + self.mirror.git("fsck", "--strict").decode()
        return [f"git: {line}" for line in said.splitlines() if not line.startswith(("notice", "dangling"))]

    def judge_again(self):
        before = self.server.writes()
        code = self.run(*self.restore())
        lines = [] if code == 0 else [f"restoring once more: exit {code}"]
        return lines + (["restoring once more writes"] if self.server.writes() != before else [])

    def play(self, moment):
        """Lets one moment come. What was wrong, as lines."""
        self.reset()
        lines = deaths.bring_about(self, moment, self.syncs)
        lines += self.finish() + self.judge_account() + self.judge_server() + self.judge_mirror() + self.judge_again()
        said = self.said()
        return lines and [*lines[:SHOWN], "it said:", *said.splitlines()[-60:]]

    def close(self):
        super().close()
        shutil.rmtree(self.folder)


# ---- all of it ----

stage = None


def open_stage(build, seed):
    global stage
    stage = Stage(build, seed)
    multiprocessing.util.Finalize(stage, stage.close, exitpriority=1)


def play(moment):
    return stage.play(moment) if not stage.problems else []


def describe():
    return stage.problems, stage.writes, stage.syncs, stage.counts


def choose(writes, syncs, seed, named):
    moments = deaths.moments(writes, syncs)
    if named:
        return [(name, int(number)) for name, _, number in (text.partition(":") for text in named)]
    wanted = int(os.environ.get("RUNS", "0")) or len(moments)
    return moments if wanted >= len(moments) else random.Random(seed).sample(moments, wanted)


def main():
    build, seed = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    print(f"seed {seed}")
    passed = failed = 0
    with concurrent.futures.ProcessPoolExecutor(int(os.environ.get("JOBS", "2")), initializer=open_stage,
                                                initargs=(build, seed)) as pool:
        problems, writes, syncs, counts = pool.submit(describe).result()
        for line in problems:
            print(line)
        moments = [] if problems else choose(writes, syncs, seed, sys.argv[3:])
        print(f"{counts}; {writes} requests that write, {len(syncs)} calls to sync; {len(moments)} moments", flush=True)
        futures = {pool.submit(play, moment): moment for moment in moments}
        for future in concurrent.futures.as_completed(futures):
            lines, moment = future.result(), futures[future]
            if lines:
                print(f"{moment[0]}:{moment[1]} (seed {seed}):", *lines, "", sep="\n  ", flush=True)
            failed += bool(lines)
            passed += not lines
    print(f"{passed} passed, {failed + bool(problems)} failed")
    return 1 if failed or problems else 0


if __name__ == "__main__":
    sys.exit(main())
