#!/usr/bin/env python3
"""page.py DUN [N]: how long the page's answers about customers and invoices take with N invoices (1,000,000) of N / 4 customers in the
store, over loopback from the real `dun serve`; what the first view weighs; what keeping the search costs an import. Prints the
table of docs/internals/page.md: the clock's median and 99th percentile, and processor time of the service for each answer, which
neighbours do not change. `--keep FOLDER`: the ledger and store stay there, and are taken from there the next time."""
import argparse
import os
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import time
import urllib.parse
from datetime import date, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "api"))
import house as houses  # noqa: E402

houses.PATIENCE = 3600
POLICY = """policy "Measured"
  currency BRL

hold while disputed
hold while promised

ladder standard for invoices
  at 3d before due  send email "Invoice {number} is due"
  at 392d  send email "Invoice {number} of {open} is overdue"
  at 396d  send email "Invoice {number} is still open"
  at 399d  open card in "Collections"
"""
FIRST = "Ana José João Maria Antônio Conceição Luís Márcia Paulo Sérgio Inês Tomás Łukasz Jürgen Zoë Beatriz Caio Davi Elisa".split()
LAST = "Silva Souza Gonçalves Araújo Nuñez Müller Novák Lima Rocha Prado Brandão Simões Pereira Teixeira Moraes Castro".split()
WHAT = "Padaria Oficina Mercado Farmácia Transportes Clínica Editora Gráfica Serralheria Consultoria".split()


def ledger(n, folder):
    """The same rows each time, but for the days, which count from today."""
    r, today, customers = random.Random(7), date.today(), n // 4
    with open(folder / "customers.csv", "w", encoding="utf-8") as f:
        f.write("id,name,segment,country,language,email,phone,owner\n")
        for i in range(customers):
            a, b = r.choice(FIRST), r.choice(LAST)
            name = f"{r.choice(WHAT)} {a} {b}" if i % 3 else f"{a} {b} {i % 997}"
            f.write(f"C{i:06d},{name},{r.choice(('smb', 'mid', 'enterprise', 'gov'))},BR,{r.choice(('pt', 'pt', 'pt', 'en', 'es'))},"
                    f"c{i:06d}@empresa{i % 50}.com.br,+55 {11 + i % 80} 9{r.randrange(10**4):04d}-{r.randrange(10**4):04d},"
                    f"{r.choice(('ana', 'rui', 'caio', 'bia', 'lia'))}\n")
    with open(folder / "invoices.csv", "w", encoding="utf-8") as f:
        f.write("number,customer,amount,open,currency,due,status,disputed,promise\n")
        for i in range(n):
            amount, due = r.randrange(5000, 5000000), today + timedelta(days=r.randrange(-400, 60))
            paid, money = due < today and r.random() < 0.7, f"{amount // 100}.{amount % 100:02d}"
            promise = today + timedelta(days=r.randrange(0, 20)) if not paid and r.random() < 0.01 else ""
            f.write(f"NF-{2024 + i * 3 // n}-{i:07d},C{r.randrange(customers):06d},{money},{'0.00' if paid else money},BRL,{due},"
                    f"{'paid' if paid else 'open'},{'yes' if not paid and r.random() < 0.005 else 'no'},{promise}\n")


def imported(house, *files):
    """Processor seconds of an import."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    r = subprocess.run([house.dun, "import", *files, "--store", house.store], cwd=house.folder, env=house.env, capture_output=True, text=True)
    if r.returncode > 1:
        raise SystemExit(r.stdout + r.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def changed(data, part):
    """The ledger's first tenths again, with other amounts open: a file of its own."""
    at = data / f"changed{part}.csv"
    with open(data / "invoices.csv", encoding="utf-8") as f, open(at, "w", encoding="utf-8") as out:
        rows = f.readlines()
        out.write(rows[0])
        for line in rows[1:len(rows) // 10]:
            cells = line.split(",")
            out.write(",".join(cells[:3] + [f"{part}.11"] + cells[4:6] + ["open"] + cells[7:]))
    return str(at)


def spent(house):
    """Processor milliseconds of the service so far, all threads."""
    fields = Path(f"/proc/{house.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def answers(who, house, path, times, variants=None):
    """Medians and 99th percentile of the clock, processor time, bytes."""
    took, size = [], 0
    begin = spent(house)
    for i in range(times):
        at = variants[i % len(variants)] if variants else path
        start = time.perf_counter()
        a = who.get(at)
        took.append((time.perf_counter() - start) * 1000)
        if a.status != 200:
            raise SystemExit(f"{at}: {a}")
        size = max(size, len(a.body))
    took.sort()
    return statistics.median(took), took[min(len(took) - 1, int(len(took) * 0.99))], (spent(house) - begin) / times, size


def row(name, cells):
    print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def typed(text):
    return ["/api/search?q=" + urllib.parse.quote(text[:n]) for n in range(2, len(text) + 1)]


def measured(house, who, times):
    one = who.get("/api/customers", order="balance", limit=1).json["rows"][0]["id"]
    number = who.get("/api/invoices", customer=one, status="open", limit=1).json["rows"][0]["number"]
    second = who.get("/api/customers", order="balance").json["next"]
    asked = [
        ("search as one types a name", None, typed("conceicao silva")),
        ("search as one types a number", None, typed("nf-2025-0500123")),
        ("search by a telephone number", None, typed("+55 43 91")),
        ("search by the number's last word", None, typed("0500123")),
        ("search for what is not there", None, typed("zzyzx qq")),
        ("customers by balance", "/api/customers?order=balance", None),
        ("... the next page", f"/api/customers?order=balance&after={second}", None),
        ("customers by days overdue", "/api/customers?order=overdue", None),
        ("customers by name, of a segment, overdue", "/api/customers?order=name&segment=gov&overdue=1", None),
        ("customers whose words are typed", None, [p.replace("/search", "/customers") for p in typed("maria gonc")]),
        ("customers, of whom none fits", "/api/customers?order=name&opted_out=1", None),
        ("choices of both lists", None, ["/api/choices/customers", "/api/choices/invoices"]),
        ("a customer", f"/api/customers/{one}", None),
        ("its timeline", f"/api/customers/{one}/timeline", None),
        ("its invoices", f"/api/invoices?customer={one}", None),
        ("open invoices by due date", "/api/invoices?status=open", None),
        ("invoices by amount", "/api/invoices?status=open&order=amount", None),
        ("invoices that are disputed", "/api/invoices?disputed=1", None),
        ("invoices of a rung", "/api/invoices?rung=396d", None),
        ("paid invoices of an amount", "/api/invoices?status=paid&least=40000&most=40001&currency=BRL", None),
        ("an invoice", f"/api/invoices/{number}", None),
        ("why, why not, when next", f"/api/invoices/{number}/explanation", None),
        ("today", "/api/today", None),
        ("the board", "/api/board", None),
        ("the outbox", "/api/outbox", None),
    ]
    print("\n| answer | median | 99 in 100 | processor | bytes |\n| --- | ---: | ---: | ---: | ---: |")
    for name, path, variants in asked:
        try:
            m, p, cpu, size = answers(who, house, path, times, variants)
        except SystemExit as e:
            row(name, [str(e)[:80], "", "", ""])
            continue
        row(name, [f"{m:.1f} ms", f"{p:.1f} ms", f"{cpu:.1f} ms", f"{size:,}"])


def first_view(house, who):
    """Index, style, the modules and words that the first page loads, and its data: bytes as they go over the wire, and the clock."""
    sizes, start = {}, time.perf_counter()
    who.request("GET", "/", headers={"Accept-Encoding": "gzip"})
    seen, wanted = set(), ["/"]
    while wanted:
        at = wanted.pop()
        if at in seen:
            continue
        seen.add(at)
        a = who.request("GET", at, headers={"Accept-Encoding": "gzip"})
        if a.status != 200:
            continue
        sizes[at] = len(a.body)
        text = a.body
        if a.headers.get("content-encoding") == "gzip":
            import gzip
            text = gzip.decompress(text)
        text = text.decode("utf-8", "replace")
        for found in re.findall(r"""(?:from|import)\s*['"]\./([\w.-]+\.js)['"]|(?:src|href)="(/[\w./-]+\.(?:js|css|svg))""", text):
            wanted.append(urllib.parse.urljoin(at, found[0] or found[1]))
    for more in ("page_today.js", "words_shell.en.js", "words_today.en.js", "style_today.css"):
        base = next((s.rpartition("/")[0] for s in sizes if s.endswith("base.js")), "/page")
        a = who.request("GET", f"{base}/{more}", headers={"Accept-Encoding": "gzip"})
        if a.status == 200:
            sizes[more] = len(a.body)
    for data in ("/api/me", "/api/shell", "/api/today"):
        sizes[data] = len(who.get(data).body)
    print(f"\nFirst view: {sum(sizes.values()):,} bytes in {len(sizes)} answers, {(time.perf_counter() - start) * 1000:.0f} ms one after the other.")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("dun")
    p.add_argument("n", nargs="?", type=int, default=1000000)
    p.add_argument("--keep")
    p.add_argument("--times", type=int, default=100)
    a = p.parse_args()
    keep = Path(a.keep) if a.keep else None
    with houses.House(a.dun, policy=POLICY, customers=None) as house:
        data = Path(house.at("data"))
        data.mkdir()
        if keep and (keep / "fresh.db").exists():
            shutil.copy(keep / "fresh.db", house.store)
            for name in ("customers.csv", "invoices.csv"):
                shutil.copy(keep / name, data / name)
        else:
            ledger(a.n, data)
            print(f"an import into a new store: {imported(house, str(data / 'customers.csv'), str(data / 'invoices.csv')):.1f} s of processor")
            if keep:
                keep.mkdir(exist_ok=True)
                for f in (data / "customers.csv", data / "invoices.csv"):
                    shutil.copy(f, keep / f.name)
                shutil.copy(house.store, keep / "fresh.db")
        rows = [str(data / "customers.csv"), str(data / "invoices.csv")]
        print(f"the same again, in a store that was never served: {imported(house, *rows):.1f} s")
        once, twice = changed(data, 1), changed(data, 2)
        print(f"a tenth of the invoices changed: {imported(house, once):.1f} s", flush=True)
        house.serve()
        print(f"the first start of the service, until it answers: {spent(house) / 1000:.1f} s")
        start = time.time()
        while not house.ask("SELECT 1 FROM sync_state WHERE key = 'agenda' AND value = 'kept'"):
            time.sleep(0.5)
        print(f"its first look at everything: {time.time() - start:.1f} s; {spent(house) / 1000:.1f} s of processor until then")
        who = house.person("ana", "operator")
        measured(house, who, a.times)
        first_view(house, who)
        house.stop()
        print(f"a tenth of the invoices changed, in the served store: {imported(house, twice):.1f} s")
        print(f"the same as before, nothing changed: {imported(house, twice):.1f} s")


if __name__ == "__main__":
    main()
