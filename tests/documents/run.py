#!/usr/bin/env python3
"""`create document ... then send for signature` by the real program and the real WeasyPrint, to a DocuSign and a Clicksign of our
own on loopback: they check the login, each call and its order, keep what they are given, and lose answers where they are told
to. What DocuSign's description says is checked by Prism; where it cannot be had, that part is skipped. run.py DUN; the last line
is `N passed, M failed`."""
import base64
import hashlib
import http.client
import json
import os
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
VENDOR = Path(os.environ.get("DUN_APIS", HERE.parents[1].parent / "shared" / "apis"))
DUN = str(Path(sys.argv[1]).resolve())
SHA256_OF_RSA = bytes.fromhex("3031300d060960864801650304020105000420")  # RFC 8017, 9.2


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def take(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.calls.append((self.command, self.path))
        self.server.handle_call(self, self.command, urllib.parse.unquote(self.path), raw)

    do_POST = do_GET = do_DELETE = do_PATCH = take

    def answer(self, status, body=None):
        raw = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def lose(self):
        self.close_connection = True
        self.connection.close()

    def log_message(self, *_):
        pass


def serve(handle):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    server.handle_call, server.calls, server.lose_next = handle, [], False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.url = f"http://127.0.0.1:{server.server_port}"
    return server


def text_of(pdf):
    with tempfile.NamedTemporaryFile(suffix=".pdf") as f:
        f.write(pdf)
        f.flush()
        return subprocess.run(["pdftotext", f.name, "-"], capture_output=True, text=True).stdout


def unpadded(s):
    return base64.urlsafe_b64decode(s + "=" * (-len(s) % 4))


# ---- DocuSign ----

class DocuSign:
    def __init__(self, modulus, prism):
        self.modulus, self.prism, self.envelopes, self.said = modulus, prism, [], []

    def signed(self, token):
        head, body, signature = token.split(".")
        number = pow(int.from_bytes(unpadded(signature), "big"), 65537, self.modulus)
        digest = SHA256_OF_RSA + hashlib.sha256(f"{head}.{body}".encode()).digest()
        size = (self.modulus.bit_length() + 7) // 8
        claims = json.loads(unpadded(body))
        fresh = abs(claims["iat"] - time.time()) < 60 and claims["exp"] - claims["iat"] == 3600
        return (number.to_bytes(size, "big") == b"\x00\x01" + b"\xff" * (size - 3 - len(digest)) + b"\x00" + digest
                and fresh and claims["iss"] == "client-1" and claims["sub"] == "user-1"
                and claims["scope"] == "signature impersonation" and claims["aud"].startswith("127.0.0.1:"))

    def validated(self, path, raw):
        if not self.prism:
            return
        link = http.client.HTTPConnection("127.0.0.1", self.prism, timeout=60)
        link.request("POST", path, raw, {"Content-Type": "application/json", "Authorization": "Bearer t"})
        answer = link.getresponse()
        self.said.append((answer.status, answer.read()[:300]))

    def handle(self, call, method, path, raw):
        if path == "/oauth/token":
            form = urllib.parse.parse_qs(raw.decode())
            good = form.get("grant_type") == ["urn:ietf:params:oauth:grant-type:jwt-bearer"] and self.signed(form["assertion"][0])
            return call.answer(200 if good else 400, {"access_token": "t", "expires_in": 3600} if good else {"error": "invalid_grant"})
        if call.headers.get("Authorization") != "Bearer t":
            return call.answer(401, {"errorCode": "AUTHORIZATION_INVALID_TOKEN"})
        if method == "POST" and path == "/restapi/v2.1/accounts/acc-1/envelopes":
            self.validated(path[len("/restapi"):], raw)
            body = json.loads(raw)
            body["envelopeId"] = f"env-{len(self.envelopes) + 1}"
            self.envelopes.append(body)
            if call.server.lose_next:
                call.server.lose_next = False
                return call.lose()
            return call.answer(201, {"envelopeId": body["envelopeId"], "status": "sent"})
        if method == "GET" and path.startswith("/restapi/v2.1/accounts/acc-1/envelopes?transaction_ids="):
            key = path.split("=", 1)[1]
            found = [{"envelopeId": e["envelopeId"], "status": "sent"} for e in self.envelopes if e["transactionId"] == key]
            return call.answer(200, {"resultSetSize": str(len(found)), "envelopes": found})
        if method == "GET" and path == "/restapi/v2.1/accounts/acc-1":
            return call.answer(200, {"accountName": "ACME"})
        return call.answer(404, {"errorCode": "RESOURCE_NOT_FOUND"})


# ---- Clicksign ----

class Clicksign:
    def __init__(self):
        self.envelopes, self.told = {}, []

    def handle(self, call, method, path, raw):
        parts = path.split("?")[0].strip("/").split("/")[2:]  # behind api/v3
        if call.headers.get("Authorization") != "token-of-the-test":
            return call.answer(401, {"errors": []})
        if call.headers.get("Accept") != "application/vnd.api+json" or (
                raw and call.headers.get("Content-Type") != "application/vnd.api+json"):
            return call.answer(406, {"errors": []})
        data = json.loads(raw)["data"] if raw else {}
        if method == "GET" and parts == ["envelopes"]:
            name = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query).get("filter[name]", [""])[0]
            return call.answer(200, {"data": [{"id": i, "type": "envelopes", "attributes": {"name": e["name"], "status": e["status"]}}
                                              for i, e in self.envelopes.items() if name in e["name"]]})
        if method == "POST" and parts == ["envelopes"]:
            i = f"e{len(self.envelopes) + 1}"
            self.envelopes[i] = {"name": data["attributes"]["name"], "status": "draft", "documents": [], "signers": [], "requirements": []}
            return call.answer(201, {"data": {"id": i}})
        e = self.envelopes.get(parts[1])
        if e is None:
            return call.answer(404, {"errors": []})
        if method == "DELETE":
            if e["status"] != "draft":
                return call.answer(422, {"errors": []})
            del self.envelopes[parts[1]]
            return call.answer(204)
        if method == "GET":
            return call.answer(200, {"data": [{"id": d["id"]} for d in e["documents"]]})
        if method == "PATCH":
            actions = sorted(r["attributes"]["action"] for r in e["requirements"])
            if data["id"] != parts[1] or e["status"] != "draft" or actions != ["agree", "provide_evidence"]:
                return call.answer(422, {"errors": []})
            e["status"] = data["attributes"]["status"]
            if call.server.lose_next:
                call.server.lose_next = False
                return call.lose()
            return call.answer(200, {"data": {"id": parts[1]}})
        if parts[2] == "notifications":
            if e["status"] != "running":
                return call.answer(422, {"errors": []})
            self.told.append(parts[1])
            return call.answer(201, {})
        if e["status"] != "draft":
            return call.answer(422, {"errors": []})
        if parts[2] == "requirements":
            ids = {data["relationships"][k]["data"]["id"] for k in ("document", "signer")}
            if ids != {e["documents"][0]["id"], e["signers"][0]["id"]}:
                return call.answer(422, {"errors": []})
        data["id"] = f"{parts[1]}{len(e['documents'])}{len(e['signers'])}{len(e['requirements'])}"
        e[parts[2]].append(data)
        return call.answer(201, {"data": {"id": data["id"]}})


# ---- a house ----

PAGE = """<!doctype html><html lang="pt"><head><meta charset="utf-8"><title>Confissão de dívida {number}</title></head>
<body><h1>Confissão de dívida</h1><p>{customer.name} deve {open}.</p></body></html>"""


def house(folder, line, today):
    (folder / "templates").mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "templates" / "debt.document.html").write_text(PAGE)
    (folder / "policy.dun").write_text(
        f'policy "P"\n  currency BRL\n  timezone "UTC"\n\n{line}\n\nladder l for invoices\n'
        '  at 1d  create document "debt" then send for signature\n')
    (folder / "data" / "customers.csv").write_text("id,name,email,language\nC1,José & Cia <x>,jose@example.com,pt\n")
    due = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86400))
    (folder / "data" / "invoices.csv").write_text(f"number,customer,amount,open,currency,due,status\nA1,C1,1000.00,1000.00,BRL,{due},open\n")

    def dun(*words):
        r = subprocess.run([DUN, *words, "--store", "dun.db"], cwd=folder, capture_output=True, text=True, env=ENV)
        return r.stdout + r.stderr
    dun("import", "data")
    return lambda *words: dun(words[0], *(["policy.dun", "--today", today] if words[0] == "run" else []),
                              *(["policy.dun"] if words[0] == "doctor" else []), *words[1:])


def state(dun, i):
    return [line.split(None, 1)[1].strip() for line in dun("outbox", "show", str(i)).splitlines() if line.startswith("state ")][0]


def try_docusign(folder, today, modulus, prism):
    service = DocuSign(modulus, prism)
    server = serve(service.handle)
    dun = house(folder, f'connect signature docusign "{server.url}/restapi" with account "acc-1" and user "user-1" and client '
                f'"client-1" and key from env "DOCUSIGN_KEY" and secret from env "S" and login "{server.url}"', today)
    check("docusign: doctor", "WRONG" in dun("doctor"), False)
    server.lose_next = True
    dun("run")
    check("docusign: an answer was lost", (state(dun, 1), state(dun, 2)), ("accepted", "unknown"))
    dun("run")
    check("docusign: it is found by its key", state(dun, 2), "accepted")
    dun("run")
    check("docusign: one envelope", len(service.envelopes), 1)
    e = service.envelopes[0]
    pdf = base64.b64decode(e["documents"][0]["documentBase64"])
    words = text_of(pdf)
    check("docusign: the document says what the page says", "Confissão de dívida" in words and "José & Cia <x> deve R$ 1.000,00" in words, True)
    check("docusign: subject and signer", (e["emailSubject"], e["recipients"]["signers"][0]["email"]), ("Confissão de dívida A1", "jose@example.com"))
    dun("outbox", "save", "1", "kept.pdf")
    check("docusign: what was kept is what was sent", (folder / "kept.pdf").read_bytes() == pdf, True)
    if prism:
        check("docusign: as its description says", [s for s, _ in service.said], [201])
        if service.said[0][0] != 201:
            print(service.said)
    server.shutdown()


def try_clicksign(folder, today):
    service = Clicksign()
    server = serve(service.handle)
    dun = house(folder, f'connect signature clicksign "{server.url}" with token from env "CLICKSIGN_TOKEN" and secret from env "S"', today)
    check("clicksign: doctor", "WRONG" in dun("doctor"), False)
    server.lose_next = True
    dun("run")
    check("clicksign: an answer was lost", (state(dun, 1), state(dun, 2)), ("accepted", "unknown"))
    dun("run")
    check("clicksign: it runs, and nobody was told", (state(dun, 2), service.told), ("unknown", []))
    dun("outbox", "retry", "2", "--yes", "--by", "ana")
    dun("run")
    check("clicksign: the signer is told of the same one", (state(dun, 2), service.told), ("accepted", ["e1"]))
    dun("run")
    check("clicksign: one envelope runs", [e["status"] for e in service.envelopes.values()], ["running"])
    content = service.envelopes["e1"]["documents"][0]["attributes"]["content_base64"]
    check("clicksign: the document", "José & Cia <x> deve" in text_of(base64.b64decode(content.split(",", 1)[1])), True)
    server.shutdown()


def start_prism():
    description = VENDOR / "docusign-envelopes.swagger.json"
    if not description.exists():
        print("skipped: DocuSign's description is not here")
        return None, 0
    r = subprocess.run([str(PRISM), "start", str(description), "0"], capture_output=True, text=True)
    if r.returncode:
        print("skipped: Prism cannot be had here")
        return None, 0
    return [int(n) for n in r.stdout.split()]


with tempfile.TemporaryDirectory() as work:
    work = Path(work)
    KEY = subprocess.run(["openssl", "genrsa", "2048"], capture_output=True, text=True).stdout
    N = subprocess.run(["openssl", "rsa", "-modulus", "-noout"], input=KEY, capture_output=True, text=True).stdout
    ENV = dict(os.environ, DOCUSIGN_KEY=KEY, CLICKSIGN_TOKEN="token-of-the-test", S="secret", LANG="C.UTF-8")
    TODAY = time.strftime("%Y-%m-%d", time.gmtime())
    PID, PORT = start_prism()
    try:
        try_docusign(work / "docusign", TODAY, int(N.strip().split("=")[1], 16), PORT)
        try_clicksign(work / "clicksign", TODAY)
    finally:
        if PID:
            subprocess.run([str(PRISM), "stop", str(PID)])
sys.exit(counted())
