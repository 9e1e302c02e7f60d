"""The demo story's world outside: an ERP that its description says (tests/erp/omie_server.py), a mail server that takes what is sent
(aiosmtpd), a mailbox that answers lie in (Dovecot), and `dun serve` between them. Each step is a method that test_story.js names."""
import asyncio
import datetime
import email
import email.message
import email.policy
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SUPPORT = HERE.parent / "support"
sys.path.insert(0, str(HERE.parent / "erp"))
sys.path.insert(0, str(HERE.parent / "api"))
import omie_server  # noqa: E402
from house import House, until  # noqa: E402

logging.disable(logging.CRITICAL)

POLICY = """policy "Standard collections"
  currency BRL
  timezone "America/Sao_Paulo"

connect erp omie "{omie}" with key from env "OMIE_KEY" and secret from env "OMIE_SECRET" and rate "99999" and interval "1 second"
connect email smtp "smtp://127.0.0.1:{smtp}?tls=none" from "Finance <finance@acme.example>"
connect replies imap "imaps://127.0.0.1:{imap}/INBOX" with user "finance" and password from env "IMAP_PASSWORD" and interval "1 second"

ladder standard for invoices
  at 5d  send email "Invoice {{number}} of {{open}} is overdue since {{due}}"

on reply           open card in "Negotiation"
on payment in full move card to "Resolved"
"""
CUSTOMER, TITLE, VALUE, LATE = 101, 700001, 250000, 7


class Sink:
    """Keeps what it takes."""

    def __init__(self):
        self.mails = []

    async def handle_DATA(self, server, session, envelope):
        self.mails.append((envelope.rcpt_tos[0], email.message_from_bytes(envelope.content, policy=email.policy.default)))
        return "250 OK"


def smtp_server(sink):
    from aiosmtpd.smtp import SMTP
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: SMTP(sink), "127.0.0.1", 0))
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return server.sockets[0].getsockname()[1]


class Mailbox:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="dun-story-")
        os.chmod(self.folder, 0o755)
        for command in ("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-ca -keyout ca.key -out ca.pem",
                        "req -newkey rsa:2048 -nodes -subj /CN=mail.test -keyout key.pem -out cert.csr"):
            subprocess.run(["openssl", *command.split()], cwd=self.folder, check=True, stderr=subprocess.DEVNULL)
        Path(self.folder, "ext").write_text("subjectAltName=IP:127.0.0.1")
        subprocess.run("openssl x509 -req -days 2 -in cert.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile ext -out cert.pem".split(),
                       cwd=self.folder, check=True, stderr=subprocess.DEVNULL)
        self.at = os.path.join(self.folder, "box")
        out = subprocess.run([str(SUPPORT / "dovecot.sh"), "start", self.at, os.path.join(self.folder, "cert.pem"),
                              os.path.join(self.folder, "key.pem")], stdout=subprocess.PIPE, text=True, check=True)
        self.port = int(out.stdout.split()[1])

    def put(self, message):
        name = f"{time.time():.6f}.test"
        path = os.path.join(self.at, "mail/tmp", name)
        Path(path).write_bytes(bytes(message))
        os.chmod(path, 0o666)
        os.rename(path, os.path.join(self.at, "mail/new", name))

    def end(self):
        subprocess.run([str(SUPPORT / "dovecot.sh"), "stop", self.at], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


class Story:
    def __init__(self, dun):
        self.today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=-3))).date()
        self.sink, self.box = Sink(), Mailbox()
        self.server, self.omie = omie_server.serve(["--same", "0", "--today", str(self.today), "--customers", "1"])
        self.omie.limits = False
        self.omie.ledger.customers[CUSTOMER].update(razao_social="Padaria Sol Ltda", nome_fantasia="Padaria Sol", email="ana@padariasol.example")
        due = self.today - datetime.timedelta(days=LATE)
        self.omie.ledger.add_title(TITLE, CUSTOMER, due - datetime.timedelta(days=30), VALUE, due=due)
        policy = POLICY.format(omie=f"http://127.0.0.1:{self.server.server_address[1]}", smtp=smtp_server(self.sink), imap=self.box.port)
        self.house = House(dun, policy=policy, customers=None,
                           env={"OMIE_KEY": omie_server.KEY, "OMIE_SECRET": omie_server.SECRET, "IMAP_PASSWORD": "s3cret-word",
                                "SSL_CERT_FILE": os.path.join(self.box.folder, "ca.pem")})
        synced = self.house.run("sync", "p.dun", "--store", self.house.store)
        if synced.returncode:
            raise SystemExit("the first sync: " + synced.stdout)
        self.house.serve()

    def about(self):
        return {"today": str(self.today), "day": str(self.title()["due"])}

    def title(self):
        return self.omie.ledger.titles[TITLE]

    def tick(self):
        """The service looks now, and does not wait for its minute."""
        self.house.process.send_signal(signal.SIGHUP)

    def mails(self, at_least=0):
        """What the mail server took, once there are so many."""
        until(lambda: len(self.sink.mails) >= at_least, 20)
        return {"mails": [{"to": to, "subject": m["Subject"], "text": m.get_body(("plain",)).get_content()} for to, m in self.sink.mails]}

    def reply(self, words):
        """The customer answers the last message that they got."""
        about = self.sink.mails[-1][1]
        m = email.message.EmailMessage()
        m["From"], m["To"], m["Subject"] = "Ana <ana@padariasol.example>", "finance@acme.example", "Re: " + about["Subject"]
        m["Message-ID"] = f"<{time.time_ns()}@padariasol.example>"
        m["In-Reply-To"] = m["References"] = about["Message-ID"]
        m["Date"] = email.utils.format_datetime(datetime.datetime.now(datetime.timezone.utc))
        m.set_content(words)
        self.box.put(m)

    def pay(self):
        """In the ERP, whole."""
        self.title().update(paid=VALUE, paid_on=self.today, changed=self.today)

    def erp(self):
        return {"due": str(self.title()["due"]), "broken": self.omie.broken}

    def end(self):
        self.box.end()
        self.server.shutdown()
