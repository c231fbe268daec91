"""tried.py IOKEEPER FOLDER: which verb has an option of its own that no test in FOLDER tries with it?

Prints "VERB --option" a line, and ends with 1 if there is any. The options are those that `iokeeper help VERB` lists.
A test tries one where a line of a .bats or .bash file runs the verb with it, by "$IOKEEPER" or by a function that hands
its arguments on to that, such as expect and clones. What is refused (expect 2) tries nothing.
"""
import pathlib
import re
import subprocess
import sys

WORD = r"""[ \t]*((?:"(?:\\.|[^"\\])*"|'[^']*'|[^\s"';|&<>()])+)"""


def helped(program, *verb):
    return subprocess.run([program, "help", *verb], check=True, capture_output=True, text=True).stdout


def words_at(line, at):
    return [word.strip("\"'") for word in re.findall(WORD, re.compile(f"(?:{WORD})*").match(line, at)[0])]


def runs_of(text, wrappers):
    """The words of each run; those that a function puts before its arguments come first."""
    runners = "|".join(['"\\$IOKEEPER"', *(rf"(?<![\w.-]){name}(?=\s)" for name in wrappers)])
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        line = re.sub(r"(^|\s)#.*", "", line)
        for found in re.finditer(runners, line):
            yield wrappers.get(found[0], []) + words_at(line, found.end())


def wrappers_of(text, known):
    """Functions that hand their arguments on, with the words that they put before these."""
    wrappers = dict(known)
    for name, body in re.findall(r"^(\w+)\(\) \{(.*?)^\}", text, re.M | re.S):
        for words in runs_of(body, known):
            if "$@" in words:
                wrappers[name] = words[: words.index("$@")]
    return wrappers if wrappers == known else wrappers_of(text, wrappers)


def main(program, folder):
    verbs = re.findall(r"^  ([a-z-]+) ", helped(program).split("\nOptions\n")[0], re.M)
    texts = {path: path.read_text() for path in pathlib.Path(folder).iterdir() if path.suffix in (".bats", ".bash")}
    shared = wrappers_of("".join(text for path, text in texts.items() if path.suffix == ".bash"), {})
    runs = [words for text in texts.values() for words in runs_of(text, wrappers_of(text, shared))]
    tried = set()
    for words in runs:
        at = next((i for i, word in enumerate(words) if word in verbs), 0)
        tried |= {(words[at], word.split("=")[0]) for word in words if "2" not in words[:at]}
    own = {verb: helped(program, verb).split("\nOptions of every verb\n")[0] for verb in verbs}
    options = [(verb, *row) for verb in verbs for row in re.findall(r"^  (?:(-\w), )?(--[a-z-]+)", own[verb], re.M)]
    untried = [f"{verb} {long}" for verb, short, long in options if not {(verb, short), (verb, long)} & tried]
    print(*untried, sep="\n")
    return bool(untried)


sys.exit(main(*sys.argv[1:]))
