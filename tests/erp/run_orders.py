#!/usr/bin/env python3
"""What `dun run` does in an ERP, with the real program, an Omie and a Service Layer of our own (omie_server.py,
sap_b1_server.py), and a clock that only this test moves (../service/clock_shim.c): due dates, fees, bills, suspensions,
each once, whatever fails and whoever is killed; what Dun knows of it before the next sync, and that the next sync makes
nothing of it twice. run_orders.py DUN; the last line is `N passed, M failed`."""
import datetime
import json
import mmap
import os
import random
import re
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import omie_server  # noqa: E402
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from checks import check, counted  # noqa: E402

DUN = Path(sys.argv[1]).resolve()
SHIM = DUN.parent / "clock_shim.so"
PLAIN = DUN.parent.parent / "dun"  # as it is built for use, beside the sanitized one: for what is done five hundred times
SECOND = 1000000000
MINUTE = 60 * SECOND
TODAY = datetime.datetime.now(datetime.timezone.utc).date()


class Clock:
    """The file of clock_shim.c: time goes on in sleeps, and where the test says so."""

    def __init__(self, path):
        start = datetime.datetime.combine(TODAY, datetime.time(6), datetime.timezone.utc)
        self.day = TODAY
        Path(path).write_bytes(b"\0" * 32)
        self.file = open(path, "r+b")
        self.map = mmap.mmap(self.file.fileno(), 0)
        self.put(0, 3600 * SECOND)
        self.put(1, int(start.timestamp()) * SECOND - 3600 * SECOND)
        self.put(2, 10 ** 18)

    def put(self, at, value):
        struct.pack_into("=q", self.map, 8 * at, value)

    def go_on(self, ns):
        self.put(0, struct.unpack_from("=q", self.map, 0)[0] + ns)


class House:
    """A policy, a store, a clock; what is connected, its heirs say."""

    def __init__(self, connect, rules, env):
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock(f"{self.folder.name}/clock")
        self.connect, self.run_count = connect, 0
        self.rules(rules)
        self.env = dict(os.environ, LANG="C", LC_ALL="", LC_MESSAGES="", TZ="UTC", USER="tests", LD_PRELOAD=str(SHIM),
                        DUN_CLOCK=f"{self.folder.name}/clock", **env)
        self.env["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"

    def rules(self, rules):
        Path(self.folder.name, "p.dun").write_text(f'policy "Made up"\n  currency BRL\n  timezone "UTC"\n{self.connect}\n{rules}')

    def dun(self, *words, wanted=0):
        words = [*words, "--store", "t.db"]
        self.clock.go_on(SECOND)
        r = subprocess.run([DUN, *words], cwd=self.folder.name, env=self.env, capture_output=True, text=True, timeout=300)
        if wanted is not None:
            check(f"status of {' '.join(words)} ({r.stderr.strip()} {r.stdout.strip() if r.returncode else ''})", r.returncode,
                  wanted)
        return r.stdout + r.stderr

    def run(self, wanted=0):
        return self.dun("run", "p.dun", wanted=wanted)

    def sync(self, *more):
        return self.dun("sync", "p.dun", *more)

    def sql(self, text, *values):
        with sqlite3.connect(f"{self.folder.name}/t.db", timeout=10) as db:
            return db.execute(text, values).fetchall()

    def states(self, what):
        """{entity: state} of the actions that begin with these words."""
        return dict(self.sql("SELECT entity, state FROM action WHERE action LIKE ? || '%' ORDER BY id", what))

    def reasons(self):
        return [r for r, in self.sql("SELECT DISTINCT reason FROM action WHERE reason <> '' ORDER BY reason")]

    def news(self):
        """Happenings that a rule could answer."""
        return self.sql("SELECT kind, entity FROM happening WHERE name IS NOT 'dun' ORDER BY seq")

    def order(self, entity, what):
        row = self.sql("SELECT m.text FROM message m JOIN action a ON a.id = m.action WHERE a.entity = ? AND a.action LIKE ? "
                       "|| '%'", entity, what)
        return json.loads(row[-1][0]) if row else None

    def events(self, *lines):
        Path(self.folder.name, "events.csv").write_text("date,invoice,kind,value\n" + "".join(f"{x}\n" for x in lines))
        self.dun("import", "events.csv")

    def end(self):
        self.folder.cleanup()


class Omie(House):
    def __init__(self, rules, *arguments, settings="", more=""):
        self.server, self.omie = omie_server.serve([*arguments, "--same", "0", "--today", str(TODAY)])
        self.omie.limits = False
        self.led = self.omie.ledger
        url = f"http://127.0.0.1:{self.server.server_address[1]}"
        super().__init__(f'connect erp omie "{url}" with key from env "K" and secret from env "S" and rate "99999"{settings}'
                         + more, rules, {"K": omie_server.KEY, "S": omie_server.SECRET})

    def title(self, code, customer, overdue, value=10000, **more):
        """A receivable that has been overdue for so many days."""
        due = self.clock.day - datetime.timedelta(days=overdue)
        self.led.add_title(code, customer, due - datetime.timedelta(days=30), value, due=due)
        self.led.titles[code].update(more)

    def fail(self, *faults):
        self.omie.faults = list(faults)

    def end(self):
        self.server.shutdown()
        self.server.server_close()
        super().end()


# ---- what goes, and what it leaves behind ----


def fees_are_charged_once():
    """Fine and interest of the next charge stand in the receivable. Dun counts no fee on them, charges neither again, and
    the next sync finds nothing new."""
    rules = ("late fee 2% plus interest 3% per month\nladder standard for invoices\n  at 10d charge fee then charge interest\n"
             "on partial payment log \"paid {number}\"\non payment in full log \"paid {number}\"\n")
    h = Omie(rules, "--customers", "2")
    h.title(700001, 101, 10)
    h.title(700002, 102, 10, boleto=True)
    h.title(700003, 101, 3)
    h.sync()
    h.run()
    check("a fine of 2%, ten days of 3% a month", h.led.titles[700001]["value"], 10000 + 200 + 100)
    check("its notes", re.sub(r"[0-9a-f]{16}", "K", h.led.titles[700001]["notes"]),
          f"Multa R$ 2,00 ({omie_server.written(h.clock.day)}) [dun K]\nJuros R$ 1,00 ({omie_server.written(h.clock.day)}) [dun K]")
    check("not due for it", h.led.titles[700003]["value"], 10000)
    check("the words", {k: v for k, v in h.order("700001", "charge fee").items() if k != "date"},
          {"do": "charge fee", "of": "invoice", "number": "700001", "source_id": "700001", "customer": "101",
           "customer_source_id": "101", "amount": "2.00", "currency": "BRL", "computed": "2.00 BRL"})
    check("known before the next sync", h.sql("SELECT amount, open FROM invoice WHERE number = '700001'"), [(10300, 10300)])
    check("no news", h.news(), [])
    before = h.sql("SELECT number, amount, open, due, status, version FROM invoice ORDER BY number")
    h.sync("--whole")
    check("the sync says the same", h.sql("SELECT number, amount, open, due, status, version FROM invoice ORDER BY number"), before)
    check("and brings no news", h.news(), [])
    h.run()
    check("nothing twice", h.led.titles[700001]["value"], 10300)
    h.rules(rules + "when overdue >= 10d log \"owes {total}, fine {fine}, interest {interest}, of {open}\"\n")
    h.run()
    check("no fee on the fee, none beside it", h.sql("SELECT action FROM action WHERE entity = '700001' AND action LIKE 'log%'"),
          [('log "owes 103.00, fine 0.00, interest 0.00, of 103.00"',)])
    h.end()


def due_dates_are_our_own():
    """A due date that Dun writes is no edit by a person; an extension that somebody approved goes to the ERP."""
    h = Omie("ladder standard for invoices\n  at 5d update due date in erp to today + 10d\n"
             "on due date changed log \"moved {number}\"\non extension approved update due date in erp\n", "--customers", "2")
    h.title(700001, 101, 5)
    h.title(700002, 102, 2)
    h.sync()
    h.run()
    new = h.clock.day + datetime.timedelta(days=10)
    epoch = datetime.date(1970, 1, 1)
    check("written", h.led.titles[700001]["due"], new)
    check("known at once", h.sql("SELECT due FROM invoice WHERE number = '700001'"), [((new - epoch).days,)])
    h.sync("--whole")
    h.run()
    check("nobody moved it", h.states("log"), {})
    other = h.clock.day + datetime.timedelta(days=20)
    h.events(f"{h.clock.day},700002,extension approved,{other}")
    h.run()
    check("the extension", h.led.titles[700002]["due"], other)
    h.sync("--whole")
    h.run()
    check("nor that one", h.states("log"), {})
    h.led.titles[700002]["due"] = new
    h.led.titles[700002]["changed"] = h.led.today
    h.sync()
    h.run()
    check("a person did", h.states("log"), {"700002": "accepted"})
    h.end()


def services_are_suspended():
    """On churn the contract's service is suspended, a customer's are all, and when all is paid they run again."""
    h = Omie("on contract churned suspend service\nwhen customer.overdue_count >= 1 suspend service\n"
             "on payment in full resume service\n", "--customers", "2", "--contracts", "3")
    h.title(700002, 102, 5, contract=9002)
    h.sync()
    h.events(f"{h.clock.day},9001,churn,")
    h.run()
    check("suspended", {k: v["situation"] for k, v in h.led.contracts.items()}, {9001: "90", 9002: "90", 9003: "10"})
    check("known at once", h.sql("SELECT number, status FROM contract ORDER BY number"),
          [("9001", "paused"), ("9002", "paused"), ("9003", "active")])
    h.led.titles[700002].update(paid=10000, paid_on=h.led.today, changed=h.led.today)
    h.sync()
    h.run()
    check("runs again", {k: v["situation"] for k, v in h.led.contracts.items()}, {9001: "90", 9002: "10", 9003: "10"})
    check("known at once", h.sql("SELECT number, status FROM contract ORDER BY number"),
          [("9001", "paused"), ("9002", "active"), ("9003", "active")])
    h.end()


def a_loss_is_no_payment():
    h = Omie("ladder standard for invoices\n  at 30d write off\non payment in full log \"thanks {number}\"\n"
             "on invoice cancelled log \"cancelled {number}\"\n", "--customers", "1", settings=' and write_off_account "77"')
    h.title(700001, 101, 30)
    h.sync()
    h.run()
    check("booked", (h.led.titles[700001]["paid"], len(h.led.receipts)), (10000, 1))
    check("closed here", h.sql("SELECT status FROM invoice"), [("cancelled",)])
    h.led.titles[700001]["changed"] = h.led.today
    h.sync("--whole")
    h.run()
    check("nobody paid, nobody cancelled", h.states("log"), {})
    h.end()


# ---- the gate ----


def what_changed_meanwhile_is_not_done():
    rules = "late fee 2%\nHOLDladder standard for invoices\n  at 10d charge fee\n"
    h = Omie(rules.replace("HOLD", ""), "--customers", "5")
    for i in range(1, 7):
        h.title(700000 + i, 100 + min(i, 5), 10)
    h.sync()
    h.dun("pause", "channel", "erp")
    h.run(wanted=None)
    check("paused", set(h.states("charge fee").values()), {"ready"})
    t = h.led.titles
    t[700001].update(paid=10000, paid_on=h.led.today, changed=h.led.today)
    t[700002].update(value=20000, changed=h.led.today)
    t[700003].update(due=h.clock.day - datetime.timedelta(days=9), changed=h.led.today)
    h.sync()
    h.events(f"{h.clock.day},700004,dispute,")
    t[700005].update(paid=10000, paid_on=h.led.today)  # Dun has not heard of it: Omie is looked at
    h.rules(rules.replace("HOLD", "hold while disputed\n"))
    h.dun("resume", "channel", "erp")
    h.run(wanted=1)
    check("paid, another amount, another due date, disputed, paid there, none of it", h.states("charge fee"),
          {"700001": "suppressed", "700002": "suppressed", "700003": "suppressed", "700004": "suppressed",
           "700005": "rejected", "700006": "accepted"})
    check("the words", h.reasons(), sorted([
        "the invoice is settled", "the invoice's amount changed after the message was written",
        "the invoice's due date changed after the message was written", "the policy holds the invoice now",
        "the receivable is not open in Omie any more"]))
    check("charged", {k: v["value"] for k, v in t.items()},
          {700001: 10000, 700002: 20000, 700003: 10000, 700004: 10000, 700005: 10000, 700006: 10200})
    h.end()


def old_ledgers_charge_nothing():
    h = Omie("late fee 2%\nladder standard for invoices\n  at 10d charge fee\n", "--customers", "1")
    h.title(700001, 101, 8)
    h.sync()
    h.clock.go_on(50 * 60 * MINUTE)
    h.run(wanted=None)
    check("too old", (h.led.titles[700001]["value"], h.states("charge fee")), (10000, {"700001": "ready"}))
    h.sync("--whole")
    h.run()
    check("read anew", h.led.titles[700001]["value"], 10200)
    h.end()


def a_charge_is_approved():
    h = Omie("late fee 2%\nask for approval before charge\nladder standard for invoices\n  at 10d charge fee\n", "--customers", "2")
    h.title(700001, 101, 10)
    h.title(700002, 102, 10)
    h.sync()
    h.run()
    check("a person is asked", (h.states("charge fee"), h.led.titles[700001]["value"]), ({}, 10000))
    ids = dict(h.sql("SELECT entity, id FROM approval"))
    h.dun("approve", str(ids["700001"]))
    h.dun("approve", str(ids["700002"]), "--reject")
    h.run()
    check("what was approved is done", {k: v["value"] for k, v in h.led.titles.items()}, {700001: 10200, 700002: 10000})
    h.end()


# ---- unknown outcomes ----


def unknown_is_found():
    """The answer got lost, and what stands there cannot be read either: unknown, and never done again to find out. A sync
    that brings the charge before Dun knows of it adds nothing to it."""
    h = Omie("late fee 2%\nladder standard for invoices\n  at 10d charge fee\n", "--customers", "3")
    for i in (1, 2, 3):
        h.title(700000 + i, 100 + i, 10)
    h.sync()
    cut_off = []

    def cut(omie, call, param):
        code = param.get("codigo_lancamento_omie")
        if call == "AlterarContaReceber" and not cut_off:
            cut_off.append(code)
            omie.AlterarContaReceber(param)
            raise omie_server.Hang()
        if call == "ConsultarContaReceber" and code in cut_off:
            raise omie_server.Hang()

    h.omie.before = cut
    h.run(wanted=1)
    check("one is unknown", sorted(h.states("charge fee").values()), ["accepted", "accepted", "unknown"])
    lost = [k for k, v in h.states("charge fee").items() if v == "unknown"][0]
    check("it is there", h.led.titles[int(lost)]["value"], 10200)
    h.run(wanted=None)
    check("nobody can tell", h.states("charge fee")[lost], "unknown")
    h.omie.before = None
    h.sync("--whole")
    check("the sync brings it", h.sql("SELECT amount FROM invoice WHERE number = ?", lost), [(10200,)])
    h.clock.go_on(3 * MINUTE)
    h.run()
    check("found", set(h.states("charge fee").values()), {"accepted"})
    check("once there, once here", ({v["value"] for v in h.led.titles.values()}, h.sql("SELECT DISTINCT amount FROM invoice")),
          ({10200}, [(10200,)]))
    h.end()


def a_person_resolves():
    h = Omie("late fee 2%\nladder standard for invoices\n  at 10d charge fee\n", "--customers", "1")
    h.title(700001, 101, 10)
    h.sync()
    h.fail({"call": "AlterarContaReceber", "times": 1, "do": "Client-101"})
    h.run(wanted=1)
    check("refused", h.states("charge fee"), {"700001": "rejected"})
    check("shown", '"do":"charge fee"' in h.dun("outbox", "show", "1"), True)
    h.dun("outbox", "retry", "1", "--yes")
    h.run()
    check("again, by a person", (h.states("charge fee"), h.led.titles[700001]["value"]), ({"700001": "accepted"}, 10200))
    h.end()


# ---- bills ----


def five_hundred_on_day_one():
    """Every contract is billed once, though 40 of 100 calls fail in some way and the program is killed again and again."""
    h = Omie(f"every month on day {TODAY.day} for contracts where status is active\n  bill contract\n", "--customers", "500",
             "--contracts", "500", "--seed", "7")
    h.sync()
    h.fail({"call": "FaturarContrato", "rate": 40,
            "do": ["hang", "done hang", "Client-1100", "done Client-1100", "Client-6", "done Client-6", "Client-1880", "html",
                   "done html", "Server", "done Server", "done Client-1100@200", "Client-6@200"]},
           {"call": "PesquisarLancamentos", "rate": 3, "do": ["hang", "Server"]},
           {"call": "ListarOS", "rate": 3, "do": ["hang", "Client-1880"]})
    chance = random.Random(11)
    rounds = kills = 0
    while rounds < 60:
        rounds += 1
        process = subprocess.Popen([PLAIN if PLAIN.exists() else DUN, "run", "p.dun", "--store", "t.db", "--quiet"], cwd=h.folder.name, env=h.env,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        left = [chance.randrange(20, 300) if rounds <= 12 else 10 ** 9]

        def kill(*_):
            left[0] -= 1
            if left[0] == 0:
                process.send_signal(signal.SIGKILL)
                process.wait()

        h.omie.before = kill
        kills += process.wait(300) == -signal.SIGKILL
        h.omie.before = None
        h.clock.go_on(6 * MINUTE)
        if set(h.states("bill contract").values()) == {"accepted"}:
            break
    check(f"all are billed (in {rounds} runs)", (len(h.states("bill contract")), set(h.states("bill contract").values())),
          (500, {"accepted"}))
    check("each once", (len(h.led.billed), set(h.led.billed.values())), (500, {1}))
    check(f"it was killed, {kills} times", kills >= 8, True)
    check("unknown outcomes were found", h.sql("SELECT count(*) > 5 FROM attempt WHERE outcome = 'unknown'"), [(1,)])
    h.fail()
    h.run()
    check("none again", set(h.led.billed.values()), {1})
    h.end()


def bills_come_back():
    """The invoice of a bill comes with the next sync: it is of its contract, and its period is not billed again. Periods
    that were missed are billed each, and told apart by what the others made."""
    h = Omie("every week on monday, tuesday, wednesday, thursday, friday, saturday, sunday for contracts\n  bill contract\n"
             "on invoice created log \"new {number} of {contract.number}\"\n", "--customers", "1", "--contracts", "1",
             "--titles-at-once")
    h.title(700001, 101, 1)  # a ledger that was there
    h.sync()
    h.run()
    check("billed", h.led.billed, {9001: 1})
    h.sync()
    check("of its contract", h.sql("SELECT contract FROM invoice WHERE number <> '700001'"), [("9001",)])
    h.run()
    check("not again", h.led.billed, {9001: 1})
    check("seen once", list(h.states("log").values()), ["accepted"])
    h.clock.go_on(3 * 24 * 60 * MINUTE)
    h.led.today += datetime.timedelta(days=3)
    h.sync("--whole")
    h.run()
    check("each of the days that were missed", (h.led.billed, len(h.sql("SELECT 1 FROM action WHERE action = 'bill contract'"))),
          ({9001: 4}, 4))
    check("each its own service order", len(set(h.sql("SELECT provider_id FROM attempt"))), 4)
    h.end()


def another_price_is_not_billed():
    h = Omie(f"every month on day {TODAY.day} for contracts\n  bill contract\n", "--customers", "1", "--contracts", "1")
    h.sync()
    h.led.contracts[9001]["price"] = 999
    h.run(wanted=1)
    check("told", (h.led.billed, h.reasons()), ({}, ["Omie would bill another sum than the policy says: bill it there by hand"]))
    h.end()


# ---- SAP Business One ----


class Sap(House):
    def __init__(self, rules, *arguments):
        self.process = subprocess.Popen([sys.executable, str(HERE / "sap_b1_server.py"), *arguments], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{self.process.stdout.readline().strip()}"
        super().__init__(f'connect erp sap_b1 "{self.url}" with company "SBODEMO" and user from env "U" and password from env '
                         '"P"', rules, {"U": "manager", "P": 'pa"ss'})

    def control(self, **what):
        with urllib.request.urlopen(urllib.request.Request(self.url + "/_control", json.dumps(what).encode(), method="POST")):
            pass

    def stats(self):
        with urllib.request.urlopen(self.url + "/_stats") as r:
            return json.loads(r.read())

    def end(self):
        self.process.stdin.close()
        self.process.wait(20)
        super().end()


def sap_is_written_to():
    h = Sap("when open > 0 mark call then mark dunned\n", "--invoices", "4", "--customers", "2")
    h.sync()
    late = [n for n, in h.sql("SELECT number FROM invoice WHERE status = 'open' AND open > 0 ORDER BY number")]
    check("there are invoices", len(late) > 2, True)
    h.run()
    check("calls", h.states("mark call"), {n: "accepted" for n in late})
    check("levels", h.states("mark dunned"), {n: "accepted" for n in late})
    made = h.stats()["set"]
    check("activities", sorted((a["Details"].split(" [")[0], a.get("Activity", a.get("ActivityProperty")))
                               for a in made["Activities"]), sorted((f"call {n}", "cn_Conversation") for n in late))
    h.sync()
    h.run()
    check("once", h.stats()["set"], made)
    h.rules(f"rule dates: when open > 0 update due date in erp to today + {10}d\non due date changed log \"moved {{number}}\"\n")
    h.run()
    check("due dates", set(h.states("update due").values()), {"accepted"})
    h.sync("--whole")
    h.run()
    check("nobody moved them", h.states("log"), {})
    h.end()


if not SHIM.exists():
    subprocess.run(["make", "-s", "--no-print-directory", f"B={DUN.parent}", str(SHIM)], cwd=HERE.parent.parent, check=True)
CASES = (fees_are_charged_once, due_dates_are_our_own, services_are_suspended, a_loss_is_no_payment,
         what_changed_meanwhile_is_not_done, old_ledgers_charge_nothing, a_charge_is_approved, unknown_is_found, a_person_resolves,
         five_hundred_on_day_one, bills_come_back, another_price_is_not_billed, sap_is_written_to)
for case in CASES:
    if len(sys.argv) < 3 or case.__name__ in sys.argv[2:]:
        case()
sys.exit(counted())
