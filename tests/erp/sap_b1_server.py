#!/usr/bin/env python3
"""A Service Layer of our own on loopback, for tests: it keeps state, sessions that end, nodes to which a session belongs
(ROUTEID), pages, filters, ETags, and checks what is written against tests/apis/sap-b1-service-layer.openapi.json. It
says how often something was not as it is documented, and which filters it was asked with.

    sap_b1_server.py [--invoices N] [--customers N] [--installments N] [--expire N] [--links absolute|rooted|relative]
                     [--no-time]

prints its port and serves until its standard input ends. `--expire N`: a session is over after N calls. Its clock stands
still at 2026-11-20 10:00 until POST /_control moves it. What a test wants done goes to POST /_control, what happened is
read at GET /_stats.
"""
import argparse
import datetime
import json
import re
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

API = json.loads((Path(__file__).resolve().parent.parent / "apis/sap-b1-service-layer.openapi.json").read_text())
KEYS = {"Invoices": "DocEntry", "CreditNotes": "DocEntry", "Orders": "DocEntry", "IncomingPayments": "DocEntry",
        "BusinessPartners": "CardCode", "Activities": "ActivityCode", "SalesPersons": "SalesEmployeeCode",
        "BusinessPartnerGroups": "Code", "Items": "ItemCode", "DeliveryNotes": "DocEntry", "ServiceCalls": "ServiceCallID"}
DATES = re.compile(r"^\d{4}-\d\d-\d\d$")
USER = {"CompanyDB": "SBODEMO", "UserName": "manager", "Password": 'pa"ss'}


class Refused(Exception):
    def __init__(self, status, code, words):
        super().__init__(words)
        self.status, self.code, self.words = status, code, words


# ---- $filter ----

TOKEN = re.compile(r"\s*(?:(\()|(\))|('(?:[^']|'')*')|([A-Za-z_][A-Za-z_0-9]*)|(-?\d+(?:\.\d+)?))")


def parse_filter(text, known):
    tokens, at = [], 0
    while at < len(text.rstrip()):
        m = TOKEN.match(text, at)
        if not m:
            raise Refused(400, 201, "Invalid filter")
        tokens.append(m)
        at = m.end()
    pos = [0]

    def peek():
        return tokens[pos[0]].group().strip() if pos[0] < len(tokens) else None

    def take():
        pos[0] += 1
        return tokens[pos[0] - 1]

    def either():
        terms = [both()]
        while peek() == "or":
            take()
            terms.append(both())
        return lambda row: any(t(row) for t in terms)

    def both():
        terms = [one()]
        while peek() == "and":
            take()
            terms.append(one())
        return lambda row: all(t(row) for t in terms)

    def one():
        if peek() == "(":
            take()
            inner = either()
            if peek() != ")":
                raise Refused(400, 201, "Invalid filter")
            take()
            return inner
        field, op, value = take(), take(), take()
        name, how = field.group(4), op.group(4)
        if not name or how not in ("eq", "gt", "ge", "lt", "le"):
            raise Refused(400, 201, "Invalid filter")
        if name not in known:
            raise Refused(400, -1000, "Property '%s' is invalid" % name)
        literal = value.group(3)
        wanted = literal[1:-1].replace("''", "'") if literal else float(value.group(5))

        def test(row):
            its = row.get(name)
            if its is None or isinstance(its, str) != isinstance(wanted, str):
                return False
            return {"eq": its == wanted, "gt": its > wanted, "ge": its >= wanted, "lt": its < wanted,
                    "le": its <= wanted}[how]
        return test

    found = either()
    if pos[0] != len(tokens):
        raise Refused(400, 201, "Invalid filter")
    return found


# ---- the company ----

class Company:
    def __init__(self, o):
        self.o = o
        self.lock = threading.RLock()
        self.now = datetime.datetime(2026, 11, 20, 10, 0, 0)
        self.sessions, self.next_session, self.broken, self.calls, self.filters = {}, 1, {}, {}, {}
        self.logins = self.logouts = self.stale = self.drop = self.fail = 0
        self.keeps_dates = False
        self.set = {name: {} for name in KEYS}
        self.version = {}
        for i in range(1, o.customers + 1):
            self.add_partner(i)
        self.set["SalesPersons"] = {1: {"SalesEmployeeCode": 1, "SalesEmployeeName": "Ana", "Email": "ana@seller.example"}}
        self.set["BusinessPartnerGroups"] = {100: {"Code": 100, "Name": "Wholesale"}, 101: {"Code": 101, "Name": "Retail"}}
        for i in range(1, o.invoices + 1):
            self.add_invoice(i, "C%04d" % ((i - 1) % o.customers + 1), 100 + i, o.installments)

    def stamp(self, row, fresh=False):
        row["UpdateDate"] = self.now.strftime("%Y-%m-%d")
        row["UpdateTime"] = self.now.strftime("%H:%M:%S")
        if fresh:
            row["CreationDate"] = row["CreateDate"] = row["UpdateDate"]
            row["DocTime"] = row["CreateTime"] = row["UpdateTime"]

    def add_partner(self, i, **more):
        code = "C%04d" % i
        row = {"CardCode": code, "CardName": "Customer %d" % i, "CardType": "cCustomer", "GroupCode": 100 + i % 2,
               "EmailAddress": None if i % 3 == 0 else "c%d@example.com" % i, "Cellular": "+55 11 9%07d" % i,
               "ContactPerson": "Main", "Country": "BR", "LanguageCode": 29, "SalesPersonCode": 1,
               "BlockDunning": "tNO", "DunningTerm": None, "Frozen": "tNO",
               "ContactEmployees": [
                   {"Name": "Gone", "E_Mail": "gone%d@example.com" % i, "MobilePhone": None, "Active": "tNO"},
                   {"Name": "Main", "E_Mail": "main%d@example.com" % i, "MobilePhone": None, "Active": "tYES"}],
               "BPAddresses": [{"AddressName": "Bill to", "State": "SP", "Country": "BR"}]}
        self.stamp(row, True)
        if i % 2:
            row["UpdateDate"] = row["UpdateTime"] = None  # one that was never changed
        row.update(more)
        self.set["BusinessPartners"][code] = row
        return row

    def document(self, i, customer, total, **more):
        row = {"DocEntry": i, "DocNum": 1000 + i, "Series": 4, "DocType": "dDocument_Items", "DocDate": "2026-11-01",
               "DocDueDate": "2026-12-01", "CardCode": customer, "DocTotal": total, "DocTotalFc": 0,
               "DocCurrency": "R$", "PaidToDate": 0, "PaidToDateFC": 0, "DocumentStatus": "bost_Open",
               "Cancelled": "tNO", "CancelStatus": "csNo", "BlockDunning": "tNO", "DocumentInstallments": [],
               "DocumentLines": []}
        self.stamp(row, True)
        row.update(more)
        return row

    def add_invoice(self, i, customer, total, n, **more):
        cents = round(total * 100)
        parts = [{"InstallmentId": k + 1, "DueDate": "2026-%02d-01" % (12 - n + 1 + k), "Percentage": 100 / n,
                  "Total": (cents // n + (cents % n if k == 0 else 0)) / 100, "TotalFC": 0, "DunningLevel": 0,
                  "LastDunningDate": None, "PaymentOrdered": "tNO"} for k in range(n)]
        row = self.document(i, customer, total, DocumentInstallments=parts, NumberOfInstallments=n,
                            DocDueDate=parts[-1]["DueDate"])
        row.update(more)
        self.set["Invoices"][i] = row
        return row

    def pay(self, entry, amount, installment=1, touch=True, cancelled="tNO", kind="IncomingPayments"):
        row = self.set["Invoices"][entry]
        row["PaidToDate"] = round(row["PaidToDate"] + amount, 2)
        if row["PaidToDate"] >= row["DocTotal"]:
            row["DocumentStatus"] = "bost_Close"
        if touch:
            self.stamp(row)
        self.version[("Invoices", entry)] = self.version.get(("Invoices", entry), 0) + 1
        n = max(self.set["IncomingPayments"], default=0) + 1
        self.set["IncomingPayments"][n] = {
            "DocEntry": n, "DocNum": 5000 + n, "CardCode": row["CardCode"], "DocDate": self.now.strftime("%Y-%m-%d"),
            "DocCurrency": "R$", "CashSum": amount, "TransferSum": 0, "BillOfExchangeAmount": 0, "Cancelled": cancelled,
            "PaymentInvoices": [{"LineNum": 0, "DocEntry": entry, "SumApplied": amount, "AppliedFC": 0,
                                 "InvoiceType": "it_Invoice", "InstallmentId": installment}]}

    def credit(self, entry, amount, note):
        row = self.set["Invoices"][entry]
        row["PaidToDate"] = round(row["PaidToDate"] + amount, 2)  # nothing says that UpdateDate moves
        if row["PaidToDate"] >= row["DocTotal"]:
            row["DocumentStatus"] = "bost_Close"
        self.set["CreditNotes"][note] = self.document(
            note, row["CardCode"], amount, PaidToDate=amount, DocumentStatus="bost_Close",
            DocumentLines=[{"LineNum": 0, "BaseType": 13, "BaseEntry": entry}])

    def control(self, c):
        with self.lock:
            if "now" in c:
                self.now = datetime.datetime.fromisoformat(c["now"])
            for name in ("stale", "drop", "fail", "keeps_dates"):
                if name in c:
                    setattr(self, name, c[name])
            if c.get("end_sessions"):
                self.sessions.clear()
            for x in c.get("pay", []):
                self.pay(**x)
            for x in c.get("credit", []):
                self.credit(**x)
            for x in c.get("invoice", []):
                self.add_invoice(**x)
            for x in c.get("partner", []):
                self.add_partner(**x)
            for x in c.get("open_credit", []):
                self.set["CreditNotes"][x["i"]] = self.document(x["i"], x["customer"], x["total"])
            for x in c.get("order", []):
                self.set["Orders"][x["i"]] = self.document(x["i"], x["customer"], x["total"])
            for x in c.get("item", []):
                row = {"ItemCode": x["code"], "ItemName": x["code"]}
                self.stamp(row, True)
                self.set["Items"][x["code"]] = row
            for x in c.get("change", []):
                row = self.set[x["set"]][x["key"]]
                row.update(x["values"])
                if x.get("touch", True):
                    self.stamp(row)
                at = (x["set"], x["key"])
                self.version[at] = self.version.get(at, 0) + 1

    def complain(self, what):
        self.broken[what] = self.broken.get(what, 0) + 1


# ---- what is written ----

def check_body(schema, body):
    shape = API["components"]["schemas"][schema]
    for name in shape.get("required", []):
        if name not in body:
            raise Refused(400, -1004, "%s is missing" % name)
    for name, value in body.items():
        p = shape["properties"].get(name)
        if not p:
            raise Refused(400, -1000, "Property '%s' of '%s' is invalid" % (name, schema))
        if "enum" in p and value not in p["enum"]:
            raise Refused(400, -1004, "Invalid value")
        if "pattern" in p and value is not None and not re.match(p["pattern"], value):
            raise Refused(400, -1004, "Invalid date")
        if p.get("type") == "array":
            for item in value:
                for inner in p["items"].get("required", []):
                    if inner not in item:
                        raise Refused(400, -1004, "%s is missing" % inner)
                for inner in item:
                    if inner not in p["items"]["properties"]:
                        raise Refused(400, -1000, "Property '%s' is invalid" % inner)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    company = None

    def log_message(self, *_):
        pass

    def answer(self, status, body=None, headers=()):
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if body is not None:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, r):
        error = {"code": r.code, "message": {"lang": "en-us", "value": r.words}} if self.v == 1 else \
            {"code": str(r.code), "message": r.words}
        self.answer(r.status, {"error": error})

    def shown(self, row):
        if self.v == 1:
            return row
        long = lambda v: v + "T00:00:00Z" if isinstance(v, str) and DATES.match(v) else v
        walk = lambda v: {k: walk(x) for k, x in v.items()} if isinstance(v, dict) else \
            [walk(x) for x in v] if isinstance(v, list) else long(v)
        return walk(row)

    def session(self):
        cookies = dict(p.split("=", 1) for p in (self.headers.get("Cookie") or "").split("; ") if "=" in p)
        s = self.company.sessions.get(cookies.get("B1SESSION"))
        if s and cookies.get("ROUTEID") != s["route"]:
            self.company.complain("a session at another node than its own")
            s = None
        if s and s["version"] != self.v:
            self.company.complain("a session of another version")
        if s and self.company.o.expire and s["calls"] >= self.company.o.expire:
            del self.company.sessions[cookies["B1SESSION"]]
            s = None
        if not s:
            raise Refused(401, 301, "Invalid session or session already timeout.")
        s["calls"] += 1
        return cookies["B1SESSION"]

    def page(self, name, query):
        c, key = self.company, KEYS[name]
        rows = list(c.set[name].values())
        known = set().union(*[r.keys() for r in rows]) if rows else None
        select = query.get("$select", [None])[0]
        order = query.get("$orderby", [key])[0]
        text = query.get("$filter", [None])[0]
        if c.o.no_time and "UpdateTime" in (text or "") + order + (select or ""):
            raise Refused(400, -1000, "Property 'UpdateTime' is invalid")
        if text and known is not None:
            test = parse_filter(text, known)
            rows = [r for r in rows if test(r)]
        if text:
            c.filters.setdefault(name, []).append(text)
        for part in reversed(order.split(",")):
            word = part.split()
            rows.sort(key=lambda r: (r.get(word[0]) is not None, r.get(word[0]) or 0), reverse=word[1:] == ["desc"])
        count = len(rows)
        skip = int(query.get("$skip", ["0"])[0])
        m = re.search(r"odata\.maxpagesize=(\d+)", self.headers.get("Prefer") or "")
        size = int(m.group(1)) if m else 20
        top = int(query.get("$top", ["0"])[0])
        part = rows[skip:skip + (min(size, top) if top else size)]
        if select:
            part = [{f: r.get(f) for f in select.split(",") if f in r} for r in part]
        at = "odata." if self.v == 1 else "@odata."
        body = {at + ("metadata" if self.v == 1 else "context"): "$metadata#" + name, "value": [self.shown(r) for r in part]}
        if query.get("$inlinecount") == ["allpages"] or query.get("$count") == ["true"]:
            if (self.v == 1) != ("$inlinecount" in query):
                c.complain("the other version's word for a count")
            body[at + "count"] = str(count) if self.v == 1 else count
        if not top and skip + len(part) < count:
            query = {k: v for k, v in query.items()}
            query["$skip"] = [str(skip + len(part))]
            rest = "%s?%s" % (name, urllib.parse.urlencode({k: v[0] for k, v in query.items()}, safe="$'(),",
                                                           quote_via=urllib.parse.quote))
            head = {"absolute": "http://%s/b1s/v%d/" % (self.headers["Host"], self.v), "rooted": "/b1s/v%d/" % self.v,
                    "relative": ""}[c.o.links]
            body[at + "nextLink"] = head + rest
        self.answer(200, body)

    def key_of(self, text, name):
        text = urllib.parse.unquote(text)
        key = text[1:-1].replace("''", "'") if text.startswith("'") else int(text)
        if key not in self.company.set[name]:
            raise Refused(404, -2028, "No matching records found (ODBC -2028)")
        return key

    def etag(self, name, key):
        return 'W/"%d"' % self.company.version.get((name, key), 0)

    def patch(self, name, key, body):
        c = self.company
        check_body("DocumentPatch" if name == "Invoices" else "BusinessPartnerPatch", body)
        if c.stale > 0:
            c.stale -= 1
            c.version[(name, key)] = c.version.get((name, key), 0) + 1
        match = self.headers.get("If-Match")
        if name == "Invoices" and not match:
            c.complain("a document is changed without If-Match")
        if match and match != self.etag(name, key):
            raise Refused(412, -2039, "Another user modified data")
        row = c.set[name][key]
        for field, value in body.items():
            if field != "DocumentInstallments":
                row[field] = value
                continue
            for part in value:
                mine = [p for p in row[field] if p["InstallmentId"] == part["InstallmentId"]]
                if not mine:
                    raise Refused(400, -5002, "no such installment")
                if not (c.keeps_dates and "DueDate" in part):
                    mine[0].update(part)
        c.stamp(row)
        c.version[(name, key)] = c.version.get((name, key), 0) + 1
        self.answer(204)

    def serve(self, method):
        c = self.company
        url = urllib.parse.urlsplit(self.path)
        n = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(n)
        if url.path == "/_stats":
            return self.answer(200, {"broken": c.broken, "calls": c.calls, "filters": c.filters, "logins": c.logins,
                                     "logouts": c.logouts, "sessions": len(c.sessions), "set": {
                                         k: list(v.values()) for k, v in c.set.items() if k in ("Activities", "Invoices")}})
        if url.path == "/_control":
            c.control(json.loads(raw))
            return self.answer(200, {})
        m = re.match(r"/b1s/v([12])/([A-Za-z]+)(?:\((.+)\))?$", url.path)
        self.v = int(m.group(1)) if m else 2
        if not m:
            return self.answer(404, {"error": {"code": 0, "message": "no such thing"}})
        name, key = m.group(2), m.group(3)
        c.calls[method + " " + name] = c.calls.get(method + " " + name, 0) + 1
        with c.lock:
            if name == "Login":
                body = json.loads(raw)
                if body != USER:
                    raise Refused(401, -304, "Fail to get DB Credentials from SLD")
                token, route = "s%d" % c.next_session, ".node%d" % (c.next_session % 3)
                c.next_session += 1
                c.logins += 1
                c.sessions[token] = {"route": route, "calls": 0, "version": self.v}
                return self.answer(200, {"SessionId": token, "Version": "1000110", "SessionTimeout": 30}, [
                    ("Set-Cookie", "B1SESSION=%s;HttpOnly;" % token), ("Set-Cookie", "ROUTEID=%s;path=/" % route)])
            token = self.session()
            if name == "Logout":
                del c.sessions[token]
                c.logouts += 1
                return self.answer(204)
            if c.fail > 0:
                c.fail -= 1
                raise Refused(500, -1, "Internal error")
            if name not in KEYS:
                raise Refused(404, -2028, "Unrecognized resource path")
            if method == "GET" and not key:
                return self.page(name, urllib.parse.parse_qs(url.query))
            if method == "GET":
                key = self.key_of(key, name)
                return self.answer(200, self.shown(c.set[name][key]), [("ETag", self.etag(name, key))])
            body = json.loads(raw)
            if method == "PATCH":
                return self.patch(name, self.key_of(key, name), body)
            check_body("ActivityPost", body)
            if ("Activity" in body) != (self.v == 1):
                c.complain("the other version's name of an activity's kind")
            n = len(c.set["Activities"]) + 1
            c.set["Activities"][n] = dict(body, ActivityCode=n)
            if c.drop > 0:
                c.drop -= 1
                self.close_connection = True
                self.connection.close()
                return None
            return self.answer(201, self.shown(c.set["Activities"][n]))

    def guarded(self, method):
        try:
            self.serve(method)
        except Refused as r:
            self.refuse(r)

    def do_GET(self):
        self.guarded("GET")

    def do_POST(self):
        self.guarded("POST")

    def do_PATCH(self):
        self.guarded("PATCH")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--invoices", type=int, default=10)
    p.add_argument("--customers", type=int, default=5)
    p.add_argument("--installments", type=int, default=1)
    p.add_argument("--expire", type=int, default=0)
    p.add_argument("--links", default="absolute", choices=("absolute", "rooted", "relative"))
    p.add_argument("--no-time", action="store_true")
    Handler.company = Company(p.parse_args())
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None if isinstance(sys.exc_info()[1], ConnectionError) else \
        ThreadingHTTPServer.handle_error(server, *_)
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
