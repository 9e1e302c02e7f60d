#!/usr/bin/env python3
"""What a sync costs: pages of 500 receivables of Omie from a server on loopback into a store, beside Python's json and
sqlite3 doing the same from the same server. The processor's time, median of some rounds; the most memory at two sizes.

    sync.py DUN [ROWS] [ROUNDS] [--csv]

--csv: nanoseconds a record, ours and Python's.
"""
import http.client
import json
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PAGE = 500
EMPTY = b'{"faultstring":"ERROR: vazio","faultcode":"SOAP-ENV:Client-5113"}'


def title(k):
    return {"cabecTitulo": {
        "nCodTitulo": 7000000 + k, "cCodIntTitulo": "", "cNumTitulo": f"RPS {k}", "dDtEmissao": "01/02/2026",
        "dDtVenc": f"{k % 28 + 1:02d}/03/2026", "dDtPrevisao": "20/02/2026", "dDtPagamento": "", "nCodCliente": 101 + k % 1000,
        "cCPFCNPJCliente": "11.222.333/0001-81", "nCodCtr": 9001 + k % 50, "cNumCtr": "2026/001", "nCodOS": 0, "cNumOS": "",
        "cStatus": "ATRASADO", "cNatureza": "R", "cTipo": "BOL", "cOperacao": "01", "cNumDocFiscal": str(k),
        "cNumParcela": "001/002", "nValorTitulo": 1250.5 + k % 977}, "lancamentos": [],
        "resumo": {"cLiquidado": "N", "nValPago": 250.5, "nValAberto": 1000 + k % 977, "nDesconto": 0, "nJuros": 0,
                   "nMulta": 0, "nValLiquido": 250.5}}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        param = body["param"][0]
        page = param.get("nPagina", param.get("pagina"))
        pages = self.server.pages.get(body["call"], [])
        data = pages[page - 1] if page <= len(pages) else EMPTY
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def serve(rows):
    count = (rows + PAGE - 1) // PAGE
    titles = [json.dumps({"nPagina": p + 1, "nTotPaginas": count, "nRegistros": PAGE, "nTotRegistros": rows,
                          "titulosEncontrados": [title(k) for k in range(p * PAGE, min(rows, (p + 1) * PAGE))]},
                         separators=(",", ":")).encode() for p in range(count)]
    customers = [json.dumps({"pagina": p + 1, "total_de_paginas": 2, "registros": PAGE, "total_de_registros": 1000,
                             "clientes_cadastro": [{"codigo_cliente_omie": 101 + k, "razao_social": f"Padaria {k} Ltda",
                                                    "email": f"a{k}@padaria.example", "estado": "SP"}
                                                   for k in range(p * PAGE, (p + 1) * PAGE)]}).encode() for p in range(2)]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.pages = {"PesquisarLancamentos": titles, "ListarClientes": customers}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, sum(map(len, titles))


def measured(command, **more):
    """(processor's seconds, most memory in MB) of a program."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, **more) as p:
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = status
        assert status == 0, f"{command}: {status}"
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def ours(dun, port):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "p.dun").write_text(
            f'policy "x"\n  currency BRL\nconnect erp omie "http://127.0.0.1:{port}" with key from env "K" and secret from '
            'env "S" and rate "99999"\n')
        return measured([dun, "sync", "p.dun", "--store", "t.db", "--quiet"], cwd=folder,
                        env=dict(os.environ, K="1", S="2"))


def peer(port):
    """The same in this language: what a script of the house would do."""
    return measured([sys.executable, __file__, "--peer", str(port)])


def be_peer(port):
    with tempfile.TemporaryDirectory() as folder, sqlite3.connect(f"{folder}/t.db") as db:
        db.execute("CREATE TABLE customer (id TEXT PRIMARY KEY, name TEXT, email TEXT, state TEXT)")
        db.execute("CREATE TABLE invoice (number TEXT PRIMARY KEY, customer TEXT, amount INTEGER, open INTEGER, paid "
                   "INTEGER, due TEXT, issued TEXT, status TEXT, kind TEXT, document TEXT)")
        link = http.client.HTTPConnection("127.0.0.1", port)

        def ask(call, param):
            link.request("POST", "/", json.dumps({"call": call, "param": [param]}))
            return json.loads(link.getresponse().read())

        def day(text):
            return f"{text[6:]}-{text[3:5]}-{text[:2]}"

        for page in (1, 2):
            rows = ask("ListarClientes", {"pagina": page})["clientes_cadastro"]
            db.executemany("INSERT INTO customer VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name",
                           [(str(r["codigo_cliente_omie"]), r["razao_social"], r["email"], r["estado"]) for r in rows])
            db.commit()
        page, pages = 1, 1
        while page <= pages:
            answer = ask("PesquisarLancamentos", {"nPagina": page})
            pages = answer["nTotPaginas"]
            db.executemany(
                "INSERT INTO invoice VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (number) DO UPDATE SET open = "
                "excluded.open, status = excluded.status",
                [(str(h["nCodTitulo"]), str(h["nCodCliente"]), round(h["nValorTitulo"] * 100),
                  round(s["nValAberto"] * 100), round(s["nValPago"] * 100), day(h["dDtVenc"]), day(h["dDtEmissao"]),
                  h["cStatus"], h["cTipo"], h["cNumDocFiscal"])
                 for h, s in ((t["cabecTitulo"], t["resumo"]) for t in answer["titulosEncontrados"])])
            db.commit()
            page += 1


def main():
    if sys.argv[1] == "--peer":
        be_peer(int(sys.argv[2]))
        return
    csv = "--csv" in sys.argv
    sys.argv = [a for a in sys.argv if a != "--csv"]
    dun = str(Path(sys.argv[1]).resolve())
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 100000
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    server, size = serve(rows)
    port = server.server_address[1]
    mine, theirs = [], []
    for _ in range(rounds):
        mine.append(ours(dun, port))
        theirs.append(peer(port))
    m, t = statistics.median(x[0] for x in mine), statistics.median(x[0] for x in theirs)
    if csv:
        print(f"{m / rows * 1e9:.0f},{t / rows * 1e9:.0f}")
        return
    server.shutdown()
    small, _ = serve(rows // 5)
    less = ours(dun, small.server_address[1])[1]
    most = max(x[1] for x in mine)
    print(f"{rows} receivables in pages of {PAGE}, {size / 1e6:.0f} MB of JSON; processor's time, median of {rounds}")
    print(f"dun sync          {rows / m:10.0f} records/s")
    print(f"python            {rows / t:10.0f} records/s")
    print(f"ratio             {t / m:10.2f}")
    print(f"memory            {most:10.1f} MB; {less:.1f} MB for a fifth of the rows")


main()
