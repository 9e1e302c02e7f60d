#!/usr/bin/env python3
"""The fresh read before messages go, with the real program, ERPs of our own (omie_server.py, sap_b1_server.py), a real mail
server and a small SMS service: what is paid there after the sync is not dunned, a contact that moved gets its message where
it is now, and an ERP that is down makes messages wait. run_reread.py DUN; the last line is `N passed, M failed`."""
import asyncio
import datetime
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from aiosmtpd.smtp import SMTP

sys.path.insert(0, str(Path(__file__).resolve().parent))
import omie_server  # noqa: E402
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from checks import check, counted  # noqa: E402

warnings.simplefilter("ignore")
DUN = str(Path(sys.argv[1]).resolve())
SAP = str(Path(__file__).resolve().parent / "sap_b1_server.py")


class Mail:
    """Takes everything, and keeps to whom it went."""

    def __init__(self):
        self.to = []
        self.loop = asyncio.new_event_loop()
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

    async def handle_DATA(self, server, session, envelope):
        self.to += envelope.rcpt_tos
        return "250 2.0.0 OK"


class Sms(BaseHTTPRequestHandler):
    to = []

    def do_POST(self):
        body = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.to.append(body["To"][0])
        answer = json.dumps({"sid": "SM%032d" % len(self.to), "status": "queued"}).encode()
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


class House:
    """A policy and a store."""

    def __init__(self, erp, rung, **env):
        self.mail = Mail()
        Sms.to = []
        self.sms = ThreadingHTTPServer(("127.0.0.1", 0), Sms)
        threading.Thread(target=self.sms.serve_forever, args=(0.05,), daemon=True).start()
        self.folder = tempfile.TemporaryDirectory()
        Path(self.folder.name, "p.dun").write_text(
            'policy "Made up"\n  currency BRL\n  one message per invoice\n'
            f'{erp}\nconnect email smtp "smtp://127.0.0.1:{self.mail.port}" from "Finance <f@acme.example>"\n'
            f'connect sms twilio "http://127.0.0.1:{self.sms.server_address[1]}" from "+15005550006" with account '
            f'"AC{"0" * 32}" and token from env "T"\n'
            f'ladder standard for invoices\n  at 1d {rung}\n')
        self.env = dict(os.environ, T="x" * 32, LANG="C", LC_ALL="", LC_MESSAGES="", **env)

    def dun(self, *arguments, status=0):
        r = subprocess.run([DUN, *arguments, "--store", "t.db"], cwd=self.folder.name, env=self.env, capture_output=True,
                           text=True, timeout=120)
        check(f"status of {arguments} ({r.stderr.strip()} {r.stdout.strip()})", r.returncode, status)
        return r.stdout

    def sql(self, text):
        with sqlite3.connect(f"{self.folder.name}/t.db", timeout=10) as db:
            return db.execute(text).fetchall()

    def states(self):
        return sorted(self.sql("SELECT entity, state FROM action"))

    def end(self):
        self.sms.shutdown()
        self.sms.server_close()
        self.folder.cleanup()


# ---- Omie ----

YESTERDAY = datetime.date.today() - datetime.timedelta(days=1)


class OmieHouse(House):
    def __init__(self, settings=' and reread "1 second"'):
        self.server, self.omie = omie_server.serve(["--same", "0"])
        for i in range(3):
            self.omie.ledger.add_title(700001 + i, 101 + i, YESTERDAY - datetime.timedelta(days=30), due=YESTERDAY)
        self.port = self.server.server_address[1]
        super().__init__(
            f'connect erp omie "http://127.0.0.1:{self.port}" with key from env "K" and secret from env "S" and rate '
            f'"99999"{settings}', 'send email "Invoice {number}"', K=omie_server.KEY, S=omie_server.SECRET)

    def down(self):
        self.server.shutdown()
        self.server.server_close()

    def up(self):
        self.server, _ = omie_server.serve(["--same", "0", "--port", str(self.port)])
        self.server.omie = self.omie

    def calls(self):
        return sum(self.omie.stats()["calls"].values())

    def end(self):
        self.down()
        super().end()


def paid_after_the_sync():
    h = OmieHouse()
    h.dun("sync", "p.dun")
    time.sleep(1.2)
    title = h.omie.ledger.titles[700002]
    title.update(paid=title["value"], paid_on=datetime.date.today(), changed=datetime.date.today())
    h.dun("run", "p.dun")
    check("who was written to", h.mail.to, ["a101@padaria.example", "a103@padaria.example"])
    check("what became of the paid one", h.states(),
          [("700001", "accepted"), ("700002", "suppressed"), ("700003", "accepted")])
    check("why", h.sql("SELECT reason FROM action WHERE entity = '700002'"), [("the invoice is settled",)])
    check("and it is paid here, too", h.sql("SELECT status, open FROM invoice WHERE number = '700002'"), [("paid", 0)])
    h.end()


def read_lately():
    h = OmieHouse(settings="")
    h.dun("sync", "p.dun")
    before = h.calls()
    h.dun("run", "p.dun")
    check("a sync of just now is enough", h.calls() - before, 0)
    check("all went", len(h.mail.to), 3)
    h.end()


def down():
    h = OmieHouse()
    h.dun("sync", "p.dun")
    time.sleep(1.2)
    h.down()
    began = time.monotonic()
    h.dun("run", "p.dun")
    check("it was not waited for", time.monotonic() - began < 15, True)
    check("nothing went", h.mail.to, [])
    check("all wait", {s for _, s in h.states()}, {"ready"})
    said = h.dun("outbox", "list")
    check(f"in words ({said})", "Omie cannot be asked whether the invoice is still open: Omie cannot be reached" in
          h.sql("SELECT reason FROM action LIMIT 1")[0][0], True)
    h.up()
    h.dun("run", "p.dun")
    check("they go when it is back", len(h.mail.to), 3)
    h.end()


# ---- SAP Business One ----


class SapHouse(House):
    def __init__(self, rung):
        self.process = subprocess.Popen([sys.executable, SAP, "--invoices", "0"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{self.process.stdout.readline().strip()}"
        super().__init__(f'connect erp sap_b1 "{self.url}" with company "SBODEMO" and user from env "U" and password from '
                         'env "P" and reread "1 second"', rung, U="manager", P='pa"ss')
        due = YESTERDAY.isoformat()
        part = {"InstallmentId": 1, "DueDate": due, "Percentage": 100, "Total": 150, "TotalFC": 0, "DunningLevel": 0,
                "LastDunningDate": None, "PaymentOrdered": "tNO"}
        self.control(now=datetime.date.today().isoformat() + "T00:10:00",
                     invoice=[{"i": i, "customer": "C000%d" % i, "total": 150, "n": 1, "DocDueDate": due,
                               "DocumentInstallments": [part]} for i in (1, 2)])

    def control(self, **what):
        with urllib.request.urlopen(urllib.request.Request(self.url + "/_control", json.dumps(what).encode(), method="POST")):
            pass

    def move(self, key, **values):
        self.control(change=[{"set": "BusinessPartners", "key": key, "values": values, "touch": False}])

    def end(self):
        with urllib.request.urlopen(self.url + "/_stats") as answer:
            check("nothing was other than documented", json.load(answer)["broken"], {})
        self.process.stdin.close()
        self.process.wait()
        super().end()


def a_contact_that_moved():
    h = SapHouse('send sms "Invoice {number}"')
    h.dun("sync", "p.dun")
    time.sleep(1.2)
    h.move("C0002", Cellular="+55 11 98888-7777")
    h.dun("run", "p.dun")
    check("to whom it went", sorted(Sms.to), sorted(["+5511900000" + "01", "+5511988887777"]))
    check("and nothing else waits", {s for _, s in h.states()}, {"accepted"})
    h.end()


def paid_in_sap():
    h = SapHouse('send email "Invoice {number}"')
    h.dun("sync", "p.dun")
    time.sleep(1.2)
    h.control(pay=[{"entry": 1, "amount": 150, "touch": False}])
    h.dun("run", "p.dun")
    check("the other alone was written to", len(h.mail.to), 1)
    check("what became of the paid one", h.sql("SELECT state, reason FROM action WHERE entity LIKE '1001%'"),
          [("suppressed", "the invoice is settled")])
    h.end()


for case in (paid_after_the_sync, read_lately, down, a_contact_that_moved, paid_in_sap):
    case()
sys.exit(counted())
