#!/usr/bin/env python3
"""W0065 and W0066 against the engine: foreseen.py DUN [ROUNDS] [SEED].

Random policies of one ladder and a `when`, with limits, sending hours and a calendar, are simulated over four years with an invoice of a
customer of its own due on every day. A limit is met where the messages with its line are others than without it: then, and only then,
`dun check` says W0065. A message that no invoice ever gets has W0066, and no other has."""
import csv
import datetime
import io
import pathlib
import random
import re
import subprocess
import sys
import tempfile

FIRST, DAYS = datetime.date(2026, 1, 1), 1461
SHOWN_MAX = 3


def ledger(folder):
    (folder / "data").mkdir()
    with open(folder / "data" / "customers.csv", "w", encoding="utf-8") as f:
        f.write("id,name,email,phone,whatsapp\n")
        for i in range(DAYS):
            f.write(f"C{i},C{i},c{i}@example.com,+5511900000000,+5511900000000\n")
    with open(folder / "data" / "invoices.csv", "w", encoding="utf-8") as f:
        f.write("number,customer,amount,currency,due\n")
        for i in range(DAYS):
            f.write(f"I{i},C{i},500.00,BRL,{FIRST + datetime.timedelta(days=i)}\n")


def message(rng, name):
    return f'send {rng.choice(("email", "email", "sms", "whatsapp"))} "{name}"'


def rungs(rng, prefix):
    offsets = set()
    while len(offsets) < rng.randint(1, 5):
        n = rng.randint(-4, 12)
        offsets.add(("at due", 0) if n == 0 else (f"at {-n}d before due", n) if n < 0 else (f"at {n}{rng.choice(('d', 'd', 'bd'))}", n))
    rows = []
    for at, _ in sorted(offsets, key=lambda o: o[1]):
        name = f"{prefix}{len(rows)}"
        row = (f"  {at} {message(rng, name)}", [name])
        if rng.random() < 0.2:
            row = (f"{row[0]} then {message(rng, name + 'x')}", [name, name + "x"])
        rows.append(row)
    return rows


def policy(rng):
    head = ["currency BRL", "calendar brazil"]
    if rng.random() < 0.3:
        head.append(rng.choice(("move due to the next business day", "late only after the next business day")))
    if rng.random() < 0.7:
        head.append("send " + rng.choice(("between 08:00 and 18:00 on business days", "on saturday", "on monday, thursday", "on weekdays")))
    if rng.random() < 0.3:
        head.append("send sms on " + rng.choice(("monday", "tuesday, friday", "business days")))
    if rng.random() < 0.2:
        head.append("after a gap send " + rng.choice(("one by one", "nothing", "only the latest")))
    rows = rungs(rng, "l")
    body = ["ladder one for invoices", *(line for line, _ in rows)]
    if rng.random() < 0.6:
        bound = rng.randint(1, 9)
        body.append(f"rule two: when overdue >= {bound}d {message(rng, 'w_first')}")
        rows.append(("", ["w_first"]))
        above = [row for row in rungs(rng, "w") if (at := re.match(r"  at (\d+)d send", row[0])) and int(at[1]) > bound]
        body += [line for line, _ in above]
        rows += above
    texts = [text for _, names in rows for text in names]
    limit = "limit each customer to " + rng.choice(("1 message per day", "2 messages per 7d", "1 message per 3d per channel", "3 messages per week"))
    return head, limit, body, texts


def printed(dun, folder, *words):
    done = subprocess.run([dun, *words], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def simulated(dun, folder, name):
    status, out, err = printed(dun, folder, "simulate", name, "--data", "data", "--from", "2025-12-01", "--to", "2030-06-30", "--format", "csv", "--quiet")
    if status not in (0, 1):
        raise SystemExit(f"{name}: {err}")
    return [tuple(row) for row in csv.reader(io.StringIO(out))][1:]


def write(folder, name, lines):
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def one(dun, folder, rng):
    head, limit, body, texts = policy(rng)
    write(folder, "with.dun", [*head, limit, *body])
    write(folder, "without.dun", [*head, *body])
    status, _, said = printed(dun, folder, "check", "with.dun")
    if status == 3 and "E0315" in said:
        return None
    assert status == 0, said
    limited, free = simulated(dun, folder, "with.dun"), simulated(dun, folder, "without.dun")
    went = {found[1] for row in free if (found := re.search(r'"(\w+)"', row[5]))}
    never = {re.search(r'"(\w+)"', underlined(block))[1] for block in said.split("\n\n") if "[W0066]" in block}
    wrong = []
    if ("W0065" in said) != (sorted(limited) != sorted(free)):
        wrong.append(f"the limit is {'met' if sorted(limited) != sorted(free) else 'never met'}")
    for text in texts:
        if (text in never) != (text not in went):
            wrong.append(f'"{text}" {"goes" if text in went else "never goes"}')
    return ["\n".join([*head, limit, *body]), *wrong, said] if wrong else []


UNNAMED_WHEN = ["limit each customer to 1 message per day", "ladder small for invoices", '  at 5d send email "a"',
                'when overdue >= 5d and amount < 5_000 send sms "x"']


def says_when(dun, folder):
    """A rung of a `when` without a name is not taken for one of the ladder."""
    write(folder, "with.dun", UNNAMED_WHEN)
    said = printed(dun, folder, "check", "with.dun")[2]
    return [] if "small 5d, when 5d can meet" in said else ["an unnamed `when`", said]


def underlined(block):
    """What a finding underlines: its last line has the carets, the one above the source."""
    source, carets = block.rstrip("\n").split("\n")[-2:]
    begin, end = re.search(r"\^+", carets).span()
    return source[begin:end]


def main():
    dun, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 12
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 20260305)
    passed = failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        ledger(folder)
        while passed + failed < rounds + 1:
            wrong = one(dun, folder, rng) if passed + failed < rounds else says_when(dun, folder)
            if wrong is None:
                continue
            passed, failed = passed + (not wrong), failed + bool(wrong)
            if wrong and failed <= SHOWN_MAX:
                print("\n".join(wrong))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
