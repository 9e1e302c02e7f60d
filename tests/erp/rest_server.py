#!/usr/bin/env python3
"""An ERP with an HTTP interface of each usual kind, made up, with state: pages by number, offset, cursor, link in the body and
link in a header; proof by bearer token, Basic, a header's key; changes since a moment; a limit that is enforced. What it is
asked other than it documents is counted in `broken`."""
import base64
import datetime
import json
import re
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SIZE = 10


def iso(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Erp:
    def __init__(self, customers=7, invoices=35):
        self.lock = threading.Lock()
        old = datetime.datetime(2026, 1, 1)
        self.customers = {str(i): {"id": i, "label": f"Customer {i}", "mails": [{"kind": "main", "mail": f"c{i}@example.com"}],
                                   "labels": ["vip", "new"] if i == 1 else [], "changed": old} for i in range(1, customers + 1)}
        self.invoices = {f"I{i}": {"ref": f"I{i}", "no": f"F-{i:03}", "owner": {"id": 1 + i % customers}, "sum": f"{100 + i}.50",
                                   "left": 10000 + i * 100 + 50, "day": "31/03/2026", "made": 1764547200, "state": "OPEN", "cur": "BRL",
                                   "changed": old} for i in range(1, invoices + 1)}
        self.broken, self.asked, self.refuse, self.deaf, self.written = {}, [], 0, False, 0
        self.other = None

    def rows(self, thing):
        table = self.customers if thing == "customers" else self.invoices
        return [table[k] for k in sorted(table, key=lambda k: int(k.lstrip("I")))]


def plain(row):
    return {k: v for k, v in row.items() if k != "changed"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=None, **headers):
        raw = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def wrong(self, what):
        erp = self.server.erp
        erp.broken[what] = erp.broken.get(what, 0) + 1
        self.answer(400, {"error": what})

    def let_in(self, kind):
        proof = self.headers.get("Authorization", "")
        if kind == "cursor":
            return self.headers.get("X-Api-Key") == "tok k3y"
        if kind == "offset":
            return proof == "Basic " + base64.b64encode(b"dun:pa ss").decode()
        return proof == "Bearer b3arer"

    def page(self, kind, rows, query, path):
        """The answer of a page, and what may stand in its query."""
        host = f"http://{self.headers['Host']}"
        if kind == "number":
            at = (int(query["page"]) - 1) * SIZE if not self.server.erp.deaf else 0
            return {"result": {"items": rows[at:at + int(query["per_page"])], "total": len(rows)}}, {}, {"page", "per_page"}
        if kind == "offset":
            at = int(query["skip"])
            return {"items": rows[at:at + SIZE], "count": len(rows)}, {}, {"skip"}
        if kind == "cursor":
            at = int(query.get("after", "0"))
            more = at + SIZE < len(rows)
            return {"items": rows[at:at + SIZE], "meta": {"next": str(at + SIZE) if more else None}}, {}, {"after"}
        at = int(query.get("from", "0"))
        keep = {k: v for k, v in query.items() if k != "from"}
        link = f"{path}?{urllib.parse.urlencode(dict(keep, **{'from': at + SIZE}))}" if at + SIZE < len(rows) else None
        if kind == "link":
            return {"items": rows[at:at + SIZE], "@odata.nextLink": link}, {}, {"from"}
        return rows[at:at + SIZE], {"Link": f'<{host}{path}?x>; rel="first", <{host}{link}>; rel="next"'} if link else {}, {"from"}

    def do_GET(self):
        erp = self.server.erp
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        match = re.fullmatch(r"/(number|offset|cursor|link|header)/v1/(customers|invoices)(?:/([^/]+))?", url.path)
        with erp.lock:
            erp.asked.append(self.path)
            if erp.other:
                return self.answer(*erp.other)
            if not match:
                return self.wrong("no such path: " + url.path)
            kind, thing, one = match.groups()
            if not self.let_in(kind):
                return self.answer(401, {"error": "who are you?"})
            if self.headers.get("X-House") != "acme & sons" or self.headers.get("Accept") != "application/json":
                return self.wrong("headers")
            if erp.refuse:
                erp.refuse -= 1
                return self.answer(429, {"error": "slow down"}, Retry_After="1")
            if one:
                row = (erp.customers if thing == "customers" else erp.invoices).get(urllib.parse.unquote(one))
                return self.answer(200, {"data": plain(row)}) if row else self.answer(404, {"error": "none"})
            rows = erp.rows(thing)
            since = query.pop("since", None) or self.headers.get("If-Modified-Since")
            if since and kind == "cursor":
                rows = [r for r in rows if r["changed"].timestamp() >= int(since)]
            elif since and kind == "header":
                moment = datetime.datetime.strptime(since, "%a, %d %b %Y %H:%M:%S GMT")
                rows = [r for r in rows if r["changed"] >= moment]
                if not rows:
                    return self.answer(304)
            elif since:
                rows = [r for r in rows if iso(r["changed"]) >= since]
            state = query.pop("q", "x")
            if state != "x" and state != "kind=ar & more":
                return self.wrong("q: " + state)
            body, headers, names = self.page(kind, [plain(r) for r in rows], query, url.path)
            if set(query) - names:
                return self.wrong("unknown in the query: " + ", ".join(sorted(set(query) - names)))
            self.answer(200, body, **headers)

    def do_PATCH(self):
        erp = self.server.erp
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with erp.lock:
            one = re.fullmatch(r"/number/v1/invoices/([^/?]+)", self.path)
            if not one or one[1] not in erp.invoices:
                return self.answer(404, {"error": "none"})
            body = json.loads(raw)
            if set(body) != {"day", "note"} or not re.fullmatch(r"\d{4}-\d\d-\d\d", body["day"]) or "update due date" not in body["note"]:
                return self.wrong("body: " + raw.decode())
            if not self.let_in("number") or not re.fullmatch(r"[0-9a-f]{64}", self.headers.get("Idempotency-Key", "")):
                return self.wrong("who changes, or its key")
            erp.written += 1
            erp.invoices[one[1]].update(day="/".join(reversed(body["day"].split("-"))))
            self.answer(204)


class Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass  # who asked was killed


def serve(**arguments):
    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.erp = Erp(**arguments)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, server.erp
