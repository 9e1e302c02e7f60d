"""`dun backtest` over days that were really run: the real program, days of imports and runs over one store, by a clock that
this test moves (tests/service/clock_shim.c), and then the same days looked back at.

usage: backtest.py DUN SHIM [--seeds N] [--seed N] [--keep DIR]

- worked out by hand: a small ledger whose every figure stands here;
- the same policy: whatever happened, it would have sent what was sent, on the same days, nothing less and nothing more;
- another policy: what differs is what two runs of the real program over the same days differ in;
- nothing is known before its day.

The last line is `N passed, M failed`.
"""
import argparse
import csv
import datetime
import io
import json
import os
import random
import shutil
import sqlite3
import struct
import subprocess
import tempfile

passed = failed = 0
DUN = SHIM = None
BEGIN = datetime.date(2026, 3, 2)


def same(what, expected, got):
    global passed, failed
    if expected == got:
        passed += 1
        return True
    failed += 1
    print("FAILED: %s:\n  expected %s\n  got      %s" % (what, expected, got), flush=True)
    return False


def environment(folder, day, word):
    """Ten o'clock of that day, in UTC, nine for an import or an answer; the clock stands still."""
    clock = os.path.join(folder, "clock")
    ns = int(datetime.datetime(day.year, day.month, day.day, 10 if word in ("run", "backtest") else 9, tzinfo=datetime.timezone.utc).timestamp()) * 10**9
    with open(clock, "wb") as f:
        f.write(struct.pack("=4q", 10**12, ns - 10**12, 2**62, 0))
    return {**os.environ, "LC_ALL": "C", "TZ": "UTC", "LD_PRELOAD": SHIM, "DUN_CLOCK": clock,
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}


def true(what, yes):
    same(what, True, bool(yes))


def dun(folder, day, *words, status=0):
    p = subprocess.run([DUN, *words], cwd=folder, capture_output=True, text=True, env=environment(folder, day, words[0]))
    if status is not None and p.returncode != status:
        same("dun %s" % " ".join(words), status, "%d %s%s" % (p.returncode, p.stdout, p.stderr))
    return p


def write(folder, name, text):
    os.makedirs(os.path.dirname(os.path.join(folder, name)) or folder, exist_ok=True)
    with open(os.path.join(folder, name), "w") as f:
        f.write(text)


def table(folder, policy, since, until, part, *more):
    p = dun(folder, until, "backtest", policy, "--since", str(since), "--until", str(until), "--format", "csv", "--show",
            part, "--quiet", *more)
    return list(csv.DictReader(io.StringIO(p.stdout)))


# ---- days that were really run ----

POLICIES = {
    "plain": """policy "Plain"
  currency BRL
hold while disputed
hold while promised
ladder standard for invoices
  at 5d before due  send email "soon {number}"
  at due            send email "today {number}"
  at 3d             send email "three {number}"
  at 8d             send email "eight {number}" then open card in "Late"
  at 15d            send email "fifteen {number}"
on payment in full  send email "thanks {number}"
on dispute          open card in "Disputes"
""",
    "limits": """policy "Limits"
  currency BRL
  send between 09:00 and 17:00 on weekdays
  limit each customer to 1 message per day and 2 per week
  silence for 3d after a reply
hold while disputed
ignore balances below 50
ladder large for invoices where amount > 500
  at 2d  send email "large two {number}"
  at 6d  send email "large six {number}" then alert finance "{number} is late"
ladder standard for invoices
  at 1d  send email "one {number}"
  at 4d  if open > 200 send email "four, much {number}" otherwise send email "four {number}"
  at 9d  send email "nine {number}"
when overdue >= 12d and customer.overdue_total > 300  send email "twelve {number}"
on promise broken   send email "promised {number}"
team finance is "finance@example.com"
""",
    "asks": """policy "Asks"
  currency BRL
ask for approval when amount > 500
ask for approval before escalate
hold while disputed
ladder standard for invoices
  at 1d   send email "one {number}"
  at 4d   send email "four {number}" then escalate to "boss@example.com"
  at 12d  send email "twelve {number}"
""",
    "steps": """policy "Steps"
  currency BRL
  one message per invoice
  after a gap send one by one every 2d
hold while promised plus 1d
stop when amount > 900
ladder standard for invoices
  at 1d  send email "a {number}"
  at 3d  send email "b {number}"
  at 5d then every 3d, 3 more times  send email "c {number}"
rule big: when customer.open_total > 1_500  tag customer "big"
when customer.tags has "big" and overdue >= 2d  send email "big {number}"
every week on monday for invoices where overdue >= 10d  send email "week {number}"
on due date changed   send email "moved {number}"
""",
}


class Ledger:
    """What an ERP exports, and what happens to it."""

    def __init__(self, folder, rng):
        self.folder, self.rng, self.rows, self.events, self.n = folder, rng, {}, [], 0
        customers = "".join("c%d,Customer %d,c%d@example.com\n" % (i, i, i) for i in range(6)) + "c6,Nobody,\n"
        write(folder, "data/customers.csv", "id,name,email\n" + customers)

    def add(self, day, due=None):
        self.n += 1
        amount = self.rng.choice([40, 120, 300, 600, 1000])
        due = due or day + datetime.timedelta(days=self.rng.randint(-2, 12))
        self.rows["A-%d" % self.n] = dict(customer="c%d" % self.rng.randint(0, 6), amount=amount, open=amount, due=due, status="open",
                                          disputed="", promise="")

    def happen(self, day):
        rng = self.rng
        open_rows = [k for k, r in self.rows.items() if r["status"] == "open"]
        self.events = []
        if rng.random() < 0.3:
            self.add(day)
        for k in rng.sample(open_rows, min(len(open_rows), rng.randint(0, 3))):
            r, what = self.rows[k], rng.random()
            if what < 0.25:
                r["open"], r["status"] = 0, "paid"
            elif what < 0.4:
                r["open"] = max(1, r["open"] - rng.choice([30, 100]))
            elif what < 0.5:
                r["due"] = max(r["due"], day) + datetime.timedelta(days=rng.randint(1, 9))
            elif what < 0.6:
                r["disputed"] = "" if r["disputed"] else "yes"
            elif what < 0.7:
                r["promise"] = day + datetime.timedelta(days=rng.randint(0, 4))
            elif what < 0.75:
                r["status"] = "cancelled"
            elif what < 0.85:  # heard of late, now and then
                self.events.append((day - datetime.timedelta(days=rng.choice([0, 0, 3])), "payment", k, r["open"]))
                r["told"] = True
            elif what < 0.9:
                self.events.append((day, "promise", k, day + datetime.timedelta(days=2)))
            elif what < 0.95:
                self.events.append((day - datetime.timedelta(days=rng.choice([0, 1])), "reply", k, "hello"))
            else:
                self.events.append((day, "opt out", k, "email"))
        for r in self.rows.values():  # the ERP shows on the next day what somebody told
            if r.get("told") and not any(e[2] == r for e in self.events) and r.pop("told") == "shown":
                r["open"], r["status"] = 0, "paid"
            elif r.get("told"):
                r["told"] = "shown"

    def export(self):
        columns = ["customer", "amount", "open", "due", "status", "disputed", "promise"]
        lines = [",".join([k] + [str(r[c]) for c in columns]) for k, r in self.rows.items()]
        write(self.folder, "data/invoices.csv", "\n".join([",".join(["number"] + columns)] + lines) + "\n")
        if self.events:
            write(self.folder, "data/events.csv", "date,kind,invoice,value\n" + "".join("%s,%s,%s,%s\n" % e for e in self.events))
        elif os.path.exists(os.path.join(self.folder, "data/events.csv")):
            os.remove(os.path.join(self.folder, "data/events.csv"))


def live(folder, policy, seed, days, keep=None, answers=False):
    """The days of one seed, run for real; the ledger's days are the same whatever the policy. `keep`: (how many, where): the store
    as it was after so many days."""
    ledger = Ledger(folder, random.Random(seed))
    for _ in range(12):
        ledger.add(BEGIN)
    for k in range(days):
        day = BEGIN + datetime.timedelta(days=k)
        if k:
            ledger.happen(day)
        ledger.export()
        dun(folder, day, "import", "data", "--quiet")
        if answers and k % 3 != 1:
            dun(folder, day, "approve", "--all", "--by", "ana", *(["--reject"] if k % 5 == 4 else []))
        dun(folder, day, "run", policy, "--quiet", status=None)
        if keep and k == keep[0]:
            os.makedirs(keep[1])
            shutil.copy(os.path.join(folder, "dun.db"), keep[1])


def stored(folder):
    """(day, entity, ladder, rung) of each action that was done, straight from the table."""
    db = sqlite3.connect(os.path.join(folder, "dun.db"))
    rows = db.execute("SELECT date(coalesce(sent_on, decided_on) * 86400, 'unixepoch'), entity, ladder, rung FROM action "
                      "WHERE state = 'accepted' AND recipient <> 'no contact'").fetchall()
    db.close()
    return sorted(rows)


def the_same_policy(work, seed, days, keep):
    for name, text in POLICIES.items():
        folder = os.path.join(work, "%s-%d" % (name, seed))
        write(folder, "policy.dun", text)
        live(folder, "policy.dun", seed, days, answers=name == "asks")
        last = BEGIN + datetime.timedelta(days=days - 1)
        rows = table(folder, "policy.dun", BEGIN, last, "messages", "--window", "0")
        differ = [r for r in rows if r["would"] != r["was"]]
        ok = same("%s, seed %d: it would have sent what was sent" % (name, seed), [], differ)
        done = stored(folder)
        ok &= same("%s, seed %d: all that was sent is there" % (name, seed), done,
                   sorted((r["was"], r["entity"], r["ladder"], r["rung"]) for r in rows if r["was"]))
        if name in ("plain", "steps"):  # what waits over the middle is stored nowhere (docs/reviewing.md); there nothing does
            middle = BEGIN + datetime.timedelta(days=days // 2)
            rows = table(folder, "policy.dun", middle, last, "messages", "--window", "0")
            ok &= same("%s, seed %d: also from the middle on" % (name, seed), [], [r for r in rows if r["would"] != r["was"]])
        if not ok and keep:
            shutil.copytree(folder, os.path.join(keep, os.path.basename(folder)), dirs_exist_ok=True)


# ---- another policy ----

CHANGED = """policy "Changed"
  currency BRL
hold while disputed
hold while promised
ladder standard for invoices
  at 5d before due  send email "soon {number}"
  at 4d             send email "four {number}"
  at 15d            send email "fifteen {number}"
  at 20d            open card in "Late"
on payment in full  send email "thanks {number}"
on dispute          open card in "Disputes"
"""


def done_by(folder):
    """What a store's runs did: (entity, by) -> [(day, ladder, rung)], and the messages by customer."""
    db = sqlite3.connect(os.path.join(folder, "dun.db"))
    steps, messages = {}, {}
    for day, entity, ladder, rung, action, channel, customer, lead in db.execute(
            "SELECT coalesce(sent_on, decided_on), entity, ladder, rung, action, channel, customer, lead FROM action "
            "WHERE state = 'accepted' AND recipient <> 'no contact'"):
        by = channel if action.startswith("send ") else "open card in"
        steps.setdefault((entity, by), []).append((day, ladder, rung))
        if lead is None and by == "email":
            messages[customer] = messages.get(customer, 0) + 1
    db.close()
    return steps, messages


def count(would, was, window):
    """(ladder, rung, by) -> [would, was, both], the nearest days first."""
    rows = {}
    for key in set(would) | set(was):
        a, b = sorted(would.get(key, [])), sorted(was.get(key, []))
        pairs = sorted((abs(x[0] - y[0]), x[1:] != y[1:], x[0], i, k) for i, x in enumerate(a) for k, y in enumerate(b)
                       if abs(x[0] - y[0]) <= window)
        matched_a, matched_b = set(), set()
        for _, _, _, i, k in pairs:
            if i not in matched_a and k not in matched_b:
                matched_a.add(i)
                matched_b.add(k)
        for i, x in enumerate(a):
            row = rows.setdefault((x[1], x[2], key[1]), [0, 0, 0])
            row[0] += 1
            row[1] += i in matched_a
            row[2] += i in matched_a
        for k, y in enumerate(b):
            if k not in matched_b:
                rows.setdefault((y[1], y[2], key[1]), [0, 0, 0])[1] += 1
    return {k: tuple(v) for k, v in rows.items()}


def another_policy(work, seed, days):
    """The same days run for real with each policy: a backtest of the one over the store of the other says how they differ."""
    last = BEGIN + datetime.timedelta(days=days - 1)
    for name, text in (("plain", POLICIES["plain"]), ("changed", CHANGED)):
        write(os.path.join(work, "as-" + name), "policy.dun", text)
        write(os.path.join(work, "as-" + name), "changed.dun", CHANGED)
        live(os.path.join(work, "as-" + name), "policy.dun", seed, days)
    folder = os.path.join(work, "as-plain")
    was, was_messages = done_by(folder)
    would, would_messages = done_by(os.path.join(work, "as-changed"))
    true("the two policies differ", would != was)
    for window in (0, 3):
        rows = table(folder, "changed.dun", BEGIN, last, "steps", "--window", str(window))
        same("seed %d, window %d: would, was and both" % (seed, window), count(would, was, window),
             {(r["ladder"], r["rung"], r["by"]): (int(r["would"]), int(r["was"]), int(r["both"])) for r in rows})
    customers = set(would_messages) | set(was_messages)
    a, b = [would_messages.get(c, 0) for c in customers], [was_messages.get(c, 0) for c in customers]
    same("seed %d: contacts" % seed,
         [{"by": "email", "would": str(sum(a)), "was": str(sum(b)), "added": str(sum(a) - sum(b)),
           "customers_would": str(sum(x > 0 for x in a)), "customers_was": str(sum(x > 0 for x in b)),
           "customers_fewer": str(sum(x < y for x, y in zip(a, b))), "customers_more": str(sum(x > y for x, y in zip(a, b)))}],
         table(folder, "changed.dun", BEGIN, last, "contacts"))


# ---- no look into the future ----

def no_future(work, seed, days):
    """What a store says of its first days does not change with the days that follow."""
    for name in ("limits", "steps"):
        folder, early = os.path.join(work, "early-" + name), os.path.join(work, "early-" + name, "then")
        write(folder, "policy.dun", POLICIES[name])
        middle = BEGIN + datetime.timedelta(days=days // 2)
        live(folder, "policy.dun", seed, days, keep=(days // 2, early))
        for f in os.listdir(folder):
            if f.endswith(".dun"):
                shutil.copy(os.path.join(folder, f), early)
        same("%s, seed %d: the first half is what it was" % (name, seed), table(early, "policy.dun", BEGIN, middle, "messages"),
             table(folder, "policy.dun", BEGIN, middle, "messages"))


# ---- worked out by hand ----

BY_HAND = """policy "By hand"
  currency BRL
hold while disputed
ladder standard for invoices
  at 3d before due  send email "soon {number}"
  at 1d             send email "overdue {number}"
  at 10d            send email "late {number}"
"""


def by_hand(work):
    """A-1 (100, due 10 March) is paid on the 15th. A-2 (200, the same customer) never is. A-3 (300, due 20 March) is disputed from
    25 March to 5 April. Runs were on the 7th, 11th and 22nd of March and on 5 April alone."""
    folder = os.path.join(work, "hand")
    write(folder, "p.dun", BY_HAND)
    write(folder, "data/customers.csv", "id,name,email\nc1,One,one@example.com\nc2,Two,two@example.com\n")
    write(folder, "data/invoices.csv", "number,customer,amount,due\nA-1,c1,100,2026-03-10\nA-2,c1,200,2026-03-10\nA-3,c2,300,2026-03-20\n")
    march, april = lambda n: datetime.date(2026, 3, n), lambda n: datetime.date(2026, 4, n)
    dun(folder, march(1), "import", "data")
    for day, event in ((march(7), None), (march(11), None), (march(15), "payment,A-1,100"), (march(22), None), (march(25), "dispute,A-3,"),
                       (april(5), "dispute resolved,A-3,")):
        if event:
            write(folder, "data/events.csv", "date,kind,invoice,value\n%s,%s\n" % (day, event))
            dun(folder, day, "import", "data/events.csv")
        if day not in (march(15), march(25)):
            dun(folder, day, "run", "p.dun")
    ask = lambda part, *more: [tuple(r.values()) for r in table(folder, "p.dun", march(1), april(6), part, *more)]
    same("by hand: steps", [("standard", "-3d", "email", "3", "2", "2"), ("standard", "1d", "email", "3", "3", "3"),
                            ("standard", "10d", "email", "2", "2", "2")], ask("steps"))
    same("by hand: A-2 was two days late", ("standard", "10d", "email", "2", "2", "1"), ask("steps", "--window", "1")[2])
    same("by hand: paid", [("standard", "-3d", "3", "600.00 BRL", "0", "", "0", ""),
                           ("standard", "1d", "3", "600.00 BRL", "0", "", "1", "100.00 BRL"),
                           ("standard", "10d", "2", "500.00 BRL", "1", "100.00 BRL", "0", "")], ask("paid"))
    same("by hand: paid 8 days after the reminder", ("standard", "-3d", "3", "600.00 BRL", "0", "", "1", "100.00 BRL"),
         ask("paid", "--within", "8")[0])
    same("by hand: contacts", [("email", "6", "5", "1", "2", "2", "0", "1")], ask("contacts"))
    same("by hand: messages",
         ["2026-03-07 2026-03-07 A-1 -3d", "2026-03-07 2026-03-07 A-2 -3d", "2026-03-11 2026-03-11 A-1 1d", "2026-03-11 2026-03-11 A-2 1d",
          "2026-03-17  A-3 -3d", "2026-03-20 2026-03-22 A-2 10d", "2026-03-21 2026-03-22 A-3 1d", "2026-04-05 2026-04-05 A-3 10d"],
         ["%s %s %s %s" % (r[0], r[1], r[2], r[5]) for r in ask("messages")])
    words(folder, april)


def words(folder, april):
    ask = lambda *more, status=0: dun(folder, april(7), "backtest", "p.dun", *more, status=status)
    p = ask("--since", "2026-03-01")
    same("until yesterday", True, "37 days from 2026-03-01 to 2026-04-06: it would have sent 6 messages to customers, 5 were sent." in p.stderr)
    same("three tables", 3, p.stdout.count("───\n"))
    same("in Portuguese", True, "O que teria sido enviado" in ask("--since", "2026-03-01", "--lang", "pt").stdout)
    same("in Spanish", True, "Lo que se habría enviado" in ask("--since", "2026-03-01", "--lang", "es").stdout)
    same("as Markdown", 3, ask("--since", "2026-03-01", "--format", "md").stdout.count("### "))
    same("as JSON", {"ladder": "standard", "rung": "-3d", "by": "email", "would": 3, "was": 2, "both": 2},
         json.loads(ask("--since", "2026-03-01", "--format", "json").stdout)[0])
    same("a page", True, ask("--since", "2026-03-01", "--html", "page.html") and os.path.exists(os.path.join(folder, "page.html")))
    for more, said in (((), "--since DATE"), (("--since", "2026-04-08"), "--until is before --since"),
                       (("--since", "2026-03-01", "--until", "2026-05-01"), "still to come"),
                       (("--since", "2026-03-01", "--show", "what"), "steps, paid, contacts, messages")):
        same("said: " + said, True, said in ask(*more, status=2).stderr)
    before = open(os.path.join(folder, "dun.db"), "rb").read()
    ask("--since", "2026-03-01")
    same("the store is only read", True, before == open(os.path.join(folder, "dun.db"), "rb").read())


# ---- a ledger that was brought along ----

def brought_along(work):
    """Imported today, as it is today, with its history beside it: everything counts on its own day."""
    folder = os.path.join(work, "brought")
    write(folder, "p.dun", BY_HAND)
    write(folder, "data/customers.csv", "id,name,email\nc1,One,one@example.com\nc2,Two,two@example.com\n")
    write(folder, "data/invoices.csv", "number,customer,amount,open,due,status,issued\nA-1,c1,100,0,2026-03-10,paid,2026-02-20\n"
          "A-2,c1,200,200,2026-03-10,open,2026-03-09\nA-3,c2,300,300,2026-03-20,open,2026-02-20\n")
    write(folder, "data/events.csv", "date,kind,invoice,value\n2026-03-15,payment,A-1,100\n2026-03-25,dispute,A-3,\n"
          "2026-04-05,dispute resolved,A-3,\n")
    today = datetime.date(2026, 6, 1)
    for source in ("store", "folder"):
        more = () if source == "store" else ("--data", "data")
        if source == "store":
            dun(folder, today, "import", "data")
        p = dun(folder, today, "backtest", "p.dun", "--since", "2026-03-01", "--until", "2026-04-30", "--format", "csv", "--show", "messages",
                "--quiet", *more)
        same("brought along, from a %s" % source,
             ["2026-03-07 A-1 -3d", "2026-03-09 A-2 -3d", "2026-03-11 A-1 1d", "2026-03-11 A-2 1d", "2026-03-17 A-3 -3d", "2026-03-20 A-2 10d",
              "2026-03-21 A-3 1d", "2026-04-05 A-3 10d"],
             ["%s %s %s" % (r["would"], r["entity"], r["rung"]) for r in csv.DictReader(io.StringIO(p.stdout))])


def main():
    global DUN, SHIM
    p = argparse.ArgumentParser()
    p.add_argument("dun")
    p.add_argument("shim")
    p.add_argument("--seeds", type=int, default=1)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--days", type=int, default=36)
    p.add_argument("--keep")
    a = p.parse_args()
    DUN, SHIM = os.path.abspath(a.dun), os.path.abspath(a.shim)
    with tempfile.TemporaryDirectory(prefix="dun-backtest-") as work:
        by_hand(work)
        brought_along(work)
        another_policy(work, a.seed, a.days)
        no_future(work, a.seed, a.days)
        for k in range(a.seeds):
            the_same_policy(work, a.seed + k, a.days, a.keep)
    print("%d passed, %d failed" % (passed, failed))
    return failed > 0


if __name__ == "__main__":
    raise SystemExit(main())
