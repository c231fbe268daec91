"""The moments at which something dies, and how each is brought about. A moment is (name, number)."""
import os
import re
import signal
import subprocess

from world import wait_until

FOREVER = 600  # seconds; whoever waits so long has died before

# ---- which there are ----

CALL = re.compile(r"^(?:\d+ +)?(fsync|fdatasync)\(\d+<(.*)>\)")


def trace(world, *more):
    """A tracer that sees the calls by which things get to disk; its words go to a file."""
    return ["strace", "-f", "-qq", "-y", "-e", "trace=fsync,fdatasync", *more,
            "-o", os.path.join(world.folder, "calls")]


def calls(world):
    """The calls of the last traced run, as (call, path)."""
    with open(os.path.join(world.folder, "calls"), encoding="utf-8") as file:
        return [match.groups() for match in map(CALL.match, file) if match]


def can_trace():
    try:
        return subprocess.run(["strace", "-o", os.devnull, "true"], check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def moments(writes, syncs):
    """All of them, of a run that makes so many requests that write, and these calls to get things to disk, of which only
    those count that are about the run, not those for git."""
    found = [(name, number) for name in ("arrived", "done", "answered", "twice", "terminated", "server-arrived",
                                         "server-done") for number in range(1, writes + 1)]
    found += [("server-gone", number) for number in range(1, writes + 1, 10)]
    for number, (_, path) in enumerate(syncs, 1):
        if "/.git/iokeeper/run" in path:
            found.append(("synced", number))
        if path.endswith("/journal"):
            found += [("unsynced", number), ("torn", number)]
    return found


# ---- how each comes about ----


def stall(world, number, after, times=1):
    """The server holds the Nth request that writes for ever, and with `times` 0 all behind it: before it is carried
    out, or before it is answered."""
    world.server.admin("POST", "/faults", {"method": "!GET", "do": "stall", "seconds": FOREVER, "after": after,
                                           "skip": number - 1, "times": times})


def is_struck(world):
    return lambda: any(row["hits"] for row in world.server.rows("/faults"))


def kill(process, how=signal.SIGKILL):
    process.send_signal(how)
    return process.wait(30)


def die_at_request(world, number, after, how=signal.SIGKILL, arguments=None):
    """The program dies while the server holds its request. Its exit code, if it came so far."""
    stall(world, number, after)
    process = world.start(*(arguments or world.restore()))
    reached = wait_until(is_struck(world), process)
    code = kill(process, how)
    world.server.admin("DELETE", "/faults")
    return code if reached else process.returncode


def arrived(world, number):
    die_at_request(world, number, after=False)


def done(world, number):
    die_at_request(world, number, after=True)


def terminated(world, number):
    code = die_at_request(world, number, after=number % 2 == 0, how=signal.SIGTERM)
    if code not in (128 + signal.SIGTERM, -signal.SIGTERM):
        return [f"exit {code} after SIGTERM"]
    return []


def twice(world, number):
    """It dies, and whoever takes over dies, too."""
    die_at_request(world, number, after=number % 2 == 0)
    if world.has_run():
        die_at_request(world, 1 + number % 3, after=number % 3 == 0, arguments=["resume", "--yes"])


def answered(world, number):
    process = world.start(*world.restore())
    wait_until(lambda: world.server.writes() >= number, process)
    kill(process)


def at_call(world, number, syncs):
    """The program dies on its way into the Nth of the calls that get things to disk. Whether it did."""
    call = syncs[number - 1][0]
    nth = sum(1 for other, _ in syncs[:number] if other == call)
    world.run(*world.restore(), under=trace(world, "-e", f"inject={call}:signal=KILL:when={nth}"))
    last = calls(world)
    return bool(last) and last[-1][1].endswith("/journal")


def journal_of(world):
    runs = os.path.join(world.mirror.path, ".git", "iokeeper", "runs")
    return max((os.path.join(runs, run, "journal") for run in os.listdir(runs)), key=os.path.getmtime)


def synced(world, number, syncs):
    at_call(world, number, syncs)


def shorten(world, number, syncs, part):
    """What the last call was to get to disk never came there, or but a part of it."""
    if not at_call(world, number, syncs):
        return
    path = journal_of(world)
    with open(path, "rb") as file:
        text = file.read()
    begin = text.rstrip(b"\n").rfind(b"\n") + 1
    os.truncate(path, begin + int((len(text) - begin) * part))


def unsynced(world, number, syncs):
    shorten(world, number, syncs, 0)


def torn(world, number, syncs):
    shorten(world, number, syncs, 0.5)


def server_dies(world, number, after, stays=False):
    """The server dies with requests in hand and, unless it stays away, is back at once. What it has answered it does
    not forget: it writes nothing more before it dies. What ended wrongly."""
    stall(world, number, after, times=0)
    process = world.start(*world.restore())
    struck = wait_until(is_struck(world), process)
    world.keep_evidence()
    dump = world.server.kill()
    if stays:
        process.wait(LIMIT_GONE)
    world.server.revive(dump)
    code = process.wait(LIMIT_GONE)
    allowed = (1,) if stays and struck else (0, 1)
    return [] if code in allowed else [f"exit {code} when the server died"]


LIMIT_GONE = 300  # seconds until the program must have given a dead server up


def server_arrived(world, number):
    return server_dies(world, number, after=False)


def server_done(world, number):
    return server_dies(world, number, after=True)


def server_gone(world, number):
    return server_dies(world, number, after=number % 20 == 1, stays=True)


WAYS = {"arrived": arrived, "done": done, "answered": answered, "twice": twice, "terminated": terminated,
        "server-arrived": server_arrived, "server-done": server_done, "server-gone": server_gone}
TRACED = {"synced": synced, "unsynced": unsynced, "torn": torn}


def bring_about(world, moment, syncs):
    """Lets it come to pass; lines that tell what was wrong already then."""
    name, number = moment
    if name in TRACED:
        return TRACED[name](world, number, syncs) or []
    return WAYS[name](world, number) or []
