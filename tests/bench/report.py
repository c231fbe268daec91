#!/usr/bin/env python3
"""Turns the table of bench.sh into medians and ratios: report.py TABLE FACTS WRONG. Judges, but never fails."""
import statistics
import sys

WALL_TARGET, HAND_TARGET, MEMORY_TARGET, CPU_TARGET = 1.5, 20, 64, 0.5


def read(path):
    with open(path, encoding="utf-8") as lines:
        return [line.rstrip("\n").split("\t") for line in lines if line.strip()]


class Runs:
    """The runs of one label: medians of time and CPU, the highest memory."""

    def __init__(self, rows):
        self.n = len(rows)
        self.wall = statistics.median(float(row[1]) for row in rows)
        self.cpu = statistics.median(float(row[2]) for row in rows)
        self.memory = max(int(row[3]) for row in rows) / 1024
        self.failed = sum(row[4] != "0" for row in rows)


def collect(rows):
    labels = list(dict.fromkeys(row[0] for row in rows))
    return {label: Runs([row for row in rows if row[0] == label]) for label in labels}


def line(*cells):
    print("| " + " | ".join(cells) + " |")


def print_runs(runs):
    line("what", "runs", "seconds", "CPU seconds", "peak MB")
    line("---", "--:", "--:", "--:", "--:")
    for label, run in runs.items():
        note = f" ({run.failed} FAILED)" if run.failed else ""
        line(label + note, str(run.n), f"{run.wall:.2f}", f"{run.cpu:.2f}", f"{run.memory:.0f}")
    print()


def judge(what, value, target, at_least=False, digits=2, unit=""):
    good = value >= target if at_least else value <= target
    sign = "≥" if at_least else "≤"
    line(what, f"{value:.{digits}f}{unit}", f"{sign} {target}{unit}", "pass" if good else "MISS")


def inform(what, value):
    line(what, f"{value:.2f}", "", "")


def fastest_curl(runs, name):
    return min((run for label, run in runs.items() if label.startswith(f"curl {name},")), key=lambda run: run.wall)


def judge_lists(runs, name):
    cold, unchanged = runs[f"cold {name}"], runs[f"unchanged {name}"]
    curl, fast_import, checkout = fastest_curl(runs, name), runs["fast-import"], runs["checkout"]
    ours = f"cold, {name}"
    tuned = runs["fast-import, tuned"]
    judge(f"{ours} / (curl + fast-import)", cold.wall / (curl.wall + fast_import.wall), WALL_TARGET)
    judge(f"{ours} / (curl + tuned fast-import)", cold.wall / (curl.wall + tuned.wall), WALL_TARGET)
    inform(f"{ours} / (curl + tuned fast-import + checkout)", cold.wall / (curl.wall + tuned.wall + checkout.wall))
    inform(f"{ours} / (curl + tuned fast-import + checkout), CPU", cold.cpu / (curl.cpu + tuned.cpu + checkout.cpu))
    judge(f"{ours}: peak memory", cold.memory, MEMORY_TARGET, digits=0, unit=" MB")
    judge(f"unchanged, {name}: CPU / cold CPU", unchanged.cpu / cold.cpu, CPU_TARGET)
    inform(f"unchanged, {name}: time / cold time", unchanged.wall / cold.wall)


def main(table, facts, wrong):
    runs = collect(read(table))
    print("; ".join(f"{name}: {value}" for name, value in read(facts)))
    print()
    print_runs(runs)
    line("ratio", "is", "target", "")
    line("---", "--:", "--:", "---")
    for name in ("auto", "integration", "no-account-lists"):
        judge_lists(runs, name)
    if "by hand" in runs:
        judge("by hand / cold, auto", runs["by hand"].wall / runs["cold auto"].wall, HAND_TARGET, True, 1)
        inform("by hand / cold, auto, CPU", runs["by hand"].cpu / runs["cold auto"].cpu)
    inform("cold at 50 ms latency / curl at 50 ms", runs["cold latency"].wall / runs["curl latency"].wall)
    mistakes = [" ".join(row) for row in read(wrong)]
    line("second sync writes no file, makes no commit", "no" if mistakes else "yes", "yes",
         "MISS" if mistakes else "pass")
    for mistake in mistakes:
        print(f"\n{mistake}")


main(*sys.argv[1:4])
