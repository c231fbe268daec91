"""A mirror: iokeeper's runs on it, and what git tells of it."""
import os
import re
import subprocess
import time

from simulator import TOKEN

LIMIT = 90  # seconds that a cycle may take, far more than any needs
KILLED = -9
DOCUMENT = re.compile(r"(?:integrations/[^/]+--[\w-]+|account)/(?P<kind>[a-z]+)/[^/]*?--(?P<id>[\w-]+)\.yaml")
INTEGRATION = re.compile(r"integrations/[^/]*?--(?P<id>[\w-]+)/integration\.yaml")
AUDIT = re.compile(r"(?:integrations/[^/]*?--(?P<id>[\w-]+)|account)/audit/(?P<month>[^/]+)\.yaml")

CONFIGURATION = """\
api:
  url: {url}
  lists: {lists}
  concurrency: {concurrency}
  rate: 10000
  page_size: {page_size}
  timeout: 2s
mirror:
  path: {path}
  audit: {audit}
  users: {users}
  exclude: {exclude}
safety:
  max_delete_percent: {max_delete_percent}
  max_delete: {max_delete}
"""


class Outcome:
    """How a run of iokeeper ended."""

    def __init__(self, code, out, err, seconds):
        self.code, self.out, self.err, self.seconds = code, out, err, seconds


class Mirror:
    def __init__(self, program, folder, name, settings):
        self.program = program
        self.path = os.path.join(folder, name)
        self.config = os.path.join(folder, name + ".conf")
        self.configure(settings)
        self.objects, self.trees = None, {}
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": folder, "LC_ALL": "C.UTF-8", "TZ": "UTC", "IOKEEPER_TOKEN": TOKEN,
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_OPTIONAL_LOCKS": "0",
            "ASAN_OPTIONS": "detect_leaks=1", "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1"}

    def configure(self, settings):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(CONFIGURATION.format(path=self.path, **settings))

    def run(self, *arguments, signal=None, after=0.0):
        """Runs a verb; sends it a signal after so many seconds, if any."""
        begin = time.monotonic()
        process = subprocess.Popen([self.program, "--config", self.config, *arguments], env=self.environment,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            if signal:
                try:
                    out, err = process.communicate(timeout=after)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal)
            out, err = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            err += b"\n(does not end)"
        return Outcome(process.returncode, out, err, time.monotonic() - begin)

    def git(self, *arguments):
        """What git says, on either output."""
        return subprocess.run(["git", "-C", self.path, *arguments], env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False).stdout

    def object(self, name):
        """An object by id or ref, as (id, bytes); (None, b"") where there is none. One git serves all questions."""
        if not self.objects:
            self.objects = subprocess.Popen(["git", "-C", self.path, "cat-file", "--batch"], env=self.environment,
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.objects.stdin.write(name.encode() + b"\n")
        self.objects.stdin.flush()
        head = self.objects.stdout.readline().split()
        if len(head) != 3:
            return None, b""
        content = self.objects.stdout.read(int(head[2]) + 1)[:-1]
        return head[0].decode(), content

    def ref(self, name):
        """The commit of a ref, or None."""
        return self.object(name)[0] if os.path.exists(os.path.join(self.path, ".git")) else None

    def has_rescued(self):
        return os.path.exists(os.path.join(self.path, ".git/refs/heads/rescued"))

    def since(self, commit, head):
        """The commits from one (None: the beginning) to another, oldest first; None where it is no ancestor."""
        commits = []
        while head != commit:
            if head is None:
                return None
            commits.append(head)
            parents = re.findall(rb"^parent (.*)$", self.object(head)[1].split(b"\n\n")[0], re.MULTILINE)
            head = parents[0].decode() if parents else None
        return commits[::-1]

    def subject(self, commit):
        return self.object(commit)[1].split(b"\n\n", 1)[1].split(b"\n")[0].decode()

    def tree(self, commit):
        """Path → blob."""
        root = self.object(commit)[1].split(b"\n", 1)[0].split()[1].decode()
        return dict(self.files(root))

    def files(self, tree):
        """The files of a tree object, as (path, blob)."""
        if tree not in self.trees:
            content, at, rows = self.object(tree)[1], 0, []
            while at < len(content):
                end = content.index(b"\0", at)
                mode, name = content[at:end].decode().split(" ", 1)
                id = content[end + 1:end + 21].hex()
                rows += [(f"{name}/{path}", blob) for path, blob in self.files(id)] if mode == "40000" else [(name, id)]
                at = end + 21
            self.trees[tree] = rows
        return self.trees[tree]

    def close(self):
        if self.objects:
            self.objects.stdin.close()
            self.objects.stdout.close()
            self.objects.wait()

    def everything(self):
        """All bytes that git holds, reachable or not, and all other files of the mirror."""
        yield "objects", self.git("cat-file", "--batch-all-objects", "--batch")
        for folder, _, names in os.walk(self.path):
            for name in names:
                path = os.path.join(folder, name)
                if os.sep + "objects" + os.sep in path or os.path.islink(path):
                    continue
                with open(path, "rb") as file:
                    yield os.path.relpath(path, self.path), file.read()


def documents(tree):
    """The documents of a tree, each (kind, id, path)."""
    for path in tree:
        whole = INTEGRATION.fullmatch(path)
        part = DOCUMENT.fullmatch(path)
        if whole:
            yield "integrations", whole["id"], path
        elif part and part["kind"] != "audit":
            yield part["kind"], part["id"], path
