#!/usr/bin/env python3
"""`connect erp rest` with the real program and an ERP of our own (rest_server.py): every kind of paging and proof, what changed
and what is gone, limits, killed at any moment, and what a wrong mapping is told. run_rest.py DUN; the last line is
`N passed, M failed`."""
import copy
import datetime
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import rest_server  # noqa: E402
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from checks import check, counted  # noqa: E402

DUN = str(Path(sys.argv[1]).resolve())
PROOF = {"number": {"by": "bearer"}, "link": {"by": "bearer"}, "header": {"by": "bearer"}, "offset": {"by": "basic"},
         "cursor": {"by": "header", "header": "X-Api-Key", "prefix": "tok "}}
SECRET = {"bearer": 'token from env "T"', "basic": 'user "dun" and password from env "P"', "header": 'key from env "K"'}
PAGES = {"number": {"by": "number", "parameter": "page", "size_parameter": "per_page", "size": 10, "rows": "result.total"},
         "offset": {"by": "offset", "parameter": "skip", "size": 10, "rows": "count"},
         "cursor": {"by": "cursor", "parameter": "after", "next": "meta.next"},
         "link": {"by": "link", "next": "'@odata.nextLink'"}, "header": {"by": "link"}}
ROWS = {"number": {"rows": "result.items"}, "header": {}}
CHANGED = {"number": {"parameter": "since"}, "offset": None, "cursor": {"parameter": "since", "value": "{seconds}", "overlap_minutes": 0},
           "link": {"parameter": "since", "value": "{utc}"}, "header": {"header": "If-Modified-Since", "value": "{http}"}}


def mapping(kind):
    feeds = []
    for into, fields in (
            ("customers", {"id": "id", "name": "label", "email": "mails[kind=main].mail", "tags": "labels[]"}),
            ("invoices", {"number": "no", "source_id": "ref", "customer": "owner.id", "amount": "sum",
                          "open": {"at": "left", "amounts": "cents"}, "due": {"at": "day", "dates": "dd/mm/yyyy"},
                          "issued": {"at": "made", "dates": "seconds"}, "currency": {"at": ["nothing", "cur"]},
                          "status": {"at": "state", "map": {"OPEN": "open", "DONE": "paid"}, "otherwise": "cancelled"},
                          "kind": {"always": "invoice"}, "origin": {"join": ["ref", "state"], "with": "/"}})):
        feed = {"into": into, "path": f"/v1/{into}", "query": {"q": "kind=ar & more"}, "pages": dict(PAGES[kind]), "fields": fields,
                "one": {"path": f"/v1/{into}/{{id}}", "row": "data"}, "except": {"state": ["DRAFT"]}, **ROWS.get(kind, {"rows": "items"})}
        if CHANGED[kind]:
            feed["changed"] = CHANGED[kind]
        if kind == "link":
            del feed["query"]
        feeds.append(feed)
    return {"about": "a test", "name": "House ERP", "proof": PROOF[kind], "headers": {"X-House": "{house}"},
            "limits": {"per_minute": 60000, "at_once": 4}, "feeds": feeds,
            "writes": {"update due date in erp": {"method": "PATCH", "path": "/v1/invoices/{id}", "again": True,
                                                  "headers": {"Idempotency-Key": "{key}"},
                                                  "body": {"day": "{date}", "note": "{what}: {text}"}}}}


class Case:
    """A server, a mapping, a policy, a store."""

    def __init__(self, kind, mapped=None, **arguments):
        self.server, self.erp = rest_server.serve(**arguments)
        self.kind, self.folder = kind, tempfile.TemporaryDirectory()
        self.mapping = mapped or mapping(kind)
        policies = Path(self.folder.name, "policies")  # a project: the mapping is found beside its folder of policies
        policies.mkdir()
        Path(policies, "p.dun").write_text(
            'policy "Made up"\n  currency BRL\n'
            f'connect erp rest "http://127.0.0.1:{self.server.server_address[1]}/{kind}" with mapping "house.json" and '
            f'{SECRET[self.mapping["proof"]["by"]]} and house "acme & sons"\nladder standard for invoices\n  at 400d log "x"\n')
        self.env = dict(os.environ, T="b3arer", P="pa ss", K="k3y", LANG="C", LC_ALL="", LC_MESSAGES="")
        self.write()

    def write(self):
        Path(self.folder.name, "house.json").write_text(self.mapping if isinstance(self.mapping, str) else json.dumps(self.mapping, indent=1))

    def command(self, *arguments):
        return [DUN, "sync", "policies/p.dun", "--store", "t.db", *arguments]

    def sync(self, *arguments):
        return subprocess.run(self.command(*arguments), cwd=self.folder.name, env=self.env, capture_output=True, text=True, timeout=120)

    def rows(self, *arguments):
        r = self.sync("--format", "json", *arguments)
        check(f"{self.kind}: status ({r.stderr.strip()[:400]})", r.returncode, 0)
        return {row["what"]: row for row in json.loads(r.stdout or "[]")}

    def sql(self, text):
        with sqlite3.connect(f"{self.folder.name}/t.db", timeout=10) as db:
            return db.execute(text).fetchall()

    def end(self):
        check(f"{self.kind}: nothing was asked other than documented", self.erp.broken, {})
        self.server.shutdown()
        self.folder.cleanup()


def every_kind_of_pages():
    for kind in PAGES:
        c = Case(kind)
        c.erp.refuse = 1
        r = c.rows()
        check(f"{kind}: all came", (r["customers"]["new"], r["invoices"]["new"]), (7, 35))
        check(f"{kind}: an invoice",
              c.sql("SELECT number, amount, open, due, issued, status, currency, kind, source_id FROM invoice WHERE number = 'F-001'"),
              [("F-001", 10150, 10150, 20543, 20423, "open", "BRL", "invoice", "I1")])
        check(f"{kind}: a customer", c.sql("SELECT name, email, tags FROM customer WHERE id = '1'"),
              [("Customer 1", "c1@example.com", "vip;new")])
        now = datetime.datetime.utcnow()
        c.erp.invoices["I3"].update(state="DONE", left=0, changed=now)
        c.erp.invoices["I99"] = dict(c.erp.invoices["I4"], ref="I99", no="F-099", changed=now)
        r = c.rows()
        check(f"{kind}: what changed came", (r["invoices"]["new"], r["invoices"]["changed"]), (1, 1))
        check(f"{kind}: and nothing else was asked for", r["invoices"]["rows"], 2 if CHANGED[kind] else 36)
        del c.erp.invoices["I5"]
        check(f"{kind}: what is gone is seen when all is read", c.rows("--whole")["invoices"]["gone"], 1)
        check(f"{kind}: and cancelled", c.sql("SELECT status FROM invoice WHERE number = 'F-005'"), [("cancelled",)])
        c.end()


def another_mapping_reads_everything():
    c = Case("number")
    c.rows()
    c.mapping["feeds"][1]["fields"]["origin"] = {"always": "other"}
    c.write()
    check("all rows are read by the new mapping", c.rows()["invoices"]["changed"], 35)
    c.end()


def killed_at_any_moment():
    c = Case("cursor", invoices=400)
    chance = random.Random(7)
    for _ in range(6):
        p = subprocess.Popen(c.command(), cwd=c.folder.name, env=c.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.03, 0.3))
        p.send_signal(signal.SIGKILL)
        p.wait()
    c.rows()
    check("every invoice is there", c.sql("SELECT count(*), sum(open) FROM invoice"),
          [(400, sum(10000 + i * 100 + 50 for i in range(1, 401)))])
    check("and the store is sound", c.sql("PRAGMA integrity_check"), [("ok",)])
    c.end()


def a_due_date_is_written_back():
    c = Case("number", invoices=2)
    today = datetime.date.today()
    c.erp.invoices["I1"].update(day=(today - datetime.timedelta(days=5)).strftime("%d/%m/%Y"))
    c.erp.invoices["I2"].update(day=(today + datetime.timedelta(days=5)).strftime("%d/%m/%Y"))
    policy = Path(c.folder.name, "policies", "p.dun")
    policy.write_text(policy.read_text().replace('at 400d log "x"', "at 5d update due date in erp to today + 10d"))
    c.rows()
    for _ in range(2):
        r = subprocess.run([DUN, "run", "policies/p.dun", "--store", "t.db"], cwd=c.folder.name, env=c.env, capture_output=True, text=True,
                           timeout=120)
        check(f"dun run ({r.stderr})", r.returncode, 0)
    new = today + datetime.timedelta(days=10)
    check("the due date is in the ERP, once", (c.erp.invoices["I1"]["day"], c.erp.written), (new.strftime("%d/%m/%Y"), 1))
    check("and here", c.sql("SELECT due FROM invoice WHERE number = 'F-001'"), [((new - datetime.date(1970, 1, 1)).days,)])
    check("another sync changes nothing", c.rows("--whole")["invoices"]["changed"], 0)
    c.end()


def what_goes_wrong_is_said():
    c = Case("number")
    c.erp.deaf = True
    r = c.sync()
    check("pages that are all the first", (r.returncode, 'the page behind the first one is the first one again: look at `pages` of the '
                                           'feed "invoices"' in r.stderr), (4, True))
    c.erp.deaf = False
    for answer, words in (((200, {"error": "x", "data": []}), 'the answer of House ERP has no list where `rows` of the feed "customers" says: '
                                                               'it has: error, data'),
                          ((500, {}), "House ERP answered 500"), ((403, {}), "House ERP answered 403")):
        c.erp.other = answer
        if answer[0] == 500:
            continue  # asked again for two minutes: api.c's own tests
        r = c.sync("--whole")
        check(f"an answer {answer[0]}", (r.returncode, words in r.stderr, r.stderr if words not in r.stderr else ""), (4, True, ""))
    c.erp.other = None
    c.erp.invoices["I7"].update(sum="12.345")
    c.erp.invoices["I8"].update(day="30/02/2026")
    c.sync()  # goes on where the last one ended
    r = c.sync("--whole")
    check("rows that cannot be read are rejected with the field",
          (r.returncode, 'rest: invoices I7: "12.345" in column "amount" has more decimals than its currency' in r.stderr,
           'rest: invoices I8: "30/02/2026" in column "due" is not a day of the calendar' in r.stderr), (1, True, True))
    c.env["T"] = "wrong"
    r = c.sync()
    check("a wrong token", (r.returncode, "House ERP answered 401" in r.stderr, "wrong" in r.stderr.replace("wrong mapping", "")), (4, True, False))
    c.end()


def change(m, path, value):
    m = copy.deepcopy(m)
    at = m
    for step in path[:-1]:
        at = at[step]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return m


def wrong_mappings():
    """What, the place, what is said."""
    good = mapping("number")
    text = json.dumps(good, indent=1)
    c = Case("number")
    for m, said in (
            (text.replace('"limits": {', '"limits" {'), "house.json: line 10: it is not JSON: at byte "),
            (change(good, ["feed"], []), 'house.json: "feed" is not known here; there is: name, address, proof'),
            (change(good, ["proof", "by"], "magic"), 'at proof.by: "magic" is none of nobody, bearer, basic, header, oauth'),
            (change(good, ["proof"], None), 'at proof: it is missing: {"by": "bearer"}'),
            (change(good, ["headers", "X-House"], "{home}"), 'at headers.X-House: {home} is a setting that the connect line lacks: home "..."'),
            (change(good, ["headers", "X-House"], "{token}"), "at headers.X-House: {token} is a secret: it is sent by `proof` alone"),
            (change(good, ["feeds", 0, "into"], "people"), 'at feeds[0].into: "people" is none of customers, contracts, invoices'),
            (change(good, ["feeds", 0, "path"], "v1/customers"), "at feeds[0].path: a path begins with a slash: it stands behind `address`"),
            (change(good, ["feeds", 0, "path"], "/v1/customers?x=1"), 'at feeds[0].path: what stands behind ? belongs into "query"'),
            (change(good, ["feeds", 1, "pages", "by"], "nubmer"), 'at feeds[1].pages.by: "nubmer" is none of one, number, offset, cursor, link'),
            (change(good, ["feeds", 1, "pages", "size"], "10"), "at feeds[1].pages.size: a whole number from 1 to 100000 is expected"),
            (change(good, ["feeds", 1, "fields", "due"], None), 'at feeds[1].fields: "due" is missing: every row must have one'),
            (change(good, ["feeds", 1, "fields", "status"], {"map": {}}), 'at feeds[1].fields.status: one of "at", "always" and "join" says'),
            (change(good, ["feeds", 1, "fields", "due"], {"at": "day", "dates": "dd.mm.yy"}),
             'at feeds[1].fields.due.dates: "dd.mm.yy" is none of yyyy-mm-dd, dd/mm/yyyy'),
            (change(good, ["feeds", 1, "fields", "due"], "days[x"), "at feeds[1].fields.due: in brackets stands a number ([0])"),
            (change(good, ["feeds", 1, "fields", "Due"], "day"), "at feeds[1].fields.Due: a field's name is made of small letters"),
            (change(good, ["feeds", 1, "changed"], {"header": "A", "parameter": "b"}), "at feeds[1].changed: how changes are asked for"),
            (change(good, ["feeds", 1, "gone"], "paid"), 'at feeds[1]: with "gone": "paid" the list has all that is open: take `changed` out'),
            (change(good, ["feeds", 1, "one", "path"], "/v1/invoices/{number}"),
             "at feeds[1].one.path: {number} is a setting that the connect line lacks: number \"...\"; or one of {id}"),
            (change(good, ["feeds"], [good["feeds"][1], good["feeds"][0]]), "at feeds[1]: customers come first"),
            (change(good, ["writes", "pay"], {}), 'at writes: "pay" is not known here; there is: charge fee'),
            (change(good, ["writes", "update due date in erp", "body", "day"], "{dat}"),
             "at writes.update due date in erp.body.day: {dat} is a setting that the connect line lacks")):
        c.mapping = m
        c.write()
        r = c.sync()
        check(f"a mapping that is wrong: {said}", (r.returncode, said in r.stderr, "" if said in r.stderr else r.stderr), (4, True, ""))
    r = c.sync("--lang", "pt")
    check("the same in Portuguese", ("o mapeamento" in r.stderr, r.stderr if "o mapeamento" not in r.stderr else ""), (True, ""))
    os.remove(f"{c.folder.name}/house.json")
    r = c.sync()
    check("no mapping", (r.returncode, "there is no file or folder policies/house.json" in r.stderr), (4, True))
    check("no wrong mapping asked for anything", c.erp.asked, [])
    c.end()


for case in (every_kind_of_pages, another_mapping_reads_everything, killed_at_any_moment, a_due_date_is_written_back, what_goes_wrong_is_said, wrong_mappings):
    case()
sys.exit(counted())
