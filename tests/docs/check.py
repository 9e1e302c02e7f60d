#!/usr/bin/env python3
"""The examples of the documentation, run: check.py DUN [--write] [PAGE...]. Without pages: README.md and docs/**/*.md.

In a page:
  <!-- example: NAME -->         what follows happens in a fresh copy of examples/NAME (`none`: an empty folder)
  <!-- generated: COMMAND -->    up to <!-- end -->: what that command prints (`dun ...`, or a table of tables.py)
  ```dun                         a whole policy that must compile
  ```dun fragment KIND           KIND rungs: the lines of a ladder. settings, conditions, actions, sections: each line (sections: each
                                 paragraph) is put into a policy of its own, which must compile
  ```dun wrong                   a policy that must not compile; the next fence is what `dun check` prints
  ```LANGUAGE file NAME          also written into the working copy (```dun file: it must compile as well)
  ```console                     lines with `$ ` are run by a shell in the working copy; what follows is what they print, where
                                 a line `...` stands for any lines
Other fences are not looked at. Links to files and paths in backquotes (`lang/...`) must lead somewhere; NAME in a path is a
placeholder.

Invariant: nothing outside of a temporary folder is written, but for the pages under --write."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import tables

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLES = pathlib.Path(__file__).with_name("tables.py")
SECONDS_MAX = 60
PREAMBLE = 'policy "Example"\n  currency BRL\n  calendar brazil\n  late fee 2% plus interest 1% per month\n'
DECLARED = 'field invoice.project as text\nteam finance is "finance@example.com"\n'
LADDER = "ladder example for invoices\n  at 1d log \"x\"\n"


class Page:
    def __init__(self, path, dun, work):
        self.path, self.dun, self.work = path, dun, work
        self.lines = path.read_text(encoding="utf-8").split("\n")
        self.passed = self.failed = 0
        self.copy = None
        self.fresh("none")

    # ---- the working copy ----

    def fresh(self, example):
        self.copy = pathlib.Path(tempfile.mkdtemp(dir=self.work))
        if example != "none":
            shutil.copytree(ROOT / "examples" / example, self.copy, dirs_exist_ok=True)

    def run(self, command, shell=True, folder=None):
        environment = dict(os.environ, PATH=f"{self.work / 'bin'}:{os.environ['PATH']}", TZ="UTC", LC_ALL="C.UTF-8", NO_COLOR="1")
        environment.setdefault("ASAN_OPTIONS", "detect_leaks=0")
        if shell:
            command = ["bash", "-c", command]
        done = subprocess.run(command, cwd=folder or self.copy, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=SECONDS_MAX, check=False)
        return done.returncode, done.stdout.decode("utf-8", "replace")

    # ---- results ----

    def result(self, line, ok, what, detail=""):
        if ok:
            self.passed += 1
            return
        self.failed += 1
        print(f"{self.path.relative_to(ROOT)}:{line + 1}: {what}")
        if detail:
            print("".join(f"  | {d}\n" for d in detail.rstrip("\n").split("\n")), end="")

    def compiles(self, line, policy, what, name="policy.dun"):
        with tempfile.TemporaryDirectory(dir=self.work) as folder:
            (pathlib.Path(folder) / name).write_text(policy, encoding="utf-8")
            status, out = self.run(["dun", "check", name], shell=False, folder=folder)
        self.result(line, status == 0, f"{what} does not compile (status {status})", policy + out)

    # ---- blocks ----

    def fragment(self, line, kind, body):
        text = "\n".join(body) + "\n"
        if kind == "rungs":
            self.compiles(line, PREAMBLE + DECLARED + "ladder example for invoices\n" + text, "the ladder")
            return
        if kind == "sections":
            parts = [p for p in re.split(r"\n\s*\n", text) if p.strip()]
        else:
            parts = [b for b in body if b.strip() and not b.lstrip().startswith("#")]
        for part in parts:
            if kind == "settings":
                # A line that says again what the preamble says stands instead of it.
                word = part.split()[0]
                head = "".join(h + "\n" for h in PREAMBLE.rstrip().split("\n") if h.split()[0] != word)
                policy = head + part + "\n" + DECLARED + LADDER
            elif kind == "conditions":
                policy = PREAMBLE + DECLARED + f"ladder example for invoices where {part.strip()}\n  at 1d log \"x\"\n"
            elif kind == "actions":
                policy = PREAMBLE + DECLARED + f"ladder example for invoices\n  at 1d\n    {part.strip()}\n"
            elif kind == "sections":
                policy = PREAMBLE + DECLARED + LADDER + "\n" + part + "\n"
            else:
                self.result(line, False, f"there is no kind of fragment \"{kind}\"")
                return
            self.compiles(line, policy, f"`{part.strip()}`")

    def wrong(self, line, body, following):
        (self.copy / "policy.dun").write_text("\n".join(body) + "\n", encoding="utf-8")
        status, out = self.run("dun check policy.dun")
        if status != 3:
            self.result(line, False, f"this should not compile, and `dun check` ends with status {status}", out)
            return None
        return self.compare(line, following, out)

    def compare(self, line, expected, out):
        """None where they agree, else the lines to write."""
        got = [g.rstrip() for g in out.rstrip().split("\n")] if out.strip() else []
        pattern = "".join(r"(?:.*\n)*?" if e.strip() == "..." else re.escape(e.rstrip()) + r"\n" for e in expected)
        ok = re.fullmatch(pattern, "".join(g + "\n" for g in got)) is not None
        detail = "the page says:\n" + "\n".join(expected) + "\nit is:\n" + "\n".join(got)
        self.result(line, ok, "what is printed is not what the page says", detail)
        return None if ok else got

    def console(self, line, body):
        """None where all agree, else the body to write."""
        new, changed, i = [], False, 0
        while i < len(body):
            if not body[i].startswith("$ "):
                self.result(line + 1 + i, False, "a console block begins with `$ `")
                return None
            command = [body[i][2:]]
            new.append(body[i])
            at = line + 1 + i
            i += 1
            while command[-1].endswith("\\") and i < len(body):
                new.append(body[i])
                command.append(body[i])
                i += 1
            first = i
            while i < len(body) and not body[i].startswith("$ "):
                i += 1
            expected = body[first:i]
            blank = 0  # empty lines before the next command are layout
            while expected and not expected[-1].strip():
                expected = expected[:-1]
                blank += 1
            _, out = self.run("\n".join(command))
            got = self.compare(at, expected, out)
            changed |= got is not None
            new += (expected if got is None else got) + [""] * (blank if i < len(body) else 0)
        return new if changed else None

    def block(self, line, info, body, following):
        """A fence. (what to write in its place or None, what to write in the next fence or None)"""
        words = info.split()
        kind = words[1] if len(words) > 1 else ""
        if kind == "file":
            target = self.copy / words[2]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("\n".join(body) + "\n", encoding="utf-8")
        if words[0] == "dun" and kind in ("", "file"):
            self.compiles(line, "\n".join(body) + "\n", "this policy")
        elif words[0] == "dun" and kind == "fragment":
            self.fragment(line, words[2] if len(words) > 2 else "", body)
        elif words[0] == "dun" and kind == "wrong":
            return None, self.wrong(line, body, following)
        elif words[0] == "dun":
            self.result(line, False, f"there is no kind of block \"{info}\"")
        elif words[0] == "console":
            return self.console(line, body), None
        return None, None

    def generated(self, line, command, body):
        if command.split()[0] in tables.TABLES:
            status, out = self.run([sys.executable, str(TABLES), command], shell=False)
        else:
            status, out = self.run(command)
        text = out.rstrip("\n").split("\n")
        ok = status == 0 and text == body
        self.result(line, ok, f"`{command}` prints another table now: tests/docs/run.sh DUN --write puts it in")
        return None if ok or status != 0 else text

    def fence_end(self, i):
        mark = re.match(r"\s*(`{3,})", self.lines[i]).group(1)
        k = i + 1
        while k < len(self.lines) and self.lines[k].strip() != mark:
            k += 1
        return k

    def next_fence(self, i):
        while i < len(self.lines) and not self.lines[i].startswith("```"):
            i += 1
        return (i, self.fence_end(i)) if i < len(self.lines) else None

    def walk(self):
        edits = []  # (from, to, new lines), in order
        i = 0
        while i < len(self.lines):
            text = self.lines[i]
            directive = re.fullmatch(r"<!-- (example|generated): (.*) -->", text)
            if directive and directive.group(1) == "example":
                self.fresh(directive.group(2))
            elif directive:
                end = self.lines.index("<!-- end -->", i)
                new = self.generated(i, directive.group(2), self.lines[i + 2:end - 1])
                if new is not None:
                    edits.append((i + 1, end, [""] + new + [""]))
                i = end
            elif text.startswith("```"):
                end = self.fence_end(i)
                info = text.strip("`").strip()
                after = self.next_fence(end + 1)
                if info:
                    new, new_next = self.block(i, info, self.lines[i + 1:end], self.lines[after[0] + 1:after[1]] if after else [])
                    if new is not None:
                        edits.append((i + 1, end, new))
                    if new_next is not None and after:
                        edits.append((after[0] + 1, after[1], new_next))
                i = end
            i += 1
        self.links()
        return edits

    def links(self):
        for number, text in enumerate(self.lines):
            for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
                if not re.match(r"[a-z]+:", target):
                    self.result(number, (self.path.parent / target).exists(), f"the link to {target} leads nowhere")
            for named in re.findall(r"`((?:lang|grammar|runtime|stdlib|examples|tests|scripts)/[\w./-]+)`", text):
                there = (ROOT / named).exists() or "NAME" in named
                self.result(number, there, f"there is no {named}")

    def write(self, edits):
        for begin, end, new in reversed(edits):
            self.lines[begin:end] = new
        self.path.write_text("\n".join(self.lines), encoding="utf-8")


def main():
    arguments = sys.argv[1:]
    write = "--write" in arguments
    arguments = [a for a in arguments if a != "--write"]
    dun = pathlib.Path(arguments[0]).resolve()
    pages = [pathlib.Path(a).resolve() for a in arguments[1:]] or [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        (work / "bin").mkdir()
        (work / "bin" / "dun").symlink_to(dun)
        for path in pages:
            page = Page(path, dun, work)
            edits = page.walk()
            if write and edits:
                page.write(edits)
            passed += page.passed
            failed += page.failed
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
