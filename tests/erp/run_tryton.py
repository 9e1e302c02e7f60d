#!/usr/bin/env python3
"""`dun sync` and `dun run` with the real program, a real Tryton and a real PostgreSQL (tryton_house.py): what is posted
there is dunned here, what is paid there stops here. run_tryton.py DUN; the last line is `N passed, M failed`."""
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from aiosmtpd.controller import Controller

sys.path.insert(0, str(Path(__file__).resolve().parent))
from tryton_house import OPENING, PARTIES, PASSWORD, Client, House, date  # noqa: E402
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from checks import check, counted  # noqa: E402
from free_port import free_port  # noqa: E402

DUN = str(Path(sys.argv[1]).resolve())
LINES = 10 + OPENING  # eight invoices, one of them in three parts
OWED = sum(50 + i for i in range(1, OPENING + 1)) * 100


class Case:
    """A policy and a store of their own, before the one Tryton."""

    def __init__(self, house, rules="", settings="", database="books"):
        self.folder = tempfile.TemporaryDirectory()
        Path(self.folder.name, "p.dun").write_text(
            'policy "Made up"\n  currency EUR\n'
            f'connect erp tryton "{house.url}" with database "{database}" and user from env "U" and password from env "P"{settings}\n'
            + (rules or 'ladder standard for invoices where customer.id is "nobody"\n  at 1d log "{number}"\n'))
        self.env = dict(os.environ, U="admin", P=PASSWORD, LANG="C", LC_ALL="", LC_MESSAGES="")

    def command(self, name, *arguments):
        return [DUN, name, "p.dun", *arguments, "--store", "t.db"]

    def run(self, name, *arguments):
        return subprocess.run(self.command(name, *arguments), cwd=self.folder.name, env=self.env, capture_output=True, text=True,
                              timeout=300)

    def dun(self, name, *arguments):
        r = self.run(name, *arguments)
        check(f"status of {name} {arguments} ({r.stderr.strip()} {r.stdout.strip() if r.returncode else ''})", r.returncode, 0)
        return r.stdout

    def sync(self, *arguments):
        """What came of each feed: (new, changed, unchanged, gone)."""
        return {row["what"]: tuple(row[k] for k in ("new", "changed", "unchanged", "gone"))
                for row in json.loads(self.dun("sync", "--format", "json", *arguments))}

    def start(self):
        return subprocess.Popen(self.command("sync"), cwd=self.folder.name, env=self.env, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)

    def sql(self, text):
        with sqlite3.connect(f"{self.folder.name}/t.db", timeout=10) as db:
            return db.execute(text).fetchall()

    def mails(self):
        return sorted(message_from_bytes(m.read_bytes(), policy=default)["subject"]
                      for m in Path(self.folder.name).glob("outbox/*.eml"))

    def end(self):
        check("the store is sound", self.sql("PRAGMA integrity_check"), [("ok",)])
        self.folder.cleanup()


def everything_is_read(house):
    c = Case(house, settings=' and page "50"')
    check("at first", c.sync(), {"parties": (PARTIES + 1, 0, 0, 0), "receivables": (LINES, 0, 0, 0)})
    check("entries", c.sql("SELECT count(*), sum(open) FROM invoice WHERE kind = 'entry'"), [(OPENING, OWED)])
    check("invoices", c.sql("SELECT number, amount, open, date(due * 86400, 'unixepoch'), status, kind, installment, installments,"
                            " currency FROM invoice WHERE kind <> 'entry' ORDER BY row LIMIT 6"),
          [("1", 10001, 10001, "2025-02-01", "open", "invoice", None, None, "EUR"),
           ("2/1", 2500, 2500, "2025-02-02", "open", "invoice", 1, 3, "EUR"),
           ("2/2", 1876, 1876, "2025-03-04", "open", "invoice", 2, 3, "EUR"),
           ("2/3", 5626, 5626, "2025-04-03", "open", "invoice", 3, 3, "EUR"),
           ("3", 10003, 10003, "2025-02-03", "open", "invoice", None, None, "USD"),
           ("4", -10004, -10004, "2025-02-04", "open", "credit note", None, None, "EUR")])
    check("a party", c.sql("SELECT name, email, phone, whatsapp, language, country, state, tags FROM customer WHERE id = 'C0001'"),
          [("Customer 1", "billing@customer.example", "+55 11 99999-0000", "+55 11 99999-0000", "es", "BR", "SP", "Retail")])
    check("again", c.sync("--whole"), {"parties": (0, 0, PARTIES + 1, 0), "receivables": (0, 0, LINES, 0)})
    r = c.run("doctor")
    check(f"doctor ({r.stdout})", r.stdout.count("fine   erp tryton") >= 6, True)
    c.end()


def what_a_user_may(house, people):
    """A user of Dun's own needs the group Account, and no more; without it Tryton's no is said."""
    group, = people.find("res.group", [["name", "=", "Account"]], "name")
    for login, groups in (("dun", [["add", [group["id"]]]]), ("nobody", [])):
        people.model("res.user", "create", [{"name": login, "login": login, "password": "q7Zx-Kp3mWv9Lt", "groups": groups,
                                             "companies": [["add", [1]]], "company": 1}])
    c = Case(house, settings=' and category "Retail" and company "Dun Test SA"')
    c.env.update(U="dun", P="q7Zx-Kp3mWv9Lt")
    check("one category", c.sync(), {"parties": (1, 0, 0, 0), "receivables": (1 + OPENING // PARTIES, 0, 0, 0)})
    r = c.run("doctor")
    check(f"doctor ({r.stdout})", r.stdout.count("fine   erp tryton"), 7)
    c.env["U"] = "nobody"
    r = c.run("sync", "--whole")
    check(f"no rights ({r.stderr})", "a rule of Tryton forbids it (UserError)" in r.stderr, True)
    check("no rights: doctor", "put the user into the group Account" in c.run("doctor").stdout, True)
    c.end()


def killed_and_cut_off(house):
    """Killed at any moment, logged out in the middle, and the server away for a while: nothing is missed or doubled."""
    c = Case(house, settings=' and page "10"')
    chance = random.Random(20261122)
    for _ in range(5):
        p = c.start()
        time.sleep(chance.uniform(0.05, 0.5))
        p.send_signal(signal.SIGKILL)
        p.wait()
    p = c.start()
    time.sleep(0.3)
    house.sql("books", "DELETE FROM ir_session")
    check("logged out in the middle", p.wait(), 0)
    check("all is there", c.sql("SELECT count(*), sum(open) FROM invoice WHERE kind = 'entry'"), [(OPENING, OWED)])
    check("each once", c.sql("SELECT count(*), count(DISTINCT source_id) FROM invoice"), [(LINES, LINES)])
    p = subprocess.Popen(c.command("sync", "--whole"), cwd=c.folder.name, env=c.env, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    time.sleep(0.2)
    house.stop()
    house.start()
    if p.wait() == 4:  # a slow machine starts Tryton for longer than a sync waits: the next one goes on there
        c.dun("sync")
    check("the server was away", p.returncode in (0, 4), True)
    check("nothing is new", c.sql("SELECT count(*) FROM invoice"), [(LINES,)])
    c.end()


def posted_dunned_and_paid(house, people):
    c = Case(house, 'ladder standard for invoices where customer.id is "C0005" and kind is "invoice" and amount is 120.50\n'
             '  at 2d send email "First: {number}"\n  at 5d send email "Second: {open}"\n  at 10d send email "Third"\n')
    c.sync()
    c.dun("run", "--today", "2025-03-01")
    made = people.invoice("C0005", "2025-02-01", "120.50")
    number = people.find("account.invoice", [["id", "=", made]], "number")[0]["number"]
    check("a new invoice", c.sync()["receivables"][0], 1)
    for _ in range(2):
        c.dun("run", "--today", "2025-03-05")  # due on 3 March
    check("the first notice, once", c.mails(), [f"First: {number}"])
    people.pay(made, "20.50", "2025-03-06")
    check("a payment in part", c.sync()["receivables"][:2], (0, 1))
    c.dun("run", "--today", "2025-03-08")
    check("the second has what is left", c.mails(), [f"First: {number}", "Second: €100.00"])
    people.pay(made, "100", "2025-03-09")
    check("the rest", c.sync()["receivables"][:2], (0, 1))
    check("it is paid", c.sql(f"SELECT status, open, paid_amount FROM invoice WHERE number = '{number}'"), [("paid", 0, 12050)])
    for day in ("2025-03-13", "2025-03-20"):
        c.dun("run", "--today", day)
    check("nothing more is sent", len(c.mails()), 2)
    check("two payments were noticed", c.sql("SELECT amount FROM happening WHERE kind = 'payment' ORDER BY seq"), [(2050,), (10000,)])
    c.end()


class Mailbox:
    """A real SMTP server; the subjects of what it took."""

    def __init__(self):
        self.subjects = []
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port())
        self.controller.start()

    async def handle_DATA(self, server, session, envelope):
        self.subjects.append(message_from_bytes(envelope.content, policy=default)["subject"])
        return "250 OK"


def paid_after_the_sync(house, people):
    """Before a message goes its invoice is asked for again. This and the next are of today: what is due is long overdue."""
    box = Mailbox()
    c = Case(house, f'connect email smtp "smtp://127.0.0.1:{box.controller.port}?tls=none" from "a@example.com"\n'
             'ladder standard for invoices where customer.id in ("C0037", "C0038") and kind is "invoice"\n'
             '  at 1d send email "{number}"\n', ' and reread "1 second"')
    c.sync()
    c.dun("run")
    made = [people.invoice(who, "2025-03-01", "70") for who in ("C0037", "C0038")]
    numbers = [x["number"] for x in people.find("account.invoice", [["id", "in", made]], "number")]
    c.sync()
    people.pay(made[0], "70", "2025-03-20")
    time.sleep(1.1)
    c.dun("run")
    check("what was paid since is not dunned, the other is", box.subjects, numbers[1:])
    check("and the store knows", c.sql(f"SELECT status FROM invoice WHERE number = '{numbers[0]}'"), [("paid",)])
    box.controller.stop()
    c.end()


def orders_are_carried_out(house, people):
    c = Case(house, 'ladder standard for invoices where customer.id is "C0039" and kind is "invoice"\n'
             '  at 1d update due date in erp to due + 20d then mark called\n')
    c.sync()
    c.dun("run")
    made = people.invoice("C0039", "2025-03-02", "80")
    c.sync()
    for _ in range(2):
        c.dun("run")
    one, = people.find("account.invoice", [["id", "=", made]], "number", "lines_to_pay")
    line, = people.find("account.move.line", [["id", "=", one["lines_to_pay"][0]]], "maturity_date")
    check("the due date there", line["maturity_date"], date("2025-04-21"))
    notes = people.find("ir.note", [["resource", "=", f"account.invoice,{made}"]], "message")
    check("one note", [n["message"].split(" [dun ")[0] for n in notes], [f"{one['number']}: called"])
    check("and nothing is news of it", c.sync()["receivables"][1], 0)
    c.end()


def changes_come_in(house, people):
    c = Case(house)
    c.sync()
    mechanism, = people.find("party.contact_mechanism", [["party.code", "=", "C0007"], ["type", "=", "email"]], "value")
    people.model("party.contact_mechanism", "write", [mechanism["id"]], {"value": "new@customer.example"})
    parts, = people.find("account.invoice", [["number", "=", "2"]], "lines_to_pay")
    people.pay(parts["id"], "30", "2025-03-25")  # the first part, and some of the second
    people.model("account.move.line", "write", [parts["lines_to_pay"][2]], {"maturity_date": date("2025-05-05")})
    credited, = people.find("account.invoice", [["number", "=", "6"]], "number")
    people.credit(credited["id"], "2025-03-25")
    came = c.sync()
    check("what changed", (came["parties"][:2], came["receivables"][1]), ((0, 1), 4))
    check("a mechanism", c.sql("SELECT email FROM customer WHERE id = 'C0007'"), [("new@customer.example",)])
    check("parts", c.sql("SELECT number, open, status, date(due * 86400, 'unixepoch') FROM invoice WHERE number LIKE '2/%' ORDER BY 1"),
          [("2/1", 0, "paid", "2025-02-02"), ("2/2", 1376, "open", "2025-03-04"), ("2/3", 5626, "open", "2025-05-05")])
    check("a credited one", c.sql("SELECT status, open FROM invoice WHERE number = '6'"), [("cancelled", 0)])
    check("and all of it again", c.sync("--whole")["receivables"][:2], (0, 0))
    c.end()


def what_is_wrong_is_said(house):
    for name, value, words in (("P", "wrong", "the user or its password is refused (401)"),
                               ("P", "wrong", "the user or its password is refused (401)"),
                               ("P", "wrong", "too many logins have failed (429)"),
                               ("U", "", "the environment variable U is not set")):
        c = Case(house)
        c.env["U"] = "stranger"
        c.env[name] = value
        r = c.run("sync")
        check(f"{words}: status", r.returncode, 4)
        check(f"{words}: {r.stderr}", words in r.stderr, True)
        check("kept to itself", "wrong" in r.stderr.replace("looked wrong", ""), False)
        c.end()
    c = Case(house, database="nosuch")
    r = c.run("sync", "--lang", "pt")
    check(f"no database ({r.stderr})", "não existe esse banco de dados (404)" in r.stderr, True)
    c.end()
    c = Case(house, settings=' and company "Nobody"')
    check("no company", "there is not exactly one company of that name" in c.run("sync").stderr, True)
    c.end()


with tempfile.TemporaryDirectory() as room:
    one = House(room)
    try:
        one.open()
        everything_is_read(one)
        killed_and_cut_off(one)
        someone = Client(one)
        what_a_user_may(one, someone)
        posted_dunned_and_paid(one, someone)
        paid_after_the_sync(one, someone)
        orders_are_carried_out(one, someone)
        changes_come_in(one, someone)
        what_is_wrong_is_said(one)
    finally:
        one.end()
sys.exit(counted())
