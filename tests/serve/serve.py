"""The door of `dun serve`: genuine webhooks and others, in every order, and what dies between. serve.py DUN [PART...]"""
import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import house
import rate
from house import LINES, OMIE, PUBLIC, SERVICES, House, Services, same, until

ONE = "+5511987654321"  # C1
TWO = "+5511911112222"


def sent_to(number):
    return [sid for sid, form in Services.sent if form["To"] == number]


def state_of(h, sid):
    return h.one("SELECT a.state FROM action a JOIN attempt t ON t.action = a.id WHERE t.provider_id = ?", sid)


def served(dun):
    """A house whose three first messages are out."""
    before = len(Services.sent)
    h = House(dun)
    h.serve()
    until("three messages are out", lambda: len(Services.sent) - before, 3)
    until("and stored", lambda: h.one("SELECT count(*) FROM action WHERE state = 'accepted' AND channel = 'sms'"), 3)
    return h


def health(dun):
    h = House(dun).serve()
    same("health", (200, b"ok\n"), h.send("/health", method="GET"))
    same("health for a question", 200, h.send("/health?x=1", method="GET")[0])
    same("health is not written to", 405, h.send("/health", b"x")[0])
    same("nothing else is there", 404, h.send("/nowhere", method="GET")[0])
    for path in ("/hooks", "/hooks/", "/hooks/sms", "/hooks/sms/", "/hooks/sms/nobody", "/hooks/email/smtp", "/hooks/erp/omie/x",
                 "/hooks//twilio", "/../hooks/sms/twilio", "/hooks/sms/twilio%2f"):
        same("no such hook " + path, 404, h.send(path, b"x")[0])
    same("put", 405, h.send("/hooks/sms/twilio", b"x", method="PUT")[0])
    other = h.run("serve", "p.dun", "--store", h.store, "--listen", "127.0.0.1:%d" % h.port, "--public-url", PUBLIC)
    same("a port that is taken", 4, other.returncode)
    same("is said", True, "taken by another program" in other.stdout and "--listen" in other.stdout)
    bare = h.run("serve", "p.dun", "--store", h.store)
    same("no public address", 2, bare.returncode)
    same("is said too", True, "--public-url https://HOST" in bare.stdout)
    for wrong in ("https://x.example/path", "ftp://x.example", "http://x.example", "https://"):
        same("no address " + wrong, 2, h.run("serve", "p.dun", "--store", h.store, "--public-url", wrong).returncode)
    for wrong in ("8180", "x:1", "127.0.0.1:99999", "127.0.0.1:", "[::1:8180"):
        out = h.run("serve", "p.dun", "--store", h.store, "--public-url", PUBLIC, "--listen", wrong)
        same("no place " + wrong, True, out.returncode == 4 and "ADDRESS:PORT" in out.stdout)
    same("it ends when asked", 0, h.stop())
    same("in order", True, "Ended as asked" in h.log())
    h.end()


def statuses(dun):
    h = served(dun)
    first, second = sent_to(ONE)[-1], sent_to(TWO)[-1]
    same("a wrong signature", 401, h.twilio({"AccountSid": house.ACCOUNT, "MessageSid": first, "MessageStatus": "delivered"},
                                            token="another")[0])
    same("says nothing", b"", h.twilio({"AccountSid": house.ACCOUNT, "MessageSid": first, "MessageStatus": "delivered"},
                                       token="another")[1])
    same("and does nothing", "accepted", state_of(h, first))
    same("delivered", 200, h.status(first, "delivered"))
    same("is stored when it is answered", "delivered", state_of(h, first))
    same("read", 200, h.status(first, "read"))
    same("a late one takes nothing back", 200, h.status(first, "sent"))
    same("still read", "read", state_of(h, first))
    for _ in range(3):
        same("doubled", 200, h.status(first, "read"))
    same("one happening", 1, h.happenings("message read"))
    same("undelivered", 200, h.status(second, "undelivered", ErrorCode="30005"))
    same("failed", 200, h.status(second, "failed", ErrorCode="30005"))
    same("is rejected", "rejected", state_of(h, second))
    same("told once", 1, h.happenings("message failed"))
    same("of nobody", 200, h.status("SM" + "f" * 32, "delivered"))
    until("the rule on it ran", lambda: h.one("SELECT count(*) FROM action WHERE action LIKE 'log \"failed%'"), 1)
    until("and the one on reading", lambda: h.one("SELECT count(*) FROM action WHERE action LIKE 'log \"read%'"), 1)
    value = {"metadata": {"phone_number_id": "4477"},
             "statuses": [{"id": "wamid.1", "status": "read", "timestamp": "1", "recipient_id": ONE[1:]}]}
    same("whatsapp", 200, h.cloud(value))
    same("whatsapp, not genuine", 401, h.cloud(value, secret="x"))
    same("the challenge", (200, b"4711"),
         h.send("/hooks/whatsapp/cloud?hub.mode=subscribe&hub.verify_token=v&hub.challenge=4711", method="GET"))
    same("another's challenge", 401,
         h.send("/hooks/whatsapp/cloud?hub.mode=subscribe&hub.verify_token=w&hub.challenge=4711", method="GET")[0])
    same("the log is whole", 0, h.run("audit", "verify", "--store", h.store).returncode)
    same("no number in the log", 0, h.one("SELECT count(*) FROM event WHERE detail || subject LIKE '%9876%'"))
    same("nor on standard error", False, "98765" in h.log() or house.TOKEN in h.log())
    same("it ends when asked", 0, h.stop())
    h.end()


def people(dun):
    h = served(dun)
    same("a reply", 200, h.text("SMa1", ONE, "I have paid\nyesterday", OriginalRepliedMessageSid=sent_to(ONE)[-1]))
    same("is a happening of the invoice", [("A-1", "I have paid yesterday")],
         h.ask("SELECT entity, value FROM happening WHERE kind = 'reply'"))
    same("its message is answered", "replied", state_of(h, sent_to(ONE)[-1]))
    same("replayed", 200, h.text("SMa1", ONE, "I have paid\nyesterday", OriginalRepliedMessageSid=sent_to(ONE)[-1]))
    same("once", 1, h.happenings("reply"))
    same("the same words again", 200, h.text("SMa2", ONE, "I have paid\nyesterday"))
    same("are another reply, found by the number", 2, h.happenings("reply"))
    until("the rule opens a card", lambda: h.one("SELECT count(*) FROM card WHERE board = 'Negotiation'") > 0)
    same("somebody unknown", 200, h.text("SMa3", "+5521900000000", "who are you?"))
    same("is a card for people", 1, h.one("SELECT count(*) FROM card WHERE board = 'Collections' AND title LIKE '%who are you?%'"))
    same("no opt-out yet", None, h.one("SELECT opted_out FROM customer WHERE id = 'C2'"))
    same("no more", 200, h.text("SMa4", TWO, "PARAR"))
    same("is so at once", "sms", h.one("SELECT opted_out FROM customer WHERE id = 'C2'"))
    same("of that one alone", None, h.one("SELECT opted_out FROM customer WHERE id = 'C1'"))
    same("and among the happenings", 1, h.happenings("opt out"))
    same("and in the log", 1, h.one("SELECT count(*) FROM event WHERE kind = 'opt out'"))
    h.run("import", h.at("data"), "--store", h.store)
    same("an import takes it not back", 1, h.one("SELECT no_more FROM wish WHERE customer = 'C2'"))
    same("again", 200, h.text("SMa5", TWO, "START"))
    same("they are wanted again", (None, "sms"), h.ask("SELECT opted_out, opted_in FROM customer WHERE id = 'C2'")[0])
    value = {"metadata": {"phone_number_id": "4477"},
             "messages": [{"id": "wamid.9", "from": "5511933334444", "type": "text", "timestamp": str(int(time.time())),
                           "text": {"body": "SAIR"}}]}
    same("on whatsapp", 200, h.cloud(value))
    same("there", "whatsapp", h.one("SELECT opted_out FROM customer WHERE id = 'C3'"))
    same("no number in the log", 0, h.one("SELECT count(*) FROM event WHERE detail || subject LIKE '%1111%'"))
    wish = {"metadata": {"phone_number_id": "4477"},
            "user_preferences": [{"wa_id": "5511987654321", "category": "marketing_messages", "value": "stop", "timestamp": 1772460300}]}
    same("in WhatsApp's own settings", 200, h.cloud(wish))
    same("counts like the word", "whatsapp", h.one("SELECT opted_out FROM customer WHERE id = 'C1'"))
    wish["user_preferences"][0].update(value="resume", timestamp=1772460400)
    same("and back", 200, h.cloud(wish))
    same("as well", None, h.one("SELECT opted_out FROM customer WHERE id = 'C1'"))
    # Who was unknown has become a customer, and is to be forgotten.
    same("another unknown", 200, h.text("SMa6", "+5531988887777", "other words"))
    with open(h.at("data/customers.csv"), "a") as f:
        f.write('C9,Nova Flor,"(21) 90000-0000",,BR\n')
    h.run("import", h.at("data"), "--store", h.store)
    same("erased", 0, h.run("erase", "customer", "C9", "--store", h.store).returncode)
    same("with the card from before", ["", "Reply by sms, +5531988887777: other words"],
         [r[0] for r in h.ask("SELECT title FROM card WHERE board = 'Collections' AND customer = '' ORDER BY id")])
    h.end()


def stopped(dun):
    """An opt-out before the next message."""
    h = House(dun)
    h.run("pause", "--store", h.store, "--by", "ana", "--reason", "test")
    h.run("run", "p.dun", "--store", h.store)
    same("three wait", 3, h.one("SELECT count(*) FROM action WHERE state = 'ready'"))
    h.serve()
    before = len(Services.sent)
    same("no more", 200, h.text("SMb1", ONE, "stop"))
    h.run("resume", "--store", h.store, "--by", "ana")
    until("the others get theirs", lambda: len(Services.sent) - before, 2)
    same("who opted out gets none", 0, len([1 for _, form in Services.sent[before:] if form["To"] == ONE]))
    h.end()


def unknown(dun):
    """The answer to a message never came: the callback with its key says what became of it."""
    Services.silent = True
    try:
        h = House(dun)
        h.run("run", "p.dun", "--store", h.store)
        h.run("run", "p.dun", "--store", h.store)
    finally:
        Services.silent = False
    h.serve()
    until("outcomes are unknown", lambda: h.one("SELECT count(*) FROM action WHERE state = 'unknown'") > 0)
    key = h.one("SELECT t.idempotency_key FROM attempt t JOIN action a ON a.id = t.action WHERE a.state = 'unknown'")
    calls = len(Services.sent)
    same("the callback", 200, h.status("SM" + "e" * 32, "delivered", key=key))
    same("resolves it", "delivered", h.one("SELECT a.state FROM action a JOIN attempt t ON t.action = a.id WHERE "
                                           "t.idempotency_key = ?", key))
    same("and nothing was sent again", calls, len(Services.sent))
    h.end()


def abuse(dun):
    h = House(dun).serve()
    big = b"x" * (1 << 20)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    same("as long as may be", 401, h.send("/hooks/sms/twilio", big, form)[0])
    same("one more", 413, h.send("/hooks/sms/twilio", big + b"x", form)[0])
    head = b"POST /hooks/sms/twilio HTTP/1.1\r\nHost: x\r\n"
    same("announced alone", b"413", h.raw(head + b"Content-Length: 99999999999\r\n\r\n")[9:12])
    chunk = b"%x\r\n" % len(big) + big + b"\r\n"
    got = h.raw(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 4 + b"0\r\n\r\n")
    same("in chunks without end", True, got[9:12] in (b"413", b""))
    same("garbage", True, h.raw(b"\x00\xff\xfe garbage\r\n\r\n")[9:12] in (b"400", b""))
    same("garbage in a body", 401, h.send("/hooks/whatsapp/cloud", b"{\x00\xff", {})[0])
    same("a signed one that is none", 400, h.twilio({"AccountSid": house.ACCOUNT})[0])
    same("a header without end", True, h.raw(b"GET /health HTTP/1.1\r\nX: " + b"a" * 100000 + b"\r\n\r\n")[9:12] in
         (b"431", b"413", b"400", b""))
    same("two lengths", True, h.raw(head + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!")[9:12] in
         (b"400", b"401", b""))
    # Who sends a byte now and then, and who sends half of it: both end, and others are served meanwhile.
    slow = [socket.create_connection(("127.0.0.1", h.port)) for _ in range(60)]
    began, dead, at = time.time(), set(), 0
    for s in slow[:30]:
        s.sendall(head + b"Content-Length: 100\r\n\r\nhalf")
    served_meanwhile = 0
    while len(dead) < len(slow) and time.time() - began < 40:
        for i, s in enumerate(slow):
            if i in dead:
                continue
            try:
                s.settimeout(0.01)
                if i >= 30:
                    s.sendall((head + b"X-Slow: " + b"a" * 1000)[at:at + 1])
                if s.recv(100) == b"":
                    dead.add(i)
            except (TimeoutError, socket.timeout):
                pass
            except OSError:
                dead.add(i)
        at += 1
        served_meanwhile += h.send("/health", method="GET")[0] == 200
        time.sleep(0.3)
    same("slow ones end", len(slow), len(dead))
    same("within their time", True, time.time() - began < 30)
    same("others were served", True, served_meanwhile > 5)
    for s in slow:
        s.close()
    # Many at once.
    got = []
    threads = [threading.Thread(target=lambda: got.append(h.send("/hooks/sms/twilio", b"x=1", form)[0])) for _ in range(100)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    same("many at once", [401] * 100, got)
    same("few lines of them", True, h.log().count("was refused") < 10)
    same("it ends when asked", 0, h.stop())
    h.end()


def killed(dun):
    """SIGKILL right after 200: what was answered is in the store."""
    h = served(dun)
    sid = sent_to("+5511933334444")[-1]
    for i in range(5):
        same("taken", 200, h.text("SMk%d" % i, TWO, "words %d" % i))
        h.stop(signal.SIGKILL)
        same("there after the kill", 1, h.one("SELECT count(*) FROM happening WHERE value = ?", "words %d" % i))
        h.serve()
        same("and not twice", 200, h.text("SMk%d" % i, TWO, "words %d" % i))
        same("still one", 1, h.one("SELECT count(*) FROM happening WHERE value = ?", "words %d" % i))
    same("a status", 200, h.status(sid, "delivered"))
    h.stop(signal.SIGKILL)
    same("is there too", "delivered", state_of(h, sid))
    same("the log is whole", 0, h.run("audit", "verify", "--store", h.store).returncode)
    h.end()


def locked(dun):
    """Somebody else writes: the provider waits, or is asked to come again; nothing is lost."""
    import sqlite3
    h = House(dun).serve()
    d = sqlite3.connect(h.store, isolation_level=None, timeout=30)
    d.execute("BEGIN IMMEDIATE")
    got = []
    t = threading.Thread(target=lambda: got.append(h.text("SMl1", TWO, "while locked")))
    t.start()
    time.sleep(2)
    d.execute("ROLLBACK")
    t.join()
    same("it waited", [200], got)
    same("and is there", 1, h.one("SELECT count(*) FROM happening WHERE value = 'while locked'"))
    d.execute("BEGIN IMMEDIATE")
    same("come again", 503, h.text("SMl2", TWO, "much longer"))
    d.execute("ROLLBACK")
    d.close()
    same("then it is taken", 200, h.text("SMl2", TWO, "much longer"))
    same("once", 1, h.one("SELECT count(*) FROM happening WHERE value = 'much longer'"))
    h.end()


def omie(dun):
    """The ERP is read by itself; a hint that something is paid holds it back until it was read, and marks nothing."""
    Services.paid = Services.omie_down = False
    Services.omie_calls.clear()
    h = House(dun, lines=LINES + OMIE % (SERVICES, "10 hours"), ledger=False)
    h.run("sync", "p.dun", "--store", h.store)
    h.run("pause", "--store", h.store, "--by", "ana", "--reason", "test")
    h.serve()
    until("the ledger came by itself", lambda: len([1 for call, _ in Services.omie_calls if call == "PesquisarLancamentos"]) > 1)
    number = h.one("SELECT number FROM invoice")
    same("it is open", "open", h.one("SELECT status FROM invoice"))
    same("a stranger's hint", 401, h.omie("Financas.ContaReceber.BaixaRealizada", [], "m0", token="x"))
    event = [{"codigo_baixa": 9, "valor": 100.0, "conta_a_receber": [{"codigo_lancamento_omie": 777}]}]
    Services.omie_down = True
    same("the hint", 200, h.omie("Financas.ContaReceber.BaixaRealizada", event, "m1"))
    same("waits to be read", [("777", "invoice", "omie", 1)], h.ask("SELECT source_id, of, erp, hinted FROM recheck"))
    same("marks nothing as paid", "open", h.one("SELECT status FROM invoice"))
    before = len(Services.sent)
    until("a message waits", lambda: h.one("SELECT count(*) FROM action WHERE state = 'ready'"), 1)
    h.run("resume", "--store", h.store, "--by", "ana")
    ran = h.run("run", "p.dun", "--store", h.store).stdout
    same("nothing goes", 0, len(Services.sent) - before)
    same("and it is said why", True, "the ERP says that the invoice is paid" in ran)
    until("the ERP was asked, in vain", lambda: h.one("SELECT tries > 0 FROM recheck"), 1, 300)
    same("and that is said", True, "Omie" in h.log())
    same("nothing went", 0, len(Services.sent) - before)
    Services.omie_down, Services.paid = False, True
    same("told again", 200, h.omie("Financas.ContaReceber.BaixaRealizada", event, "m1"))
    same("told anew", 200, h.omie("Financas.ContaReceber.BaixaRealizada", event, "m2"))
    # What the ERP is asked for while it is down is repeated for two minutes.
    until("it was read", lambda: h.one("SELECT count(*) FROM recheck"), 0, 300)
    same("the ERP says paid", "paid", h.one("SELECT status FROM invoice WHERE number = ?", number))
    until("the message is over", lambda: h.one("SELECT count(*) FROM action WHERE state = 'suppressed' AND channel = 'sms'"), 1)
    same("nothing was sent", 0, len(Services.sent) - before)
    same("a ping", 200, h.send("/hooks/erp/omie/" + house.OMIE_TOKEN, b'{"ping":"omie"}')[0])
    same("it ends when asked", 0, h.stop())
    # Read by itself again and again, and before a run that asks for it.
    calls = len(Services.omie_calls)
    Services.paid = False
    out = h.run("run", "p.dun", "--store", h.store, "--sync")
    same("run --sync reads it", True, len(Services.omie_calls) > calls)
    same("it is open again", "open", h.one("SELECT status FROM invoice"))
    calls = len(Services.omie_calls)
    h.run("run", "p.dun", "--store", h.store)
    same("run alone does not", calls, len(Services.omie_calls))
    Services.omie_down = True
    out = h.run("run", "p.dun", "--store", h.store, "--sync")
    same("and decides nothing on what it could not read", True, out.returncode == 4 and "nothing was decided" in out.stdout)
    Services.omie_down = False
    h.end()


def doctor(dun):
    h = House(dun, lines=LINES + OMIE % (SERVICES, "5 minutes"))
    h.serve()
    out = h.run("doctor", "p.dun", "--store", h.store, "--public-url", "http://127.0.0.1:%d" % h.port)
    same("a healthy house", (0, False), (out.returncode, "WRONG" in out.stdout))
    for words in ("sms twilio: the account lets us in", "erp omie: receivables can be read", "whatsapp cloud: the token lets us in",
                  "webhooks can come in there", "clock and this machine's agree", "nobody else's to read"):
        same(words, True, words in out.stdout)
    h.stop()
    os.chmod(h.store, 0o666)
    h.environment.pop("OMIE_SECRET")
    out = h.run("doctor", "p.dun", "--store", h.store, "--public-url", "http://127.0.0.1:%d" % h.port)
    same("a sick one", 1, out.returncode)
    for words in ("everybody on this machine may read or write it. take that away: chmod o-rwx", "OMIE_SECRET is not set",
                  "/health is not answered there"):
        same(words, True, words in out.stdout)
    out = h.run("doctor", "p.dun", "--store", h.store, "--format", "json")
    rows = json.loads(out.stdout)
    same("for machines", True, any(r["where"] == "erp omie" and r["state"] == "wrong" for r in rows))
    out = h.run("doctor", "p.dun", "--store", h.store, "--lang", "pt")
    same("in Portuguese", True, "a conta nos deixa entrar" in out.stdout and "todos nesta máquina" in out.stdout)
    same("no secret in it", False, house.TOKEN in out.stdout)
    with open(h.at("bad.dun"), "w") as f:
        f.write('policy "S"\n  currency BRL\n  timezone "Nowhere/Here"\n' + (OMIE % (SERVICES, "soon")) +
                'connect email smtp "smtp://127.0.0.1:1" from "a@example.com"\nladder l for invoices\n  at 1d send email "x"\n')
    out = h.run("doctor", "bad.dun", "--store", h.store)
    same("a server that is not there", True, "the mail server cannot be reached" in out.stdout)
    out = h.run("serve", "bad.dun", "--store", h.store)
    same("an interval that is none", True, out.returncode == 3 and '"5 minutes"' in out.stdout)
    h.end()


def other_way(dun):
    """A message that was taken over and is refused later goes its other way: in the service's next minute, and in a run."""
    before = len(Services.sent)
    h = House(dun, rules='\nladder l for invoices\n  at 1d send sms "Invoice {number}" or else email "Invoice {number} by mail"\n')
    with open(h.at("data/customers.csv"), "w") as f:
        f.write("id,name,phone,country,email\nC1,Padaria Sol,(11) 98765-4321,BR,c1@example.com\n"
                "C2,Casa Azul,+55 11 91111-2222,BR,c2@example.com\nC3,Dois Irmãos,+55 11 93333-4444,BR,c3@example.com\n")
    h.run("import", h.at("data"), "--store", h.store)
    h.serve()
    until("three messages", lambda: len(Services.sent) - before, 3)

    def mails():
        return h.ask("SELECT entity FROM action a JOIN message m ON m.action = a.id WHERE m.channel = 'email' AND a.state = 'accepted'"
                     " ORDER BY entity")

    until("taken over", lambda: state_of(h, sent_to(ONE)[-1]), "accepted")
    same("it could not be delivered", 200, h.status(sent_to(ONE)[-1], "undelivered", ErrorCode="30003"))
    same("that is so at once", "rejected", state_of(h, sent_to(ONE)[-1]))
    until("and goes by mail in the next minute", mails, [("A-1",)])
    same("another", 200, h.status(sent_to(TWO)[-1], "failed", ErrorCode="30007"))
    h.stop(signal.SIGKILL)
    h.run("run", "p.dun", "--store", h.store)
    same("in a run, where no service lives any more", [("A-1",), ("A-2",)], mails())
    h.run("run", "p.dun", "--store", h.store)
    same("once", [("A-1",), ("A-2",)], mails())
    same("nothing more by telephone", 3, len(Services.sent) - before)
    h.end()


def hanging(dun):
    """An ERP that takes what it is asked and never answers keeps nothing else from going."""
    h = House(dun, lines=LINES + OMIE % (SERVICES, "1 minute"))
    Services.omie_hangs.set()
    before = len(Services.sent)
    h.serve()
    until("messages go out once the one call is given up", lambda: len(Services.sent) - before, 3)
    until("what is wrong is said", lambda: "Omie did not answer in time" in h.log())
    Services.omie_hangs.clear()
    until("and that it is over", lambda: h.one("SELECT count(*) FROM invoice WHERE number = '777'"), 1, 150)
    same("it ends when asked", 0, h.stop())
    h.end()


def template(name, language, status="APPROVED", body="Fatura {{1}} de {{2}}", **more):
    return dict({"name": name, "language": language, "status": status, "parameter_format": "POSITIONAL",
                 "components": [{"type": "BODY", "text": body}] + more.pop("parts", [])}, **more)


HEADER = {"type": "HEADER", "format": "TEXT", "text": "Fatura {{1}}"}
BUTTONS = {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Ok"},
                                          {"type": "URL", "text": "Pagar", "url": "https://example.com/{{1}}"}]}


def lines_doctor(dun):
    """Lines of which nothing may be posted to find out: teams, webhooks; approved templates; what is wrong is said at once."""
    h = House(dun, lines="", rules="", ledger=False)
    os.mkdir(h.at("templates"))
    local = "http://127.0.0.1:%d" % SERVICES
    text = "connect whatsapp cloud with phone \"4477\" and token from env \"CLOUD_TOKEN\" and url \"%s\"%s\n"
    posts = []

    def policy(lines, rungs="  at 1d log \"x\"\n"):
        with open(h.at("p.dun"), "w") as f:
            f.write('policy "S"\n  currency BRL\n' + lines + "ladder l for invoices\n" + rungs)

    def examine(*more, **environment):
        before = len(Services.sent)
        h.environment.update(environment)
        out = h.run("doctor", "p.dun", "--store", h.store, *more)
        posts.append(len(Services.sent) - before)
        return out.stdout

    def says(what, out, *words):
        for w in words:
            same(what + ": " + w, True, w in out or out)

    # What is said at once, and what is not asked for.
    policy('connect webhook crm "https://127.0.0.1/x" with secret from env "CRM"\n'
           'connect webhook near "https://near.example/x" with secret from env "CRM"\n'
           'connect webhook own "%s/x" with secret from env "CRM" and network "private"\n'
           'connect webhook bare from env "BARE" with secret from env "BARE_SECRET"\n'
           'team a is teams webhook from env "A_URL"\nteam b is teams webhook from env "B_URL"\n'
           'team c is slack webhook from env "C_URL"\nteam d is slack webhook from env "D_URL"\n'
           'team e is teams webhook from env "E_URL"\n' % local)
    out = examine(CRM="whsec_" + base64.b64encode(b"k" * 24).decode(), A_URL="https://x.webhook.office.com/webhookb2/1",
                  B_URL="https://hooks.slack.com/services/T/B/X", C_URL=local + "/services/secret-part", D_URL="hooks.slack.com/x")
    says("lines", out, "webhook crm: its address is one of this machine", "webhook near: its host's name leads to no address",
         "fine   webhook own: its host answers; nothing was posted", "webhook bare: the environment variable BARE is not set",
         "webhook bare: the environment variable BARE_SECRET is not set", "team a, teams: the address is an Office 365 connector's",
         "team b, teams: the address is one of Slack", "fine   team c, slack: its host answers",
         "team d, slack: the address is written https://HOST/PATH", "team e, teams: the environment variable E_URL is not set")
    same("the address's own part is asked nowhere", False, any("secret-part" in p for p in Services.asked) or "secret-part" in out)
    out = examine("--lang", "es")
    says("in Spanish", out, "la dirección es de un conector de Office 365", "su servidor responde; no se envió nada")
    policy('connect erp omie with key from env "CRM" and secret from env "CRM" and paiment "pix" and zzz "1" and url "http://127.0.0.1:1"\n')
    out = examine()
    says("settings that nothing reads", out, "erp omie: nothing reads its `paiment`. write `payment`", "erp omie: nothing reads its `zzz`. docs/",
         "erp omie: nothing listens at its address")
    policy('connect webhook crm "https://example.com/x" with secret from env "BAD"\n')
    says("a secret that is none", examine(BAD="plain"), "webhook crm: `secret` is written whsec_ and then base64")
    # Templates.
    for name, first in (("good", "good pt_BR"), ("other", "other es"), ("none", "none pt_BR"), ("waits", "waits pt_BR"),
                        ("count", "count pt_BR"), ("named", "named pt_BR"), ("media", "media pt_BR"), ("full", "full pt_BR"),
                        ("less", "less pt_BR")):
        more = "Header: {number}\nButton 2: {number}\n" if name == "full" else ""
        with open(h.at("templates/%s.whatsapp.txt" % name), "w") as f:
            f.write("Template: %s\n1: {number}\n2: {open}\n%s\nFatura {number} de {open}\n" % (first, more))
    names = ("good", "other", "none", "waits", "count", "named", "media", "full", "less")
    rungs = "".join('  at %dd send whatsapp template "%s"\n' % (i + 1, n) for i, n in enumerate(names))
    Services.templates = [template("good_one", "pt_BR"), template("good", "en"), template("good", "pt_BR"), template("other", "pt_BR"),
                          template("waits", "pt_BR", "PENDING"), template("count", "pt_BR", body="{{1}} {{2}} {{3}}"),
                          template("named", "pt_BR", body="{{who}}", parameter_format="NAMED"),
                          template("media", "pt_BR", parts=[{"type": "HEADER", "format": "IMAGE"}]),
                          template("full", "pt_BR", parts=[HEADER, BUTTONS]), template("less", "pt_BR", parts=[HEADER, BUTTONS])]
    policy(text % (local, ' and account "2211"'), rungs)
    out = examine("--templates", "templates")
    says("templates", out, 'fine   whatsapp cloud: the template "good pt_BR" is approved', 'no template "other es", but one in "pt_BR"',
         'there is no template "none pt_BR"', 'the template "waits pt_BR" waits for Meta', 'takes 3 values, its file fills 2',
         'the values of the template "named pt_BR" have names', '"media pt_BR" begins with a picture',
         'fine   whatsapp cloud: the template "full pt_BR"', 'the header of the template "less pt_BR" takes a value',
         'button 2 of the template "less pt_BR" takes a value')
    says("without the account", (policy(text % (local, ""), rungs), examine("--templates", "templates"))[1], "the line has no `account`")
    out = examine("--templates", "templates", CLOUD_TOKEN="old")
    says("an expired token", out, "WRONG  whatsapp cloud: WhatsApp 190: the access token has expired or was taken back")
    with open(h.at("templates/good.whatsapp.txt"), "w") as f:
        f.write("Template: HX%s\n1: {number}\n\nFatura {number}\n" % ("1" * 32))
    policy('connect whatsapp twilio from "+14155550100" with account "%s" and token from env "TWILIO_TOKEN" and url "%s"\n' % (house.ACCOUNT, local),
           '  at 1d send whatsapp template "good"\n')
    says("a content SID", examine("--templates", "templates"), "takes 2 values, its file fills 1")
    same("nothing was posted", 0, sum(posts))
    h.end()


BILLING = 'connect webhook billing with secret from env "BILLING_SECRET"\n'


def signed(dun):
    """What a program of the house signs: which row is to be read, who wants no more; no other's, no old one, and each once."""
    Services.omie_down = True
    h = House(dun, lines=LINES + OMIE % (SERVICES, "10 hours") + BILLING)
    h.run("pause", "--store", h.store, "--by", "ana", "--reason", "test")
    h.serve()
    paid = {"type": "invoice.paid", "data": {"id": "777"}}

    def rows():
        return h.ask("SELECT source_id, of, erp, hinted FROM recheck ORDER BY source_id, of")

    same("another secret", 401, h.signed("m0", paid, secret="whsec_" + base64.b64encode(b"x" * 24).decode()))
    same("signed too long ago", 401, h.signed("m0", paid, ago=301))
    same("or in time to come", 401, h.signed("m0", paid, ago=-310))
    for name in ("webhook_id", "webhook_timestamp", "webhook_signature"):
        same("without " + name, 401, h.signed("m0", paid, **{name: None}))
        same("with another " + name, 401, h.signed("m0", paid, **{name: "m1" if name == "webhook_id" else "1"}))
    same("of another name", 404, h.signed("m0", paid, path="/hooks/webhook/other"))
    same("nothing came of them", [], rows())
    same("a hint", 200, h.signed("m1", paid))
    same("is kept", [("777", "invoice", "omie", 1)], rows())
    same("again, in a minute", 200, h.signed("m1", paid, ago=-60))
    same("counts once", 1, len(rows()))
    same("beside a signature of before", 200, h.signed("m2", {"type": "customer.changed", "data": {"ids": ["5", "6"], "erp": "omie"}},
                                                       before="v1,AAAA v2,x "))
    same("several rows", 3, len(rows()))
    same("of an ERP that is not there", 400, h.signed("m3", {"type": "invoice.paid", "data": {"id": "1", "erp": "sap_b1"}}))
    for wrong in (b"{", {"data": {}}, {"type": "invoice.paid"}, {"type": "invoice.paid", "data": {"ids": [1, ""]}},
                  {"type": "message.stop", "data": {"channel": "pigeon", "from": TWO}}):
        same("not understood: %r" % (wrong,), 400, h.signed("m4", wrong))
    same("of another kind", 200, h.signed("m5", {"type": "other.thing", "data": {}}))
    same("no more", 200, h.signed("m6", {"type": "message.stop", "data": {"channel": "sms", "from": TWO}}))
    same("is so at once", "sms", h.one("SELECT opted_out FROM customer WHERE id = 'C2'"))
    same("a reply", 200, h.signed("m7", {"type": "message.reply", "data": {"channel": "whatsapp", "from": ONE, "text": "I have paid"}}))
    same("is one of the invoice", [("A-1", "I have paid")], h.ask("SELECT entity, value FROM happening WHERE kind = 'reply'"))
    same("the log is whole", 0, h.run("audit", "verify", "--store", h.store).returncode)
    Services.omie_down = False
    h.end()


def load(dun):
    rate.short(dun)


PARTS = [health, statuses, people, stopped, unknown, abuse, killed, locked, omie, other_way, hanging, doctor, lines_doctor, signed, load]


def side_by_side(dun):
    """Each part a process of its own, at once: they mostly wait for the service's next minute."""
    began = [subprocess.Popen([sys.executable, __file__, dun, part.__name__], stdout=subprocess.PIPE, text=True)
             for part in PARTS]
    passed = failed = 0
    for part, process in zip(PARTS, began):
        said = process.communicate()[0].strip().split("\n")
        counted = re.fullmatch(r"(\d+) passed, (\d+) failed", said[-1])
        print("\n".join([part.__name__ + ":"] + said))
        passed += int(counted.group(1)) if counted else 0
        failed += int(counted.group(2)) if counted else 1
    return passed, failed


def main():
    names = sys.argv[2:]
    passed, failed = (0, 0) if names else side_by_side(sys.argv[1])
    for part in PARTS:
        if part.__name__ in names:
            part(sys.argv[1])
    passed, failed = passed + house.passed, failed + house.failed
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
