#!/usr/bin/python3
"""What a mirror must hold, worked out anew from the simulator's account.

    oracle.py compare MIRROR STATE [OPTION...]
    oracle.py signed MIRROR BEFORE AFTER OLD        the commits OLD..HEAD of one cycle are signed by who
                                                    made the changes between two dumps
    oracle.py documents MIRROR STATE KIND           documents only, wherever their files are
    oracle.py same-as-json FILE.yaml FILE.json      one document, key by key

STATE is a dump of /_admin/state, of an account in either dialect. The rules here are written from
the contract, not from iokeeper's sources, and files are read with PyYAML. Each difference is one
line; exit 1 where there is any. What is to be expected depends on what was asked and answered:

    --commit COMMIT             the files of a commit, not HEAD's and those of the working tree
    --lists integration         only what the integrations' sub-lists show
    --sandbox true|false        only integrations of that sort, and what they show
    --not-served KIND,...       kinds that the server did not have
    --no-account-audit          the log was read integration by integration; likewise
    --no-account-ashares
    --errors                    error counts are files
    --history                   there were cycles before: rows of the audit log may stand where what
                                they are about stood then, and stamps may be those of another save
    --no-audit, --no-users      neither are looked at
"""
import argparse
import collections
import datetime
import json
import os
import re
import subprocess
import sys

import yaml

sys.setrecursionlimit(10000)

# Of all kinds that have documents.
RUNTIME_STATE = {
    "integrations": [],
    "connections": ["queues", "offline", "status", "needsAuthorization", "concurrencyInfo", "rateLimit",
                    "lastPing*", "quotas", "capabilities", "debugDate"],
    "flows": ["lastExecutedAt", "resolvedAt", "logging.debugUntil"],
    "exports": ["debugUntil", "draft", "draftExpiresAt"],
    "imports": ["debugUntil", "draft", "draftExpiresAt"],
    "scripts": ["debugUntil"],
    "iclients": [],
    "filedefinitions": [],
    "ediprofiles": [],
    "asynchelpers": [],
    "lookupcaches": ["size", "sizeInMB"],
    "stacks": [],
    "agents": ["offline", "status", "lastPing*"],
    "apis": [],
    "tools": [],
    "mcpservers": [],
    "tags": [],
}

# Text that lies beside its document: field and what the file's name ends with.
BODIES = {"scripts": ("content", ".js")}

# Kinds whose documents say themselves which integration they are of, beside those that flows decide.
HOMED = ["lookupcaches", "tools"]

# Kinds that decide by what they use who owns an export or import.
USERS = ["flows", "tools"]

# Plain scalars that a reader of YAML 1.1 (beyond what PyYAML resolves) or 1.2 takes for no string.
OTHER_TYPES = re.compile(
    r"y|Y|n|N|~|null|Null|NULL|true|True|TRUE|false|False|FALSE|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF"
    r"|[-+]?[0-9]+|0o[0-7]+|[-+]?0x[0-9a-fA-F_]+|[-+]?0b[01_]+"
    r"|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)|[-+]?[0-9][0-9_,]*(\.[0-9_]*)?|=|<<"
    r"|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?")


class Number(str):
    """A JSON number as it is spelled."""


def read_json(text):
    return json.loads(text, parse_int=Number, parse_float=Number)


def drop_path(map_, path):
    first, _, rest = path.partition(".")
    for key in list(map_):
        if key != first and not (first.endswith("*") and key.startswith(first[:-1])):
            continue
        if not rest:
            del map_[key]
        elif isinstance(map_[key], dict) and map_[key]:
            drop_path(map_[key], rest)
            if not map_[key]:
                del map_[key]


def without_helpers(value):
    if isinstance(value, list):
        return [without_helpers(v) for v in value]
    if isinstance(value, dict):
        return {k: without_helpers(v) for k, v in value.items()
                if not (k.startswith("__") and k.endswith("Helper"))}
    return value


def configuration(kind, document):
    """The document less runtime state."""
    document = without_helpers(document)
    for path in RUNTIME_STATE[kind]:
        drop_path(document, path)
    return document


def divide(kind, document):
    """A document less runtime state and what lies beside it, and that text; None where there is none."""
    document = configuration(kind, document)
    field = BODIES.get(kind, ("", ""))[0]
    text = document.get(field)
    if isinstance(text, str) and not isinstance(text, Number):
        del document[field]
        return document, text
    return document, None


def spelled(number):
    """A number's spelling in the mirror."""
    match = re.fullmatch(r"(-?[0-9]+)(\.[0-9]+)?(?:[eE]([-+]?)([0-9]+))?", number)
    whole, fraction, sign, exponent = match.groups()
    if exponent is None:
        return number
    return f"{whole}{fraction or '.0'}e{sign or '+'}{exponent}"


def key_rank(key):
    first = ["_id", "name", "description"]
    return (first.index(key), b"") if key in first else (len(first), key.encode("utf-8", "surrogatepass"))


def survives_a_block(text):
    """Text of several lines that any literal block holds; harder cases are left to the program."""
    return ("\n" in text.rstrip("\n") and re.fullmatch(r"[ -~\n]+", text) and not re.search(r" (\n|$)", text)
            and not text.startswith((" ", "\n")) and not text.endswith("\n\n"))


class Differences:
    def __init__(self):
        self.lines = []

    def add(self, where, text):
        self.lines.append(f"{where}: {text}")

    def node(self, where, node, want):
        """Compares a composed YAML node with a JSON value: value, type, spelling and style."""
        if isinstance(want, dict):
            self.map(where, node, want)
        elif isinstance(want, list):
            self.list(where, node, want)
        elif not isinstance(node, yaml.ScalarNode):
            self.add(where, f"is a {node.id}, not {want!r}")
        else:
            self.scalar(where, node, want)

    def scalar(self, where, node, want, is_key=False):
        kind = node.tag.rpartition(":")[2]
        if isinstance(want, Number):
            if kind not in ("int", "float") or node.style or node.value.replace("E", "e") != spelled(want):
                self.add(where, f"number {want} is {kind} {node.value!r} (style {node.style})")
        elif isinstance(want, bool) or want is None:
            text = {True: "true", False: "false", None: "null"}[want]
            if node.style or node.value != text:
                self.add(where, f"{text} is {kind} {node.value!r} (style {node.style})")
        elif kind != "str" or node.value != want:
            self.add(where, f"{want!r} is {kind} {node.value!r}")
        elif not node.style and OTHER_TYPES.fullmatch(want):
            self.add(where, f"{want!r} is not quoted")
        elif survives_a_block(want) and node.style != "|" and not is_key:
            self.add(where, f"text of several lines is no literal block: {want!r}")

    def list(self, where, node, want):
        if not isinstance(node, yaml.SequenceNode) or len(node.value) != len(want):
            self.add(where, f"no list of {len(want)}")
            return
        if bool(node.flow_style) != (not want):
            self.add(where, "an empty list is [], any other a block")
        for i, (item, value) in enumerate(zip(node.value, want)):
            self.node(f"{where}[{i}]", item, value)
            if want and node.start_mark.column + 2 != item.start_mark.column:
                self.add(f"{where}[{i}]", "not indented by two")

    def map(self, where, node, want):
        if not isinstance(node, yaml.MappingNode):
            self.add(where, f"no map: {node.id}")
            return
        keys = [k.value for k, _ in node.value]
        if sorted(keys) != sorted(want):
            self.add(where, f"keys {sorted(set(keys) ^ set(want))} are in one only, or {len(keys)} != {len(want)}")
            return
        if bool(node.flow_style) != (not want):
            self.add(where, "an empty map is {}, any other a block")
        if keys != sorted(keys, key=key_rank):
            self.add(where, f"keys out of order: {keys}")
        for key, value in node.value:
            self.scalar(f"{where} key {key.value!r}", key, key.value, is_key=True)
            self.node(f"{where}.{key.value}", value, want[key.value])
            block = isinstance(value, (yaml.MappingNode, yaml.SequenceNode)) and not value.flow_style
            if block and value.start_mark.column != node.start_mark.column + 2:
                self.add(f"{where}.{key.value}", "not indented by two")

    def file(self, content, name, want):
        if b"\r" in content or not content.endswith(b"\n"):
            self.add(name, "holds a carriage return, or does not end with a newline")
        try:
            node = yaml.compose(content.decode("utf-8"), Loader=yaml.CSafeLoader)
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            self.add(name, f"is no YAML: {error}")
            return
        self.node(name, node, want)

    def text(self, content, name, want):
        if content != want.encode("utf-8"):
            self.add(name, "is not the text byte for byte")


def slug(name):
    made, gap = "", False
    for ch in name:
        if not ch.isalnum():
            gap = bool(made)
            continue
        more = ("-" if gap else "") + ch.lower()[0]
        if len((made + more).encode()) > 60:
            break
        made, gap = made + more, False
    return made or "unnamed"


def ids_of(value, key):
    """What a document uses; what only runs next it does not."""
    if isinstance(value, list):
        return {i for v in value for i in ids_of(v, key)}
    if isinstance(value, dict):
        own = {value[key]} if isinstance(value.get(key), str) else set()
        return own.union(*(ids_of(v, key) for k, v in value.items() if k != "_runNextExportIds"))
    return set()


class Account:
    """The part of an account that a configuration sees, and where each document belongs."""

    def __init__(self, state, args):
        self.state = state
        self.args = args
        self.wide = "account" in state and not args.no_account_audit  # the audit log
        hidden = args.not_served.split(",") if args.not_served else []
        self.kinds = {kind: {d["_id"]: d for d in state[kind] if kind not in hidden} for kind in RUNTIME_STATE}
        if args.sandbox:
            self.kinds["integrations"] = {i: d for i, d in self.kinds["integrations"].items()
                                          if d.get("sandbox", False) == (args.sandbox == "true")}
        if args.lists == "integration" or args.sandbox:
            self.see_only_sub_lists()
        self.find_owners()

    def members(self, integration, kind):
        """Ids of a sub-list, by the simulator's README."""
        flows = [f for f in self.state["flows"] if f.get("_integrationId") == integration]
        if kind == "flows":
            return {f["_id"] for f in flows}
        if kind in ("exports", "imports"):
            used = ids_of(flows, "_exportId" if kind == "exports" else "_importId")
            owned = {d["_id"] for d in self.state[kind] if d.get("_integrationId") == integration}
            return {i for i in used | owned if any(d["_id"] == i for d in self.state[kind])}
        users = [d for k in ("exports", "imports") for d in self.state[k] if d["_id"] in self.members(integration, k)]
        document = next(d for d in self.state["integrations"] if d["_id"] == integration)
        found = ids_of(users, "_connectionId") | set(document.get("_registeredConnectionIds", []))
        return {i for i in found if any(d["_id"] == i for d in self.state["connections"])}

    def see_only_sub_lists(self):
        for kind in ("flows", "exports", "imports", "connections"):
            seen = set().union(*(self.members(i, kind) for i in self.kinds["integrations"]))
            self.kinds[kind] = {i: d for i, d in self.kinds[kind].items() if i in seen}

    def find_owners(self):
        held = self.kinds["integrations"]
        self.owner = {}
        for kind in ["flows", *HOMED]:
            for id_, document in self.kinds[kind].items():
                named = document.get("_integrationId")
                self.owner[kind, id_] = named if named in held else ""
        for kind, key in (("exports", "_exportId"), ("imports", "_importId")):
            claims = collections.defaultdict(set)
            for user in USERS:
                for id_, document in self.kinds[user].items():
                    for used in ids_of(document, key):
                        claims[used].add(self.owner[user, id_])
            for id_, document in self.kinds[kind].items():
                if document.get("_integrationId"):
                    claims[id_].add(document["_integrationId"])
                one = next(iter(claims[id_])) if len(claims[id_]) == 1 else ""
                self.owner[kind, id_] = one if one in held else ""

    def folder(self, integration):
        """An integration's, or the account's for an empty id."""
        if integration not in self.kinds["integrations"]:
            return "account"
        return f"integrations/{slug(self.kinds['integrations'][integration].get('name') or '')}--{integration}"

    def path(self, kind, document):
        """Where a document is, less what the file's name ends with."""
        id_ = document["_id"]
        if kind == "integrations":
            return self.folder(id_) + "/integration"
        return f"{self.folder(self.owner.get((kind, id_), ''))}/{kind}/{slug(document.get('name') or '')}--{id_}"

    def document(self, kind, document):
        document, text = divide(kind, document)
        if kind == "integrations" and "_registeredConnectionIds" not in document:
            document["_registeredConnectionIds"] = sorted(self.members(document["_id"], "connections"))
        return document, text

    def documents(self):
        """Paths of all documents, and of the texts beside, with what is in them."""
        yaml_, texts = {}, {}
        for kind in RUNTIME_STATE:
            for document in self.kinds[kind].values():
                path = self.path(kind, document)
                yaml_[path + ".yaml"], text = self.document(kind, document)
                if text is not None:
                    texts[path + BODIES[kind][1]] = text
        return yaml_, texts

    def users(self):
        """Files of users with their rows."""
        files = collections.defaultdict(list)
        for integration in self.kinds["integrations"]:
            files[self.folder(integration)] += self.state["ashares"].get(integration, [])
        for row in self.state.get("account", {}).get("ashares", []):
            named = [level.get("_integrationId", "") for level in row.get("integrationAccessLevel") or []]
            if self.args.no_account_ashares:
                folders = {self.folder(i) for i in self.kinds["integrations"] if not named or i in named}
            else:
                folders = {self.folder(i) for i in named or [""]}
            for folder in folders:
                files[folder].append(row)
        return {f"{folder}/users.yaml": rows for folder, rows in files.items() if rows}

    def home_of(self, row):
        """Whose log a row of the account-wide one is in: the integration's it names, or whose it is about."""
        if row.get("_integrationId"):
            return row["_integrationId"]
        kind, id_ = row.get("resourceType", "") + "s", row.get("_resourceId", "")
        return id_ if kind == "integrations" else self.owner.get((kind, id_), "")

    def audit(self):
        """Files of the audit log with their rows."""
        files = collections.defaultdict(list)
        logs = {"": self.state["account"].get("audit", [])} if self.wide else self.state["audit"]
        for integration, rows in logs.items():
            for row in rows:
                if self.wide or integration in self.kinds["integrations"]:
                    folder = self.folder(self.home_of(row) if self.wide else integration)
                    files[f"{folder}/audit/{row['timestamp'][:7]}.yaml"].append(row)
        return files

    def errors(self):
        return {f"{self.folder(i)}/errors.yaml": self.state["errors"][i] for i in self.kinds["integrations"]
                if self.state["errors"].get(i)}

    def rows(self):
        files = {**self.users(), **self.audit()}
        if self.args.errors:
            files.update(self.errors())
        return files


def check_rows(differences, content, name, want):
    """A file of rows, whose order is the mirror's own (by time where they have one)."""
    node = yaml.compose(content.decode("utf-8"), Loader=yaml.CSafeLoader)
    got = yaml.safe_load(content.decode("utf-8"))
    left = list(want)
    if len(got) != len(want):
        differences.add(name, f"{len(got)} rows, not {len(want)}")
    for i, row in enumerate(got):
        match = next((k for k, wanted in enumerate(left) if loose(wanted) == loose(row)), None)
        if match is None:
            differences.add(f"{name}[{i}]", f"is no row of the account: {row}")
        else:
            differences.node(f"{name}[{i}]", node.value[i], left.pop(match))
    if is_audit(name):
        check_order(differences, name, got)


def check_order(differences, name, rows):
    if [r["timestamp"] for r in rows] != sorted(r["timestamp"] for r in rows):
        differences.add(name, "rows are not in order of time")


def is_audit(path):
    return "/audit/" in path


def check_log(differences, files, want, wide):
    """The log: each row of the account once, in a file of its month; others may be there of what is
    gone. An account-wide log is one, whichever integrations its rows stand with."""
    got = collections.defaultdict(list)
    for path in sorted(p for p in files if is_audit(p)):
        rows = yaml.safe_load(files[path].decode("utf-8"))
        check_order(differences, path, rows)
        for row in rows:
            if not path.endswith(f"/{row['timestamp'][:7]}.yaml"):
                differences.add(path, f"holds a row of {row['timestamp']}")
        got["" if wide else path] += [loose(row) for row in rows]
    for path, rows in want.items():
        for row in rows:
            times = got["" if wide else path].count(loose(row))
            if times != 1:
                differences.add(path, f"its log holds {times} times: {row}")


def loose(value):
    """A value for finding its partner: numbers by their value."""
    if isinstance(value, dict):
        return {k: loose(v) for k, v in value.items()}
    if isinstance(value, list):
        return [loose(v) for v in value]
    if isinstance(value, (int, float, Number)) and not isinstance(value, bool):
        return float(value)
    return value


def git(mirror, *arguments):
    return subprocess.run(["git", "-C", mirror, *arguments], check=True, capture_output=True).stdout


def files_of_commit(mirror, commit):
    """All files of a commit: {path: content}."""
    files = {}
    names = git(mirror, "ls-tree", "-r", "-z", "--name-only", commit).decode().split("\0")[:-1]
    asked = "".join(f"{commit}:{name}\n" for name in names).encode()
    told = subprocess.run(["git", "-C", mirror, "cat-file", "--batch"], input=asked, check=True,
                          capture_output=True).stdout
    for name in names:
        head, _, told = told.partition(b"\n")
        size = int(head.split()[2])
        files[name], told = told[:size], told[size + 1:]
    return files


def files_on_disk(mirror):
    files = {}
    for folder, folders, names in os.walk(mirror):
        if folder == mirror:
            folders.remove(".git")
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                files[os.path.relpath(path, mirror)] = file.read()
    return files


def take_stamps(want, content):
    """Stamps alone are no change, so that a mirror may have older ones."""
    got = yaml.load(content.decode("utf-8"), Loader=yaml.CSafeLoader)
    for stamp in ("lastModified", "lastModifiedBy"):
        want.pop(stamp, None)
        if stamp in got:
            want[stamp] = got[stamp]


def compare(args):
    with open(args.state, encoding="utf-8") as file:
        state = read_json(file.read())
    account = Account(state, args)
    differences = Differences()
    want, texts = account.documents()
    rows = account.rows()
    log = {path: list_ for path, list_ in rows.items() if is_audit(path)}
    if args.no_users:
        rows = {path: list_ for path, list_ in rows.items() if not path.endswith("/users.yaml")}
    if args.history or args.no_audit:
        rows = {path: list_ for path, list_ in rows.items() if path not in log}
    files = files_of_commit(args.mirror, args.commit or "HEAD")
    expected = set(want) | set(texts) | set(rows) | {"iokeeper.yaml"}
    for path in sorted(expected - set(files)):
        differences.add(path, "is not there")
    for path in sorted(set(files) - expected):
        if not (is_audit(path) and (args.history or args.no_audit)):
            differences.add(path, "should not be there")
    if not args.commit and files_on_disk(args.mirror) != files:
        differences.add("the working tree", "is not that of HEAD")
    for path in expected & set(files):
        if path in want and args.history:
            take_stamps(want[path], files[path])
        if path in want:
            differences.file(files[path], path, want[path])
        elif path in texts:
            differences.text(files[path], path, texts[path])
        elif path in rows:
            check_rows(differences, files[path], path, rows[path])
    if args.history and not args.no_audit:
        check_log(differences, files, log, account.wide)
    print(f"{len(want)} documents, {len(texts)} texts and {len(rows)} files of rows compared, "
          f"{len(differences.lines)} differences")
    return differences


Person = collections.namedtuple("Person", "name email when")


class Tree:
    """What a commit holds, however it is called: documents by kind and id, and files of rows."""

    def __init__(self, mirror, commit):
        self.documents, self.rows, self.problems = collections.defaultdict(dict), {}, []
        for path, content in files_of_commit(mirror, commit).items():
            parts = path.split("/")
            if parts[0] not in ("integrations", "account"):
                continue
            owner = parts[1].partition("--")[2] if parts[0] == "integrations" else ""
            inside = "/".join(parts[2 if owner else 1:])
            if inside == "integration.yaml":
                self.add(path, ("integrations", owner), "yaml", ("", content))
            elif "--" in inside:
                kind, _, file = inside.partition("/")
                id_, _, suffix = file.partition("--")[2].rpartition(".")
                self.add(path, (kind, id_), suffix, (owner, content))
            else:
                self.rows[owner, inside] = content

    def add(self, path, key, half, value):
        if half in self.documents[key]:
            self.problems.append(f"{path}: {key} is there twice")
        self.documents[key][half] = value
        if half == "yaml" and yaml.load(value[1].decode("utf-8"), Loader=yaml.CSafeLoader).get("_id") != key[1]:
            self.problems.append(f"{path}: holds another _id")


def loose_rows(state):
    """All rows of the audit log, each once."""
    logs = [state["account"]["audit"]] if "account" in state else state["audit"].values()
    return {json.dumps(row, sort_keys=True): row for rows in logs for row in rows}


def people_of(state):
    """Names by address."""
    lists = [state["account"]["ashares"]] if "account" in state else state["ashares"].values()
    users = [row.get("sharedWithUser", row) for rows in lists for row in rows]
    return {user["email"]: user.get("name") for user in users if "email" in user}


def spoken(name):
    """A name as git can have it, however it leaves out what it cannot."""
    return " ".join(re.sub("[<>]", " ", name).split())


def seconds(timestamp):
    return int(datetime.datetime.fromisoformat(timestamp.replace("Z", "+00:00")).timestamp())


class Cycle:
    """Who has to have signed what, of the changes between two trees."""

    def __init__(self, before, after, old, new):
        known = loose_rows(before)
        self.rows = [row for text, row in loose_rows(after).items() if text not in known]
        self.names = people_of(after)
        self.changed = sorted(k for k in {*old.documents, *new.documents}
                              if old.documents.get(k) != new.documents.get(k))
        self.old, self.new = old, new
        self.find_turns()

    def person(self, row):
        user = row["user"]
        email = user if isinstance(user, str) else user["email"]
        name = self.names.get(email) if isinstance(user, str) else user["name"]
        return (spoken(name or email), email)

    def about(self, key):
        return [r for r in self.rows if (r["resourceType"] + "s", r.get("_resourceId")) == key]

    def reasons(self, key):
        """The rows that explain a change: what is gone was deleted, itself or with its integration."""
        gone = self.verb(key) == "-"
        rows = [r for r in self.about(key) if (r["action"] == "delete") == gone]
        home = ("integrations", self.old.documents[key]["yaml"][0]) if gone else None
        if not rows and home in self.changed and self.verb(home) == "-":
            rows = [r for r in self.about(home) if r["action"] == "delete"]
        return rows

    def find_turns(self):
        """The commits, persons' in order of time, and which of them each change has to be in."""
        latest, of = {}, {}
        for key in self.changed:
            rows = sorted(self.reasons(key), key=lambda r: r["timestamp"])
            if rows:
                of[key] = self.person(rows[-1])
                latest[of[key]] = max(latest.get(of[key], ""), rows[-1]["timestamp"])
        ordered = sorted(latest, key=lambda who: (seconds(latest[who]), who[1]))
        moved = [k for k in self.changed if k not in of and self.contents(self.old, k) == self.contents(self.new, k)]
        if len(ordered) == 1:
            of.update({key: ordered[0] for key in moved})
        self.persons = [Person(*who, seconds(latest[who])) for who in ordered]
        self.own = not ordered or any(key not in of for key in self.changed)
        self.turn = {key: ordered.index(of[key]) if key in of else len(ordered) for key in self.changed}

    @staticmethod
    def contents(tree, key):
        return {half: content for half, (_, content) in tree.documents.get(key, {}).items()}

    def verb(self, key):
        return "+" if key not in self.old.documents else "-" if key not in self.new.documents else "~"


def at_home(document, tree):
    """A document as it stands in a tree: with the account where its integration has gone."""
    if not document:
        return document
    return {half: (owner if not owner or ("integrations", owner) in tree.documents else "", content)
            for half, (owner, content) in document.items()}


def check_commit(differences, cycle, number, commit, tree):
    """One commit: who, when, what it holds, and what it says that it changes."""
    who = cycle.persons[number] if number < len(cycle.persons) else None
    got = git(commit.mirror, "show", "-s", "--format=%an%n%ae%n%at%n%cn%n%ce%n%B", commit.id).decode().split("\n")
    name, email, when, *committer = got[:5]
    where, text = f"commit {number + 1}", got[5:]
    if committer != ["iokeeper", "iokeeper@localhost"]:
        differences.add(where, f"committed by {committer}")
    if who and (spoken(name), email, int(when)) != who:
        differences.add(where, f"signed by {name} <{email}> at {when}, not by {who}")
    if not who and (name, email) != ("iokeeper", "iokeeper@localhost"):
        differences.add(where, f"signed by {name} <{email}>, though nobody made these changes")
    for problem in tree.problems:
        differences.add(where, problem)
    for key in {*cycle.old.documents, *cycle.new.documents}:
        side = cycle.new if cycle.turn.get(key, 0) <= number else cycle.old
        if tree.documents.get(key) != at_home(side.documents.get(key), tree):
            differences.add(where, f"{key} is not as it was {'after' if side is cycle.new else 'before'}")
    turn = [key for key in cycle.changed if cycle.turn[key] == number]
    told = {(m[1], m[2]) for m in (re.match(r"([-+~]) [a-z ]+ \".*\" \(([A-Za-z0-9_-]+)\)", line) for line in text) if m}
    told = {(verb, id_) for verb, id_ in told if any(id_ == key[1] for key in cycle.changed)}
    if told != {(cycle.verb(key), key[1]) for key in turn} and len(turn) < 60:
        differences.add(where, f"tells {sorted(told)}, but it is {turn}")
    said = {line.partition(": ")[2] for line in text if line.startswith("Changed-by: ")}
    wanted = {cycle.person(row)[1] for key in turn for row in cycle.about(key)}
    if who and turn:
        wanted.add(who.email)
    if said != wanted:
        differences.add(where, f"Changed-by: {sorted(said)}, not {sorted(wanted)}")


def check_rows_between(differences, where, tree, old):
    """Files of rows come with the last commit; but an integration takes its own along, and leaves its
    log to the account."""
    here = {owner for kind, owner in tree.documents if kind == "integrations"}
    gone = {owner for owner, _ in old.rows if owner and owner not in here}
    for key in {*tree.rows, *old.rows}:
        owner, inside = key
        left_to = gone and not owner and inside.startswith("audit/")
        wanted = None if owner in gone else old.rows.get(key)
        if tree.rows.get(key) != wanted and not left_to:
            differences.add(where, f"{key} is not as it was before, though rows come last")


Commit = collections.namedtuple("Commit", "mirror id")


def signed(args):
    with open(args.before, encoding="utf-8") as before, open(args.after, encoding="utf-8") as after:
        states = read_json(before.read()), read_json(after.read())
    ids = git(args.mirror, "rev-list", "--reverse", f"{args.old}..HEAD").decode().split()
    old, new = Tree(args.mirror, args.old), Tree(args.mirror, "HEAD")
    differences = Differences()
    cycle = Cycle(*states, old, new)
    wanted = len(cycle.persons) + cycle.own if cycle.changed or old.rows != new.rows else 0
    print(f"{len(cycle.changed)} changes of {len(cycle.persons)} persons in {len(ids)} commits")
    if len(ids) != wanted:
        differences.add("the cycle", f"made {len(ids)} commits, not {wanted}: {cycle.persons}")
        return differences
    for number, id_ in enumerate(ids):
        tree = Tree(args.mirror, id_)
        check_commit(differences, cycle, number, Commit(args.mirror, id_), tree)
        if id_ != ids[-1]:
            check_rows_between(differences, f"commit {number + 1}", tree, old)
    return differences


def documents(args):
    differences = Differences()
    with open(args.state, encoding="utf-8") as file:
        state = read_json(file.read())
    files = files_on_disk(args.mirror)
    for document in state[args.kind]:
        id_ = document["_id"]
        found = [p for p in files if p.endswith(f"--{id_}.yaml")]
        document, text = divide(args.kind, document)
        if len(found) != 1:
            differences.add(id_, f"files: {found}")
            continue
        differences.file(files[found[0]], id_, document)
        if text is not None:
            beside = found[0].removesuffix(".yaml") + BODIES[args.kind][1]
            differences.text(files.get(beside, b"\xff"), beside, text)
    return differences


def same_as_json(args):
    differences = Differences()
    with open(args.json, encoding="utf-8") as file:
        want = read_json(file.read())
    with open(args.yaml, "rb") as file:
        differences.file(file.read(), os.path.basename(args.yaml), want)
    return differences


def main():
    parser = argparse.ArgumentParser()
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("compare")
    verb.add_argument("mirror")
    verb.add_argument("state")
    verb.add_argument("--lists", default="account", choices=["account", "integration"])
    verb.add_argument("--sandbox", choices=["true", "false"])
    verb.add_argument("--commit")
    verb.add_argument("--not-served")
    for flag in ("errors", "history", "no-account-audit", "no-account-ashares", "no-audit", "no-users"):
        verb.add_argument(f"--{flag}", action="store_true")
    verb.set_defaults(run=compare)
    verb = verbs.add_parser("signed")
    for argument in ("mirror", "before", "after", "old"):
        verb.add_argument(argument)
    verb.set_defaults(run=signed)
    verb = verbs.add_parser("documents")
    verb.add_argument("mirror")
    verb.add_argument("state")
    verb.add_argument("kind")
    verb.set_defaults(run=documents)
    verb = verbs.add_parser("same-as-json")
    verb.add_argument("yaml")
    verb.add_argument("json")
    verb.set_defaults(run=same_as_json)
    args = parser.parse_args()
    differences = args.run(args)
    for line in differences.lines[:40]:
        print(line)
    return 1 if differences.lines else 0


if __name__ == "__main__":
    sys.exit(main())
