#!/usr/bin/env python3
"""`dun sync` and `dun run` with the real program and a Service Layer of our own (sap_b1_server.py): an order that is made
there fires its rule here, once; a sync that is killed at any moment goes on. run_sap_b1.py DUN; the last line is
`N passed, M failed`."""
import datetime
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from checks import check, counted  # noqa: E402

DUN = str(Path(sys.argv[1]).resolve())
SERVER = str(Path(__file__).resolve().parent / "sap_b1_server.py")


class Case:
    """A server, a policy, a store."""

    def __init__(self, rules, *arguments, settings=""):
        self.process = subprocess.Popen([sys.executable, SERVER, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.url = f"http://127.0.0.1:{self.process.stdout.readline().strip()}"
        self.folder = tempfile.TemporaryDirectory()
        Path(self.folder.name, "p.dun").write_text(
            'policy "Made up"\n  currency BRL\n'
            f'connect erp sap_b1 "{self.url}" with company "SBODEMO" and user from env "U" and password from env "P"{settings}\n'
            + rules)
        self.env = dict(os.environ, U="manager", P='pa"ss', LANG="C", LC_ALL="", LC_MESSAGES="")

    def command(self, name, *arguments):
        return [DUN, name, "p.dun", *arguments, "--store", "t.db"]

    def dun(self, name, *arguments):
        r = subprocess.run(self.command(name, *arguments), cwd=self.folder.name, env=self.env, capture_output=True, text=True,
                           timeout=120)
        check(f"status of {name} ({r.stderr.strip()} {r.stdout.strip() if r.returncode else ''})", r.returncode, 0)
        return r.stdout

    def start(self, name):
        return subprocess.Popen(self.command(name), cwd=self.folder.name, env=self.env, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)

    def control(self, **what):
        with urllib.request.urlopen(urllib.request.Request(self.url + "/_control", json.dumps(what).encode(), method="POST")):
            pass

    def stats(self):
        with urllib.request.urlopen(self.url + "/_stats") as answer:
            return json.load(answer)

    def sql(self, text):
        with sqlite3.connect(f"{self.folder.name}/t.db", timeout=10) as db:
            return db.execute(text).fetchall()

    def end(self):
        check("nothing was other than documented", self.stats()["broken"], {})
        self.process.stdin.close()
        self.process.wait()
        self.folder.cleanup()


def an_order_fires_its_rule():
    c = Case('field customer.order_number as text\nfield customer.order_total as money\n'
             'ladder standard for invoices\n  at 400d log "{number}"\n'
             'on sap order created for customer.order_total > 1_000\n'
             '  open card in "Sales" titled "{order_number} of {name}"\n'
             'on erp order cancelled open card in "Sales" titled "off: {order_number}"\n')
    today = datetime.date.today().isoformat()
    c.control(now=today + "T08:00:00", order=[{"i": 1, "customer": "C0001", "total": 5000}])
    c.dun("sync")
    c.dun("run")
    check("what was there before is no event", c.sql("SELECT title FROM card"), [])
    c.control(now=today + "T10:00:00", order=[{"i": 2, "customer": "C0002", "total": 1500.5}, {"i": 3, "customer": "C0001", "total": 10}])
    for _ in range(3):
        c.dun("sync")
        c.dun("run")
    check("one card for the large order", c.sql("SELECT title, customer FROM card"), [("1002 of Customer 2", "C0002")])
    c.control(now=today + "T10:05:00", change=[{"set": "Orders", "key": 2, "values": {"Cancelled": "tYES"}}])
    for _ in range(2):
        c.dun("sync")
        c.dun("run")
    check("and one that it is off", c.sql("SELECT title FROM card ORDER BY id"), [("1002 of Customer 2",), ("off: 1002",)])
    c.dun("sync", "--whole")
    c.dun("run")
    check("everything read again tells of nothing again", len(c.sql("SELECT 1 FROM card")), 2)
    said = c.dun("doctor")
    for words in ("A/R invoices can be read", "sales employees can be read", "a rule listens to Orders: they can be read"):
        check("the doctor: " + words, words in said or said, True)
    check("nor does it ask for what no rule is about", "Quotations" in said, False)
    c.env["P"] = "wrong"
    r = subprocess.run(c.command("doctor"), cwd=c.folder.name, env=c.env, capture_output=True, text=True, timeout=60)
    check("a wrong password", (r.returncode, r.stdout.count("WRONG"), "the user, its password or the company database is refused"
                               in r.stdout), (1, 1, True))
    c.end()


def killed_at_any_moment():
    c = Case('ladder standard for invoices\n  at 400d log "{number}"\n', "--invoices", "300", "--customers", "60",
             "--installments", "2", "--expire", "11", settings=' and page "10"')
    chance = random.Random(20261122)
    for _ in range(12):
        p = c.start("sync")
        time.sleep(chance.uniform(0.02, 0.4))
        p.send_signal(signal.SIGKILL)
        p.wait()
    c.dun("sync")
    check("every installment is there", c.sql("SELECT count(*), sum(open) FROM invoice"),
          [(600, sum((100 + i) * 100 for i in range(1, 301)))])
    check("and the store is sound", c.sql("PRAGMA integrity_check"), [("ok",)])
    c.control(pay=[{"entry": 7, "amount": 107, "touch": False}])
    c.dun("sync")
    check("a payment shows", c.sql("SELECT status FROM invoice WHERE number LIKE '1007/%'"), [("paid",), ("paid",)])
    c.end()


for case in (an_order_fires_its_rule, killed_at_any_moment):
    case()
sys.exit(counted())
