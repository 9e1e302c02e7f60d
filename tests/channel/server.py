"""SMTP servers on loopback, one a behaviour, for test_smtp. Prints `name port` a line, then `ready`; ends when its input does.

usage: server.py FOLDER      (cert.pem and key.pem are in it; what is received goes into NAME-N.txt there)
"""
import asyncio
import os
import ssl
import sys
import threading

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mail  # noqa: E402

FOLDER = sys.argv[1]
CONNECTIONS = {}


def tls():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(FOLDER, "cert.pem"), os.path.join(FOLDER, "key.pem"))
    return context


class Handler:
    """Answers as its behaviour says; keeps what it accepts."""

    def __init__(self, name):
        self.name = name
        self.count = 0

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.name == "bad-sender":
            return "550 5.7.1 sender <%s> refused" % address
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.name == "bad-recipient":
            return "550 5.1.1 <%s> is unknown here" % address
        if self.name == "busy-recipient":
            return "451 4.2.2 <%s> try later" % address
        if self.name == "some-recipients" and address.startswith("gone@"):
            return "550 5.1.1 unknown"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        with open(os.path.join(FOLDER, "%s-%d.txt" % (self.name, self.count)), "w", encoding="utf-8") as f:
            f.write("envelope-from=%s\nenvelope-to=%s\n" % (envelope.mail_from, ",".join(envelope.rcpt_tos)))
            f.write("tls=%s\nlogin=%s\n" % ("yes" if session.ssl else "no", session.auth_data or ""))
            f.write("connection=%d\n" % CONNECTIONS.setdefault(session.peer, len(CONNECTIONS) + 1))
            f.write(mail.summary(envelope.content))
        if self.name == "bad-message":
            return "554 5.6.0 refused after the message"
        if self.name == "busy-message":
            return "452 4.3.1 no room now"
        if self.name == "drop":
            server.transport.abort()
            return "250 never seen"
        if self.name == "slow":
            await asyncio.sleep(60)
        return "250 2.0.0 OK"


def login(server, session, envelope, mechanism, data):
    good = data.login == b"finance" and data.password == b"s3cret-word"
    return AuthResult(success=good, handled=False, auth_data="finance" if good else None)


class ClosesAtData(SMTP):
    """Breaks the connection when it is asked to take a message, before any of it was sent."""

    async def smtp_DATA(self, arg):
        self.transport.abort()


class Full(SMTP):
    """Will not talk to anybody."""

    async def smtp_EHLO(self, arg):
        await self.push("554 5.3.2 no service")

    async def smtp_HELO(self, arg):
        await self.push("554 5.3.2 no service")


async def silent(reader, writer):
    await reader.read()
    writer.close()


async def main():
    loop = asyncio.get_running_loop()
    context = tls()
    plain = ["plain", "bad-sender", "bad-recipient", "busy-recipient", "some-recipients", "bad-message", "busy-message",
             "drop", "slow"]

    async def listen(name, factory, **more):
        server = await loop.create_server(factory, "127.0.0.1", 0, **more)
        print(name, server.sockets[0].getsockname()[1], flush=True)

    for name in plain:
        handler = Handler(name)
        await listen(name, lambda h=handler: SMTP(h, hostname="mail.test"))
    starttls, smtps = Handler("starttls"), Handler("smtps")
    await listen("starttls", lambda: SMTP(starttls, hostname="mail.test", tls_context=context, require_starttls=True,
                                          authenticator=login, auth_required=True))
    await listen("smtps", lambda: SMTP(smtps, hostname="mail.test", authenticator=login, auth_require_tls=False),
                 ssl=context)
    await listen("closes", lambda: ClosesAtData(Handler("closes"), hostname="mail.test"))
    await listen("full", lambda: Full(Handler("full"), hostname="mail.test"))
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    print("silent", server.sockets[0].getsockname()[1], flush=True)
    print("ready", flush=True)
    await asyncio.Event().wait()


def end_with_input():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_input, daemon=True).start()
asyncio.run(main())
