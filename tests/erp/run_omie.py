#!/usr/bin/env python3
"""`dun sync` with the real program and an Omie of our own in this process (omie_server.py): killed at every page, pages
that shift while they are read, faults by code, what is gone. run_omie.py DUN; the last line is `N passed, M failed`."""
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import omie_server  # noqa: E402
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from checks import check, counted  # noqa: E402

DUN = str(Path(sys.argv[1]).resolve())


class Case:
    """A server, a policy, a store."""

    def __init__(self, *arguments, settings=""):
        self.server, self.omie = omie_server.serve([*arguments, "--same", "0"])
        self.folder = tempfile.TemporaryDirectory()
        url = f"http://127.0.0.1:{self.server.server_address[1]}"
        Path(self.folder.name, "p.dun").write_text(
            'policy "Made up"\n  currency BRL\n'
            f'connect erp omie "{url}" with key from env "K" and secret from env "S" and rate "99999"{settings}\n'
            'ladder standard for invoices\n  at 1d send email "Invoice {number}"\n')
        self.env = dict(os.environ, K=omie_server.KEY, S=omie_server.SECRET, LANG="C", LC_ALL="", LC_MESSAGES="")

    def command(self, *arguments):
        return [DUN, *arguments, "--store", "t.db"]

    def run(self, *arguments):
        return subprocess.run(self.command("sync", "p.dun", *arguments), cwd=self.folder.name, env=self.env,
                              capture_output=True, text=True, timeout=120)

    def start(self, *arguments):
        return subprocess.Popen(self.command("sync", "p.dun", *arguments), cwd=self.folder.name, env=self.env,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def rows(self, *arguments):
        """{what: row} of a sync that is to end well."""
        r = self.run("--format", "json", *arguments)
        check(f"status of sync {arguments} ({r.stderr.strip()})", r.returncode, 0)
        return {row["what"]: row for row in json.loads(r.stdout)}

    def sql(self, text):
        with sqlite3.connect(f"{self.folder.name}/t.db", timeout=10) as db:
            return db.execute(text).fetchall()

    def ledger(self):
        """What the store says of the receivables, and what it should."""
        stored = self.sql("SELECT number, amount, open, status FROM invoice ORDER BY number")
        status = {"CANCELADO": "cancelled", "RECEBIDO": "paid"}
        led = self.omie.ledger
        there = [(str(t["code"]), t["value"], t["value"] - t["paid"], status.get(led.status(t), "open"))
                 for t in led.titles.values()]
        return stored, sorted(there)

    def end(self):
        self.server.shutdown()
        self.server.server_close()
        self.folder.cleanup()


def killed_at_every_page():
    """Killed when each request arrives, and shortly after each answer: the next syncs miss nothing and read nothing
    twice into the store."""
    chance = random.Random(5)
    for when in ("before", "after"):
        for at in range(1, 10 if when == "before" else 9):  # 9 requests in all
            c = Case("--titles", "30", "--page", "5", "--customers", "6", "--contracts", "3")
            process = None
            count = [0]
            ready = threading.Event()

            def kill(*_):
                count[0] += 1
                if count[0] == at:
                    ready.wait(20)
                    if when == "after":
                        threading.Event().wait(chance.random() * 0.02)
                    process.send_signal(signal.SIGKILL)
                    process.wait()

            if when == "before":
                c.omie.before = kill
            else:
                c.omie.after = kill
            process = c.start()
            ready.set()
            check(f"killed {when} {at}", process.wait(60), -signal.SIGKILL)
            c.omie.before = c.omie.after = None
            before = c.sql("SELECT count(*) FROM invoice")[0][0] if Path(c.folder.name, "t.db").stat().st_size else 0
            rows = c.rows()
            check(f"{when} {at}: the rest is new", rows["receivables"]["new"], 30 - before)
            stored, there = c.ledger()
            check(f"{when} {at}: the ledger", stored, there)
            check(f"{when} {at}: no news", c.sql("SELECT count(*) FROM happening")[0][0], 0)
            again = c.rows("--whole")
            check(f"{when} {at}: nothing left", (again["receivables"]["new"], again["receivables"]["changed"],
                                                 again["receivables"]["unchanged"]), (0, 0, 30))
            c.end()


def pages_shift():
    """While pages are read receivables come, are paid, and are deleted in front of the place: none is missed."""
    c = Case("--titles", "40", "--page", "5", "--customers", "4")
    led = c.omie.ledger
    asked = [0]

    def shift(omie, call, param):
        if call != "PesquisarLancamentos":
            return
        asked[0] += 1
        if asked[0] == 3:
            led.titles.pop(700001)  # everything behind it moves forward
            led.titles.pop(700002)
        if asked[0] == 5:
            led.add_title(650000, 101, led.today)  # everything moves back
        if asked[0] == 6:
            led.add_title(790000, 102, led.today)

    c.omie.before = shift
    c.rows()
    c.omie.before = None
    numbers = {row[0] for row in c.sql("SELECT number FROM invoice")}
    missing = {str(k) for k in led.titles} - numbers - {"650000"}
    check("shifted: missed", missing, set())
    c.rows()
    stored, there = c.ledger()
    check("shifted: after the next sync", [row for row in stored if row[0] not in ("700001", "700002")], there)
    c.rows("--whole")
    status = dict(c.sql("SELECT number, status FROM invoice WHERE number IN ('700001', '700002')"))
    check("shifted: deleted ones are cancelled", status, {"700001": "cancelled", "700002": "cancelled"})
    c.end()


def changes_come_in():
    c = Case("--titles", "12", "--page", "5", "--customers", "4", "--contracts", "2")
    led = c.omie.ledger
    c.rows()
    led.titles[700003].update(paid=led.titles[700003]["value"], paid_on=led.today)  # its own day of change stays
    led.titles[700004].update(paid=100, paid_on=led.today)
    led.titles[700005].update(due=led.today, changed=led.today)
    led.titles[700006].update(cancelled_on=led.today)
    led.add_title(700100, 102, led.today)
    led.customers[101].update(email="new@padaria.example", changed=led.today)
    led.contracts[9001].update(situation="99", changed=led.today)
    r = c.run()
    check("changes: status", r.returncode, 0)
    for words in ("2 × payment", "1 × due date changed", "1 × invoice cancelled", "1 × invoice created"):
        check(f"changes: {words}", words in r.stderr, True)
    stored, there = c.ledger()
    check("changes: the ledger", stored, there)
    check("changes: customer", c.sql("SELECT email FROM customer WHERE id = '101'"), [("new@padaria.example",)])
    check("changes: contract", c.sql("SELECT status FROM contract WHERE number = '9001'"), [("churned",)])
    led.titles.pop(700007)
    check("changes: gone", c.rows("--whole")["receivables"]["gone"], 1)
    check("changes: gone row", c.sql("SELECT status FROM invoice WHERE number = '700007'"), [("cancelled",)])
    portuguese = c.run("--lang", "pt")
    check("portuguese", "títulos a receber" in portuguese.stdout, True)
    c.end()


def faults():
    """Every code while reading: what passes by itself passes, what does not says so and keeps what was read."""
    for fault, status, words in (("Client-6", 0, ""), ("Client-1880", 0, ""), ("Client-1880@200", 0, ""),
                                 ("Server", 0, ""), ("hang", 0, ""), ("html", 0, ""), ("Client-5113", 0, ""),
                                 ("Client-1020", 4, "Client-1020"), ("Client-777", 4, "Omie refuses the request (Client-777, PesquisarLancamentos)"),
                                 ("MISUSE_API_PROCESS", 4, "come again in 1792 seconds")):
        c = Case("--titles", "12", "--page", "5", "--customers", "2")
        if fault == "Client-6":  # it says 57 s: only that the pause is kept is shown here, by the server's clock
            c.omie.fail = lambda *_: (_ for _ in ()).throw(omie_server.Fault(
                "SOAP-ENV:Client-6", "ERROR: Consumo redundante detectado. Aguarde 1 segundos para tentar novamente."))
        c.omie.faults = [{"call": "PesquisarLancamentos", "times": 1, "do": fault}]
        r = c.run()
        check(f"{fault}: status ({r.stderr.strip()})", r.returncode, status)
        check(f"{fault}: words", words in r.stderr, True)
        check(f"{fault}: nothing of ours", "fed2163e" in r.stderr + r.stdout, False)
        c.omie.faults = []
        c.rows()
        if fault != "Client-5113":
            stored, there = c.ledger()
            check(f"{fault}: afterwards", stored, there)
        c.end()


def settings_are_said():
    c = Case()
    c.env.pop("S")
    r = c.run()
    check("no secret: status", r.returncode, 4)
    check("no secret: words", "the environment variable S is not set" in r.stderr, True)
    c.end()
    c = Case(settings=' and payment "cheque"')
    r = c.run("--lang", "es")
    check("wrong setting", "`payment` se escribe" in r.stderr, True)
    c.end()
    c = Case()
    c.env["S"] = "wrong"
    r = c.run()
    check("wrong secret: status", r.returncode, 4)
    check("wrong secret: kept to itself", "wrong" in r.stderr + r.stdout, False)
    c.end()


def rejects_are_said():
    c = Case("--titles", "4", "--customers", "2")
    c.omie.ledger.titles[700002]["customer"] = 999
    r = c.run()
    check("rejects: status", r.returncode, 1)
    check("rejects: words", "omie: receivables 700002: its customer is not in the store" in r.stderr, True)
    check("rejects: others are in", c.sql("SELECT count(*) FROM invoice")[0][0], 3)
    c.end()


def a_first_ledger_waits_for_approval():
    """The guards of a first import hold for a first sync: a backlog is not sent to."""
    c = Case("--titles", "40", "--customers", "40")
    for t in c.omie.ledger.titles.values():
        t["due"] = t["issued"]
    Path(c.folder.name, "p.dun").write_text(
        Path(c.folder.name, "p.dun").read_text().replace(
            "ladder standard", 'connect email smtp "smtp://127.0.0.1:9?tls=none" from "a@b.example"\nladder standard'))
    c.rows()
    r = subprocess.run(c.command("run", "p.dun"), cwd=c.folder.name, env=c.env, capture_output=True, text=True)
    check("first run is held", r.returncode, 1)
    check("first run says approve", "dun approve" in r.stdout + r.stderr, True)
    check("nothing was stored to be sent", c.sql("SELECT count(*) FROM action")[0][0], 0)
    c.end()


for case in (killed_at_every_page, pages_shift, changes_come_in, faults, settings_are_said, rejects_are_said,
             a_first_ledger_waits_for_approval):
    case()
sys.exit(counted())
