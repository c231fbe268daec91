#!/usr/bin/python3
"""Whether an abridged example is what a program printed: abridged.py BLOCK OUTPUT

The block of a document, as tests/docs/block prints it, is looked for in the output, line by line and in its order. Of a
line, "[…]" stands for any text, and for any lines where it stands alone; numbers, and hexadecimal ids of seven digits and
more, may be others; single quotes, which a shell has taken, are not looked at. Lines that begin with "#" are the document's own."""
import re
import sys

GAP = "[…]"


def pattern(line):
    """A line as a regular expression."""
    parts = []
    for part in line.replace("'", "").split(GAP):
        tokens = re.split(r"(\b(?=[0-9a-f]*[0-9])[0-9a-f]{7,40}\b|\d+)", part)
        parts.append("".join(
            re.escape(token) if n % 2 == 0 else r"[0-9a-f]+" if len(token) >= 7 else r"\d+" for n, token in enumerate(tokens)))
    return re.compile(".*".join(parts) + r"\s*$")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        block = file.read()
    with open(sys.argv[2], encoding="utf-8") as file:
        printed = file.read().replace("'", "").splitlines()
    at = 0
    for line in block.splitlines():
        if not line.strip() or line.strip() == GAP or line.startswith("#"):
            continue
        wanted = pattern(line)
        found = next((i for i in range(at, len(printed)) if wanted.match(printed[i])), None)
        if found is None:
            sys.exit(f"not printed, or not in this order:\n  {line}\nlooked for {wanted.pattern}\nbehind line {at}")
        at = found + 1


main()
