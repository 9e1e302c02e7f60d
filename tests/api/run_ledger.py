"""Customers, invoices and the search over HTTP: lists in their orders and page by page, filters, one customer and one invoice, the
same reasons that `dun explain` prints, what may be seen by whom and that it is noted. run_ledger.py DUN"""
import sys
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from house import House, in_days, until  # noqa: E402
from checks import check, counted, fine  # noqa: E402

POLICY = """policy "Ledger"
  currency BRL

hold while disputed

ladder standard for invoices
  at 1d   send email "Invoice {number} of {open} is overdue"
  at 10d  send email "Invoice {number} is still open"
  at 30d  open card in "Collections"
"""
CUSTOMERS = """id,name,segment,email,phone,country,owner,language,tags,opted_out
C1,Padaria Conceição,smb,sol@example.com,+55 11 98765-4321,BR,ana,pt,vip;old,
C2,Łukasz Nowak,mid,azul@example.com,+55 11 91111-2222,BR,rui,en,,email
C3,Dois Irmãos,smb,irmaos@example.com,+55 11 93333-4444,BR,ana,pt,,
C/4,Nothing Owed & Sons,,,,,,,,
"""
INVOICES = "number,customer,amount,open,currency,due,status,disputed,promise,contract,route\n" + "".join(
    ",".join((n, c, a, o, cur, in_days(d), s, x, in_days(p) if p else "", k, "north")) + "\n" for n, c, a, o, cur, d, s, x, p, k in (
        ("NF-1", "C1", "100.00", "100.00", "BRL", -5, "open", "no", 0, "K-1"),
        ("NF-2", "C1", "300.00", "200.00", "BRL", -45, "open", "no", 0, ""),
        ("NF-3", "C2", "2500.50", "2500.50", "BRL", -12, "open", "yes", 0, ""),
        ("NF-4", "C2", "80.00", "80.00", "USD", 20, "open", "no", 3, ""),
        ("NF-5", "C3", "10.00", "0.00", "BRL", -100, "paid", "no", 0, ""),
        ("FT 2026/7", "C3", "40.00", "40.00", "BRL", -2, "open", "no", 0, "")))
CONTRACTS = "number,customer,currency,price,start,status,next_adjustment,due_day\n" + "".join(
    f"K-{i},C1,BRL,{i}00.00,2025-01-01,active,{in_days(40)},5\n" for i in range(1, 6))


def names(answer, key="id"):
    return " ".join(r[key] for r in answer.json["rows"]) if answer.status == 200 else repr(answer)


def pages(who, path, key, **params):
    """All pages of a list, one row each: their keys, and how many pages."""
    out, after = [], None
    for _ in range(50):
        a = who.get(path, limit=1, after=after, **params)
        if a.status != 200:
            return repr(a)
        out += [r[key] for r in a.json["rows"]]
        after = a.json["next"]
        if not after:
            return " ".join(out)
    return "without end"


def quoted(text):
    return urllib.parse.quote(text, safe="")


def lists(ana):
    get = lambda **p: names(ana.get("/api/customers", **p))
    check("customers by name", get(), "C3 C2 C/4 C1")
    check("by balance", get(order="balance", currency="BRL"), "C2 C1 C3")
    check("by balance, of the ledger's own currency", get(order="balance"), "C2 C1 C3")
    check("by balance in another currency", get(order="balance", currency="USD"), "C2")
    check("by days overdue", get(order="overdue"), "C1 C2 C3")
    check("a segment", get(segment="smb"), "C3 C1")
    check("a person's", get(owner="ana"), "C3 C1")
    check("those that owe something late", get(overdue=1), "C3 C2 C1")
    check("opted out", get(opted_out=1), "C2")
    check("words without accents", get(q="conceicao"), "C1")
    check("a telephone number", get(q="11 93333"), "C3")
    for order in ("name", "balance", "overdue"):
        check(f"customers by {order}, page by page", pages(ana, "/api/customers", "id", order=order), get(order=order))
    row = ana.get("/api/customers", q="C1").json["rows"][0]
    check("days overdue of a row", row["days_overdue"], 45)
    check("balance of a row", row["balances"], [{"open": {"amount": "300.00", "currency": "BRL"}, "invoices": 2,
                                                "oldest": in_days(-45), "days_overdue": 45}])
    choices = ana.get("/api/choices/customers").json
    check("choices", choices, {"segments": ["mid", "smb"], "owners": ["ana", "rui"], "languages": ["en", "pt"],
                              "currencies": ["BRL", "USD"]})
    check("a key that is none", ana.get("/api/customers", after="x").json["error"]["field"], "after")
    check("an order that is none", ana.get("/api/customers", order="size").status, 422)
    check("too many rows", ana.get("/api/customers", limit=201).status, 422)


def invoice_lists(ana):
    get = lambda **p: names(ana.get("/api/invoices", **p), "number")
    check("invoices by due date", get(), "NF-5 NF-2 NF-3 NF-1 FT 2026/7 NF-4")
    check("the latest first", get(order="-due", status="open"), "NF-4 FT 2026/7 NF-1 NF-3 NF-2")
    check("by amount", get(order="amount", status="open"), "NF-3 NF-2 NF-1 FT 2026/7")
    check("by number", get(order="number"), "FT 2026/7 NF-1 NF-2 NF-3 NF-4 NF-5")
    check("overdue", get(status="overdue"), "NF-2 NF-3 NF-1 FT 2026/7")
    check("paid", get(status="paid"), "NF-5")
    check("due within days", get(due_from=in_days(-12), due_to=in_days(-5)), "NF-3 NF-1")
    check("of an amount", get(least="100", most="300.00", order="amount"), "NF-2 NF-1")
    check("of a currency", get(currency="USD"), "NF-4")
    check("disputed", get(disputed=1), "NF-3")
    check("promised", get(promised=1), "NF-4")
    check("a customer's", get(customer="C1"), "NF-2 NF-1")
    check("nobody's", get(customer="C9"), "")
    check("words of the number", get(q="2026 7"), "FT 2026/7")
    for order in ("due", "-due", "amount", "number"):
        check(f"invoices by {order}, page by page", pages(ana, "/api/invoices", "number", order=order), get(order=order))
    check("a rung", until(lambda: get(rung="1d")), "NF-1 FT 2026/7")
    check("rungs to choose from", ana.get("/api/choices/invoices").json["currencies"], ["BRL", "USD"])
    check("an amount that is none", ana.get("/api/invoices", least="much").json["error"]["field"], "least")
    check("a day that is none", ana.get("/api/invoices", due_from="soon").json["error"]["field"], "due_from")


def searching(ana):
    found = lambda q: " ".join(r["kind"] + ":" + r["id"] for r in ana.get("/api/search", q=q).json["rows"])
    check("a name without accents", found("lukasz"), "customer:C2")
    check("two words", found("dois irm"), "customer:C3")
    check("the beginning of a number", found("nf-3"), "invoice:NF-3")
    check("a number's second word", found("2026"), "invoice:FT 2026/7")
    check("a telephone number in groups", found("11 98765-4321"), "customer:C1")
    check("nothing", found("zzz"), "")
    check("no words", found("?!"), "")
    row = ana.get("/api/search", q="nf-4").json["rows"][0]
    check("an invoice's row", (row["title"], row["detail"], row["amount"]), ("NF-4", "Łukasz Nowak", {"amount": "80.00", "currency": "USD"}))


def one_customer(house, ana):
    v = ana.get("/api/customers/C1").json
    check("contacts", (v["email"], v["phone"], v["tags"], v["source"]), ("sol@example.com", "+55 11 98765-4321", ["vip", "old"], "csv"))
    check("aging", [(b["name"], b["open"]["amount"]) for b in v["aging"][0]["buckets"]],
         [("current", "0.00"), ("1-30", "100.00"), ("31-60", "200.00"), ("61-90", "0.00"), ("91+", "0.00")])
    check("opted out", ana.get("/api/customers/C2").json["opted_out"], ["email"])
    check("an id with a slash", ana.get("/api/customers/" + quoted("C/4")).json.get("name"), "Nothing Owed & Sons")
    check("no such customer", ana.get("/api/customers/C9").code, "not_there")
    check("contracts", pages(ana, "/api/customers/C1/contracts", "number"), "K-1 K-2 K-3 K-4 K-5")
    k = ana.get("/api/customers/C1/contracts").json["rows"][1]
    check("no rule of the policy bills it", k["next_bill"], None)
    check("a contract", (k["price"], k["next_adjustment"], k["status"]), ({"amount": "200.00", "currency": "BRL"}, in_days(40), "active"))
    check("that it was looked at is noted", house.one("SELECT count(*) FROM saw WHERE what = 'customer'"), 3)


def what_happened(house, ana):
    kinds = lambda **p: [r["kind"] + ":" + r["entity"] for r in ana.get("/api/customers/C1/timeline", **p).json["rows"]]
    sent = until(lambda: [k for k in kinds(kinds="message") if k])
    check("messages", sorted(sent), ["message:NF-1"] if len(sent) == 1 else sorted(sent))
    house.ledger(CUSTOMERS, INVOICES.replace("NF-1,C1,100.00,100.00", "NF-1,C1,100.00,60.00"))
    check("a payment that a row shows", until(lambda: kinds(kinds="payment")), ["payment:NF-1"])
    row = ana.get("/api/customers/C1/timeline", kinds="payment").json["rows"][0]
    check("its amount", (row["amount"], row["observed"], row["who"]), ({"amount": "40.00", "currency": "BRL"}, True, "csv"))
    check("the balance at once", ana.get("/api/customers/C1").json["balances"][0]["open"]["amount"], "260.00")
    check("of one invoice", [r["kind"] for r in ana.get("/api/invoices/NF-2/timeline", kinds="payment").json["rows"]], [])
    all_rows = ana.get("/api/customers/C1/timeline").json["rows"]
    after, paged = None, []
    for _ in range(40):
        a = ana.get("/api/customers/C1/timeline", limit=1, after=after).json
        paged += a["rows"]
        after = a["next"]
        if not after:
            break
    check("page by page", paged, all_rows)
    check("a kind that is none", ana.get("/api/customers/C1/timeline", kinds="gossip").status, 422)


def one_invoice(house, ana):
    v = ana.get("/api/invoices/NF-2").json
    check("facts", (v["invoice"]["open"], v["invoice"]["due"], v["invoice"]["customer"]["id"]), ({"amount": "200.00", "currency": "BRL"}, in_days(-45), "C1"))
    check("a column of the file's own", v["custom"], [{"name": "route", "value": "north"}])
    fine("where it comes from and when", v["source"]["name"] == "csv" and v["source"]["changed_at"] and v["source"]["version"] == 1)
    check("a number with blank and slash", ana.get("/api/invoices/" + quoted("FT 2026/7")).json["invoice"]["number"], "FT 2026/7")
    check("no such invoice", ana.get("/api/invoices/NF-99").code, "not_there")
    for number in ("NF-1", "NF-2", "NF-3", "NF-4", "NF-5"):
        why(house, ana, number)
    steps = ana.get("/api/invoices/NF-2/explanation").json["steps"]
    check("its ladder", [(s["place"].split(" of ")[0], s["day"]) for s in steps if s["rung"]],
         [("rung 1d", in_days(-44)), ("rung 10d", in_days(-35)), ("rung 30d", in_days(-15))])
    asked = ana.get("/api/invoices/NF-3/explanation", step="10d").json
    fine("why not a step", asked["change"] and any(s["asked"] for s in asked["steps"]), asked)
    check("a step that is none", ana.get("/api/invoices/NF-4/explanation", step="99d").status, 422)
    house.person("pia", "viewer", lang="pt")
    pt = house.people["pia"]
    pt.post("/api/me", {"name": "Pia", "lang": "pt"})
    fine("in the person's language", pt.get("/api/invoices/NF-3/explanation").json["verdict"] != ana.get("/api/invoices/NF-3/explanation").json["verdict"])


def why(house, ana, number):
    """The page says what `dun explain` says."""
    printed = house.run("explain", number, "--policy", "p.dun", "--store", house.store, "--lang", "en")
    said = ana.get(f"/api/invoices/{number}/explanation").json
    lines = printed.stdout.splitlines()
    fine(f"{number}: the verdict of dun explain ({said.get('verdict')})\n{printed.stdout}", said["verdict"] in lines)
    fine(f"{number}: each reason of it", all("  - " + w in lines for w in said["why"]))
    fine(f"{number}: when next ({said['next']})", said["next"] in lines)
    fine(f"{number}: what would change it", not said["change"] or said["change"] in lines)


def who_may(house):
    nobody = house.client()
    for path in ("/api/search?q=a", "/api/customers", "/api/customers/C1", "/api/customers/C1/timeline", "/api/customers/C1/contracts",
                 "/api/invoices", "/api/invoices/NF-1", "/api/invoices/NF-1/timeline", "/api/invoices/NF-1/explanation",
                 "/api/choices/customers", "/api/choices/invoices"):
        check(f"nobody: {path}", nobody.get(path).status, 401)
        check(f"a viewer: {path}", house.person("vera", "viewer").get(path).status, 200)
        check(f"by POST: {path}", house.person("vera", "viewer").post(path.split("?")[0]).status, 405)


def empty(dun):
    with House(dun, policy=POLICY, customers="id,name\n", invoices="number,customer,amount,currency,due,status\n") as house:
        house.serve()
        ana = house.person("ana", "viewer")
        for path in ("/api/search", "/api/customers", "/api/invoices"):
            check(f"an empty ledger: {path}", ana.get(path, q="a").json.get("rows"), [])
        check("an empty ledger by balance", ana.get("/api/customers", order="balance").json.get("rows"), [])
        check("an empty ledger by amount", ana.get("/api/invoices", order="amount").json.get("rows"), [])


def main(dun):
    with House(dun, policy=POLICY, customers=CUSTOMERS, invoices=INVOICES, files={"data/contracts.csv": CONTRACTS}) as house:
        house.serve()
        ana = house.person("ana", "operator")
        lists(ana)
        invoice_lists(ana)
        searching(ana)
        one_customer(house, ana)
        one_invoice(house, ana)
        what_happened(house, ana)
        who_may(house)
    empty(dun)
    return counted()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
