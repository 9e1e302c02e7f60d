"""The numbers of `dun diff`, worked out again from what other commands print: of a folder from two `dun simulate`, of a
store from the plans of two copies of it that are really run, day by day. Policies are edited at random.
effect.py DUN WORK; the last line is `N passed, M failed`."""
import collections, csv, datetime, io, json, os, random, shutil, subprocess, sys

DUN, WORK = os.path.abspath(sys.argv[1]), sys.argv[2]
TODAY = datetime.date(2026, 3, 4)
KINDS = ("send", "escalate", "open card", "alert", "log")
passed = failed = 0


def check(name, want, got):
    global passed, failed
    if want == got:
        passed += 1
        return
    failed += 1
    print(f"FAILED {name}\n  expected: {want}\n  got:      {got}")


def dun(*args, cwd):
    r = subprocess.run([DUN, *args], cwd=cwd, capture_output=True, text=True)
    if r.returncode not in (0, 1):
        raise SystemExit(f"dun {' '.join(args)}: {r.returncode}\n{r.stderr}")
    return r.stdout


def git(*args, cwd):
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *args], cwd=cwd, check=True,
                   capture_output=True)


# ---- a policy and its edits ----

def policy(rng):
    """Lines of a policy as a list of (ladder, condition, [(offset, doing)])."""
    p = {"limit": rng.choice(["1 message per day and 3 per week", "2 messages per day", None]),
         "together": rng.choice(["one message per invoice", None]),
         "hold": rng.choice(["hold while amount > 15_000", "hold while customer.segment is missing", None]),
         "gap": rng.choice(["after a gap send one by one every 2d", "after a gap send nothing", None, None]),
         "ladders": []}
    for name, where in (("big", "amount >= 9_000"), ("house", 'customer.segment in ("gov", "smb")'), ("rest", None)):
        p["ladders"].append([name, where, sorted(((o, doing(rng)) for o in rng.sample(range(-5, 25), rng.randint(2, 5))),
                                                 key=lambda r: r[0])])
    return p


def doing(rng):
    send = lambda: f'send {rng.choice(["email", "sms"])} template "{rng.choice("abcd")}"'
    return rng.choice([send, send, send, send, lambda: f"if amount > {rng.choice([500, 2000])} {send()} otherwise {send()}",
                       lambda: f'{send()} then open card in "Legal"', lambda: "escalate to owner",
                       lambda: 'alert finance "{number} of {customer.id}"', lambda: 'log "seen {number}"'])()


def edit(p, rng):
    ladder = rng.choice(p["ladders"])
    rungs = ladder[2]
    what = rng.randrange(9)
    if what == 0 and len(rungs) > 1:
        rungs.pop(rng.randrange(len(rungs)))
    elif what == 1:
        taken = {o for o, _ in rungs}
        rungs.append((rng.choice([o for o in range(-5, 25) if o not in taken]), doing(rng)))
    elif what == 2:
        i = rng.randrange(len(rungs))
        taken = {o for o, _ in rungs}
        rungs[i] = (rng.choice([o for o in range(-5, 25) if o not in taken]), rungs[i][1])
    elif what in (3, 4):
        i = rng.randrange(len(rungs))
        rungs[i] = (rungs[i][0], doing(rng))
    elif what == 5:
        p["limit"] = rng.choice(["1 message per day", "1 message per 3d", None])
    elif what == 6:
        p["hold"] = rng.choice(["hold while amount < 300", None])
    elif what == 7 and ladder[1]:
        ladder[1] = rng.choice(["amount >= 4_000", 'customer.segment = "smb"', "amount between 1_000 and 9_000"])
    else:
        p["ladders"][:2] = p["ladders"][1::-1]


def text(p):
    at = lambda o: "at due" if o == 0 else f"at {-o}d before due" if o < 0 else f"at {o}d"
    out = ["policy \"Random\"", "  currency BRL", "  calendar brazil"]
    out += [f"  limit each customer to {p['limit']}"] if p["limit"] else []
    out += [f"  {p['together']}"] if p["together"] else []
    out += [f"  {p['gap']}"] if p["gap"] else []
    out += ["", 'team finance is "finance@example.com"', ""] + ([p["hold"], ""] if p["hold"] else [])
    for name, where, rungs in p["ladders"]:
        out.append(f"ladder {name} for invoices" + (f" where {where}" if where else ""))
        out += [f"  {at(o)} {d}" for o, d in sorted(rungs)] + [""]
    return "\n".join(out)


def project(folder, rng):
    shutil.rmtree(folder, ignore_errors=True)
    for f in ("policies", "templates", "data"):
        os.makedirs(f"{folder}/{f}")
    for t in "abcd":
        open(f"{folder}/templates/{t}.email.txt", "w").write(f"Subject: {t} {{number}}\n\n{{each invoice}}{t} {{number}}\n{{end}}")
        open(f"{folder}/templates/{t}.sms.txt", "w").write(f"{t} {{number}}")
    with open(f"{folder}/data/customers.csv", "w") as f:
        f.write("id,name,email,phone,segment,owner\n")
        for i in range(15):
            mail = f"c{i}@example.com" if rng.random() < 0.9 else ""
            f.write(f"c{i},Name {i},{mail},+5511999990{i:03d},{rng.choice(['smb', 'gov', 'enterprise', ''])},ana\n")
    with open(f"{folder}/data/invoices.csv", "w") as f:
        f.write("number,customer,amount,open,due\n")
        for i in range(50):
            cents = rng.randint(5000, 2000000)
            left = cents if rng.random() < 0.7 else rng.randint(100, cents)
            due = TODAY + datetime.timedelta(days=rng.randint(-30, 30))
            f.write(f"N-{i},c{rng.randrange(15)},{cents / 100:.2f},{left / 100:.2f},{due}\n")
    p = policy(rng)
    open(f"{folder}/policies/p.dun", "w").write(text(p))
    git("init", "-q", "-b", "main", cwd=folder)
    open(f"{folder}/.gitignore", "w").write("out\n*.db*\nrejects\n")
    git("add", "-A", cwd=folder)
    git("commit", "-qm", "one", cwd=folder)
    for _ in range(rng.randint(1, 3)):
        edit(p, rng)
    open(f"{folder}/policies/p.dun", "w").write(text(p))
    git("commit", "-qam", "two", "--allow-empty", cwd=folder)


# ---- compared once more ----

def acts(rows):
    """{invoice: [(day, action, recipient)]} of the rows of a plan or a simulation that go out."""
    out = collections.defaultdict(list)
    for r in rows:
        if r.get("waits"):
            continue
        for number in r["entity"].split(" "):
            out[number].append((r["date"], r["action"], r["to"]))
    return out


def kind(action):
    return next(k for k in KINDS if action.startswith(k))


def compare(was, now):
    """[(change, invoice, day before, day after, action before, action after)]"""
    out = []
    for number in {**was, **now}:
        a, b = sorted(was.get(number, [])), sorted(now.get(number, []))
        for fits, change in ((lambda x, y: x == y, None), (lambda x, y: x[1:] == y[1:], "moved"),
                             (lambda x, y: x[0] == y[0] and kind(x[1]) == kind(y[1]), "changed")):
            for x in list(a):
                y = next((y for y in b if fits(x, y)), None)
                if y is None:
                    continue
                a.remove(x)
                b.remove(y)
                if change:
                    out.append((change, number, x[0], y[0], x[1], y[1]))
        out += [("lost", number, x[0], "", x[1], "") for x in a]
        out += [("gained", number, "", y[0], "", y[1]) for y in b]
    return sorted(out)


def printed(out):
    rows = [r for r in csv.DictReader(io.StringIO(out)) if r["what"] == "action"]
    return sorted((r["change"], r["entity"], r["day_before"], r["day_after"], r["before"], r["after"]) for r in rows)


def check_sums(name, folder, want, was, now, shown):
    """The sums of the JSON, from the ledger's own file."""
    ledger = {r["number"]: r for r in csv.DictReader(open(f"{folder}/data/invoices.csv"))}
    effect = shown["effect"]
    for part, of_day in (("total", lambda c: True), ("today", lambda c: str(TODAY) in (c[2], c[3]))):
        check(f"{name}: actions of {part} before", sum(len([a for a in v if part == "total" or a[0] == str(TODAY)])
                                                       for v in was.values()), effect[part]["actions_before"])
        check(f"{name}: actions of {part} after", sum(len([a for a in v if part == "total" or a[0] == str(TODAY)])
                                                      for v in now.values()), effect[part]["actions_after"])
        for change in ("gained", "lost", "moved", "changed", "all"):
            mine = [c for c in want if of_day(c) and change in (c[0], "all")]
            invoices = {c[1] for c in mine}
            cents = sum(round(float(ledger[n]["open"]) * 100) for n in invoices)
            check(f"{name}: {change} of {part}",
                  (len(mine), len(invoices), len({ledger[n]["customer"] for n in invoices}),
                   {"BRL": f"{cents // 100}.{cents % 100:02d}"} if invoices else {}),
                  tuple(effect[part][change][k] for k in ("actions", "invoices", "customers", "open")))
    for change in ("gained", "lost", "moved", "changed"):
        mine = {c[1] for c in want if c[0] == change}
        most = sorted(mine, key=lambda n: (-float(ledger[n]["open"]), ledger[n]["customer"], n))[:10]
        check(f"{name}: examples of what is {change}", most, [e["invoice"] for e in effect["examples"][change]])
        check(f"{name}: {change} by step", len([c for c in want if c[0] == change]), sum(s[change] for s in effect["steps"]))


def template(act):
    """Of a message that reaches somebody."""
    return act[1].split('template "')[1].split('"')[0] if 'template "' in act[1] and act[2] != "no contact" else None


def check_twice(name, want_sent, was, now, shown):
    count = lambda of: collections.Counter((n, template(a)) for n, v in of.items() for a in v if template(a))
    then, later = count(was), count(now)
    want = sorted(k for k in later if later[k] > then[k] and later[k] + want_sent[k] >= 2)
    check(f"{name}: twice", want, sorted((t["invoice"], t["template"]) for t in shown["effect"]["twice"]))


def of_a_folder(seed):
    rng, folder, days = random.Random(seed), f"{WORK}/folder", 30
    project(folder, rng)
    span = ["--data", "data", "--format", "csv", "--quiet", "--from", str(TODAY),
            "--to", str(TODAY + datetime.timedelta(days=days - 1))]
    now = acts(csv.DictReader(io.StringIO(dun("simulate", *span, cwd=folder))))
    git("checkout", "-q", "HEAD~1", cwd=folder)
    was = acts(csv.DictReader(io.StringIO(dun("simulate", *span, cwd=folder))))
    git("checkout", "-q", "main", cwd=folder)
    want = compare(was, now)
    args = ["diff", "HEAD~1", "HEAD", "--data", "data", "--today", str(TODAY)]
    check(f"folder {seed}", want, printed(dun(*args, "--format", "csv", cwd=folder)))
    shown = json.loads(dun(*args, "--format", "json", cwd=folder))
    check_sums(f"folder {seed}", folder, want, was, now, shown)
    check_twice(f"folder {seed}", collections.Counter(), was, now, shown)
    return len(want)


def lived(folder, store, first, days):
    """What really goes out: each day planned, then run."""
    rows = []
    for k in range(days):
        day = str(first + datetime.timedelta(days=k))
        rows += csv.DictReader(io.StringIO(dun("plan", "--store", store, "--today", day, "--format", "csv", "--quiet",
                                               cwd=folder)))
        dun("run", "--store", store, "--today", day, "--outbox", f"out/{store}", "--quiet", cwd=folder)
    return acts(rows)


def of_a_store(seed):
    rng, folder, days = random.Random(seed), f"{WORK}/store", 12
    project(folder, rng)
    git("checkout", "-q", "HEAD~1", cwd=folder)
    back = rng.randint(1, 8)  # so long the earlier policy has been running, in three stores alike
    for store in ("dun.db", "was.db", "now.db"):
        dun("import", "data", "--store", store, "--quiet", cwd=folder)
        past = lived(folder, store, TODAY - datetime.timedelta(days=back), back)
    sent = collections.Counter((n, template(a)) for n, v in past.items() for a in v if template(a))
    was = lived(folder, "was.db", TODAY, days)
    git("checkout", "-q", "main", cwd=folder)
    now = lived(folder, "now.db", TODAY, days)
    before = open(f"{folder}/dun.db", "rb").read()
    args = ["diff", "HEAD~1", "--store", "dun.db", "--today", str(TODAY), "--days", str(days)]
    want = compare(was, now)
    check(f"store {seed}", want, printed(dun(*args, "--format", "csv", cwd=folder)))
    shown = json.loads(dun(*args, "--format", "json", cwd=folder))
    check_sums(f"store {seed}", folder, want, was, now, shown)
    check_twice(f"store {seed}", sent, was, now, shown)
    check(f"store {seed}: left as it was", True, before == open(f"{folder}/dun.db", "rb").read())
    return len(want)


count = int(os.environ.get("EDITS", "9"))
seen = sum(of_a_folder(seed) for seed in range(count)), sum(of_a_store(seed) for seed in range(100, 100 + count // 3))
check("the edits have effects", True, min(seen) > count)
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
