#!/usr/bin/python3
"""Flips bytes of a mirror, one at a time, and asks `iokeeper check` each time: flips.py IOKEEPER MIRROR SEED COUNT

COUNT 0 flips each byte. A flip that check does not find must be one that git cannot see either: the same refs and
objects, settings and logs, and `git fsck --full --strict` content (bits that pad the end of a deflated object are such, and
times in logs). Prints how many there were of each; ends with 1 where one was missed."""
import os
import random
import subprocess
import sys

LIMIT = 120  # seconds: whatever is damaged, nothing waits for ever
LEFT_OUT = (".git/description", ".git/hooks", ".git/info/exclude", ".git/iokeeper", ".git/COMMIT_EDITMSG", ".git/ORIG_HEAD",
            ".git/FETCH_HEAD", ".git/gc.log")
NOT_LEFT_OUT = (".git/iokeeper/timeline-main",)


def targets(mirror):
    for folder, _, names in os.walk(mirror):
        for name in names:
            path = os.path.join(folder, name)
            place = os.path.relpath(path, mirror)
            if (place in NOT_LEFT_OUT or not place.startswith(LEFT_OUT)) and not os.path.islink(path):
                yield path, os.path.getsize(path)


def run(*command):
    return subprocess.run(command, capture_output=True, check=False, timeout=LIMIT)


def as_git_sees(mirror):
    parts = [run("git", "-C", mirror, *words) for words in (
        ("fsck", "--full", "--strict"), ("for-each-ref",), ("cat-file", "--batch-all-objects", "--batch"), ("status", "--porcelain"),
        ("config", "--list"), ("log", "--walk-reflogs", "--all", "--format=%H %gn %ge %gs"))]
    return [(part.returncode, part.stdout) for part in parts]


def flip(path, offset, mask):
    os.chmod(path, 0o644)
    with open(path, "r+b") as file:
        file.seek(offset)
        old = file.read(1)
        file.seek(offset)
        file.write(bytes([old[0] ^ mask]))


def main():
    iokeeper, mirror, seed, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    chance = random.Random(seed)
    files = sorted(targets(mirror))
    places = [(path, offset) for path, size in files for offset in range(size)]
    if count:
        places = [chance.choice(places) for _ in range(count)]
    sound = as_git_sees(mirror)
    found = harmless = 0
    for path, offset in places:
        mask = chance.randrange(1, 256)
        flip(path, offset, mask)
        told = run(iokeeper, "check", "--json")
        for verb in ("list", "log", "diff") if found % 10 == 0 else ():
            run(iokeeper, verb)
        if told.returncode != 0:
            found += 1
        elif as_git_sees(mirror) == sound:
            harmless += 1
        else:
            sys.exit(f"missed: {path}, byte {offset}, flipped by {mask:#x} (seed {seed})\n{told.stdout.decode()}")
        flip(path, offset, mask)
    if run(iokeeper, "check", "--json").returncode != 0:
        sys.exit("the mirror is not sound at the end")
    print(f"seed {seed}: {len(places)} bytes of {len(files)} files flipped, {found} found, {harmless} that git cannot see either")


main()
