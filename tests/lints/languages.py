#!/usr/bin/env python3
"""What `dun check` says of templates and the languages of customers (W0067, W0068), and which store it reads: languages.py DUN."""
import hashlib
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from checks import check, counted  # noqa: E402

DUN = sys.argv[1]
TEXT = "Subject: {number}\n\n{each invoice}{number}: {open}\n{end}"
PLAIN = 'ladder standard for invoices\n  at 5d send email template "first"\n  at 9d send email template "first"\n'
PICKED = ('ladder abroad for invoices where customer.language is "es"\n  at 5d send email template "aviso"\n'
          'ladder standard for invoices\n  at 5d send email template "first"\n')


def project(folder, policy, files, languages):
    (folder / "templates").mkdir()
    (folder / "data").mkdir()
    (folder / "policy.dun").write_text(policy, encoding="utf-8")
    for name in files:
        (folder / "templates" / f"{name}.txt").write_text(TEXT, encoding="utf-8")
    rows = [f"C{i},Name,c{i}@example.com,{language}" for i, language in enumerate(languages)]
    (folder / "data" / "customers.csv").write_text("id,name,email,language\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (folder / "data" / "invoices.csv").write_text("number,customer,amount,currency,due\nF-1,C0,10.00,EUR,2026-03-02\n", encoding="utf-8")


def dun(folder, *words):
    return subprocess.run([DUN, *words], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          env={"LC_ALL": "C.UTF-8", "NO_COLOR": "1"})


def said(policy, files, languages, *words):
    """The findings: (code, its first line's rest, the file to add)."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        project(folder, policy, files, languages)
        out = dun(folder, "check", *(words or ("--data", "data")), "policy.dun").stderr
        return re.findall(r"\[(W006[78])\][^\n]*is not written in \"(\w+(?:-\w+)?)\"(?:.|\n)*?add (\S+)", out)


def store():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        project(folder, PLAIN, ["first.email.en", "first.email.pt"], ["es"])
        check("without a store nothing is known", "W0067" in dun(folder, "check", "policy.dun").stderr, False)
        check("a store that is not there", dun(folder, "check", "--store", "no.db", "policy.dun").returncode, 4)
        check("two sources", dun(folder, "check", "--store", "no.db", "--data", "data", "policy.dun").returncode, 2)
        dun(folder, "import", "data", "--store", "dun.db")
        before = hashlib.sha256((folder / "dun.db").read_bytes()).hexdigest()
        check("the store at hand", "W0067" in dun(folder, "check", "policy.dun").stderr, True)
        check("one that is named", "W0067" in dun(folder, "check", "--store", "dun.db", "policy.dun").stderr, True)
        check("it is left as it was", hashlib.sha256((folder / "dun.db").read_bytes()).hexdigest(), before)
        check("a plan does not say it", "W0067" in dun(folder, "plan", "policy.dun", "--today", "2026-03-09").stderr, False)


def main():
    two = ["first.email.en", "first.email.pt"]
    check("one is missing", said(PLAIN, two, ["pt-BR", "en", "es", "es"]), [("W0067", "es", "templates/first.email.es.txt")])
    check("the most frequent first", said(PLAIN, two, ["fr", "es", "es"]), [("W0067", "es", "templates/first.email.es.txt")])
    check("all are there", said(PLAIN, two, ["pt-BR", "pt_PT", "EN", ""]), [])
    check("one file, one language", said(PLAIN, ["first.email"], ["es", "es-MX"]), [])
    check("one file, several: it is in the policy's", said(PLAIN, ["first.email"], ["en", "pt"]), [("W0067", "pt", "templates/first.email.pt.txt")])
    check("the file without a language is for those who are left", said(PLAIN, ["first.email", "first.email.en"], ["en", "pt"]), [])
    check("conditions pick the template", said(PICKED, ["first.email", "aviso.email"], ["en", "es"]), [])
    check("a condition asks for a language", said(PICKED, ["first.email.en", "aviso.email.en", "aviso.email.pt"], ["en"]),
          [("W0068", "es", "templates/aviso.email.es.txt")])
    store()
    return counted()


if __name__ == "__main__":
    sys.exit(main())
