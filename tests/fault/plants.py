"""Planted bugs: small changes of the product's source, each of which breaks one clause of a promise. For each: the tree is
changed, built, and looked at by the simulator, then by the tests of the parts, until something fails. A plant that nothing
catches is a hole in the tests.

usage: plants.py [--work FOLDER | --tree FOLDER --build FOLDER] [--jobs N] [--sample N] [--only-simulator] [NAME...]
`planted bugs caught N/N` and then `N passed, M failed` are the last lines."""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUTBOX = "runtime/outbox/"
STORE = "runtime/store/"
GATE = OUTBOX + "gate.c"

# What looks: the test that is known to see it (FIRST), the simulator's few seeds, the tests of the parts, the simulator's many.
FIRST = [("^gate: .* is not asked", "unit/test_gate"), ("^audit: ", "store/test_audit_file"),
         ("^notice: ", "store/test_notice"), ("^approve: (a changed|a plan)|^ramp: nothing", "unit/test_approve"),
         ("^clock: a jump|^pause: ", "unit/test_pause"), ("^people: ", "unit/test_outbox_people"),
         ("^time: ", "unit/test_base_tz"), ("^settle: (tries|waits|Retry)|^throttle: the breaker|^store: (an event|events)|mended: ",
                                           "unit/test_outbox_delivery"),
         ("^fallback: ", "unit/test_outbox_fallback"), ("^commit: expiry", "unit/test_outbox")]
UNIT = ["unit/test_gate", "unit/test_outbox", "unit/test_outbox_crash", "unit/test_outbox_people", "unit/test_outbox_fallback",
        "unit/test_outbox_delivery", "unit/test_approve*", "unit/test_pause", "unit/test_live",
        "store/test_*", "unit/test_base_tz", "unit/test_email", "unit/test_simulate_steps"]
SCRIPTS = ["tests/ledger/run.sh", "tests/approve/run.sh", "tests/conformance/run.sh"]


def clause(name, file=GATE):
    """A clause of the gate that never blocks."""
    return ("gate: %s is not asked" % name, file, "store_code gate_%s(gate_case *g, slice *why) {" % name,
            "store_code gate_%s(gate_case *g, slice *why) {\n  if (g) return STORE_OK;\n" % name)


# (what is wrong, file, what stands there once, what stands there then)
PLANTS = [clause(n) for n in ("lease timely current pause approved synced open amount currency due recipient opted_out opted_in "
                              "news hold hours rate breaker").split()]
PLANTS += [
    clause("limits", OUTBOX + "limits.c"),
    ("gate: the lease is asked without the fence", GATE, "c->fence == g->m->fence && ", ""),
    ("gate: the address is the one of the decision", GATE, "if (g.addressed && g.address.n) m->to = g.address;", ""),
    ("pause: a customer's is not asked", OUTBOX + "pause.c", "m->to_customer ? m->a.customer : (slice){0};", "(slice){0};"),
    ("clock: going back is not seen", OUTBOX + "pause.c", "now >= last - JUMP_US)", "now >= last - JUMP_US * 10000)"),
    ("clock: a jump while it runs is not seen", OUTBOX + "pause.c", "if (!o->clock_watched) return STORE_OK;",
     "if (o->clock_watched) return STORE_OK;"),
    ("lineage: an older copy is taken for the store", OUTBOX + "lineage.c", "case LINEAGE_SAME: return STORE_OK;",
     "case LINEAGE_SAME: return STORE_OK;\n  default: return STORE_OK;"),
    ("send: the outcome of what is sent is committed with it, after the call", OUTBOX + "deliver.c",
     "  code = outbox_end(o, code);\n  if (code == STORE_OK) called_is_stored(c);\n  if (code != STORE_OK || answer != GATE_GO || !attempt) {\n",
     "  bool go = code == STORE_OK && answer == GATE_GO && attempt;\n  if (!go) code = outbox_end(o, code);\n"
     "  if (code == STORE_OK) called_is_stored(c);\n  if (!go) {\n",
     "  c->called = (sent_result){m, attempt, r};\n", "  code = outbox_end(o, code);\n  c->called = (sent_result){m, attempt, r};\n"),
    ("send: the attempt is not in the audit log", OUTBOX + "deliver.c",
     'code == STORE_OK ? outbox_audit(o, m, "send", "begun", scratch) : code;', "code;"),
    ("send: what joined a message stays where it was", OUTBOX + "deliver.c",
     "code == STORE_OK && *moved ? store_action_move_joined(o->s, id, from, to, reason) : code;", "code;"),
    ("recover: what was being sent is tried again", OUTBOX + "recover.c", "ACTION_sending, ACTION_unknown,",
     "ACTION_sending, ACTION_deferred,"),
    ("settle: an unknown outcome is tried again", OUTBOX + "settle.c", "return ACTION_unknown;", "return ACTION_deferred;"),
    ("settle: refused for now is refused for good", OUTBOX + "settle.c",
     "case SEND_RETRY: return tries >= OUTBOX_TRIES_MAX ? ACTION_dead : ACTION_deferred;", "case SEND_RETRY: return tries >= OUTBOX_TRIES_MAX ? ACTION_dead : ACTION_rejected;"),
    ("settle: tries without end", OUTBOX + "settle.c", "tries >= OUTBOX_TRIES_MAX ?", "tries >= OUTBOX_TRIES_MAX * 1000 ?"),
    ("settle: waits double without end", OUTBOX + "settle.c",
     "i < tries && seconds < BACKOFF_SECONDS_MAX; i++) seconds *= 2;\n  if (seconds > BACKOFF_SECONDS_MAX) seconds = BACKOFF_SECONDS_MAX;",
     "i < tries; i++) seconds *= 8;"),
    ("settle: Retry-After is not heard", OUTBOX + "settle.c", "if (said > 0) return", "if (said < 0) return"),
    ("settle: an answer counts whoever has the claim", OUTBOX + "settle.c", "c.fence == x->m.fence && (", "("),
    ("settle: another way after an unknown outcome", OUTBOX + "settle.c", "to == ACTION_rejected && moved)",
     "(to == ACTION_rejected || to == ACTION_unknown) && moved)"),
    ("mail: a lost answer is taken for nothing sent", "stdlib/channel/email_smtp.c", "r->phase >= MAIL_BODY ? SEND_UNKNOWN : SEND_DOWN",
     "r->phase > MAIL_ANSWERED ? SEND_UNKNOWN : SEND_DOWN"),
    ("mail: the server is said to honour keys", "stdlib/channel/email_smtp.c", ".name = name_smtp}", ".name = name_smtp, .honours_key = true}"),
    ("mail: a temporary refusal is an acceptance", "stdlib/channel/email_smtp.c", "if (r->reply < 500) return SEND_RETRY;",
     "if (r->reply < 500) return SEND_ACCEPTED;"),
    ("throttle: the breaker never opens", OUTBOX + "throttle.c", "UNKNOWN_MAX = 3,\n  FAILED_MAX = 5,", "UNKNOWN_MAX = 3000,\n  FAILED_MAX = 5000,"),
    ("throttle: a rest has no end", OUTBOX + "throttle.c", "if (seconds > REST_SECONDS_MAX) seconds = REST_SECONDS_MAX;", "seconds *= 100000;"),
    ("throttle: the bucket does not fill", OUTBOX + "throttle.c", "int64_t credit = c->credit + passed * r->per_minute / 60;",
     "int64_t credit = c->credit + passed * r->per_minute / 60 / 1000000;"),
    ("store: a lease never runs out", STORE + "delivery.c", "WHERE state = 'leased' AND lease_until <= ?1", "WHERE state = 'leased' AND lease_until <= ?1 - 90000000000000"),
    ("store: what is put off is never woken", STORE + "delivery.c", "(not_before IS NULL OR not_before <= ?1)", "(not_before IS NULL OR not_before <= ?1 - 90000000000000)"),
    ("store: a claim does not raise the fence", STORE + "delivery.c", "SET fence = fence + 1,", "SET fence = fence + 0,"),
    ("store: a release is not the claim's own", STORE + "delivery.c", "WHERE id = ?1 AND fence = ?2", "WHERE id = ?1 AND fence <> ?2 + 1000"),
    ("store: a move does not compare", STORE + "action.c", "WHERE id = ?1 AND state = ?2", "WHERE id = ?1 AND ?2 = ?2"),
    ("store: a table of moves that goes back", STORE + "moves.def", "MOVE(read, replied, \"the provider's event\")",
     "MOVE(read, replied, \"the provider's event\")\nMOVE(read, delivered, \"the provider's event\")"),
    ("store: an event counts each time it comes", STORE + "provider.c", "*is_new = code == STORE_OK && db_changes(s->d) == 1;", "*is_new = code == STORE_OK;"),
    ("store: events before the answer are forgotten", STORE + "provider.c", "if (provider_id.n == 0) return STORE_OK;", "if (provider_id.n) return STORE_OK;"),
    ("store: commits are not synced", STORE + "sqlite.c", "PRAGMA synchronous = FULL;", "PRAGMA synchronous = OFF;"),
    ("store: a commit that fails says that it did not", STORE + "store.c", "if (code != STORE_OK) store_rollback(s);\n  return code;", "if (code != STORE_OK) store_rollback(s);\n  return STORE_OK;"),
    ("audit: the hash leaves the detail out", STORE + "audit.c", "  hash_add_field(h, e->detail);\n", ""),
    ("audit: entries are not linked", STORE + "audit.c", "  hash_add(h, (slice){(const char *)c->hash, sizeof c->hash});\n", ""),
    ("notice: payments are not seen", STORE + "notice.c", "if (paid > 0) return add_money(", "if (paid < 0 && paid > 0) return add_money("),
    ("notice: a new due date is not seen", STORE + "notice.c", "code == STORE_OK && after->due != before->due)", "code != STORE_OK && after->due != before->due)"),
    ("approve: a line nobody answered is approved", OUTBOX + "approve.c", "if (!found->key.n) return LINE_UNANSWERED;", "if (!found->key.n) return LINE_APPROVED;"),
    ("approve: a changed amount stays approved", OUTBOX + "approve.c", "found->said == LINE_APPROVED && !same ?", "found->said == LINE_APPROVED && !same && !found ?"),
    ("approve: a backlog is not guarded", OUTBOX + "approve.c", "v->l.guard = true;", "v->l.guard = false;"),
    ("approve: a run over an empty ledger stands for its backlog", OUTBOX + "approve.c", "*yes = invoices == 0 && contracts == 0;", "*yes = invoices < 0 && contracts == 0;"),
    ("approve: a plan may have grown by anything", OUTBOX + "approve.c", "messages * APPROVE_GROWTH_PCT / 100 + APPROVE_GROWTH_MORE", "messages * APPROVE_GROWTH_PCT + 1000000 * APPROVE_GROWTH_MORE"),
    ("ramp: the first step is all of it", OUTBOX + "approve_ramp.c", "if (!r->ramp || step >= RAMP_STEPS) return r->total;", "if (!r->ramp || step >= 1) return r->total;"),
    ("ramp: no time between its steps", OUTBOX + "approve_ramp.c", "(int64_t)RAMP_STEP_MINUTES * 60 * 1000000", "(int64_t)RAMP_STEP_MINUTES"),
    ("ramp: nothing stops it", OUTBOX + "approve_ramp.c", "if (!why->n) return STORE_OK;", "if (!why->n || r) { *why = (slice){0}; return STORE_OK; }"),
    ("people: what is said to have arrived is sent again", OUTBOX + "human.h", 'ACT(DELIVERED, "resolve delivered", delivered)', 'ACT(DELIVERED, "resolve delivered", ready)'),
    ("people: an unknown message is sent again without being sure", OUTBOX + "human.c", "out->was == ACTION_unknown && !sure)", "out->was == ACTION_unknown && !sure && !out)"),
    ("people: an act is not in the audit log", OUTBOX + "human.c", "return code == STORE_OK ? audit(s, act, by, r, scratch) : code;", "return code == STORE_OK && !r ? audit(s, act, by, r, scratch) : code;"),
    ("run: today is that of an hour ago", "runtime/cli/session.c", "s->today = tz_local(z, s->w->now_ns(s->w) / 1000000000).date;", "s->today = tz_local(z, s->w->now_ns(s->w) / 1000000000 - 3600).date;"),
    ("time: summer time ends an hour late", "lang/base/tz.c", "utc_s + tz_offset(z, utc_s), day =", "utc_s + tz_offset(z, utc_s - 3600), day ="),
    ("history: what was climbed is not stored", "runtime/engine/history_store.c", "    store_code code = store_climb_add(s, &c);", "    store_code code = c.cycle >= 0 ? STORE_OK : store_climb_add(s, &c);"),
    ("history: a ladder's track has its name", "runtime/engine/tell.c", 'case SECTION_LADDER: return SLICE("ladder");', "case SECTION_LADDER: return p->ladders[index].name;"),
    ("commit: expiry is not stored", OUTBOX + "commit.c", "a.expires_us = expires(c, d);", "a.expires_us = expires(c, d) * 0;"),
    ("commit: what the message speaks of is not stored", OUTBOX + "commit.c", "if (d->subjects[i].of == ENT_INVOICE) code =", "if (d->subjects[i].of == ENT_COUNT) code ="),
    ("commit: a decision known before is carried out anew", OUTBOX + "commit.c", "if (code != STORE_OK || !is_new) return code;\n  if (a.state == ACTION_approved)", "if (code != STORE_OK) return code;\n  if (a.state == ACTION_approved)"),
    ("join: two about one invoice", "runtime/engine/join.c", "return false; /* never two about the same invoice */", "return true; /* never two about the same invoice */"),
    ("fallback: the same way twice", OUTBOX + "fallback.c", "code = outbox_commit_way(o, &x->d, (uint32_t)(x->d.way - x->d.act->ways));", "code = outbox_commit_way(o, &x->d, 0);"),
]


def run(command, cwd, seconds=600):
    try:
        r = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds, text=True,
                           errors="replace")
        return r.returncode, r.stdout
    except subprocess.TimeoutExpired:
        return 124, "no end within %d s" % seconds


class Tree:
    """A copy of the sources with a build of its own; one plant at a time stands in it."""

    def __init__(self, folder, built="build", source_build=os.path.join(ROOT, "build")):
        self.at = folder
        self.built = built
        if not os.path.isdir(folder):
            names = subprocess.check_output(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, text=True)
            for name in names.split("\n"):
                source = os.path.join(ROOT, name)
                if name and os.path.isfile(source):
                    target = os.path.join(folder, name)
                    os.makedirs(os.path.dirname(target), exist_ok=True)
                    shutil.copy2(source, target)
            self.take_build(source_build)
        self.programs = self.make_list()

    def take_build(self, source):
        """What is built already, times and all, with the paths that its lists of dependencies name."""
        if not os.path.exists(os.path.join(source, "libdun.a")):
            return
        target = os.path.join(self.at, "build")
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("san", "fuzz", "log", "*.a"))
        for folder, _, names in os.walk(target):
            for name in names:
                if name.endswith(".d"):
                    path = os.path.join(folder, name)
                    with open(path, encoding="utf-8") as f:
                        text = f.read()
                    stat = os.stat(path)
                    with open(path, "w", encoding="utf-8") as f:
                        f.write(text.replace(source.rstrip("/") + "/", "build/"))
                    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    def make_list(self):
        import glob
        found = []
        for pattern in UNIT:
            for source in sorted(glob.glob(os.path.join(self.at, "tests", pattern + ".c"))):
                name = os.path.relpath(source, self.at)[:-2]
                if self.built + "/" + name not in found:
                    found.append(self.built + "/" + name)
        return found

    def make(self, *targets):
        code, out = run(["make", "-s", "B=" + self.built] + list(targets), self.at, 1200)
        return code == 0, out


def plant(tree, p):
    """The text of the file before, or None where the plant does not fit."""
    path = os.path.join(tree.at, p[1])
    with open(path, encoding="utf-8") as f:
        before = f.read()
    text = before
    for old, new in zip(p[2::2], p[3::2]):
        if text.count(old) != 1:
            return None, "'%s' stands there %d times" % (old.split("\n")[0][:50], text.count(old))
        text = text.replace(old, new)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return before, path


def first_line(out, pattern):
    for line in out.split("\n"):
        if re.search(pattern, line):
            return re.sub(r"\s+", " ", line.strip())[:150]
    return out.strip().split("\n")[-1][:150]


SEEDS = {"few": ["--seeds", "6", "--from", "1"], "more": ["--seeds", "40", "--from", "7"]}


def looks(tree, which):
    code, out = run([os.path.join(tree.at, tree.built, "sim"), "--jobs", "1"] + SEEDS[which], tree.at, 420)
    return None if code == 0 else "simulator: " + first_line(out, "^BROKEN|no end")


def parts(tree, programs, scripts):
    ok, out = tree.make(*programs)
    if not ok:
        return "does not build: " + first_line(out, "error")
    for program in programs:
        code, out = run([program], tree.at, 300)
        if code:
            return "%s: %s" % (os.path.basename(program), first_line(out, r"^\[  FAILED  \] [a-z_]+$|FAILED"))
    ok, out = tree.make(tree.built + "/dun") if scripts else (True, "")
    for script in scripts:
        code, out = run([script, tree.built + "/dun"], tree.at, 300)
        if code:
            return "%s: %s" % (script, first_line(out, "^FAILED|failed"))
    return None


def caught(tree, p, only_simulator):
    before, path = plant(tree, p)
    if before is None:
        return False, "does not fit any more: " + path
    try:
        said = None
        for pattern, program in FIRST:
            if not said and re.search(pattern, p[0]) and not only_simulator:
                said = parts(tree, [tree.built + "/tests/" + program], [])
        ok, out = tree.make(tree.built + "/sim") if not said else (True, "")
        if not ok:
            return False, "does not build: " + first_line(out, "error")
        if only_simulator:
            said = looks(tree, "few") or looks(tree, "more")
            return bool(said), said or "nothing"
        said = said or looks(tree, "few") or parts(tree, tree.programs, SCRIPTS) or looks(tree, "more")
        return bool(said) and not said.startswith("does not build"), said or "nothing"
    finally:
        with open(path, "w", encoding="utf-8") as f:
            f.write(before)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--work")
    a.add_argument("--tree", help="take this tree, a copy that may be changed, as it is built in --build")
    a.add_argument("--build", default="build")
    a.add_argument("--from-build", default=os.path.join(ROOT, "build"), help="begin with what is built there")
    a.add_argument("--jobs", type=int, default=2)
    a.add_argument("--sample", type=int)
    a.add_argument("--only-simulator", action="store_true", help="what the simulator alone sees")
    a.add_argument("names", nargs="*")
    a = a.parse_args()
    chosen = [p for p in PLANTS if not a.names or any(n in p[0] for n in a.names)]
    if a.sample and a.sample < len(chosen):
        step = len(chosen) / a.sample
        chosen = [chosen[int(i * step)] for i in range(a.sample)]
    work = a.work or tempfile.mkdtemp(prefix="dun-plants-")
    trees = [Tree(a.tree, a.build)] if a.tree else [Tree(os.path.join(work, "tree%d" % i), "build", os.path.abspath(a.from_build)) for i in range(min(a.jobs, len(chosen)))]
    with ThreadPoolExecutor(len(trees)) as pool:
        for ok, out in pool.map(lambda t: t.make(t.built + "/sim"), trees):
            if not ok:
                sys.exit("the tree does not build: " + out[-2000:])
        good = looks(trees[0], "few") or ""
        if good:
            sys.exit("without a plant it fails already: " + good)
        free = list(trees)

        def one(p):
            tree = free.pop()
            begun = time.time()
            try:
                ok, said = caught(tree, p, a.only_simulator)
            finally:
                free.append(tree)
            print("%-6s %-62s %4.0f s  %s" % ("caught" if ok else "MISSED", p[0], time.time() - begun, said), flush=True)
            return ok

        results = list(pool.map(one, chosen))
    if not a.work:
        shutil.rmtree(work, ignore_errors=True)
    n = sum(results)
    print("planted bugs caught %d/%d (of %d in all)" % (n, len(results), len(PLANTS)))
    print("%d passed, %d failed" % (n, len(results) - n))
    sys.exit(0 if n == len(results) else 1)


main()
