"""Faults in turn: over a whole cycle of import, plan, run and approve of the real dun with a real SMTP server, the nth request
for memory is refused (alone, and all from it on), the nth write to a file fails (disk full, device error, half of it), the nth
call of the network fails (refused, reset, no answer, half an answer). No process crashes; one that gives up says a sentence and
ends with status 4; and then undisturbed runs finish the ledger: no loss, no duplicate, the store whole.

usage: sweep.py DUN SHIM [--every N] [--of memory|files|network]...      (every Nth fault of each kind; without: each)
The last line is `N passed, M failed`."""
import argparse
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fault  # noqa: E402

FOREVER = 1 << 40


def memory(n, how):
    return {"malloc_at": n, "malloc_to": n if how == "one" else FOREVER}


def files(n, how):
    return {"write_at": n, "write_to": FOREVER if how == "full from then on" else n,
            "write_how": {"broken": fault.BROKEN, "short": fault.SHORT}.get(how, fault.FULL)}


def network(n, how):
    return {"net_at": n, "net_how": {"refused": fault.REFUSED, "reset": fault.RESET, "time-out": fault.TIMEOUT,
                                     "half": fault.HALF}[how]}


# kind: what makes the fault, its ways, the field that counts, and every how manieth is taken where all are asked for:
# memory is asked for some 10,000 times in a process, by libraries mostly.
KINDS = {
    "memory": (memory, ["one", "all from then on"], "mallocs", 97),
    "files": (files, ["full", "broken", "short", "full from then on"], "writes", 3),
    "network": (network, ["refused", "reset", "time-out", "half"], "nets", 1),
}


class Counts:
    def __init__(self):
        self.passed = self.failed = self.faults = self.duplicates = self.losses = self.unknown = self.shown = 0


def plan(ledger):
    return ledger.run("plan", "--store", ledger.store, ledger.policy)


def cycle(ledger):
    """(name, what runs one process or a few): the whole way, with what a person looks at."""
    steps = ledger.steps()
    return steps[:1] + [("plan", lambda: plan(ledger))] + steps[1:]


def one_ending(ledger, name, status):
    """What is wrong with how a process ended that met a fault."""
    if status < 0 or status in (98, 99) or status > 4:
        return "%s ended by %d" % (name, status)
    if status == 4 and not (ledger.err or "Crash, " in ledger.out):
        return "%s gave up without a word: %r" % (name, ledger.err)
    for sign in ("AddressSanitizer", "LeakSanitizer", "runtime error"):
        if sign in ledger.err:
            return "%s: %s" % (name, ledger.err)
    return ""


def try_fault(counts, ledger, before, index, kind, how, n):
    """From the state before step `index`: the step with the fault, the rest without."""
    make = KINDS[kind][0]
    folder = ledger.folder
    for entry in os.listdir(folder):
        path = os.path.join(folder, entry)
        if path != ledger.state.path:
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
    shutil.copytree(before["folder"], folder, dirs_exist_ok=True)
    ledger.server.accepted, ledger.server.busy = list(before["accepted"]), set(before["busy"])
    ledger.state.clear()
    ledger.state.set(clock_ns=before["clock_ns"], steady_ns=before["steady_ns"], **make(n, how))
    ledger.log = ""
    name, step = cycle(ledger)[index]
    wrong = one_ending(ledger, name, step())
    happened = ledger.state.get("failed")
    where = ledger.state.name()
    wrong = wrong or ledger.finish()
    counts.faults += 1 if happened else 0
    counts.duplicates += getattr(ledger, "duplicates", 0)
    counts.losses += getattr(ledger, "losses", 0)
    counts.unknown += len(getattr(ledger, "unknown", ()))
    if not wrong:
        counts.passed += 1
    else:
        counts.failed += 1
        print("FAILED: %s, %s %d %s (%s): %s" % (name, kind, n, how, where, wrong))
        counts.shown += 1
        if counts.shown < 5:
            print(ledger.log[-3000:], flush=True)
    return happened


def states_before(ledger, top):
    """Folder, server and clock before each step of an undisturbed cycle, and how much each step asks for."""
    found = []
    for i, (_, step) in enumerate(cycle(ledger)):
        keep = os.path.join(top, "before-%d" % i)
        shutil.copytree(ledger.folder, keep, ignore=shutil.ignore_patterns("state"))
        found.append({"folder": keep, "accepted": list(ledger.server.accepted), "busy": set(ledger.server.busy),
                      "clock_ns": ledger.state.get("clock_ns"), "steady_ns": ledger.state.get("steady_ns")})
        ledger.state.clear()
        step()
        for kind in KINDS:
            found[-1][kind] = ledger.state.get(KINDS[kind][2])
    return found


def main():
    p = argparse.ArgumentParser()
    p.add_argument("dun")
    p.add_argument("shim")
    p.add_argument("--every", type=int, default=1)
    p.add_argument("--of", action="append", choices=list(KINDS))
    a = p.parse_args()
    top = tempfile.mkdtemp(prefix="dun-sweep-")
    server = fault.Server()
    ledger = fault.Ledger(os.path.realpath(a.dun), os.path.realpath(a.shim), os.path.join(top, "ledger"), server)
    passed = failed = 0
    try:
        before = states_before(ledger, top)
        for kind in a.of or KINDS:
            counts = Counts()
            _, ways, _, stride = KINDS[kind]
            offset = 0
            for index, (name, _) in enumerate(cycle(ledger)):
                for how in ways:
                    offset += 1  # another part of the calls for each way
                    every = stride * a.every
                    n = 1 + offset % every
                    while n <= before[index][kind] + every:
                        try_fault(counts, ledger, before[index], index, kind, how, n)
                        n += every
            print("%-8s %d calls of a cycle, %d faults injected, duplicates: %d   losses: %d   unknown and shown: %d"
                  % (kind, sum(b[kind] for b in before), counts.faults, counts.duplicates, counts.losses, counts.unknown),
                  flush=True)
            passed += counts.passed
            failed += counts.failed
    finally:
        shutil.rmtree(top, ignore_errors=True)
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed else 0)


main()
