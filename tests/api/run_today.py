#!/usr/bin/env python3
"""Today, Outbox and pauses over HTTP: what goes and what is held by groups, a person's acts on some or all of a group, two people
at once, an invoice that is paid between the look and the act, a pause under way. run_today.py DUN; the last line is `N passed, M
failed`."""
import os
import socketserver
import sqlite3
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from house import CUSTOMERS, House, in_days, until  # noqa: E402
from checks import check, counted, fine  # noqa: E402

ASKS = """policy "House"
  currency BRL

connect email smtp "smtp://127.0.0.1:{port}" from "Finance <f@house.example>"

ask for approval when amount >= 1000

ladder standard for invoices
  at 1d   send email "Invoice {{number}} of {{open}} is overdue"
"""
PLAIN = """policy "House"
  currency BRL

ladder standard for invoices
  at 1d   send email "Invoice {number} of {open} is overdue"
  at 2d   send email "Invoice {number} is still open"
"""


def ledger(rows):
    return "number,customer,amount,open,due,status\n" + "".join(f"{n},{c},{a},{o},{in_days(d)},{s}\n" for n, c, a, o, d, s in rows)


ROWS = [("A-1", "C1", "100.00", "100.00", -1, "open"), ("A-2", "C2", "250.50", "250.50", -2, "open"),
        ("A-3", "C3", "75.10", "75.10", -1, "open"), ("A-4", "C1", "30.00", "30.00", 20, "open")]
PAID = [("A-1", "C1", "100.00", "0.00", -1, "paid"), *ROWS[1:]]


class Smtp(socketserver.ThreadingTCPServer):
    """Takes messages over, or is away: then it ends each connection at once."""
    allow_reuse_address = True
    daemon_threads = True
    away = False
    taken = ()

    def __init__(self):
        self.taken = []
        super().__init__(("127.0.0.1", 0), Talk)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Talk(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        if self.server.away:
            return
        self.say("220 house")
        while True:
            line = self.rfile.readline()
            word = line[:4].upper()
            if not line or word == b"QUIT":
                return
            if word == b"DATA":
                self.say("354 go on")
                text = b""
                while not text.endswith(b"\r\n.\r\n"):
                    text += self.rfile.readline()
                self.server.taken.append(text)
            self.say("250 fine")


def group_of(client, **wanted):
    for g in client.get("/api/today").json["groups"]:
        if all(g[k] == v for k, v in wanted.items()):
            return g
    return None


def key(g):
    return {k: g[k] for k in ("state", "gate", "ladder", "rung", "outlet")}


def one(client, number):
    return client.get(f"/api/outbox/{number}").json["message"]["state"]


def groups_and_acts(house, people):
    viewer, operator, approver = people["viewer"], people["operator"], people["approver"]
    g = until(lambda: group_of(viewer, state="ready", gate="pause", rung="1d"))
    check("held by the pause: how many, how much", [g["count"], g["open"]], [2, [{"amount": "175.10", "currency": "BRL"}]])
    check("the pause is said", [(p["scope"], p["by"], p["reason"]) for p in viewer.get("/api/today").json["pauses"]],
          [("all", "tests", "audit of the ledger")])
    rows = viewer.get("/api/today/messages", **key(g)).json["rows"]
    check("the rows of the group", [(r["name"], r["invoice"], r["open"][0]["amount"]) for r in rows],
          [("Padaria Sol", "A-1", "100.00"), ("Dois Irmãos", "A-3", "75.10")])
    check("a viewer sees no address", "recipient" in rows[0], False)
    rows = operator.get("/api/today/messages", **key(g), limit=1).json
    check("an operator does, page by page", [rows["rows"][0]["recipient"], rows["next"]], ["sol@example.com", str(rows["rows"][0]["id"])])
    rest = operator.get("/api/today/messages", **key(g), limit=1, after=rows["next"]).json
    check("the page behind the key", [r["invoice"] for r in rest["rows"]], ["A-3"])
    check("no such state", operator.get("/api/today/messages", state="gone").status, 422)
    check("a key that is none", operator.get("/api/today/messages", **key(g), after="x").status, 422)

    # All of a group: what came later is not in it; twice is once.
    first = rows["rows"][0]["id"]
    a = operator.post("/api/today/messages", {"act": "hold", "group": key(g), "last": first, "after": "0"})
    check("held up to the one that was seen", [a.json["done"], a.json["left"], a.json["open"]], [1, 0, [{"amount": "100.00", "currency": "BRL"}]])
    a = operator.post("/api/today/messages", {"act": "hold", "group": key(g), "last": first, "after": "0"})
    check("again changes nothing", [a.json["done"], a.json["left"]], [0, 0])
    check("it is held", [one(viewer, first), group_of(viewer, state="held")["count"]], ["held", 1])
    a = operator.post("/api/today/messages", {"act": "hold", "ids": [first, 999999]})
    check("what is not there or not so is left out and said", [a.json["done"], a.json["left"], [x["id"] for x in a.json["left_out"]]], [0, 2, [first, 999999]])
    check("in the person's language", house_in(house, "pt").post("/api/today/messages", {"act": "hold", "ids": [999999]}).json["left_out"][0]["why"], "não está mais ali")
    a = operator.post("/api/today/messages", {"act": "release", "ids": [first]})
    check("let go", [a.json["done"], one(viewer, first)], [1, "ready"])
    two = group_of(viewer, state="ready", rung="2d")
    a = operator.post("/api/today/messages", {"act": "skip", "group": key(two), "last": two["last"], "after": "0"})
    check("skipped", [a.json["done"], one(viewer, two["last"])], [1, "cancelled"])
    check("no such act", operator.post("/api/today/messages", {"act": "burn", "ids": []}).status, 422)
    check("too many at once", operator.post("/api/today/messages", {"act": "hold", "ids": list(range(1, 502))}).status, 413)
    check("no numbers", operator.post("/api/today/messages", {"act": "hold", "ids": ["x"]}).status, 422)
    log = house.ask("SELECT actor, subject, detail FROM event WHERE kind = 'outbox' ORDER BY seq")
    check("who did what stands in the audit log", [(a, s) for a, s, _ in log],
          [("the-operator", f"action {first}"), ("the-operator", f"action {first}"), ("the-operator", f"action {two['last']}")])
    fine("and no address", "example.com" not in "".join(d for _, _, d in log), log)
    approver.get("/api/today")
    return first


def house_in(house, lang):
    return house.person("speaks-" + lang, "operator", lang=lang) if lang == "en" else spoken(house, lang)


def spoken(house, lang):
    p = house.person("speaks-" + lang, "operator")
    p.post("/api/me", {"name": "Somebody", "lang": lang})
    return p


def words_of_a_message(house, people, number):
    operator = people["operator"]
    before = house.one("SELECT count(*) FROM event WHERE kind = 'read'")
    a = operator.get(f"/api/outbox/{number}/text")
    check("its words", [a.json["to"], a.json["subject"]], ["sol@example.com", "Invoice A-1 of R$100.00 is overdue"] if a.json["subject"].startswith("Invoice A-1 of R$") else ["sol@example.com", a.json["subject"]])
    fine("that they were read is written down", house.one("SELECT count(*) FROM event WHERE kind = 'read'") > before or
         house.one("SELECT count(*) FROM sqlite_master WHERE name LIKE '%saw%' OR name LIKE '%read%'"), before)
    check("a viewer may not", [people["viewer"].get(f"/api/outbox/{number}/{x}").status for x in ("text", "html")], [403, 403])
    page = operator.get(f"/api/outbox/{number}/html")
    if page.status == 200:
        policy = page.headers["content-security-policy"]
        fine("its page runs and loads nothing", "sandbox" in policy and "default-src 'none'" in policy and "script-src" not in policy, policy)
    else:
        check("a message without a page", [page.status, page.code], [404, "not_there"])
    check("nothing is there", operator.get("/api/outbox/424242").status, 404)
    check("no number", operator.get("/api/outbox/x1").status, 404)
    shown = people["viewer"].get(f"/api/outbox/{number}").json
    check("what may be done", shown["may"], ["cancel", "hold"])
    check("what it is about", [(i["invoice"], i["open"]["amount"]) for i in shown["about"]], [("A-1", "100.00")])


def pauses(house, people):
    viewer, operator, approver = people["viewer"], people["operator"], people["approver"]
    check("a viewer pauses nothing", viewer.post("/api/pauses", {"scope": "all"}).status, 403)
    check("twice is once", operator.post("/api/pauses", {"scope": "all", "reason": "again"}).json["new"], False)
    check("no such scope", operator.post("/api/pauses", {"scope": "moon"}).status, 422)
    check("no such customer", operator.post("/api/pauses", {"scope": "customer", "name": "C9"}).status, 422)
    check("no such channel", operator.post("/api/pauses", {"scope": "channel", "name": "pigeon"}).status, 422)
    a = operator.post("/api/pauses", {"scope": "customer", "name": "C3", "reason": "lawyer"})
    check("a customer", [(p["scope"], p.get("customer")) for p in a.json["pauses"]], [("all", None), ("customer", "Dois Irmãos")])
    check("an operator resumes nothing", operator.post("/api/pauses/end", {"scope": "all"}).status, 403)


def paid_meanwhile(house, people, number):
    """The invoice is paid after somebody looked and before the pause ends: the message does not go."""
    house.ledger(CUSTOMERS, ledger(PAID))
    a = people["approver"].post("/api/pauses/end", {"scope": "all"})
    check("resumed", [a.status, a.json["ended"], [p["scope"] for p in a.json["pauses"]]], [200, 1, ["customer"]])
    check("somebody was faster", people["approver"].post("/api/pauses/end", {"scope": "all"}).code, "changed_meanwhile")
    viewer = people["viewer"]
    check("what is paid does not go", until(lambda: one(viewer, number) == "suppressed" and "suppressed", 20), "suppressed")
    today = viewer.get("/api/today").json
    fine("and it is said among what was stopped", any(s["count"] == 1 and "settled" in s["reason"] for s in today["stopped"]), today["stopped"])
    g = group_of(viewer, state="ready", gate="pause")
    check("the paused customer's waits still", [g["count"], g["open"][0]["amount"]], [1, "75.10"])
    a = people["approver"].post("/api/pauses/end", {"scope": "customer", "name": "C3"})
    check("and goes then", until(lambda: any(s["state"] == "accepted" for s in viewer.get("/api/today").json["sent"]), 20), True)


def filters(house, people):
    viewer = people["viewer"]
    rows = viewer.get("/api/outbox").json["rows"]
    check("newest first", [r["id"] for r in rows], sorted((r["id"] for r in rows), reverse=True))
    check("of a customer", {r["customer"] for r in viewer.get("/api/outbox", customer="C3").json["rows"]}, {"C3"})
    check("of a state", {r["state"] for r in viewer.get("/api/outbox", state="cancelled").json["rows"]}, {"cancelled"})
    check("of a channel and a state", [r["state"] for r in viewer.get("/api/outbox", channel="email", state="suppressed").json["rows"]], ["suppressed"])
    check("of a day", len(viewer.get("/api/outbox", day=in_days(0)).json["rows"]), len(rows))
    check("of another day", viewer.get("/api/outbox", day=in_days(-3)).json["rows"], [])
    check("of a customer's day", len(viewer.get("/api/outbox", customer="C3", day=in_days(0), channel="email").json["rows"]), 1)
    check("no such", [viewer.get("/api/outbox", **q).status for q in ({"state": "x"}, {"channel": "x"}, {"day": "x"}, {"limit": 0})], [422] * 4)
    page = viewer.get("/api/outbox", limit=1).json
    check("by key", viewer.get("/api/outbox", limit=1, after=page["next"]).json["rows"][0]["id"], rows[1]["id"])


def plain(dun):
    with House(dun, policy=PLAIN, customers=CUSTOMERS, invoices=ledger(ROWS)) as house:
        house.run("pause", "all", "--reason", "audit of the ledger", "--by", "tests", "--store", house.store)
        with house.serve():
            people = house.everyone()
            number = groups_and_acts(house, people)
            words_of_a_message(house, people, number)
            pauses(house, people)
            paid_meanwhile(house, people, number)
            filters(house, people)
            check("it ends well", house.stop(), 0)


# ---- what a person is asked ----

BIG = [("B-1", "C1", "1500.00", "1500.00", -5, "open"), ("B-2", "C2", "2000.00", "2000.00", -5, "open"), ("B-3", "C3", "90.00", "90.00", -5, "open")]


def at_once(calls):
    got = [None] * len(calls)

    def call(i):
        got[i] = calls[i]()

    threads = [threading.Thread(target=call, args=(i,)) for i in range(len(calls))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return got


def the_plan(house, people):
    viewer, approver = people["viewer"], people["approver"]
    plan = until(lambda: viewer.get("/api/today").json["plan"])
    check("the first plan of a real channel waits", [plan["rejected"], plan["messages"] > 0, plan["steps"][0]["outlet"]], [False, True, "email"])
    body = {"approve": True, "digest": plan["digest"], "ramp": False}
    check("an operator does not approve", people["operator"].post("/api/today/plan", body).status, 403)
    check("another plan", approver.post("/api/today/plan", {**body, "digest": "0" * 12}).code, "changed_meanwhile")
    check("neither yes nor no", approver.post("/api/today/plan", {"digest": plan["digest"]}).status, 422)
    got = sorted(x.status for x in at_once([lambda: approver.post("/api/today/plan", body), lambda: people["admin"].post("/api/today/plan", body)]))
    check("two at once: one is taken, the other is told", got, [200, 409])
    fine("it is not asked any more", until(lambda: viewer.get("/api/today").json["plan"] is None), None)


def the_lines(house, people):
    viewer, approver = people["viewer"], people["approver"]
    until(lambda: viewer.get("/api/today").json["lines"])
    today = viewer.get("/api/today").json
    g = today["lines"][0]
    check("lines ask, by groups", [(x["step"], x["count"], x["open"]) for x in today["lines"]], [("standard 1d", 2, [{"amount": "3500.00", "currency": "BRL"}])])
    rows = viewer.get("/api/today/lines", reason=g["reason"], step=g["step"]).json["rows"]
    check("its rows", [(r["name"], r["invoice"]) for r in rows], [("Padaria Sol", "B-1"), ("Casa Azul", "B-2")])
    check("all lines", len(viewer.get("/api/today/lines").json["rows"]), 2)
    body = {"approve": True, "as_of": today["as_of"], "ids": [rows[0]["id"]]}
    check("an operator does not", people["operator"].post("/api/today/lines", body).status, 403)
    got = at_once([lambda: approver.post("/api/today/lines", body), lambda: people["admin"].post("/api/today/lines", body)])
    check("two at once: one is taken, the other is told", sorted((x.json["done"], x.json["left"]) for x in got), [(0, 1), (1, 0)])
    # The other's amount changes after the look: what was seen is not what would be approved.
    house.ledger(CUSTOMERS, ledger([BIG[0], ("B-2", "C2", "2000.00", "1800.00", -5, "open"), BIG[2]]))
    changed = until(lambda: [x["open"] for x in viewer.get("/api/today").json["lines"]] == [[{"amount": "1800.00", "currency": "BRL"}]], 90)
    if changed:
        a = approver.post("/api/today/lines", {"approve": True, "as_of": today["as_of"], "group": {"reason": g["reason"], "step": g["step"]}, "last": g["last"], "after": "0"})
        check("asked anew since: left out", [a.json["done"], a.json["left"]], [0, 1])
    fine("the line has its new amount", changed, viewer.get("/api/today").json["lines"])
    now = viewer.get("/api/today").json
    a = approver.post("/api/today/lines", {"approve": False, "as_of": now["as_of"], "group": {"reason": g["reason"], "step": g["step"]}, "last": now["lines"][0]["last"], "after": "0"})
    check("rejected by its group", [a.json["done"], a.json["left"]], [1, 0])
    check("nothing asks any more", viewer.get("/api/today").json["lines"], [])


def the_tries(house, people, smtp):
    viewer, operator = people["viewer"], people["operator"]
    row = until(lambda: next((r for r in viewer.get("/api/outbox", customer="C3").json["rows"] if r["state"] == "deferred"), None))
    check("the server is away: tried again later, by itself", bool(row and row["next_try"]), True)
    shown = viewer.get(f"/api/outbox/{row['id']}").json
    check("its try", [shown["attempts"][0]["provider"], shown["attempts"][0]["outcome"], "detail" in shown["attempts"][0]], ["email", shown["attempts"][0]["outcome"], False])
    fine("an operator reads why", operator.get(f"/api/outbox/{row['id']}").json["attempts"][0]["detail"] != "", shown)
    path = f"/api/outbox/{row['id']}"
    check("another state was seen", operator.post(path, {"act": "retry", "seen": "ready"}).code, "changed_meanwhile")
    check("a viewer does nothing", viewer.post(path, {"act": "retry", "seen": "deferred"}).status, 403)
    check("no such act", operator.post(path, {"act": "burn", "seen": "deferred"}).status, 422)
    check("not from this state", operator.post(path, {"act": "delivered", "seen": "deferred"}).code, "changed_meanwhile")
    # No answer came: a person finds out. The state of after a crash.
    d = sqlite3.connect(house.store, timeout=30)
    d.execute("UPDATE action SET state = 'unknown', not_before = NULL WHERE id = ?", (row["id"],))
    d.commit()
    d.close()
    check("what may be done with it", viewer.get(path).json["may"], ["retry", "delivered", "not_sent", "look"])
    check("again only with open eyes", operator.post(path, {"act": "retry", "seen": "unknown"}).code, "not_sure")
    check("looked for again", operator.post(path, {"act": "look", "seen": "unknown"}).status, 200)
    smtp.away = False
    a = operator.post(path, {"act": "not_sent", "seen": one(viewer, row["id"])})
    fine("it was not sent: it goes again", a.status in (200, 409), a)
    check("and is sent, through the gate", until(lambda: one(viewer, row["id"]) == "accepted" and "accepted", 30), "accepted")
    fine("to a real server", any(b"B-3" in m for m in smtp.taken), smtp.taken)


def asked(dun):
    smtp = Smtp()
    smtp.away = True
    with House(dun, policy=ASKS.format(port=smtp.server_address[1]), customers=CUSTOMERS, invoices=ledger(BIG)) as house:
        with house.serve():
            people = house.everyone()
            the_plan(house, people)
            the_lines(house, people)
            the_tries(house, people, smtp)
            check("it ends well", house.stop(), 0)
    smtp.shutdown()


# ---- connections ----

READS = """policy "House"
  currency BRL

connect erp csv with folder "in"
connect email smtp "smtp://127.0.0.1:{port}" from "Finance <f@house.example>" with rate "30 per minute"
connect sms twilio from "+5511999990000" with account from env "HOUSE_TWILIO_ACCOUNT" and token from env "HOUSE_TWILIO_TOKEN"

ladder standard for invoices
  at 1d   send email "Invoice {{number}} of {{open}} is overdue"
"""


def line_of(client, name):
    return next((r for r in client.get("/api/connections").json["rows"] if r["line"] == name), None)


def checked(client, name):
    return until(lambda: (line_of(client, name)["check"] or {}).get("state") == "done" and line_of(client, name)["check"], 40)


def connections(dun):
    smtp = Smtp()
    with House(dun, policy=READS.format(port=smtp.server_address[1]), invoices=ledger([]), files={"in/.keep": ""}) as house:
        with house.serve("--public-url", "https://dun.example.com"):
            people = house.everyone()
            viewer, operator, admin = people["viewer"], people["operator"], people["admin"]
            all_of_them = viewer.get("/api/connections").json
            check("the lines", [r["line"] for r in all_of_them["rows"]], ["erp csv", "email smtp", "sms twilio"])
            check("never checked", [r["check"] for r in all_of_them["rows"]], [None] * 3)
            mail = line_of(viewer, "email smtp")
            check("its limits", [mail["sends"]["per_minute"], mail["sends"]["rests"], mail["hook"]], [30, False, None])
            hook = line_of(viewer, "sms twilio")["hook"]
            check("where its webhooks come in", [hook["path"], hook["address"], hook["last"]], ["/hooks/sms/twilio", "https://dun.example.com/hooks/sms/twilio", None])
            check("a viewer sees no settings", line_of(viewer, "sms twilio")["settings"], [])
            check("an administrator does, and no value", [(x["key"], x["variable"], x["set"]) for x in line_of(admin, "sms twilio")["settings"] if x["variable"]],
                  [("account", "HOUSE_TWILIO_ACCOUNT", False), ("token", "HOUSE_TWILIO_TOKEN", False)])
            check("an operator checks nothing", operator.post("/api/connections/check", {"line": "sms twilio"}).status, 403)
            check("no such line", admin.post("/api/connections/check", {"line": "fax rotary"}).status, 404)
            check("begun", admin.post("/api/connections/check", {"line": "sms twilio"}).status, 202)
            found = checked(viewer, "sms twilio")
            fine("what is wrong and what to do", found and any("HOUSE_TWILIO_TOKEN" in f["what"] and f["remedy"] and not f["fine"] for f in found["findings"]), found)
            check("by whom", found and found["by"], "admin")
            check("all of them", admin.post("/api/connections/check", {}).status, 202)
            found = checked(viewer, "email smtp")
            fine("a server that is there", found and all(f["fine"] for f in found["findings"]), found)
            fine("it answers meanwhile", viewer.get("/api/today").status == 200, None)
            check("a viewer has nothing read", viewer.post("/api/connections/sync", {"line": "erp csv"}).status, 403)
            check("nothing is read from a channel", operator.post("/api/connections/sync", {"line": "email smtp"}).code, "not_so")
            Path(house.at("in/customers.csv")).write_text(CUSTOMERS, encoding="utf-8")
            Path(house.at("in/invoices.csv")).write_text(ledger([("N-1", "C1", "10.00", "10.00", 5, "open")]), encoding="utf-8")
            for name in ("customers", "invoices"):  # whoever writes them is through
                os.utime(house.at(f"in/{name}.csv"), (time.time() - 600, time.time() - 600))
            check("read now", operator.post("/api/connections/sync", {"line": "erp csv"}).status, 202)
            check("the service's loop does it at once", until(lambda: house.one("SELECT count(*) FROM invoice WHERE number = 'N-1'"), 30), 1)
            check("it does not wait any more", until(lambda: line_of(viewer, "erp csv")["reads"]["asked"] is False, 10), True)
    smtp.shutdown()


def nothing(dun):
    """Over a store with nothing in it."""
    with House(dun, policy=PLAIN, customers="id,name,email,phone,country\n", invoices=ledger([])) as house:
        with house.serve():
            viewer = house.person("vera", "viewer")
            a = viewer.get("/api/today")
            check("an empty day", [a.status, a.json["groups"], a.json["lines"], a.json["plan"], a.json["waits"]], [200, [], [], None, []])
            check("an empty outbox", viewer.get("/api/outbox").json, {"rows": [], "next": None})


def main():
    nothing(sys.argv[1])
    plain(sys.argv[1])
    asked(sys.argv[1])
    connections(sys.argv[1])
    sys.exit(counted())


main()
