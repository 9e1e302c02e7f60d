"""Real crashes: the real dun with a real SMTP server, killed by SIGKILL before each write to a file, to the terminal and to
the network in turn (crash_shim.c), and started again until the ledger is done. Then the server's log has no message twice and
lacks none but what the store shows as unknown; and unknown is exactly what the kills left as `sending`.

usage: crash.py DUN SHIM [--sample SECONDS] [--only N] [--from N] [--jobs N]
The last line is `N passed, M failed`."""
import argparse
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fault  # noqa: E402


TOGETHER = 2  # messages on their way at a time while a plan goes out


def scenario(ledger, kill_at):
    """All steps with a kill before the nth boundary. Whether it came, how many actions it left as `sending` (by mail, and as
    a file), and whether a message's bytes had left by then."""
    ledger.state.set(kill_at=kill_at)
    for _, step in ledger.steps():
        if fault.killed(step()):
            return 1, ledger.sending(), ledger.state.get("body_out")
    return 0, (0, 0), 0


def killed_at(ledger, n):
    came, (left, files), out = scenario(ledger, n)
    where = ledger.state.name()
    wrong = [w for w in [ledger.finish()] if w]
    if not came:
        wrong.append("nothing was killed")
    if len(ledger.unknown) != left:
        wrong.append("%d unknown, but %d ambiguous" % (len(ledger.unknown), left))
    if left > TOGETHER or (out and not left and not ledger.server.accepted):
        wrong.append("%d were being sent at once, a message had left: %d" % (left, out))
    return {"n": n, "where": where, "kills": came, "ambiguous": left, "early": int(left and not out), "files": files,
            "unknown": len(ledger.unknown), "duplicates": ledger.duplicates, "losses": ledger.losses,
            "resumed": ledger.resumed, "failed": "; ".join(wrong), "log": ledger.log if wrong else ""}


def work(dun, shim, numbers):
    server = fault.Server()
    for n in numbers:
        folder = tempfile.mkdtemp(prefix="dun-crash-")
        try:
            server.forget()
            yield killed_at(fault.Ledger(dun, shim, folder, server), n)
        finally:
            shutil.rmtree(folder)


def undisturbed(dun, shim):
    """How many boundaries the whole way has; 0: it fails without any fault."""
    folder = tempfile.mkdtemp(prefix="dun-crash-")
    try:
        ledger = fault.Ledger(dun, shim, folder, fault.Server())
        scenario(ledger, 0)
        total = ledger.state.get("boundaries")
        wrong = ledger.finish()
        if wrong or ledger.unknown:
            print("FAILED: without any fault: %s\n%s" % (wrong, ledger.log))
            return 0
        return total
    finally:
        shutil.rmtree(folder)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("dun")
    p.add_argument("shim")
    p.add_argument("--sample", type=float)
    p.add_argument("--only", type=int)
    p.add_argument("--from", type=int, default=1, dest="first")
    p.add_argument("--jobs", type=int, default=os.cpu_count())
    a = p.parse_args()
    dun, shim = os.path.realpath(a.dun), os.path.realpath(a.shim)
    total = undisturbed(dun, shim)
    passed, failed = int(total >= 50), int(total < 50)
    print("boundaries of the whole way, import to last message: %d" % total, flush=True)
    sums = dict.fromkeys(["kills", "ambiguous", "early", "files", "unknown", "duplicates", "losses", "resumed"], 0)
    calls = {}
    numbers = [a.only] if a.only else list(range(a.first, total + 1))
    for r in fault.in_parallel(1 if a.only else a.jobs, a.sample, numbers, lambda part: work(dun, shim, part)):
        for name in sums:
            sums[name] += r.get(name, 0)
        calls[r.get("where", "")] = calls.get(r.get("where", ""), 0) + r.get("kills", 0)
        passed += not r["failed"]
        failed += bool(r["failed"])
        if r["failed"]:
            print("FAILED: killed before boundary %s (%s): %s" % (r.get("n"), r.get("where"), r["failed"]))
            print(r.get("log", "")[-3000:] if failed < 4 else "", flush=True)
    print("killed before: " + ", ".join("%d %s" % (c, name) for name, c in sorted(calls.items(), key=lambda x: -x[1])))
    print("boundaries killed at: %d of %d   duplicates: %d   losses: %d   unknown: %d, ambiguous faults injected: %d "
          "(%d of them after `sending` was stored and before a byte of the message left; %d files beside them were found or written; "
          "%d times the plan stopped over its one refusal, and a person let it go on)"
          % (sums["kills"], total, sums["duplicates"], sums["losses"], sums["unknown"], sums["ambiguous"], sums["early"],
             sums["files"], sums["resumed"]))
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed else 0)


main()
