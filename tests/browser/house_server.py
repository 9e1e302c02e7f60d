#!/usr/bin/env python3
"""The houses that a browser looks at, asked for by lines of JSON: house_server.py DUN. Each line in is {"do": NAME, ...}, each line
out its answer, or {"error": WORDS}. What can be done is a function do_NAME below; all ends with the input."""
import json
import os
import sys
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "api"))
import house as api_house  # noqa: E402
from house import PASSWORD, House, in_days  # noqa: E402
from story import Story  # noqa: E402

DUN = sys.argv[1]
houses, stories = {}, {}

NAMES = ("Padaria Sol", "Casa Azul", "Dois Irmãos", "Mercado Flora", "Oficina Lima", "Clínica Vida", "Estúdio Norte", "Hotel Serra",
         "Gráfica Rápida", "Auto Peças Sul", "Farmácia Central", "Livraria Ponte", "Café Aurora", "Tecidos Maré", "Móveis Ipê",
         "Construtora Alfa", "Distribuidora Beta", "Laticínios Vale", "Transportes Rio", "Papelaria Lua")
POLICY = """policy "Standard collections"
  currency BRL
  calendar brazil
  timezone "America/Sao_Paulo"
  late fee 2% plus interest 1% per month

hold while disputed

ladder standard for invoices
  at 3d before due  send email "Invoice {number} of {open} is due on {due}"
  at 1d             send email "Invoice {number} of {open} is overdue"
  at 5d             if amount > 1_000 send email "Formal reminder: {number}, {open}" otherwise send email "Reminder: {number}"
  at 30d            open card in "Collections"

on reply open card in "Negotiation"
"""


def ledger(many):
    """Customers and invoices of about today: paid, not due, a little late, very late."""
    customers = ["id,name,email,phone,country"]
    rows = ["number,customer,amount,open,issued,due,status"]
    for i in range(1, many + 1):
        name = NAMES[(i - 1) % len(NAMES)] + ("" if i <= len(NAMES) else f" {i // len(NAMES) + 1}")
        customers.append(f"C{i:03},{name},finance{i}@customer.example,+55 11 9{80000000 + i},BR")
        for k, late in enumerate((-12, 2, 6, 34 + i % 40)):
            amount = f"{150 + (i * 733 + k * 1571) % 9000}.{(i * 7 + k * 13) % 100:02}"
            paid = (i + k) % 5 == 0
            rows.append(f"NF-{i:03}{k},C{i:03},{amount},{'0.00' if paid else amount},{in_days(-late - 30)},{in_days(-late)},"
                        f"{'paid' if paid else 'open'}")
    return "\n".join(customers) + "\n", "\n".join(rows) + "\n"


def do_open(key, customers=20, policy=POLICY, arguments=()):
    """A house with a ledger, served, and people of each role."""
    house = House(DUN, policy=policy, customers=ledger(customers)[0], invoices=ledger(customers)[1], arguments=arguments, git=True)
    houses[key] = house
    house.serve("--outbox", house.at("outbox"))
    return shown(house)


def shown(house):
    everyone = {**house.everyone(), **house.people}
    return {"url": f"http://127.0.0.1:{house.port}", "password": PASSWORD, "folder": house.folder,
            "people": {name: {"cookies": c.cookies, "csrf": c.csrf, "login": c.me["login"], "name": c.me["name"], "role": c.me["role"]}
                       for name, c in everyone.items()}}


def do_first(key):
    """A house where nobody has been: its one-time link."""
    houses[key] = house = House(DUN).serve()
    return {"url": f"http://127.0.0.1:{house.port}", "link": f"http://127.0.0.1:{house.port}/welcome#{house.link()}"}


def do_stop(key):
    houses[key].stop()
    return {}


def do_start(key):
    houses[key].serve("--outbox", houses[key].at("outbox"), port=houses[key].port)
    return {}


def do_ask(key, who, method, path, body=None):
    """The API, as one of its people."""
    c = houses[key].people[who]
    a = c.get(path) if method == "GET" else c.post(path, body or {})
    return {"status": a.status, "json": a.json}


def do_language(key, who, lang):
    """As the person chooses it."""
    c = houses[key].people[who]
    return {"status": c.post("/api/me", {"name": c.me["name"], "lang": lang}).status}


def do_sql(key, sql):
    return {"rows": houses[key].ask(sql)}


def do_log(key):
    return {"log": houses[key].log()}


def do_end(key):
    houses.pop(key).end()
    return {}


def do_story(key, step, **more):
    """The demo story's world outside: mail servers, the mailbox, the ERP (story.py)."""
    if step == "open":
        stories[key] = Story(DUN)
        houses[key] = stories[key].house
        return {**stories[key].about(), **shown(stories[key].house)}
    return getattr(stories[key], step)(**more) or {}


def main():
    try:
        for line in sys.stdin:
            asked = json.loads(line)
            try:
                answer = globals()["do_" + asked.pop("do")](**asked)
            except (Exception, SystemExit) as e:  # the browser's side says where it was
                traceback.print_exc()
                answer = {"error": str(e) or repr(e)}
            print(json.dumps(answer), flush=True)
    finally:
        for story in stories.values():
            story.end()
        for house in houses.values():
            house.end()


assert api_house and os
main()
