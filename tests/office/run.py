#!/usr/bin/env python3
"""`dun run` to Outlook, Teams, Slack and a webhook on loopback. A mailbox of our own keeps what it is sent, checks each call
and loses answers where it is told to; a receiver of our own checks signatures and counts ids. What the services' descriptions
say is checked by Prism; where it cannot be had, that part is skipped. run.py DUN; the last line is `N passed, M failed`."""
import base64
import datetime
import hashlib
import hmac
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from checks import check, counted  # noqa: E402

HERE = Path(__file__).resolve().parent
PRISM = HERE.parent / "support" / "prism.sh"
APIS = HERE.parent / "apis"
VENDOR = Path(os.environ.get("DUN_APIS", HERE.parents[1].parent / "shared" / "apis"))
DUN = str(Path(sys.argv[1]).resolve())
SECRET = base64.b64encode(b"twenty-four random bytes").decode()
MARK = "String {7f3c1d0a-9a52-4c0e-8f7e-6b0d7a1c5e42} Name DunKey"


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def take(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.handle_call(self, self.command, self.path, raw)

    do_POST = do_GET = do_DELETE = take

    def answer(self, status, body=None, **headers):
        raw = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def lose(self):
        self.close_connection = True
        self.connection.shutdown(2)

    def log_message(self, *_):
        pass


def serve(handle):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    server.daemon_threads = True
    server.handle_call = handle
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, server.server_address[1]


class Mailbox:
    """Graph as far as Dun uses it: a login, drafts, sending, search by our property. `faults`: what happens to the next
    calls, by kind."""

    def __init__(self):
        self.messages, self.faults, self.wrong, self.count = {}, {"draft": [], "send": []}, [], 0
        self.sent, self.lock = [], threading.Lock()

    def __call__(self, h, method, path, raw):
        with self.lock:
            self.call(h, method, path, raw)

    def call(self, h, method, path, raw):
        url = urllib.parse.urlsplit(path)
        if url.path == "/example.onmicrosoft.com/oauth2/v2.0/token":
            form = urllib.parse.parse_qs(raw.decode())
            if form != {"grant_type": ["client_credentials"], "client_id": ["app"], "client_secret": ["secret+of the app"],
                        "scope": ["https://graph.microsoft.com/.default"]}:
                self.wrong.append(form)
            return h.answer(200, {"token_type": "Bearer", "expires_in": 3599, "access_token": "T0"})
        if h.headers.get("Authorization") != "Bearer T0" or h.headers.get("Prefer") != 'IdType="ImmutableId"':
            self.wrong.append(dict(h.headers))
            return h.answer(401)
        base = "/v1.0/users/finance%40example.com/messages"
        rest = url.path[len(base):] if url.path.startswith(base) else None
        if method == "POST" and rest == "":
            return self.draft(h, json.loads(raw))
        if method == "POST" and rest and rest.endswith("/send") and raw == b"":
            return self.send(h, urllib.parse.unquote(rest[1:-5]))
        if method == "GET" and rest == "":
            return self.search(h, urllib.parse.parse_qs(url.query))
        if method == "DELETE" and rest:
            return h.answer(204 if self.messages.pop(urllib.parse.unquote(rest[1:]), None) else 404)
        self.wrong.append((method, path))
        return h.answer(404)

    def fault(self, kind):
        return self.faults[kind].pop(0) if self.faults[kind] else None

    def draft(self, h, m):
        if not all(x["name"].lower().startswith("x-") for x in m["internetMessageHeaders"]) or \
                [x["id"] for x in m["singleValueExtendedProperties"]] != [MARK]:
            self.wrong.append(m)
        fault = self.fault("draft")
        if fault == "busy":
            return h.answer(429, {"error": {"code": "ApplicationThrottled"}}, Retry_After="1")
        self.count += 1
        name = f"AAMk+{self.count}/="
        self.messages[name] = dict(m, id=name, isDraft=True, internetMessageId=f"<m{self.count}@example.com>")
        return h.lose() if fault == "lost" else h.answer(201, self.messages[name])

    def send(self, h, name):
        m, fault = self.messages.get(name), self.fault("send")
        if fault == "invalid":
            return h.answer(400, {"error": {"code": "ErrorInvalidRecipients"}})
        if not m or not m["isDraft"]:
            self.wrong.append(("sent twice", name))
            return h.answer(404, {"error": {"code": "ErrorItemNotFound"}})
        if fault == "gateway":
            return h.answer(504)
        m["isDraft"] = False
        self.sent.append(m)
        return h.lose() if fault == "lost" else h.answer(202)

    def search(self, h, query):
        found = re.fullmatch(re.escape(f"singleValueExtendedProperties/Any(ep: ep/id eq '{MARK}' and ep/value eq '") +
                             r"([0-9a-f]{64})'\)", query["$filter"][0])
        if not found:
            self.wrong.append(query)
            return h.answer(400)
        return h.answer(200, {"value": [
            {k: m[k] for k in ("id", "isDraft", "internetMessageId")} for m in self.messages.values()
            if m["singleValueExtendedProperties"][0]["value"] == found[1]]})


class Receiver:
    """A webhook's other side, as Standard Webhooks says: signature over the raw bytes, age, ids that count once."""

    def __init__(self, secret=SECRET):
        self.secret, self.lose, self.calls, self.done, self.wrong = secret, 0, [], {}, []

    def __call__(self, h, method, path, raw):
        name, at = h.headers["webhook-id"], h.headers["webhook-timestamp"]
        mac = hmac.new(base64.b64decode(self.secret), f"{name}.{at}.".encode() + raw, hashlib.sha256).digest()
        wanted = "v1," + base64.b64encode(mac).decode()
        if method != "POST" or path != "/hook" or abs(int(at) - time.time()) > 300 or \
                not hmac.compare_digest(wanted, h.headers["webhook-signature"]):
            self.wrong.append((method, path, dict(h.headers)))
            return h.answer(401)
        self.calls.append(name)
        if name in self.done and self.done[name] != raw:
            self.wrong.append("another body under one id")
        self.done[name] = raw
        if self.lose:
            self.lose -= 1
            return h.lose()
        return h.answer(204)


class House:
    """A project in a folder: one customer with three invoices that are due since yesterday."""

    def __init__(self, folder, policy, **env):
        self.folder, self.env = folder, dict(os.environ, LANG="C", **env)
        day = (datetime.datetime.now(datetime.timezone.utc).date() - datetime.timedelta(days=1)).isoformat()
        Path(folder, "data").mkdir()
        Path(folder, "data/customers.csv").write_text("id,name,email\nC1,Maria <b> & *Filhos*,maria@customer.example\n")
        Path(folder, "data/invoices.csv").write_text("number,customer,amount,due,currency\n" + "".join(
            f"A-{i},C1,100.00,{day},BRL\n" for i in (1, 2, 3)))
        Path(folder, "p.dun").write_text('policy "P"\n  currency BRL\n  one message per invoice\n' + policy)
        self.dun("import", "--store", "t.db", "data")

    def dun(self, *arguments):
        return subprocess.run([DUN, *arguments], cwd=self.folder, capture_output=True, text=True, env=self.env, timeout=120)

    def run(self):
        return self.dun("run", "p.dun", "--store", "t.db", "--lang", "en")

    def rows(self, sql):
        with sqlite3.connect(f"{self.folder}/t.db") as db:
            return db.execute(sql).fetchall()

    def states(self):
        return [x for x, in self.rows("SELECT state FROM action WHERE lead IS NULL ORDER BY id")]


OUTLOOK = ('connect email outlook from "Finance <finance@example.com>" with tenant "example.onmicrosoft.com" and client "app" and '
           'secret from env "GRAPH_SECRET" and url "http://127.0.0.1:{}" and login "http://127.0.0.1:{}"\n'
           'ladder l for invoices\n  at 1d send email "Invoice {{number}}: {{open}}"\n')


def outlook():
    box = Mailbox()
    _, port = serve(box)
    box.faults["send"] = ["lost", None, "lost"]
    with tempfile.TemporaryDirectory() as folder:
        house = House(folder, OUTLOOK.format(f"{port}/v1.0", port), GRAPH_SECRET="secret+of the app")
        first = house.run()
        check(f"outlook: two answers are lost ({first.stderr.strip()})", house.states(), ["unknown", "accepted", "unknown"])
        check("outlook: all three were sent", len(box.sent), 3)
        house.run()
        check("outlook: they are found in the mailbox", house.states(), ["accepted"] * 3)
        house.run()
        check("outlook: nothing is sent twice", sorted(m["body"]["content"].split(":")[0] for m in box.sent),
              ["Invoice A-1", "Invoice A-2", "Invoice A-3"])
        check("outlook: every call was as Graph takes it", box.wrong, [])
        check("outlook: the key and the id are kept", {k for k, in house.rows("SELECT provider_id FROM attempt")},
              {"m1@example.com", "m2@example.com", "m3@example.com"})
        check("outlook: no secret is said", "secret+of" in first.stdout + first.stderr, False)


def outlook_before_it_is_sent():
    box = Mailbox()
    _, port = serve(box)
    box.faults["draft"], box.faults["send"] = ["lost", "busy"], ["gateway"]
    with tempfile.TemporaryDirectory() as folder:
        house = House(folder, OUTLOOK.format(f"{port}/v1.0", port), GRAPH_SECRET="secret+of the app")
        house.run()
        check("outlook: a lost draft, too many calls, a gateway", house.states(), ["deferred", "deferred", "unknown"])
        check("outlook: none of them was sent", box.sent, [])
        house.run()
        check("outlook: a draft that may be on its way is waited for", house.states()[2], "unknown")
        check("outlook: and not sent again", [m["subject"] for m in box.sent if "A-3" in m["subject"]], [])


def webhook():
    other = Receiver()
    _, port = serve(other)
    other.lose = 1
    with tempfile.TemporaryDirectory() as folder:
        house = House(folder, f'connect webhook crm "http://127.0.0.1:{port}/hook" with secret from env "CRM_SECRET" and network '
                      'private\nladder l for invoices\n  at 1d call webhook crm with number, open, customer.name\n',
                      CRM_SECRET="whsec_" + SECRET)
        first = house.run()
        check(f"webhook: one answer is lost ({first.stderr.strip()})", house.states(), ["unknown", "accepted", "accepted"])
        house.run()
        check("webhook: it is called again", house.states(), ["accepted"] * 3)
        check("webhook: under the same id", (len(other.calls), len(set(other.calls)), other.calls[0] == other.calls[-1]), (4, 3, True))
        check("webhook: signatures, ages and bodies fit", other.wrong, [])
        said = [json.loads(raw) for raw in other.done.values()]
        check("webhook: what is told", [x["data"]["values"] for x in said], [
            {"number": f"A-{i}", "open": {"amount": "100.00", "currency": "BRL"}, "customer.name": "Maria <b> & *Filhos*"}
            for i in (1, 2, 3)])
        check("webhook: it is in the outbox as it is sent", [x for x, in house.rows(
            "SELECT text FROM message ORDER BY action")], [raw.decode() for raw in other.done.values()])


def start_prism(path):
    out = subprocess.run([str(PRISM), "start", str(path), "0"], capture_output=True, text=True)
    if out.returncode:
        print(f"skipped: {Path(path).name}: {out.stderr.strip()}")
        return None, 0
    pid, port = out.stdout.split()
    return pid, int(port)


def stop_prism(pid):
    if pid:
        subprocess.run([str(PRISM), "stop", pid], check=False)


def described():
    """Teams, Slack and a webhook's receiver by their descriptions: what does not fit is answered with 4xx."""
    pids, ports = zip(*(start_prism(APIS / f"{name}.openapi.json") for name in (
        "teams-workflow-webhook", "slack-incoming-webhook", "standard-webhooks-receiver")))
    try:
        if all(pids):
            with tempfile.TemporaryDirectory() as folder:
                house = House(
                    folder,
                    'team desk is teams webhook from env "TEAMS_URL" and slack webhook from env "SLACK_URL"\n'
                    'connect webhook crm from env "CRM_URL" with secret from env "CRM_SECRET" and network private\n'
                    'ladder l for invoices\n  at 1d alert desk "{number} of {customer.name}: {open}" via teams then alert desk '
                    '"{number}" via slack then call webhook crm with number, open, due\n',
                    TEAMS_URL=f"http://127.0.0.1:{ports[0]}/workflows/1/triggers/manual/paths/invoke?api-version=1&sp=run&sv=1.0&sig=s",
                    SLACK_URL=f"http://127.0.0.1:{ports[1]}/services/T1/B1/abc", CRM_URL=f"http://127.0.0.1:{ports[2]}/hook",
                    CRM_SECRET="whsec_" + SECRET)
                ran = house.run()
                check(f"descriptions ({ran.stderr.strip()})", house.rows(
                    "SELECT m.channel, count(*), min(a.state), max(a.state) FROM message m JOIN action a ON a.id = m.action "
                    "GROUP BY 1 ORDER BY 1"),
                    [("slack", 1, "accepted", "accepted"), ("teams", 1, "accepted", "accepted"), ("webhook", 3, "accepted", "accepted")])
    finally:
        for pid in pids:
            stop_prism(pid)


def graph_described():
    """Graph's own types. The vendor's description has no drafts: their calls are put in, with its type of a message."""
    source = VENDOR / "msgraph-mail-teams.openapi.json"
    if not source.exists():
        print(f"skipped: {source.name} is not here")
        return
    api = json.loads(source.read_text())
    message = {"$ref": "#/components/schemas/microsoft.graph.message"}
    listing = api["paths"]["/users/{user-id}/messages"]
    user = {"name": "user-id", "in": "path", "required": True, "schema": {"type": "string"}}
    shared = [] if listing.get("parameters") else [user]
    secured = {k: listing["get"][k] for k in ("security",) if k in listing["get"]}
    one = {"name": "message-id", "in": "path", "required": True, "schema": {"type": "string"}}
    listing["post"] = {**secured, "parameters": shared, "requestBody": {"required": True, "content": {"application/json": {"schema": message}}},
                       "responses": {"201": {"description": "made", "content": {"application/json": {
                           "schema": message, "example": {"id": "D1", "isDraft": True, "internetMessageId": "<m1@example.com>"}}}}}}
    api["paths"]["/users/{user-id}/messages/{message-id}/send"] = {
        "parameters": [user, one], "post": {**secured, "responses": {"202": {"description": "taken over"}}}}
    with tempfile.TemporaryDirectory() as folder:
        patched = Path(folder, "graph.json")
        patched.write_text(json.dumps(api))
        graph, port = start_prism(patched)
        login, login_port = start_prism(APIS / "ms-identity-token.openapi.json")
        try:
            if graph and login:
                with tempfile.TemporaryDirectory() as project:
                    house = House(project, OUTLOOK.format(port, login_port), GRAPH_SECRET="secret")
                    ran = house.run()
                    check(f"graph's description ({ran.stdout} {ran.stderr.strip()})", house.states(), ["accepted"] * 3)
        finally:
            stop_prism(graph)
            stop_prism(login)


for part in (outlook, outlook_before_it_is_sent, webhook, described, graph_described):
    part()
sys.exit(counted())
