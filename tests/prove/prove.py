"""dun prove against what is known of policies, and against brute force.

Known: policies in which a guarantee holds or is broken for a reason that can be seen. Random: small policies over
amounts, a segment that may be missing and disputes; every invoice of that small domain, due on every day of two weeks,
goes through `dun simulate`, which shares with `dun prove` the decider alone. `never` says no exactly where some
invoice of the domain gets the action, `equivalent` exactly where the simulations differ. The example that
is shown is a test, and `dun test` runs it.
"""
import csv
import io
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from checks import counted, fine  # noqa: E402

DUN = sys.argv[1]
SEEDS = int(os.environ.get("PROVE_SEEDS", "6"))
TODAY = "2026-01-01"


def dun(folder, *words):
    done = subprocess.run([DUN, *words], cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        f.write(text)


BASE = """currency BRL
calendar brazil
send between 08:00 and 18:00 on business days
limit each customer to 1 message per day and 3 per week
hold while disputed
ladder main for invoices where amount >= 100
  at 3d before due  send email "soon {number}"
  at 2d   send email "late {number}"
  at 9d   if customer.segment is "gov" escalate owner otherwise send sms "short {number}"
  at 20d  open card in "Legal"
ladder small for invoices
  at 5d   send email "small {number}"
"""

# guarantee, verdict, what must be said
KNOWN = [
    ("at most 3 messages per customer per 7d", "proven", "a limit of the policy"),
    ("at most 7 messages per customer per week", "proven", "a limit of the policy"),
    ("at most 6 messages per customer per 10d", "proven", "a limit of the policy"),
    ("at most 2 messages per customer per 7d", "broken", "customer"),
    ("at most 1 message per invoice per 3d", "broken", "late"),
    ("no messages on sunday", "proven", "sending days"),
    ("no messages on saturday, sunday, holidays", "proven", "sending days"),
    ("no messages outside business days", "proven", "sending days"),
    ("no messages on monday", "broken", "(monday)"),
    ("nothing on sunday", "broken", "(sunday) escalate owner"),
    ("nothing on sunday for amount < 100", "holds in all cases tried", "due on each of"),
    ("never send whatsapp", "proven", "no line of the policy"),
    ("never send for disputed", "proven", "no invoice passes"),
    ("never send sms for customer.segment is \"gov\"", "proven", "no invoice passes"),
    ("never send sms for customer.segment is missing", "proven", "no invoice passes"),
    ("never send sms for customer.segment is not \"gov\"", "broken", "short"),
    ("never escalate for amount < 100", "proven", "no invoice passes"),
    ("never open card in \"Legal\" for overdue < 20d", "proven", "no invoice passes"),
    ("never open card in \"Legal\" for overdue < 21d", "broken", "Legal"),
    ("every open invoice where amount >= 100 reaches \"Legal\" by 20d unless held", "holds in all cases tried", "due on each of"),
    ("every open invoice where amount >= 100 reaches \"Legal\" by 20d", "broken", "disputed"),
    ("every open invoice where amount >= 100 reaches \"Legal\" by 19d unless held", "broken", "not reached"),
    ("every open invoice reaches \"Legal\" by 60d unless held", "broken", "not reached"),
    ("every open invoice reaches \"Legal\" or send email by 60d unless held", "holds in all cases tried", ""),
    ("every open invoice where customer.segment is \"gov\" reaches escalate rep by 9d unless held or amount < 100",
     "holds in all cases tried", ""),
]


def ask(folder, sentence, base=BASE):
    write(folder, "p.dun", base + "guarantee " + sentence + "\n")
    code, out, err = dun(folder, "prove", "p.dun", "--today", TODAY, "--format", "csv", "--lang", "en")
    rows = list(csv.DictReader(io.StringIO(out)))
    return code, rows[-1] if rows else {"verdict": "", "why": out + err, "example": ""}


def known(folder):
    for sentence, verdict, said in KNOWN:
        code, row = ask(folder, sentence)
        fine(sentence, row["verdict"] == verdict and said in row["why"] and code == (verdict == "broken"), str((code, row)))
        if verdict == "broken" and not sentence.startswith("every"):
            fine(f"the example of {sentence} is a test", example_runs(folder))


def example_runs(folder):
    """What is shown of a broken guarantee, kept as a test, passes."""
    _, out, _ = dun(folder, "prove", "p.dun", "--today", TODAY, "--lang", "en")
    lines = [l[4:] for l in out.splitlines() if l.startswith("    ")]
    days = [re.match(r"on (\S+)", l).group(1) for l in lines if l.startswith("on ")]
    if not days:
        return False
    write(folder, "t.dun", BASE + 'test "example"\n' + "\n".join("  " + l for l in lines) + f"\n  until {max(days)} expect nothing else\n")
    code, said, err = dun(folder, "test", "t.dun")
    if code:
        print(said + err)
    return code == 0


def languages(folder):
    write(folder, "p.dun", BASE + "guarantee nothing on sunday\n")
    for lang, word in (("portuguese", "descumprida em"), ("spanish", "incumplida el")):
        done = subprocess.run([DUN, "fmt", "--to", lang], cwd=folder, input=open(os.path.join(folder, "p.dun")).read(),
                              capture_output=True, text=True)
        write(folder, "l.dun", done.stdout)
        code, out, err = dun(folder, "prove", "l.dun", "--today", TODAY, "--lang", {"portuguese": "pt", "spanish": "es"}[lang])
        fine(f"in {lang}", code == 1 and word in out, out + err)


def questions(folder):
    write(folder, "p.dun", BASE)
    for words, code, said in (
        (("implies", "amount > 100", "amount >= 100"), 0, "proven"),
        (("implies", "amount >= 100", "amount > 100"), 1, "no: an invoice with `amount >= 100` and without `amount > 100`\n  amount = 100"),
        (("disjoint", "amount < 5", "amount > 5"), 0, "proven"),
        (("disjoint", "amount <= 5", "amount >= 5"), 1, "amount = 5"),
        (("disjoint", "main", "small", "--policy", "p.dun"), 0, "proven"),
        (("implies", "main", "amount > 50", "--policy", "p.dun"), 0, "proven"),
        (("implies", "small", "amount < 99", "--policy", "p.dun"), 1, "amount = 99"),
        (("never", "escalate for amount < 100", "--policy", "p.dun"), 0, "proven"),
        (("never", "escalate for amount > 100", "--policy", "p.dun", "--today", TODAY), 1, "escalate owner"),
        (("never", "escalate for amount > 100", "--policy", "p.dun", "--today", TODAY), 1,
         "guarantee never escalate for amount > 100\n  no: on 2026-01-"),
        (("never", "escalate for amount > 100", "--policy", "p.dun", "--today", TODAY, "--format", "csv"), 1,
         "guarantee,verdict,why,cases,day,example,timeline\nguarantee never escalate for amount > 100,no,"),
        (("implies", "amount > 100"), 2, "not whole"),
        (("implies", "amunt > 100", "amount > 1"), 3, "amunt"),
    ):
        got, out, err = dun(folder, "prove", "--lang", "en", *words)
        fine("prove " + " ".join(words), got == code and said in out + err, out + err)


def equivalents(folder):
    write(folder, "p.dun", BASE)
    for change, code, said in (
        (lambda p: p.replace("amount >= 100", "not (amount < 100)"), 0, "proven"),
        (lambda p: p.replace("ladder main", "ladder other_name") + 'define x as amount > 3\n', 0, "proven"),
        (lambda p: p.replace("amount >= 100", "amount > 100"), 1, "amount 100"),
        (lambda p: p.replace("at 9d ", "at 10d"), 1, "no: they differ from"),
        (lambda p: p.replace("hold while disputed\n", ""), 1, "disputed yes"),
        (lambda p: p.replace("1 message per day and 3 per week", "1 message per day and 2 per week"), 1, "and invoice"),
        (lambda p: p.replace("08:00", "09:00"), 0, "no difference"),
    ):
        write(folder, "q.dun", change(BASE))
        got, out, err = dun(folder, "prove", "equivalent", "p.dun", "q.dun", "--today", TODAY, "--lang", "en")
        fine(f"equivalent {said}", got == code and said in out, out + err)


def checks(folder):
    write(folder, "p.dun", BASE + "guarantee nothing on sunday\nguarantee no messages on sunday\n")
    code, out, err = dun(folder, "check", "p.dun", "--lang", "en")
    fine("check says what is broken", code == 1 and err.count("E0370") == 1 and "p.dun:13" in err, out + err)


# ---- random policies against brute force ----

AMOUNTS = [99, 100, 101, 499, 500, 501]
SEGMENTS = ["", "gov", "smb"]
DUES = 14


def condition(r):
    one = lambda: r.choice([
        f"amount {r.choice(['>', '>=', '<', '<='])} {r.choice([100, 500])}",
        f'customer.segment {r.choice(["is", "is not"])} "{r.choice(["gov", "smb"])}"',
        f"customer.segment is {r.choice(['', 'not '])}missing",
        r.choice(["disputed", "not disputed"]),
    ])
    return r.choice([one(), f"{one()} and {one()}", f"{one()} or {one()}", f"not ({one()} and {one()})"])


def policy(r):
    text = "currency BRL\n"
    text += r.choice(["", "calendar brazil\n"]) + r.choice(["", "send between 08:00 and 18:00 on weekdays\n"])
    text += r.choice(["", f"hold while {condition(r)}\n"])
    for k in range(r.randint(1, 2)):
        text += f"ladder l{k} for invoices where {condition(r)}\n"
        for day in sorted(r.sample(range(1, 12), r.randint(1, 3))):
            act = r.choice(['send email "a"', 'send sms "b"', "escalate owner", 'open card in "Legal"'])
            other = r.choice(['send email "c"', "escalate owner"])
            guard = r.choice(["", f"if {condition(r)} "])
            text += f"  at {day}d  {guard}{act}" + (f" otherwise {other}" if guard and r.random() < 0.5 else "") + "\n"
    return text


def ledger(folder):
    data = os.path.join(folder, "data")
    os.makedirs(data, exist_ok=True)
    customers, invoices, events = ["id,name,segment,email,phone,owner"], ["number,customer,amount,due,currency"], []
    n = 0
    for segment in SEGMENTS:
        for amount in AMOUNTS:
            for disputed in (0, 1):
                for due in range(DUES):
                    n += 1
                    customers.append(f"c{n},N,{segment},c{n}@example.com,+15555550100,o@example.com")
                    invoices.append(f"i{n:05d},c{n},{amount}.00,2026-01-{due + 1:02d},BRL")
                    if disputed:
                        events.append(f"2025-12-01,dispute,i{n:05d},")
    write(data, "customers.csv", "\n".join(customers) + "\n")
    write(data, "invoices.csv", "\n".join(invoices) + "\n")
    write(data, "events.csv", "\n".join(["date,kind,invoice,value"] + events) + "\n")


def brute(folder, name):
    code, out, err = dun(folder, "simulate", name, "--data", "data", "--from", "2025-12-15", "--to", "2026-02-28", "--format", "csv",
                         "--quiet", "--lang", "en")
    if code:
        return None
    return sorted((r["date"], r["entity"], r["action"]) for r in csv.DictReader(io.StringIO(out)))


def randoms(folder):
    ledger(folder)
    for seed in range(SEEDS):
        r = random.Random(seed)
        p, q = policy(r), None
        q = r.choice([policy(random.Random(seed)), p.replace(">=", ">", 1), p.replace("is not", "is", 1), p.replace("  at 1", "  at 2", 1)])
        write(folder, "a.dun", p)
        write(folder, "b.dun", q)
        a, b = brute(folder, "a.dun"), brute(folder, "b.dun")
        if a is None or b is None:
            fine(f"seed {seed}: simulate", False, p)
            continue
        what = r.choice(["send sms", "escalate", "send", 'open card in "Legal"'])
        start = what.split(' "')[0].replace(" in", "")
        code, out, err = dun(folder, "prove", "never", what, "--policy", "a.dun", "--today", TODAY, "--lang", "en")
        found = any(x[2].startswith(start) for x in a)
        fine(f"seed {seed}: never {what}", (code == 1) == found and "not analysed" not in out, p + out + err)
        code, out, err = dun(folder, "prove", "equivalent", "a.dun", "b.dun", "--today", TODAY, "--lang", "en")
        fine(f"seed {seed}: equivalent", (code == 1) == (a != b), p + "----\n" + q + out + err)


with tempfile.TemporaryDirectory() as work:
    for part in (known, questions, equivalents, checks, languages, randoms):
        part(work)
sys.exit(counted())
