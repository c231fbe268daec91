"""One running simulator, and its admin path."""
import http.client
import json
import os
import subprocess
import time

KINDS = ("integrations", "flows", "exports", "imports", "connections", "scripts", "iclients", "filedefinitions",
         "ediprofiles", "asynchelpers", "lookupcaches", "stacks", "agents", "apis", "tools", "mcpservers", "tags")
TOKEN = "chaos-token-Zq8vX2mK7"


class Simulator:
    """Starts with the given options; close() ends it. Everything but `url` goes by /_admin."""

    def __init__(self, program, options, folder):
        port_file = os.path.join(folder, "port")
        with open(os.path.join(folder, "simulator.log"), "wb") as log:
            self.process = subprocess.Popen(
                [program, "--port", "0", "--port-file", port_file, "--token", TOKEN, *options],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not os.path.exists(port_file):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the simulator does not start: {' '.join(options)}")
            time.sleep(0.002)
        with open(port_file, encoding="ascii") as file:
            self.port = int(file.read())
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def admin(self, method, path, body=None):
        """The answer's bytes; None where there is no such thing. `body` is sent as JSON."""
        text = None if body is None else json.dumps(body)
        self.connection.request(method, "/_admin" + path, text)
        response = self.connection.getresponse()
        answer = response.read()
        if response.status == 404:
            return None
        if response.status >= 300:
            raise RuntimeError(f"{method} /_admin{path} {text}: {response.status} {answer[:300]!r}")
        return answer

    def state(self):
        """What the account holds: kind → id → document, and under "" the dump itself."""
        dump = json.loads(self.admin("GET", "/state"))
        state = {kind: {document["_id"]: document for document in dump[kind]} for kind in KINDS}
        state[""] = dump
        return state

    def secrets(self):
        """Every text that is stored as a secret now."""
        found = set()
        for row in json.loads(self.admin("GET", "/secrets")):
            collect_texts(row["value"], found)
        return found

    def hits(self):
        """How often each fault struck and each change befell, in order of their asking."""
        return [row["hits"] for path in ("/faults", "/during") for row in json.loads(self.admin("GET", path))]

    def calm(self):
        """Ends all faults and all changes to come."""
        self.admin("DELETE", "/faults")
        self.admin("DELETE", "/during")

    def close(self):
        self.connection.close()
        self.process.terminate()
        self.process.wait()


def collect_texts(value, found):
    if isinstance(value, str):
        found.add(value)
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        collect_texts(inner, found)


def documents(state):
    """The documents of a state, as (kind, id)."""
    return {(kind, id) for kind in KINDS for id in state[kind]}
