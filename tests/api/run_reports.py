#!/usr/bin/env python3
"""Reports over HTTP: each figure against one reckoned here by hand, its rows that add up to it, CSV and PDF, who may what, what
cannot be. run_reports.py DUN."""
import csv
import io
import sys
import threading
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from house import House, POLICY, in_days, until  # noqa: E402
from checks import check, counted  # noqa: E402

CUSTOMERS = """id,name,segment,owner,email
C1,=HYPERLINK("http://x"),smb,ana,sol@example.com
C2,Casa Azul,gov,rui,azul@example.com
C3,Dois Irmãos,smb,ana,irmaos@example.com
"""
# number, customer, currency, amount, open, due, issued, status
ROWS = [("A-1", "C1", "BRL", "100.00", "100.00", -1, -31, "open"), ("A-2", "C2", "BRL", "2500.50", "2500.50", -40, -70, "open"),
        ("A-3", "C3", "BRL", "75.10", "75.10", 20, -5, "open"), ("A-4", "C1", "BRL", "300.00", "300.00", -20, -50, "open"),
        ("A-5", "C2", "BRL", "400.00", "0.00", -45, -75, "paid"), ("A-6", "C1", "BRL", "60.00", "0.00", -90, -120, "paid"),
        ("E-1", "C3", "EUR", "50.00", "50.00", -95, -125, "open")]
EVENTS = [(-85, "payment", "A-6", "60.00"), (-15, "promise", "A-4", in_days(-10)), (-12, "payment", "A-5", "400.00"),
          (-10, "payment", "A-4", "120.00"), (-8, "promise", "A-2", in_days(-3)), (-2, "promise", "A-1", in_days(5))]
MONTH = {"from": in_days(-29), "to": in_days(0)}


def ledger(rows):
    return "number,customer,currency,amount,open,due,issued,status\n" + "".join(
        f"{n},{c},{cur},{a},{o},{in_days(d)},{in_days(i)},{s}\n" for n, c, cur, a, o, d, i, s in rows)


def bring(house, name, text):
    Path(house.at(name)).write_text(text, encoding="utf-8")
    r = house.run("import", house.at(name), "--store", house.store)
    check("brought " + name, r.returncode in (0, 1) or r.stdout, True)


def asked(c, report, **more):
    """Asked until the ledger has been read."""
    return until(lambda: (lambda a: a if a.status != 503 else None)(c.get("/api/reports/" + report, **{**MONTH, **more})))


def fresh(c, report, **more):
    return until(lambda: (lambda a: a if a.status == 200 and not a.json["old"] else None)(asked(c, report, **more))).json


def figure(r, name, currency="BRL", when="now"):
    v = [f[when] for f in r["figures"] if f["name"] == name and f["currency"] == currency][0]
    return v["amount"] if isinstance(v, dict) else v


def opened(r, name, currency="BRL"):
    return [f["rows"] for f in r["figures"] if f["name"] == name and f["currency"] == currency][0]


def table(r, name):
    t = [t for t in r["tables"] if t["name"] == name][0]
    return [dict(zip([c["name"] for c in t["columns"]], row["cells"])) for row in t["rows"]]


def two(x):
    """To two decimals, half up."""
    return str((Decimal(x.numerator) / Decimal(x.denominator)).quantize(Decimal("0.01"), "ROUND_HALF_UP"))


def rows(c, report, which, limit=2, **more):
    """All pages of a number's rows."""
    out, after = [], None
    while True:
        page = c.get(f"/api/reports/{report}/rows", which=which, limit=limit, after=after, **{**MONTH, **more}).json
        out += [dict(zip([k["name"] for k in page["columns"]], row["cells"])) for row in page["rows"]]
        after = page["next"]
        if not after:
            return out


def added(v, name):
    return str(sum(Decimal(row[name]["amount"]) for row in v))


def aging(c):
    r = fresh(c, "aging")
    lines = table(r, "aging")
    check("currencies stand apart", [x["currency"] for x in lines], ["BRL", "EUR"])
    brl = {k: v["amount"] for k, v in lines[0].items() if isinstance(v, dict)}
    check("buckets", brl, {"current": "75.10", "1-30": "280.00", "31-60": "2500.50", "61-90": "0.00", "91+": "0.00",
                           "overdue": "2780.50", "total": "2855.60"})
    check("of another currency", lines[1]["91+"], {"amount": "50.00", "currency": "EUR"})
    check("overdue of all", figure(r, "delinquency_rate"), two(Fraction(278050, 285560) * 100))
    check("as it was a month ago", figure(r, "overdue", when="before"), "2900.50")
    check("its rows add up", added(rows(c, "aging", opened(r, "overdue")), "open"), "2780.50")
    got = rows(c, "aging", "list=open&currency=BRL&bucket=1", limit=1)
    check("a bucket's rows, a page each", [(x["invoice"], x["days_overdue"]) for x in got], [("A-4", 20), ("A-1", 1)])
    by = table(fresh(c, "aging", group="segment"), "aging")
    check("by segment", [(x["segment"], x["currency"], x["total"]["amount"]) for x in by],
          [("gov", "BRL", "2500.50"), ("smb", "BRL", "355.10"), ("smb", "EUR", "50.00")])
    by = fresh(c, "aging", group="customer", edges="15,30")
    check("by customer, with buckets of one's own", table(by, "aging")[1]["16-30"], {"amount": "180.00", "currency": "BRL"})
    line = [t for t in by["tables"] if t["name"] == "aging"][0]["rows"][1]
    check("a customer's rows", [x["invoice"] for x in rows(c, "aging", line["opens"][8], group="customer", edges="15,30")], ["A-4", "A-1"])
    check("without rates nothing is added", [t["name"] for t in fresh(c, "aging", home="1")["tables"]], ["aging"])


def days(c):
    r = fresh(c, "dso")
    begin, sales, end, current = 330050, 7510, 285560, 7510
    check("sales", figure(r, "sales"), "75.10")
    check("collected", figure(r, "collected"), "520.00")
    check("DSO", figure(r, "dso"), two(Fraction(end * 30, sales)))
    check("best possible", figure(r, "best_possible_dso"), "30.00")
    check("average days delinquent", figure(r, "average_days_delinquent"), two(Fraction((end - current) * 30, sales)))
    check("CEI", figure(r, "cei"), two(Fraction((begin + sales - end) * 100, begin + sales - current)))
    check("recovered of what was overdue", figure(r, "recovery_rate"), two(Fraction(40000 * 100, 290050)))
    check("days late of payments", figure(r, "weighted_days_late"), two(Fraction(120 * 10 + 400 * 33, 520)))
    check("without sales no days", figure(r, "dso", "EUR"), None)
    check("and a note says so", any("without sales" in n for n in r["notes"]), True)
    check("sales, row by row", added(rows(c, "dso", opened(r, "sales")), "amount"), "75.10")
    check("payments, row by row", sorted(x["invoice"] for x in rows(c, "dso", opened(r, "collected"))), ["A-4", "A-5"])
    check("months", len(table(r, "months")) >= 4, True)
    early = asked(c, "dso", **{"from": in_days(-400), "to": in_days(-300)}).json
    check("a time that nobody knows", (early["figures"], any("knows nothing" in n for n in early["notes"])), ([], True))


def effect(house, c):
    r = fresh(c, "effectiveness")
    state = {k: figure(r, "promises_" + k) for k in ("kept", "broken", "partial", "pending")}
    check("promises", state, {"kept": 0, "broken": 2, "partial": 1, "pending": 0})
    check("kept, by amount", figure(r, "promise_kept_amount"), two(Fraction(12000 * 100, 30000 + 250050)))
    check("the broken ones", sorted((x["invoice"], x["paid"]["amount"]) for x in rows(c, "effectiveness", opened(r, "promises_broken"))),
          [("A-2", "0.00"), ("A-4", "120.00")])
    r = house.run("run", "p.dun", "--store", house.store, "--outbox", house.at("out"))
    check("a run", r.returncode in (0, 1) or r.stdout, True)
    paid = [x if x[0] != "A-1" else (*x[:4], "0.00", *x[5:7], "paid") for x in ROWS]
    bring(house, "invoices.csv", ledger(paid))
    until(lambda: "0.00" in str(fresh(c, "effectiveness")["figures"]) and table(fresh(c, "effectiveness"), "recovery_by_rung"))
    r = fresh(c, "effectiveness")
    by = {x["currency"]: x for x in table(r, "recovery_by_channel") if x["channel"] == "email"}
    check("asked by e-mail", by["BRL"]["messages"], 1)
    check("and recovered", (by["BRL"]["recovered"]["amount"], by["BRL"]["percent"]), ("100.00", "100.00"))
    for name in ("recovery_by_rung", "recovery_by_template"):
        check(name + " comes to the same", sum(Decimal(x["recovered"]["amount"]) for x in table(r, name) if x["currency"] == "BRL"), Decimal(100))
    check("its messages", [x["invoice"] for x in rows(c, "effectiveness", opened(r, "recovered"))], ["A-1"])


def activity(people):
    r = fresh(people["approver"], "activity")
    sent = [f for f in r["figures"] if f["name"] == "messages_sent"][0]
    check("messages", sent["now"] >= 1, True)
    check("each of them", len(rows(people["approver"], "activity", sent["rows"])), sent["now"])
    opened_cards = [f for f in r["figures"] if f["name"] == "cards_opened"][0]
    check("cards, each of them", len(rows(people["approver"], "activity", opened_cards["rows"])), opened_cards["now"])
    check("what people did", any(x["who"] == "admin" for x in table(r, "people")), True)
    check("entry by entry", len(rows(people["approver"], "activity", "list=people&one=admin", limit=3)) >= 3, True)
    check("an operator sees no colleague's doing", [t["name"] for t in fresh(people["operator"], "activity")["tables"]], ["days", "states"])
    a = people["operator"].get("/api/reports/activity/rows", which="list=people", **MONTH)
    check("nor asks for it", (a.status, a.json["error"]["field"]), (422, "which"))


def files(c):
    a = c.get("/api/reports/aging/csv", table="aging", group="customer", bom=1, **MONTH)
    check("CSV", (a.status, a.headers["content-type"], a.body[:3]), (200, "text/csv; charset=utf-8", b"\xef\xbb\xbf"))
    got = list(csv.DictReader(io.StringIO(a.body.decode("utf-8-sig"))))
    check("no formula", [x["name"] for x in got if x["customer"] == "C1"], ["'=HYPERLINK(\"http://x\")"])
    check("a name for the file", f'aging-aging-{MONTH["to"]}.csv' in a.headers["content-disposition"], True)
    a = c.get("/api/reports/aging/csv", which="list=open&currency=BRL", **MONTH)
    check("rows as CSV", [x["invoice"] for x in csv.DictReader(io.StringIO(a.body.decode()))], ["A-2", "A-4", "A-3"])
    begun = c.post("/api/reports/aging/pdf", {})
    check("a PDF is begun", begun.status, 202)
    seen = until(lambda: (lambda j: j if j["state"] not in ("waits", "runs") else None)(c.get("/api/jobs/" + begun.json["job"]).json))
    if seen["state"] == "failed":
        check("without a program it says what to install", "weasyprint" in seen["error"]["message"].lower(), True)
    else:
        a = c.get("/api/reports/pdf/" + begun.json["job"])
        check("the PDF", (a.status, a.headers["content-type"], a.body[:5]), (200, "application/pdf", b"%PDF-"))
    return begun.json["job"]


def refused(house, people, job):
    c = people["viewer"]
    check("nobody", house.client().get("/api/reports/aging").status, 401)
    check("nobody's rows", house.client().get("/api/reports/aging/rows", which="list=open").status, 401)
    check("a viewer may", c.get("/api/reports").json["rows"][0]["name"], "aging")
    check("no token", c.post("/api/reports/aging/pdf", {}, csrf=False).status, 403)
    check("another one's PDF", people["operator"].get("/api/reports/pdf/" + job).status, 404)
    check("no such report", c.get("/api/reports/other").status, 404)
    check("no such job", c.get("/api/reports/pdf/none").status, 404)
    for name, value in (("from", "x"), ("to", in_days(3)), ("from", in_days(1)), ("group", "colour"), ("edges", "30,20"), ("within", "0"),
                        ("from", in_days(-4000))):
        a = c.get("/api/reports/aging", **{**MONTH, name: value})
        check(f"{name}={value}", (a.status, a.code, a.json["error"]["field"]), (422, "wrong", name))
    for which in ("", "list=none", "list=open&bucket=99", "list=open&currency=XYZ", "list=open&from=9&to=1", "x=1&list=open"):
        check(f"rows {which!r}", c.get("/api/reports/aging/rows", which=which, **MONTH).status, 422)
    check("a key that is none", c.get("/api/reports/aging/rows", which="list=open", after="x", **MONTH).status, 422)
    check("too many rows", c.get("/api/reports/aging/rows", which="list=open", limit=201, **MONTH).status, 422)
    check("a table that is none", c.get("/api/reports/aging/csv", table="x", **MONTH).status, 422)
    a = house.person("rosa", "viewer", lang="pt").get("/api/reports/other")
    check("in Portuguese", a.json["error"]["message"], "não há esse relatório")


def at_once(house, people):
    """Many ask while the ledger changes: every answer is of one state of it."""
    got = []

    def ask():
        for _ in range(20):
            a = people["viewer"].get("/api/reports/aging", **MONTH)
            got.append(a.status if a.status != 200 else figure(a.json, "receivables"))

    before = figure(fresh(people["viewer"], "aging"), "receivables")
    threads = [threading.Thread(target=ask) for _ in range(4)]
    for t in threads:
        t.start()
    bring(house, "invoices.csv", ledger([x for x in ROWS if x[0] != "A-3"] + [("A-3", "C3", "BRL", "75.10", "0.00", 20, -5, "paid")]))
    for t in threads:
        t.join()
    after = figure(fresh(people["viewer"], "aging"), "receivables")
    check("before and after", before == after, False)
    check("one or the other", sorted(set(got) - {before, after, 503, "2855.60", "2780.50"}, key=str), [])


CONTRACTS = f"""number,customer,currency,price,start,end,status
K-1,C1,BRL,100.00,{in_days(-800)},,active
K-2,C2,BRL,200.00,{in_days(-800)},,active
"""


def contracts(dun):
    """By the page without a rule that bills; with one by the command, as nothing would take the bills of a service here."""
    with House(dun, customers=CUSTOMERS, invoices=ledger(ROWS)) as house:
        bring(house, "contracts.csv", CONTRACTS)
        bring(house, "events.csv", f"date,kind,invoice,value\n{in_days(-10)},churn,K-2,\n")
        bring(house, "invoices.csv", "number,customer,currency,amount,open,due,issued,status,contract\n"
              f"B-1,C1,BRL,90.00,90.00,{in_days(5)},{in_days(-3)},open,K-1\n")
        c = house.serve().person("vera", "viewer")
        r = fresh(c, "contracts")
        check("nobody said what a price is for", (figure(r, "mrr"), any("what its price is for" in n for n in r["notes"])), (None, True))
        check("the service ends", house.stop(), 0)
        Path(house.at("bills.dun")).write_text(POLICY + "\nevery month on day 1 for contracts where status is active\n  bill contract\n")

        def said(*words):
            a = house.run("report", "contracts", "bills.dun", "--store", house.store, "--format", "csv", "--quiet", "--from", MONTH["from"],
                          "--to", MONTH["to"], *words)
            return list(csv.DictReader(io.StringIO(a.stdout)))
        got = {x["figure"]: x for x in said()}
        mrr = got["monthly recurring revenue"]
        check("MRR", (mrr["now"], mrr["before"], got["yearly recurring revenue"]["now"]), ("100.00", "300.00", "1200.00"))
        check("retention", [got[n]["now"] for n in ("net revenue retention", "gross revenue retention", "customers churned")],
              ["33.33", "33.33", "50.00"])
        check("who left", [(x["customer"], x["change"]) for x in said("--rows", got["churned revenue"]["rows"])], [("C2", "-200.00")])
        firsts = {k: sum(1 for n in range(-29, 1) if in_days(n)[8:] == "01" and (k == "K-1" or n < -10)) for k in ("K-1", "K-2")}
        due = firsts["K-1"] * 100 + firsts["K-2"] * 200
        check("contracted", got["contracted"]["now"], f"{due}.00")
        check("leakage", got["leakage"]["now"], f"{due - 90}.00")
        lines = said("--rows", got["leakage"]["rows"])
        check("leakage, row by row", str(sum(Decimal(x["leakage"]) for x in lines)), f"{due - 90}.00")


def main():
    dun = sys.argv[1]
    with House(dun, customers=CUSTOMERS, invoices=ledger(ROWS)) as house:
        bring(house, "events.csv", "date,kind,invoice,value\n" + "".join(f"{in_days(d)},{k},{i},{v}\n" for d, k, i, v in EVENTS))
        house.serve()
        people = house.everyone()
        c = people["viewer"]
        aging(c)
        days(c)
        effect(house, c)
        activity(people)
        job = files(c)
        refused(house, people, job)
        at_once(house, people)
        check("the service ends", house.stop(), 0)
    contracts(dun)
    sys.exit(counted())


if __name__ == "__main__":
    main()
