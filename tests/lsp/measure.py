#!/usr/bin/env python3
"""How long `dun lsp` takes on a file of 2,000 lines: measure.py DUN [ROUNDS]. Two policies: `plain`, such as a company would write (ladders,
rules, tests, templates in files, few warnings), and `dense`, one ladder with a warning on nearly every line. Of every request the processor
time of the server and the time until the answer was there: the median and the worst of a hundred, in milliseconds. Before `changed`
a line is edited, so that nothing is known of the text any more; `diagnostics` is from there until they are published, without the
60 ms that the typing has to rest."""
import glob
import os
import sys
import tempfile
import time

from client import Client

LINES, REST = 2000, 0.060
TEMPLATES = ["reminder", "overdue", "formal", "final"]
SEGMENTS = ["retail", "gov", "enterprise", "school", "hospital", "export", "partner", "franchise"]

HEAD = """policy "measured"
  currency BRL
  timezone "America/Sao_Paulo"
  calendar brazil
  send between 08:00 and 18:00 on business days
  limit each customer to 1 message per day and 3 per week
  one message per invoice
  ignore balances below 5.00
  late fee 2% plus interest 1% per month

team finance is "finance@example.com"

field invoice.project as text

define key_account as customer.segment in ("ministry", "army")
define large as amount > 10_000

hold while disputed
hold while promised plus 2bd

"""

LADDER = """# Project {i}: {segment} first.
ladder l{i} for invoices where project = "p{i}" and (key_account or customer.segment is "{segment}")
  at 3d before due  send email template "reminder" with payment_link
  at 2bd            send email template "overdue" with payment_link, boleto
  at 8d             if amount > {limit} send whatsapp template "formal" or else email template "formal"
                    otherwise send email template "overdue"
  at 15d then every 15d, 2 more times  if large escalate to owner otherwise send email template "final" with fees
  at 62d            alert finance "Credit review for {{customer.name}}: {{open}} on {{number}}"
                      then open card in "Legal" titled "{{customer.name}} {{number}}" priority high

rule r{i}: when customer.overdue_total > {total} and customer.segment is "{segment}"
  alert finance "{{customer.name}}: {{customer.overdue_total}} overdue on {{customer.overdue_count}} invoices"

test "ladder {i}: a small invoice, from the reminder to the board"
  given invoice amount 800 due 2026-03-02 project "p{i}"
  and customer segment "{segment}"
  on 2026-02-27 expect send email template "reminder" with payment_link
  on 2026-03-04 expect send email template "overdue" with payment_link, boleto
  until 2026-03-06 expect nothing else

"""


def plain():
    text, i = HEAD, 0
    while text.count("\n") < LINES - LADDER.count("\n") - 4:
        text += LADDER.format(i=i, segment=SEGMENTS[i % len(SEGMENTS)], limit=1000 + i, total=60_000 + 500 * i)
        i += 1
    text += 'ladder others for invoices\n  at 1d  send email template "reminder"\n\n'
    return text + "# The end.\n" * (LINES - text.count("\n"))


def dense():
    text = 'policy "dense"\n  currency BRL\nladder big for invoices\n'
    return text + "".join(
        f'  at {i}d if amount > {i} and customer.segment is "s{i % 9}" then send email template "{TEMPLATES[i % 4]}" otherwise log "x {{number}}"\n'
        for i in range(1, LINES - 2))


class Measured:
    def __init__(self, dun, folder, text):
        self.text, self.version = text, 1
        self.uri = "file://" + os.path.join(folder, "policy.dun")
        self.c = Client(dun, folder)
        self.c.open(self.uri, text)
        self.said = len(self.c.diagnostics(self.uri, 1))
        lines = text.split("\n")
        self.line = max(i for i, line in enumerate(lines) if " at 1d " in line or " at 8d " in line)
        self.at = {"line": self.line, "character": lines[self.line].index("send") + 1}
        self.name = next({"line": i, "character": 8} for i, line in enumerate(lines) if line.startswith("ladder "))

    def used(self):
        total = 0
        for path in glob.glob(f"/proc/{self.c.process.pid}/task/*/schedstat"):
            with open(path) as f:
                total += int(f.read().split()[0])
        return total / 1e6

    def change(self):
        self.version += 1
        here = {"line": self.line, "character": 5}
        there = {"line": self.line, "character": 5 + self.version % 2}
        by = " " if self.version % 2 == 0 else ""  # a space that comes and goes
        self.c.note("textDocument/didChange", {
            "textDocument": {"uri": self.uri, "version": self.version},
            "contentChanges": [{"range": {"start": here, "end": there}, "text": by}]})

    def ask(self, method, **more):
        answer = self.c.ask("textDocument/" + method, {"textDocument": {"uri": self.uri}, **more})
        assert answer is not None and "code" not in answer, f"{method}: {answer}"

    def diagnostics(self):
        self.c.diagnostics(self.uri, self.version)


def rank(v, part):
    v = sorted(v)
    return v[min(len(v) - 1, int(len(v) * part))]


def measure(what, m, rounds, run, rest=0.0):
    used, took = [], []
    time.sleep(4 * REST)  # what went before is over
    for _ in range(rounds):
        used_0, time_0 = m.used(), time.monotonic()
        run()
        took.append((time.monotonic() - time_0 - rest) * 1000)
        used.append(m.used() - used_0)
    print(f"  {what:<26} {rank(used, .5):8.1f} {rank(used, .99):8.1f} {rank(took, .5):10.1f} {rank(took, .99):8.1f}", flush=True)


def all_of(name, dun, rounds, text):
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "templates"))
        for t in TEMPLATES:
            for channel in ("email", "whatsapp"):
                with open(os.path.join(folder, "templates", f"{t}.{channel}.en.txt"), "w") as f:
                    f.write("Subject: Invoice {number}\n\n" if channel == "email" else "")
                    f.write("Dear {customer.name}, your invoice {number} of {open} was due on {due}. You can pay it here: {payment_link}\n" * 4)
        with open(os.path.join(folder, "policy.dun"), "w") as f:
            f.write(text)
        m = Measured(dun, folder, text)
        lines = text.count("\n")
        print(f"{name}: {lines} lines, {m.said} diagnostics      processor p50, p99      answer p50, p99")
        options = {"options": {"tabSize": 2, "insertSpaces": True}}
        asks = [("hover", lambda: m.ask("hover", position=m.at)),
                ("completion", lambda: m.ask("completion", position=m.at)),
                ("outline", lambda: m.ask("documentSymbol")),
                ("semantic tokens", lambda: m.ask("semanticTokens/full")),
                ("format", lambda: m.ask("formatting", **options)),
                ("code actions", lambda: m.ask("codeAction", range={"start": m.at, "end": m.at}, context={"diagnostics": []})),
                ("rename", lambda: m.ask("rename", position=m.name, newName="quite_new"))]
        for what, ask in asks:
            measure(what, m, rounds, ask)
        for what, ask in asks:
            def changed():
                m.change()
                ask()
            measure("changed, " + what, m, max(rounds // 4, 1), changed)

        def published():
            m.change()
            m.diagnostics()
        measure("changed, diagnostics", m, max(rounds // 4, 1), published, REST)
        m.c.end()


def main():
    dun = os.path.realpath(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    all_of("plain", dun, rounds, plain())
    all_of("dense", dun, rounds, dense())


if __name__ == "__main__":
    main()
