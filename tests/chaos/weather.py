"""What a run meets: which server and account, what colleagues change, what goes wrong. All of it comes from `dice`."""
import json

from simulator import KINDS

REFERENCE_KINDS = KINDS[:6]
OTHER_KINDS = KINDS[6:]
PEOPLE = ("alice@example.com", "bob@example.com", "carol@example.com")

# ---- which server, which account ----


def happens(dice, share):
    return dice.random() < share


def choose_sizes(dice, live):
    sizes = {"integrations": dice.randint(1, 5), "flows": dice.randint(0, 4), "exports": dice.randint(0, 6),
             "imports": dice.randint(0, 6), "connections": dice.randint(0, 7), "scripts": dice.randint(0, 5),
             "users": dice.randint(0, 3), "audit": dice.randint(0, 8), "standalone": dice.randint(0, 3),
             "shared": dice.randint(0, 2), "orphans": dice.randint(0, 3)}
    if live:
        sizes.update((kind, dice.randint(0, 5)) for kind in OTHER_KINDS)
    return sizes


def choose_server(dice, live):
    """Options of the simulator, less the sizes."""
    options = ["--profile", "live" if live else "reference", "--seed", str(dice.randint(1, 10**6))]
    rows = [("--shuffle", None, 0.3), ("--gzip", None, 0.2)]
    if live:
        rows += [("--page-size", str(dice.choice((2, 3, 5))), 0.7), ("--strict-query", None, 0.3),
                 ("--no-account-audit", None, 0.15), ("--no-account-ashares", None, 0.15),
                 ("--ignore-include", None, 0.2), ("--bucket", "50", 0.05)]
    else:
        rows += [("--page-cap", str(dice.randint(2, 9)), 0.3), ("--whole-lists", None, 0.3),
                 ("--no-account-lists", None, 0.2)]
    for name, value, share in rows:
        if happens(dice, share):
            options += [name] if value is None else [name, value]
    return options


class Shape:
    """The world of a run: simulator, account, and iokeeper's configuration."""

    def __init__(self, dice):
        self.live = happens(dice, 0.6)
        self.options = choose_server(dice, self.live)
        for name, count in choose_sizes(dice, self.live).items():
            self.options += [f"--{name}", str(count)]
        lists = ["auto", "auto", "integration", "account"]
        if "--no-account-lists" in self.options:
            lists.pop()
        self.settings = {"lists": dice.choice(lists), "concurrency": dice.choice((1, 2, 4, 8)),
                         "page_size": dice.choice((1, 2, 3, 5, 20, 100)),
                         "max_delete": dice.choice((0, 2, 10, 1000)), "max_delete_percent": dice.choice((0, 10, 100)),
                         "audit": str(happens(dice, 0.85)).lower(), "users": str(happens(dice, 0.85)).lower(),
                         "exclude": []}
        self.kinds = KINDS if self.live else REFERENCE_KINDS
        size, cap = self.settings["page_size"], self.option("--page-cap", 1000)
        self.rows_a_page = self.option("--page-size", 1000) if self.live else min(size, cap)

    def option(self, name, fallback):
        return int(self.options[self.options.index(name) + 1]) if name in self.options else fallback

    def change_scope(self, dice):
        """Another choice of kinds that are not mirrored."""
        self.settings["exclude"] = dice.sample(self.kinds[1:], dice.choice((0, 0, 1, 2)))

    def lists_show_all(self):
        """Whether lists tell of everything: integrations' sub-lists do not show what no flow of theirs uses."""
        return self.settings["lists"] != "integration" and "--no-account-lists" not in self.options

    def pages_are_joined(self):
        """Whether a walk can see that rows moved: with one row a page, none can be asked for twice."""
        return self.live or self.settings["page_size"] > 1


# ---- what colleagues do between two cycles ----


def any_of(dice, documents):
    return dice.choice(sorted(documents)) if documents else None


def rename(dice, state, kinds):
    kind = dice.choice(kinds)
    id = any_of(dice, state[kind])
    return id and ("PATCH", f"/{kind}/{id}", {"name": f"Renamed {dice.randint(0, 999)}"})


def describe(dice, state, kinds):
    kind = dice.choice(kinds)
    id = any_of(dice, state[kind])
    return id and ("PATCH", f"/{kind}/{id}", {"description": f"Described\n{dice.random()}"})


def move(dice, state, kinds):
    """A flow to another integration, or to none."""
    id = any_of(dice, state["flows"])
    home = None if happens(dice, 0.2) else any_of(dice, state["integrations"])
    return id and ("PATCH", f"/flows/{id}", {"_integrationId": home})


def relink(dice, state, kinds):
    """A flow begins to use another export, so that its owner may change."""
    id, export = any_of(dice, state["flows"]), any_of(dice, state["exports"])
    return id and export and ("PATCH", f"/flows/{id}", {"pageGenerators": [{"_exportId": export}]})


def delete(dice, state, kinds):
    kind = dice.choice(kinds[1:])
    id = any_of(dice, state[kind])
    return id and ("DELETE", f"/{kind}/{id}", None)


def delete_integration(dice, state, kinds):
    id = any_of(dice, state["integrations"])
    cascade = "?cascade=1" if happens(dice, 0.6) else "?cascade=0"
    return id and ("DELETE", f"/integrations/{id}{cascade}", None)


def clear(dice, state, kinds):
    """All of a kind."""
    kind = dice.choice(kinds[1:])
    return [("DELETE", f"/{kind}/{id}", None) for id in sorted(state[kind])]


def add(dice, state, kinds):
    """A copy under another id."""
    return copy_one(dice, state, dice.choice(kinds))


def copy_one(dice, state, kind):
    id = any_of(dice, state[kind])
    copy = id and dict(state[kind][id], _id=f"{dice.getrandbits(96):024x}", name=f"Copy {dice.randint(0, 999)}")
    return id and ("POST", f"/{kind}", copy)


def change_users(dice, state, kinds):
    """Some users go, or all."""
    rows = state[""].get("account", {}).get("ashares")
    path = "/ashares"
    if rows is None:
        id = any_of(dice, state["integrations"])
        rows, path = state[""]["ashares"].get(id, []), f"/integrations/{id}/ashares"
    kept = [row for row in rows if happens(dice, 0.7)]
    return ("PUT", path, kept) if rows else None


ACTS = ((rename, 5), (describe, 3), (move, 3), (relink, 3), (delete, 5), (add, 5), (delete_integration, 1), (clear, 1),
        (change_users, 1))


def act(dice, simulator, shape, state):
    """Lets one thing happen; returns what, for the diary. What `state` still has may be gone by now."""
    chosen = dice.choices([row[0] for row in ACTS], [row[1] for row in ACTS])[0]
    return do(dice, simulator, chosen(dice, state, shape.kinds))


def do(dice, simulator, wanted):
    """Sends one request, or several, or none."""
    user, touch = dice.choice(PEOPLE), happens(dice, 0.85)
    told = []
    for method, path, body in wanted if isinstance(wanted, list) else [wanted] if wanted else []:
        if method != "PUT":
            path += ("&" if "?" in path else "?") + f"touch={int(touch)}&user={user}"
        if simulator.admin(method, path, body) is not None:
            told.append(f"{method} {path}" + (f" {json.dumps(body)[:100]}" if body else ""))
    return told


def change_account(dice, simulator, shape):
    told = []
    if happens(dice, 0.6):
        path = (f"/mutate?seed={dice.randint(1, 10**6)}&edits={dice.randint(0, 6)}"
                f"&adds={dice.randint(0, 2)}&deletes={dice.randint(0, 2)}")
        simulator.admin("POST", path)
        told.append(f"POST {path}")
    state = simulator.state()
    for _ in range(dice.randint(0, 5)):
        told += act(dice, simulator, shape, state)
    if happens(dice, 0.4):
        told += churn(dice, simulator)
    return told


def churn(dice, simulator):
    path = f"/churn?seed={dice.randint(1, 10**6)}"
    simulator.admin("POST", path)
    return [f"POST {path}"]


# ---- what goes wrong while a cycle runs ----


def choose_list(dice, shape):
    """The path of a list of documents."""
    kind = dice.choice(shape.kinds)
    if kind in REFERENCE_KINDS[1:5] and happens(dice, 0.3 if shape.lists_show_all() else 0.7):
        return f"/v1/integrations/*/{kind}"
    return f"/v1/{kind}"


def choose_path(dice, shape):
    """A glob on any path that is asked for."""
    rows = ["/v1/audit", "/v1/ashares", "/v1/integrations/*/audit", "/v1/integrations/*/ashares",
            "/v1/integrations/*/errors", "/v1/scripts/*", f"/v1/{dice.choice(shape.kinds)}/*", "*"]
    return choose_list(dice, shape) if happens(dice, 0.65) else dice.choice(rows)


def choose_during(dice, shape):
    return {"path": choose_list(dice, shape), "page": dice.randint(0, 3),
            "do": dice.choice(("delete", "delete", "delete", "add", "add", "reorder", "rename", "move")),
            "count": dice.randint(1, 3), "times": dice.randint(1, 2), "seed": dice.randint(1, 10**6),
            "where": dice.choice(("before", "behind")), "audit": happens(dice, 0.85)}


BODIES = ("{}", "null", "\"x\"", "[", "[{}]", "[null]", "[{\"_id\":5}]", "[[]]", "\xff", " ")


def status_of(dice):
    status = dice.choice((400, 401, 403, 404, 405, 408, 410, 429, 500, 502, 503, 504))
    fault = {"do": "status", "status": status}
    if status in (429, 503) and happens(dice, 0.5):
        fault["retry_after"] = dice.choice(("0", "1"))
    return fault


FAULTS = (
    (status_of, 8),
    (lambda dice: {"do": "cut", "bytes": dice.randint(0, 400)}, 3),
    (lambda dice: {"do": "close", "after": happens(dice, 0.5)}, 2),
    (lambda dice: {"do": "stall", "bytes": dice.randint(0, 100), "seconds": dice.choice((0.01, 0.05))}, 1),
    (lambda dice: {"do": "stall", "bytes": dice.randint(0, 100), "seconds": 3, "times": 1}, 0.2),
    (lambda dice: {"do": "garbage"}, 2),
    (lambda dice: {"do": "empty"}, 3),
    (lambda dice: {"do": "empty204"}, 3),
    (lambda dice: {"do": "repeat"}, 1),
    (lambda dice: {"do": "ignore_offset"}, 2),
    (lambda dice: {"do": "ignore_limit"}, 2),
    (lambda dice: {"do": "body", "body": dice.choice(BODIES)}, 3),
    (lambda dice: {"do": "delay", "ms": dice.randint(1, 60)}, 1),
    (lambda dice: {"do": "redirect", "location": "https://elsewhere.example/"}, 1),
    (lambda dice: {"do": "drop_link"}, 3),
    (lambda dice: {"do": "wrong_link"}, 2),
    (lambda dice: {"do": "loop_link"}, 2),
)

# Faults by which a list says that there is no more, which nobody can tell from the truth.
LIES = ("empty", "empty204", "drop_link")


def choose_fault(dice, shape):
    """Bounded, so that every run ends."""
    fault = dice.choices([row[0] for row in FAULTS], [row[1] for row in FAULTS])[0](dice)
    fault.setdefault("times", dice.choice((1, 1, 2, 3, 5, 8, 40)))
    fault.update(path=choose_path(dice, shape), share=dice.choice((1, 1, 0.5, 0.2)), skip=dice.choice((0, 0, 0, 1, 2)))
    return fault


def denies_resource(fault):
    """Whether it answers 404 for a resource that is there, which is the proof of a deletion."""
    path = fault["path"]
    item = path == "*" or path.endswith("/*")
    return fault.get("status") == 404 and fault["do"] == "status" and item


def lay_ambush(dice, simulator, shape):
    """New resources that fill pages of their own at the end of a list, and a deletion as soon as the first of these
    pages has been read: the rest moves up, and a row that nobody has seen yet goes unseen. Returns what was done, for
    the diary, and the change to come."""
    state, path = simulator.state(), choose_list(dice, shape)
    kind, page = path.rpartition("/")[2], shape.rows_a_page
    told = [line for _ in range(min(2 * page + 1, 9)) for line in do(dice, simulator, copy_one(dice, state, kind))]
    return told, {"path": path, "page": len(state[kind]) // page + 1, "do": "delete", "count": 1, "times": 1,
                  "seed": dice.randint(1, 10**6), "where": "before", "audit": True}


class Weather:
    """What befalls one cycle. It may change the account beforehand; `told` says how."""

    def __init__(self, dice, simulator, shape):
        self.faults, self.during, self.told, self.end = [], [], [], None
        if happens(dice, 0.08):
            shape.change_scope(dice)
            self.told.append(f"exclude {shape.settings['exclude']}")
        if happens(dice, 0.3):
            told, change = lay_ambush(dice, simulator, shape)
            self.told += told
            self.during.append(change)
        if not self.during or happens(dice, 0.3):
            self.worsen(dice, shape)
        self.moment = dice.random()  # when the end comes, in parts of what the first cycle took
        self.accepts = happens(dice, 0.5)

    def worsen(self, dice, shape):
        self.faults += [choose_fault(dice, shape) for _ in range(dice.choice((0, 0, 1, 1, 2, 4)))]
        self.during += [choose_during(dice, shape) for _ in range(dice.choice((0, 0, 1, 2, 3)))]
        # A server that hides a resource from its list and then denies it has deleted it.
        if self.during or any(fault["do"] in LIES for fault in self.faults):
            self.faults = [fault for fault in self.faults if not denies_resource(fault)]
        self.end = dice.choices((None, "KILL", "TERM"), (75, 15, 10))[0]

    def strike(self, simulator):
        for fault in self.faults:
            simulator.admin("POST", "/faults", fault)
        for change in self.during:
            simulator.admin("POST", "/during", change)

    def is_seen(self, shape):
        """Whether a walk has to notice whatever befell its list: nobody lied, and what moved left a trace."""
        return shape.pages_are_joined() and not any(fault["do"] in LIES for fault in self.faults) and all(
            change["audit"] and change["do"] not in ("reorder", "move") for change in self.during)
