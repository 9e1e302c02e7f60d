"""Planted bugs (planted.py): each is built into the program, and the tests look at it until one fails. A plant that nothing
catches is a hole in the tests.

A catch is fair: the same test, with the same seed where it has one, passes on the same sources without the plant. A plant that
does not fit the sources any more, or does not build, is not caught. Only what a plant touches is compiled anew; it is linked in
front of the rest of the built tree. The order of looking: the test that the table names, the simulator's few seeds, the tests
of the parts, the programs of the parts, the simulator's many seeds.

usage: plants.py [--from-build FOLDER] [--sample N] [--jobs N] [--simulator SEEDS] [--only-simulator SEEDS] [NAME...]
`planted bugs caught N/N` and then `N passed, M failed` are the last lines."""
import argparse
import glob
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import planted  # noqa: E402

ROOT = planted.ROOT
# What looks at every plant that the test of its row does not catch.
UNIT = ["unit/test_gate", "unit/test_outbox*", "unit/test_approve*", "unit/test_pause", "unit/test_live", "store/test_*",
        "unit/test_base_tz", "unit/test_every_zone", "unit/test_email", "unit/test_hash_memory", "unit/test_simulate_steps", "unit/test_serve_dates", "unit/test_differential"]
SCRIPTS = ["tests/ledger/run.sh", "tests/approve/run.sh", "tests/incidents/run.sh", "tests/conformance/run.sh"]
SEEDS_FEW, SEEDS_MANY = 6, 40
NO_END_SECONDS = 300
FLAGS = ["gcc", "-std=c17", "-D_GNU_SOURCE", "-O1", "-g", "-fPIE", "-w", "-I.", "-pie"]
LIBS = " ".join(re.findall(r"^LIBS \+?= (.*)$", open("Makefile").read(), re.M)).split()


def run(command, cwd, seconds=NO_END_SECONDS):
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    environment.update(TZ="UTC", LC_ALL="C.UTF-8", NO_COLOR="1")
    p = subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                         errors="replace", env=environment, start_new_session=True)
    try:
        out, _ = p.communicate(timeout=seconds)
        return p.returncode, out
    except subprocess.TimeoutExpired:
        os.killpg(p.pid, 9)
        p.communicate()
        return 124, "no end within %d s" % seconds


def is_program(look):
    return not look.endswith(".sh")


class Built:
    """The tree as it stands, built; what each of its objects is made of."""

    def __init__(self, folder, work):
        self.at = os.path.join(work, "tree")
        names = subprocess.check_output(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, text=True)
        for name in names.split("\n"):
            if name and os.path.isfile(os.path.join(ROOT, name)):
                os.makedirs(os.path.dirname(os.path.join(self.at, name)), exist_ok=True)
                shutil.copy2(os.path.join(ROOT, name), os.path.join(self.at, name))
        # Named as it was when it was built: its lists of dependencies say so.
        self.name = os.path.relpath(folder, ROOT) if folder.startswith(ROOT + "/") else folder
        if self.name != folder:
            os.makedirs(os.path.dirname(os.path.join(self.at, self.name)), exist_ok=True)
            os.symlink(folder, os.path.join(self.at, self.name))
        self.lock = threading.Lock()
        self.made = set()
        self.good = {}
        self.make("dun")

    def make(self, *targets):
        """In one piece, whoever asks; what is made once stays."""
        with self.lock:
            missing = [t for t in targets if t not in self.made]
            if missing:
                code, out = run(["make", "-s", "B=" + self.name] + [self.name + "/" + t for t in missing], self.at, 1800)
                if code:
                    sys.exit("the tree does not build: " + out[-2000:])
                self.made.update(missing)

    def path(self, name):
        return os.path.join(self.at, self.name, name)

    def made_of(self, file):
        """The objects, without .o, that a change of the file reaches."""
        found = []
        for top in ("lang", "runtime", "stdlib", "tests/fault", "tests/support", "tests/unit", "tests/store"):
            for path in glob.glob(self.path(top) + "/**/*.d", recursive=True):
                with open(path, encoding="utf-8") as f:
                    if re.search(r"(^|\s)%s(\s|$)" % re.escape(file), f.read().split("\n\n")[0]):
                        found.append(os.path.relpath(path[:-2], self.path("")))
        return found


class Place:
    """A copy of the sources in which one plant at a time stands, and what is built of it."""

    def __init__(self, built, work, k):
        self.b = built
        self.at = os.path.join(work, "place%d" % k)
        shutil.copytree(built.at, self.at, symlinks=True)
        self.out = os.path.join(self.at, "planted")
        self.compiled = {}

    def plant(self, p):
        """What is wrong with it; None: it stands."""
        self.path = os.path.join(self.at, p.file)
        with open(self.path, encoding="utf-8") as f:
            self.before = f.read()
        text = self.before
        for old, new in p.edits:
            if text.count(old) != 1:
                return "does not fit any more: '%s' stands there %d times" % (old.split("\n")[0][:50], text.count(old))
            text = text.replace(old, new)
        with open(self.path, "w", encoding="utf-8") as f:
            f.write(text)
        shutil.rmtree(self.out, ignore_errors=True)
        os.makedirs(self.out)
        self.compiled = {}
        self.reached = self.b.made_of(p.file)
        return None if self.reached else "nothing is made of " + p.file

    def pull_up(self):
        with open(self.path, "w", encoding="utf-8") as f:
            f.write(self.before)

    def objects(self, own):
        """Of a program made of its `own` objects and the libraries: its own, and before the libraries those with the plant."""
        wanted = [o for o in self.reached if o in own or not (o.startswith("tests/unit") or o.startswith("tests/store") or
                                                              o.startswith("tests/fault") or o == "runtime/cli/main")]
        for o in wanted:
            if o not in self.compiled:
                target = os.path.join(self.out, o.replace("/", "_") + ".o")
                code, out = run(FLAGS[:-1] + ["-I" + os.path.join(self.at, self.b.name, "gen"), "-c", "-o", target, o + ".c"], self.at)
                if code:
                    raise RuntimeError("does not build: " + first_line(out, "error"))
                self.compiled[o] = target
        support = any(o.startswith("tests/support") for o in wanted)
        return [self.compiled.get(o, self.b.path(o + ".o")) for o in own] + [
            self.compiled[o] for o in wanted if o not in own and (support or not o.startswith("tests/support"))]

    def link(self, name, own, libraries, more):
        program = os.path.join(self.out, name)
        if os.path.exists(program):
            return program
        self.b.make(*libraries)
        parts = self.objects(own) + [self.b.path(x) for x in libraries]
        code, out = run(FLAGS + ["-o", program] + parts + LIBS + more, self.at)
        if code:
            raise RuntimeError("does not link: " + first_line(out, "error|undefined"))
        return program

    def test_program(self, look):
        self.b.make("tests/" + look)
        return self.link(look.replace("/", "_"), ["tests/" + look], ["libtest.a", "libdun.a"], ["-lcmocka"])

    def simulator(self):
        self.b.make("sim")
        own = sorted(os.path.relpath(x[:-2], self.at) for x in glob.glob(os.path.join(self.at, "tests/fault/sim*.c")))
        return self.link("sim", own, ["libdun.a"], [])

    def dun(self):
        return self.link("dun", ["runtime/cli/main"], ["libdun.a"], [])


def first_line(out, pattern):
    for line in out.split("\n"):
        if re.search(pattern, line):
            return re.sub(r"\s+", " ", line.strip())[:170]
    return ""


def what_failed(code, out):
    """What a test says of it, in one line."""
    if code < 0:
        return "ended by signal %d" % -code
    test = first_line(out, r"^\[  FAILED  \] [a-z_0-9]+$").replace("[ FAILED ] ", "") or first_line(out, "^[0-9]+ passed")
    said = first_line(out, r"^ERROR: |^\[  ERROR   \] --- |^FAILED|no end within").replace("[ ERROR ] --- ", "")[:110]
    return ": ".join(x for x in (test, said) if x)


class Looks:
    """The tests, with a plant or without (place None); a failure with it is a catch where it passes without."""

    def __init__(self, built):
        self.b = built
        self.good = {}
        self.lock = threading.Lock()

    def without(self, key, command):
        with self.lock:
            if key not in self.good:
                self.good[key] = run(command, self.b.at)[0] == 0
            return self.good[key]

    def test(self, place, look):
        if is_program(look):
            command, plain = [place.test_program(look)], [self.b.path("tests/" + look)]
        else:
            command, plain = [look, place.dun()], [look, self.b.path("dun")]
        code, out = run(command, place.at)
        if code == 0:
            return None
        if not self.without(look, plain):
            print("       (%s fails without any plant: it catches nothing)" % look, flush=True)
            return None
        return "%s: %s" % (look, what_failed(code, out))

    def simulator(self, place, seeds):
        """Seed after seed, so that the first one that sees it is the last."""
        program = place.simulator()
        for seed in seeds:
            words = ["--jobs", "1", "--seeds", "1", "--from", str(seed)]
            code, out = run([program] + words, place.at)
            if code and self.without("seed %d" % seed, [self.b.path("sim")] + words):
                return "simulator: " + (first_line(out, "^BROKEN") or "seed %d: %s" % (seed, first_line(out, "no end|failed")))
        return None


def unfit(plants):
    """Those that do not fit the sources any more: a plant is to be kept up like a test."""
    found = []
    for p in plants:
        with open(os.path.join(ROOT, p.file), encoding="utf-8") as f:
            text = f.read()
        for old, new in p.edits:
            if text.count(old) != 1:
                found.append(p)
                print("MISSED %s: '%s' stands %d times in %s" % (p.name, old.strip().split("\n")[0][:60], text.count(old), p.file))
                break
            text = text.replace(old, new)
    return found


def programs(built):
    found = []
    for pattern in UNIT:
        for source in sorted(glob.glob(os.path.join(built.at, "tests", pattern + ".c"))):
            name = os.path.relpath(source, os.path.join(built.at, "tests"))[:-2]
            if name not in found:
                found.append(name)
    return found


def caught(looks, place, p, only_simulator, simulator_too):
    """(whether, what said so, what the simulator said)"""
    wrong = place.plant(p)
    if wrong:
        return False, wrong, None
    try:
        if only_simulator:
            said = looks.simulator(place, range(1, only_simulator + 1))
            return bool(said), said or "nothing", said
        said = looks.test(place, p.by) if p.by and p.by != "simulator" else None
        seen = None
        if simulator_too:
            seen = looks.simulator(place, range(1, simulator_too + 1))
        said = said or seen or looks.simulator(place, range(1, SEEDS_FEW + 1))
        for look in [] if said else [x for x in programs(place.b) + SCRIPTS if x != p.by]:
            said = said or looks.test(place, look)
        said = said or looks.simulator(place, range(SEEDS_FEW + 1, SEEDS_MANY + 1))
        return bool(said), said or "nothing", seen
    except RuntimeError as e:
        return False, str(e), None
    finally:
        place.pull_up()


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--from-build", default=os.path.join(ROOT, "build"), help="begin with what is built there")
    a.add_argument("--jobs", type=int, default=os.cpu_count())
    a.add_argument("--sample", type=int)
    a.add_argument("--simulator", type=int, default=0, metavar="SEEDS", help="let the simulator look at each, too, and count")
    a.add_argument("--only-simulator", type=int, default=0, metavar="SEEDS", help="what the simulator alone sees")
    a.add_argument("names", nargs="*")
    a = a.parse_args()
    plants = planted.all_plants()
    misfits = unfit(plants)
    chosen = [p for p in plants if p not in misfits and (not a.names or any(n in p.name for n in a.names))]
    if a.sample and a.sample < len(chosen):
        step = len(chosen) / a.sample
        chosen = [chosen[int(i * step)] for i in range(a.sample)]
    work = tempfile.mkdtemp(prefix="dun-plants-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
    begun = time.time()
    results = []
    try:
        built = Built(os.path.abspath(a.from_build), work)
        looks = Looks(built)
        places = queue.Queue()
        for k in range(max(1, min(a.jobs, len(chosen)))):
            places.put(Place(built, work, k))

        def one(p):
            place = places.get()
            at = time.time()
            try:
                ok, said, seen = caught(looks, place, p, a.only_simulator, a.simulator)
            finally:
                places.put(place)
            also = "" if not a.simulator else "   [%s]" % (seen or "the simulator does not see it")
            print("%-6s %-64s %4.0f s  %s%s" % ("caught" if ok else "MISSED", p.name, time.time() - at, said, also), flush=True)
            return ok, bool(seen)

        with ThreadPoolExecutor(places.qsize()) as pool:
            results = list(pool.map(one, chosen))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    n = sum(ok for ok, _ in results)
    results += [(False, False)] * len(misfits)
    if a.simulator:
        print("the first %d seeds of the simulator alone see %d of them" % (a.simulator, sum(seen for _, seen in results)))
    print("planted bugs caught %d/%d (of %d in all), %.0f s" % (n, len(results), len(plants), time.time() - begun))
    print("%d passed, %d failed" % (n, len(results) - n))
    sys.exit(0 if n == len(results) and results else 1)


main()
