"""What crash.py and sweep.py share: a real SMTP server that keeps what it accepts, the file that crash_shim.c counts in, a
ledger to collect, and the promises that are checked after each fault. Nothing leaves 127.0.0.1."""
import asyncio
import collections
import datetime
import email
import mmap
import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import struct
import subprocess
import threading
import time
import warnings

from aiosmtpd.smtp import SMTP

warnings.simplefilter("ignore")
FIELDS = ("boundaries kill_at mallocs malloc_at malloc_to writes write_at write_how write_to nets net_at net_how clock_ns "
          "steady_ns body_out killed failed").split()
FULL, BROKEN, SHORT = 1, 2, 3
REFUSED, RESET, TIMEOUT, HALF = 1, 2, 3, 4
SECOND = 10**9
PASSWORD = "canary-Pa55-word"


class State:
    """The file that the processes of a scenario count in."""

    def __init__(self, path):
        with open(path, "wb") as f:
            f.write(b"\0" * (8 * len(FIELDS) + 32))
        self.path = path
        self.file = open(path, "r+b")
        self.map = mmap.mmap(self.file.fileno(), 0)

    def get(self, name):
        return struct.unpack_from("=q", self.map, 8 * FIELDS.index(name))[0]

    def set(self, **values):
        for name, value in values.items():
            struct.pack_into("=q", self.map, 8 * FIELDS.index(name), value)

    def name(self):
        return self.map[8 * len(FIELDS):].split(b"\0")[0].decode()

    def clear(self):
        """The clock goes on; every count and fault begins anew."""
        self.set(**{f: 0 for f in FIELDS if f not in ("clock_ns", "steady_ns")})

    def pass_time(self, seconds):
        self.set(clock_ns=self.get("clock_ns") + seconds * SECOND, steady_ns=self.get("steady_ns") + seconds * SECOND)

    def today(self):
        now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(microseconds=self.get("clock_ns") // 1000)
        return now.date()


class Server:
    """Accepts mail and writes down by Message-ID what it accepted. An address that begins with `gone` is refused for good,
    one that begins with `busy` is refused for now the first time."""

    def __init__(self):
        self.accepted = []
        self.busy = set()
        self.loop = asyncio.new_event_loop()
        self.port = None
        ready = threading.Event()

        async def listen():
            server = await self.loop.create_server(lambda: SMTP(self, hostname="mail.test", loop=self.loop), "127.0.0.1", 0)
            self.port = server.sockets[0].getsockname()[1]
            ready.set()

        def serve():
            asyncio.set_event_loop(self.loop)
            self.loop.create_task(listen())
            self.loop.run_forever()

        threading.Thread(target=serve, daemon=True).start()
        ready.wait()

    def forget(self):
        self.accepted = []
        self.busy = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("gone"):
            return "550 5.1.1 unknown here"
        if address.startswith("busy") and address not in self.busy:
            self.busy.add(address)
            return "451 4.2.1 try later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content)
        self.accepted.append((message["Message-ID"].strip("<> \r\n"), envelope.rcpt_tos[0]))
        return "250 2.0.0 OK"


class Ledger:
    """A folder with a policy, its data and a store; and what is done with them day after day."""

    CUSTOMERS = ["c1@a.example", "c2@a.example", "gone3@a.example", "busy4@a.example", "c5@a.example"]

    def __init__(self, dun, shim, folder, server):
        self.dun, self.folder, self.server = dun, folder, server
        os.makedirs(folder, exist_ok=True)
        self.state = State(os.path.join(folder, "state"))
        self.environment = dict(os.environ, LD_PRELOAD=shim, DUN_FAULT=self.state.path, LANG="C", TZ="UTC", USER="tests")
        options = os.environ.get("ASAN_OPTIONS", "")
        self.environment["ASAN_OPTIONS"] = options + ":verify_asan_link_order=0:allocator_may_return_null=1"
        here = os.path.dirname(os.path.abspath(__file__))
        self.environment["LSAN_OPTIONS"] = "print_suppressions=0:suppressions=" + os.path.join(here, "lsan.supp")
        self.store = os.path.join(folder, "dun.db")
        self.policy = os.path.join(folder, "p.dun")
        self.data = os.path.join(folder, "data")
        self.log = ""
        self.resumed = 0
        self.write()

    def write(self):
        os.makedirs(self.data, exist_ok=True)
        day = self.state.today()
        with open(os.path.join(self.data, "customers.csv"), "w", encoding="utf-8") as f:
            f.write("id,name,email,whatsapp,language,owner\n")
            for i, address in enumerate(self.CUSTOMERS, 1):
                f.write("C%d,Customer %d,%s,%s,en,ana@acme.example\n" % (i, i, address, "+551199999000%d" % i if i == 3 else ""))
        with open(os.path.join(self.data, "invoices.csv"), "w", encoding="utf-8") as f:
            f.write("number,customer,amount,due,currency\n")
            for i in range(1, len(self.CUSTOMERS) + 1):
                f.write("A-%d,C%d,1%02d.50,%s,BRL\n" % (i, i, i, day - datetime.timedelta(days=3)))
        with open(self.policy, "w", encoding="utf-8") as f:
            f.write('policy "Crash"\n  currency BRL\n  one message per invoice\n'
                    'connect email smtp "smtp://127.0.0.1:%d" from "Finance <f@acme.example>"\n'
                    'ladder l for invoices\n'
                    '  at 1d  send email "Invoice {number}: {open}" or else whatsapp "Invoice {number}: {open}"\n'
                    % self.server.port)

    def run(self, *words):
        """One process of dun; negative: the signal that ended it."""
        p = subprocess.run([self.dun, *words], env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=False)
        self.out, self.err = p.stdout.decode(errors="replace"), p.stderr.decode(errors="replace")
        self.log += "$ dun %s -> %d\n%s%s" % (" ".join(words), p.returncode, self.out, self.err)
        return p.returncode

    def steps(self):
        """What a person does to collect; each again after a fault, until it is done."""
        return [("import", self.do_import), ("run", self.do_run), ("approve", self.do_approve), ("run", self.do_run)]

    def do_import(self):
        return self.run("import", "--store", self.store, self.data)

    def do_run(self):
        return self.run("run", "--store", self.store, "--outbox", os.path.join(self.folder, "outbox"), self.policy)

    def do_approve(self):
        status = self.run("approve", "--store", self.store, "--format", "csv")
        if status < 0:
            return status
        for line in self.out.splitlines():
            cells = line.split(",")
            if cells[0] == "plan":
                return self.run("approve", "--store", self.store, "--no-ramp", "--digest", cells[1], "--by", "ana")
        return 0

    # ---- what is true of it ----

    def rows(self, sql):
        """Read as it lies there, from a copy: looking changes nothing."""
        copy = os.path.join(self.folder, "look.db")
        for end in ("", "-wal"):
            if os.path.exists(self.store + end):
                shutil.copy(self.store + end, copy + end)
            elif os.path.exists(copy + end):
                os.remove(copy + end)
        if os.path.exists(copy + "-shm"):
            os.remove(copy + "-shm")
        db = sqlite3.connect(copy)
        try:
            return db.execute(sql).fetchall()
        except sqlite3.OperationalError:
            return []
        finally:
            db.close()

    def count(self, *states):
        rows = self.rows("SELECT count(*) FROM action WHERE state IN (%s)" % ",".join("'%s'" % s for s in states))
        return rows[0][0] if rows else 0

    def sending(self):
        """By a channel that reaches somebody, and by files, which are looked for afterwards."""
        rows = self.rows("SELECT m.channel = 'email', count(*) FROM action a JOIN message m ON m.action = a.id "
                         "WHERE a.state = 'sending' GROUP BY 1")
        return dict(rows).get(1, 0), dict(rows).get(0, 0)

    def finish(self, most=12):
        """Undisturbed runs until nothing is on its way."""
        self.state.clear()
        for _ in range(most):
            for _, step in self.steps():
                status = step()
                if status < 0:
                    return "an undisturbed process was ended by signal %d" % -status
            if not self.count("ready", "leased", "sending", "deferred", "held", "approved"):
                break
            self.look_at_pauses()
            self.state.pass_time(3700)
        return self.promises()

    def look_at_pauses(self):
        """One of five was refused: where that is all that is known of the plan, Dun stops it, and a person lets it go on."""
        for name, in self.rows("SELECT name FROM pause WHERE ended_at IS NULL AND scope = 'policy' AND reason LIKE "
                               "'1 of % bounced or were refused'"):
            self.resumed += 1
            self.run("resume", "policy", name, "--store", self.store, "--by", "ana")

    def promises(self):
        """What is wrong; empty: nothing is."""
        wrong = []
        check = self.rows("PRAGMA integrity_check")
        if check != [("ok",)]:
            wrong.append("the store is damaged: %s" % check)
        twice = [i for i, n in collections.Counter(i for i, _ in self.server.accepted).items() if n > 1]
        twice_to = [t for t, n in collections.Counter(t for _, t in self.server.accepted).items() if n > 1]
        self.duplicates = len(twice) + len([t for t in twice_to if t not in twice])
        if self.duplicates:
            wrong.append("the server accepted twice: %s %s" % (twice, twice_to))
        left = self.rows("SELECT id, state, reason FROM action WHERE state IN "
                         "('ready','leased','sending','deferred','held','approved')")
        if left:
            wrong.append("not finished: %s" % left)
        self.unknown = {r[0] for r in self.rows(
            "SELECT m.recipient FROM action a JOIN message m ON m.action = a.id WHERE a.state = 'unknown'")}
        got = {t for _, t in self.server.accepted}
        due = {a for a in self.CUSTOMERS if not a.startswith("gone")}
        lost = due - got - self.unknown
        self.losses = len(lost)
        if lost:
            wrong.append("neither accepted nor shown as unknown: %s" % sorted(lost))
        outbox = os.path.join(self.folder, "outbox")
        files = os.listdir(outbox) if os.path.isdir(outbox) else []
        stood_in = [f for f in files if f.endswith(".txt")]
        refused_unknown = any(a in self.unknown for a in self.CUSTOMERS if a.startswith("gone"))
        if len(stood_in) != (0 if refused_unknown else 1):
            wrong.append("the refused message's other way: %d files, not 1" % len(stood_in))
        left_over = [f for f in files + os.listdir(self.folder) if ".tmp-" in f]
        self.left_over = len(left_over)
        claimed = self.rows("SELECT count(*), count(DISTINCT track || kind || entity || cycle || \"offset\" || ordinal || way) "
                            "FROM action")
        if claimed and claimed[0][0] != claimed[0][1]:
            wrong.append("one decision is stored twice")
        if self.run("audit", "verify", "--store", self.store) != 0:
            wrong.append("the audit log's chain is broken: " + self.out + self.err)
        return "; ".join(wrong)


def killed(status):
    return status == -signal.SIGKILL


# ---- many faults ----

def sample(items, seconds):
    """All in their order; for a sample, in a mixed one (always the same), until the time is over."""
    items = list(items)
    if not seconds:
        yield from items
        return
    random.Random(4).shuffle(items)
    turn = {}  # of each kind in turn
    for item in items:
        turn.setdefault(item[0] if isinstance(item, tuple) else None, []).append(item)
    items = [kind.pop() for _ in range(max(map(len, turn.values()), default=0)) for kind in turn.values() if kind]
    end = time.monotonic() + seconds
    for item in items:
        if time.monotonic() > end:
            return
        yield item


def in_parallel(jobs, seconds, items, work):
    """work(part of the items) yields results, in `jobs` processes with a server each; all results."""
    results = multiprocessing.Queue()

    def one(part):
        try:
            for r in work(sample(part, seconds)):
                results.put(r)
        except BaseException as e:  # noqa: BLE001: a worker that dies is a failure, whatever of
            results.put({"failed": "the test itself: %r" % e})
        results.put(None)

    workers = [multiprocessing.Process(target=one, args=(items[i::jobs],)) for i in range(jobs)]
    for w in workers:
        w.start()
    left = jobs
    while left:
        r = results.get()
        if r is None:
            left -= 1
        else:
            yield r
    for w in workers:
        w.join()
