"""The workflow of docs/reviewing: what it may do is read from it, and its steps are run in a clone as GitHub would make it,
with a `gh` that keeps the comments in a file. workflow.py FILE DUN WORK; the last line is `N passed, M failed`."""
import json, os, pathlib, re, shutil, stat, subprocess, sys
import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from checks import counted, fine  # noqa: E402

FILE, DUN, WORK = sys.argv[1], sys.argv[2], sys.argv[3] + "/ci"


# ---- what it may do ----
flow = yaml.safe_load(open(FILE))
on = flow[True]  # YAML reads `on` as a yes
job = flow["jobs"]["diff"]
steps = {s["name"]: s for s in job["steps"]}
fine("it runs on pull requests alone", list(on) == ["pull_request"], on)
fine("it may do nothing but what its job says", flow["permissions"] == {})
fine("its job reads the files and writes the comment", job["permissions"] == {"contents": "read", "pull-requests": "write"})
for s in job["steps"]:
    if "uses" in s:
        fine(f"{s['uses']} is pinned", re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", s["uses"]))
    fine(f"{s['name']}: nothing of a pull request is put into a script", "${{" not in s.get("run", ""))
    fine(f"{s['name']}: no secret", "secrets." not in json.dumps(s))
    token = "github.token" in json.dumps(s)
    fine(f"{s['name']}: the token is where the comment is written", token == (s["name"] == "Comment"))
checkout = next(s for s in job["steps"] if "uses" in s)
fine("the checkout leaves no token behind", checkout["with"]["persist-credentials"] is False)
fine("forks get no comment", "head.repo.full_name == github.repository" in steps["Comment"]["if"])
fine("it ends by itself", job["timeout-minutes"] <= 30)

# ---- its steps ----
shutil.rmtree(WORK, ignore_errors=True)
os.makedirs(WORK + "/bin")
os.symlink(DUN, WORK + "/bin/dun")
FAKE = f"""#!{sys.executable}
import json, re, sys
args, path = sys.argv[1:], {WORK + '/comments.json'!r}
kept = json.load(open(path))
value = lambda name: args[args.index(name) + 1] if name in args else None
where = next(a for a in args[1:] if a.startswith("repos/"))
assert args[0] == "api" and re.match("repos/house/policies/issues/", where), args
if value("--method") is None:  # list
    by, mark = re.search(r'login == "([^"]+)"', value("--jq"))[1], re.search(r'startswith\\("([^"]+)"\\)', value("--jq"))[1]
    assert where.endswith("/issues/7/comments") and "--paginate" in args
    print("\\n".join(str(c["id"]) for c in kept if c["user"] == by and c["body"].startswith(mark)))
    sys.exit()
body = open(value("-F").removeprefix("body=@")).read()
if value("--method") == "POST":
    assert where.endswith("/issues/7/comments")
    kept.append(dict(id=len(kept) + 100, user="github-actions[bot]", body=body))
else:
    assert value("--method") == "PATCH"
    next(c for c in kept if where.endswith("/issues/comments/%d" % c["id"]))["body"] = body
json.dump(kept, open(path, "w"))
"""
with open(WORK + "/bin/gh", "w") as f:
    f.write(FAKE)
os.chmod(WORK + "/bin/gh", stat.S_IRWXU)
json.dump([dict(id=100, user="somebody", body="<!-- dun diff --> mine")], open(WORK + "/comments.json", "w"))


def git(*args, cwd):
    subprocess.run(["git", *args], cwd=cwd, check=True, capture_output=True)


def push(offset):
    """The base, a branch, and their merge, of which GitHub checks out two levels."""
    origin, clone = WORK + "/origin", WORK + "/clone"
    if not os.path.exists(origin):
        git("init", "-q", "-b", "main", origin, cwd=WORK)
        os.makedirs(origin + "/policies")
        open(origin + "/policies/p.dun", "w").write('ladder rest for invoices\n  at 5d  send email "{number}"\n')
        git("add", "-A", cwd=origin)
        git("commit", "-qm", "base", cwd=origin)
    git("checkout", "-q", "-B", "branch", "main", cwd=origin)
    open(origin + "/policies/p.dun", "w").write(f'ladder rest for invoices\n  at {offset}d  send email "{{number}}"\n')
    git("commit", "-qam", "edit", cwd=origin)
    git("checkout", "-q", "-B", "merge", "main", cwd=origin)
    git("merge", "-q", "--no-ff", "-m", "merge", "branch", cwd=origin)
    shutil.rmtree(clone, ignore_errors=True)
    git("clone", "-q", "--depth", str(checkout["with"]["fetch-depth"]), "-b", "merge", f"file://{origin}", clone, cwd=WORK)
    return clone


def run(step, clone, **env):
    script = WORK + "/step.sh"
    open(script, "w").write(steps[step]["run"])
    environment = dict(os.environ, PATH=f"{WORK}/bin:{os.environ['PATH']}", RUNNER_TEMP=WORK, GITHUB_STEP_SUMMARY=WORK + "/summary",
                       GITHUB_REPOSITORY="house/policies", **env)
    r = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", script], cwd=clone, env=environment,
                       capture_output=True, text=True)
    fine(f"step {step}", r.returncode == 0, r.stderr)


def comments():
    return json.load(open(WORK + "/comments.json"))


for offset in (7, 9):
    clone = push(offset)
    run("Compare", clone, DUN_DATA="")
    run("Comment", clone, GH_TOKEN="none", PULL="7")
    fine("one comment of ours, kept up to date", len(comments()) == 2, comments())
    fine("it says what changes", f"{offset} days after the due date" in comments()[1]["body"])
    fine("what somebody else wrote stays", comments()[0]["body"] == "<!-- dun diff --> mine")
fine("the summary has it too", "9 days after the due date" in open(WORK + "/summary").read())
os.makedirs(clone + "/ledger")
open(clone + "/ledger/customers.csv", "w").write("id,name,email\nc1,Ana,a@example.com\n")
open(clone + "/ledger/invoices.csv", "w").write("number,customer,amount,due\nN-1,c1,10.00,2026-01-01\n")
run("Compare", clone, DUN_DATA="ledger")
fine("with a ledger of the repository", "ledger: today" in open(WORK + "/dun-diff.md").read())
install = steps["Install dun"]["run"]
fine("dun is of one commit", 'checkout --quiet --detach "$DUN_COMMIT"' in install)
sys.exit(counted())
