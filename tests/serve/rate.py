"""Webhooks at a rate (load.c) over `dun serve`, and somebody who reads the page meanwhile: each answer of 200 is in the store, and
the page stays usable. rate.py DUN LOAD RATE SECONDS CONNECTIONS keep|close; a short one is part of serve.py."""
import json
import os
import subprocess
import sys

import house
from house import LINES, OMIE, SERVICES, House, same

PATHS = ["/", "/api/openapi.json"]


def told(h):
    return h.one("SELECT count(*) FROM hook_event WHERE event_id IS NOT NULL")


def one(dun, load, rate, seconds, connections, keep, seed, page_ms=0):
    h = House(dun, lines=LINES + OMIE % (SERVICES, "10 hours")).serve()
    h.run("pause", "--store", h.store, "--by", "ana", "--reason", "test")
    before = told(h)
    out = subprocess.run([load, str(h.port), str(rate), str(seconds), str(connections), keep, str(seed), "x=y", *PATHS],
                         stdout=subprocess.PIPE, text=True, timeout=seconds + 120)
    if out.returncode != 0:
        raise SystemExit("load ended with %d" % out.returncode)
    got = json.loads(out.stdout)
    what = "%d a second for %d s, %d connections, %s: " % (rate, seconds, connections, keep)
    print(what + out.stdout.strip(), flush=True)
    same(what + "none broke, none was answered otherwise", (0, 0), (got["broken"], got["other"]))
    same(what + "each was answered", rate * seconds, got["taken"] + got["later"])
    # Of what was told to come again nothing is there; of the others each is, once.
    same(what + "all that was taken is in the store", got["taken"], told(h) - before)
    same(what + "the page was read", (True, 0), (got["page"]["reads"] > 0, got["page"]["wrong"]))
    if page_ms:
        same(what + "while 99 of 100 reads of the page take less than %d ms" % page_ms, True, got["page"]["ms"][1] < page_ms)
    same(what + "the log is whole", 0, h.run("audit", "verify", "--store", h.store).returncode)
    same(what + "it ends when asked", 0, h.stop())
    h.end()
    return got


def short(dun):
    """Beside other tests, sanitized: that nothing is lost, not how long it takes."""
    load = os.path.join(os.path.dirname(os.path.realpath(dun)), "load")
    one(dun, load, 100, 3, 32, "keep", 1)
    one(dun, load, 50, 2, 32, "close", 2)


def main():
    got = one(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]), sys.argv[6], 1, page_ms=50)
    same("none was told to come again", 0, got["later"])
    print("%d passed, %d failed" % (house.passed, house.failed))
    return house.failed > 0


if __name__ == "__main__":
    sys.exit(main())
