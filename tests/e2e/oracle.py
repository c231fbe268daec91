#!/usr/bin/python3
"""What a mirror must hold, worked out anew from the simulator's account.

    oracle.py compare MIRROR STATE [--lists integration] [--sandbox true|false] [--errors]
    oracle.py documents MIRROR STATE KIND           documents only, wherever their files are
    oracle.py same-as-json FILE.yaml FILE.json      one document, key by key

STATE is a dump of /_admin/state. The rules here are written from the contract, not from iokeeper's
sources, and files are read with PyYAML. Each difference is one line; exit 1 where there is any.
"""
import argparse
import collections
import json
import os
import re
import subprocess
import sys

import yaml

sys.setrecursionlimit(10000)

RUNTIME_STATE = {
    "integrations": [],
    "connections": ["queues", "offline", "status", "needsAuthorization", "concurrencyInfo", "rateLimit",
                    "lastPing*", "quotas", "capabilities", "debugDate"],
    "flows": ["lastExecutedAt", "resolvedAt", "logging.debugUntil"],
    "exports": ["debugUntil", "draft", "draftExpiresAt"],
    "imports": ["debugUntil", "draft", "draftExpiresAt"],
}

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

    def file(self, path, name, want):
        with open(path, "rb") as file:
            content = file.read()
        if b"\r" in content or not content.endswith(b"\n"):
            self.add(name, "holds a carriage return, or does not end with a newline")
        try:
            node = yaml.compose(content.decode("utf-8"), Loader=yaml.CSafeLoader)
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            self.add(name, f"is no YAML: {error}")
            return
        self.node(name, node, want)


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
    if isinstance(value, list):
        return {i for v in value for i in ids_of(v, key)}
    if isinstance(value, dict):
        own = {value[key]} if isinstance(value.get(key), str) else set()
        return own.union(*(ids_of(v, key) for v in value.values()))
    return set()


class Account:
    """The part of an account that a configuration sees, and where each document belongs."""

    def __init__(self, state, lists, sandbox):
        self.state = state
        self.kinds = {kind: {d["_id"]: d for d in state[kind]} for kind in RUNTIME_STATE}
        if sandbox:
            self.kinds["integrations"] = {i: d for i, d in self.kinds["integrations"].items()
                                          if d.get("sandbox", False) == (sandbox == "true")}
        if lists == "integration" or sandbox:
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
        for id_, flow in self.kinds["flows"].items():
            named = flow.get("_integrationId")
            self.owner["flows", id_] = named if named in held else ""
        for kind, key in (("exports", "_exportId"), ("imports", "_importId")):
            claims = collections.defaultdict(set)
            for id_, flow in self.kinds["flows"].items():
                for used in ids_of(flow, key):
                    claims[used].add(self.owner["flows", id_])
            for id_, document in self.kinds[kind].items():
                if document.get("_integrationId"):
                    claims[id_].add(document["_integrationId"])
                one = next(iter(claims[id_])) if len(claims[id_]) == 1 else ""
                self.owner[kind, id_] = one if one in held else ""

    def folder(self, integration):
        return f"integrations/{slug(self.kinds['integrations'][integration].get('name') or '')}--{integration}"

    def path(self, kind, document):
        id_ = document["_id"]
        if kind == "integrations":
            return self.folder(id_) + "/integration.yaml"
        owner = self.owner.get((kind, id_), "")
        home = self.folder(owner) if owner else "account"
        return f"{home}/{kind}/{slug(document.get('name') or '')}--{id_}.yaml"

    def document(self, kind, document):
        document = configuration(kind, document)
        if kind == "integrations" and "_registeredConnectionIds" not in document:
            document["_registeredConnectionIds"] = sorted(self.members(document["_id"], "connections"))
        return document


def check_rows(differences, path, name, want, ordered):
    """A file of rows, whose order is the mirror's own (by time where they have one)."""
    with open(path, "rb") as file:
        node = yaml.compose(file.read().decode("utf-8"), Loader=yaml.CSafeLoader)
    got = yaml.safe_load(open(path, encoding="utf-8"))
    left = list(want)
    if len(got) != len(want):
        differences.add(name, f"{len(got)} rows, not {len(want)}")
    for i, row in enumerate(got):
        match = next((k for k, wanted in enumerate(left) if loose(wanted) == loose(row)), None)
        if match is None:
            differences.add(f"{name}[{i}]", f"is no row of the account: {row}")
        else:
            differences.node(f"{name}[{i}]", node.value[i], left.pop(match))
    if ordered and [r["timestamp"] for r in got] != sorted(r["timestamp"] for r in got):
        differences.add(name, "rows are not in order of time")


def loose(value):
    """A value for finding its partner: numbers by their value."""
    if isinstance(value, dict):
        return {k: loose(v) for k, v in value.items()}
    if isinstance(value, list):
        return [loose(v) for v in value]
    if isinstance(value, (int, float, Number)) and not isinstance(value, bool):
        return float(value)
    return value


def compare(args):
    with open(args.state, encoding="utf-8") as file:
        state = read_json(file.read())
    account = Account(state, args.lists, args.sandbox)
    differences = Differences()
    want = {}
    for kind in RUNTIME_STATE:
        for document in account.kinds[kind].values():
            want[account.path(kind, document)] = account.document(kind, document)
    rows = {}
    for integration in account.kinds["integrations"]:
        folder = account.folder(integration)
        if state["ashares"].get(integration):
            rows[f"{folder}/users.yaml"] = state["ashares"][integration]
        if args.errors and state["errors"].get(integration):
            rows[f"{folder}/errors.yaml"] = state["errors"][integration]
        for row in state["audit"].get(integration, []):
            rows.setdefault(f"{folder}/audit/{row['timestamp'][:7]}.yaml", []).append(row)
    listed = subprocess.run(["git", "-C", args.mirror, "ls-tree", "-r", "-z", "--name-only", "HEAD"],
                            check=True, capture_output=True).stdout.decode().split("\0")[:-1]
    on_disk = [os.path.relpath(os.path.join(folder, f), args.mirror)
               for folder, _, files in os.walk(args.mirror) for f in files]
    on_disk = [f for f in on_disk if not f.startswith(".git/")]
    expected = set(want) | set(rows) | {"iokeeper.yaml"}
    for what, found in (("HEAD", set(listed)), ("the working tree", set(on_disk))):
        for path in sorted(expected - found):
            differences.add(path, f"is not in {what}")
        for path in sorted(found - expected):
            differences.add(path, f"is in {what}, but should not be")
    for path, document in want.items():
        if path in on_disk:
            differences.file(os.path.join(args.mirror, path), path, document)
    for path, list_ in rows.items():
        if path in on_disk:
            check_rows(differences, os.path.join(args.mirror, path), path, list_, "/audit/" in path)
    print(f"{len(want)} documents and {len(rows)} files of rows compared, {len(differences.lines)} differences")
    return differences


def documents(args):
    differences = Differences()
    with open(args.state, encoding="utf-8") as file:
        state = read_json(file.read())
    paths = [os.path.join(folder, f) for folder, _, files in os.walk(args.mirror) for f in files]
    for document in state[args.kind]:
        found = [p for p in paths if p.endswith(f"--{document['_id']}.yaml")]
        if len(found) == 1:
            differences.file(found[0], document["_id"], configuration(args.kind, document))
        else:
            differences.add(document["_id"], f"files: {found}")
    return differences


def same_as_json(args):
    differences = Differences()
    with open(args.json, encoding="utf-8") as file:
        want = read_json(file.read())
    differences.file(args.yaml, os.path.basename(args.yaml), want)
    return differences


def main():
    parser = argparse.ArgumentParser()
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("compare")
    verb.add_argument("mirror")
    verb.add_argument("state")
    verb.add_argument("--lists", default="account", choices=["account", "integration"])
    verb.add_argument("--sandbox", choices=["true", "false"])
    verb.add_argument("--errors", action="store_true")
    verb.set_defaults(run=compare)
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
