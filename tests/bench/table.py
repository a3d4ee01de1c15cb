"""table.py: the rows that `make bench` prints, and how what they say is measured.

A row is a name, a figure, its unit, the goal, and `ok`, `SHORT` or `-`.  A part that crashes, hangs or lacks a tool says so in
a row of its own, and the parts behind it go on.  Figures that are measured at several sizes are kept for the table of growth.
"""
import os
import re
import resource
import statistics
import subprocess
import time

HANGS = 900  # seconds after which a program is ended
FORMAT = "%-46s %12s %-7s %-12s %s"
shown, short, left_out, failed = [], [], [], []
grown = {}  # name -> {size: figure}


def head(text):
    print(text)
    print(FORMAT % ("figure", "value", "unit", "goal", "verdict"), flush=True)


def row(name, value, unit="", goal="-"):
    verdict = "-"
    m = re.match(r"^(<=|<|>=|>)\s*([0-9.]+)$", str(goal))
    if m and value is not None:
        limit = float(m[2])
        good = {"<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit}[m[1]]
        verdict = "ok" if good else "SHORT"
    shown.append(name)
    if verdict == "SHORT":
        short.append("%s (%s)" % (name, current[0]))
    print(FORMAT % (name, "?" if value is None else "%.2f" % value, unit, goal, verdict), flush=True)


current = [""]


def title(text):
    current[0] = text
    print("\n" + text, flush=True)


def is_missing(what):
    """A row that is left out because a program is not there."""
    left_out.append(what)
    print(FORMAT % (what, "", "", "", "left out"), flush=True)


def attempt(name, fn, *args):
    """What goes wrong is said and counted, and is no reason not to measure the rest: None."""
    try:
        return fn(*args)
    except Exception as why:
        failed.append(name)
        print(FORMAT % (name, "", "", "", "FAILED: %s" % " ".join(str(why).split())[:300]), flush=True)
        return None


def part(name, fn, *args):
    began = time.monotonic()
    attempt(name, fn, *args)
    print("  (%s: %.0f s)" % (name, time.monotonic() - began), flush=True)


def grow(name, unit, n, value):
    grown.setdefault((name, unit), {})[n] = value


def most_anonymous(pid):
    """MB that a process holds beyond the map now."""
    try:
        with open("/proc/%d/status" % pid) as f:
            return int(re.search(r"RssAnon:\s+(\d+)", f.read())[1]) / 1000
    except (OSError, TypeError):
        return 0.0


def run(argv, stdin=None, stdout=subprocess.DEVNULL, watch=False, env=None):
    """Seconds, CPU seconds of it and its children, the most memory in MB (when watched), status, stdout (when piped).
    What it says on stderr is kept for complain()."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    with open("/dev/null") as null, open(said_path(), "w") as said:
        p = subprocess.Popen(argv, stdin=stdin or null, stdout=stdout, stderr=said, env=env)
        most, out = 0.0, b""
        try:
            while watch and p.poll() is None and time.monotonic() - began < HANGS:
                most = max(most, most_anonymous(p.pid))
                time.sleep(0.02)
            out = p.communicate(timeout=max(1, HANGS - (time.monotonic() - began)))[0]
        except subprocess.TimeoutExpired:
            p.kill()
            p.communicate()
            raise RuntimeError("'%s' did not end in %d s" % (" ".join(argv)[:100], HANGS))
    took = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return took, cpu, most, p.returncode, (out or b"").decode("utf-8", "replace")


def said_path():
    return os.path.join(os.environ["BENCH_FOLDER"], "stderr")


def complain(argv, status):
    with open(said_path(), errors="replace") as f:
        lines = f.read().strip().splitlines() or [""]
    raise RuntimeError("'%s' ended with %d: %s" % (" ".join(argv)[:100], status, lines[-1]))


def must(argv, good=(0,), **more):
    """The same for a program that has to end with one of these."""
    got = run(argv, **more)
    if got[3] not in good:
        complain(argv, got[3])
    return got


def rows_of(argv, n=None, keep=()):
    """Rows of a program that measures by itself: `name value unit goal`, name and value two blanks or more apart.
    keep: the rows whose figures go into the table of growth under that name."""
    status, out = run(argv, stdout=subprocess.PIPE)[3:]
    for line in out.splitlines():
        m = re.match(r"^(\S.*?)\s{2,}(-?[0-9.]+)\s*([^\s<>=-]\S*)?\s*((?:<=|<|>=|>)\s*\S+)?", line)
        if not m:
            continue
        row(m[1], float(m[2]), m[3] or "", (m[4] or "-").strip())
        if m[1] in keep:
            grow(m[1], m[3] or "", n, float(m[2]))
    if status != 0:
        complain(argv, status)


def median_of(figures):
    """Of those that there are."""
    return statistics.median(x for x in figures if x is not None)


def median(rows):
    return [statistics.median(x) for x in zip(*rows)]


def print_growth(sizes, stays):
    """A row per operation and a column per size.  stays: what must not grow with the list, with the most it may take."""
    title("growth: what a list ten times as long costs")
    print("%-36s %-3s" % ("", "") + "".join("%11s" % "{:,}".format(n) for n in sizes) + "  tenfold       must stay")
    for (name, unit), at in sorted(grown.items(), key=lambda x: x[0][0] not in stays):
        values = [at.get(n) for n in sizes]
        factors = ["x%.1f" % (b / a) if a and b is not None else "?" for a, b in zip(values, values[1:])]
        said = ""
        if name in stays:
            known = [v for v in values if v is not None]
            good = len(known) > 0 and max(known) < stays[name]
            said = "< %g %s" % (stays[name], "ok" if good else "SHORT")
            if not good:
                short.append("%s (growth)" % name)
        print("%-36s %-3s" % (name, unit) + "".join("%11s" % ("?" if v is None else "%.2f" % v) for v in values) +
              "  %-12s  %s" % (" ".join(factors), said), flush=True)


def print_end(began):
    print()
    for what, names in (("left out", left_out), ("failed", failed), ("short", short)):
        for name in names:
            print("%s: %s" % (what, name))
    print("%d rows in %.0f s, %d parts failed, %d left out, %d rows fall short" %
          (len(shown), time.monotonic() - began, len(failed), len(left_out), len(short)))
