"""A folder with a policy and a ledger, services around it (Twilio, WhatsApp, Omie) that answer on loopback, and `dun serve` over
it. What the tests of the door share."""
import base64
import hashlib
import hmac
import http.client
import http.server
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
import urllib.parse

ACCOUNT = "AC" + "0" * 32
TOKEN = "twilio-token"
CLOUD_SECRET = "cloud-secret"
OMIE_TOKEN = "omie-hook-token"
BILLING_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PUBLIC = "https://dun.example.com"
PATIENCE = 75

passed = failed = 0
DUE = time.strftime("%d/%m/%Y", time.gmtime(time.time() - 86400))


def same(what, expected, got):
    global passed, failed
    if expected == got:
        passed += 1
    else:
        failed += 1
        print("FAILED: %s: expected %r, got %r" % (what, expected, got), flush=True)


def until(what, ask, expected=True, patience=PATIENCE):
    """Asks again until the answer comes, or patience ends."""
    end = time.time() + patience
    got = ask()
    while got != expected and time.time() < end:
        time.sleep(0.1)
        got = ask()
    same(what, expected, got)


class Services(http.server.BaseHTTPRequestHandler):
    """What dun calls: Twilio's messages, and Omie's lists of one receivable."""
    sent = []  # of Twilio: (sid, form)
    silent = False  # Twilio takes the message and never answers
    paid = False  # what Omie says of the receivable when it is read
    omie_down = False
    omie_hangs = threading.Event()  # set: it takes what it is asked, and never answers
    omie_calls = []

    def log_message(self, *args):
        pass

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    templates = []  # of the WhatsApp Business account 2211
    asked = []  # every GET

    def do_GET(self):
        Services.asked.append(self.path)
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if url.path == "/2010-04-01/Accounts/%s.json" % ACCOUNT:
            return self.answer(200, {"sid": ACCOUNT, "status": "active"})
        if url.path.startswith("/v23.0/") and self.headers.get("Authorization") != "Bearer t":
            return self.answer(401, {"error": {"message": "expired", "code": 190}})
        if url.path == "/v23.0/4477":
            return self.answer(200, {"id": "4477", "display_phone_number": "+1 415 555 0100", "verified_name": "S"})
        if url.path == "/v23.0/2211/message_templates":  # those whose name begins so, two a page
            rows = [t for t in self.templates if t["name"].startswith(query.get("name", ""))]
            at = int(query.get("after", "0"))
            paging = {"cursors": {"after": str(at + 2)}}
            if at + 2 < len(rows):
                paging["next"] = "http://127.0.0.1/somewhere?access_token=t"
            return self.answer(200, {"data": rows[at:at + 2], "paging": paging})
        if url.path == "/v1/Content/HX" + "1" * 32:
            return self.answer(200, {"sid": "HX" + "1" * 32, "language": "pt_BR", "variables": {"1": "x"},
                                     "types": {"twilio/text": {"body": "Fatura {{1}} de {{2}}"}}})
        if url.path == "/v1/Content/HX%s/ApprovalRequests" % ("1" * 32):
            return self.answer(200, {"sid": "HX" + "1" * 32, "whatsapp": {"status": "approved"}})
        self.answer(404, {})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/2010-04-01/"):
            form = dict(urllib.parse.parse_qsl(body.decode()))
            sid = "SM%032x" % (len(self.sent) + 1)
            self.sent.append((sid, form))
            if self.silent:
                self.close_connection = True
                return None
            return self.answer(201, {"sid": sid, "status": "queued", "error_code": None})
        return self.omie(json.loads(body))

    def omie(self, asked):
        call, param = asked["call"], asked["param"][0]
        Services.omie_calls.append((call, param))
        if self.omie_hangs.is_set():
            time.sleep(PATIENCE)
            self.close_connection = True
            return None
        if self.omie_down:
            return self.answer(503, {})
        title = {"codigo_lancamento_omie": 777, "nCodTitulo": 777, "codigo_cliente_fornecedor": 5, "nCodCliente": 5,
                 "data_vencimento": DUE, "dDtVenc": DUE, "dDtEmissao": "01/12/2025",
                 "data_emissao": "01/12/2025", "valor_documento": 100.0, "nValorTitulo": 100.0, "numero_documento": "NF-1",
                 "cNumTitulo": "NF-1", "cNumDocFiscal": "NF-1", "numero_parcela": "001/001", "cNumParcela": "001/001",
                 "status_titulo": "RECEBIDO" if self.paid else "ATRASADO", "cStatus": "RECEBIDO" if self.paid else "ATRASADO",
                 "cNatureza": "R"}
        summary = {"cLiquidado": "S" if self.paid else "N", "nValPago": 100.0 if self.paid else 0.0,
                   "nValAberto": 0.0 if self.paid else 100.0}
        client = {"codigo_cliente_omie": 5, "razao_social": "Padaria Sol", "nome_fantasia": "Padaria Sol",
                  "telefone1_ddd": "11", "telefone1_numero": "98765-4321", "email": "sol@example.com", "estado": "SP"}
        if call == "ListarClientes":
            return self.answer(200, {"pagina": 1, "total_de_paginas": 1, "registros": 1, "total_de_registros": 1,
                                     "clientes_cadastro": [client]})
        if call == "ConsultarCliente":
            return self.answer(200, client)
        if call == "PesquisarLancamentos":
            return self.answer(200, {"nPagina": 1, "nTotPaginas": 1, "nRegistros": 1, "nTotRegistros": 1,
                                     "titulosEncontrados": [{"cabecTitulo": title, "lancamentos": [], "resumo": summary}]})
        if call == "ConsultarContaReceber":
            return self.answer(200, title)
        return self.answer(500, {"faultstring": "ERROR: Não existem registros para a página [1]!",
                                 "faultcode": "SOAP-ENV:Client-5113"})


def services():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Services)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


SERVICES = services()

CUSTOMERS = """id,name,phone,whatsapp,country
C1,Padaria Sol,(11) 98765-4321,+55 11 98765-4321,BR
C2,Casa Azul,+55 11 91111-2222,+55 11 91111-2222,BR
C3,Dois Irmãos,+55 11 93333-4444,+55 11 93333-4444,BR
"""

LINES = """connect sms twilio from "+14155550100" with account "%s" and token from env "TWILIO_TOKEN" and url "http://127.0.0.1:%d"
  and country "BR" and callback "%s/hooks/sms/twilio"
connect whatsapp cloud with phone "4477" and token from env "CLOUD_TOKEN" and secret from env "CLOUD_SECRET"
  and verify_token from env "CLOUD_VERIFY" and url "http://127.0.0.1:%d"
""" % (ACCOUNT, SERVICES, PUBLIC, SERVICES)

OMIE = """connect erp omie with key from env "OMIE_KEY" and secret from env "OMIE_SECRET" and token from env "OMIE_TOKEN"
  and url "http://127.0.0.1:%d/api/v1" and interval "%s"
"""

RULES = """
ladder l for invoices
  at 1d send sms "Invoice {number} of {open} is overdue"
on message failed log "failed {number}"
on message read log "read {number}"
on reply open card in "Negotiation"
"""


class House:
    def __init__(self, dun, lines=LINES, rules=RULES, ledger=True, arguments=("--public-url", PUBLIC)):
        self.folder = tempfile.mkdtemp(prefix="dun-serve-")
        self.dun, self.arguments = dun, list(arguments)
        self.environment = dict(os.environ, TWILIO_TOKEN=TOKEN, CLOUD_TOKEN="t", CLOUD_SECRET=CLOUD_SECRET, CLOUD_VERIFY="v",
                                OMIE_KEY="k", OMIE_SECRET="s", OMIE_TOKEN=OMIE_TOKEN, BILLING_SECRET=BILLING_SECRET,
                                LANG="C", TZ="UTC", USER="tests")
        self.store = self.at("dun.db")
        self.process = None
        self.port = 0
        with open(self.at("p.dun"), "w") as f:
            f.write('policy "S"\n  currency BRL\n  after a gap send only the latest\n' + lines + rules)
        if ledger:
            os.mkdir(self.at("data"))
            with open(self.at("data/customers.csv"), "w") as f:
                f.write(CUSTOMERS)
            day = (time.time() // 86400 - 1) * 86400
            due = time.strftime("%Y-%m-%d", time.gmtime(day))
            with open(self.at("data/invoices.csv"), "w") as f:
                f.write("number,customer,amount,open,due,status\n")
                for i in (1, 2, 3):
                    f.write("A-%d,C%d,100.00,100.00,%s,open\n" % (i, i, due))
            self.run("import", self.at("data"), "--store", self.store)

    def at(self, name):
        return os.path.join(self.folder, name)

    def run(self, *words):
        return subprocess.run([self.dun, *words], cwd=self.folder, env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)

    def serve(self, *more):
        self.errors = open(self.at("serve.log"), "a")
        at = os.path.getsize(self.at("serve.log"))
        self.process = subprocess.Popen([self.dun, "serve", "p.dun", "--store", self.store, "--listen", "127.0.0.1:0",
                                         *self.arguments, *more], cwd=self.folder, env=self.environment,
                                        stderr=self.errors, stdout=self.errors)
        end = time.time() + PATIENCE
        while time.time() < end and self.process.poll() is None:
            with open(self.at("serve.log")) as f:
                f.seek(at)
                found = re.search(r"/health at http://127.0.0.1:(\d+)", f.read())
            if found:
                self.port = int(found.group(1))
                return self
            time.sleep(0.05)
        raise SystemExit("dun serve did not begin:\n" + self.log())

    def log(self):
        with open(self.at("serve.log")) as f:
            return f.read()

    def stop(self, how=signal.SIGTERM):
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

    def end(self):
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, sql, *values):
        d = sqlite3.connect(self.store, timeout=30)
        try:
            return d.execute(sql, values).fetchall()
        finally:
            d.close()

    def one(self, sql, *values):
        rows = self.ask(sql, *values)
        return rows[0][0] if rows else None

    def happenings(self, kind):
        return self.one("SELECT count(*) FROM happening WHERE kind = ?", kind)

    # ---- requests ----

    def send(self, path, body=b"", headers=None, method="POST"):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            c.request(method, path, body, headers or {})
            r = c.getresponse()
            return r.status, r.read()
        finally:
            c.close()

    def raw(self, data, patience=PATIENCE):
        """What comes back until the connection ends."""
        s = socket.create_connection(("127.0.0.1", self.port), timeout=patience)
        out = b""
        try:
            s.sendall(data)
            while True:
                piece = s.recv(65536)
                if not piece:
                    return out
                out += piece
        except OSError:
            return out
        finally:
            s.close()

    def twilio(self, form, query="", token=TOKEN, path="/hooks/sms/twilio"):
        url = PUBLIC + path + query
        signed = url + "".join(k + form[k] for k in sorted(form))
        signature = base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
        return self.send(path + query, urllib.parse.urlencode(form),
                         {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature})

    def status(self, sid, word, **more):
        form = {"AccountSid": ACCOUNT, "MessageSid": sid, "MessageStatus": word}
        query = "?key=" + more.pop("key") if "key" in more else ""
        form.update(more)
        return self.twilio(form, query)[0]

    def text(self, name, number, words, **more):
        """`name`: the same message again has the same."""
        sid = "SM" + hashlib.md5(name.encode()).hexdigest()
        return self.twilio(dict({"AccountSid": ACCOUNT, "MessageSid": sid, "From": number, "To": "+14155550100",
                                 "Body": words}, **more))[0]

    def cloud(self, value, secret=CLOUD_SECRET):
        body = json.dumps({"object": "whatsapp_business_account",
                           "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]}).encode()
        signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return self.send("/hooks/whatsapp/cloud", body,
                         {"Content-Type": "application/json", "X-Hub-Signature-256": signature})[0]

    def omie(self, topic, event, message, token=OMIE_TOKEN):
        body = json.dumps({"messageId": message, "topic": topic, "event": event, "appKey": "k"}).encode()
        return self.send("/hooks/erp/omie/" + token, body, {"Content-Type": "application/json"})[0]

    def signed(self, name, body, ago=0, secret=BILLING_SECRET, before="", path="/hooks/webhook/billing", **headers):
        """As Standard Webhooks says; `before`: another signature beside it."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        at = str(int(time.time()) - ago)
        key = base64.b64decode(secret[len("whsec_"):])
        signature = base64.b64encode(hmac.new(key, b"%s.%s." % (name.encode(), at.encode()) + data, hashlib.sha256).digest()).decode()
        sent = {"Content-Type": "application/json", "webhook-id": name, "webhook-timestamp": at,
                "webhook-signature": before + "v1," + signature}
        sent.update({k.replace("_", "-"): v for k, v in headers.items()})
        return self.send(path, data, {k: v for k, v in sent.items() if v is not None})[0]
