#!/usr/bin/env python3
"""`connect erp csv with folder "..."` with the real program, by dun sync, dun run --sync and dun serve: what is new is read
once, what changed again, what is still written waits, what is rejected is where `dun import` puts it.
run_csv_folder.py DUN; the last line is `N passed, M failed`."""
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

DUN = str(Path(sys.argv[1]).resolve())


class House:
    def __init__(self, settings=""):
        self.folder = tempfile.TemporaryDirectory()
        self.env = dict(os.environ, LANG="C", LC_ALL="", LC_MESSAGES="")
        self.exports = Path(self.folder.name, "exports")
        self.exports.mkdir()
        self.policy(settings)

    def policy(self, settings=""):
        Path(self.folder.name, "p.dun").write_text(
            f'policy "Made up"\n  currency BRL\nconnect erp csv with folder "exports"{settings}\nladder standard for invoices\n  at 400d log "x"\n')

    def drop(self, name, text, age=60):
        path = self.exports / name
        path.write_text(text)
        os.utime(path, (time.time() - age,) * 2)

    def command(self, name, *arguments):
        return [DUN, name, "p.dun", "--store", "t.db", *arguments]

    def run(self, name, *arguments):
        return subprocess.run(self.command(name, *arguments), cwd=self.folder.name, env=self.env, capture_output=True, text=True,
                              timeout=120)

    def rows(self, status=0, *arguments):
        r = self.run("sync", "--format", "json", *arguments)
        check(f"status of sync ({r.stderr.strip()[:300]})", r.returncode, status)
        return {row["what"]: row for row in json.loads(r.stdout or "[]")}

    def said(self, what, words, status):
        r = self.run("sync")
        check(what, (r.returncode, words in r.stderr, "" if words in r.stderr else r.stderr), (status, True, ""))

    def sql(self, text):
        with sqlite3.connect(f"{self.folder.name}/t.db", timeout=10) as db:
            return db.execute(text).fetchall()

    def end(self):
        self.folder.cleanup()


CUSTOMERS = "id,name\nC1,Ana\nC2,Bia\n"
HEAD = "number,customer,amount,due\n"


def what_is_new_is_read_once():
    h = House()
    h.said("an empty folder", "no export is in exports yet", 0)
    h.drop("faturas-03.csv", HEAD + "A-1,C1,100.00,2026-03-31\nA-2,C9,1.00,2026-03-31\n")
    h.drop("clientes.csv", CUSTOMERS)
    h.drop("notes.txt", "nothing")
    h.drop("other.csv", "a,b\n")
    r = h.rows(1)
    check("customers before invoices", (r["customers"]["new"], r["invoices"]["new"], r["invoices"]["rejected"]), (2, 1, 1))
    rejects = list(Path(h.folder.name, "rejects").glob("faturas-03-*.csv"))
    check("the rejects are where dun import puts them", "A-2,C9,1.00,2026-03-31" in rejects[0].read_text() if rejects else rejects, True)
    h.said("a name that says nothing", "other.csv was left alone", 0)
    check("the same files are read no more", h.rows()["invoices"]["rows"], 0)
    h.drop("clientes.csv", CUSTOMERS, age=30)
    check("nor where they were only touched", h.rows()["customers"]["rows"], 0)
    h.drop("clientes.csv", CUSTOMERS.replace("Ana", "Anna"), age=20)
    check("one that changed is", h.rows()["customers"]["changed"], 1)
    h.drop("faturas-04.csv", HEAD + "A-1,C1,100.00,2026-04-30\nA-3,C2,7.00,2026-04-30\n", age=200)
    h.drop("faturas-05.csv", HEAD + "A-1,C1,100.00,2026-05-31\n", age=100)
    h.rows()
    check("of two exports the newer one counts", h.sql("SELECT number, due FROM invoice ORDER BY number"), [("A-1", 20604), ("A-3", 20573)])
    h.drop("eventos.csv", "date,kind,invoice,value\n2026-05-02,payment,A-3,7.00\n")
    check("events come too", h.rows()["events"]["new"], 1)
    h.end()


def what_is_written_waits():
    h = House()
    h.drop("customers.csv", CUSTOMERS)
    h.drop("invoices.csv", HEAD + "A-1,C1,1", age=0)
    h.said("a file that is still written", "invoices.csv was written to less than 10 seconds ago: the next sync reads it", 0)
    check("the others are read", h.sql("SELECT count(*) FROM customer"), [(2,)])
    check("and it is not", h.sql("SELECT count(*) FROM invoice"), [(0,)])
    h.drop("invoices.csv", HEAD + "A-1,C1,100.00,2026-03-31\n")
    check("when it is whole it is", h.rows()["invoices"]["new"], 1)
    h.drop("invoices.csv", "number;customer\nA-1;C1\n")
    h.drop("customers-2.csv", "id,name\nC3,Caio\n")
    h.said("a file that cannot be read is said", 'exports/invoices.csv: the column "amount" is missing', 4)
    check("and nothing of the others is taken then", h.sql("SELECT count(*) FROM customer"), [(2,)])
    h.drop("invoices.csv", HEAD + "A-9,C3,1.500,2026-03-31\n")
    h.said("an amount that can be read in two ways", 'say --decimal point or --decimal comma', 4)
    h.policy(' and decimal "comma"')
    check("the connect line says how", h.rows()["invoices"]["new"], 1)
    check("which it is", h.sql("SELECT amount FROM invoice WHERE number = 'A-9'"), [(150000,)])
    h.policy(' and decimal "dot"')
    h.said("a setting that is wrong", '`decimal` is "point" or "comma"', 4)
    h.policy()
    Path(h.exports).rename(h.folder.name + "/elsewhere")
    h.said("no folder", "there is no file or folder exports", 4)
    h.end()


def killed_at_any_moment():
    h = House()
    h.drop("customers.csv", CUSTOMERS)
    h.drop("invoices.csv", HEAD + "".join(f"N-{i},C1,{i}.00,2026-03-31\n" for i in range(1, 30001)))
    chance = random.Random(3)
    for _ in range(5):
        p = subprocess.Popen(h.command("sync"), cwd=h.folder.name, env=h.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.02, 0.3))
        p.send_signal(signal.SIGKILL)
        p.wait()
        if Path(h.folder.name, "t.db").exists():
            try:
                check("all of a file, or none", h.sql("SELECT count(*) FROM invoice")[0][0] in (0, 30000), True)
            except sqlite3.OperationalError:
                pass  # not made yet
    h.rows()
    check("every row is there", h.sql("SELECT count(*), sum(amount) FROM invoice"), [(30000, sum(range(1, 30001)) * 100)])
    h.end()


def run_and_serve():
    h = House(' and interval "1 second"')
    h.drop("customers.csv", CUSTOMERS)
    h.drop("invoices.csv", HEAD + "A-1,C1,100.00,2026-03-31\n")
    check("a store, for the run", h.rows()["invoices"]["new"], 1)
    h.drop("invoices.csv", HEAD + "A-2,C1,100.00,2026-03-31\n", age=30)
    r = h.run("run", "--sync")
    check(f"dun run --sync reads the folder ({r.stderr})", (r.returncode, h.sql("SELECT count(*) FROM invoice")), (0, [(2,)]))
    p = subprocess.Popen(h.command("serve", "--no-http"), cwd=h.folder.name, env=h.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    h.drop("invoices.csv", HEAD + "A-3,C1,100.00,2026-03-31\n", age=20)
    until = time.time() + 60
    while time.time() < until and h.sql("SELECT count(*) FROM invoice") != [(3,)]:
        time.sleep(0.2)
    p.terminate()
    said = p.communicate()[1]
    check(f"dun serve reads the folder ({said})", h.sql("SELECT count(*) FROM invoice"), [(3,)])
    r = h.run("doctor")
    check("the doctor", "the folder has 2 exports that can be read" in r.stdout, True)
    h.end()


for case in (what_is_new_is_read_once, what_is_written_waits, killed_at_any_moment, run_and_serve):
    case()
sys.exit(counted())
