"""One run: a first sync, some cycles in bad weather, and the comparison with a mirror made fresh."""
import os
import random
import shutil
import signal
import tempfile

import judge
from mirror import Mirror
from simulator import Simulator, collect_texts, documents
from weather import Shape, Weather, change_account, churn

PATIENCE = 5  # undisturbed syncs at the end, at most, until one is complete
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # no disk is worn out, and nothing waits for one


class Wrong(Exception):
    """Something did not hold."""


class Story:
    def __init__(self, seed, build):
        self.dice = random.Random(seed)
        self.folder = tempfile.mkdtemp(prefix=f"chaos-{seed}-", dir=os.environ.get("TMPDIR") or MEMORY)
        self.program = os.path.join(build, "iokeeper")
        self.shape = Shape(self.dice)
        self.simulator = Simulator(os.path.join(build, "simulator"), self.shape.options, self.folder)
        self.settings = self.shape.settings
        self.settings["url"] = self.simulator.url
        self.mirror = Mirror(self.program, self.folder, "mirror", self.settings)
        self.history = judge.History(self.mirror)
        self.outcomes, self.secrets = [], set()
        self.diary = [f"simulator {' '.join(self.shape.options)}", f"configuration {self.shape.settings}"]

    # ---- steps ----

    def check(self, *findings):
        wrong = [line for lines in findings for line in lines]
        if wrong:
            raise Wrong("\n".join(wrong))

    def run(self, *arguments, **ending):
        outcome = self.mirror.run(*arguments, **ending)
        self.outcomes.append(outcome)
        self.diary.append(f"  iokeeper {' '.join(arguments)}: exit {outcome.code}, {outcome.seconds:.2f} s")
        self.diary += [f"    {line}" for line in outcome.err.decode(errors="replace").splitlines()[:12]]
        self.check(judge.judge_output(outcome))
        return outcome

    def sync(self, weather=None, calm_seconds=0.0):
        """One cycle, and all that must hold after it. Returns its outcome."""
        ending = {}
        if weather and weather.end:
            ending = {"signal": getattr(signal, "SIG" + weather.end), "after": weather.moment * calm_seconds}
        before, complete = documents(self.simulator.state()), self.mirror.ref(judge.COMPLETE)
        self.secrets |= self.simulator.secrets()
        outcome = self.run("sync", **ending)
        kept = before & documents(self.simulator.state())
        self.secrets |= self.simulator.secrets()
        head = self.mirror.ref("HEAD")
        self.check(self.history.follow(head, kept, self.settings["exclude"]),
                   judge.judge_refs(self.mirror, outcome, complete, head))
        if outcome.code == 0 and self.shape.lists_show_all() and (not weather or weather.is_seen(self.shape)):
            self.check(judge.judge_complete(self.history, kept, self.settings["exclude"]))
        return outcome

    def cycle(self, calm_seconds):
        """One cycle in bad weather."""
        told = change_account(self.dice, self.simulator, self.shape)
        weather = Weather(self.dice, self.simulator, self.shape)
        self.diary += [f"  {line}" for line in told + weather.told]
        self.diary += [f"  fault {fault}" for fault in weather.faults]
        self.diary += [f"  during {change}" for change in weather.during]
        if weather.end:
            self.diary.append(f"  SIG{weather.end} after {weather.moment * calm_seconds:.3f} s")
        self.mirror.configure(self.settings)
        weather.strike(self.simulator)
        outcome = self.sync(weather, calm_seconds)
        self.diary.append(f"  of these came to pass: {self.simulator.hits()}")
        self.simulator.calm()
        self.check(judge.judge_exit(outcome, weather, "--bucket" in self.shape.options))
        if outcome.code == 5 and weather.accepts:
            self.accept()

    def accept(self):
        outcome = self.run("ack")
        self.check([] if outcome.code == 0 else [f"ack: exit {outcome.code}"])

    def settle(self):
        """Undisturbed syncs until one is complete."""
        for _ in range(PATIENCE):
            outcome = self.sync()
            if outcome.code == 0:
                break
            if outcome.code == 5:
                self.accept()
        self.check([] if outcome.code == 0
                   else [f"undisturbed, and yet exit {outcome.code}: {outcome.err.decode()[-600:]}"])

    def idle(self):
        """Runtime state churns, and nothing may come of it."""
        head = self.history.head
        self.diary += [f"  {line}" for line in churn(self.dice, self.simulator)]
        outcome = self.sync()
        self.check([] if outcome.code == 0 and self.history.head == head
                   else [f"nobody changed anything: exit {outcome.code}, HEAD {head} → {self.history.head}"])

    def compare(self):
        """With a mirror of the same account and the same key of redactions, made now."""
        fresh = Mirror(self.program, self.folder, "fresh", self.settings)
        fresh.run("init", fresh.path)
        private = os.path.join(fresh.path, ".git", "iokeeper")
        os.makedirs(private, exist_ok=True)
        shutil.copy(os.path.join(self.mirror.path, ".git", "iokeeper", "redact.key"), private)
        outcome = fresh.run("sync")
        self.check([] if outcome.code == 0 else [f"fresh mirror: exit {outcome.code}: {outcome.err.decode()[-600:]}"])
        history = judge.History(fresh)
        self.check(history.follow(fresh.ref("HEAD"), set()))
        self.check(judge.judge_fresh(self.history, history, *self.unlisted(history)))
        fresh.close()

    def unlisted(self, fresh):
        """What the account has and its lists, as configured, do not show; and the ids of what flows among that use."""
        if self.shape.lists_show_all():
            return set(), set()
        state = self.simulator.state()
        unlisted = documents(state) - fresh.documents
        texts = set()
        for kind, id in unlisted:
            collect_texts(state[kind][id], texts)
        return unlisted, texts

    # ---- the whole ----

    def tell(self):
        outcome = self.sync()
        self.check([] if outcome.code == 0 else [f"first sync: exit {outcome.code}: {outcome.err.decode()[-600:]}"])
        for number in range(self.dice.randint(2, 5)):
            self.diary.append(f"cycle {number + 1}")
            self.cycle(outcome.seconds)
        self.diary.append("end")
        self.settle()
        self.compare()
        self.check(judge.judge_secrets(self.mirror, self.secrets, self.outcomes), judge.judge_repository(self.mirror))
        self.idle()

    def close(self, keep):
        if keep:
            with open(os.path.join(self.folder, "diary"), "w", encoding="utf-8") as file:
                file.write("\n".join(self.diary) + "\n")
            for name in ("log", "state"):
                with open(os.path.join(self.folder, name), "wb") as file:
                    file.write(self.simulator.admin("GET", "/" + name))
        self.simulator.close()
        self.mirror.close()
        if not keep:
            shutil.rmtree(self.folder)


def run(seed, build):
    """Plays the run of a seed. Returns None, or a report of what went wrong; then its folder stays, unless it was meant
    to go wrong."""
    story = Story(seed, build)
    wrong = None
    try:
        story.tell()
    except Wrong as error:
        wrong = str(error)
    except Exception as error:  # a broken simulator or mirror is a failed run, too
        wrong = f"{type(error).__name__}: {error}"
    report = wrong and "\n".join([*story.diary, wrong, f"all of it is in {story.folder}"])
    story.close(keep=wrong is not None and judge.BLIND not in judge.BLINDNESSES)
    return report
