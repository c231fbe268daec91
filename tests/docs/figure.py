#!/usr/bin/python3
"""Whether a figure of folders is true: figure.py FIGURE <PATHS

Of each line of the figure, its words up to two spaces are paths; white space before them stands for as much of the line
above, and words beside each other lie in the folder of the first. "SLUG--ID" and months stand for any, "/" at the end for
whatever is in the folder, "…" or "[…]" for anything else there. Each word must have a path, and each path a word."""
import re
import sys


def pattern(path):
    """A path of the figure as a regular expression."""
    parts = re.split(r"(SLUG--ID|\d{4}-\d\d(?=\.yaml$)|\[?…\]?)", path)
    names = {"SLUG--ID": r"[^/]+--[0-9a-f]{24}", "…": ".+", "[…]": ".+"}
    text = "".join(names.get(part) or (r"\d{4}-\d\d" if n % 2 else re.escape(part)) for n, part in enumerate(parts))
    return re.compile(text + (r"[^/]+$" if path.endswith("/") else "$"))


def expand(lines):
    """The whole paths of the figure."""
    above = ""
    for line in lines:
        indent = len(line) - len(line.lstrip())
        words = re.split(r"\s{2,}", line.strip())[0].replace(",", "").split()
        before, folder = above[:indent], ""
        for n, word in enumerate(words):
            # What begins at the root of the figure again is no neighbour of the first.
            whole = before + word if n == 0 or word.split("/")[0] == words[0].split("/")[0] else before + folder + word
            yield whole
            if n == 0:
                folder = word[:word.rstrip("/").rfind("/") + 1]
                above = whole


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        words = {word: pattern(word) for word in expand(file.read().splitlines())}
    paths = sys.stdin.read().splitlines()
    wrong = [f"no such path: {word}" for word, wanted in words.items() if not any(wanted.match(path) for path in paths)]
    wrong += [f"not in the figure: {path}" for path in paths if not any(wanted.match(path) for wanted in words.values())]
    sys.exit("\n".join(wrong[:20]) or 0)


main()
