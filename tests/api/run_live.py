#!/usr/bin/env python3
"""The page's server over HTTP: the stream of changes, whoever made them; what each answer says to a browser; who may call; people
who are slow; an end and a beginning under an open page; another policy while requests run. run_live.py DUN."""
import http.client
import json
import signal
import socket
import sqlite3
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from house import POLICY, House, until  # noqa: E402
from checks import check, counted  # noqa: E402

EVERYTHING = {"today", "board", "customers", "invoices", "outbox", "agreements", "policies", "connections", "reports", "people",
              "audit"}


class Stream:
    """An open page's: what it heard so far."""

    def __init__(self, client, last=None):
        self.c = socket.create_connection(("127.0.0.1", client.house.port), timeout=60)
        cookies = "; ".join(f"{k}={v}" for k, v in client.cookies.items())
        self.c.sendall((f"GET /api/live HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookies}\r\n" +
                        (f"Last-Event-ID: {last}\r\n" if last else "") + "\r\n").encode())
        self.heard, self.ids, self.ended = [], [], False
        self.came = b""
        while b"\r\n\r\n" not in self.came:
            piece = self.c.recv(65536)
            if not piece:
                break
            self.came += piece
        head, _, self.came = self.came.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines[1:])}
        if self.status == 200:
            threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        """Lines; what frames the chunks looks like none of these."""
        while not self.ended:
            *lines, self.came = self.came.split(b"\n")
            for line in lines:
                if line.startswith(b"id: "):
                    self.ids.append(line[4:].decode())
                elif line.startswith(b"data: "):
                    self.heard.append(set(json.loads(line[6:])["topics"]))
            try:
                piece = self.c.recv(65536)
            except OSError:
                piece = b""
            self.came += piece
            self.ended = not piece or self.came.endswith(b"\r\n0\r\n\r\n") or self.came == b"0\r\n\r\n"

    def begun(self):
        until(lambda: self.heard, 10)
        return self

    def hears(self, topic, patience=10):
        return bool(until(lambda: any(topic in h for h in self.heard[1:]), patience))

    def close(self):
        try:
            self.c.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.c.close()


def streams(house):
    check("nobody is told who has not logged in", Stream(house.client()).status, 401)
    ana = house.person("ana", "viewer")
    s = Stream(ana).begun()
    check("it is a stream", s.headers["content-type"], "text/event-stream")
    check("that nothing between keeps", (s.headers["cache-control"], s.headers["x-accel-buffering"]),
          ("no-store", "no"))
    check("it begins with where to count from", (len(s.ids), s.heard), (1, [set()]))
    # Of another program, of this service, of somebody who writes in the store without a word.
    house.run("pause", "--store", house.store, "--by", "ana", "--reason", "test")
    check("what another program did", s.hears("today", 3), True)
    n = len(s.heard)
    house.person("cleo", "operator")
    check("what was done here", bool(until(lambda: any("people" in h for h in s.heard[n:]), 10)), True)
    n = len(s.heard)
    d = sqlite3.connect(house.store, timeout=30)
    d.execute("INSERT INTO sync_state (key, value) VALUES ('tests', 'x')")
    d.commit()
    d.close()
    check("what nobody says", bool(until(lambda: any("outbox" in h for h in s.heard[n:]), 15)), True)
    time.sleep(35)
    check("it stays where nothing happens", s.ended, False)
    # A browser that comes back.
    last = s.ids[-1]
    back = Stream(ana, last).begun()
    check("who missed nothing is told of nothing", back.heard[0], set())
    house.run("resume", "--store", house.store, "--by", "ana")
    check("both hear", (s.hears("today"), back.hears("today")), (True, True))
    late = Stream(ana, last).begun()
    check("who missed something is told of it", "today" in late.heard[0], True)
    for strange in ("x", "0123456789abcdef.1", last.split(".")[0] + ".99999", last.split(".")[0] + ".x"):
        check("who heard something else is told of everything: " + strange, Stream(ana, strange).begun().heard[0], EVERYTHING)
    # So many at once, and no more: the oldest goes for another.
    more = [Stream(ana) for _ in range(4)]
    check("another is let in", [x.status for x in more], [200] * 4)
    check("eight of a session at most", (bool(until(lambda: s.ended, 10)), more[0].ended), (True, False))
    for x in (back, late):
        x.close()
    ben = house.person("ben", "viewer")
    b = Stream(ben).begun()
    check("another has his own", b.status, 200)
    # Who logs out hears no more.
    check("logged out", ana.post("/api/logout").status in (200, 204), True)
    check("the stream ends", bool(until(lambda: more[-1].ended, 30)), True)
    check("another's does not", b.ended, False)
    b.close()


def heads(house):
    ana = house.admin()
    page, api = ana.get("/"), ana.get("/api/me")
    for a in (page, api, ana.get("/api/nowhere"), ana.get("/nowhere"), ana.get("/health")):
        said = a.headers
        check("nothing but our own is loaded", "default-src 'none'" in said["content-security-policy"], True)
        check("no inline script", "unsafe" in said["content-security-policy"], False)
        check("and the rest", (said["x-frame-options"], said["referrer-policy"], said["x-content-type-options"],
                               "camera=()" in said["permissions-policy"], said["cross-origin-opener-policy"]),
              ("DENY", "no-referrer", "nosniff", True, "same-origin"))
    again = ana.request("GET", "/", None, {"If-None-Match": page.headers["etag"]})
    check("what a browser has is not sent again", (again.status, again.body), (304, b""))
    check("what it does not have is", ana.request("GET", "/", None, {"If-None-Match": '"other"'}).status, 200)
    check("nothing of the API is kept", api.headers["cache-control"], "no-store")
    check("the connection is", api.headers.get("connection", "keep-alive").lower(), "keep-alive")
    # Two questions over one connection.
    c = http.client.HTTPConnection("127.0.0.1", house.port, timeout=20)
    c.request("GET", "/health")
    c.getresponse().read()
    port = c.sock.getsockname()[1]
    c.request("GET", "/health")
    check("and used again", (c.getresponse().read(), c.sock.getsockname()[1]), (b"ok\n", port))
    c.close()


def callers(house):
    ana = house.admin()

    def asks(method="GET", **headers):
        return ana.request(method, "/api/me", {} if method == "POST" else None,
                           {k.replace("_", "-"): v for k, v in headers.items()} | ({"X-CSRF": ana.csrf} if method == "POST" else {}))

    check("by a name that is somebody else's", asks(Host="evil.example").status, 421)
    check("also one that looks like ours", asks(Host="127.0.0.1.evil.example").status, 421)
    check("or none", asks(Host="").status, 421)
    for own in ("127.0.0.1", f"127.0.0.1:{house.port}", "localhost:9999", "[::1]:8180", "LOCALHOST", "192.0.2.1:80"):
        check("by an own one: " + own, asks(Host=own).status, 200)
    here = f"http://127.0.0.1:{house.port}"
    # An empty change of oneself is refused for what it lacks, not for where it comes from.
    fine_ = asks("POST").status
    check("a change from our page", asks("POST", Origin=here, Sec_Fetch_Site="same-origin").status, fine_)
    for strange in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:1"},
                    {"Origin": here, "Sec_Fetch_Site": "same-site"}, {"Sec_Fetch_Site": "cross-site"}):
        check(f"a change from elsewhere: {strange}", asks("POST", **strange).code, "not_allowed")
    check("reading from elsewhere is for the browser to forbid", asks(Sec_Fetch_Site="cross-site").status, 200)


def slow(house):
    """More than may be open at once, who send nothing, half of something, or take no answer: the page is there for others."""
    head = b"POST /api/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{"
    lazy = []
    for i in range(700):
        s = socket.create_connection(("127.0.0.1", house.port), timeout=20)
        if i % 3 == 1:
            s.sendall(head)
        elif i % 3 == 2:
            s.sendall(b"GET / HTTP/1.1\r\nX: ")
        lazy.append(s)
    began = time.time()
    check("the page is there", house.admin().get("/api/me").status, 200)
    check("at once", time.time() - began < 3, True)
    for s in lazy:
        s.close()
    greedy = [socket.create_connection(("127.0.0.1", house.port), timeout=20) for _ in range(40)]
    for s in greedy:  # they ask for much and take nothing
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        s.sendall(b"GET /api/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 5)
    check("beside those who take nothing", house.admin().get("/api/me").status, 200)
    for s in greedy:
        s.close()


def restarts(house):
    ben = house.person("ben", "viewer")
    s = Stream(ben).begun()
    last = s.ids[-1]
    began = time.time()
    house.restart()
    check("it ends under an open page, in time", (bool(until(lambda: s.ended, 10)), time.time() - began < 15), (True, True))
    check("and says so", "Ended as asked" in house.log(), True)
    check("who was logged in still is", ben.get("/api/me").json["person"]["login"], "ben")
    back = Stream(ben, last).begun()
    check("the stream is there again, and knows nothing of before", back.heard[0], EVERYTHING)
    house.restart(signal.SIGKILL)
    check("also where it was killed", ben.get("/api/me").status, 200)
    Stream(ben).begun().close()


def rereads(house):
    """The policy changes again and again while it is read: each answer is by one of them, and none breaks."""
    ben, ends, got = house.person("ben", "viewer"), threading.Event(), []

    def reads():
        while not ends.is_set():
            got.append(ben.get("/api/policies").status)

    threads = [threading.Thread(target=reads) for _ in range(3)]
    for t in threads:
        t.start()
    for i in range(6):
        Path(house.at("p.dun")).write_text(POLICY.replace("is overdue", f"is overdue, {i}"), encoding="utf-8")
        house.process.send_signal(signal.SIGHUP)
        said = house.log().count("read again")
        until(lambda: house.log().count("read again") > said, 5)
    ends.set()
    for t in threads:
        t.join()
    check("each is answered", (len(got) > 10, set(got)), (True, {200}))
    check("and it lives", house.answers(), True)


def main():
    with House(sys.argv[1]).serve() as house:
        for part in (streams, heads, callers, slow, restarts, rereads):
            part(house)
        check("it ends when asked, under an open page", (Stream(house.person("ben")).begun().status, house.stop()), (200, 0))
    return counted()


if __name__ == "__main__":
    sys.exit(main())
