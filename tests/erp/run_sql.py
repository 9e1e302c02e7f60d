#!/usr/bin/env python3
"""`connect erp sql` with the real program, a real PostgreSQL (tests/support/postgres.sh) and SQLite: what comes in and how,
what changed and what is gone, pages, killed at any moment, what is written back, and what a wrong connect line or query is
told. run_sql.py DUN; the last line is `N passed, M failed`."""
import datetime
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from checks import check, counted  # noqa: E402

HERE = Path(__file__).resolve().parent
POSTGRES = str(HERE.parent / "support" / "postgres.sh")
DUN = str(Path(sys.argv[1]).resolve())
CUSTOMERS = "SELECT id, nome AS name, mail AS email, tags FROM cliente ORDER BY id -- a remark; with a semicolon\n;\n"
INVOICES = """/* :since is no parameter here */
SELECT t.n AS numero, t.id AS source_id, t.cliente AS customer, t.valor AS amount, t.saldo AS open, t.vence AS due,
       t.emitida AS issued, t.situacao AS status, t.moeda AS currency, t.disputa AS disputed, 'it''s :x' AS nota
  FROM titulo t
 WHERE (:since IS NULL OR t.mudou >= :since)
"""


class House:
    """A database, queries beside a policy, a store."""

    def __init__(self, settings, env=None):
        self.folder = tempfile.TemporaryDirectory()
        self.env = dict(os.environ, LANG="C", LC_ALL="", LC_MESSAGES="", **(env or {}))
        self.write("customers.sql", CUSTOMERS)
        self.write("invoices.sql", INVOICES)
        self.policy(settings)

    def write(self, name, text):
        Path(self.folder.name, name).write_text(text)

    def policy(self, settings):
        self.write("p.dun", f'policy "Made up"\n  currency BRL\nconnect erp sql with {settings} and customers "customers.sql" and '
                            'invoices "invoices.sql"\nladder standard for invoices\n  at 400d log "x"\n')

    def command(self, name, *arguments):
        return [DUN, name, "p.dun", "--store", "t.db", *arguments]

    def run(self, name, *arguments):
        return subprocess.run(self.command(name, *arguments), cwd=self.folder.name, env=self.env, capture_output=True, text=True,
                              timeout=120)

    def rows(self, *arguments):
        r = self.run("sync", "--format", "json", *arguments)
        check(f"status of sync ({r.stderr.strip()[:500]})", r.returncode, 0)
        return {row["what"]: row for row in json.loads(r.stdout or "[]")}

    def said(self, what, words, status=4, *arguments):
        r = self.run("sync", *arguments)
        check(what, (r.returncode, words in r.stderr, "" if words in r.stderr else r.stderr), (status, True, ""))

    def sql(self, text):
        with sqlite3.connect(f"{self.folder.name}/t.db", timeout=10) as db:
            return db.execute(text).fetchall()

    def end(self):
        self.folder.cleanup()


TABLES = """CREATE TABLE cliente (id integer PRIMARY KEY, nome text, mail text, tags text);
CREATE TABLE titulo (id integer PRIMARY KEY, n text, cliente integer, valor numeric(18,4), saldo numeric, vence date, emitida timestamp,
 situacao text, moeda char(3), disputa boolean, mudou timestamp DEFAULT CURRENT_TIMESTAMP);
INSERT INTO cliente VALUES (1, 'Padaria Ação', 'a@example.com', 'vip;novo'), (2, 'Bia', NULL, NULL);
INSERT INTO titulo (id, n, cliente, valor, saldo, vence, emitida, situacao, moeda, disputa) VALUES
 (11, 'T-1', 1, 1000.1000, 0.1, '2026-03-31', '2026-03-01 10:00:00', 'Em aberto', 'BRL', '1'),
 (12, 'T-2', 2, 90071992547409.93, 90071992547409.93, '2026-04-30', NULL, NULL, 'USD', NULL),
 (13, 'T-3', 2, 5, 0, '2026-04-30', NULL, NULL, 'BRL', '0');
"""


def comes_in(name, house, change):
    r = house.rows()
    check(f"{name}: all came", (r["customers"]["new"], r["invoices"]["new"]), (2, 3))
    check(f"{name}: customers", house.sql("SELECT id, name, email, tags FROM customer ORDER BY id"),
          [("1", "Padaria Ação", "a@example.com", "vip;novo"), ("2", "Bia", None, None)])
    check(f"{name}: invoices, exact to the last digit",
          house.sql("SELECT number, source_id, amount, open, due, issued, status, currency, disputed FROM invoice ORDER BY number"),
          [("T-1", "11", 100010, 10, 20543, 20513, "open", "BRL", 1),
           ("T-2", "12", 9007199254740993, 9007199254740993, 20573, None, "open", "USD", None),
           ("T-3", "13", 500, 0, 20573, None, "paid", "BRL", 0)])
    change("UPDATE titulo SET mudou = '2020-01-01 00:00:00'")
    change("UPDATE titulo SET saldo = 0, situacao = 'pago', mudou = CURRENT_TIMESTAMP WHERE n = 'T-1'")
    r = house.rows()
    check(f"{name}: what changed since came alone", (r["invoices"]["rows"], r["invoices"]["changed"]), (1, 1))
    change("DELETE FROM titulo WHERE n = 'T-2'")
    check(f"{name}: what is gone is seen when all is read", house.rows("--whole")["invoices"]["gone"], 1)
    check(f"{name}: and cancelled", house.sql("SELECT status FROM invoice ORDER BY number"), [("paid",), ("cancelled",), ("paid",)])


def sqlite_comes_in():
    h = House('database "sqlite://erp.db"')
    path = f"{h.folder.name}/erp.db"

    def change(text):
        with sqlite3.connect(path) as db:
            db.executescript(text)

    # SQLite keeps NUMERIC as a float where it can: digits that must be exact stand as texts.
    change(TABLES.replace("numeric(18,4)", "text").replace("90071992547409.93", "'90071992547409.93'").replace("saldo numeric", "saldo text"))
    before = Path(path).read_bytes()
    comes_in("SQLite", h, change)
    change("UPDATE titulo SET mudou = mudou")
    check("the file is only read", (len(Path(path).read_bytes()), os.path.exists(path + "-journal")), (len(before), False))
    h.write("invoices.sql", "SELECT n AS number, cliente AS customer, valor AS amount FROM titulo")
    h.said("a column that is missing", 'invoices.sql: the result has no column "due": name one so, with AS due; it has: number, customer, amount')
    h.write("invoices.sql", "SELECT n AS number FROM titulos")
    h.said("a table that is not there", "invoices.sql: SQLite says: no such table: titulos")
    h.write("invoices.sql", "SELECT 1; DROP TABLE titulo")
    h.said("two statements", "invoices.sql: it holds more than one statement")
    h.write("invoices.sql", "DELETE FROM titulo RETURNING n AS number")
    h.said("a statement that changes", "invoices.sql: SQLite says: near \"DELETE\"")
    h.write("invoices.sql", "SELECT 1 WHERE :sinse")
    h.said("a parameter that is not known", "invoices.sql: it asks for :sinse, and there is :since")
    h.write("invoices.sql", "  -- nothing\n")
    h.said("an empty file", "invoices.sql: it is empty")
    h.write("invoices.sql", "SELECT n AS number, cliente AS customer, 1.005 AS amount, '2026-02-30' AS due, 'BRL' AS currency FROM titulo WHERE n = 'T-1'")
    h.said("rows that cannot be read", 'sql: invoices T-1: "1.005" in column "amount" has more decimals than its currency', 1)
    h.write("invoices.sql", "SELECT n AS number, cliente AS customer, valor AS amount, vence AS due FROM titulo")
    h.said("no currency", "it has no currency: say which one, currency \"BRL\", in the connect line", 1)
    h.policy('database "sqlite://other.db"')
    h.said("no file", "there is no file or folder other.db")
    h.policy('database "mysql://x/y"')
    h.said("another database", "`database` begins with postgresql:// or sqlite://")
    h.said("in Portuguese", "`database` começa com postgresql:// ou sqlite://", 4, "--lang", "pt")
    h.end()


def gone_is_paid():
    h = House('database "sqlite://erp.db" and gone "paid" and currency "BRL"')
    with sqlite3.connect(f"{h.folder.name}/erp.db") as db:
        db.executescript("CREATE TABLE cliente (id, nome, mail, tags); INSERT INTO cliente VALUES (1, 'A', NULL, NULL);"
                         "CREATE TABLE aberto (n, v); INSERT INTO aberto VALUES ('A', 10), ('B', 20);")
    h.write("invoices.sql", "SELECT n AS number, 1 AS customer, v AS amount, '2026-03-31' AS due FROM aberto")
    h.rows()
    query = Path(h.folder.name, "invoices.sql").read_text()
    h.write("invoices.sql", query + " WHERE :since IS NULL")
    h.said("what is open alone is read in whole", 'invoices.sql: with gone "paid" it lists all that is open: take :since out of it')
    h.write("invoices.sql", query)
    with sqlite3.connect(f"{h.folder.name}/erp.db") as db:
        db.execute("DELETE FROM aberto WHERE n = 'A'")
    check("what is no longer open is paid", h.rows()["invoices"]["gone"], 1)
    check("with nothing left open", h.sql("SELECT status, open FROM invoice ORDER BY number"), [("paid", 0), ("open", 2000)])
    h.end()


def a_due_date_is_written_back(name, settings, env, change, due_of):
    """`settings` and `env` of the connect line; `due_of` a row's number: its due date in the database."""
    h = House("", env)
    today = datetime.date.today()
    h.write("due_date.sql", "UPDATE fatura SET vence = :date WHERE id = :id")
    h.write("invoices.sql", "SELECT n AS number, id AS source_id, 1 AS customer, 10 AS amount, vence AS due, 'BRL' AS currency FROM fatura")
    h.write("customers.sql", "SELECT 1 AS id")
    h.policy(settings + ' and due_date "due_date.sql"')
    rule = Path(h.folder.name, "p.dun")
    rule.write_text(rule.read_text().replace('at 400d log "x"', "at 5d update due date in erp to today + 10d"))
    old = today - datetime.timedelta(days=5)
    change(h, f"CREATE TABLE fatura (id integer, n text, vence date); INSERT INTO fatura VALUES (71, 'A', '{old}'), (72, 'B', '{old}'), (72, 'C', '{today}')")
    h.rows()
    for _ in range(2):
        r = h.run("run")
        check(f"{name}: dun run ({r.stderr})", r.returncode in (0, 1), True)
    new = today + datetime.timedelta(days=10)
    check(f"{name}: the due date is in the database", due_of(h, "A"), str(new))
    check(f"{name}: and here", h.sql("SELECT due FROM invoice WHERE number = 'A'"), [((new - datetime.date(1970, 1, 1)).days,)])
    check(f"{name}: a statement that changes two rows changes none", (due_of(h, "B"), due_of(h, "C")), (str(old), str(today)))
    check(f"{name}: which is said", "the statement would have changed 2 rows, and it must be one" in
          str(h.sql("SELECT detail FROM attempt")), True)
    h.end()


def sqlite_is_written_back():
    def change(h, text):
        with sqlite3.connect(f"{h.folder.name}/erp.db") as db:
            db.executescript(text)

    def due_of(h, number):
        with sqlite3.connect(f"{h.folder.name}/erp.db") as db:
            return db.execute("SELECT vence FROM fatura WHERE n = ?", (number,)).fetchone()[0]

    a_due_date_is_written_back("SQLite", 'database "sqlite://erp.db"', {}, change, due_of)


def postgres(url, socket):
    env = {"PGPASSWORD": "", "P": "dun-test", "PGSSLMODE": ""}
    place = url.split("@")[1]
    line = f'database "postgresql://{place}/postgres" and user "dun" and password from env "P"'
    h = House(line, env)

    def change(text):
        r = subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", f"{url}/postgres", "-c", text], capture_output=True, text=True)
        check(f"psql ({r.stderr})", r.returncode, 0)

    change(TABLES)
    comes_in("PostgreSQL", h, change)

    doctor = h.run("doctor")
    check(f"the doctor ({doctor.stdout})", ("PostgreSQL lets us in" in doctor.stdout, "invoices.sql can be read" in doctor.stdout), (True, True))

    def due_of(_, number):
        r = subprocess.run(["psql", "-qtA", f"{url}/postgres", "-c", f"SELECT vence FROM fatura WHERE n = '{number}'"], capture_output=True, text=True)
        return r.stdout.strip()

    a_due_date_is_written_back("PostgreSQL", line, env, lambda _, text: change(text), due_of)

    # More than a page, killed at any moment.
    change("INSERT INTO titulo (id, n, cliente, valor, vence, moeda) SELECT i, 'M-' || i, 1, i, '2026-05-01', 'BRL' FROM generate_series(1000, 9999) i")
    chance = random.Random(11)
    for _ in range(6):
        p = subprocess.Popen(h.command("sync"), cwd=h.folder.name, env=h.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.02, 0.4))
        p.send_signal(signal.SIGKILL)
        p.wait()
    h.rows("--whole")
    check("killed at any moment, every row is there", h.sql("SELECT count(*), sum(amount) FROM invoice WHERE number LIKE 'M-%'"),
          [(9000, sum(range(1000, 10000)) * 100)])
    change("UPDATE titulo SET mudou = '2020-01-01' WHERE n LIKE 'M-%'; DELETE FROM titulo WHERE n LIKE 'M-1%'")
    check("many that are gone", h.rows("--whole")["invoices"]["gone"], 1000)

    h.policy(line.replace('from env "P"', 'from env "WRONG"'))
    h.said("a variable that is not set", "the environment variable WRONG is not set")
    h.env["WRONG"] = "wrong-secret"
    h.said("a wrong password", "the database refuses user or password: look at `user` and `password`")
    check("that is shown nowhere", "wrong-secret" in h.run("sync").stderr, False)
    h.policy(line.replace("postgresql://", "postgresql://dun:dun-test@"))
    r = h.run("sync")
    check("a password in the policy", ("the address has a password in it" in r.stderr, "dun-test" in r.stderr), (True, False))
    h.policy(line.replace("/postgres\"", "/nothing\""))
    h.said("no such database", "there is no database of that name")
    h.policy(line.replace(place, "127.0.0.1:1"))
    h.said("no server", "the database cannot be reached: the connection was refused")
    h.policy(line.replace(place + "/postgres", place + "/postgres?sslmode=require"))
    h.said("no encryption", "the server offers no encryption")
    h.policy(line)
    h.write("invoices.sql", "SELECT n AS number, x AS customer FROM titulo")
    h.said("a column that is not there", 'invoices.sql: PostgreSQL says: column "x" does not exist')
    h.write("invoices.sql", "SELECT n AS number, cliente AS customer, valor AS amount FROM titulo")
    h.said("a column that is missing", 'invoices.sql: the result has no column "due"')
    h.write("invoices.sql", "WITH x AS (DELETE FROM titulo RETURNING *) SELECT n AS number FROM x")
    h.said("a query that changes", "invoices.sql: PostgreSQL says: WITH clause containing a data-modifying statement must be at the top level")
    change("CREATE FUNCTION spoil() RETURNS int LANGUAGE sql AS 'DELETE FROM titulo RETURNING id'")
    h.write("invoices.sql", "SELECT spoil() AS number")
    h.said("a function that changes", "invoices.sql: the query wants to change something: it may only read")
    h.write("invoices.sql", "SELECT ('a@b' || n)::int AS number FROM titulo")
    r = h.run("sync")
    check("a value that cannot be converted is not shown", ("(22P02)" in r.stderr, "a@b" in r.stderr), (True, False))
    h.end()


sqlite_comes_in()
sqlite_is_written_back()
gone_is_paid()
with tempfile.TemporaryDirectory() as folder:
    started = subprocess.run([POSTGRES, "start", folder, "0"], capture_output=True, text=True)
    check(f"PostgreSQL starts ({started.stderr.strip()})", started.returncode, 0)
    if started.returncode == 0:
        try:
            postgres(started.stdout.strip(), folder)
        finally:
            subprocess.run([POSTGRES, "stop", folder])
sys.exit(counted())
