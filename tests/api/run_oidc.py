#!/usr/bin/env python3
"""Logging in through an OpenID provider: a certified one (tests/api/oidc), driven as a browser would. run_oidc.py DUN."""
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from house import HERE, House  # noqa: E402
from checks import check, counted, fine  # noqa: E402

TOOLS = os.path.join(os.environ.get("B", "build"), "oidc-tools")
SECRET = "a secret: 50% + more/than=enough"
POLICY = """policy "House"
  currency BRL

connect login oidc "http://127.0.0.1:%d" with client "dun" and secret from env "OIDC_SECRET" and name "Acme"

ladder standard for invoices
  at 1d   open card in "Collections"
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Browser:
    """Cookies by host and port, and redirects followed one by one."""

    def __init__(self):
        self.cookies = {}

    def ask(self, method, url, form=None):
        at = urllib.parse.urlsplit(url)
        jar = self.cookies.setdefault(at.netloc, {})
        c = http.client.HTTPConnection(at.netloc, timeout=60)
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in jar.items())} if jar else {}
        body = urllib.parse.urlencode(form) if form else None
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            c.request(method, at.path + ("?" + at.query if at.query else ""), body, headers)
            r = c.getresponse()
            text = r.read().decode("utf-8", "replace")
            for line in r.headers.get_all("Set-Cookie") or []:
                name, _, rest = line.partition("=")
                value = rest.split(";")[0]
                jar.pop(name, None)
                if value and "max-age=0" not in line.lower() and "1970" not in line:
                    jar[name] = value
            to = r.headers.get("Location")
            return r.status, urllib.parse.urljoin(url, to) if to else None, text
        finally:
            c.close()

    def follow(self, url, stop):
        """Redirects until `stop` is in the address, or a page comes: (address, status, text)."""
        for _ in range(12):
            if stop in url:
                return url, 0, ""
            status, to, text = self.ask("GET", url)
            if status not in (302, 303):
                return url, status, text
            url = to
        return url, 0, ""


def log_in(browser, house, name, where="/api/login/oidc", stop="/api/login/oidc/return"):
    """As `name` at the provider; the address that it sends back to."""
    url, _, text = browser.follow(f"http://127.0.0.1:{house.port}{where}", stop)
    for form in ({"prompt": "login", "login": name, "password": "x"}, {"prompt": "consent"}):
        if stop in url:
            break
        action = re.search(r'action="([^"]+)"', text)
        if not action:
            return url
        status, to, text = browser.ask("POST", urllib.parse.urljoin(url, action.group(1)), form)
        url, _, text = browser.follow(to, stop)
    return url


def through(browser, house, name, where="/api/login/oidc"):
    """All the way: where the browser is sent in the end."""
    back = log_in(browser, house, name, where)
    status, to, _ = browser.ask("GET", back)
    return urllib.parse.urlsplit(to or "").path + ("?" + urllib.parse.urlsplit(to).query if to and "?" in to else "") if status == 302 else status


def me(browser, house):
    status, _, text = browser.ask("GET", f"http://127.0.0.1:{house.port}/api/me")
    return json.loads(text)["person"] if status == 200 else status


def start(house, port, alg):
    node = shutil.which("node") or shutil.which("nodejs")
    p = subprocess.Popen([node, str(HERE / "oidc/provider.js"), str(port), f"http://127.0.0.1:{house.port}/api/login/oidc/return", alg],
                         env=dict(os.environ, OIDC_TOOLS=os.path.realpath(TOOLS)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for line in p.stdout:
        if "ready" in line:
            return p
    raise SystemExit("the provider did not begin")


def come_in(house, admin):
    check("the page of the login names it", house.client().get("/api/login").json["provider"], "Acme")
    b = Browser()
    check("who was not invited does not come in", through(b, house, "stranger"), "/login?failed=unknown")
    check("and is nobody", me(b, house), 401)
    made = admin.post("/api/people", {"login": "bob", "email": "Bob@Example.com", "role": "operator"}).json["person"]
    b = Browser()
    check("who was is sent to where they wanted to", through(b, house, "bob", "/api/login/oidc?next=%2Fboard%3Fx%3D1"), "/board?x=1")
    who = me(b, house)
    check("as who was invited", (who["login"], who["role"], who["provider"], who["name"]), ("bob", "operator", True, "The bob"))
    check("the subject is kept", admin.get("/api/people").json["rows"][-1]["subject"], "bob")
    check("another time too", (through(Browser(), house, "bob")), "/")
    admin.post("/api/people", {"login": "una", "email": "unverified@example.com", "role": "viewer"})
    check("an address that is not verified is none", through(Browser(), house, "unverified"), "/login?failed=unknown")
    una = next(p for p in admin.get("/api/people").json["rows"] if p["login"] == "una")
    check("but an administrator may know the subject", admin.post(f"/api/people/{una['id']}", {"version": una["version"], "subject": "unverified"}).status, 200)
    check("and then it is", through(Browser(), house, "unverified"), "/")
    check("a subject is of one person", admin.post(f"/api/people/{made['id']}", {"version": 99, "subject": "unverified"}).status in (409, 422), True)
    bob = next(p for p in admin.get("/api/people").json["rows"] if p["login"] == "bob")
    admin.post(f"/api/people/{bob['id']}", {"version": bob["version"], "disabled": True})
    check("who may not come in does not", through(Browser(), house, "bob"), "/login?failed=disabled")
    check("and is out", me(b, house), 401)
    check("nowhere but our own pages", through(Browser(), house, "unverified", "/api/login/oidc?next=%2F%2Fevil.example"), "/")


def attacks(house):
    b = Browser()
    back = log_in(b, house, "unverified")
    check("another browser's login is not this one's", Browser().ask("GET", back)[1].endswith("/login?failed=stale"), True)
    check("another state neither", b.ask("GET", re.sub(r"state=[^&]+", "state=abc", back))[1].endswith("/login?failed=stale"), True)
    b = Browser()
    back = log_in(b, house, "unverified")
    check("a code that was changed", b.ask("GET", re.sub(r"code=[^&]+", "code=abc", back))[1].endswith("/login?failed=away"), True)
    b = Browser()
    back = log_in(b, house, "unverified")
    mine = dict(b.cookies)
    check("a code once", b.ask("GET", back)[1].endswith("/"), True)
    again = Browser()
    again.cookies = mine
    fine("and not again", "failed" in again.ask("GET", back)[1])
    b = Browser()
    back = log_in(b, house, "unverified")
    check("an answer of another provider", b.ask("GET", re.sub(r"iss=[^&]+", "iss=https%3A%2F%2Fevil.example", back))[1].endswith("/login?failed=away"), True)
    b = Browser()
    back = log_in(b, house, "unverified")
    check("who says no", b.ask("GET", re.sub(r"code=[^&]+", "error=access_denied", back))[1].endswith("/login?failed=refused"), True)
    fine("nothing of it is in the log", not re.search(r"code=|eyJ|50%", house.log()), house.log()[-500:])


def main():
    if subprocess.run([str(HERE.parent / "support/npm.sh"), str(HERE / "oidc"), TOOLS]).returncode == 77:
        print("skipped: npm cannot be had")
        sys.exit(counted())
    for alg in ("RS256", "ES256"):
        port = free_port()
        with House(sys.argv[1], policy=POLICY % port, env={"OIDC_SECRET": SECRET}).serve() as house:
            check("while the provider is away", house.client().get("/api/login/oidc").headers.get("location"), "/login?failed=away")
            provider = start(house, port, alg)
            try:
                come_in(house, house.admin())
                attacks(house)
            finally:
                provider.kill()
    sys.exit(counted())


main()
