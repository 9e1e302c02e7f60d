#!/usr/bin/env python3
"""Policies over HTTP: what one says, as prose and picture; its revisions in git; what differs and what that does to the ledger;
tests; the coming days; a text that is edited, and saved as a commit on a branch. run_policies.py DUN."""
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from house import House, in_days, until  # noqa: E402
from checks import check, counted, fine  # noqa: E402

POLICY = """policy "House"
  currency BRL

include "common.dun"

ladder standard for invoices
  at 1d   send email "Invoice {number} of {open} is overdue"
  at 10d  open card in "Collections"

guarantee never send sms

test "a day late"
  given invoice amount 1_500 due 2026-03-02
  on 2026-03-03 expect send email "Invoice T-1 of 1500.00 is overdue"
  on 2026-03-12 expect open card in "Collections"
test "it fails"
  given invoice amount 1_500 due 2026-03-02
  on 2026-03-03 expect escalate rep
"""
COMMON = "hold while disputed\n"
OTHER = 'policy "Beside"\n  currency BRL\nladder l for invoices\n  at 1d send sms "pay {open}"\n'
BROKEN = 'policy "Broken"\nladder l for invoices where custmer.segment is "x"\n  at 1d send email "x"\n'
FILES = {"common.dun": COMMON, "other.dun": OTHER, "broken.dun": BROKEN, "secret.txt": "nobody reads this"}
POST = "/api/policies/p/"


def job(c, path, body, patience=60):
    """Begun, and looked at until it ends."""
    begun = until(lambda: (lambda a: a if a.status != 429 else None)(c.post(path, body)))
    if begun.status != 202:
        return {"state": "not begun", "answer": repr(begun)}
    end = time.time() + patience
    seen = {}
    while time.time() < end:
        seen = c.get("/api/jobs/" + begun.json["job"]).json
        if seen.get("state") not in ("waits", "runs"):
            break
        time.sleep(0.05)
    return seen


def looking(house, c):
    rows = c.get("/api/policies").json["rows"]
    check("the one in force first, what is included is no policy", [(r["name"], r["in_force"], r["reads"]) for r in rows],
          [("p", True, True), ("broken", False, False), ("other", False, True)])
    p = c.get("/api/policies/p").json
    check("its title", p["title"], "House")
    check("its files", [f["path"] for f in p["files"]], ["p.dun", "./common.dun"] if p["files"][1]["path"].startswith("./") else ["p.dun", "common.dun"])
    words = " ".join(b["lead"] + " " + b["text"] for b in p["prose"])
    fine("its prose", "10 days after the due date" in words and "disputed" in words, words)
    fine("a picture of each ladder, in words too", [x["name"] for x in p["pictures"]] == ["standard"] or "standard" in p["pictures"][0]["name"], p["pictures"])
    fine("the words of the picture are its steps", "10 days after the due date" in p["pictures"][0]["says"], p["pictures"][0])
    check("a guarantee that the words prove", [(g["verdict"], g["line"]) for g in p["guarantees"]], [("proven", 10)])
    check("it is what is served", (p["in_force"], p["served"], p["reads"]), (True, True, True))
    pt = house.person("paula", "viewer", lang="pt")
    fine("in the person's language", "vencimento" in " ".join(b["lead"] for b in pt.get("/api/policies/p").json["prose"]), p["prose"])
    b = c.get("/api/policies/broken").json
    fine("one with errors says them", not b["reads"] and "E0112" in b["trouble"], b["trouble"])
    svg = c.get("/api/policies/p/picture.svg", track=0)
    fine("an SVG", svg.status == 200 and svg.headers["content-type"] == "image/svg+xml" and svg.body.startswith(b"<svg"), svg)
    fine("of a ladder, as the system's theme is", b"prefers-color-scheme" in svg.body, svg)
    dark = c.get("/api/policies/p/picture.svg", theme="dark").body
    fine("the page's dark", b"prefers-color-scheme" not in dark and b"@media screen{" in dark, dark[:200])
    fine("the page's light", b"@media not all{" in c.get("/api/policies/p/picture.svg", theme="light").body, "")
    check("no such ladder", c.get("/api/policies/p/picture.svg", track=7).status, 404)
    check("of one that does not compile", c.get("/api/policies/broken/picture.svg").status, 409)
    check("its text", c.get("/api/policies/p/text").json["text"], POLICY)
    check("the text of what it includes", c.get("/api/policies/p/text", file=1).json["text"], COMMON)


def outside(c):
    """Nothing but the policies of the project can be named."""
    for name in ("none", "..%2f..%2fetc%2fpasswd", "secret", "secret.txt", "common", "..", "%2e%2e%2fp", "p.dun", "%00"):
        check(f"no policy {name}", c.get("/api/policies/" + name).status, 404)
        check(f"no text of {name}", c.get(f"/api/policies/{name}/text").status, 404)
    check("no third file", c.get("/api/policies/p/text", file=2).status, 404)
    check("no file of another kind", c.get("/api/policies/p/text", file="../secret.txt").status, 422)
    for rev in ("HEAD:secret.txt", "HEAD^{/a*a*a*b}", "--help", "@{-1}", "../../x", "x" * 300, "main..main"):
        check(f"no revision {rev[:20]}", c.get("/api/policies/p", rev=rev).status, 404)
    check("an included path out of the project stays an error", c.post(POST + "check", {
        "text": 'include "../../../../etc/passwd"\n'}).json["compiles"], False)


def revisions(house, c):
    rows = c.get("/api/policies/p/revisions").json
    check("the revisions of the policy alone", [(r["title"], r["author"]) for r in rows["rows"]], [("a later card", "Tests"), ("first", "Tests")])
    first = c.get("/api/policies/p/revisions", limit=1).json
    check("page by page", [r["title"] for r in first["rows"]], ["a later card"])
    check("the next page", [r["title"] for r in c.get("/api/policies/p/revisions", limit=1, after=first["next"]).json["rows"]], ["first"])
    old = rows["rows"][1]["id"]
    fine("the text then", "at 10d" in c.get("/api/policies/p/text", rev=old).json["text"], old)
    fine("the prose then", "10 days" in str(c.get("/api/policies/p", rev=old).json["prose"]), old)
    check("a key that is none", c.get("/api/policies/p/revisions", after="x").status, 422)
    d = job(c, POST + "diff", {"from": old, "to": "HEAD", "days": 30})
    check("a difference", d.get("state"), "done")
    rules = [(r["change"], r.get("section")) for r in d["result"]["rules"]]
    fine("the rules that differ", len(rules) == 1 and rules[0][0] == "moved" and "standard" in rules[0][1], d["result"]["rules"])
    e = d["result"]["effect"]
    fine("its effect on the store", e["total"]["all"]["actions"] >= 1, e)
    same = job(c, POST + "diff", {"from": "HEAD"})
    check("the files on disk are HEAD's", (same["state"], same["result"]["rules"]), ("done", []))
    bad = job(c, POST + "diff", {"from": "nowhere"})
    check("no such revision", (bad["state"], bad["error"]["code"]), ("failed", "not_so"))
    check("a pattern is no revision", c.post(POST + "diff", {"from": "HEAD^{/a}"}).status, 422)
    check("days", c.post(POST + "diff", {"from": "HEAD", "days": 4000}).status, 422)


def trying(c):
    r = job(c, POST + "test", {})
    check("the tests", (r["state"], r["result"]["passed"], r["result"]["failed"]), ("done", 1, 1))
    failed = r["result"]["tests"][1]
    check("what differed", [(x["day"], x["is"], x["expected"]) for x in failed["rows"]][:1], [("2026-03-03", "another", "escalate rep")])
    r = job(c, POST + "test", {"text": POLICY.replace('expect escalate rep', 'expect send email "Invoice T-1 of 1500.00 is overdue"\n  on 2026-03-12 expect open card in "Collections"')})
    check("the tests of a text that is written", (r["result"]["passed"], r["result"]["failed"]), (2, 0))
    r = job(c, POST + "test", {"text": "ladder"})
    check("of a text that does not compile", (r["state"], r["error"]["code"]), ("failed", "does_not_compile"))
    r = job(c, POST + "prove", {})
    check("the guarantees", [g["verdict"] for g in r["result"]["guarantees"]], ["proven"])


def simulating(house, c):
    s = job(c, POST + "simulate", {"days": 90})
    check("the coming days", s["state"], "done")
    r = s["result"]
    check("so many", (r["days"], r["invoices"], r["from"]), (91, 3, in_days(0)))
    by = {}
    for x in r["cells"]:
        step = r["steps"][x["step"]]
        by.setdefault((x["day"], step["by"]), []).append((x["rows"], x["open"]))
    # A-1 is a day late: the service decided its first message when it began; A-3 is due in 20 days.
    fine("what was decided today is not decided again", (0, "email") not in by, by)
    check("with what is open", by.get((9, "open card in")), [(1, [{"amount": "100.00", "currency": "BRL"}])])
    check("a message when the other one is late", by.get((21, "email")), [(1, [{"amount": "75.10", "currency": "BRL"}])])
    day = c.get("/api/simulations/" + s["job"], day=21).json
    check("the day's rows", [(x["number"], x["customer"], x["customer_name"], x["open"]["amount"]) for x in day["rows"]],
          [("A-3", "C3", "Dois Irmãos", "75.10")])
    check("a day without any", c.get("/api/simulations/" + s["job"], day=50).json["rows"], [])
    check("past the end", c.get("/api/simulations/" + s["job"], day=91).status, 422)
    other = house.person("otto", "admin")
    check("a job is its person's alone", (other.get("/api/jobs/" + s["job"]).status, other.get("/api/simulations/" + s["job"], day=0).status,
                                          other.post(f"/api/jobs/{s['job']}/cancel").status), (404, 404, 404))
    check("no more than 90 days", c.post(POST + "simulate", {"days": 91}).status, 422)
    check("nothing was decided", house.one("SELECT count(*) FROM action WHERE track = 'simulated'"), 0)
    begun = c.post(POST + "simulate", {"days": 90}).json["job"]
    check("given up", c.post(f"/api/jobs/{begun}/cancel").status, 204)
    fine("it ends", until(lambda: c.get("/api/jobs/" + begun).json["state"] in ("cancelled", "done")), begun)
    answers = [c.post(POST + "simulate", {}).status for _ in range(30)]
    fine("not too many at once", set(answers) <= {202, 429}, answers)
    until(lambda: c.post(POST + "test", {}).status == 202)


def editing(house, c):
    ok = c.post(POST + "check", {"text": POLICY, "lints": True}).json
    check("a text that compiles", ok["compiles"], True)
    fine("its colours in order", len(ok["colours"]) % 3 == 0 and ok["colours"][0] == 0 and ok["legend"][ok["colours"][2]] == "keyword", ok["colours"][:9])
    said = "# é 💶\npolicy \"x\"\nladder l for invoices where custmer.segment is \"x\"\n  at 1d send email \"x\"\n"
    r = c.post(POST + "check", {"text": said}).json
    p = [x for x in r["problems"] if x["code"] == "E0112"][0]
    units = lambda s: len(s.encode("utf-16-le")) // 2
    check("a place in the browser's units", (p["from"], p["severity"], p["here"]), (units(said[:said.index("custmer")]), "error", True))
    fine("what to do", p["remedy"] and "customer" in p["hint"], p)
    fine("a mending", any(f["text"].startswith("customer") for f in p["fixes"]), p["fixes"])
    f = p["fixes"][0]
    raw = said.encode("utf-16-le")
    mended = (raw[:2 * f["from"]] + f["text"].encode("utf-16-le") + raw[2 * f["to"]:]).decode("utf-16-le")
    check("mended", c.post(POST + "check", {"text": mended}).json["compiles"], True)
    check("in Portuguese", c.post(POST + "check", {"text": said, "file": 5}).status, 404)
    at = POLICY.index("send email")
    rows = c.post(POST + "complete", {"text": POLICY[:at] + "se" + POLICY[at:], "at": at + 2}).json["rows"]
    fine("what may follow", any(x["label"].startswith("send") for x in rows), rows[:5])
    check("what it replaces", (rows[0]["from"], rows[0]["to"]), (at, at + 2))
    half = 'policy "x"\nladder l for invoices where cust'
    rows = c.post(POST + "complete", {"text": half, "at": len(half)}).json["rows"]
    fine("in a sentence that is not whole", any(x["label"].startswith("customer") for x in rows), rows[:5])
    h = c.post(POST + "hover", {"text": POLICY, "at": POLICY.index("ladder") + 2}).json
    fine("what a word means", h["says"] and (h["from"], h["to"]) == (POLICY.index("ladder"), POLICY.index("ladder") + 6), h)
    fine("of a place past the end nothing", c.post(POST + "hover", {"text": "x", "at": 500}).status == 200, "")
    loose = 'policy   "x"\nladder l for invoices\nat 1d send email "x"\n'
    r = c.post(POST + "format", {"text": loose}).json
    check("as dun fmt writes it", (r["changed"], r["text"]), (True, 'policy "x"\n\nladder l for invoices\n  at 1d  send email "x"\n'))
    check("of what cannot be read", c.post(POST + "format", {"text": "ladder ladder ("}).status, 409)
    other = c.post(POST + "check", {"text": "hold while dispued\n", "file": 1}).json
    fine("of a file that is included", not other["compiles"] and any(x["here"] for x in other["problems"]), other)
    check("disk is as it was", Path(house.at("common.dun")).read_text(), COMMON)


def hard(c):
    """Texts that hang nothing: each is answered in time, whatever it is."""
    deep = 'policy "x"\nladder l for invoices where ' + "(" * 20000 + "\n"
    wide = 'policy "x"\n' + "".join(f"define d{i} as amount > {i} and open < {i + 3}\n" for i in range(3000))
    chain = 'policy "x"\ndefine a0 as amount > 1\n' + "".join(f"define a{i} as a{i-1} and a{i-1}\n" for i in range(1, 60)) + "ladder l for invoices where a59\n  at 1d send email \"x\"\n"
    holes = 'policy "x"\nladder l for invoices\n' + "".join(f'  at {i}d send email "{"{x}" * 200}"\n' for i in range(1, 200))
    for name, text in (("deep", deep), ("wide", wide), ("doubling", chain), ("holes", holes), ("nothing", ""), ("zeros", "\0" * 1000),
                       ("quotes", '"' * 50000), ("lines", "\n" * 300000), ("no words", "\ufffd" * 50000)):
        began = time.time()
        a = c.post(POST + "check", {"text": text, "lints": True})
        took = time.time() - began
        fine(f"{name} is answered in time", a.status in (200, 413) and took < 8, (a.status, took))
    check("huge", c.post(POST + "check", {"text": "# x\n" * 150000}).status, 413)
    try:
        got = c.post(POST + "check", {"text": "#" * 3000000}).status
    except OSError: # it was closed before all of it was sent
        got = 413
    check("larger than any body", got, 413)
    check("no text", c.post(POST + "check", {}).status, 422)
    check("a number", c.post(POST + "check", {"text": 5}).status, 422)
    lines = POLICY.split("test ")[0] + "".join(f'ladder l{i} for invoices where amount > {i}_000\n  at {i}d  send email "x {i}"\n' for i in range(1, 240))
    times = []
    for _ in range(9):
        began = time.time()
        c.post(POST + "check", {"text": lines})
        times.append(time.time() - began)
    took = sorted(times)[len(times) // 2]
    print(f"  a text of {lines.count(chr(10))} lines is looked at in {took * 1000:.0f} ms")
    fine("500 lines are looked at at once", took < float(os.environ.get("DUN_SLOW", "1")), times)


def saving(house, c):
    status = lambda: (house.git("status", "--porcelain"), house.git("rev-parse", "HEAD"), house.git("symbolic-ref", "HEAD"),
                      Path(house.at("p.dun")).read_text())
    Path(house.at("staged.txt")).write_text("x")
    house.git("add", "staged.txt")
    before, head = status(), house.git("rev-parse", "HEAD").strip()
    text = POLICY.replace("at 1d ", "at 2d ")
    body = {"text": text, "base": head, "branch": "two days", "message": "The first one later\n\nThey pay on the first day."}
    a = c.post(POST + "save", body)
    check("saved", (a.status, a.json and a.json["branch"], a.json and a.json["onto"]), (200, "dun/opal/two-days", "main"))
    check("work tree, index and HEAD are as they were", status(), before)
    check("the commit", house.git("log", "-1", "--format=%an|%ae|%s|%b", "dun/opal/two-days").strip(), "Opal Op|opal|The first one later|They pay on the first day.")
    check("of one file", house.git("diff", "--name-only", "HEAD", "dun/opal/two-days").split(), ["p.dun"])
    check("its text", house.git("show", "dun/opal/two-days:p.dun"), text)
    check("how to bring it in", a.json["commands"], ["git switch main", "git merge --no-ff dun/opal/two-days"])
    check("in the audit log", house.one("SELECT count(*) FROM event WHERE kind = 'policy.saved' AND actor = 'opal'"), 1)
    check("the branches", [(b["branch"], b["merged"]) for b in c.get("/api/policies/p/branches").json["rows"]], [("dun/opal/two-days", False)])
    tip = a.json["revision"]
    check("there already", c.post(POST + "save", body).code, "changed_meanwhile")
    again = {**body, "tip": tip, "text": text.replace("at 2d ", "at 3d ")}
    b = c.post(POST + "save", again)
    check("going on", b.status, 200)
    check("two at once: the second is told", (c.post(POST + "save", {**again, "text": text + "# x\n"}).status), 409)
    check("nothing changed", c.post(POST + "save", {**again, "tip": b.json["revision"]}).code, "not_so")
    broken = {**body, "branch": "draft", "text": "ladder ladder\n"}
    x = c.post(POST + "save", broken)
    fine("what does not compile is refused, with why", x.status == 409 and x.code == "does_not_compile" and "E0" in x.json["error"]["message"], x)
    check("but for a draft", c.post(POST + "save", {**broken, "draft": True}).status, 200)
    check("a message is needed", (c.post(POST + "save", {**body, "message": " "}).json["error"].get("field")), "message")
    check("no such revision", c.post(POST + "save", {**body, "base": "0" * 40, "branch": "n"}).status, 409)
    check("a base that is none", c.post(POST + "save", {**body, "base": "HEAD"}).status, 422)
    y = c.post(POST + "save", {**body, "branch": "../../main", "text": text + "# y\n"})
    check("a name stays below one's own", y.json["branch"], "dun/opal/main")
    check("main is where it was", house.git("rev-parse", "main").strip(), head)
    d = job(c, POST + "diff", {"from": head, "to": "dun/opal/two-days"})
    check("its difference, with effect", (d["state"], [r["change"] for r in d["result"]["rules"]]), ("done", ["moved"]))
    z = c.post(POST + "save", {"text": "hold while disputed\nhold while promised\n", "file": 1, "base": head, "branch": "common", "message": "m"})
    check("a file that is included", (z.status, house.git("diff", "--name-only", "HEAD", "dun/opal/common").split()), (200, ["common.dun"]))
    Path(house.at("p.dun")).write_bytes(POLICY.replace("\n", "\r\n").encode())
    house.git("commit", "-qam", "lines as elsewhere")
    head = house.git("rev-parse", "HEAD").strip()
    w = c.post(POST + "save", {**body, "base": head, "branch": "lines"})
    check("lines end as they did", (w.status, house.git("diff", "--numstat", "HEAD", "dun/opal/lines").split()[:2]), (200, ["1", "1"]))


def roles(people):
    for path, body in (("check", {"text": ""}), ("complete", {"text": "", "at": 0}), ("hover", {"text": "", "at": 0}), ("format", {"text": ""}),
                       ("save", {"text": "", "base": "0" * 40, "branch": "b", "message": "m"})):
        check(f"a viewer may not {path}", people["viewer"].post(POST + path, body).status, 403)
        check(f"without the token, {path}", people["operator"].post(POST + path, body, csrf=False).status, 403)
    check("a viewer looks", people["viewer"].get("/api/policies/p").status, 200)
    check("and tries", people["viewer"].post(POST + "test", {}).status, 202)


def without_git(dun):
    with House(dun, files={"sub/x.txt": ""}) as house:
        env = house.env
        env["GIT_CEILING_DIRECTORIES"] = os.path.dirname(house.folder)
        house.serve()
        c = house.person("opal")
        p = c.get("/api/policies/p").json
        fine("looked at without git", p["reads"] and not p["git"]["there"] and p["git"]["says"], p.get("git"))
        a = c.get("/api/policies/p/revisions")
        fine("what to do is said", a.status == 409 and "git init" in a.json["error"]["message"], a)
        a = c.post(POST + "save", {"text": "x", "base": "0" * 40, "branch": "b", "message": "m"})
        fine("saving says it too", a.status == 409 and "git init" in a.json["error"]["message"], a)
        check("it is tried all the same", job(c, POST + "simulate", {"days": 3})["state"], "done")
        subprocess.run(["git", "init", "-q"], cwd=house.folder, check=True)
        a = c.get("/api/policies/p/branches")
        fine("a repository without a commit", a.status == 409 and "git commit" in a.json["error"]["message"], a)


def main():
    dun = sys.argv[1]
    with House(dun, policy=POLICY, files=FILES, git=True) as house:
        house.git("commit", "-q", "--allow-empty", "-m", "nothing of the policy")
        house.serve()
        people = house.everyone()
        c = house.person("opal", "operator", name="Opal Op")
        looking(house, c)
        outside(c)
        Path(house.at("p.dun")).write_text(POLICY.replace("at 10d ", "at 20d "))
        house.git("commit", "-qam", "a later card")
        revisions(house, c)
        house.git("reset", "-q", "--hard", "HEAD~1")
        trying(c)
        simulating(house, c)
        editing(house, c)
        hard(c)
        saving(house, c)
        roles(people)
        check("it still answers", c.get("/api/policies").status, 200)
        check("and ends as it should", house.stop(), 0)
    without_git(dun)
    return counted()


if __name__ == "__main__":
    sys.exit(main())
