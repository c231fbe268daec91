"""What must hold, after each cycle and at the end. Each check returns what is wrong, as lines."""
import json
import os
import re
import signal

import yaml

import mirror as mirrors
import simulator as simulators

READER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
STAMPS = re.compile(rb"^lastModified(By)?: .*\n", re.MULTILINE)

# What a checker that could not fail would be good for: CHAOS_BLIND names one of these, and every run must fail.
BLIND = os.environ.get("CHAOS_BLIND", "")
BLINDNESSES = ("document", "double", "secret", "complete", "fresh")


def shown(documents):
    listed = sorted(f"{kind}/{id}" for kind, id in documents)
    return ", ".join(listed[:5]) + (f" and {len(listed) - 5} more" if len(listed) > 5 else "")


# ---- exit codes and refs ----


def judge_exit(outcome, weather, patient):
    """Whether the exit code is one that the weather explains. `patient`: the server itself may refuse requests."""
    allowed = {0, 5}
    if weather.during or weather.faults or patient:
        allowed |= {1, 3}
    if any(fault.get("status") == 401 for fault in weather.faults):
        allowed.add(12)
    if weather.end:
        # A signal that comes before the program has begun ends it as it ends any other.
        allowed |= {"KILL": {-signal.SIGKILL}, "TERM": {-signal.SIGTERM, 128 + signal.SIGTERM}}[weather.end]
    if outcome.code in allowed:
        return []
    return [f"exit code {outcome.code}, not one of {sorted(allowed)}: {outcome.err.decode(errors='replace')[-400:]}"]


def judge_output(outcome):
    text = outcome.out + outcome.err
    never = (b"AddressSanitizer", b"LeakSanitizer", b"runtime error:", b"does not end")
    wrong = [name for name in never if name in text]
    return [f"the program says {name.decode()}: {text.decode(errors='replace')[-1500:]}" for name in wrong]


COMPLETE = "refs/iokeeper/complete"


def judge_refs(mirror, outcome, old, head):
    """refs/iokeeper/complete moves with complete cycles only, and nothing of a person's was rescued: there is nobody.
    `old` is where it stood before the cycle."""
    wrong = ["refs/heads/rescued: nobody changed a file"] if mirror.has_rescued() else []
    new = "another" if BLIND == "complete" else mirror.ref(COMPLETE)
    ended = outcome.code < 0 or outcome.code > 128
    allowed = {head} if outcome.code == 0 else {old, head} if ended else {old}
    if new not in allowed:
        wrong.append(f"{COMPLETE} is {new} after exit {outcome.code}; it was {old}, HEAD is {head}")
    return wrong


# ---- history ----


class History:
    """Looks at every commit that a cycle makes."""

    def __init__(self, mirror):
        self.mirror = mirror
        self.head = None
        self.tree = {}
        self.documents = set()
        self.audit = set()
        self.read = {}  # blob → its rows where it is of an audit log, else None

    def follow(self, head, kept, excluded=()):
        """Judges the commits since the last look. `kept`: documents that the account had all the while; `excluded`:
        kinds that are not to be mirrored."""
        if head == self.head or head is None:
            return []
        commits = self.mirror.since(self.head, head)
        if commits is None:
            return [f"{self.head} is no longer part of history"]
        wrong = []
        for commit in commits:
            had = self.documents & kept
            tree = self.mirror.tree(commit)
            if BLIND == "document" and self.head:
                tree = without_one(tree, had)
            if BLIND == "double":
                tree = with_a_double(tree)
            if self.mirror.subject(commit).startswith("Scope changed"):
                had = {(kind, id) for kind, id in had if kind not in excluded}
            wrong += [f"commit {commit[:10]}: {line}"
                      for line in judge_homes(self.tree, tree) + self.judge_tree(tree, had)]
            self.tree = tree
            self.documents = {(kind, id) for kind, id, _ in mirrors.documents(tree)}
        self.head = head
        return wrong

    def judge_tree(self, tree, kept):
        wrong = []
        seen = {}
        for kind, id, path in mirrors.documents(tree):
            if (kind, id) in seen:
                wrong.append(f"{kind}/{id} is there twice: {seen[kind, id]} and {path}")
            seen[kind, id] = path
        lost = kept - set(seen)
        if lost:
            wrong.append(f"FALSE DELETION of {shown(lost)}")
        return wrong + self.judge_files(tree) + self.judge_audit(tree)

    def judge_files(self, tree):
        """Every file loads, and is the document that its path says."""
        wrong = []
        fresh = {blob: path for path, blob in tree.items() if blob not in self.read and path.endswith(".yaml")}
        ids = {path: id for _, id, path in mirrors.documents(tree)}
        for blob, path in fresh.items():
            self.read[blob] = None
            try:
                content = yaml.load(self.mirror.object(blob)[1], READER)
            except yaml.YAMLError as error:
                wrong.append(f"{path} is no YAML: {error}")
                continue
            if path in ids and (not isinstance(content, dict) or content.get("_id") != ids[path]):
                wrong.append(f"{path} is another document")
            if mirrors.AUDIT.fullmatch(path):
                self.read[blob] = {json.dumps(row, sort_keys=True) for row in content}
        return wrong

    def judge_audit(self, tree):
        """What the audit log once said stays, though perhaps in another place."""
        now = set().union(*(self.read[blob] for path, blob in tree.items() if mirrors.AUDIT.fullmatch(path)))
        lost = self.audit - now
        self.audit = now
        return [f"the audit log lost {row}" for row in sorted(lost)[:3]]


def judge_homes(before, after):
    """An integration's document does not go while other files stay in its folder."""
    gone = {os.path.dirname(path) for kind, _, path in mirrors.documents(before)
            if kind == "integrations" and path not in after}
    return [f"{path} stands in a folder without integration.yaml" for path in after
            if any(path.startswith(folder + "/") for folder in gone)][:3]


def without_one(tree, kept):
    """The tree less one document, for a check that has to fail."""
    path = next((path for kind, id, path in mirrors.documents(tree) if (kind, id) in kept), None)
    return {other: blob for other, blob in tree.items() if other != path}


def with_a_double(tree):
    kind, id, path = next(mirrors.documents(tree))
    return dict(tree, **{f"account/{kind}/double--{id}.yaml": tree[path]})


def judge_complete(history, kept, excluded):
    """A cycle that calls itself complete has seen everything."""
    lost = {(kind, id) for kind, id in kept - history.documents if kind not in excluded}
    return [f"FALSE COMPLETENESS: exit 0 without {shown(lost)}"] if lost else []


# ---- secrets ----


def judge_secrets(mirror, secrets, outcomes):
    """No secret and no token in git, in any other file of the mirror, or in what the program said."""
    needles = [text.encode() for text in secrets | {simulators.TOKEN} if text]
    if BLIND == "secret":
        needles.append(b"_id")
    pattern = re.compile(b"|".join(map(re.escape, needles)))
    places = list(mirror.everything()) + [("output", outcome.out + outcome.err) for outcome in outcomes]
    found = ((place, pattern.search(text)) for place, text in places)
    return [f"a secret in {place}: {match[0].decode()}" for place, match in found if match]


# ---- the whole repository ----


def judge_repository(mirror):
    said = mirror.git("fsck", "--full", "--strict", "--no-dangling", "--no-progress").decode()
    wrong = [f"git fsck: {line}" for line in said.splitlines() if not line.startswith("notice")]
    wrong += [f"git status: {line}" for line in mirror.git("status", "--porcelain").decode().splitlines()]
    return wrong


# ---- the end ----


def judge_fresh(old, fresh, unlisted, loose):
    """Whether a mirror is, byte for byte, like one made fresh. Each is a History. Exempt are:
    - audit logs, which may have more rows, and in another place;
    - stamps, which alone make no change, so that an old one stays (contract);
    - documents that no list shows (`unlisted`): who has seen them once goes on asking for them one by one;
    - the folder of what these use (`loose`): ownership is decided by what is known."""
    wrong = [f"the audit log lacks {row}" for row in sorted(fresh.audit - old.audit)[:3]]
    ours = comparable(old, unlisted, loose)
    theirs = comparable(fresh, unlisted, loose)
    if BLIND == "fresh":
        theirs.popitem()
    for path in sorted(ours.keys() | theirs.keys()):
        if ours.get(path) == theirs.get(path):
            continue
        state = "differs" if path in ours and path in theirs else "is too much" if path in ours else "is missing"
        wrong.append(f"not like a fresh mirror: {path} {state}")
    return wrong[:12]


def comparable(history, unlisted, loose):
    """Path → what counts of its content."""
    ids = {path: (kind, id) for kind, id, path in mirrors.documents(history.tree)}
    counting = {}
    for path, blob in history.tree.items():
        if ids.get(path) in unlisted or mirrors.AUDIT.fullmatch(path):
            continue
        kind, id = ids.get(path, ("", ""))
        counting[f"{kind}/{id}" if id in loose else path] = STAMPS.sub(b"", history.mirror.object(blob)[1])
    return counting
