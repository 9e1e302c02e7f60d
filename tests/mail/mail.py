"""What comes back by e-mail: messages go out over SMTP, answers lie in a mailbox, and dun reads them. mail.py DUN [PART...]"""
import atexit
import email
import email.policy
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time


sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "serve"))
import house  # noqa: E402
from house import House, same, until  # noqa: E402

logging.disable(logging.CRITICAL)
HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = os.path.join(HERE, "corpus")
ID = "0123456789abcdef0123456789abcdef@acme.example"


class Sink:
    """A mail server that keeps what it takes; `lose`: it breaks the connection after the whole message."""

    def __init__(self):
        self.mails = []
        self.lose = False

    async def handle_DATA(self, server, session, envelope):
        self.mails.append((envelope.rcpt_tos[0], email.message_from_bytes(envelope.content, policy=email.policy.default)))
        if self.lose:
            server.transport.abort()
        return "250 OK"


class Mailbox:
    """Dovecot over a Maildir that this test puts mail into."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="dun-mail-")
        os.chmod(self.folder, 0o755)
        self.count = 0
        certificate = []
        for command in ("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=wrong -keyout wrong.key -out wrong.pem",
                        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-ca -keyout ca.key -out ca.pem",
                        "req -newkey rsa:2048 -nodes -subj /CN=mail.test -keyout key.pem -out cert.csr"):
            subprocess.run(["openssl", *command.split()], cwd=self.folder, check=True, stderr=subprocess.DEVNULL)
        with open(os.path.join(self.folder, "ext"), "w") as f:
            f.write("subjectAltName=IP:127.0.0.1")
        subprocess.run("openssl x509 -req -days 2 -in cert.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile ext -out "
                       "cert.pem".split(), cwd=self.folder, check=True, stderr=subprocess.DEVNULL)
        certificate = [os.path.join(self.folder, "cert.pem"), os.path.join(self.folder, "key.pem")]
        self.at = os.path.join(self.folder, "box")
        self.start(certificate)

    def start(self, certificate):
        out = subprocess.run(["tests/support/dovecot.sh", "start", self.at, *certificate], stdout=subprocess.PIPE, text=True)
        if out.returncode:
            print("0 passed, 1 failed")
            raise SystemExit(1)
        self.port, self.tls_port = map(int, out.stdout.split())

    def stop(self):
        subprocess.run(["tests/support/dovecot.sh", "stop", self.at])

    def end(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def put(self, data):
        self.count += 1
        name = "%d.%06d.test" % (time.time(), self.count)
        data = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        path = os.path.join(self.at, "mail/tmp", name)
        with open(path, "wb") as f:
            f.write(data)
        os.chmod(path, 0o666)
        os.rename(path, os.path.join(self.at, "mail/new", name))

    def empty(self):
        for where in ("new", "cur"):
            for name in os.listdir(os.path.join(self.at, "mail", where)):
                os.remove(os.path.join(self.at, "mail", where, name))

    def files(self):
        return sorted(name.split(":")[0] for where in ("new", "cur") for name in os.listdir(os.path.join(self.at, "mail", where)))

    def seen(self):
        return [name for name in os.listdir(os.path.join(self.at, "mail/cur")) if "S" in name.partition(":2,")[2]]

    def renumber(self):
        """Another UIDVALIDITY: as after the mailbox was moved."""
        for name in os.listdir(os.path.join(self.at, "mail")):
            if name.startswith("dovecot"):
                os.remove(os.path.join(self.at, "mail", name))


SINK, BOX = Sink(), Mailbox()
atexit.register(BOX.end)


def smtp_port():
    from aiosmtpd.smtp import SMTP as Server
    import asyncio
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: Server(SINK), "127.0.0.1", 0))
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return server.sockets[0].getsockname()[1]


PORT = smtp_port()
RULES = """
ladder l for invoices
  at 1d send email "Invoice {number} of {open} is overdue" or else sms "short"
  at 2d send email "Second reminder: {number}"
on reply containing "paid" log "says paid {number}"
on reply open card in "Negotiation"
on message bounced log "bounced {number}"
"""
CUSTOMERS = """id,name,email,phone,language
C1,Padaria Sol,ana@padariasol.example,,pt
C2,Casa Azul,azul@casa.example,+5511911112222,en
C3,Dois Irmãos,dois@irmaos.example,,es
"""


def lines(more="", box=None, replies=True):
    text = 'connect email smtp "smtp://127.0.0.1:%d?tls=none" from "Finance <finance@acme.example>"%s\n' % (PORT, more)
    if replies:
        where = box or "imaps://127.0.0.1:%d/INBOX" % BOX.tls_port
        text += 'connect replies imap "%s" with user "finance" and password from env "IMAP_PASSWORD" and interval "1 second"\n' % where
    return text + 'connect sms twilio from "+14155550100" with account "%s" and token from env "TWILIO_TOKEN" and url "http://127.0.0.1:%d"\n' % (
        house.ACCOUNT, house.SERVICES)


def ledger(h, days=1):
    os.makedirs(h.at("data"), exist_ok=True)
    with open(h.at("data/customers.csv"), "w") as f:
        f.write(CUSTOMERS)
    due = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86400 * days))
    with open(h.at("data/invoices.csv"), "w") as f:
        f.write("number,customer,amount,open,due,status\n")
        for i in (1, 2, 3):
            f.write("A-%d,C%d,100.00,100.00,%s,open\n" % (i, i, due))
    return h.run("import", h.at("data"), "--store", h.store)


def begun(dun, out=True, **settings):
    """A house whose three first messages are out."""
    del SINK.mails[:]
    BOX.empty()
    h = House(dun, lines=lines(**settings), rules=RULES, ledger=False, arguments=())
    h.environment.update(IMAP_PASSWORD="s3cret-word", SSL_CERT_FILE=os.path.join(BOX.folder, "ca.pem"))
    ledger(h)
    if out:
        ran = h.run("run", "p.dun", "--store", h.store)
        same("three messages are out", 3, len(SINK.mails), )
        if len(SINK.mails) != 3:
            print(ran.stdout)
    return h


def sent_to(address):
    found = [m for to, m in SINK.mails if to == address]
    return found[-1]["Message-ID"].strip("<>") if found else ""


def corpus(name, about=ID, sender=None):
    with open(os.path.join(CORPUS, name + ".eml"), "rb") as f:
        data = f.read()
    data = data.replace(ID.encode(), about.encode()).replace(ID.split("@")[0].encode(), about.split("@")[0].encode())
    # another one than in the other parts of this test
    data = data.replace(b"Message-ID: <CAF1@", b"Message-ID: <%s.%d@" % (name.encode(), time.time_ns()))
    data = data.replace(b"Message-ID: <bounce-", b"Message-ID: <%d." % time.time_ns())
    return data.replace(b"ana@padariasol.example", sender.encode()) if sender else data


def sync(h, status=0):
    out = h.run("sync", "p.dun", "--store", h.store)
    same("sync ends", status, out.returncode)
    if out.returncode != status:
        print(out.stdout)
    return out.stdout


def state(h, address):
    return h.one("SELECT a.state FROM action a JOIN message m ON m.action = a.id WHERE m.recipient = ? ORDER BY a.id", address)


def opted_out(h, customer):
    return h.one("SELECT opted_out FROM customer WHERE id = ?", customer) or ""


def replies(dun):
    h = begun(dun)
    said = sync(h)
    same("an empty mailbox is nothing to speak of", False, "e-mails came in" in said)
    BOX.put(corpus("reply-gmail", sent_to("ana@padariasol.example")))
    BOX.put(corpus("ooo-exchange-pt", sent_to("azul@casa.example"), "azul@casa.example"))
    BOX.put(corpus("newsletter"))
    BOX.put(corpus("stop-word", sent_to("dois@irmaos.example"), "dois@irmaos.example"))
    before = BOX.files()
    said = sync(h)
    same("it says what came", True, "4 e-mails came in: 1 replies; 1 want no more messages, or want them again; 2 automatic answers, lists" in said)
    same("the reply's message", "replied", state(h, "ana@padariasol.example"))
    same("the other's, by a machine", "accepted", state(h, "azul@casa.example"))
    same("one reply", 1, h.happenings("reply"))
    same("about its invoice, without what it quotes", ("A-1", "Bom dia, pagamos ontem à tarde. Segue comprovante."),
         (h.ask("SELECT entity, value FROM happening WHERE kind = 'reply'") + [None])[0])
    same("who wants no more", "email", opted_out(h, "C3"))
    same("others do", "", opted_out(h, "C2"))
    same("nothing is taken away", before, BOX.files())
    same("nothing is marked as read", [], BOX.seen())
    same("nothing is said twice", False, "e-mails came in" in sync(h))
    same("and counted twice", 1, h.happenings("reply"))
    BOX.renumber()
    sync(h)
    same("nor in a mailbox with new numbers", 1, h.happenings("reply"))
    same("the audit log holds no address", 0, h.one("SELECT count(*) FROM event WHERE detail LIKE '%@%' OR subject LIKE '%@%'"))
    BOX.put(corpus("reply-no-references"))
    sync(h)
    same("a letter of a customer without a mark is about the last message", 2, h.happenings("reply"))
    BOX.put(corpus("reply-no-references", sender="stranger@nowhere.example"))
    sync(h)
    same("a stranger's is a card", 1, h.one("SELECT count(*) FROM card WHERE title LIKE '%stranger@nowhere.example%'"))
    BOX.put(corpus("reply-thread", sent_to("azul@casa.example"), "another@casa.example"))
    sync(h)
    same("somebody else answers in the thread", "replied", state(h, "azul@casa.example"))
    h.end()


def bounces(dun):
    h = begun(dun)
    sync(h)
    BOX.put(corpus("delayed-postfix", sent_to("ana@padariasol.example")))
    BOX.put(corpus("daemon-unclear", sent_to("ana@padariasol.example")))
    BOX.put(corpus("bounce-of-another"))
    sync(h)
    same("delayed is not failed", "accepted", state(h, "ana@padariasol.example"))
    same("what cannot be read is a person's", 1, h.one("SELECT count(*) FROM card WHERE title LIKE '%Information about your message%'"))
    BOX.put(corpus("delivered", sent_to("ana@padariasol.example")))
    BOX.put(corpus("bounce-postfix", sent_to("azul@casa.example")))
    sync(h)
    same("delivered", "delivered", state(h, "ana@padariasol.example"))
    same("given up", "rejected", state(h, "azul@casa.example"))
    same("one happening", 1, h.happenings("message bounced"))
    before = len(house.Services.sent)
    h.run("run", "p.dun", "--store", h.store)
    same("its other way is taken", 1, len(house.Services.sent) - before)
    BOX.put(corpus("bounce-qmail", sent_to("azul@casa.example")))
    BOX.put(corpus("bounce-exchange", sent_to("ana@padariasol.example")))
    sync(h)
    h.run("run", "p.dun", "--store", h.store)
    same("once", 1, len(house.Services.sent) - before)
    ledger(h, 2)
    mails = len(SINK.mails)
    h.run("run", "p.dun", "--store", h.store)
    same("an address that there is not gets nothing more", ["ana@padariasol.example", "dois@irmaos.example"],
         sorted(to for to, m in SINK.mails[mails:]))
    same("and it is said", 1, h.one("SELECT count(*) FROM action a JOIN message m ON m.action = a.id WHERE m.recipient = 'azul@casa.example' AND "
                                    "a.state = 'rejected' AND a.reason LIKE '%no such address%'"))
    BOX.put(corpus("reply-no-references", sender="Azul@casa.example"))
    sync(h)
    same("who writes from it has it", None, h.one("SELECT value FROM sync_state WHERE key LIKE 'unreached%'"))
    same("what was delivered is not taken back", "delivered", state(h, "ana@padariasol.example"))
    h.end()


def unknown(dun):
    SINK.lose = True
    h = begun(dun)
    SINK.lose = False
    same("nobody knows whether it arrived", "unknown", state(h, "ana@padariasol.example"))
    sync(h)
    BOX.put(corpus("reply-no-references"))
    sync(h)
    same("a letter that names nothing proves nothing", "unknown", state(h, "ana@padariasol.example"))
    BOX.put(corpus("reply-gmail", sent_to("ana@padariasol.example")))
    BOX.put(corpus("ooo-gmail-es", sent_to("azul@casa.example"), "azul@casa.example"))
    BOX.put(corpus("bounce-exchange-2003", sent_to("dois@irmaos.example")))
    sync(h)
    same("an answer proves that it arrived", "replied", state(h, "ana@padariasol.example"))
    same("a machine's answer too", "accepted", state(h, "azul@casa.example"))
    same("a bounce that it did not", "rejected", state(h, "dois@irmaos.example"))
    sent = len(SINK.mails)
    h.run("run", "p.dun", "--store", h.store)
    same("nothing is sent again", sent, len(SINK.mails))
    h.end()


def heads(dun):
    h = begun(dun)
    first = [m for to, m in SINK.mails if to == "ana@padariasol.example"][0]
    key = first["Message-ID"].strip("<>").split("@")[0]
    same("no thread yet", (None, None), (first["In-Reply-To"], first["References"]))
    same("how to get no more", "<mailto:finance@acme.example?subject=unsubscribe%%20%s>" % key, first["List-Unsubscribe"])
    same("without a page", None, first["List-Unsubscribe-Post"])
    ledger(h, 2)
    h.run("run", "p.dun", "--store", h.store)
    second = [m for to, m in SINK.mails if to == "ana@padariasol.example"][-1]
    same("the second is of the first's thread", (first["Message-ID"], first["Message-ID"]), (second["In-Reply-To"], second["References"]))
    BOX.put(corpus("unsubscribe-mailto", second["Message-ID"].strip("<>"), "mailer@padariasol.example"))
    sync(h)
    same("a mail program's wish", "email", opted_out(h, "C1"))
    h.end()
    h = begun(dun, more=' with unsubscribe "off"')
    same("not where the line says so", None, SINK.mails[0][1]["List-Unsubscribe"])
    h.end()
    h = begun(dun, replies=False)
    same("nor without a mailbox", None, SINK.mails[0][1]["List-Unsubscribe"])
    same("a policy without either cannot sync", 3, h.run("sync", "p.dun", "--store", h.store).returncode)
    h.end()


def wrong(dun):
    h = begun(dun, out=False)
    said = h.run("doctor", "p.dun", "--store", h.store).stdout
    same("the doctor finds it well", True, "the mailbox answers, lets us in, and has the folder" in said)
    h.environment["IMAP_PASSWORD"] = "wrong-word"
    said = sync(h, 4)
    same("a wrong password is said", True, "refused user or password" in said and "wrong-word" not in said)
    h.environment["IMAP_PASSWORD"] = "s3cret-word"
    h.environment["SSL_CERT_FILE"] = os.path.join(BOX.folder, "wrong.pem")
    same("a certificate of another", True, "certificate is not valid" in sync(h, 4))
    h.environment["SSL_CERT_FILE"] = os.path.join(BOX.folder, "ca.pem")
    for box, words in (("imaps://127.0.0.1:%d/Nowhere" % BOX.tls_port, "has no such folder"),
                       ("imaps://127.0.0.1:1/INBOX", "cannot be reached"),
                       ("imaps://127.0.0.1:%d/INBOX" % PORT, "encryption")):
        with open(h.at("p.dun"), "w") as f:
            f.write('policy "S"\n  currency BRL\n' + lines(box=box) + RULES)
        same("said: " + words, True, words in sync(h, 4))
    for box in ("http://x/INBOX", "imap://mail.example.com/INBOX?tls=none", "imaps://u:p@127.0.0.1/INBOX"):
        with open(h.at("p.dun"), "w") as f:
            f.write('policy "S"\n  currency BRL\n' + lines(box=box) + RULES)
        same("no such line " + box, 3, h.run("sync", "p.dun", "--store", h.store).returncode)
    with open(h.at("p.dun"), "w") as f:
        f.write('policy "S"\n  currency BRL\n' + lines(box="imap://127.0.0.1:%d" % BOX.port) + RULES)
    sync(h)
    same("it began today", 0, h.happenings("reply"))
    h.end()


def everything(dun):
    """All of the corpus at once, twice: whatever comes, it ends, and it counts once."""
    h = begun(dun)
    sync(h)
    about = sent_to("ana@padariasol.example")
    for name in sorted(os.listdir(CORPUS)):
        if name.endswith(".eml"):
            BOX.put(corpus(name[:-4], about))
    BOX.put(b"From: ana@padariasol.example\nMessage-ID: <large@x>\n\n" + b"x" * 5000000)
    sync(h)
    counts = h.ask("SELECT kind, count(*) FROM happening GROUP BY kind ORDER BY kind"), h.one("SELECT count(*) FROM card")
    BOX.renumber()
    sync(h)
    same("each once", counts, (h.ask("SELECT kind, count(*) FROM happening GROUP BY kind ORDER BY kind"), h.one("SELECT count(*) FROM card")))
    same("the audit log is whole", 0, h.run("audit", "verify", "--store", h.store).returncode)
    h.end()


def served(dun):
    """dun serve reads by itself, and its page takes who wants no more."""
    h = begun(dun, out=False)
    h.arguments = ["--public-url", house.PUBLIC]
    h.serve()
    until("three messages are out", lambda: len(SINK.mails), 3)
    until("and stored", lambda: h.one("SELECT count(*) FROM action WHERE state = 'accepted'"), 3)
    first = [m for to, m in SINK.mails if to == "ana@padariasol.example"][0]
    same("one click", "List-Unsubscribe=One-Click", first["List-Unsubscribe-Post"])
    link = first["List-Unsubscribe"].split(",")[0].strip("<> ")
    same("over https", True, link.startswith(house.PUBLIC + "/unsubscribe/"))
    same("it names nobody", False, "padaria" in link or "C1" in link)
    path = link[len(house.PUBLIC):]
    status, page = h.send(path, method="GET")
    same("asking shows a page", (200, True), (status, b"<button>" in page))
    same("and does nothing", "", opted_out(h, "C1"))
    for bad in (path[:-1] + ("0" if path[-1] != "0" else "1"), path[:-1], path + "0", "/unsubscribe/", "/unsubscribe/x/y"):
        same("no such link", 404, h.send(bad, b"List-Unsubscribe=One-Click")[0])
    same("a body of something else", 400, h.send(path, b"x=1")[0])
    same("deleting", 405, h.send(path, b"", method="DELETE")[0])
    same("still nothing", "", opted_out(h, "C1"))
    same("posting is the wish", 200, h.send(path, b"List-Unsubscribe=One-Click")[0])
    same("at once", "email", opted_out(h, "C1"))
    same("again is fine", 200, h.send(path, b"List-Unsubscribe=One-Click")[0])
    BOX.put(corpus("reply-outlook", sent_to("azul@casa.example"), "azul@casa.example"))
    until("a reply is read by itself", lambda: state(h, "azul@casa.example"), "replied")
    BOX.stop()
    until("a mailbox that is away is said", lambda: "mailbox of replies" in h.log() and "tried again" in h.log(), True)
    same("it ends when asked", 0, h.stop())
    h.end()


def main():
    dun, parts = sys.argv[1], sys.argv[2:]
    for part in (replies, bounces, unknown, heads, wrong, everything, served):
        if not parts or part.__name__ in parts:
            part(dun)
    BOX.stop()
    print("%d passed, %d failed" % (house.passed, house.failed))
    raise SystemExit(1 if house.failed else 0)


main()
