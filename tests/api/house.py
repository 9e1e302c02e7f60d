"""A folder with a policy and a ledger, and the real `dun serve` over it on a free port; people of each role, made as people are
made: the first by the one-time link that the program prints, the others by that one. What the tests of the API and the
browser's share.

    house = House(dun)                      # or House(dun, policy="...", customers="...", invoices="...", git=True)
    with house.serve():
        ana = house.person("ana", "operator")
        a = ana.get("/api/board", limit=10)         # a.status, a.json, a.headers, a.body
        a = ana.post("/api/cards/7/move", {"to": "Done", "version": 3})

Every exchange is written to the file that DUN_API_EXCHANGES names: tests/api/run.sh holds each against /api/openapi.json."""
import http.client
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from datetime import date, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

PATIENCE = 60
PASSWORD = "correct horse 44 battery"
ROLES = ("viewer", "operator", "approver", "admin")
LINK = re.compile(r"https?://[^\s/]+/welcome[#?/](?:token=)?([A-Za-z0-9_-]{40,})")


def in_days(n):
    """That day as the ledger writes it."""
    return (date.today() + timedelta(days=n)).isoformat()


POLICY = """policy "House"
  currency BRL

ladder standard for invoices
  at 1d   send email "Invoice {number} of {open} is overdue"
  at 10d  open card in "Collections"
"""
CUSTOMERS = """id,name,email,phone,country
C1,Padaria Sol,sol@example.com,+55 11 98765-4321,BR
C2,Casa Azul,azul@example.com,+55 11 91111-2222,BR
C3,Dois Irmãos,irmaos@example.com,+55 11 93333-4444,BR
"""


def invoices():
    """Three of them: a day late, eleven days late, not due yet."""
    rows = (("A-1", "C1", "100.00", -1), ("A-2", "C2", "2500.50", -11), ("A-3", "C3", "75.10", 20))
    return "number,customer,amount,open,due,status\n" + "".join(
        f"{n},{c},{a},{a},{in_days(d)},open\n" for n, c, a, d in rows)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        is_json = headers.get("content-type", "").startswith("application/json")
        self.json = json.loads(body) if is_json and body else None

    @property
    def code(self):
        """Of an error: not_allowed, wrong..."""
        return (self.json or {}).get("error", {}).get("code")

    def __repr__(self):
        return f"{self.status} {self.body[:400]!r}"


class Client:
    """A browser without a page: cookies, and the session's token with each change."""

    def __init__(self, house, lang="en"):
        self.house, self.lang = house, lang
        self.cookies, self.csrf, self.me = {}, None, None

    def request(self, method, path, body=None, headers=None, raw=None):
        """`raw`: bytes instead of a JSON body."""
        sent = {"Accept-Language": self.lang, **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        data = raw
        if raw is None and body is not None:
            data = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        c = http.client.HTTPConnection("127.0.0.1", self.house.port, timeout=PATIENCE)
        try:
            c.request(method, path, data, sent)
            r = c.getresponse()
            answer = Answer(r.status, {k.lower(): v for k, v in r.getheaders()}, r.read())
            for line in r.headers.get_all("Set-Cookie") or []:
                name, _, rest = line.partition("=")
                value = rest.split(";")[0]
                self.cookies.pop(name, None)
                if value:
                    self.cookies[name] = value
        finally:
            c.close()
        record(method, path, body, answer)
        return answer

    def get(self, path, **params):
        query = urllib.parse.urlencode({k: v for k, v in params.items() if v is not None})
        return self.request("GET", path + ("?" + query if query else ""))

    def post(self, path, body=None, csrf=True):
        headers = {"X-CSRF": self.csrf} if csrf and self.csrf else {}
        return self.request("POST", path, {} if body is None else body, headers)

    def take(self, answer):
        """What logging in answers."""
        if answer.status != 200:
            raise SystemExit(f"nobody was let in: {answer}")
        self.csrf, self.me = answer.json["csrf"], answer.json["person"]
        return self

    def login(self, login, password=PASSWORD):
        return self.take(self.post("/api/login", {"login": login, "password": password}))

    def use_link(self, token, **more):
        return self.take(self.post("/api/links/use", {"token": token, "password": PASSWORD, **more}))

    def live(self, until, patience=PATIENCE):
        """Reads /api/live until `until(event, data)` is true; false: it was not within `patience`."""
        c = http.client.HTTPConnection("127.0.0.1", self.house.port, timeout=patience)
        end = time.time() + patience
        try:
            c.request("GET", "/api/live", headers={"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())})
            r, event, data = c.getresponse(), "", ""
            while time.time() < end:
                line = r.readline().decode().rstrip("\r\n")
                if line.startswith("event:"):
                    event = line[6:].strip()
                elif line.startswith("data:"):
                    data += line[5:].strip()
                elif not line and data:
                    if until(event, json.loads(data)):
                        return True
                    event, data = "", ""
            return False
        except OSError:
            return False
        finally:
            c.close()


_lock = threading.Lock()


def record(method, path, body, answer):
    to = os.environ.get("DUN_API_EXCHANGES")
    if not to or not path.startswith("/api/") or "text/event-stream" in answer.headers.get("content-type", ""):
        return
    line = json.dumps({"method": method, "path": path.split("?")[0], "query": path.partition("?")[2], "sent": body,
                       "status": answer.status, "type": answer.headers.get("content-type", ""), "got": answer.json})
    with _lock, open(to, "a", encoding="utf-8") as f:
        f.write(line + "\n")


class House:
    def __init__(self, dun, policy=POLICY, customers=CUSTOMERS, invoices=invoices(), arguments=(), env=None, git=False,
                 files=None):
        """`files`: {path in the project: text}. `git`: the folder is a repository with one commit."""
        self.folder = tempfile.mkdtemp(prefix="dun-api-")
        self.dun, self.arguments = str(Path(dun).resolve()), list(arguments)
        self.env = dict(os.environ, LANG="C", LC_ALL="", LC_MESSAGES="", TZ="UTC", USER="tests", NO_COLOR="1", **(env or {}))
        self.store = self.at("dun.db")
        self.process, self.port, self.errors, self._admin = None, 0, None, None
        self.people = {}
        for name, text in {"p.dun": policy, **(files or {})}.items():
            os.makedirs(os.path.dirname(self.at(name)), exist_ok=True)
            Path(self.at(name)).write_text(text, encoding="utf-8")
        if git:
            self.git("init", "-q", "-b", "main")
            self.git("add", ".")
            self.git("commit", "-q", "-m", "first")
        if customers is not None:
            self.ledger(customers, invoices)

    def at(self, name):
        return os.path.join(self.folder, name)

    def git(self, *words):
        return subprocess.run(["git", "-c", "user.name=Tests", "-c", "user.email=tests@example.com", *words], cwd=self.folder,
                              env=self.env, check=True, capture_output=True, text=True).stdout

    def ledger(self, customers, invoices):
        """These two files into the store, as an import does."""
        os.makedirs(self.at("data"), exist_ok=True)
        Path(self.at("data/customers.csv")).write_text(customers, encoding="utf-8")
        Path(self.at("data/invoices.csv")).write_text(invoices, encoding="utf-8")
        r = self.run("import", self.at("data"), "--store", self.store)
        if r.returncode > 1:
            raise SystemExit("the import failed:\n" + r.stdout)

    def run(self, *words):
        return subprocess.run([self.dun, *words], cwd=self.folder, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=300)

    # ---- the service ----

    def serve(self, *more, port=0):
        self.errors = open(self.at("serve.log"), "a", encoding="utf-8")
        begin = os.path.getsize(self.at("serve.log"))
        self.process = subprocess.Popen([self.dun, "serve", "p.dun", "--store", self.store, "--listen", f"127.0.0.1:{port}",
                                         *self.arguments, *more], cwd=self.folder, env=self.env, stdout=self.errors,
                                        stderr=self.errors)
        end = time.time() + PATIENCE
        while time.time() < end and self.process.poll() is None:
            found = re.search(r"http://127\.0\.0\.1:(\d+)", self.log()[begin:])
            if found:
                self.port = int(found.group(1))
                if self.answers():
                    return self
            time.sleep(0.02)
        raise SystemExit("dun serve did not begin:\n" + self.log())

    def answers(self):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            c.request("GET", "/health")
            return c.getresponse().status < 500
        except OSError:
            return False
        finally:
            c.close()

    def log(self):
        return Path(self.at("serve.log")).read_text(encoding="utf-8", errors="replace")

    def stop(self, how=signal.SIGTERM):
        """Its exit status; -9 and such: it died of a signal."""
        if not self.process:
            return None
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = "did not end"
        self.process = None
        self.errors.close()
        return code

    def restart(self, how=signal.SIGTERM):
        """At the same port, over the same store."""
        self.stop(how)
        return self.serve(port=self.port)

    def end(self):
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    # ---- people ----

    def link(self, patience=10):
        """The token of the one-time link that the first start prints."""
        end = time.time() + patience
        while time.time() < end:
            found = LINK.findall(self.log())
            if found:
                return found[-1]
            time.sleep(0.05)
        raise SystemExit("no one-time link was printed:\n" + self.log())

    def client(self, lang="en"):
        """Somebody who has not logged in."""
        return Client(self, lang)

    def admin(self):
        """The first person, by the one-time link; the same client each time."""
        if not self._admin:
            self._admin = self.client().use_link(self.link(), login="admin", name="Ada Admin")
            self.people["admin"] = self._admin
        return self._admin

    def person(self, login, role="operator", name=None, lang="en"):
        """A logged-in client of a new person, whom the first one invited; the same client each time."""
        if login not in self.people:
            made = self.admin().post("/api/people", {"login": login, "name": name or login.title(), "role": role,
                                                     "email": login + "@example.com"})
            if made.status not in (200, 201):
                raise SystemExit(f"nobody was invited: {made}")
            self.people[login] = self.client(lang).use_link(made.json["link"]["url"].partition("#")[2])
        return self.people[login]

    def everyone(self):
        """{role: a client of it}."""
        return {role: self.admin() if role == "admin" else self.person("the-" + role, role) for role in ROLES}

    # ---- what stands in the store ----

    def ask(self, sql, *values):
        d = sqlite3.connect(self.store, timeout=30)
        try:
            return d.execute(sql, values).fetchall()
        finally:
            d.close()

    def one(self, sql, *values):
        rows = self.ask(sql, *values)
        return rows[0][0] if rows else None


def until(ask, patience=PATIENCE):
    """The first answer that is true, asked again and again; else the last one."""
    end = time.time() + patience
    got = ask()
    while not got and time.time() < end:
        time.sleep(0.05)
        got = ask()
    return got


if __name__ == "__main__":  # house.py DUN: one to look at; it stays until Enter, and says who may log in
    with House(sys.argv[1]).serve() as house:
        house.everyone()
        print(f"http://127.0.0.1:{house.port}/login  {', '.join(house.people)}: {PASSWORD}\n{house.folder}", flush=True)
        sys.stdin.readline()
