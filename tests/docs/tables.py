#!/usr/bin/env python3
"""The tables of the documentation that come from the sources: tables.py keywords|grammar|opcodes|diagnostics|actions|moves|gate|twilio|
whatsapp_cloud|outlook|docusign|clicksign|teams|slack|phones|opt_words.

Each prints Markdown. Pages hold it between `<!-- generated: COMMAND -->` and `<!-- end -->`; check.py compares (run.sh --write
renews). It reads X-macro tables: rows NAME(arguments), C strings that may be joined, comments."""
import itertools
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOKEN = re.compile(r'\s+|/\*(?P<comment>.*?)\*/|(?P<string>"(?:[^"\\]|\\.)*")|(?P<word>[^\s",()/]+|/)|(?P<mark>[,()])', re.S)


def rows(path, macro):
    """Yields (comment before it, [arguments]) for every row of that macro."""
    comment, row, depth, open_row = "", [], 0, False
    previous = None
    for match in TOKEN.finditer((ROOT / path).read_text(encoding="utf-8")):
        kind = match.lastgroup
        if kind is None:
            continue
        text = match.group(kind)
        if kind == "comment":
            comment = " ".join(text.replace("*", " ").split())
        elif not open_row:
            if kind == "mark" and text == "(" and previous == macro:
                open_row, depth, row = True, 1, [""]
            previous = text
        elif kind == "mark" and text == ",":
            row.append("")
        elif kind == "mark":
            depth += 1 if text == "(" else -1
            if depth == 0:
                open_row = False
                yield comment, row
        elif kind == "string":
            row[-1] += re.sub(r"\\(.)", lambda m: "\n" if m.group(1) == "n" else m.group(1), text[1:-1])
        else:
            row[-1] += text


def cell(text):
    return text.replace("|", "\\|").replace("\n", " ")


def table(head, body):
    print("| " + " | ".join(head) + " |")
    print("| " + " | ".join("---" for _ in head) + " |")
    for row in body:
        print("| " + " | ".join(cell(c) for c in row) + " |")


def code(text):
    return "`" + text + "`"


def spellings(text):
    return ", ".join(code(s) for s in text.split("|"))


def moves():
    """The states of an action as a diagram: each, and where it may go from there."""
    state = None
    print("```")
    for _, (source, target, words) in rows("runtime/store/moves.def", "MOVE"):
        if source != state:
            print(("\n" if state else "") + source)
            state = source
        print(f" └─▶ {target:<11}{words}")
    print("```")


def gate():
    otherwise = {"AGAIN": "claimed anew", "WAIT": "waits", "SUPPRESS": "suppressed", "EXPIRE": "expired"}
    table(("clause", "passes where", "else"),
          ((code(name), asks, otherwise[answer]) for _, (name, answer, asks) in rows("runtime/outbox/gate.def", "GATE")))


def keywords():
    group = None
    for comment, (_, _, en, pt, es) in rows("grammar/keywords.def", "KW"):
        if comment != group:
            title = comment if len(comment) < 60 else "sections"
            print(("\n" if group else "") + f"**{title}**\n\n| English | Português | Español |\n| --- | --- | --- |")
            group = comment
        print("| " + " | ".join(cell(spellings(s)) for s in (en, pt, es)) + " |")


def opcodes():
    group = None
    for comment, (name, dst, a, b, x, y, rel, text) in rows("lang/code/opcode.def", "OP"):
        if comment != group:
            print(("\n" if group else "") + f"{comment[0].upper()}{comment[1:]}:\n")
            print("| opcode | to | from | operands | what it does |\n| --- | --- | --- | --- | --- |")
            group = comment
        def some(*words):
            return ", ".join(w for w in words if w != "NONE")
        print("| " + " | ".join((code(name), some(dst), some(a, b), some(x, y, rel), code(text))) + " |")


def diagnostics():
    table(("code", "what is wrong", "what to do"),
          ((code(name), re.sub(r"\{\d\}", "…", says), remedy) for _, (name, _, says, _, _, remedy, *_) in
           sorted(rows("lang/base/diag.def", "DIAG"), key=lambda r: r[1][0])))


def actions():
    needs = {"NEEDS_NOTHING": "", "NEEDS_CHANNEL": "a channel", "NEEDS_TEAM": "a `team` line", "NEEDS_ERP": "an ERP connection",
             "NEEDS_WEBHOOK": "a webhook", "NEEDS_DOCUMENTS": "WeasyPrint (or Chromium) on this machine", "NEEDS_SIGNATURE": "a signature service"}
    table(("action", "needs", "asks first when a rung was skipped"),
          ((code(words), needs[need], "yes" if hurts == "true" else "")
           for _, (_, words, _, _, need, hurts, _) in rows("lang/check/actions.def", "ACTION")))


# ---- the grammar ----

# What the lexer makes of values; every other token is a keyword's.
VALUES = {"ID": "name", "FIELD": "field", "TEXT": "text", "NUMBER": "number", "PERCENT": "percent", "MONEY": "money",
          "DURATION": "duration", "DATE": "date", "TIME": "time", "LPAREN": '"("', "RPAREN": '")"', "COMMA": '","', "COLON": '":"'}


def productions():
    """{rule: [alternatives]}, each a list of symbols, in the order of parser.y."""
    source = (ROOT / "grammar/parser.y").read_text(encoding="utf-8")
    source = re.sub(r"/\*.*?\*/", "", source, flags=re.S)
    found = {}
    for rule, body in re.findall(r"^(\w+)(?:\(\w+\))? ::=([^{}]*?)\.(?=\s)", source, flags=re.M):
        symbols = [s.split("|") for s in re.sub(r"\(\w+\)", "", body).split()]  # A|B: either token
        found.setdefault(rule, []).extend(list(a) for a in itertools.product(*symbols))
    return found


def terminals():
    """{token: what is written}: the canonical English spelling of each of its keywords."""
    words = {}
    for _, (_, token, english, *_) in rows("grammar/keywords.def", "KW"):
        word = '"' + english.split("|")[0] + '"'
        if word not in words.setdefault(token, []):
            words[token].append(word)
    return {**{t: (w[0] if len(w) == 1 else "( " + " | ".join(w) + " )") for t, w in words.items()}, **VALUES}


def grammar():
    written = terminals()
    # Words that two keywords share in another language are tokens of their own; English has none of them.
    rules = {rule: [a for a in alts if all(s.islower() or s in written for s in a)] for rule, alts in productions().items()}
    optional = {rule for rule, alts in rules.items() if [] in alts}
    repeated = {r for r in optional if all(a[0] == r for a in rules[r] if a)}
    # `[ ... ]` where it is used: one way to be there, made of nothing that may be absent itself.
    inline = {r for r in optional if len(rules[r]) == 2 and not any(s in optional for a in rules[r] for s in a)}

    def shown(symbol):
        if symbol in inline:
            return "[ " + sequence(next(a for a in rules[symbol] if a)) + " ]"
        return f"[ {symbol} ]" if symbol in optional - repeated else written.get(symbol, symbol)

    def sequence(symbols):
        return " ".join(shown(s) for s in symbols)

    def alternatives(rule):
        """A list that begins with itself is a repetition."""
        alts = [a for a in rules[rule] if a]
        first = [sequence(a) for a in alts if a[0] != rule]
        more = [sequence(a[1:]) for a in alts if a[0] == rule]
        if more:
            head = " | ".join(first)
            return [(f"( {head} ) " if len(first) > 1 else head + " " if head else "") + "{ " + " | ".join(more) + " }"]
        return [re.sub(r"^\( ([^()]*) \)$", r"\1", f) for f in dict.fromkeys(first)]

    print("```")
    print('file = { statement ( end of line | ";" ) }')
    for rule in rules:
        lines = alternatives(rule)
        if rule == "start" or rule in inline or lines == [rule]:
            continue
        one = f"{rule} = " + " | ".join(lines)
        print(one if len(one) <= 150 else f"{rule} =\n    " + "\n  | ".join(lines))
    print("```")


# ---- what services answer with ----

OUTCOMES = {"DOWN": "the channel rests, messages wait", "RETRY": "for now: tried again", "LATER": "for now: it alone is tried again", "REJECTED": "refused for good; `or else` goes on"}


def provider_codes(path):
    table(("code", "what it says", "what happens"),
          ((code(number), says, OUTCOMES[outcome]) for _, (number, outcome, says, *_) in rows(path, "PROVIDER_CODE")))


def twilio():
    provider_codes("stdlib/channel/twilio.def")


def whatsapp_cloud():
    provider_codes("stdlib/channel/whatsapp_cloud.def")


def answer_words(path, macro):
    table(("what it answers", "what it says", "what happens"),
          ((code(word), says, OUTCOMES[outcome]) for _, (word, outcome, says, *_) in rows(path, macro)))


def outlook():
    answer_words("stdlib/channel/outlook.def", "GRAPH_WORD")


def docusign():
    answer_words("stdlib/documents/docusign.def", "DOCUSIGN_WORD")


def clicksign():
    answer_words("stdlib/documents/clicksign.def", "CLICKSIGN_STATUS")


def teams():
    answer_words("stdlib/channel/teams.def", "TEAMS_WORD")


def slack():
    answer_words("stdlib/channel/slack.def", "SLACK_WORD")


def phones():
    table(("country", "calling code", "written inside the country"),
          ((f"{name} ({iso})", "+" + calling, (f"{trunk} and " if trunk and written == "true" else f"with or without {trunk}, " if trunk else "") +
            (fewest if fewest == most else f"{fewest} to {most}") + " digits")
           for _, (iso, name, _, _, calling, trunk, written, fewest, most) in rows("stdlib/channel/phone.def", "PHONE_COUNTRY")))


def opt_words():
    table(("no more messages", "messages again"),
          [[", ".join(code(words) for _, (wish, words) in rows("stdlib/channel/opt_out.def", "OPT_WORD") if wish == w) for w in ("OUT", "IN")]])


def omie_faults():
    reading = {"GO_ON": "goes on", "GONE": "not there", "AGAIN": "asks again", "LATER": "ends", "FAIL": "ends"}
    writing = {"REJECTED": "rejected", "RETRY": "tried again later", "DOWN": "the connection rests", "LOOK": "looks"}
    others = {"": "any other", "Client": "`Client-` and any other number", "Server": "`Server`"}
    table(("fault", "what it says", "reading", "writing"),
          ((others.get(code_, code("Client-" + code_ if code_[:1].isdigit() else code_)), words, reading[r], writing[w])
           for _, (code_, _, r, w, words) in rows("stdlib/erp/omie_faults.def", "OMIE_FAULT")))


def omie_columns():
    kinds = {"CUSTOMERS": "customer", "CONTRACTS": "contract", "RECEIVABLES": "invoice", "MEANS": "invoice, with `payment`"}
    table(("row", "field", "Omie"), ((kinds[feed], code(name), where)
                                     for _, (feed, name, where) in rows("stdlib/erp/omie_columns.def", "OMIE_COLUMN")))


def omie_topics():
    kinds = {"CHANGED": "is read again", "PAID_HINT": "is held back, and read again"}
    table(("topic", "what happens"), ((code(head + ("*" if head.endswith(".") else "")), f"the {what} {kinds[kind]}")
                                      for _, (head, kind, what, *_) in rows("stdlib/erp/omie_topics.def", "OMIE_TOPIC")))


def ledger_columns():
    """What a query's result, a mapping and a CSV file may have: the store's columns that can be written."""
    kinds = {"TEXT": "text", "INT": "whole number", "MONEY": "amount", "DATE": "date", "YESNO": "yes or no", "SET": "texts with `;` between"}
    needed = {("customer", "id"), ("contract", "number"), ("contract", "customer"), ("invoice", "number"), ("invoice", "customer"),
              ("invoice", "amount"), ("invoice", "due")}
    found = [(t, name, kind) for _, (t, name, kind, _, writable) in rows("runtime/store/columns.def", "COLUMN")
             if t in ("customer", "contract", "invoice") and writable == "true" and kind in kinds]
    table(("row", "column", "what it is"),
          ([t, code(name), kinds[kind] + (": every row must have one" if (t, name) in needed else "")] for t, name, kind in found))


TABLES = {f.__name__: f for f in (keywords, grammar, opcodes, diagnostics, actions, moves, gate, twilio, whatsapp_cloud, outlook, docusign, clicksign, teams, slack,
                                  phones, opt_words, omie_faults, omie_columns, omie_topics, ledger_columns)}


def sap_b1_errors():
    reading = {"LOGIN": "logged in again, once", "GONE": "the row is gone", "AGAIN": "asked again", "LATER": "asked again later",
               "FAIL": "the sync stops"}
    writing = {"REJECTED": "rejected", "RETRY": "for now", "DOWN": "the connection cannot be used", "LOOK": "read again, then for now",
               "UNKNOWN": "unknown: looked for"}
    table(("status", "code", "what it says", "a sync", "a write", "what to do"),
          ((status, code(number) if number != "0" else "any other", says, reading[read], writing[write], remedy)
           for _, (status, number, read, write, says, remedy) in rows("stdlib/erp/sap_b1_errors.def", "SAP_ERROR")))


def tryton_errors():
    reading = {"LATER": "ends, and goes on there the next time", "FAIL": "the sync stops"}
    writing = {"REJECTED": "rejected", "RETRY": "for now", "DOWN": "the connection cannot be used", "UNKNOWN": "unknown: looked for"}
    table(("what comes", "what it says", "a sync", "a write", "what to do"),
          ((code(key) if key else "any other", says, reading[read], writing[write], remedy)
           for _, (key, read, write, says, remedy) in rows("stdlib/erp/tryton_errors.def", "TRYTON_ERROR")))


def sap_b1_events():
    table(("event of", "entity set", "by the scan", "what it says"),
          ((thing, code(which),
            "no: by its webhook alone" if not key else "created" if not changed else "created, changed" + (", cancelled" if cancelled else ""),
            ", ".join(code(thing.replace(" ", "_") + "_" + what) for what, there in
                      (("number", number), ("total", total or which == "IncomingPayments"), ("currency", total or which == "IncomingPayments"),
                       ("date", date), ("customer", customer and thing != "partner")) if there))
           for _, (thing, which, key, _, number, customer, total, date, _, _, changed, _, cancelled) in
           rows("stdlib/erp/sap_b1_events.def", "SAP_EVENT")))


def states(path):
    """The words of a provider's statuses: the array STATES of its file."""
    text = (ROOT / path).read_text(encoding="utf-8")
    body = re.search(r"STATES\[\] = \{(.*?)\};", text, re.S).group(1)
    becomes = {}
    for word, state in re.findall(r'\{"(\w+)",\s*"(\w+)"\}', body):
        becomes.setdefault(state, []).append(code(word))
    table(("status", "becomes"), ((", ".join(words), state + (", with the code's words" if state == "rejected" else ""))
                                  for state, words in becomes.items()))


def twilio_states():
    states("stdlib/channel/twilio.c")


def whatsapp_cloud_states():
    states("stdlib/channel/whatsapp_cloud.c")


def omie_status():
    table(("`cStatus` of a receivable", "the invoice is"),
          ((code(word), status) for _, (word, status) in rows("stdlib/erp/omie_status.def", "OMIE_STATUS")))


TABLES.update({f.__name__: f for f in (sap_b1_errors, sap_b1_events, tryton_errors, twilio_states, whatsapp_cloud_states, omie_status)})
if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in TABLES:
        sys.exit("usage: tables.py " + "|".join(TABLES))
    TABLES[sys.argv[1]]()
