#!/usr/bin/env python3
"""Types into a shell on a terminal, as a person does: tab.py bash|zsh|fish COMPLETION LINE…

Each line is typed with its tab keys (\\t) and ended by a return; what the shell and its commands show is printed. The shell has
no configuration but the completion."""
import os
import pty
import select
import sys
import tempfile
import time

PATIENCE_S = 60
PROMPT = "READY> "


def prepare(shell, completion, home):
    """The command that starts the shell, with a folder for its files."""
    if shell == "bash":
        with open(home + "/rc", "w", encoding="utf-8") as file:
            file.write(f"PS1='{PROMPT}'\nbind 'set bell-style none'\n. {completion}\n")
        return ["bash", "--noprofile", "--rcfile", home + "/rc", "-i"]
    if shell == "zsh":
        os.mkdir(home + "/functions")
        os.symlink(completion, home + "/functions/_iokeeper")
        with open(home + "/.zshrc", "w", encoding="utf-8") as file:
            file.write(f"PS1='{PROMPT}'\nunsetopt zle_bracketed_paste prompt_sp\nfpath=({home}/functions $fpath)\n"
                       f"autoload -Uz compinit\ncompinit -u -d {home}/dump\n")
        return ["zsh", "-i"]
    os.makedirs(home + "/fish")
    with open(home + "/fish/config.fish", "w", encoding="utf-8") as file:
        file.write(f"set fish_greeting\nfunction fish_prompt\n echo -n '{PROMPT}'\nend\nsource {completion}\n")
    return ["fish", "-i"]


def wait_for(terminal, text, seen, times):
    """Reads until a text was seen so many times in all."""
    until = time.monotonic() + PATIENCE_S
    while seen.count(text) < times:
        if not select.select([terminal], [], [], max(0, until - time.monotonic()))[0]:
            sys.exit(f"no {text!r} in:\n" + seen.decode(errors="replace"))
        try:
            seen += os.read(terminal, 4096)
        except OSError:
            break
    return seen


def main():
    shell, completion, *lines = sys.argv[1:]
    with tempfile.TemporaryDirectory() as home:
        command = prepare(shell, os.path.abspath(completion), home)
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ.update(TERM="xterm", XDG_CONFIG_HOME=home, XDG_DATA_HOME=home, ZDOTDIR=home, COLUMNS="200")
            os.execvp(command[0], command)
        seen = wait_for(terminal, PROMPT.encode(), b"", 1)
        for number, line in enumerate(lines):
            os.write(terminal, line.replace("\\t", "\t").encode() + b"; echo DO''NE\r")
            seen = wait_for(terminal, b"DONE\r\n", seen, number + 1)
        os.write(terminal, b"exit\r")
        os.close(terminal)
        os.waitpid(pid, 0)
    sys.stdout.write(seen.decode(errors="replace").replace("\r", ""))


main()
