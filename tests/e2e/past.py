#!/usr/bin/env python3
"""A mirror with a made-up past, from a seed, for git fast-import on standard output: past.py SEED COMMITS

Documents are created, changed, renamed, moved, deleted and brought back, a person puts a file beside them, makes one
executable and replaces one by a link, side branches are merged, some commits change nothing, a file becomes a submodule or a
folder, what a restore creates anew has another id, and a clock is ahead now and then."""
import random
import sys

KINDS = {"flow": "flows", "export": "exports", "import": "imports", "connection": "connections", "script": "scripts"}
WORDS = ["Order", "Payroll", "Ünïcode", "customer", "x", "sync", "clean up", "заказ"]
FOLDERS = ["account", "integrations/alpha--i1", "integrations/beta--i2"]


class Document:
    def __init__(self, chance, number):
        self.chance, self.id = chance, f"d{number:03}"
        self.kind = chance.choice(list(KINDS))
        self.value, self.there = 0, True
        self.rename()
        self.move()

    def rename(self):
        self.name = self.chance.choice(WORDS) + f" {self.chance.randrange(9)}"

    def move(self):
        self.folder = "account" if self.kind in ("connection", "script") else self.chance.choice(FOLDERS)

    def paths(self):
        slug = self.name.lower().replace(" ", "-")
        path = f"{self.folder}/{KINDS[self.kind]}/{slug}--{self.id}"
        return [path + ".yaml"] + ([path + ".js"] if self.kind == "script" else [])

    def texts(self):
        yield f"_id: {self.id}\nname: {self.name}\nvalue: {self.value}\n"
        if self.kind == "script":
            yield f"// {self.value // 2}\n"


class Past:
    def __init__(self, seed, commits):
        self.chance, self.out, self.n = random.Random(seed), sys.stdout.buffer, 0
        self.documents, self.map, self.anew, self.links = [], {}, 0, set()
        for number in range(commits):
            self.commit(number)
        self.begin(commits)
        for path in self.links:
            self.out.write(f"D {path}\n".encode())
        self.out.write(b"done\n")

    def data(self, text):
        raw = text.encode()
        self.out.write(b"data %d\n%s\n" % (len(raw), raw))

    def begin(self, number, branch="main", merge=None):
        when = 1700000000 + number * 900 + (self.chance.random() < 0.05) * 10**8  # a clock that is ahead
        author = self.chance.choice(["Ann", "Bob", "iokeeper"])
        self.out.write(f"commit refs/heads/{branch}\nmark :{2 * number + (branch != 'main') + 1}\n"
                       f"author {author} <{author.lower()}@example.com> {when} +0000\n"
                       f"committer iokeeper <iokeeper@localhost> {when} +0000\n".encode())
        self.data(f"Commit {number}\n")
        if number and branch == "main":
            self.out.write(f"from :{2 * number - 1}\n".encode())
        if merge:
            self.out.write(f"merge :{merge}\n".encode())

    def write(self, path, text, mode="100644"):
        self.links.discard(path)
        self.out.write(f"M {mode} inline {path}\n".encode())
        self.data(text)

    def put(self, document):
        for path, text in zip(document.paths(), document.texts()):
            self.write(path, text)

    def take(self, document):
        for path in document.paths():
            self.out.write(f"D {path}\n".encode())

    def commit(self, number):
        merge = None
        if number > 2 and self.chance.random() < 0.1:
            merge = self.side(number)
        self.begin(number, merge=merge)
        if number == 0:
            self.write("iokeeper.yaml", "format: 1\nurl: http://127.0.0.1:1/v1\n")
            for number_of, folder in enumerate(FOLDERS[1:], 1):
                self.write(f"{folder}/integration.yaml", f"_id: i{number_of}\nname: {folder[13:-4].title()}\n")
        for _ in range(self.chance.choice([0, 1, 1, 1, 2, 3])):
            self.change()
        if self.chance.random() < 0.1:
            self.odd(number)
        if self.chance.random() < 0.05:
            self.write("notes.txt", f"{number // 20}\n", self.chance.choice(["100644", "100755", "120000"]))

    def odd(self, number):
        """A file of the account's becomes a submodule; one of a person's becomes a folder, or a file again."""
        there = [document for document in self.documents if document.there and document.kind != "script"]
        if number and there and self.chance.random() < 0.5:
            document = self.chance.choice(there)
            document.there = False
            self.links.add(document.paths()[0])
            self.out.write(f"M 160000 {'1' * 40} {document.paths()[0]}\n".encode())
        elif self.chance.random() < 0.5:
            self.out.write(b"D shape\n")
            self.write("shape", f"{number}\n")
        else:
            self.out.write(b"D shape\n")
            self.write("shape/inside", f"{number}\n")

    def create_anew(self, document):
        """What a restore does: another id, and the map that leads to it."""
        self.take(document)
        old, document.id = document.id, f"d{len(self.documents) + 500 + self.anew:03}"
        self.anew += 1
        self.map.setdefault(KINDS[document.kind], {})
        for pairs in self.map.values():
            for key, value in pairs.items():
                if value == old:
                    pairs[key] = document.id
        self.map[KINDS[document.kind]][old] = document.id
        self.put(document)
        text = "".join(f"{kind}:\n" + "".join(f"  {key}: {value}\n" for key, value in sorted(pairs.items()))
                       for kind, pairs in sorted(self.map.items()))
        self.write("account/idmap.yaml", text)

    def side(self, number):
        """A side branch of one commit, which changes a file that the merge then leaves or takes over."""
        self.out.write(f"reset refs/heads/side\nfrom :{2 * number - 1}\n\n".encode())
        self.begin(number, "side")
        self.write("side.txt", f"{number}\n")
        return 2 * number + 2

    def change(self):
        deed = self.chance.random()
        there = [document for document in self.documents if document.there]
        gone = [document for document in self.documents if not document.there]
        if deed < 0.3 or not there:
            self.documents.append(Document(self.chance, len(self.documents)))
            self.put(self.documents[-1])
        elif deed < 0.4 and gone:
            document = self.chance.choice(gone)
            document.there = True
            self.put(document)
        else:
            self.change_one(self.chance.choice(there), deed)

    def change_one(self, document, deed):
        if deed < 0.45:
            self.create_anew(document)
            return
        self.take(document)
        document.value += 1
        if deed > 0.85:
            document.there = False
            return
        if deed > 0.75:
            document.rename()
        elif deed > 0.7:
            document.move()
        self.put(document)


Past(int(sys.argv[1]), int(sys.argv[2]))
