#!/usr/bin/python3
"""Tryton for the tests: a company with a chart of accounts, a fiscal year, parties and posted invoices, made by Tryton's own
scripting client (proteus) in a real PostgreSQL database, and a client of its JSON-RPC.

Making it takes minutes of a processor, so its dump (PostgreSQL's pg_dump) stands beside this file:
  tryton_house.py make       makes tryton.dump anew, after a change of what is in the books or of Tryton's series;
                             that needs Debian's package tryton-proteus too"""
import base64
import datetime
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from free_port import free_port  # noqa: E402
POSTGRES = HERE.parent / "support" / "postgres.sh"
DUMP = HERE / "tryton.dump"
PASSWORD = 'pa"ss-Tryton-2025'
YEAR = 2025
PARTIES, INVOICES, OPENING = 40, 8, 240


# ---- the database ----

def make(conf, database):
    """In this process: the modules, then what stands in the books."""
    os.environ["TRYTONPASSFILE"] = conf + ".password"
    from trytond.config import config as settings
    settings.update_etc(conf)
    import trytond.admin
    from trytond.commandline import get_parser_admin
    trytond.admin.run(get_parser_admin().parse_args(
        ["-c", conf, "-d", database, "-u", "account_invoice", "--activate-dependencies", "--email", "dun@example.com"]))
    from proteus import Model, config as proteus
    proteus.set_trytond(database, user="admin", config_file=conf)
    books(Model)
    invoices(database)


def books(Model):
    os.environ.setdefault("DB_NAME", ":memory:")  # what these tools are kept beside asks for it
    from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, get_accounts
    from trytond.modules.account_invoice.tests.tools import set_fiscalyear_invoice_sequences
    from trytond.modules.company.tests.tools import create_company, get_company
    from trytond.modules.currency.tests.tools import get_currency
    get = Model.get
    party = get("party.party")(name="Dun Test SA")
    party.save()
    create_company(party, get_currency("EUR"))
    company = get_company()
    fiscalyear = set_fiscalyear_invoice_sequences(create_fiscalyear(company, datetime.date(YEAR, 6, 1)))
    fiscalyear.click("create_period")
    create_chart(company)
    accounts = get_accounts(company)
    method = get("account.invoice.payment.method")(name="Cash")
    method.journal, = get("account.journal").find([("type", "=", "cash")])
    method.credit_account = method.debit_account = accounts["cash"]
    method.save()
    terms(get)
    category = get("party.category")(name="Retail")
    category.save()
    country = get("country.country")(name="Brazil", code="BR")
    country.subdivisions.new(name="São Paulo", code="BR-SP", type="state")
    country.save()
    parties(get, country, category)
    dollar(get)


def terms(get):
    for name, parts in (("30 days", (30,)), ("3 parts", (30, 60, 90))):
        term = get("account.invoice.payment_term")(name=name)
        for i, days in enumerate(parts):
            line = term.lines.new(type="remainder") if i + 1 == len(parts) else term.lines.new(
                type="percent", ratio=Decimal(1) / 4)
            while line.relativedeltas:
                line.relativedeltas.pop()
            line.relativedeltas.new(days=days)
        term.save()


def dollar(get):
    currency = get("currency.currency")(name="US Dollar", symbol="$", code="USD")
    currency.rates.new(date=datetime.date(YEAR, 1, 1), rate=Decimal("1.25"))
    currency.save()


def parties(get, country, category):
    spanish, = get("ir.lang").find([("code", "=", "es")])
    made = []
    for i in range(1, PARTIES + 1):
        p = get("party.party")(name=f"Customer {i}", code=f"C{i:04}")
        p.contact_mechanisms.new(type="email", value=f"ap{i}@customer.example")
        made.append(p)
    first = made[0]
    first.lang = spanish
    first.categories.append(category)
    first.contact_mechanisms.new(type="mobile", value="+55 11 99999-0000")
    first.contact_mechanisms.new(type="email", value="billing@customer.example", invoice=True)
    first.addresses[0].country, = [country]
    first.addresses[0].subdivision = country.subdivisions[0]
    get("party.party").save(made)


def invoices(database):
    """Posted in one go, past Tryton's question whether a due date in the past is meant."""
    from trytond.pool import Pool
    from trytond.transaction import Transaction
    with Transaction().start(database, 1, context={"company": 1, "_skip_warnings": True}):
        def find(name, *domain):
            return Pool().get(name).search(list(domain), order=[("id", "ASC")])
        revenue, receivable = find("account.account", ("type.revenue", "=", True)), find("account.account",
                                                                                       ("type.receivable", "=", True))
        terms = {t.name: t.id for t in find("account.invoice.payment_term")}
        money = {c.code: c.id for c in find("currency.currency")}
        customers = find("party.party", ("code", "like", "C0%"))
        journal = find("account.journal", ("type", "=", "revenue"))[0].id
        rows = []
        for i in range(1, INVOICES + 1):
            who = customers[(i - 1) % len(customers)]
            currency = money["USD" if i == 3 else "EUR"]
            line = {"type": "line", "description": "Service", "quantity": -1 if i == 4 else 1, "account": revenue[0].id,
                    "unit_price": Decimal(100) + Decimal(i) / 100, "company": 1, "currency": currency}
            rows.append({"type": "out", "company": 1, "journal": journal, "account": receivable[0].id, "party": who.id,
                         "invoice_address": who.addresses[0].id, "reference": f"PO-{i}",
                         "currency": currency, "invoice_date": datetime.date(YEAR, 1, 1 + i % 28), "payment_term": terms["3 parts" if i == 2 else "30 days"],
                         "lines": [("create", [line])]})
        Invoice = Pool().get("account.invoice")
        Invoice.post(Invoice.create(rows))
        opening(Pool().get, find, customers, receivable[0].id, revenue[0].id)


def opening(get, find, customers, receivable, revenue):
    """What was open in the system before this one: no invoices, one entry with a line a customer."""
    zero = Decimal(0)
    owed = [{"account": receivable, "party": customers[i % len(customers)].id, "debit": Decimal(50) + i, "credit": zero,
             "description": f"OLD-{i}", "maturity_date": datetime.date(YEAR, 1, 20)} for i in range(1, OPENING + 1)]
    journal = find("account.journal", ("type", "=", "general"))[0].id
    day = datetime.date(YEAR, 1, 1)
    period = get("account.period").find(1, date=day)
    move, = get("account.move").create([{
        "journal": journal, "period": period, "date": day, "company": 1,
        "lines": [("create", owed + [{"account": revenue, "debit": zero, "credit": sum(x["debit"] for x in owed)}])]}])
    get("account.move").post([move])


# ---- a server ----

class House:
    """PostgreSQL, a database in it, trytond before it."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.address = self.postgres("start", "0")
        self.port = free_port()
        self.conf = str(self.folder / "trytond.conf")
        Path(self.conf).write_text(f"[database]\nuri = {self.address}/\n[web]\nlisten = 127.0.0.1:{self.port}\n"
                                   "[session]\ntimeout = 3600\nmax_attempt = 1\n[password]\npasslib = "
                                   f"{self.folder}/passlib.ini\n")
        # What a password costs is not what is tested.
        (self.folder / "passlib.ini").write_text("[passlib]\nschemes = pbkdf2_sha512\npbkdf2_sha512__rounds = 1000\n")
        Path(self.conf + ".password").write_text(PASSWORD)
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def open(self):
        self.restore("books")
        self.start()
        return self

    def postgres(self, what, *arguments):
        out = subprocess.run([POSTGRES, what, self.folder, *arguments], capture_output=True, text=True, timeout=300)
        if out.returncode:
            raise SystemExit(out.stderr)
        return out.stdout.strip()

    def program(self, name, *arguments):
        folder = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        subprocess.run([folder / name, *arguments], check=True, timeout=300, stdout=subprocess.DEVNULL)

    def sql(self, database, text):
        self.program("psql", "-qX", "-c", text, f"{self.address}/{database}")

    def restore(self, database):
        self.sql("postgres", f"CREATE DATABASE {database}")
        self.program("pg_restore", "--no-owner", "-d", f"{self.address}/{database}", str(DUMP))

    def make(self):
        self.sql("postgres", "CREATE DATABASE made")
        for plan in ("seqscan", "hashjoin", "mergejoin"):  # it knows nothing of tables that are made in one transaction
            self.sql("postgres", f"ALTER DATABASE made SET enable_{plan} = off")
        subprocess.run(["/usr/bin/python3", __file__, "books", self.conf, "made"], check=True, timeout=3600)
        self.program("pg_dump", "-Fc", "-Z9", "--no-owner", "-f", str(DUMP) + ".new", f"{self.address}/made")
        os.replace(str(DUMP) + ".new", DUMP)

    def start(self):
        with open(self.folder / "trytond.log", "ab") as log:
            self.process = subprocess.Popen(["/usr/bin/python3", "/usr/bin/trytond", "-c", self.conf], stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL)
        for _ in range(1200):
            try:
                rpc(self.url + "/", "common.server.version", [], {})
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        raise SystemExit("trytond does not answer:\n" + (self.folder / "trytond.log").read_text()[-2000:])

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def end(self):
        self.stop()
        self.postgres("stop")


# ---- a client ----

class Refused(Exception):
    pass


def rpc(url, method, params, headers):
    body = json.dumps({"id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=120) as answer:
        said = json.load(answer)
    if "error" in said:
        raise Refused(said["error"])
    return said["result"]


def date(day):
    d = datetime.date.fromisoformat(day)
    return {"__class__": "date", "year": d.year, "month": d.month, "day": d.day}


def number(text):
    return {"__class__": "Decimal", "decimal": text}


class Client:
    """Somebody in the client program of Tryton."""

    def __init__(self, house, user="admin", password=PASSWORD):
        self.url = f"{house.url}/books/"
        self.headers = {}
        who, key = self.call("common.db.login", user, {"password": password}, "en")
        token = base64.b64encode(f"{user}:{who}:{key}".encode()).decode()
        self.headers = {"Authorization": "Session " + token}
        self.context = {"company": self.call("model.res.user.get_preferences", True, {})["company"]}

    def call(self, method, *params):
        return rpc(self.url, method, list(params), self.headers)

    def model(self, name, method, *params):
        return self.call(f"model.{name}.{method}", *params, self.context)

    def find(self, name, domain, *fields):
        return self.model(name, "search_read", domain, 0, None, [["id", "ASC"]], list(fields))

    def wizard(self, name, active, *states):
        """Each state is (name, {form: values}); one that the wizard does not come to is left out."""
        context = dict(self.context, active_model=active[0], active_id=active[1], active_ids=[active[1]])
        session, at, _ = self.call(f"wizard.{name}.create", context)
        for state, form in states:
            if at is not None:
                said = self.call(f"wizard.{name}.execute", session, form, state, context)
                at = said.get("view", {}).get("state")
        self.call(f"wizard.{name}.delete", session, context)

    def yes(self, first, count):
        """Due dates in the past are meant, of the invoices of these numbers."""
        self.model("res.user.warning", "create",
                   [{"user": 1, "name": f"invoice_payment_term_{i}"} for i in range(first, first + count)])

    def invoice(self, party, day, *amounts, term="30 days"):
        """A posted one; its id."""
        account, = self.find("account.account", [["type.revenue", "=", True]], "name")[:1]
        term, = self.find("account.invoice.payment_term", [["name", "=", term]], "name")
        party, = self.find("party.party", [["code", "=", party]], "name")
        journal = self.find("account.journal", [["type", "=", "revenue"]], "name")[0]
        address = self.find("party.address", [["party", "=", party["id"]]], "id")[0]
        receivable = self.find("account.account", [["type.receivable", "=", True]], "name")[0]
        company, = self.find("company.company", [], "currency")
        values = {"type": "out", "company": company["id"], "currency": company["currency"], "journal": journal["id"],
                  "party": party["id"], "invoice_address": address["id"], "account": receivable["id"],
                  "payment_term": term["id"], "invoice_date": date(day)}
        values["lines"] = [["create", [{"type": "line", "description": "Service", "quantity": 1, "account": account["id"],
                                        "company": company["id"], "currency": company["currency"],
                                        "unit_price": number(a)} for a in amounts]]]
        made, = self.model("account.invoice", "create", [values])
        self.yes(made, 1)
        self.model("account.invoice", "post", [made])
        return made

    def pay(self, invoice, amount, day):
        one, = self.find("account.invoice", [["id", "=", invoice]], "currency", "company", "account")
        method, = self.find("account.invoice.payment.method", [], "name")
        start = {"amount": number(amount), "currency": one["currency"], "currency_digits": 2,
                 "company": one["company"], "invoice_account": one["account"], "payment_method": method["id"],
                 "description": "paid", "date": date(day)}
        ask = {"type": "partial", "lines": [], "lines_to_pay": [], "payment_lines": [], "amount": number(amount),
               "currency": one["currency"], "currency_digits": 2, "company": one["company"], "invoice": invoice,
               "date": date(day), "amount_writeoff": number("0"), "currency_writeoff": one["currency"],
               "currency_digits_writeoff": 2, "writeoff": None}
        self.wizard("account.invoice.pay", ("account.invoice", invoice), ("start", {}), ("choice", {"start": start}),
                    ("pay", {"start": start, "ask": ask}))

    def credit(self, invoice, day):
        """A credit note for all of it, and the two against each other."""
        self.yes(self.find("account.invoice", [], "number")[-1]["id"] + 1, 5)
        self.wizard("account.invoice.credit", ("account.invoice", invoice), ("start", {}),
                    ("credit", {"start": {"with_refund": True, "with_refund_allowed": True, "invoice_date": date(day)}}))


if __name__ == "__main__":
    if sys.argv[1:] == ["make"]:
        with tempfile.TemporaryDirectory() as room:
            house = House(room)
            try:
                house.make()
            finally:
                house.end()
    elif len(sys.argv) == 4 and sys.argv[1] == "books":
        make(sys.argv[2], sys.argv[3])
    else:
        raise SystemExit("usage: tryton_house.py make")
