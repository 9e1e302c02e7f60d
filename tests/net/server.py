"""HTTP servers on loopback for test_http and test_api: the path says how a request is answered. Prints `name port` a line,
then `ready`; ends when its input does.

usage: server.py FOLDER      (cert.pem, key.pem, other.pem are in it)

/echo            what came, as JSON, with the number of the connection
/slow/MS         the same, MS milliseconds later
/status/N        status N; a query is answered as headers: ?retry-after=3
/reset           the connection is reset when the request has come
/half            less than the length says
/long/N          N bytes
/chunked         in three chunks
/redirect        to /count/redirected
/count/KEY       how many have come so far, this one too
/seen/KEY        how many have come so far
/once/KEY        counts; from the second one of a connection on it is reset in place of an answer
/meet/N          answers when N are there at the same time
"""
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

FOLDER = sys.argv[1]
LOCK = threading.Condition()
COUNT = {}
MET = {"now": 0, "most": 0}
CONNECTIONS = [0]


def counted(key, more=1):
    with LOCK:
        COUNT[key] = COUNT.get(key, 0) + more
        return COUNT[key]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        with LOCK:
            CONNECTIONS[0] += 1
            self.number = CONNECTIONS[0]
        self.requests = 0
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, *args):
        pass

    def say(self, status, body=b"", headers=(), length=None):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def reset(self):
        self.close_connection = True
        self.wfile.flush()
        plain = self.connection
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        plain.close()

    def answer(self):
        self.requests += 1
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        what, _, rest = url.path[1:].partition("/")
        handler = getattr(self, "do_" + what.replace("-", "_"), None)
        if handler is None:
            self.say(404, b"no such path")
            return
        handler(rest, url.query, body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer

    def do_echo(self, rest, query, body):
        said = {"method": self.command, "path": self.path, "headers": [[k.lower(), v] for k, v in self.headers.items()],
                "body": body.decode("utf-8", "replace"), "bytes": len(body), "connection": self.number}
        self.say(200, json.dumps(said).encode(), [("Content-Type", "application/json"), ("X-One", "1"), ("x-TWO", " two ")])

    def do_slow(self, rest, query, body):
        time.sleep(int(rest) / 1000)
        self.do_echo(rest, query, body)

    def do_status(self, rest, query, body):
        self.say(int(rest), b"{}" if int(rest) != 204 else b"", parse_qsl(query))

    def do_reset(self, rest, query, body):
        self.reset()

    def do_half(self, rest, query, body):
        self.say(200, b"x" * 10, length=100)
        self.wfile.flush()
        self.close_connection = True

    def do_long(self, rest, query, body):
        self.say(200, b"x" * int(rest))

    def do_chunked(self, rest, query, body):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in (b"one ", b"two ", b"three"):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.flush()
            time.sleep(0.01)
        self.wfile.write(b"0\r\n\r\n")

    def do_redirect(self, rest, query, body):
        self.say(302, b"", [("Location", "/count/redirected")])

    def do_count(self, rest, query, body):
        self.say(200, str(counted(rest)).encode())

    def do_seen(self, rest, query, body):
        self.say(200, str(counted(rest, 0)).encode())

    def do_once(self, rest, query, body):
        n = counted(rest)
        if self.requests > 1:
            self.reset()
        else:
            self.say(200, str(n).encode())

    def do_meet(self, rest, query, body):
        with LOCK:
            MET["now"] += 1
            MET["most"] = max(MET["most"], MET["now"])
            LOCK.notify_all()
            LOCK.wait_for(lambda: MET["most"] >= int(rest), timeout=5)
            MET["now"] -= 1
        self.say(200, str(MET["most"]).encode())


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, cert=None, version=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.tls = None
        if cert:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(os.path.join(FOLDER, cert), os.path.join(FOLDER, "key.pem"))
            if version:
                self.tls.set_ciphers("ALL:@SECLEVEL=0")
                self.tls.minimum_version = self.tls.maximum_version = version

    def finish_request(self, request, address):
        if self.tls:
            try:
                request = self.tls.wrap_socket(request, server_side=True)
            except (OSError, ssl.SSLError):
                return
        super().finish_request(request, address)

    def handle_error(self, request, address):
        pass


def silent():
    """Takes connections and says nothing."""
    s = socket.create_server(("127.0.0.1", 0))
    kept = []

    def take():
        while True:
            kept.append(s.accept())

    threading.Thread(target=take, daemon=True).start()
    return s.getsockname()[1]


def gone():
    """A port that nobody listens at."""
    s = socket.create_server(("127.0.0.1", 0))
    port = s.getsockname()[1]
    s.close()
    return port


def babble():
    """What is no HTTP."""
    s = socket.create_server(("127.0.0.1", 0))

    def take():
        while True:
            c, _ = s.accept()
            c.recv(65536)
            c.sendall(b"220 mail.test ESMTP\r\n")
            c.close()

    threading.Thread(target=take, daemon=True).start()
    return s.getsockname()[1]


def main():
    import warnings
    warnings.simplefilter("ignore")
    servers = {"plain": Server(), "tls": Server("cert.pem"), "other": Server("other.pem"),
               "old": Server("cert.pem", ssl.TLSVersion.TLSv1_1)}
    for name, server in servers.items():
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(name, server.server_address[1])
    for name, port in (("silent", silent()), ("gone", gone()), ("babble", babble())):
        print(name, port)
    print("ready", flush=True)
    sys.stdin.read()


main()
