"""lookups.py: full lookups beside those who ask the same questions, or the first of them alone."""
import json
import os
import re
import shutil
import subprocess
import time

from table import is_missing, median, row, run, title
from world import CONF, MXWARD, NAMES, RUNS


def count_bad(text):
    return sum('"class":"UNKNOWN"' in line for line in text.splitlines())


def run_lookup(config, names):
    """Seconds, CPU microseconds a name of both processes and of the worker, and what was printed."""
    with open(names) as f:
        began = time.monotonic()
        p = subprocess.Popen([MXWARD, "-c", config, "lookup", "--format", "jsonl", "-"], stdin=f, stdout=subprocess.PIPE)
        out = p.stdout.read()
        took = time.monotonic() - began
    os.waitid(os.P_PID, p.pid, os.WEXITED | os.WNOWAIT)
    with open("/proc/%d/stat" % p.pid) as f:
        ticks = [int(x) for x in f.read().rsplit(")", 1)[1].split()[11:15]]
    p.wait()
    lines = out.decode().splitlines()
    tick = 1e6 / os.sysconf("SC_CLK_TCK") / max(1, len(lines))
    return took, sum(ticks) * tick, sum(ticks[2:]) * tick, lines


def count_wrong(wanted, lines):
    """Lines that are missing, unknown, or say that a name is listed that is not, or the other way round."""
    wrong = len(wanted.name) - len(lines)
    for line in lines:
        got = json.loads(line)
        listed = {"OK": "listed", "MOVED": "listed", "ORPHAN": "orphan"}.get(got["class"])
        wrong += listed != wanted.kind.get(got["name"])
    return wrong


def compare_lookups(folder, servers, wanted, window, goals):
    """One list against the nsd, beside those who ask the same questions, or the first of them alone."""
    n, each = len(wanted.name), len(wanted.question) / len(wanted.name)
    names, queries, config = folder + "/names", folder + "/queries", folder + "/lookup.conf"
    with open(names, "w") as f:
        f.writelines(name + "\n" for name in wanted.name)
    with open(queries, "w") as f:
        f.writelines(q + "\n" for q in wanted.question)
    with open(config, "w") as f:
        f.write(CONF % (servers.auth, servers.auth, folder + "/none", window))
    with open(folder + "/resolvers", "w") as f:
        f.write("127.0.0.1:%d\n" % servers.auth)
    dnsperf = shutil.which("dnsperf")
    massdns = os.environ.get("MASSDNS") or shutil.which("massdns")
    ours, perf, mass, wrong = [], [], [], 0
    for _ in range(RUNS):
        took, cpu, worker, lines = run_lookup(config, names)
        ours.append((n / took, cpu, worker))
        wrong += count_wrong(wanted, lines)
        if dnsperf:
            _, cpu, _, _, out = run([dnsperf, "-s", "127.0.0.1", "-p", str(servers.auth), "-d", queries, "-n", "1", "-q",
                                     str(window)], None, subprocess.PIPE)
            qps = float(re.search(r"Queries per second:\s+([0-9.]+)", out)[1])
            perf.append((qps / each, cpu * 1e6 / n))
        if massdns:
            took, cpu, _, _, _ = run([massdns, "-q", "-r", folder + "/resolvers", "-t", "MX", "-o", "S", "-w", "/dev/null", "-s",
                                      str(window), "--rcvbuf", "4194304", "--sndbuf", "4194304"] +
                                     (["--root"] if os.geteuid() == 0 else []) + [names])
            mass.append((n / took, cpu * 1e6 / n))
    rate, cpu, worker = median(ours)
    row("mxward, questions a name", each, "")
    row("mxward, full lookups", rate, "names/s")
    row("mxward, client CPU a name", cpu, "us")
    row("  of it the worker", worker, "us")
    row("  and the parent", cpu - worker, "us")
    row("lost, unknown or wrong", wrong, "", "<= 0")
    if perf:
        other = median(perf)
        row("dnsperf, the same questions", other[0], "names/s")
        row("mxward / dnsperf, rate", rate / other[0], "x")
        row("mxward / dnsperf, CPU", cpu / other[1], "x")
    else:
        is_missing("dnsperf")
    if mass:
        other = median(mass)
        row("massdns, the MX alone", other[0], "names/s")
        row("massdns, CPU a name", other[1], "us")
        if goals:
            row("mxward / massdns, rate", rate / other[0], "x", ">= 1")
            row("mxward / massdns, CPU a name", cpu / other[1], "x", "<= 0.75")
        else:
            row("mxward / massdns, CPU a question", cpu / each / other[1], "x")
    else:
        is_missing("massdns (MASSDNS=path)")


def bench_lookups(folder, servers, lists):
    for window in (100, 1000):
        title("lookups of a list of %d names (MX, A, AAAA) against one nsd, window %d" % (NAMES, window))
        compare_lookups(folder, servers, lists[0], window, 1)
    title("the worst case: %d names, each with a mail host of its own, window 1000" % NAMES)
    compare_lookups(folder, servers, lists[1], 1000, 0)
    compare_unbound(folder, servers, lists[1].name)


def compare_unbound(folder, servers, names):
    """Each has a part of the names of its own, so that none finds in the cache what another asked."""
    title("the same through a default unbound, its cache cold")
    windows, beside = (0, 20, 50, 100, 1000), (100, 1000)
    n = len(names) // (len(windows) + len(beside))
    parts = [names[i * n:(i + 1) * n] for i in range(len(windows) + len(beside))]
    rates = {}
    for window in windows:
        part, config = folder + "/part-%d" % window, folder + "/unbound.conf2"
        with open(part, "w") as f:
            f.writelines(name + "\n" for name in parts.pop())
        with open(config, "w") as f:
            text = CONF % (servers.resolver, servers.auth, folder + "/none", window)
            f.write(text if window else text.replace("window = 0\n", ""))
        with open(part) as f:
            took, _, _, _, out = run([MXWARD, "-c", config, "lookup", "--format", "jsonl", "-"], f, subprocess.PIPE)
        rates[window] = n / took
        row("window %s" % (window or "by itself"), n / took, "names/s")
        row("lost or unknown, window %s" % (window or "by itself"), n - out.count("\n") + count_bad(out), "", "<= 0")
    best = max(v for k, v in rates.items() if k)
    row("best fixed window / by itself", best / rates[0], "x", "<= 1.25")
    if not shutil.which("dnsperf"):
        is_missing("dnsperf")
        return
    for window in beside:
        with open(folder + "/queries", "w") as f:
            for name in parts.pop():
                f.write("%s MX\nmail.%s A\nmail.%s AAAA\n" % (name, name, name))
        out = run([shutil.which("dnsperf"), "-s", "127.0.0.1", "-p", str(servers.resolver), "-d", folder + "/queries", "-n", "1",
                   "-q", str(window)], None, subprocess.PIPE)[4]
        rate = float(re.search(r"Queries per second:\s+([0-9.]+)", out)[1]) / 3
        row("dnsperf, the same questions, window %d" % window, rate, "names/s")
        row("  and lost", float(re.search(r"Queries lost:\s+([0-9]+)", out)[1]), "")
        row("mxward by itself / dnsperf, window %d" % window, rates[0] / rate, "x")
