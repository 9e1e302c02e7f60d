"""Faults in turn: over a whole cycle of import, plan, run and approve of the real dun with a real SMTP server, the nth request
for memory is refused (alone, and all from it on), the nth write to a file fails (disk full, device error, half of it), the nth
call of the network fails (refused, reset, no answer, half an answer). No process crashes; one that gives up says a sentence and
ends with status 4; and then undisturbed runs finish the ledger: no loss, no duplicate, the store whole.

usage: sweep.py DUN SHIM [--sample SECONDS] [--of memory|files|network]... [--all] [--jobs N]
Without --all, memory and files are swept in steps (KINDS).
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


# kind: what makes the fault, its ways, the field that counts, and the step of the sweep: memory is asked for some 20,000
# times in a process, by libraries mostly.
KINDS = {
    "memory": (memory, ["one", "all from then on"], "mallocs", 251),
    "files": (files, ["full", "broken", "short", "full from then on"], "writes", 3),
    "network": (network, ["refused", "reset", "time-out", "half"], "nets", 1),
}


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


def go_back(ledger, before):
    for entry in os.listdir(ledger.folder):
        path = os.path.join(ledger.folder, entry)
        if path != ledger.state.path:
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
    shutil.copytree(before["folder"], ledger.folder, dirs_exist_ok=True)
    ledger.server.accepted, ledger.server.busy = list(before["accepted"]), set(before["busy"])
    ledger.state.clear()
    ledger.state.set(clock_ns=before["clock_ns"], steady_ns=before["steady_ns"])
    ledger.log = ""
    ledger.duplicates = ledger.losses = 0
    ledger.unknown = set()


def contents(folder):
    """All files of a ledger but the one that its processes count in."""
    found = {}
    for top, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(top, name)
            if name != "state":
                with open(path, "rb") as f:
                    found[os.path.relpath(path, folder)] = f.read()
    return found


def as_it_was(ledger, before):
    """The process left nothing behind: to go on from here is to go on from the state before, which was tried once."""
    return (before["finishes"] and ledger.server.accepted == before["accepted"] and ledger.server.busy == before["busy"] and
            contents(ledger.folder) == before["contents"])


def try_fault(ledger, before, item):
    """From the state before step `index`: the step with the fault, the rest without."""
    kind, how, index, n = item
    go_back(ledger, before)
    ledger.state.set(**KINDS[kind][0](n, how))
    name, step = cycle(ledger)[index]
    wrong = one_ending(ledger, name, step())
    happened, where = ledger.state.get("failed"), ledger.state.name()
    if not wrong and not as_it_was(ledger, before):
        wrong = ledger.finish()
    return {"kind": kind, "what": "%s, %s %d %s (%s)" % (name, kind, n, how, where), "faults": int(happened > 0),
            "duplicates": ledger.duplicates, "losses": ledger.losses, "unknown": len(ledger.unknown), "failed": wrong,
            "log": ledger.log if wrong else ""}


def states_before(ledger, top):
    """Folder, server and clock before each step of an undisturbed cycle, and how much each step asks for."""
    found = []
    for i, (_, step) in enumerate(cycle(ledger)):
        keep = os.path.join(top, "before-%d" % i)
        shutil.copytree(ledger.folder, keep, ignore=shutil.ignore_patterns("state"))
        found.append({"folder": keep, "accepted": list(ledger.server.accepted), "busy": set(ledger.server.busy),
                      "clock_ns": ledger.state.get("clock_ns"), "steady_ns": ledger.state.get("steady_ns"),
                      "contents": contents(keep), "finishes": False})
        ledger.state.clear()
        step()
        for kind in KINDS:
            found[-1][kind] = ledger.state.get(KINDS[kind][2])
    return found


def work(a, part):
    top = tempfile.mkdtemp(prefix="dun-sweep-")
    try:
        ledger = fault.Ledger(os.path.realpath(a.dun), os.path.realpath(a.shim), os.path.join(top, "ledger"), fault.Server())
        before = states_before(ledger, top)
        for b in before:
            go_back(ledger, b)
            b["finishes"] = not ledger.finish()
        for item in part:
            yield try_fault(ledger, before[item[2]], item)
    finally:
        shutil.rmtree(top)


def all_faults(a, kinds):
    """(kind, way, step, n), each way beginning at another n; and how many calls there are of each kind."""
    top = tempfile.mkdtemp(prefix="dun-sweep-")
    try:
        ledger = fault.Ledger(os.path.realpath(a.dun), os.path.realpath(a.shim), os.path.join(top, "ledger"), fault.Server())
        before = states_before(ledger, top)
    finally:
        shutil.rmtree(top)
    items = []
    for kind in kinds:
        _, ways, _, stride = KINDS[kind]
        stride = 1 if a.all else stride
        for index, b in enumerate(before):
            for k, how in enumerate(ways):
                items += [(kind, how, index, n) for n in range(1 + (index + k * stride // len(ways)) % stride, b[kind] + 1, stride)]
    return items, {kind: sum(b[kind] for b in before) for kind in kinds}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("dun")
    p.add_argument("shim")
    p.add_argument("--sample", type=float)
    p.add_argument("--all", action="store_true")
    p.add_argument("--of", action="append", choices=list(KINDS))
    p.add_argument("--jobs", type=int, default=os.cpu_count())
    a = p.parse_args()
    kinds = a.of or list(KINDS)
    items, calls = all_faults(a, kinds)
    print("%d faults in turn, of %s" % (len(items), ", ".join("%d calls of %s" % (calls[k], k) for k in kinds)), flush=True)
    sums = {kind: dict.fromkeys(["faults", "duplicates", "losses", "unknown"], 0) for kind in kinds}
    passed = failed = 0
    for r in fault.in_parallel(a.jobs, a.sample, items, lambda part: work(a, part)):
        for name in sums.get(r.get("kind"), {}):
            sums[r["kind"]][name] += r[name]
        passed += not r["failed"]
        failed += bool(r["failed"])
        if r["failed"]:
            print("FAILED: %s: %s" % (r.get("what"), r["failed"]))
            print(r.get("log", "")[-3000:] if failed < 4 else "", flush=True)
    for kind in kinds:
        s = sums[kind]
        failed += s["faults"] == 0
        print("%-8s %d calls in a cycle, %d faults injected, duplicates: %d   losses: %d   unknown and shown: %d"
              % (kind, calls[kind], s["faults"], s["duplicates"], s["losses"], s["unknown"]), flush=True)
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed else 0)


main()
