#!/usr/bin/env python3
"""An Omie of our own on loopback, for tests: it keeps state, checks every request against tests/apis/omie.openapi.json,
and enforces what Omie documents: 240 calls a minute and 4 at once for each method, 960 a minute in all, the same
request again only after 60 s. It says how often a limit was broken, and how often each contract was billed.

    omie_server.py [--speed N] [--page ROWS] [--port P] [--customers N] [--titles N] [--contracts N]

prints its port and serves until its standard input ends. `--speed 200`: its clock runs 200 times as fast, so that a
minute's limit can be tested. What a test wants done goes to POST /_control, what happened is read at GET /_stats.
"""
import argparse
import datetime
import json
import random
import re
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).resolve().parent
KEY, SECRET = "38333295000", "fed2163e2e8dccb53ff914ce9e2f1258"
PATHS = {
    "/financas/contareceber/": ["ListarContasReceber", "ConsultarContaReceber", "AlterarContaReceber",
                                "LancarRecebimento", "CancelarContaReceber"],
    "/geral/clientes/": ["ListarClientes", "ConsultarCliente"],
    "/financas/contareceberboleto/": ["ObterBoleto", "ProrrogarBoleto"],
    "/financas/pesquisartitulos/": ["PesquisarLancamentos"],
    "/servicos/contrato/": ["ListarContratos", "ConsultarContrato"],
    "/servicos/contratofat/": ["FaturarContrato", "SuspenderContrato", "AtivarContrato", "CancelarContrato",
                               "ReativarContrato"],
    "/servicos/os/": ["ListarOS"],
    "/financas/pix/": ["GerarPix", "ObterPix"],
}


def day(text):
    return datetime.datetime.strptime(text, "%d/%m/%Y").date()


def written(d):
    return d.strftime("%d/%m/%Y") if d else ""


class Fault(Exception):
    def __init__(self, code, words, status=500):
        super().__init__(code)
        self.body = {"faultstring": words, "faultcode": code}
        self.status = status


class Hang(Exception):
    """The connection ends without an answer."""


# ---- the description ----


class Description:
    def __init__(self):
        self.all = json.loads((HERE.parent / "apis" / "omie.openapi.json").read_text())["components"]["schemas"]

    def check(self, value, schema, at=""):
        """What does not fit, in words; None: it fits."""
        if "$ref" in schema:
            return self.check(value, self.all[schema["$ref"].split("/")[-1]], at)
        kinds = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool}
        kind = schema.get("type")
        if kind and (not isinstance(value, kinds[kind]) or (kind in ("integer", "number") and isinstance(value, bool))):
            return f"{at} is no {kind}"
        if "enum" in schema and value not in schema["enum"]:
            return f"{at} is none of {schema['enum']}"
        if "pattern" in schema and not re.search(schema["pattern"], value):
            return f"{at} is not written as it must be"
        if "maxLength" in schema and len(value) > schema["maxLength"]:
            return f"{at} is too long"
        if "minimum" in schema and value < schema["minimum"] or "maximum" in schema and value > schema["maximum"]:
            return f"{at} is out of bounds"
        if isinstance(value, list):
            for item in value:
                bad = self.check(item, schema.get("items", {}), at + "[]")
                if bad:
                    return bad
        if isinstance(value, dict) and "properties" in schema:
            for name in schema.get("required", []):
                if name not in value:
                    return f"{at}.{name} is missing"
            for name, part in value.items():
                if name not in schema["properties"]:
                    return f"{at}.{name} is not known"
                bad = self.check(part, schema["properties"][name], f"{at}.{name}")
                if bad:
                    return bad
        return None


# ---- the ledger ----


class Ledger:
    def __init__(self, today, customers, contracts, titles):
        self.today = today
        self.customers, self.contracts, self.titles, self.orders = {}, {}, {}, []
        self.pix, self.receipts, self.billed = {}, {}, {}
        old = today - datetime.timedelta(days=60)
        for i in range(customers):
            self.add_customer(101 + i, old)
        for i in range(contracts):
            self.add_contract(9001 + i, 101 + i % max(1, customers), old)
        for i in range(titles):
            self.add_title(700001 + i, 101 + i % max(1, customers), old, value=10000 + i * 7)

    def add_customer(self, code, changed):
        self.customers[code] = {
            "changed": changed, "codigo_cliente_omie": code, "codigo_cliente_integracao": "",
            "razao_social": f"Padaria {code} Ltda", "nome_fantasia": f"Padaria {code}", "cnpj_cpf": "11.222.333/0001-81",
            "pessoa_fisica": "N", "email": f"a{code}@padaria.example; b{code}@padaria.example", "contato": "Ana",
            "telefone1_ddd": "11", "telefone1_numero": "99999-0000", "cidade": "SAO PAULO (SP)", "estado": "SP",
            "inativo": "N", "bloquear_faturamento": "N", "tags": [{"tag": "Cliente"}, {"tag": "VIP"}],
            "recomendacoes": {"email_fatura": "", "gerar_boletos": "S"}}

    def add_contract(self, code, customer, changed, price=125050):
        self.contracts[code] = {"changed": changed, "code": code, "customer": customer, "situation": "10",
                                "price": price, "begins": changed, "ends": None}

    def add_title(self, code, customer, created, value=10000, due=None, contract=0, order=0):
        self.titles[code] = {"code": code, "customer": customer, "created": created, "changed": created,
                             "issued": created, "due": due or created + datetime.timedelta(days=30), "value": value,
                             "paid": 0, "paid_on": None, "cancelled_on": None, "contract": contract, "order": order,
                             "notes": "", "boleto": False, "boleto_due": None}

    def status(self, t):
        if t["cancelled_on"]:
            return "CANCELADO"
        if t["paid"] >= t["value"]:
            return "RECEBIDO"
        if t["paid"]:
            return "PAGTO_PARCIAL"
        return "ATRASADO" if t["due"] < self.today else "VENCE HOJE" if t["due"] == self.today else "A VENCER"

    def title_found(self, t):
        done = t["paid"] >= t["value"]
        return {"cabecTitulo": {
            "nCodTitulo": t["code"], "cCodIntTitulo": "", "cNumTitulo": f"RPS {t['code'] % 1000}",
            "dDtEmissao": written(t["issued"]), "dDtVenc": written(t["due"]), "dDtPrevisao": written(t["due"]),
            "dDtPagamento": written(t["paid_on"]), "nCodCliente": t["customer"],
            "cCPFCNPJCliente": "11.222.333/0001-81", "nCodCtr": t["contract"], "cNumCtr": "", "nCodOS": t["order"],
            "cNumOS": "", "cStatus": self.status(t), "cNatureza": "R", "cTipo": "BOL", "cOperacao": "01",
            "cNumDocFiscal": str(t["code"] % 100000), "cNumParcela": "001/002", "nValorTitulo": t["value"] / 100,
            "cNumBoleto": "00001" if t["boleto"] else ""},
            "lancamentos": [{"nCodLanc": 1, "nValLanc": t["paid"] / 100}] if t["paid"] else [],
            "resumo": {"cLiquidado": "S" if done else "N", "nValPago": t["paid"] / 100,
                       "nValAberto": (t["value"] - t["paid"]) / 100, "nDesconto": 0, "nJuros": 0, "nMulta": 0}}

    def title_read(self, t):
        return {"codigo_lancamento_omie": t["code"], "codigo_lancamento_integracao": "",
                "codigo_cliente_fornecedor": t["customer"], "data_emissao": written(t["issued"]),
                "data_vencimento": written(t["due"]), "data_previsao": written(t["due"]),
                "valor_documento": t["value"] / 100, "numero_documento": "RPS 8", "numero_parcela": "001/002",
                "status_titulo": self.status(t), "observacao": t["notes"],
                "boleto": {"cGerado": "S" if t["boleto"] else "N", "cNumBoleto": "00001" if t["boleto"] else "",
                           "nPerJuros": 0, "nPerMulta": 0}}

    def contract_read(self, c):
        return {"cabecalho": {"nCodCtr": c["code"], "cCodIntCtr": "", "nCodCli": c["customer"],
                              "cNumCtr": f"2026/{c['code']}", "cCodSit": c["situation"],
                              "dVigInicial": written(c["begins"]), "dVigFinal": written(c["ends"]), "nDiaFat": 5,
                              "nValTotMes": c["price"] / 100, "cTipoFat": "01"},
                "infAdic": {}, "vencTextos": {"cTpVenc": "002", "nDiaFixo": 10}, "itensContrato": []}


# ---- the calls ----


class Omie:
    def __init__(self, options):
        self.o = options
        self.description = Description()
        self.lock = threading.RLock()
        self.began = time.monotonic()
        today = datetime.date.fromisoformat(options.today) if options.today else datetime.date.today()
        self.ledger = Ledger(today, options.customers, options.contracts, options.titles)
        self.seen, self.at, self.all_at, self.busy = {}, {}, [], {}
        self.calls, self.broken = [], {}
        self.faults = []  # {"call": name or "*", "do": what, "times": n} or {"rate": percent, "do": [...]}
        self.chance = random.Random(options.seed)
        self.before = None  # a test in the same program may look at each call, and change the ledger
        self.limits = True

    def now(self):
        return (time.monotonic() - self.began) * self.o.speed

    def note(self, what):
        self.broken[what] = self.broken.get(what, 0) + 1

    def limit(self, call, body):
        now = self.now()
        same = self.seen.get(body)
        if same is not None and now - same < self.o.same:
            wait = int(self.o.same - (now - same)) + 1
            raise Fault("SOAP-ENV:Client-6", f"ERROR: Consumo redundante detectado. Aguarde {wait} segundos para "
                                             "tentar novamente (REDUNDANT).")
        self.seen[body] = now
        for name, most, times in ((call, 240, self.at.setdefault(call, [])), ("all", 960, self.all_at)):
            times[:] = [t for t in times if now - t < 60]
            if len(times) >= most:
                self.note(f"{name}: more than {most} a minute")
                raise Fault("SOAP-ENV:Client-429", "ERROR: Too many requests", 429)
            times.append(now)
        if self.busy.get(call, 0) > 4:
            self.note(f"{call}: more than 4 at once")
            raise Fault("SOAP-ENV:Client-8020", "ERROR: Já existe uma requisição desse método sendo executada", 500)

    def answer(self, path, raw):
        """(status, body) of a call; Hang: none."""
        try:
            body = json.loads(raw)
            call = body.get("call", "")
        except ValueError:
            return 500, {"faultstring": "ERROR: JSON", "faultcode": "SOAP-ENV:Client-1020"}
        with self.lock:
            self.busy[call] = self.busy.get(call, 0) + 1
        try:
            with self.lock:
                return 200, self.checked(path, call, body, raw)
        except Fault as f:
            return f.status, f.body
        finally:
            with self.lock:
                self.busy[call] -= 1

    def checked(self, path, call, body, raw):
        if call not in PATHS.get(path, []):
            self.note(f"{path}: no call {call}")
            raise Fault("SOAP-ENV:Client-1020", "ERROR: call")
        bad = self.description.check(body, {"$ref": f"#/components/schemas/Req{call}"}, call)
        if bad:
            self.note(bad)
            raise Fault("SOAP-ENV:Client-1020", f"ERROR: {bad}")
        if body["app_key"] != KEY or body["app_secret"] != SECRET:
            raise Fault("SOAP-ENV:Client-101", "ERROR: A chave de acesso está inválida!")
        if self.limits:
            self.limit(call, raw)
        self.calls.append(call)
        if self.before:
            self.before(self, call, body["param"][0])
        act = getattr(self, call)
        fault = self.planned(call)
        if fault:
            return self.fail(fault, act, body["param"][0])
        return act(body["param"][0])

    def planned(self, call):
        for f in self.faults:
            if f.get("call", "*") not in ("*", call):
                continue
            if "rate" in f:
                if self.chance.random() * 100 < f["rate"]:
                    return self.chance.choice(f["do"])
            elif f["times"] > 0:
                f["times"] -= 1
                return f["do"]
        return None

    def fail(self, fault, act, param):
        """`done ...`: the call is carried out, and the answer says otherwise."""
        if fault.startswith("done "):
            act(param)
            fault = fault[5:]
        if fault == "hang":
            raise Hang()
        if fault == "html":
            raise Fault(None, "<html>", 502)
        status = 200 if fault.endswith("@200") else 425 if fault == "MISUSE_API_PROCESS" else 500
        code = fault.removesuffix("@200")
        words = {"Client-6": "ERROR: Consumo redundante detectado. Aguarde 57 segundos para tentar novamente.",
                 "Client-1100": "ERROR: Esta requisição já foi processada ou está sendo processada e você pode tentar "
                                "novamente às 19:04:08. (1)",
                 "MISUSE_API_PROCESS": "ERROR: API bloqueada por consumo indevido. Tente novamente em 1792 segundos."}
        raise Fault(code if code.startswith("MISUSE") else f"SOAP-ENV:{code}", words.get(code, "ERROR: falha"), status)

    # -- lists --

    def page(self, rows, number, size, names):
        size = min(size, self.o.page)
        total = len(rows)
        pages = (total + size - 1) // size
        part = rows[(number - 1) * size: number * size]
        if not part:
            raise Fault("SOAP-ENV:Client-5113", f"ERROR: Não existem registros para a página [{number}]!")
        return dict(zip(names, (number, pages, len(part), total))), part

    def listed(self, p, rows, name, write):
        if p.get("filtrar_por_data_de"):
            rows = [r for r in rows if r["changed"] >= day(p["filtrar_por_data_de"])]
        head, part = self.page(rows, p["pagina"], p["registros_por_pagina"],
                               ("pagina", "total_de_paginas", "registros", "total_de_registros"))
        return {**head, name: [write(r) for r in part]}

    def ListarClientes(self, p):
        rows = [self.ledger.customers[k] for k in sorted(self.ledger.customers)]
        return self.listed(p, rows, "clientes_cadastro", lambda r: {k: v for k, v in r.items() if k != "changed"})

    def ListarContratos(self, p):
        rows = [self.ledger.contracts[k] for k in sorted(self.ledger.contracts)]
        if p.get("filtrar_cliente"):
            rows = [r for r in rows if r["customer"] == p["filtrar_cliente"]]
        return self.listed(p, rows, "contratoCadastro", self.ledger.contract_read)

    def PesquisarLancamentos(self, p):
        rows = [self.ledger.titles[k] for k in sorted(self.ledger.titles)]
        if "nCodTitulo" in p:
            rows = [r for r in rows if r["code"] == p["nCodTitulo"]]
        if "nCodCtr" in p:
            rows = [r for r in rows if r["contract"] == p["nCodCtr"]]
        if "nCodOS" in p:
            rows = [r for r in rows if r["order"] == p["nCodOS"]]
        for name, field in (("dDtAltDe", "changed"), ("dDtIncDe", "created"), ("dDtPagtoDe", "paid_on"),
                            ("dDtCancDe", "cancelled_on"), ("dDtEmisDe", "issued")):
            if name in p:
                rows = [r for r in rows if r[field] and r[field] >= day(p[name])]
        if p.get("cStatus") == "EMABERTO":
            rows = [r for r in rows if not r["cancelled_on"] and r["paid"] < r["value"]]
        head, part = self.page(rows, p["nPagina"], p["nRegPorPagina"],
                               ("nPagina", "nTotPaginas", "nRegistros", "nTotRegistros"))
        return {**head, "titulosEncontrados": [self.ledger.title_found(r) for r in part]}

    def ListarOS(self, p):
        rows = [o for o in self.ledger.orders if o["customer"] == p.get("filtrar_por_cliente", o["customer"])]
        head, part = self.page(rows, p["pagina"], p["registros_por_pagina"],
                               ("pagina", "total_de_paginas", "registros", "total_de_registros"))
        return {**head, "osCadastro": [{"Cabecalho": {"nCodOS": o["code"], "cNumOS": str(o["code"]),
                                                      "nCodCli": o["customer"], "cEtapa": "50"}} for o in part]}

    # -- one row --

    def find(self, rows, code, what):
        if code not in rows:
            raise Fault("SOAP-ENV:Client-105", f"ERROR: {what} não cadastrado para o Código [{code}] !")
        return rows[code]

    def ConsultarCliente(self, p):
        c = self.find(self.ledger.customers, p.get("codigo_cliente_omie"), "Cliente")
        return {k: v for k, v in c.items() if k != "changed"}

    def ConsultarContrato(self, p):
        c = self.find(self.ledger.contracts, p["contratoChave"].get("nCodCtr"), "Contrato")
        return {"contratoCadastro": self.ledger.contract_read(c)}

    def ConsultarContaReceber(self, p):
        return self.ledger.title_read(self.find(self.ledger.titles, p.get("codigo_lancamento_omie"), "Lançamento"))

    def ObterBoleto(self, p):
        t = self.find(self.ledger.titles, p.get("nCodTitulo"), "Lançamento")
        return {"cLinkBoleto": f"https://boleto.example/{t['code']}.pdf" if t["boleto"] else "", "cCodStatus": "0",
                "cDesStatus": "", "cNumBoleto": "00001", "cCodBarras": ""}

    def ObterPix(self, p):
        if p.get("cCodIntPix") not in self.ledger.pix:
            raise Fault("SOAP-ENV:Client-105", "ERROR: Pix não cadastrado!")
        return self.ledger.pix[p["cCodIntPix"]]

    # -- writing --

    def GerarPix(self, p):
        name = p["cCodIntPix"]
        if name in self.ledger.pix:
            raise Fault("SOAP-ENV:Client-102", "ERROR: Pix já cadastrado!")
        self.ledger.pix[name] = {"nIdPix": len(self.ledger.pix) + 1, "cCodIntPix": name,
                                 "nCodTitulo": p.get("nCodTitulo", 0), "cUrlPix": f"https://pix.example/{name}",
                                 "cCopiaCola": f"00020126{name}", "cQrCode": "x", "cStatus": "REGISTRADO"}
        return {**self.ledger.pix[name], "cCodStatus": "0", "cDescStatus": "PIX gerado com sucesso!"}

    def altered(self, t):
        t["changed"] = self.ledger.today
        return {"codigo_lancamento_omie": t["code"], "codigo_lancamento_integracao": "", "codigo_status": "0",
                "descricao_status": "Lançamento alterado com sucesso!"}

    def AlterarContaReceber(self, p):
        t = self.find(self.ledger.titles, p.get("codigo_lancamento_omie"), "Lançamento")
        if "data_vencimento" in p:
            t["due"] = day(p["data_vencimento"])
        if "valor_documento" in p:
            t["value"] = round(p["valor_documento"] * 100)
        if "observacao" in p:
            t["notes"] = p["observacao"]
        return self.altered(t)

    def CancelarContaReceber(self, p):
        t = self.find(self.ledger.titles, p.get("chave_lancamento"), "Lançamento")
        t["cancelled_on"] = self.ledger.today
        return self.altered(t)

    def LancarRecebimento(self, p):
        t = self.find(self.ledger.titles, p.get("codigo_lancamento"), "Lançamento")
        name = p.get("codigo_baixa_integracao", "")
        if name and name in self.ledger.receipts:
            raise Fault("SOAP-ENV:Client-102", "ERROR: Baixa já cadastrada!")
        self.ledger.receipts[name] = t["code"]
        t["paid"] += round(p["valor"] * 100)
        t["paid_on"] = day(p["data"])  # its own day of change stays
        return {"codigo_lancamento": t["code"], "codigo_baixa": 88, "codigo_baixa_integracao": name,
                "liquidado": "S" if t["paid"] >= t["value"] else "N", "codigo_status": "0", "descricao_status": ""}

    def ProrrogarBoleto(self, p):
        t = self.find(self.ledger.titles, p.get("nCodTitulo"), "Lançamento")
        t["boleto_due"] = day(p["dDtVenc"])
        if not self.o.boleto_apart:
            t["due"] = t["boleto_due"]
            t["changed"] = self.ledger.today
        return {"cLinkBoleto": "", "cCodStatus": "0", "cDesStatus": "Boleto prorrogado com sucesso!"}

    def contract_done(self, c, words):
        c["changed"] = self.ledger.today
        return {"nCodCtr": c["code"], "cCodStatus": "0", "cDescStatus": words}

    def FaturarContrato(self, p):
        c = self.find(self.ledger.contracts, p["nCodCtr"], "Contrato")
        if c["situation"] != "10":
            raise Fault("SOAP-ENV:Client-200", "ERROR: O contrato não está ativo!")
        order = 6301 + len(self.ledger.orders)
        self.ledger.billed[c["code"]] = self.ledger.billed.get(c["code"], 0) + 1
        self.ledger.orders.append({"code": order, "customer": c["customer"], "contract": c["code"]})
        if self.o.titles_at_once:
            self.ledger.add_title(800000 + order, c["customer"], self.ledger.today, c["price"], contract=c["code"],
                                  order=order)
        return {**self.contract_done(c, "Contrato faturado com sucesso!"), "nCodOS": order}

    def move(self, p, to):
        c = self.find(self.ledger.contracts, p["nCodCtr"], "Contrato")
        c["situation"] = to
        return self.contract_done(c, "Contrato alterado com sucesso!")

    def SuspenderContrato(self, p):
        return self.move(p, "90")

    def AtivarContrato(self, p):
        return self.move(p, "10")

    def CancelarContrato(self, p):
        return self.move(p, "99")

    def ReativarContrato(self, p):
        return self.move(p, "10")

    # -- what a test asks --

    def control(self, c):
        with self.lock:
            if "faults" in c:
                self.faults = c["faults"]
            for code, change in c.get("titles", {}).items():
                if change is None:
                    self.ledger.titles.pop(int(code), None)
                else:
                    self.ledger.titles[int(code)].update(change)
            for code, change in c.get("contracts", {}).items():
                self.ledger.contracts[int(code)].update(change)
            return {}

    def stats(self):
        with self.lock:
            calls = {}
            for c in self.calls:
                calls[c] = calls.get(c, 0) + 1
            return {"calls": calls, "broken": self.broken, "billed": self.ledger.billed,
                    "titles": len(self.ledger.titles), "receipts": len(self.ledger.receipts),
                    "situations": {str(c["code"]): c["situation"] for c in self.ledger.contracts.values()}}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def send(self, status, body):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.send(200, self.server.omie.stats() if self.path == "/_stats" else {})

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/_control":
            self.send(200, self.server.omie.control(json.loads(raw)))
            return
        try:
            status, body = self.server.omie.answer(self.path, raw)
        except Hang:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if isinstance(body, dict) and body.get("faultcode", "") is None:
            body = b"<html>502 Bad Gateway</html>"
        self.send(status, body)
        after = getattr(self.server.omie, "after", None)
        if after:
            after()

    def log_message(self, *_):
        pass


def options(arguments):
    a = argparse.ArgumentParser()
    a.add_argument("--speed", type=float, default=1)
    a.add_argument("--page", type=int, default=500)
    a.add_argument("--port", type=int, default=0)
    a.add_argument("--same", type=float, default=60)
    a.add_argument("--customers", type=int, default=3)
    a.add_argument("--contracts", type=int, default=0)
    a.add_argument("--titles", type=int, default=0)
    a.add_argument("--today", default="")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--titles-at-once", action="store_true")
    a.add_argument("--boleto-apart", action="store_true")
    return a.parse_args(arguments)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """Who was killed in the middle of an answer is no error of ours."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def serve(arguments):
    """A server that runs in a thread: (server, omie)."""
    o = options(arguments)
    server = Server(("127.0.0.1", o.port), Handler)
    server.omie = Omie(o)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server, server.omie


if __name__ == "__main__":
    running, _ = serve(sys.argv[1:])
    print(running.server_address[1], flush=True)
    sys.stdin.read()
    running.shutdown()
