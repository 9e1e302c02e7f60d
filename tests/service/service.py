"""`dun serve --no-http` and `dun run`, the real program with real SMTP servers on loopback, and a clock that only this test
moves (clock_shim.c). Nothing leaves 127.0.0.1.

usage: service.py DUN SHIM [channels|ramp|clock|memory]... [--ticks N]

The last line is `N passed, M failed`.
"""
import argparse
import asyncio
import datetime
import email
import mmap
import os
import re
import shutil
import signal
import sqlite3
import struct
import subprocess
import tempfile
import threading
import time
import warnings

from aiosmtpd.smtp import SMTP

warnings.simplefilter("ignore")
SECOND = 10**9
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MONDAY = datetime.datetime(2026, 3, 2, 9, 0, tzinfo=datetime.timezone.utc)
PATIENCE = 120  # real seconds for what takes a moment

passed = failed = 0


def same(what, expected, got):
    global passed, failed
    if expected == got:
        passed += 1
    else:
        failed += 1
        print("FAILED: %s: expected %r, got %r" % (what, expected, got), flush=True)


def true(what, yes, detail=""):
    global passed, failed
    passed, failed = (passed + 1, failed) if yes else (passed, failed + 1)
    if not yes:
        print("FAILED: %s %s" % (what, detail), flush=True)


class Clock:
    """The file of clock_shim.c."""

    def __init__(self, path, start):
        self.path = path
        with open(path, "wb") as f:
            f.write(b"\0" * 32)
        self.file = open(path, "r+b")
        self.map = mmap.mmap(self.file.fileno(), 0)
        self.put(0, HOUR)
        self.put(1, int(start.timestamp()) * SECOND - HOUR)
        self.put(2, HOUR)

    def put(self, at, value):
        struct.pack_into("=q", self.map, 8 * at, value)

    def get(self, at):
        return struct.unpack_from("=q", self.map, 8 * at)[0]

    def day(self, days=0):
        at = datetime.datetime.fromtimestamp((self.get(0) + self.get(1)) // SECOND, datetime.timezone.utc)
        return (at + datetime.timedelta(days=days)).date()

    def allow(self, ns):
        """Sleeps may go on for so long."""
        self.put(3, 0)
        self.put(2, self.get(2) + ns)

    def rests(self):
        """A process sleeps as long as it may."""
        return self.get(3) and self.get(2) - self.get(0) < SECOND

    def go_on(self, ns):
        """Nobody is there to sleep."""
        self.put(2, self.get(2) + ns)
        self.put(0, self.get(2))

    def jump(self, ns):
        """The wall's clock alone."""
        self.put(1, self.get(1) + ns)


class Mail:
    """A server that does what `mood` says: fine, busy (452 for every message), gone (550 for who is in `refused`), drop."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.mood = "fine"
        self.refused = set()
        self.got = []  # (address, Message-ID)
        self.calls = 0
        self.port = self.server = None
        ready = threading.Event()

        async def listen():
            self.server = await self.loop.create_server(lambda: SMTP(self, hostname="mail.test", loop=self.loop),
                                                        "127.0.0.1", self.port or 0)
            self.port = self.server.sockets[0].getsockname()[1]
            ready.set()

        def serve():
            asyncio.set_event_loop(self.loop)
            self.loop.create_task(listen())
            self.loop.run_forever()

        self.listen = listen
        threading.Thread(target=serve, daemon=True).start()
        ready.wait()

    def down(self):
        """Nobody listens there any more."""
        async def close():
            self.server.close()
        asyncio.run_coroutine_threadsafe(close(), self.loop).result()

    def up(self):
        asyncio.run_coroutine_threadsafe(self.listen(), self.loop).result()

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.calls += 1
        if address in self.refused:
            return "550 5.1.1 unknown here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.mood == "busy":
            return "452 4.3.1 no room now"
        if self.mood == "drop":
            server.transport.abort()
            return "250 never seen"
        message = email.message_from_bytes(envelope.content)
        self.got.append((envelope.rcpt_tos[0], message["Message-ID"]))
        return "250 2.0.0 OK"

    def count(self):
        return len(self.got)


class House:
    """A folder with a store, and a service over it."""

    def __init__(self, dun, shim, start=MONDAY):
        self.folder = tempfile.mkdtemp(prefix="dun-service-")
        self.dun = dun
        self.clock = Clock(os.path.join(self.folder, "clock"), start)
        self.environment = dict(os.environ, LD_PRELOAD=shim, DUN_CLOCK=self.clock.path, LANG="C", TZ="UTC", USER="tests")
        self.environment["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        self.store = self.at("dun.db")
        self.process = None
        self.imports = 0

    def at(self, name):
        return os.path.join(self.folder, name)

    def end(self):
        self.stop()
        shutil.rmtree(self.folder)

    def write(self, name, text):
        with open(self.at(name), "w", encoding="utf-8") as f:
            f.write(text)
        return self.at(name)

    def policy(self, mail, lines, head=""):
        return self.write("p.dun", 'policy "House"\n  currency BRL\n  one message per invoice\n%s'
                          'connect email smtp "smtp://127.0.0.1:%d" from "Finance <f@acme.example>"\n'
                          'ladder standard for invoices\n%s' % (head, mail.port, lines))

    def do(self, *words, status=0):
        done = subprocess.run([self.dun, *words], env=self.environment, cwd=self.folder, capture_output=True, text=True,
                              timeout=PATIENCE)
        if status is not None and done.returncode != status:
            true("status of dun " + " ".join(words), False, "is %d: %s%s" % (done.returncode, done.stdout, done.stderr))
        return done.stdout + done.stderr

    def bring(self, customers, invoices):
        """customers: (id, e-mail, whatsapp, opted_out); invoices: (number, customer, due, open)"""
        folder = self.at("data-%d" % self.imports)
        self.imports += 1
        os.makedirs(folder)
        with open(os.path.join(folder, "customers.csv"), "w", encoding="utf-8") as f:
            f.write("id,name,email,whatsapp,opted_out,language\n")
            for c in customers:
                f.write("%s,Customer %s,%s,%s,%s,en\n" % (c[0], c[0], c[1], c[2], c[3]))
        with open(os.path.join(folder, "invoices.csv"), "w", encoding="utf-8") as f:
            f.write("number,customer,amount,due,currency,open\n")
            for number, customer, due, still_open in invoices:
                f.write("%s,%s,100.00,%s,BRL,%s\n" % (number, customer, due, still_open))
        self.do("import", "--store", "dun.db", "--quiet", folder)
        shutil.rmtree(folder)

    def run(self, status=None):
        return self.do("run", "p.dun", "--store", "dun.db", "--outbox", "out", status=status)

    def serve(self):
        self.log = open(self.at("log"), "a+", encoding="utf-8")
        self.clock.allow(0)
        self.process = subprocess.Popen([self.dun, "serve", "p.dun", "--no-http", "--store", "dun.db", "--outbox", "out"],
                                        env=self.environment, cwd=self.folder, stdout=self.log, stderr=self.log)
        self.settle()

    def settle(self):
        """Until the service sleeps as long as it may."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            if self.clock.rests():
                return
            if time.monotonic() > end:
                raise SystemExit("the service does not come to rest: %s" % self.said())
            time.sleep(0.002)
        raise SystemExit("the service ended: %s" % self.said())

    def live(self, ns):
        self.clock.allow(ns)
        self.settle()

    def stop(self):
        if not self.process:
            return None
        self.process.send_signal(signal.SIGTERM)
        self.clock.allow(MINUTE)
        status = self.process.wait(PATIENCE)
        self.process = None
        return status

    def said(self):
        with open(self.at("log"), encoding="utf-8") as f:
            return f.read()

    def ask(self, sql):
        with sqlite3.connect("file:%s?mode=ro" % self.store, uri=True, timeout=20) as s:
            return s.execute(sql).fetchall()

    def states(self, channel):
        return dict(self.ask("SELECT a.state, count(*) FROM action a JOIN message m ON m.action = a.id WHERE m.channel = '%s' "
                             "GROUP BY 1" % channel))

    def files(self):
        return len(os.listdir(self.at("out"))) if os.path.isdir(self.at("out")) else 0


def people(n, whatsapp=False):
    return [("C%03d" % i, "c%03d@x.example" % i, "+5511990000%03d" % i if whatsapp else "", "") for i in range(1, n + 1)]


# ---- a channel that fails beside one that works ----

TWO_WAYS = ('  at 1d send email "mail {number}"\n'
            '       send whatsapp "note {number}"\n')


def one_fails(dun, shim, served, how):
    """Twelve customers, each of whom gets an e-mail and a file; the mail server is down, or answers 4xx to everybody."""
    name = "%s, %s" % ("serve" if served else "run", how)
    mail = Mail()
    h = House(dun, shim)
    h.policy(mail, TWO_WAYS)
    h.bring(people(12, True), [("K-%03d" % i, "C%03d" % i, h.clock.day(0), "100.00") for i in range(1, 13)])
    if served:
        h.serve()
    else:
        h.run()

    def live(minutes):
        if served:
            h.live(minutes * MINUTE)
        else:
            for _ in range(max(1, minutes // 10)):
                h.clock.go_on(10 * MINUTE)
                h.run()
    if how == "down":
        mail.down()
    else:
        mail.mood = "busy"
    live(24 * 60 if served else 17 * 60)
    same(name + ": the good channel's went on their day", {"accepted": 12}, h.states("whatsapp"))
    same(name + ": as files", 12, h.files())
    hours = h.ask("SELECT max(state_at) - min(decided_at) FROM (SELECT a.state_at, (SELECT min(at) FROM event WHERE kind = "
                  "'decide') AS decided_at FROM action a JOIN message m ON m.action = a.id WHERE m.channel = 'whatsapp')")
    true(name + ": as soon as they were decided", hours[0][0] is not None and hours[0][0] < 2 * 60 * 10**6, str(hours))
    same(name + ": the bad one's none", 0, mail.count())
    waiting = h.states("email")
    same(name + ": the bad one's are all in sight", 12, sum(waiting.get(s, 0) for s in ("ready", "deferred", "dead")))
    rests = "SELECT rests FROM channel_state WHERE channel = 'email'"
    true(name + ": its breaker is open, longer and longer", h.ask(rests)[0][0] > 3, str(h.ask(rests)))
    calls = mail.calls
    true(name + ": a channel that rests is left alone", how == "down" or calls < 60, "%d calls" % calls)
    if how == "down":
        mail.up()
    else:
        mail.mood = "fine"
    h.bring(people(12, True), [("K-%03d" % i, "C%03d" % i, h.clock.day(-1), "100.00") for i in range(1, 13)])
    live(3 * 60)
    sent = sorted(a for a, _ in mail.got)
    dead = h.states("email").get("dead", 0)
    same(name + ": it recovers, once each", sorted(set(sent)), sent)
    same(name + ": all of them, but what was given up after 8 tries", 12 - dead, len(sent))
    true(name + ": a server that is down makes no dead letters", how != "down" or dead == 0, "%d dead" % dead)
    same(name + ": the breaker is closed", [(0,)], h.ask(rests))
    same(name + ": the good channel's not again", 12, h.files())
    if served:
        same(name + ": the service ends well", 0, h.stop())
    h.do("audit", "verify", "--store", "dun.db")
    h.end()


def channels(dun, shim, _):
    for served in (True, False):
        for how in ("down", "busy"):
            one_fails(dun, shim, served, how)


# ---- the ramp of an approved plan, quarters of an hour passing ----

def approve(h):
    out = h.do("approve", "--store", "dun.db")
    found = re.search(r"--digest ([0-9a-f]+)", out)
    true("ramp: a plan is asked", bool(found), out)
    if found:
        h.do("approve", "--digest", found.group(1), "--by", "ana", "--store", "dun.db")


def backlog(dun, shim, n, mail):
    h = House(dun, shim)
    h.policy(mail, '  at 1d send email "mail {number}"\n')
    h.bring(people(n), [("A-%03d" % i, "C%03d" % i, h.clock.day(-20), "100.00") for i in range(1, n + 1)])
    h.serve()
    h.live(30 * MINUTE)
    same("ramp: over a backlog nothing goes unasked", 0, mail.count())
    approve(h)
    return h


def ramp_all(dun, shim):
    mail = Mail()
    h = backlog(dun, shim, 250, mail)
    counts = []
    for _ in range(6):
        h.live(4 * MINUTE)
        first = mail.count()
        h.live(10 * MINUTE)
        true("ramp: nothing more in a quarter of an hour", mail.count() == first, "%d, then %d" % (first, mail.count()))
        counts.append(first)
        h.live(2 * MINUTE)
    same("ramp: 10, a hundredth, a tenth, all", [10, 25, 250, 250, 250, 250], counts)
    addresses = [a for a, _ in mail.got]
    same("ramp: once each", 250, len(set(addresses)))
    same("ramp: it is through", [("done",)], h.ask("SELECT state FROM activation"))
    same("ramp: the service ends well", 0, h.stop())
    h.end()


def ramp_stops(dun, shim, name, spoil, why):
    """After the first ten something comes back; the next quarter of an hour sends nothing, until a person says so."""
    mail = Mail()
    h = backlog(dun, shim, 120, mail)
    spoil(h, mail, True)
    h.live(3 * MINUTE)
    mail.mood = "fine"
    mail.refused = set()
    spoil(h, mail, False)
    went = mail.count()
    h.live(45 * MINUTE)
    same("ramp, %s: it stops" % name, went, mail.count())
    pauses = h.ask("SELECT scope, name, paused_by, reason FROM pause WHERE ended_at IS NULL")
    same("ramp, %s: by a pause of the policy" % name, [("policy", "House", "dun")], [p[:3] for p in pauses])
    true("ramp, %s: why" % name, pauses and why in pauses[0][3], str(pauses))
    h.do("resume", "policy", "House", "--by", "ana", "--store", "dun.db")
    h.live(HOUR)
    waiting = h.states("email").get("approved", 0)
    same("ramp, %s: it goes on when a person says so" % name, 0, waiting)
    addresses = [a for a, _ in mail.got]
    same("ramp, %s: nobody twice" % name, len(set(addresses)), len(addresses))
    same("ramp, %s: the service ends well" % name, 0, h.stop())
    h.end()


def ramp(dun, shim, _):
    def bounces(h, mail, before):
        if before:
            mail.refused = {"c%03d@x.example" % i for i in (2, 5)}

    def unknowns(h, mail, before):
        if before:
            mail.mood = "drop"

    def opts_out(h, mail, before):
        if not before:
            gone = {a for a, _ in mail.got[:2]}
            h.bring([c[:3] + ("email" if c[1] in gone else "",) for c in people(120)],
                    [("A-%03d" % i, "C%03d" % i, h.clock.day(-20), "100.00") for i in range(1, 121)])
    ramp_all(dun, shim)
    ramp_stops(dun, shim, "bounces", bounces, "bounced or were refused")
    ramp_stops(dun, shim, "unknown", unknowns, "have an unknown outcome")
    ramp_stops(dun, shim, "opting out", opts_out, "opted out")


# ---- the clock ----

def jumps(dun, shim, served, minutes):
    name = "%s, the clock goes %+d min" % ("serve" if served else "run", minutes)
    mail = Mail()
    h = House(dun, shim)
    h.policy(mail, '  at 1d send email "mail {number}"\n')
    h.bring(people(1), [("A-001", "C001", h.clock.day(0), "100.00")])
    if served:
        h.serve()
    else:
        h.run()
    h.bring(people(2), [("A-002", "C002", h.clock.day(-1), "100.00")])
    h.clock.jump(minutes * MINUTE)

    def live():
        if served:
            h.live(10 * MINUTE)
        else:
            h.run()
            # What was stored by a clock that was ahead is still to come: it is news until then.
            h.clock.go_on(10 * MINUTE)
            h.run()
    live()
    # A run looks at the clock when it begins: what is ahead of the last run may well be right.
    held = abs(minutes) > 5 and (served or minutes < 0)
    pauses = h.ask("SELECT count(*) FROM pause WHERE ended_at IS NULL AND paused_by = 'dun' AND name = 'clock'")[0][0]
    same(name + ": held", int(held), pauses)
    same(name + ": sent", 0 if held else 1, mail.count())
    if held:
        h.do("resume", "--by", "ana", "--store", "dun.db")
        live()
        same(name + ": a person says that it is right", 1, mail.count())
    h.end()


def clock(dun, shim, _):
    for served in (True, False):
        for minutes in (-6, -4, 4, 6):
            jumps(dun, shim, served, minutes)


# ---- weeks of one process ----

def memory(dun, shim, ticks):
    """A service with something to do: imports, payments, messages, edits of the policy. Neither its memory nor its open files
    grow with time."""
    mail = Mail()
    h = House(dun, shim)
    lines = '  at 1d send email "mail {number}"\n  at 2d send whatsapp "note {number}"\n  at 4d open card in "Board"\n'
    h.policy(mail, lines)
    customers = people(40, True)
    h.bring(customers, [])
    h.bring(customers, [("K-0", "C001", h.clock.day(0), "100.00")])
    h.serve()
    parts = 20
    sizes = []
    invoices = 0
    known = []
    for part in range(parts):
        for step in range(4):
            day = h.clock.day(0)
            new = [("I-%d" % (invoices + i), "C%03d" % (1 + (invoices + i) % 40), day, "100.00") for i in range(5)]
            invoices += 5
            paid = [(n, c, d, "0.00") for n, c, d, _ in known[-30:-28]]
            known += new
            h.bring(customers, new + paid)
            h.policy(mail, lines.replace("note", "note %d" % (part % 2)))
            h.live(ticks * MINUTE // (parts * 4))
        with open("/proc/%d/statm" % h.process.pid, encoding="ascii") as f:
            sizes.append((int(f.read().split()[1]) * 4, len(os.listdir("/proc/%d/fd" % h.process.pid))))
    begin, end = sizes[parts // 4], sizes[-1]
    print("memory: %d ticks, %d invoices, %d e-mails; %d KB and %d files after a quarter, %d KB and %d files at the end"
          % (ticks, invoices, mail.count(), begin[0], begin[1], end[0], end[1]))
    true("memory: there was work", mail.count() > invoices // 3, "%d e-mails of %d invoices" % (mail.count(), invoices))
    # What SQLite keeps of a store that grows is bounded, a few hundred KB a connection, and comes when it comes.
    true("memory: it does not grow", end[0] - begin[0] <= 2048, str(sizes))
    same("memory: no file stays open", begin[1], end[1])
    same("memory: the service ends well", 0, h.stop())
    h.end()


def main():
    parts = {"channels": channels, "ramp": ramp, "clock": clock, "memory": memory}
    words = argparse.ArgumentParser()
    words.add_argument("dun")
    words.add_argument("shim")
    words.add_argument("parts", nargs="*", default=[])
    words.add_argument("--ticks", type=int, default=20000)
    a = words.parse_args()
    for name in a.parts or parts:
        began = time.monotonic()
        parts[name](os.path.realpath(a.dun), os.path.realpath(a.shim), a.ticks)
        print("%s: %.1f s" % (name, time.monotonic() - began), flush=True)
    print("%d passed, %d failed" % (passed, failed))
    return failed > 0


if __name__ == "__main__":
    raise SystemExit(main())
