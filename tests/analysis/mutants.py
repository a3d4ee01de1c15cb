#!/usr/bin/env python3
"""mutants.py SET N COMPILE: mutants of what decides: does a test fail when one operator of one line is another?

SET is `rules` (the verdict and the time rules: pure, and quick) or `deletion` (what stands between a scan and a deletion:
with a database and DNS, half a minute a mutant).  N mutants are drawn
with a fixed seed; 0 takes all.  COMPILE is the compiler with its options, $B where the rooms and the tests were built as
position independent code.  All that was built is linked into one shared library; a mutant is its file alone, compiled and
put before that library, so that a mutant costs one compilation and the tests that it survives.

What does not compile is no mutant.  What an optimising compiler turns into the same code as the original is none either.
The file `equivalent` names those that cannot be told from outside, and why; with N = 0 they are run as well, and one that
a test kills, or that no longer exists, is an error.  A mutant is killed when a test fails, crashes, or does not end.
Prints those that survive, and ends with 1 when less than 90 % were killed.
"""
import concurrent.futures
import os
import random
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from mutate import mutants_of

LEAST = 90
VERDICT = ["relay/check_verdict", "relay/check_verdict_more"]
NAMES = ["relay/check_name_key", "relay/check_name"] + VERDICT
TIMES = ["relay/check_timeline_edges", "relay/check_timeline"]
GATE = ["ops/check_remove_rules", "ops/check_gate"]
# Of each file: the functions and tables that decide (none named: all), and the tests in the order in which they are tried.
SETS = {
    "rules": [
        ("src/relay/verdict.c", [], VERDICT + ["relay/check_verdict_names"]),
        ("src/relay/verdict_combine.c", [], ["relay/check_verdict_names"]),
        ("src/relay/verdict_names.c", [], ["relay/check_verdict_names", "relay/check_verdict"]),
        ("src/relay/listed.c", [], VERDICT),
        ("src/relay/ruling.c", [], VERDICT),
        ("src/relay/mx_set.c", [], VERDICT),
        ("src/relay/target.c", [], VERDICT),
        ("src/relay/vary.c", [], ["relay/check_vary"]),
        ("src/relay/site.c", [], ["relay/check_site"] + VERDICT),
        ("src/relay/netset.c", ["net_address_compare", "net_address_unmap", "masked", "prefix_has", "upto", "netset_has",
                                "netset_add", "netset_has_family", "blocks4", "blocks6", "net_is_bogon"],
         ["relay/check_netset"] + VERDICT),
        ("src/relay/name.c", ["byte_class", "bytes_seen", "is_special_use", "kind_of", "name_kind"], NAMES),
        ("src/relay/name_key.c", ["name_is_under", "name_parent", "name_registrable", "name_is_near"], NAMES),
        ("src/relay/timeline.c", [], TIMES),
        ("src/relay/tally.c", [], TIMES),
        ("src/relay/entry.c", ["entry_end_of_last_day", "entry_pin_at", "entry_notice_expired", "observed_mx_hash",
                               "entry_is_acknowledged"], TIMES),
        ("src/relay/breaker.c", [], ["relay/check_breaker"]),
        ("src/ops/evidence.c", ["observe_host", "observe_targets", "names_us", "evidence_observe", "same_targets",
                                "is_definite", "add_month", "take_counted", "news_of", "repeat_of", "note_silence",
                                "evidence_follow"], ["ops/check_evidence", "ops/check_observe"]),
    ],
    "deletion": [
        ("src/ops/standing.c", ["standing_judge", "look_at_queues", "mail_of", "standing_verdict"],
         ["ops/check_standing", "ops/check_rows", "ops/check_gate"]),
        ("src/ops/scan_close.c", ["scan_close", "add_suspect", "look_at", "hold_groups", "change_one", "scan_report"],
         ["ops/check_nights"]),
        ("src/ops/remove_gate.c", [], ["ops/check_gate"]),
        ("src/ops/remove_rules.c", [], GATE),
        ("src/ops/remove_cover.c", [], GATE),
        ("src/ops/remove_seen.c", [], ["ops/check_remove_seen", "ops/check_gate"]),
    ],
}
# A mutant that C does not allow, though the compiler would only warn.
STRICT = ["-w", "-Werror=int-conversion", "-Werror=incompatible-pointer-types", "-Werror=return-type",
          "-Werror=implicit-function-declaration", "-fsanitize=bounds-strict"]
SANITIZE = "-fsanitize=address,undefined"
# A mutant has the names of the file that it stands for.
OPTIONS = 'const char *__asan_default_options(void) { return "detect_odr_violation=0:verify_asan_link_order=0"; }'
WALL_SECONDS = 300
originals = {}
cpu_seconds = {} # of each test: several times what it takes without a mutant


class Compiler:
    def __init__(self, command, build):
        self.command, self.build = shlex.split(command), build

    def run(self, path, source, out, more):
        """0 when source, in the place of path, compiles."""
        room = os.path.basename(os.path.dirname(path))
        argv = [a for a in self.command if a not in ("-MMD", "-MP")] + STRICT + more
        argv += ["-I%s/inc/%s" % (self.build, room), "-xc", "-o", out, "-"]
        return subprocess.run(argv, input=source.encode(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode

    def code(self, path, source, dir):
        """What an optimising compiler makes of it."""
        out = os.path.join(dir, "code.s")
        return open(out).read() if self.run(path, source, out, ["-O2", "-g0", "-fno-sanitize=all", "-S"]) == 0 else None


def link_all(build, compiler, tests, libraries, dir):
    """The house as a shared library behind a place for the mutant, and the test programs and mxward upon both."""
    cc = compiler.command[0]
    empty = os.path.join(dir, "empty.so")
    compiler.run("src/relay/none.c", "", empty, ["-shared", "-Wl,-soname,libmutant.so"])
    house = os.path.join(dir, "libhouse.so")
    rooms = ["%s/lib%s.a" % (build, r) for r in ("ui", "cmd", "ops", "db", "mta", "dns", "audit", "relay", "base")]
    subprocess.run([cc, SANITIZE, "-shared", "-o", house, "-Wl,-soname,libhouse.so", "-Wl,--whole-archive"] + rooms +
                   ["-Wl,--no-whole-archive"] + libraries, check=True)
    supporting = [os.path.join(build, "tests/support", f) for f in sorted(os.listdir(build + "/tests/support"))
                  if f.endswith(".o")]
    options = os.path.join(dir, "options.o")
    compiler.run("src/relay/none.c", OPTIONS, options, ["-c"])
    for out, objects in [(t.replace("/", "."), ["%s/tests/%s.o" % (build, t)] + supporting) for t in tests] + [
            ("mxward", [build + "/obj/src/main.o"])]:
        subprocess.run([cc, SANITIZE, "-o", os.path.join(dir, out)] + objects + [options, "-Wl,-rpath,$ORIGIN:$ORIGIN/..", "-Wl,--no-as-needed", empty, house] + libraries +
                       ["-lvterm", "-lutil"], check=True)
    return empty


def parent_of(pid):
    try:
        return int(open("/proc/%s/stat" % pid).read().rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError):
        return 0


def end_all(p):
    """Ends a test program with all that it started."""
    parents = {int(d): parent_of(d) for d in os.listdir("/proc") if d.isdigit()} if p.poll() is None else {}
    family = [p.pid]
    for pid in family:
        family += [k for k, parent in parents.items() if parent == pid]
    if p.poll() is None:
        for pid in reversed(family):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
    p.wait()


class Bench:
    """A place where one mutant at a time is tried; each thread has its own."""

    def __init__(self, dir, build, compiler):
        self.dir, self.compiler = tempfile.mkdtemp(dir=dir), compiler
        # A program finds the mutant beside itself: the worker for DNS has no environment that could say where.
        for name in os.listdir(dir):
            if os.path.isfile(os.path.join(dir, name)):
                os.link(os.path.join(dir, name), os.path.join(self.dir, name))
        self.so = os.path.join(self.dir, "libmutant.so")
        self.env = dict(os.environ, SOURCE=os.getcwd(), CK_TIMEOUT_MULTIPLIER="5",
                        MXWARD_BINARY=os.path.join(self.dir, "mxward"), WORLDD=os.path.abspath(build + "/worldd"))

    def fails(self, test):
        """None when the test passes, else how it ended."""
        temporary = tempfile.mkdtemp(dir=self.dir)
        env = dict(self.env, TMPDIR=temporary)
        if test.startswith("relay/"):
            env["CK_FORK"] = "no"

        def limit():
            resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds.get(test, 60),) * 2)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        log = os.path.join(temporary, "log")
        env["CK_TAP_LOG_FILE_NAME"] = log
        p = subprocess.Popen([os.path.join(self.dir, test.replace("/", "."))], env=env, stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=limit,
                             start_new_session=True)
        how, end = None, time.monotonic() + WALL_SECONDS
        while how is None and p.poll() is None:
            try:
                p.wait(0.5)
            except subprocess.TimeoutExpired:
                # libcheck goes on behind a failure; there is no need to.
                if os.path.exists(log) and re.search("^not ok", open(log, errors="replace").read(), re.M):
                    how = "fails"
                elif time.monotonic() > end:
                    how = "does not end"
        end_all(p)
        shutil.rmtree(temporary, ignore_errors=True)
        if how:
            return how
        if p.returncode in (-signal.SIGKILL, -signal.SIGXCPU):
            return "does not end"
        return "fails" if p.returncode else None

    def try_one(self, path, source, tests):
        """How the mutant ended: "not C", "the same code", "fails", "does not end" or "survives"; and the test."""
        if self.compiler.run(path, source, self.so, ["-O0", "-fPIC", "-shared", "-Wl,-soname,libmutant.so"]) != 0:
            return "not C", ""
        for t in tests:
            how = self.fails(t)
            if how:
                return how, t
        if self.compiler.code(path, source, self.dir) == self.compiler.code(path, originals[path], self.dir):
            return "the same code", ""
        return "survives", ""


def read_equivalents(path):
    """Blocks of lines: FILE FUNCTION; the old line; the new one; why.  A blank line ends each."""
    out = {}
    for block in open(path).read().split("\n\n"):
        lines = [l for l in block.strip("\n").split("\n") if l and not l.startswith("#")]
        if not lines:
            continue
        where, (old, new), why = lines[0], [l.strip() for l in lines[1:3]], " ".join(l.strip() for l in lines[3:])
        if not why or (where, old, new) in out:
            raise SystemExit("mutants.py: equivalent: no reason, or said twice: %s: %s" % (where, new))
        out[where, old, new] = why
    return out


def main():
    kind, wanted, command, libraries = sys.argv[1], int(sys.argv[2]), sys.argv[3], shlex.split(sys.argv[4])
    only = sys.argv[5:]
    build = os.environ["B"]
    tests_of = {f: tests for f, _, tests in SETS[kind]}
    files = {f: functions for f, functions, _ in SETS[kind] if not only or os.path.basename(f) in only}
    everything = [m for f, functions in files.items() for m in mutants_of(f, functions)]
    chosen = everything if wanted == 0 or wanted >= len(everything) else random.Random(1).sample(everything, wanted)
    originals.update((f, open(f).read()) for f in files)
    equivalents = read_equivalents(os.path.join(os.path.dirname(__file__), "equivalent"))
    counts = dict.fromkeys(["not C", "the same code", "fails", "does not end", "survives", "equivalent"], 0)
    wrong, seen = [], set()
    dir = tempfile.mkdtemp(prefix="mxward-mutants.")
    compiler = Compiler(command, build)
    local, lock = threading.local(), threading.Lock()

    def bench():
        if not hasattr(local, "bench"):
            local.bench = Bench(dir, build, compiler)
        return local.bench

    def work(m):
        key = ("%s %s" % (m.path, m.function), m.old.strip(), m.new.strip())
        if key in equivalents and wanted:
            how, test = "equivalent", ""
        else:
            how, test = bench().try_one(m.path, m.source, tests_of[m.path])
        with lock:
            seen.add(key)
            if key in equivalents and how == "survives":
                how = "equivalent"
            elif key in equivalents and how != "equivalent":
                wrong.append("%s\n    %s\n    %s\n    is not equivalent: %s %s" % (*key, test, how))
            counts[how] += 1
            if how == "survives":
                print("survives %s:%d %s\n    %s\n    %s" % (m.path, m.number, m.function, *key[1:]), flush=True)
            elif os.environ.get("MUTANTS_SHOW"):
                print("%s %s:%d %s: %s" % (how, m.path, m.number, test, m.new.strip()), flush=True)

    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    try:
        tests = sorted({t for f in files for t in tests_of[f]})
        empty = link_all(build, compiler, tests, libraries, dir)
        first = bench()
        shutil.copy(empty, first.so)
        for t in tests:
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            if first.fails(t):
                raise SystemExit("mutants.py: %s fails without a mutant" % t)
            cpu_seconds[t] = 2 + int(4 * (resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before))
        with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("MUTANTS_JOBS", 0)) or 2 * os.cpu_count()) as pool:
            list(pool.map(work, chosen))
    finally:
        shutil.rmtree(dir, ignore_errors=True)
    if wanted == 0 and not only:
        wrong += ["%s\n    %s\n    %s\n    is no mutant any more" % k for k in equivalents if k not in seen and
                  k[0].split()[0] in files]
    for w in wrong:
        print("FAIL equivalent: " + w)
    killed = counts["fails"] + counts["does not end"]
    mutants = killed + counts["survives"]
    print("%(not C)d do not compile, %(the same code)d are the same code, %(equivalent)d are equivalent" % counts)
    print("%d of %d %s mutants were drawn; of %d that can be told %d were killed (%d of them did not end): %.1f %%, with "
          "the equivalent ones %.1f %%" % (len(chosen), len(everything), kind, mutants, killed, counts["does not end"],
                                           100 * killed / max(1, mutants),
                                           100 * killed / max(1, mutants + counts["equivalent"])))
    is_good = 100 * killed >= LEAST * mutants and not wrong
    print("%d passed, %d failed" % (is_good, not is_good))
    return not is_good


if __name__ == "__main__":
    sys.exit(main())
