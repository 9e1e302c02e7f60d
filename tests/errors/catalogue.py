#!/usr/bin/env python3
"""The catalogue of errors: docs/errors has a page for each row of lang/base/diag.def, made of the row and of the program of this
folder that shows it. catalogue.py DUN compares, catalogue.py DUN --write renews; the last line is `N passed, M failed`.

The program of a code is CODE.dun, or the folder CODE (a policy and its templates), or, where it would be too long to read, CODE.py,
which prints it. It gives that code and no other error: what is printed stands on the page, and `dun explain CODE` shows it."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PAGES = ROOT / "docs" / "errors"
LANGUAGES = ("English", "Português", "Español")
LINES_MAX = 40
GROUPS = (("E00", "The text of the file"), ("E01", "Sentences and names"), ("E02", "Types and values"), ("E03", "Structure and meaning"),
          ("E04", "Message templates"), ("W", "Warnings"))
# Said by another command than `dun check`, or with an option.
COMMANDS = {"E0136": ["fmt", "--to", "portuguese", "policy.dun"], "E0370": ["check", "--today", "2026-01-01", "policy.dun"], "W0067": ["check", "--data", "data", "policy.dun"]}

sys.path.insert(0, str(ROOT / "tests" / "docs"))
from tables import rows  # noqa: E402


def files_of(code):
    """The program's files as (name, bytes), the policy first; whether they are shown."""
    if (HERE / f"{code}.py").exists():
        made = subprocess.run([sys.executable, HERE / f"{code}.py"], stdout=subprocess.PIPE, check=True).stdout
        parts = re.split(rb"^== (\S+) ==\n", made, flags=re.M)  # several files, each below its name; else the policy alone
        return list(zip([n.decode() for n in parts[1::2]], parts[2::2])) or [("policy.dun", made)], False
    if (HERE / f"{code}.dun").exists():
        return [("policy.dun", (HERE / f"{code}.dun").read_bytes())], True
    paths = sorted(p for p in (HERE / code).rglob("*") if p.is_file())
    found = [(str(p.relative_to(HERE / code)), p.read_bytes()) for p in paths]
    return sorted(found, key=lambda f: f[0] != "policy.dun"), True


def run(dun, code, files):
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files:
            path = pathlib.Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        command = [dun, *COMMANDS.get(code, ["check", "policy.dun"])]
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env={"NO_COLOR": "1", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"})
        return done.stdout.decode("utf-8", "replace")


def codes_in(out):
    heads = [line.split("[")[1].split("]")[0] for line in out.splitlines() if line.startswith(("error[", "warning[", "note["))]
    return set(heads)


def fence(text):
    lines = text.rstrip("\n").split("\n")
    if len(lines) > LINES_MAX:
        lines = lines[:LINES_MAX] + ["..."]
    return "```\n" + "\n".join(lines) + "\n```\n"


def page(row, files, shown, out):
    code, severity, *texts = row
    kind = {"DIAG_WARNING": "warning", "DIAG_NOTE": "note"}.get(severity, "error")
    parts = [f"# {code}\n", f"{kind.capitalize()}: {plain(texts[0])}.\n", f"{texts[3]}\n", "## Example\n"]
    if not shown:
        script = (HERE / f"{code}.py").read_text(encoding="utf-8")
        parts += ["The program is long; this Python makes it:\n", fence(script)]
    for name, data in files if shown else []:
        if len(files) > 1:
            parts.append(f"`{name}`:\n")
        parts.append(fence(data.decode("utf-8", "replace")))
    command = "dun " + " ".join(COMMANDS.get(code, ["check", "policy.dun"]))
    parts += [f"`{command}` says:\n", fence(out), "## In three languages\n",
              "| | what is wrong | what to do |\n| --- | --- | --- |"]
    parts += [f"| {name} | {cell(texts[i])} | {cell(texts[3 + i])} |" for i, name in enumerate(LANGUAGES)]
    return "\n".join(parts) + "\n"


def cell(text):
    return plain(text).replace("|", "\\|")


def plain(text):
    """A row's text stands for every place where it is said: what is named there is an ellipsis."""
    return re.sub(r"\{\d\}", "…", text)


def index(table):
    parts = ["# Every error and warning\n",
             "A page each, with a program that shows it. `dun explain CODE` says the same in the language asked for (`--lang pt`).\n",
             "The pages are made by `tests/errors/run.sh DUN --write` from `lang/base/diag.def` and the programs of `tests/errors`.\n"]
    for prefix, title in GROUPS:
        parts += [f"## {title}\n", "| code | what is wrong |\n| --- | --- |"]
        parts += [f"| [{row[0]}]({row[0]}.md) | {cell(row[2])} |" for row in table if row[0].startswith(prefix)]
        parts.append("")
    return "\n".join(parts).rstrip("\n") + "\n"


def main():
    dun, write = pathlib.Path(sys.argv[1]).resolve(), "--write" in sys.argv[2:]
    table = sorted((row for _, row in rows("lang/base/diag.def", "DIAG")), key=lambda row: row[0])
    passed, failed, pages = 0, 0, {"README.md": index(table)}

    def result(ok, message):
        nonlocal passed, failed
        passed, failed = passed + ok, failed + (not ok)
        if not ok:
            print(message)

    for row in table:
        code = row[0]
        files, shown = files_of(code)
        if not files:
            result(False, f"{code}: tests/errors has no program that shows it")
            continue
        out = run(dun, code, files)
        result(codes_in(out) == {code}, f"{code}: its program gives {', '.join(sorted(codes_in(out))) or 'nothing'}:\n{out}")
        pages[f"{code}.md"] = page(row, files, shown, out)
    if write:
        shutil.rmtree(PAGES, ignore_errors=True)
        PAGES.mkdir(parents=True)
        for name, text in pages.items():
            (PAGES / name).write_text(text, encoding="utf-8")
    for name in sorted(set(pages) | {p.name for p in PAGES.glob("*")}):
        now = (PAGES / name).read_text(encoding="utf-8") if (PAGES / name).exists() else None
        result(now == pages.get(name), f"docs/errors/{name} is out of date: tests/errors/run.sh DUN --write renews it")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
