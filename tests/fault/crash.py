"""Real crashes: the real dun with a real SMTP server, killed by SIGKILL before each write to a file, to the terminal and to
the network in turn (crash_shim.c), and started again until the ledger is done. Then the server's log has no message twice and
lacks none but what the store shows as unknown; and unknown is exactly what the kills left as `sending`.

usage: crash.py DUN SHIM [--every N] [--from K]       (every Nth boundary from the Kth on; without: each)
The last line is `N passed, M failed`."""
import argparse
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fault  # noqa: E402


def scenario(ledger, kill_at):
    """All steps with a kill before the nth boundary. Whether it came, how many actions it left as `sending`, and whether
    a message's bytes had left by then."""
    ledger.state.set(kill_at=kill_at)
    came = ambiguous = out = 0
    for _, step in ledger.steps():
        if fault.killed(step()):
            came, ambiguous, out = 1, ledger.sending(), ledger.state.get("body_out")
            break
    return came, ambiguous, out


def main():
    p = argparse.ArgumentParser()
    p.add_argument("dun")
    p.add_argument("shim")
    p.add_argument("--every", type=int, default=1)
    p.add_argument("--from", type=int, default=1, dest="first")
    a = p.parse_args()
    dun, shim = os.path.realpath(a.dun), os.path.realpath(a.shim)
    top = tempfile.mkdtemp(prefix="dun-crash-")
    server = fault.Server()
    passed = failed = kills = duplicates = losses = unknown = ambiguous = before_body = 0
    calls = {}
    n = a.first
    try:
        quiet = fault.Ledger(dun, shim, os.path.join(top, "quiet"), server)
        came, _, _ = scenario(quiet, 0)
        total = quiet.state.get("boundaries")
        wrong = quiet.finish()
        if came or wrong or total < 50 or quiet.unknown:
            print("FAILED: without any fault: %s\n%s" % (wrong, quiet.log))
            failed += 1
        else:
            passed += 1
        print("boundaries of the whole way, import to last message: %d" % total, flush=True)
        while True:
            folder = os.path.join(top, str(n))
            server.forget()
            ledger = fault.Ledger(dun, shim, folder, server)
            came, left, out = scenario(ledger, n)
            if not came and n > total // 2:
                break
            where = ledger.state.name()
            wrong = ledger.finish()
            if not came:
                wrong = "nothing was killed; " + wrong
            if len(ledger.unknown) != left:
                wrong += "; %d unknown, but %d ambiguous" % (len(ledger.unknown), left)
            if left > 1 or (out and not left and not ledger.server.accepted):
                wrong += "; %d were being sent at once, a message had left: %d" % (left, out)
            kills += came
            calls[where] = calls.get(where, 0) + 1
            ambiguous += left
            before_body += left and not out
            unknown += len(ledger.unknown)
            duplicates += ledger.duplicates
            losses += ledger.losses
            if wrong:
                failed += 1
                print("FAILED: killed before boundary %d (%s): %s" % (n, where, wrong))
                if failed < 4:
                    print(ledger.log)
            else:
                passed += 1
            shutil.rmtree(folder)
            n += a.every
    finally:
        shutil.rmtree(top, ignore_errors=True)
    print("killed before: " + ", ".join("%d %s" % (c, name) for name, c in sorted(calls.items(), key=lambda x: -x[1])))
    print("boundaries killed at: %d   duplicates: %d   losses: %d   unknown: %d, ambiguous faults injected: %d "
          "(%d of them after `sending` was stored and before a byte of the message left)"
          % (kills, duplicates, losses, unknown, ambiguous, before_body))
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed else 0)


main()
