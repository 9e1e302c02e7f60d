#!/usr/bin/env python3
"""`dun sync` against tests/apis/omie.openapi.json: Prism checks every request and answers with the description's
examples, through a relay that asks for the example named after the call. Where Prism cannot be had it is skipped.
run_omie_prism.py DUN; the last line is `N passed, M failed`."""
import http.client
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from checks import check, counted  # noqa: E402

HERE = Path(__file__).resolve().parent
PRISM = HERE.parent / "support" / "prism.sh"
DUN = str(Path(sys.argv[1]).resolve())
EXAMPLES = {"ListarClientes", "ListarContratos", "PesquisarLancamentos", "ObterBoleto", "ObterPix", "GerarPix",
            "ConsultarContaReceber", "ConsultarCliente", "ConsultarContrato"}


class Relay(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        call = json.loads(raw).get("call", "")
        prefer = self.server.prefer or f"example={call}"
        if call == "ObterPix" and not self.server.prefer:
            prefer = "code=500, example=nao_cadastrado"  # none yet: it is made
        link = http.client.HTTPConnection("127.0.0.1", self.server.prism)
        link.request("POST", self.path, raw, {"Content-Type": self.headers["Content-Type"], "Prefer": prefer})
        answer = link.getresponse()
        body = answer.read()
        self.server.answers.append((call, answer.status))
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def sync(relay, folder, *arguments):
    relay.answers.clear()
    return subprocess.run([DUN, "sync", "p.dun", "--store", "t.db", *arguments], cwd=folder, capture_output=True, text=True,
                          env=dict(os.environ, K="38333295000", S="fed2163e2e8dccb53ff914ce9e2f1258", LANG="C"), timeout=120)


def run(port):
    relay = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    relay.daemon_threads = True
    relay.prism, relay.answers, relay.prefer = port, [], None
    threading.Thread(target=relay.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "p.dun").write_text(
            f'policy "Omie"\n  currency BRL\nconnect erp omie "http://127.0.0.1:{relay.server_address[1]}" with key from env '
            '"K" and secret from env "S" and payment "boleto, pix"\n')
        first = sync(relay, folder, "--format", "csv")
        check(f"first sync ({first.stderr.strip()})", first.returncode, 0)
        check("its answers", [a for a in relay.answers if a[1] != 200], [("ObterPix", 500)])
        check("its calls", {call for call, _ in relay.answers} - EXAMPLES, set())
        with sqlite3.connect(f"{folder}/t.db") as db:
            row = db.execute("SELECT number, amount, open, paid_amount, status, contract, installment, installments, payment_link, "
                             "pix FROM invoice").fetchall()
            check("the receivable", row, [("7001", 125050, 100000, 25050, "open", "9001", 1, 2, "https://pix.example/31",
                                           "00020126580014br.gov.bcb.pix")])
            check("the customer", db.execute("SELECT id, name, email, phone FROM customer").fetchall(),
                  [("101", "Padaria Sol", "financeiro@padariasol.example", "+5511999990000")])
            check("the contract", db.execute("SELECT number, status, price FROM contract").fetchall(),
                  [("9001", "active", 125050)])
        second = sync(relay, folder)  # by the day of change
        check(f"second sync ({second.stderr.strip()})", second.returncode, 0)
        check("no request was refused", [a for a in relay.answers if a[1] not in (200, 500)], [])
        for example, words in (("code=425, example=bloqueada", "come again in 1792 seconds"),
                               ("code=500, example=parametro", "Client-1020")):
            relay.prefer = example
            r = sync(relay, folder)
            check(f"{example}: status", r.returncode, 4)
            check(f"{example}: words ({r.stderr.strip()})", words in r.stderr, True)
        relay.prefer = "code=500, example=sem_registros"
        check("an empty list", sync(relay, folder).returncode, 0)
    relay.shutdown()


started = subprocess.run([str(PRISM), "start", str(HERE.parent / "apis" / "omie.openapi.json"), "0"], capture_output=True,
                         text=True)
if started.returncode == 77:
    print(f"skipped: {started.stderr.strip()}")
else:
    check(f"prism starts ({started.stderr.strip()})", started.returncode, 0)
    if started.returncode == 0:
        pid, port = started.stdout.split()
        try:
            run(int(port))
        finally:
            subprocess.run([str(PRISM), "stop", pid], check=False)
sys.exit(counted())
