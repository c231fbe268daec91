#!/usr/bin/python3
"""Whether two trees of a mirror hold the same account, though ids have changed.

    trees.py MIRROR OLD NEW [lenient] [sleeping]      differences of two commits, a line each; exit 1 where there are any
"""
import re
import subprocess
import sys

import yaml

READER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DOCUMENT = re.compile(r"(?P<home>integrations/[^/]*?--(?P<owner>[\w-]+)|account)/(?:(?P<kind>[a-z]+)/)?"
                      r"(?P<slug>[^/]*?)(?:--(?P<id>[\w-]+))?(?P<suffix>\.yaml|\.js)")
REFERENCE = re.compile(r"_.*Ids?|_id")
STAMPS = ("createdAt", "lastModified", "lastModifiedBy")
SECRET = re.compile(rb"\*{4,}|<redacted:")


def read(mirror, commit):
    """(kind, id) → (home, slug, suffix → content) of all documents of a commit."""
    found = {}
    for path, blob in mirror.tree(commit).items():
        match = DOCUMENT.fullmatch(path)
        if not match or match["kind"] == "audit" or match["slug"] in ("users", "errors", "idmap"):
            continue
        key = (match["kind"], match["id"]) if match["kind"] else ("integrations", match["owner"])
        slug = match["home"] if not match["kind"] else match["slug"]
        content = mirror.object(blob)[1]
        home = match["owner"] or ""
        found.setdefault(key, (home, slug.partition("--")[0], {}))[2][match["suffix"]] = content
    return found


def idmap(mirror, commit):
    """Old id → new id; {} where nothing had to be created again."""
    blob = mirror.tree(commit).get("account/idmap.yaml")
    kinds = yaml.load(mirror.object(blob)[1], READER) if blob else None
    return {old: new for ids in (kinds or {}).values() for old, new in ids.items()}


class Comparison:
    """`lenient`: what holds a secret need only be there. `sleeping`: flows may be disabled that were not. `strangers`:
    references to what the old tree does not hold may be gone."""

    def __init__(self, ids, lenient=False, sleeping=False, strangers=False):
        self.ids, self.lenient, self.sleeping, self.strangers = ids, lenient, sleeping, strangers
        self.held, self.lines = set(), []

    def add(self, where, text):
        self.lines.append(f"{where}: {text}"[:400])

    def trees(self, old, new):
        wanted = {(kind, self.ids.get(id, id)): value for (kind, id), value in old.items()}
        self.held = {id for _, id in old}
        if len(wanted) < len(old):
            self.add("idmap", "two resources became one")
        for key in sorted(wanted.keys() | new.keys()):
            where = "/".join(key)
            if key not in new or key not in wanted:
                self.add(where, "is missing" if key not in new else "is too much")
                continue
            (home, slug, files), (new_home, new_slug, new_files) = wanted[key], new[key]
            if self.lenient and any(SECRET.search(content) for content in files.values()):
                continue
            if (self.ids.get(home, home), slug, set(files)) != (new_home, new_slug, set(new_files)):
                self.add(where, f"stood in {home!r} as {slug}: {set(files)}, stands in {new_home!r} as {new_slug}: "
                                f"{set(new_files)}")
            self.files(key[0], where, files, new_files)

    def files(self, kind, where, old, new):
        for suffix in set(old) & set(new):
            if suffix != ".yaml":
                if old[suffix] != new[suffix]:
                    self.add(where, f"its {suffix} differs")
                continue
            before, after = (yaml.load(text, READER) for text in (old[suffix], new[suffix]))
            for stamp in STAMPS:
                before.pop(stamp, None)
                after.pop(stamp, None)
            if kind == "flows" and self.sleeping and after.get("disabled") is True:
                before["disabled"] = True
            self.value(where, before, after)

    def value(self, where, old, new, key=""):
        if isinstance(old, dict) and isinstance(new, dict):
            for inner in old.keys() | new.keys():
                self.member(f"{where}.{inner}", old, new, inner)
        elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            if key == "_registeredConnectionIds":
                old, new = sorted(self.ids.get(id, id) for id in old), sorted(new)
            for number, (before, after) in enumerate(zip(old, new)):
                self.value(f"{where}[{number}]", before, after, key)
        elif (type(old), self.mapped(key, old)) != (type(new), new):
            self.add(where, f"was {old!r}, is {new!r}")

    def member(self, where, old, new, key):
        if key in old and key in new:
            self.value(where, old[key], new[key], key)
        elif key in new:
            self.add(where, f"is too much: {new[key]!r}")
        elif not (self.strangers and REFERENCE.fullmatch(key) and old[key] not in self.held):
            self.add(where, f"is missing: {old[key]!r}")

    def mapped(self, key, value):
        """What a value is to be now: ids are the new ones where they are references, and in a webhook's address."""
        if not isinstance(value, str):
            return value
        if REFERENCE.fullmatch(key):
            return self.ids.get(value, value)
        if key == "url":
            return re.sub(r"[0-9a-f]{24}", lambda match: self.ids.get(match[0], match[0]), value)
        return value


def differences(old, new, ids, **leave):
    """What differs between two trees as read() tells them, as lines; `leave` as Comparison takes it."""
    comparison = Comparison(ids, **leave)
    comparison.trees(old, new)
    return comparison.lines


class Repository:
    """What read() wants of a mirror."""

    def __init__(self, path):
        self.path = path

    def git(self, *arguments):
        return subprocess.run(["git", "-C", self.path, *arguments], check=True, capture_output=True).stdout

    def tree(self, commit):
        rows = (row.split("\t", 1) for row in self.git("ls-tree", "-r", "-z", commit).decode().split("\0") if row)
        return {path: head.split()[2] for head, path in rows}

    def object(self, id):
        return id, self.git("cat-file", "blob", id)


def main():
    mirror, (old, new) = Repository(sys.argv[1]), sys.argv[2:4]
    lines = differences(read(mirror, old), read(mirror, new), idmap(mirror, new), **dict.fromkeys(sys.argv[4:], True))
    print(*lines, sep="\n", end="")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
