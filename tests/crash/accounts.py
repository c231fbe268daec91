"""Whether two accounts are the same, though a server has given other ids to what was created anew."""
import collections
import copy
import hashlib
import json
import re

ID = re.compile(r"[0-9a-f]{24}")
ROUNDS = 8  # how far a difference is seen along references

# What a server sets by itself, at a document's top.
OF_THE_SERVER = re.compile(
    r"createdAt|lastModified|lastModifiedBy|queues|offline|status|needsAuthorization|concurrencyInfo|rateLimit|lastPing.*"
    r"|quotas|capabilities|debugDate|lastExecutedAt|resolvedAt|logging|debugUntil|draft|draftExpiresAt|size|sizeInMB")


def without_helpers(value):
    if isinstance(value, list):
        return [without_helpers(inner) for inner in value]
    if isinstance(value, dict):
        return {key: without_helpers(inner) for key, inner in value.items()
                if not (key.startswith("__") and key.endswith("Helper"))}
    return value


def resources(dump):
    """All that has an id: (kind, id) → document. Groups of flows are resources, too."""
    found = {}
    for kind in [key for key, value in dump.items() if isinstance(value, list) and key not in ("random", "recycled")]:
        for document in dump[kind]:
            document = without_helpers(copy.deepcopy(document))
            for key in [key for key in document if OF_THE_SERVER.fullmatch(key)]:
                del document[key]
            found[kind, document["_id"]] = document
            for group in document.get("flowGroupings") or []:
                found["flowgroupings", group["_id"]] = {**group, "integration": document["_id"]}
    return found


def ids(dump):
    """The ids of all resources."""
    return {id for _, id in resources(dump)}


def portrait(dump, known):
    """What an account holds, each resource as a text and how often it is there. Ids in `known` count, others are
    replaced by what they stand for, which tells resources apart by content and by what these refer to in turn. Secrets
    count where a server could not but keep them."""
    held = resources(dump)
    secrets = dump.get("secrets", {})
    texts = {}
    for (kind, id), document in held.items():
        if id in known:
            document = {**document, "(secrets)": secrets.get(kind, {}).get(id)}
        texts[kind, id] = kind + " " + json.dumps(document, sort_keys=True)
    labels = {id: id if id in known else "(new)" for _, id in held}
    for _ in range(ROUNDS):
        named = {key: ID.sub(lambda match: labels.get(match[0], match[0]), text) for key, text in texts.items()}
        labels = {id: id if id in known else hashlib.sha1(named[kind, id].encode()).hexdigest()[:24]
                  for kind, id in held}
    return collections.Counter(named.values())


def differences(ours, theirs):
    """Lines that tell how one portrait differs from the other."""
    lines = [f"{'too much' if sign > 0 else 'missing'} ({abs(count)}): {text[:1200]}"
             for portrait, sign in ((ours - theirs, 1), (theirs - ours, -1)) for text, count in portrait.items()]
    return sorted(lines, key=lambda line: line.split(": ", 1)[1])
