#!/usr/bin/env python3
"""The board and the negotiation over HTTP: cards found, moved, given to somebody, by each role and by two people at once;
promises; agreements proposed, approved by somebody else, written into an ERP (tests/erp/omie_server.py) or refused by it,
kept and broken as days pass (tests/service/clock_shim.c). run_board.py DUN; the last line is `N passed, M failed`."""
import datetime
import mmap
import os
import signal
import struct
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "erp"))
from house import House, in_days, until  # noqa: E402
from checks import check, counted, fine  # noqa: E402
import omie_server  # noqa: E402

DUN = sys.argv[1]
SECOND = 10**9

POLICY = """policy "Board"
  currency BRL
  calendar brazil

hold while promised

ladder standard for invoices
  at 10d  open card in "Collections"
  at 60d  open card in "Legal" priority high due in 2d

on payment in full move card to "Resolved"
on reply           open card in "Negotiation"
"""


def ledger(rows):
    return "number,customer,amount,open,due,status\n" + "".join(
        f"{n},{c},{a},{o},{in_days(d)},{s}\n" for n, c, a, o, d, s in rows)


ROWS = [("A-1", "C1", "100.00", "100.00", -11, "open"), ("A-2", "C2", "2500.50", "2500.50", -12, "open"),
        ("A-3", "C3", "75.10", "75.10", -70, "open"), ("A-4", "C3", "300.00", "300.00", -15, "open")]


def with_status(number, status, left):
    return ledger([(n, c, a, left if n == number else o, d, status if n == number else s) for n, c, a, o, d, s in ROWS])


# ---- cards ----


def columns(who, **params):
    return {x["name"]: x for x in who.get("/api/board", **params).json["columns"]}


def cards(who, **params):
    return {r["entity"]: r for x in columns(who, **params).values() for r in x["rows"]}


def tick(house):
    house.process.send_signal(signal.SIGHUP)


def the_board_is_looked_through(house, people):
    board = people["viewer"].get("/api/board").json
    check("columns in the policy's order", [x["name"] for x in board["columns"]],
          ["Collections", "Legal", "Negotiation", "Promised", "Resolved"])
    check("where cards of paid invoices go", board["resolved"], "Resolved")
    by = columns(people["viewer"])
    check("cards of Collections", sorted(r["entity"] for r in by["Collections"]["rows"]), ["A-1", "A-2", "A-4"])
    check("its count", by["Collections"]["cards"], 3)
    legal = by["Legal"]["rows"][0]
    check("a card of Legal", (legal["entity"], legal["priority"], legal["about"], legal["invoice"]["open"]),
          ("A-3", "high", "invoice", {"amount": "75.10", "currency": "BRL"}))
    check("its customer", legal["customer"], {"id": "C3", "name": "Dois Irmãos"})
    check("by customer", sorted(cards(people["viewer"], customer="C3")), ["A-3", "A-4"])
    check("by words, in any case", sorted(cards(people["viewer"], q="IRMÃOS")), ["A-3", "A-4"])
    check("by number", sorted(cards(people["viewer"], q="a-2")), ["A-2"])
    check("by nobody's", len(cards(people["viewer"], assignee="-")), 4)
    check("by somebody's", len(cards(people["viewer"], assignee="the-operator")), 0)
    check("by what they are about", len(cards(people["viewer"], kind="contract")), 0)
    check("overdue", len(cards(people["viewer"], overdue="1")), 0)
    check("a kind that there is not", people["viewer"].get("/api/board", kind="house").status, 422)
    first = people["viewer"].get("/api/board/cards", column="Collections", limit=2).json
    check("a page", len(first["rows"]), 2)
    rest = people["viewer"].get("/api/board/cards", column="Collections", limit=2, after=first["next"]).json
    check("the rest", (len(rest["rows"]), rest["next"]), (1, None))
    check("each once", len({r["id"] for r in first["rows"] + rest["rows"]}), 3)
    check("of no column", people["viewer"].get("/api/board/cards").status, 422)
    check("no card", people["viewer"].get("/api/cards/999999").status, 404)
    check("no number", people["viewer"].get("/api/cards/x").status, 404)
    check("nobody", house.client().get("/api/board").status, 401)


def a_card_is_worked(house, people):
    op, view = people["operator"], people["viewer"]
    card = cards(op)["A-1"]
    at = f"/api/cards/{card['id']}"
    for act, body in (("move", {"column": "Legal"}), ("assign", {"assignee": ""}), ("due", {"due": None}), ("close", {}),
                      ("reopen", {}), ("comment", {"words": "x"})):
        body = {"version": card["version"], **body}
        check(f"{act} by a viewer", view.post(f"{at}/{act}", body).status, 403)
        check(f"{act} without the token", op.post(f"{at}/{act}", body, csrf=False).status, 403)
    check("without a version", op.post(at + "/move", {"column": "Legal"}).json["error"]["field"], "version")
    check("to no column", op.post(at + "/move", {"version": 1, "column": "Nowhere"}).json["error"]["field"], "column")
    check("no such card", op.post("/api/cards/999999/move", {"version": 1, "column": "Legal"}).status, 404)
    moved = op.post(at + "/move", {"version": card["version"], "column": "Legal"})
    check("moved", (moved.status, moved.json["card"]["column"]), (200, "Legal"))
    late = people["approver"].post(at + "/move", {"version": card["version"], "column": "Resolved"})
    check("by somebody who saw it before", (late.status, late.code), (409, "changed_meanwhile"))
    version = moved.json["card"]["version"]
    check("to where it stands", op.post(at + "/move", {"version": version, "column": "Legal"}).code, "not_so")
    check("to nobody known", op.post(at + "/assign", {"version": version, "assignee": "zorro"}).json["error"]["field"], "assignee")
    given = op.post(at + "/assign", {"version": version, "assignee": "the-approver"}).json["card"]
    check("given", given["assignee"], "the-approver")
    due = op.post(at + "/due", {"version": given["version"], "due": in_days(-1)}).json["card"]
    check("due, and overdue", (due["due"], due["overdue"]), (in_days(-1), True))
    check("overdue ones", list(cards(view, overdue="1")), ["A-1"])
    check("a day that is none", op.post(at + "/due", {"version": due["version"], "due": "soon"}).json["error"]["field"], "due")
    check("a comment", op.post(at + "/comment", {"words": "Called: pays on Friday"}).json["card"]["comments"], 1)
    check("an empty one", op.post(at + "/comment", {"words": " "}).json["error"]["field"], "words")
    shut = op.post(at + "/close", {"version": due["version"]}).json["card"]
    check("closed", shut["closed"], in_days(0))
    check("twice", op.post(at + "/close", {"version": shut["version"]}).code, "not_so")
    check("a closed card is not moved", op.post(at + "/move", {"version": shut["version"], "column": "Collections"}).code, "not_so")
    check("not on the board", "A-1" in cards(view), False)
    check("among the closed", "A-1" in cards(view, closed="1"), True)
    back = op.post(at + "/reopen", {"version": shut["version"]}).json["card"]
    op.post(at + "/move", {"version": back["version"], "column": "Collections"})
    seen = view.get(at).json
    check("its history", [(e["what"], e["by"], e["now"]) for e in seen["history"]],
          [("opened", "policy", "Collections"), ("moved", "the-operator", "Legal"), ("assigned", "the-operator", "the-approver"),
           ("due", "the-operator", in_days(-1)), ("comment", "the-operator", ""), ("closed", "the-operator", ""),
           ("reopened", "the-operator", ""), ("moved", "the-operator", "Collections")])
    check("who looked is noted", house.one("SELECT count(*) FROM saw") > 0, True)
    check("no word of it in the audit log", house.one("SELECT count(*) FROM event WHERE detail LIKE '%Friday%'"), 0)


def a_paid_invoice_resolves_its_card(house, people):
    house.ledger(open_customers(house), with_status("A-2", "paid", "0.00"))
    tick(house)
    where = until(lambda: cards(people["viewer"])["A-2"]["column"] == "Resolved")
    fine("its card is moved at once", where, cards(people["viewer"])["A-2"])
    history = people["viewer"].get(f"/api/cards/{cards(people['viewer'])['A-2']['id']}").json["history"]
    check("by the policy", (history[-1]["what"], history[-1]["by"], history[-1]["was"]), ("moved", "policy", "Collections"))


def open_customers(house):
    return Path(house.at("data/customers.csv")).read_text(encoding="utf-8")


def a_promise_takes_two_clicks(house, people):
    op = people["operator"]
    offer = op.get("/api/invoices/A-1/offer").json
    check("days are offered", [x["in"] for x in offer["promise"]], ["3d", "7d", "month end"])
    for x in offer["promise"]:
        answer = op.get("/api/calendar", day=x["day"]).json
        check(f"{x['in']} is a business day", answer["business"], True)
    check("nobody can write dates", (offer["erp"], offer["erp_why"]), ("", "the invoice did not come from an ERP that the policy connects"))
    check("a holiday", op.get("/api/calendar", day="2026-12-25").json["business"], False)
    at = "/api/invoices/A-1/promise"
    check("by a viewer", people["viewer"].post(at, {"day": in_days(3)}).status, 403)
    check("for a day that is over", op.post(at, {"day": in_days(-1)}).json["error"]["field"], "day")
    check("of no invoice", op.post("/api/invoices/Z-9/promise", {"day": in_days(3)}).status, 404)
    check("of a paid one", op.post("/api/invoices/A-2/promise", {"day": in_days(3)}).code, "not_so")
    made = op.post(at, {"day": offer["promise"][0]["day"]})
    check("made", (made.status, made.json["promised"]), (201, offer["promise"][0]["day"]))
    check("the card is put aside", cards(op)["A-1"]["column"], "Promised")
    check("it stands as any promise", house.ask("SELECT entity, value FROM happening WHERE kind = 'promise'"),
          [("A-1", offer["promise"][0]["day"])])


def a_reply_opens_a_card_with_the_conversation(house, people):
    Path(house.at("events.csv")).write_text("date,invoice,kind,value\n" + f'{in_days(0)},A-4,reply,"Can I pay in two parts?"\n', encoding="utf-8")
    check("the reply comes in", house.run("import", house.at("events.csv"), "--store", house.store).returncode, 0)
    tick(house)
    fine("a card in Negotiation", until(lambda: [r["entity"] for r in columns(people["viewer"])["Negotiation"]["rows"]] == ["A-4"]),
         columns(people["viewer"])["Negotiation"])
    card = columns(people["viewer"])["Negotiation"]["rows"][0]
    people["operator"].post(f"/api/cards/{card['id']}/comment", {"words": "Two parts are fine"})
    talk = people["viewer"].get(f"/api/cards/{card['id']}/conversation").json["rows"]
    check("what was said, in order", [(r["kind"], r["text"]) for r in talk][-2:],
          [("reply", "Can I pay in two parts?"), ("note", "Two parts are fine")])
    own = people["viewer"].get(f"/api/cards/{card['id']}/conversation", all=0).json["rows"]
    check("of the invoice alone", {r["entity"] for r in own}, {"A-4"})
    check("of no card", people["viewer"].get("/api/cards/999999/conversation").status, 404)
    check("who read it is noted", house.one("SELECT count(*) FROM saw WHERE what = 'customer'") > 0, True)
    people["operator"].post(f"/api/cards/{card['id']}/close", {"version": card["version"]})


# ---- agreements without an ERP ----


def agreements_take_two_people(house, people):
    op, boss, admin = people["operator"], people["approver"], people["admin"]
    at = "/api/invoices/A-4/agreements"
    card = cards(op)["A-4"]
    whole = [{"due": in_days(20), "amount": "300.00"}]
    wrong = [("parts", []), ("parts[0].due", [{"due": "x", "amount": "300.00"}]), ("parts[0].amount", [{"due": in_days(9), "amount": "a"}]),
             ("parts[0].amount", [{"due": in_days(9), "amount": "300.001"}]), ("parts[0]", [{"due": in_days(0), "amount": "300.00"}]),
             ("parts[1]", [{"due": in_days(9), "amount": "150.00"}, {"due": in_days(9), "amount": "150.00"}]),
             ("parts[1]", [{"due": in_days(9), "amount": "100.00"}, {"due": in_days(19), "amount": "199.99"}])]
    for field, parts in wrong:
        a = op.post(at, {"parts": parts})
        check(f"a proposal that is wrong at {field}", (a.status, (a.json["error"] or {}).get("field")), (422, field))
    check("by a viewer", people["viewer"].post(at, {"parts": whole}).status, 403)
    check("of no invoice", op.post("/api/invoices/Z-9/agreements", {"parts": whole}).status, 404)
    check("of a paid one", op.post("/api/invoices/A-2/agreements", {"parts": whole}).code, "not_so")
    check("with another's card", op.post(at, {"parts": whole, "card": cards(op)["A-1"]["id"]}).json["error"]["field"], "card")
    made = op.post(at, {"parts": whole, "card": card["id"], "note": "She asked for three weeks"})
    check("proposed", (made.status, made.json["agreement"]["state"], made.json["agreement"]["proposed_by"]), (201, "proposed", "the-operator"))
    one = made.json["agreement"]
    check("a second one", boss.post(at, {"parts": whole}).code, "not_so")
    check("it shows on the card", cards(op)["A-4"]["agreement"], "proposed")
    url = f"/api/agreements/{one['id']}"
    check("approved by an operator", op.post(url + "/approve", {"version": one["version"]}).status, 403)
    check("rejected without a reason", boss.post(url + "/reject", {"version": one["version"]}).json["error"]["field"], "reason")
    no = boss.post(url + "/reject", {"version": one["version"], "reason": "Too long"}).json["agreement"]
    check("rejected", (no["state"], no["reason"], no["answered_by"]), ("rejected", "Too long", "the-approver"))
    check("answered already", boss.post(url + "/approve", {"version": no["version"]}).code, "changed_meanwhile")
    own = admin.post(at, {"parts": whole}).json["agreement"]
    same = admin.post(f"/api/agreements/{own['id']}/approve", {"version": own["version"]})
    check("who proposes does not approve, whatever the role", (same.status, same.code), (403, "not_allowed"))
    check("another operator does not withdraw it", op.post(f"/api/agreements/{own['id']}/withdraw", {"version": own["version"]}).status, 403)
    check("withdrawn", admin.post(f"/api/agreements/{own['id']}/withdraw", {"version": own["version"]}).json["agreement"]["state"], "withdrawn")
    parts = [{"due": in_days(10), "amount": "100.00"}, {"due": in_days(20), "amount": "200.00"}]
    two = op.post(at, {"parts": parts, "card": card["id"]}).json["agreement"]
    yes = boss.post(f"/api/agreements/{two['id']}/approve", {"version": two["version"]})
    check("approved: it stands in Dun, and says why", (yes.json["agreement"]["state"], yes.json["agreement"]["erp"], yes.json["agreement"]["reason"]),
          ("in force", "", "the invoice did not come from an ERP that the policy connects"))
    check("the card is put aside", cards(op)["A-4"]["column"], "Promised")
    sent = until(lambda: op.get(f"/api/agreements/{two['id']}").json["agreement"]["confirmation"] == "accepted")
    fine("the customer is told", sent, op.get(f"/api/agreements/{two['id']}").json)
    words = house.one("SELECT m.text FROM message m JOIN action a ON a.id = m.action WHERE a.track = 'agreement told'")
    fine("in words", "A-4" in words and "R$200.00" in words, words)
    talk = people["viewer"].get(f"/api/cards/{card['id']}/conversation").json["rows"]
    fine("the conversation has it", any(r["kind"] == "message" and "A-4" in r["text"] for r in talk), talk)
    check("a list", [a["state"] for a in boss.get("/api/agreements", invoice="A-4").json["rows"]], ["in force", "withdrawn", "rejected"])
    check("by state", len(boss.get("/api/agreements", state="in force").json["rows"]), 1)
    check("a state that there is not", boss.get("/api/agreements", state="nice").status, 422)
    check("no such agreement", boss.get("/api/agreements/999").status, 404)
    check("the log names who", house.ask("SELECT actor FROM event WHERE kind = 'agreement' AND detail LIKE '%approved%'"), [("the-approver",)])


def two_at_once(house, people):
    """Ten people answer one proposal, and move one card: one of each is taken."""
    import threading
    op = people["operator"]
    card = cards(op)["A-3"]
    made = op.post("/api/invoices/A-3/agreements", {"parts": [{"due": in_days(9), "amount": "75.10"}]}).json["agreement"]
    answers, moves = [], []

    def answer(i):
        what = "approve" if i % 2 else "reject"
        answers.append(people["approver"].post(f"/api/agreements/{made['id']}/{what}", {"version": made["version"], "reason": "x"}).status)
        to = "Collections" if i % 2 else "Negotiation"
        moves.append(people["approver"].post(f"/api/cards/{card['id']}/close", {"version": card["version"], "column": to}).status)
    threads = [threading.Thread(target=answer, args=(i,)) for i in range(10)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check("one answer is taken", sorted(answers), [200] + 9 * [409])
    fine("at most one closes what was seen", moves.count(200) <= 1 and set(moves) <= {200, 409}, moves)


def plain(dun):
    with House(dun, policy=POLICY, invoices=ledger(ROWS)) as house:
        house.serve()
        people = house.everyone()
        fine("the first tick opens cards", until(lambda: len(cards(people["viewer"])) == 4), cards(people["viewer"]))
        the_board_is_looked_through(house, people)
        a_card_is_worked(house, people)
        a_paid_invoice_resolves_its_card(house, people)
        a_promise_takes_two_clicks(house, people)
        a_reply_opens_a_card_with_the_conversation(house, people)
        agreements_take_two_people(house, people)
        two_at_once(house, people)
        check("the audit log holds", house.run("audit", "verify", "--store", house.store).returncode, 0)


# ---- with an ERP, as days pass ----


class Clock:
    """The file of clock_shim.c: time stands still but for what is allowed."""

    def __init__(self, path, start):
        Path(path).write_bytes(b"\0" * 32)
        self.path, self.file = path, open(path, "r+b")
        self.map = mmap.mmap(self.file.fileno(), 0)
        self.put(0, 3600 * SECOND)
        self.put(1, int(start.timestamp()) * SECOND - 3600 * SECOND)
        self.put(2, 3600 * SECOND)

    def put(self, at, value):
        struct.pack_into("=q", self.map, 8 * at, value)

    def get(self, at):
        return struct.unpack_from("=q", self.map, 8 * at)[0]

    def allow(self, seconds):
        self.put(2, self.get(2) + seconds * SECOND)

    def days(self, n):
        self.put(1, self.get(1) + n * 86400 * SECOND)


ERP_POLICY = """policy "Agreed"
  currency BRL
  timezone "UTC"
connect erp omie "{url}" with key from env "K" and secret from env "S" and rate "99999"

ladder standard for invoices
  at 5d   open card in "Collections"
  at 12d  log "reminded {{number}}"
"""


class ErpHouse(House):
    def __init__(self, dun):
        self.today = datetime.date.today()
        self.server, self.omie = omie_server.serve(["--same", "0", "--today", str(self.today), "--customers", "3"])
        self.omie.limits = False
        self.shim = Path(dun).resolve().parent / "clock_shim.so"
        url = f"http://127.0.0.1:{self.server.server_address[1]}"
        super().__init__(dun, policy=ERP_POLICY.format(url=url), customers=None,
                         env={"K": omie_server.KEY, "S": omie_server.SECRET})
        start = datetime.datetime.combine(self.today, datetime.time(9), datetime.timezone.utc)
        self.clock = Clock(self.at("clock"), start)
        self.env.update(LD_PRELOAD=str(self.shim), DUN_CLOCK=self.at("clock"),
                        ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0")

    def title(self, code, overdue, value=30000):
        due = self.today - datetime.timedelta(days=overdue)
        self.omie.ledger.add_title(code, 101, due - datetime.timedelta(days=30), value, due=due)

    def sync(self):
        r = self.run("sync", "p.dun", "--store", self.store)
        check("the first sync: " + r.stdout, r.returncode, 0)

    def stop(self, how=signal.SIGTERM):
        """What sleeps wakes up."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            until(lambda: self.clock.allow(1) or self.process.poll() is not None)
        return super().stop(how)

    def days_pass(self, n):
        """The service is down meanwhile: its first tick is of the new day."""
        self.stop()
        self.clock.days(n)
        self.today += datetime.timedelta(days=n)
        self.omie.today = self.omie.ledger.today = self.today
        self.clock.allow(1)
        self.serve()
        for login, client in self.people.items():
            client.cookies.clear()
            client.login(login)

    def wait(self, ask):
        """A second of the service's clock at a time, until it is so."""
        def step():
            got = ask()
            if not got:
                self.clock.allow(1)
            return got
        return until(step)


def negotiated(dun):
    house = ErpHouse(dun)
    if not house.shim.exists():
        print(f"skipped: the days of an agreement ({house.shim} is not built)")
        house.end()
        return
    with house:
        house.title(700001, 7)
        house.title(700002, 7)
        house.sync()
        house.serve()
        people = {r: house.admin() if r == "admin" else house.person("the-" + r, r) for r in ("operator", "approver", "admin")}
        op, boss = people["operator"], people["approver"]
        fine("the first sync and tick open cards", house.wait(lambda: len(cards(op)) == 2), cards(op))
        number = {c["invoice"]["number"]: c for c in cards(op).values()}
        first, second = sorted(number)

        def state(i):
            return op.get(f"/api/agreements/{i}").json["agreement"]

        def propose(invoice, *days):
            amounts = {1: ["300.00"], 2: ["100.00", "200.00"]}[len(days)]
            parts = [{"due": str(house.today + datetime.timedelta(days=d)), "amount": a} for d, a in zip(days, amounts)]
            a = op.post(f"/api/invoices/{invoice}/agreements", {"parts": parts, "card": number[invoice]["id"]})
            check(f"proposed for {invoice}", a.status, 201)
            return a.json["agreement"]

        check("the ERP takes new dates", op.get(f"/api/invoices/{first}/offer").json["erp"], "omie")
        # -- refused: nothing has changed --
        one = propose(first, 10)
        house.omie.faults = [{"call": "AlterarContaReceber", "do": "Client-101", "times": 99}]
        check("approved, ordered", boss.post(f"/api/agreements/{one['id']}/approve", {"version": one["version"]}).json["agreement"]["state"], "ordered")
        fine("the ERP refuses", house.wait(lambda: state(one["id"])["state"] == "refused"), state(one["id"]))
        fine("and says why", len(state(one["id"])["reason"]) > 5, state(one["id"]))
        check("the card is where it was", cards(op)[first]["column"], "Collections")
        check("and the date too", cards(op)[first]["invoice"]["due"], str(house.today - datetime.timedelta(days=7)))
        check("the customer is told nothing", house.one("SELECT count(*) FROM action WHERE track = 'agreement told'"), 0)
        house.omie.faults = []
        # -- instalments, written and read back --
        two = propose(first, 3, 8)
        boss.post(f"/api/agreements/{two['id']}/approve", {"version": two["version"]})
        fine("in force once the ERP has it", house.wait(lambda: state(two["id"])["state"] == "in force"), state(two["id"]))
        check("the ERP has the first date", house.omie.ledger.titles[700001]["due"], house.today + datetime.timedelta(days=3))
        check("and so has the ledger", cards(op)[first]["invoice"]["due"], str(house.today + datetime.timedelta(days=3)))
        check("the card is put aside", cards(op)[first]["column"], "Promised")
        told = house.wait(lambda: state(two["id"])["confirmation"] == "accepted")
        fine("the customer is told", told, state(two["id"]))
        three = propose(second, 3)
        boss.post(f"/api/agreements/{three['id']}/approve", {"version": three["version"]})
        fine("the other too", house.wait(lambda: state(three["id"])["state"] == "in force"), state(three["id"]))
        # -- the first part is paid; the other invoice is not --
        house.omie.ledger.titles[700001].update(paid=10000, paid_on=house.today, changed=house.today)
        house.days_pass(1)
        fine("the next date is brought there", house.wait(lambda: house.omie.ledger.titles[700001]["due"] == house.today + datetime.timedelta(days=7)),
             (state(two["id"]), house.omie.ledger.titles[700001]["due"]))
        fine("and stands", house.wait(lambda: not state(two["id"])["waits"]), state(two["id"]))
        check("the second part is at hand", (state(two["id"])["at_hand"], state(two["id"])["parts"][0]["met"]), (2, str(house.today)))
        house.days_pass(5)
        fine("a missed day breaks it", house.wait(lambda: state(three["id"])["state"] == "broken"), state(three["id"]))
        check("the card is back", cards(op)[second]["column"], "Collections")
        check("the first one stands", state(two["id"])["state"], "in force")
        # -- paid in full --
        house.omie.ledger.titles[700001].update(paid=30000, paid_on=house.today, changed=house.today)
        house.days_pass(1)
        fine("kept", house.wait(lambda: state(two["id"])["state"] == "kept"), state(two["id"]))
        check("resolved, whatever the policy says of it", cards(op)[first]["column"], "Resolved")
        # -- a promise that is broken comes back --
        promised = str(house.today + datetime.timedelta(days=1))
        check("a promise", op.post(f"/api/invoices/{second}/promise", {"day": promised}).status, 201)
        check("puts the card aside", cards(op)[second]["column"], "Promised")
        house.days_pass(2)
        fine("broken, it comes back by itself", house.wait(lambda: cards(op)[second]["column"] == "Collections"), cards(op)[second])
        history = op.get(f"/api/cards/{number[second]['id']}").json["history"]
        check("and says so", (history[-1]["what"], history[-1]["now"], history[-1]["by"]), ("promise broken", promised, "dun"))
        house.stop()
    house.server.shutdown()
    house.server.server_close()


plain(DUN)
negotiated(DUN)
sys.exit(counted())
