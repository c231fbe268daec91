"""The account that is lost in part, and the stage on which it is brought back, again and again from the same state."""
import json
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "chaos"))

from mirror import Mirror  # noqa: E402
from simulator import Simulator  # noqa: E402

LIMIT = 120  # seconds that a run of the program may take, far more than any needs
OPTIONS = ["--profile", "live", "--integrations", "3", "--flows", "4", "--exports", "6", "--imports", "6",
           "--connections", "6", "--scripts", "4", "--standalone", "2", "--shared", "2", "--orphans", "2",
           "--managed", "0", "--audit", "3"]
SETTINGS = {"lists": "auto", "concurrency": 4, "page_size": 100, "max_delete": 100000, "max_delete_percent": 100,
            "audit": "true", "users": "true", "exclude": []}


class Server(Simulator):
    """A simulator that can die and come back where it was."""

    def __init__(self, program, options, folder):
        self.program, self.options, self.folder = program, options, folder
        port_file = os.path.join(folder, "port")
        if os.path.exists(port_file):
            os.remove(port_file)
        super().__init__(program, options, folder)

    def kill(self):
        """Its state, taken just before it dies."""
        dump = self.admin("GET", "/state")
        self.connection.close()
        self.process.kill()
        self.process.wait()
        return dump

    def revive(self, dump):
        """It listens where it did, and holds what it held."""
        path = os.path.join(self.folder, "dump.json")
        with open(path, "wb") as file:
            file.write(dump)
        self.__init__(self.program, ["--profile", "live", "--port", str(self.port), "--load", path], self.folder)

    def rows(self, path):
        return json.loads(self.admin("GET", path))

    def dump(self):
        return self.rows("/state")

    def writes(self):
        """How many requests that are no GET were carried out."""
        methods = self.rows("/stats")["by_method"]
        return sum(count for method, count in methods.items() if method != "GET")


# ---- how it was ----


def put(server, kind, document):
    server.admin("PUT", f"/{kind}/{document['_id']}", document)


def make_plain(server, export):
    """A webhook's secrets cannot be brought back, so there is none."""
    kept = {key: value for key, value in export.items() if key not in ("webhook", "type", "adaptorType")}
    put(server, "exports", {**kept, "type": "delta", "adaptorType": "HTTPExport"})


def of(dump, kind, integration):
    return [document for document in dump[kind] if document.get("_integrationId") == integration]


def used_by(flows, key):
    """The ids that flows refer to by this key, in order."""
    found = []

    def look(value):
        for inner in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
            look(inner)
        if isinstance(value, dict) and value.get(key) not in (None, *found):
            found.append(value[key])

    look(flows)
    return found


def furnish(server):
    """Circles, twins, and flows that run or do not, before anything is lost."""
    for export in server.dump()["exports"]:
        if "webhook" in export:
            make_plain(server, export)
    dump = server.dump()
    lost, binned, hurt = [integration["_id"] for integration in dump["integrations"]]
    flows = of(dump, "flows", lost)
    for number, flow in enumerate(flows):
        following = flows[(number + 1) % len(flows)]["_id"]
        put(server, "flows", {**flow, "_runNextFlowIds": [following], "disabled": number % 2 == 1})
    for flow in of(dump, "flows", binned):
        put(server, "flows", {**flow, "disabled": True, "_runNextFlowIds": []})
    for number, flow in enumerate(of(dump, "flows", hurt)):
        put(server, "flows", {**flow, "disabled": number == 3})
    for flow in dump["flows"]:
        if not flow.get("_integrationId"):
            put(server, "flows", {**flow, "_runNextFlowIds": [flows[0]["_id"]]})
    add_twins(server, flows[0])


def add_twins(server, flow):
    """Three exports of a flow that nothing but their ids tells apart."""
    export = json.loads(server.admin("GET", f"/exports/{used_by(flow, '_exportId')[0]}"))
    twins = [{**export, "_id": f"7e57{number:020x}", "name": "Twin"} for number in range(3)]
    for twin in twins:
        server.admin("POST", "/exports", twin)
    document = json.loads(server.admin("GET", f"/flows/{flow['_id']}"))
    document["pageGenerators"] = document.get("pageGenerators", []) + [{"_exportId": twin["_id"]} for twin in twins]
    put(server, "flows", document)


# ---- what befalls it ----


def purge(server, kind, id):
    """It is gone, and no bin has it."""
    server.admin("DELETE", f"/{kind}/{id}?cascade=1")


def bin(server, kind, id):
    server.admin("DELETE", f"/{kind}/{id}?cascade=1&touch=1")


def edit(server, kind, document, **fields):
    server.admin("PATCH", f"/{kind}/{document['_id']}?touch=1", fields)


def wreck(server):
    """An integration is lost for good, another thrown away, a third one spoilt and littered; and of every other kind
    something is gone."""
    dump = server.dump()
    lost, binned, hurt = [integration["_id"] for integration in dump["integrations"]]
    flows = of(dump, "flows", hurt)
    exports, imports = used_by(flows, "_exportId"), used_by(flows, "_importId")
    purge(server, "integrations", lost)
    bin(server, "integrations", binned)
    for kind in ("filedefinitions", "ediprofiles", "asynchelpers", "apis", "mcpservers", "tags"):
        purge(server, kind, dump[kind][0]["_id"])
    purge(server, "scripts", dump["scripts"][0]["_id"])
    for kind in ("scripts", "connections", "iclients", "stacks", "agents"):
        bin(server, kind, dump[kind][1]["_id"])
    for kind, id in (("exports", exports[0]), ("imports", imports[0]), ("exports", exports[1])):
        bin(server, kind, id)
    spoil(server, flows, exports[2:], imports[1:])
    litter(server, hurt, flows[0], exports[2])


def spoil(server, flows, exports, imports):
    for flow in flows:
        edit(server, "flows", flow, name=f"Broken {flow['name']}", disabled=True)
    for kind, some in (("exports", exports), ("imports", imports)):
        for id in some:
            server.admin("PATCH", f"/{kind}/{id}?touch=1", {"description": "who did this?", "settings": {"broken": True}})
    for script in server.dump()["scripts"]:
        edit(server, "scripts", script, content="throw 1;\n")


def litter(server, integration, flow, export):
    """What the commit does not hold: flows that use exports that nothing else uses."""
    pattern = json.loads(server.admin("GET", f"/exports/{export}"))
    for number in range(4):
        id = f"de1e{number:020x}"
        server.admin("POST", "/exports?touch=1", {**pattern, "_id": id, "name": f"Litter {number}"})
        server.admin("POST", "/flows?touch=1", {
            **flow, "_id": f"de1f{number:020x}", "name": f"Litter {number}", "disabled": True, "_runNextFlowIds": [],
            "pageGenerators": [{"_exportId": id}], "pageProcessors": [], "routers": [], "_integrationId": integration})


# ---- the stage ----


class World:
    """A wrecked account and its mirror as it was before, to begin from."""

    def __init__(self, build, seed, folder):
        self.folder, self.simulator = folder, os.path.join(build, "simulator")
        self.program = os.path.join(build, "iokeeper")
        self.server = Server(self.simulator, [*OPTIONS, "--seed", str(seed)], folder)
        furnish(self.server)
        self.mirror = Mirror(self.program, folder, "mirror", {**SETTINGS, "url": self.server.url})
        first = self.mirror.run("sync")
        if first.code != 0:
            raise RuntimeError(f"first sync: exit {first.code}: {first.err.decode(errors='replace')}")
        self.commit = self.mirror.git("rev-parse", "HEAD").decode().strip()
        self.whole = self.server.dump()
        wreck(self.server)
        self.wrecked = self.server.kill()
        self.base = os.path.join(folder, "base")
        os.rename(self.mirror.path, self.base)

    def reset(self):
        """All is as it was when the account had just been wrecked."""
        if self.server.process.poll() is None:
            self.server.kill()
        shutil.rmtree(self.mirror.path, ignore_errors=True)
        shutil.copytree(self.base, self.mirror.path, symlinks=True)
        self.server.revive(self.wrecked)

    def restore(self):
        """The arguments of what is tried."""
        return ["restore", "--all", "--at", self.commit, "--prune", "--enable-flows", "--yes"]

    def start(self, *arguments, under=()):
        """Starts the program, beneath another one if so wished; its output goes to a file, behind what is there."""
        with open(os.path.join(self.folder, "said"), "ab") as said:
            said.write(f"$ iokeeper {' '.join(arguments)}\n".encode())
            said.flush()
            environment = {**self.mirror.environment, **({"ASAN_OPTIONS": "detect_leaks=0"} if under else {})}
            return subprocess.Popen([*under, self.program, "--config", self.mirror.config, *arguments], stdout=said,
                                    stderr=said, stdin=subprocess.DEVNULL, env=environment)

    def run(self, *arguments, under=()):
        """Runs it to its end; its exit code."""
        process = self.start(*arguments, under=under)
        try:
            return process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return "none: it does not end"

    def said(self):
        """What was said since the last question."""
        path = os.path.join(self.folder, "said")
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
        os.truncate(path, 0)
        return text

    def has_run(self):
        """Whether a run is on record that has not ended."""
        return os.path.exists(os.path.join(self.mirror.path, ".git", "iokeeper", "run"))

    def close(self):
        self.server.kill()
        self.mirror.close()


def wait_until(holds, process):
    """Waits until something holds; False where the process ended first."""
    deadline = time.monotonic() + LIMIT
    while not holds():
        if process.poll() is not None or time.monotonic() > deadline:
            return False
        time.sleep(0.001)
    return True
