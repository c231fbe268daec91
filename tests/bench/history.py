#!/usr/bin/env python3
"""What reading a deep history costs, beside git: history.py BUILD [COMMITS [RESOURCES]]

Makes a mirror of COMMITS (20000) commits over RESOURCES (5000) resources by git fast-import, from a seed, in one pack; then
runs iokeeper and git in turns, and prints medians and their ratios. One flow is changed at every 400th commit, and gets
another name five times; one script was last changed at the third. The timeline is iokeeper's cache, the commit-graph git's; what
each of them is worth is told by rows with and without. Never fails because of a figure."""
import hashlib
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

SEED, ROUNDS, START, QUARTER = 7, 5, 1700000000, 900
PEOPLE = ["Alice", "Bob", "Carol", "Dora"]
HOT_EVERY, NAMES = 400, 5


def id_of(text):
    return "a" + hashlib.sha1(text.encode()).hexdigest()[:23]


class Resource:
    """A document, its place and what changes in it."""

    def __init__(self, kind, name, folder, lines, beside=None):
        self.kind, self.name, self.folder, self.lines, self.beside = kind, name, folder, lines, beside
        self.id, self.value = id_of(kind + name), 0

    def path(self):
        if self.kind == "integration":
            return f"{self.folder}/integration.yaml"
        return f"{self.folder}/{self.name.lower().replace(' ', '-')}--{self.id}.yaml"

    def text(self):
        rows = "".join(f"  field{n:03}: value {n} of {self.name}\n" for n in range(30))
        return f"_id: {self.id}\nname: {self.name}\n{self.lines}settings:\n{rows}  value: {self.value}\n"

    def files(self):
        yield self.path(), self.text()
        if self.beside:
            yield self.path()[:-5] + ".js", f"function run(o) {{\n  return o.v{self.value}\n}}\n"


def account(count):
    """Integrations of ten flows, exports and imports each, over shared connections and scripts."""
    connections = [Resource("connection", f"Connection {n}", "account/connections", "") for n in range(count // 25)]
    scripts = [Resource("script", f"Script {n}", "account/scripts", "", True) for n in range(count // 50)]
    resources = connections + scripts
    for n in range((count - len(resources)) // 31):
        whole = Resource("integration", f"Integration {n}", "", "")
        whole.folder = f"integrations/integration-{n}--{whole.id}"
        resources.append(whole)
        for k in range(10):
            link = f"_connectionId: {connections[(n * 10 + k) % len(connections)].id}\n"
            source = Resource("export", f"Get {n} {k}", whole.folder + "/exports", link)
            target = Resource("import", f"Put {n} {k}", whole.folder + "/imports",
                              link + f"hooks:\n  preMap:\n    _scriptId: {scripts[(n + k) % len(scripts)].id}\n")
            flow = Resource("flow", f"Flow {n} {k}", whole.folder + "/flows",
                            f"_integrationId: {whole.id}\npageGenerators:\n  - _exportId: {source.id}\n"
                            f"pageProcessors:\n  - _importId: {target.id}\n    type: import\n")
            resources += [source, target, flow]
    return resources


class Import:
    """A stream for git fast-import."""

    def __init__(self, out):
        self.out = out

    def data(self, text):
        raw = text.encode()
        self.out.write(b"data %d\n%s\n" % (len(raw), raw))

    def commit(self, n, author, subject):
        when = START + n * QUARTER
        self.out.write(f"commit refs/heads/main\nauthor {author} <{author.lower()}@example.com> {when} +0000\n"
                       f"committer iokeeper <iokeeper@localhost> {when} +0000\n".encode())
        self.data(f"{subject}\n\nCycle: {when}\nComplete: yes\n")

    def write(self, item):
        for path, text in item.files():
            self.out.write(f"M 100644 inline {path}\n".encode())
            self.data(text)

    def delete(self, item):
        for path, _ in item.files():
            self.out.write(f"D {path}\n".encode())


def make(mirror, commits, count):
    chance = random.Random(SEED)
    resources = account(count)
    hot = next(item for item in resources if item.kind == "flow")
    cold = next(item for item in resources if item.kind == "script")
    subprocess.run(["git", "init", "-q", "-b", "main", mirror], check=True)
    git = subprocess.Popen(["git", "-C", mirror, "fast-import", "--quiet"], stdin=subprocess.PIPE)
    stream = Import(git.stdin)
    stream.commit(0, "iokeeper", "First mirror")
    git.stdin.write(b"M 100644 inline iokeeper.yaml\n")
    stream.data("format: 1\nurl: http://127.0.0.1:1/v1\n")
    for item in resources:
        stream.write(item)
    others = [item for item in resources if item not in (hot, cold) and item.kind != "integration"]
    for n in range(1, commits):
        item = hot if n % HOT_EVERY == 0 else cold if n == 2 else chance.choice(others)
        stream.commit(n, chance.choice(PEOPLE), f"1 {item.kind} changed")
        item.value += 1
        if item is hot and n % (commits // NAMES // HOT_EVERY * HOT_EVERY or HOT_EVERY) == 0:
            stream.delete(item)
            item.name += " b"
        stream.write(item)
    git.stdin.close()
    if git.wait():
        sys.exit("git fast-import failed")
    subprocess.run(["git", "-C", mirror, "repack", "-adq"], check=True)
    subprocess.run(["git", "-C", mirror, "reset", "-q", "--hard"], check=True)
    return hot, cold


def bar_timeline(mirror, barred):
    """A folder in its place is a timeline that can be neither read nor made."""
    timeline = mirror + "/.git/iokeeper/timeline-main"
    if barred:
        os.remove(timeline)
        os.mkdir(timeline)
    else:
        os.rmdir(timeline)


def run(command, first_line=False, codes=(0, -9)):
    """Seconds until all is printed, or the first line."""
    start = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        process.stdout.readline()
        spent = time.monotonic() - start
        if first_line:
            process.kill()
        while process.stdout.read(1 << 20):
            pass
        process.wait()
        if process.returncode not in codes:
            sys.exit(f"{command}: failed with {process.returncode}")
    return spent if first_line else time.monotonic() - start


def compare(label, ours, theirs, first_line=False, rounds=ROUNDS, codes=(0, -9)):
    mine, gits = [], []
    for _ in range(rounds):
        mine.append(run(ours, first_line, codes))
        gits.append(run(theirs, first_line, codes))
    mine, gits = statistics.median(mine), statistics.median(gits)
    print(f"| {label} | {mine * 1000:.0f} ms | {gits * 1000:.0f} ms | {mine / gits:.2f} |", flush=True)


def main():
    build = os.path.abspath(sys.argv[1])
    commits, count = [int(word) for word in (sys.argv[2:] + ["20000", "5000"][len(sys.argv) - 2:])]
    work = os.environ.get("HISTORY") or tempfile.mkdtemp(prefix="iokeeper-history.")
    mirror = work + "/mirror"
    hot, cold = make(mirror, commits, count)
    os.environ.update(IOKEEPER_API_URL="http://127.0.0.1:1/v1", IOKEEPER_TOKEN="none-is-needed", IOKEEPER_MIRROR=mirror,
                      GIT_PAGER="cat")
    iokeeper, git = build + "/iokeeper", ["git", "-C", mirror]
    back = f"HEAD~{min(500, commits - 1)}"
    print(f"{commits} commits over {count} resources, seed {SEED}, medians of {ROUNDS}\n")
    print("| | iokeeper | git | ratio |\n|---|--:|--:|--:|")
    graph = [*git, "commit-graph", "write", "--reachable", "--changed-paths", "--no-progress"]
    compare("log of a script, the timeline being made / `git commit-graph write --changed-paths`",
            [iokeeper, "log", cold.id], graph, rounds=1)
    os.remove(mirror + "/.git/objects/info/commit-graph")
    flow = [iokeeper, "log", hot.id], [*git, "log", "-p", "--", hot.path()]
    script = [iokeeper, "log", cold.id], [*git, "log", "-p", "--", cold.path(), cold.path()[:-5] + ".js"]
    compare("log of a flow, across its names / `git log --follow -p`", [iokeeper, "log", hot.id],
            [*git, "log", "--follow", "-p", "--", hot.path()])
    compare("the same / `git log -- path`, which ends at its last name", *flow)
    compare("log of a script, last changed at the beginning / `git log -- path`", *script)
    compare("first line of a flow's log / `git log -- path`", [iokeeper, "log", hot.id],
            [*git, "log", "--", hot.path()], True)
    compare("first line of that script's log / `git log -- path`", [iokeeper, "log", cold.id],
            [*git, "log", "--", cold.path()], True)
    compare("log of what never was: no commit knows it / `git log -- path`", [iokeeper, "log", "nothing"],
            [*git, "log", "--", "nothing"], codes=(0, 2, -9))
    compare("what is gone / `git log --diff-filter=D --name-only`", [iokeeper, "list", "--deleted"],
            [*git, "log", "--diff-filter=D", "--name-only"])
    compare("first line of log / `git log --stat`", [iokeeper, "log"], [*git, "log", "--stat"], True)
    compare("the last 20 commits / `git log -20 -p`", [iokeeper, "log", "-n", "20"], [*git, "log", "-20", "-p"])
    compare("diff of 500 commits / `git diff`", [iokeeper, "diff", "--from", back], [*git, "diff", back])
    compare("list / `git grep name:`", [iokeeper, "list"], [*git, "grep", "-h", "^name:", "HEAD", "--", "*.yaml"])
    connection = id_of("connectionConnection 1")
    compare("used-by of a connection / `git grep` of its id, one step only", [iokeeper, "used-by", connection],
            [*git, "grep", "-l", connection, "HEAD"])
    compare("check / `git fsck --full`", [iokeeper, "check"], [*git, "fsck", "--full"], rounds=1)
    subprocess.run(graph, check=True)
    compare("log of the flow, git having a commit-graph with changed paths", *flow)
    compare("log of the script, likewise", *script)
    os.remove(mirror + "/.git/objects/info/commit-graph")
    bar_timeline(mirror, True)
    compare("log of the flow, neither cache", *flow)
    compare("log of the script, likewise", *script)
    bar_timeline(mirror, False)
    print(f"\npeak memory of any: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024} MB")
    if not os.environ.get("HISTORY"):
        shutil.rmtree(work)


main()
