#!/usr/bin/env python3
"""run.py: `make bench`: one table of what mxward costs, beside what others take for the same, in one run.

Makes its own world: a zone of many names behind an nsd and an unbound of its own on loopback, and lists of 10,000,
100,000 and 1,000,000 entries.  A figure that is compared is the median of RUNS runs, both sides in turn.  Each row has
a name, a figure, its unit, the goal, and `ok`, `SHORT` or `-`.  Ends with 0 whatever the figures are.

BENCH=quick makes it small (minutes).  MXWARD, BUILD, MASSDNS, DNSPERF, SERVERS come from the environment.
"""
import itertools
import json
import os
import random
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

QUICK = os.environ.get("BENCH") == "quick"
RUNS = 1 if QUICK else 3
NAMES = 20000 if QUICK else 100000
SIZES = [10000, 100000] if QUICK else [10000, 100000, 1000000]
BUILD = os.path.abspath(os.environ.get("BUILD", "build"))
MXWARD = os.environ.get("MXWARD_BINARY", BUILD + "/mxward")
SERVERS = os.environ.get("SERVERS", BUILD + "/servers")
HERE = os.path.dirname(os.path.abspath(__file__))
LIBS = SERVERS + "/usr/lib/" + os.uname().machine + "-linux-gnu"
CONF = """relay-host = backup.bench
relay-address = 11.11.0.10
network = 11.11.0.0/16, 2a0c:1::/32
resolver = 127.0.0.1:%d
authoritative-port = %d
database = %s/db
parent-domain-matches-subdomains = yes
confirm-days = 0
confirm-days-registration = 0
confirm-observations = 1
window = %d
"""


def row(name, value, unit, goal="-"):
    verdict = "-"
    m = re.match(r"^(<=|<|>=|>)\s*([0-9.]+)$", str(goal))
    if m and value is not None:
        limit = float(m[2])
        good = {"<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit}[m[1]]
        verdict = "ok" if good else "SHORT"
    figure = "?" if value is None else "%.2f" % value
    print("%-46s %12s %-7s %-12s %s" % (name, figure, unit, goal, verdict), flush=True)


def title(text):
    print("\n" + text, flush=True)


def run(argv, stdin=None, stdout=subprocess.DEVNULL, watch=False):
    """Seconds, CPU seconds of it and its children, the most anonymous memory in MB (when watched), status, stdout."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    p = subprocess.Popen(argv, stdin=stdin or subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE if stdout == subprocess.PIPE else subprocess.DEVNULL)
    most = 0.0
    if watch:
        while p.poll() is None:
            try:
                with open("/proc/%d/status" % p.pid) as f:
                    most = max(most, int(re.search(r"RssAnon:\s+(\d+)", f.read())[1]) / 1000)
            except (OSError, TypeError):
                pass
            time.sleep(0.02)
    out = p.communicate()[0]
    took = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return took, cpu, most, p.returncode, (out or b"").decode("utf-8", "replace")


def free_port():
    for _ in range(100):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as u:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
            try:
                u.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise SystemExit("no free port")


def name_of(i):
    return "kunde-%07d.bench" % i


HOSTS = 5000
ONNET = HOSTS * 2 // 3
SYLLABLES = "ba ko li mer ta un sen wald hof stein au burg feld rie da tech net soft med bau".split()


class List:
    """The entries of a relay, as lists in use are: n names over HOSTS mail hosts of a Zipf distribution, two thirds of
    these hosts on-net.

    Of 100 names 93 have one to three MX (90 of them ours behind these, 3 without us), 1 a null MX, 3 an address alone,
    and 3 do not exist.  Hosts have one or two A, and 7 of 10 an AAAA.  Names are of the lengths that names have.  With
    `apart`, each name has us and a mail host of its own instead: no list is like that, but nothing asks more."""

    def __init__(self, n, apart=False):
        chance = random.Random(7 + apart)
        self.name, self.record, self.question, self.kind = [], [], [], {}
        hosts = range(HOSTS)
        weights = list(itertools.accumulate(1 / (i + 1) for i in hosts))
        seen = set()
        for i in range(n):
            label = "".join(chance.choices(SYLLABLES, k=chance.randint(1, 5)))
            name = "%s%s-%x" % ("own-" if apart else "", label, i)
            dice = 0 if apart else chance.randrange(100)
            self.name.append(name + ".bench")
            self.question.append(name + ".bench MX")
            self.kind[name + ".bench"] = "listed" if dice < 90 else "orphan"
            targets = []
            if apart:
                targets = ["mail." + name, "backup"]
                self.record.append("%s MX 10 mail.%s\n%s MX 50 backup\nmail.%s A 11.11.%d.%d\n"
                                   % (name, name, name, name, 100 + i // 250 % 150, i % 250 + 1))
            elif dice < 93:
                some = chance.choices(hosts, cum_weights=weights, k=chance.choice((1, 1, 2, 2, 3)))
                targets = ["mx%d" % h for h in dict.fromkeys(some)] + ["backup"] * (dice < 90)
                self.record += ["%s MX %d %s\n" % (name, 10 * (k + 1), t) for k, t in enumerate(targets)]
            elif dice == 93:
                self.record.append("%s MX 0 .\n" % name)
            elif dice < 97:
                self.record.append("%s A 22.22.1.1\n" % name)
                targets = [name]
            for t in targets:
                if t not in seen:
                    self.question += [t + ".bench A", t + ".bench AAAA"]
                seen.add(t)
            # Who no longer names us is asked for its name servers, which group what left together.
            if dice >= 90 and dice < 97:
                self.question.append(name + ".bench NS")


def host_records(h):
    net, v6 = ("11.11", "2a0c:1") if h < ONNET else ("22.22", "2a0c:2")
    lines = ["A %s.%d.%d" % (net, 1 + h // 250 + k * 100, h % 250 + 1) for k in range(1 + h % 2)]
    if h % 10 < 7:
        lines.append("AAAA %s::%x" % (v6, h + 1))
    return "".join("mx%d %s\n" % (h, line) for line in lines)


def write_zone(path, n, lists):
    """The lists that are looked up; and n names to be imported, scanned and deleted, half of them backed up by us and half
    gone to other hosts: more orphans than any list has, so that there is something to delete."""
    with open(path, "w") as f:
        f.write("$TTL 3600\n$ORIGIN bench.\n@ SOA ns hostmaster 1 3600 900 604800 3600\n@ NS ns\nns A 127.0.0.1\n"
                "backup A 11.11.0.10\n")
        f.writelines(host_records(h) for h in range(HOSTS))
        for one in lists:
            f.writelines(one.record)
        for i in range(n):
            k = name_of(i).split(".")[0]
            if i % 2:
                f.write("%s MX 10 mx%d\n%s MX 50 backup\n" % (k, i * 7919 % ONNET, k))
            else:
                f.write("%s MX 10 mx%d\n" % (k, ONNET + i * 7919 % (HOSTS - ONNET)))


class Servers:
    def __init__(self, folder, n, lists):
        self.p = []
        self.auth, self.resolver = free_port(), free_port()
        zone = folder + "/bench.zone"
        write_zone(zone, n, lists)
        self.start("nsd", folder, "server:\n ip-address: 127.0.0.1@%d\n username: \"\"\n chroot: \"\"\n zonesdir: \"%s\"\n"
                   " database: \"\"\n pidfile: \"%s/nsd.pid\"\n xfrdfile: \"%s/xfrd\"\n zonelistfile: \"%s/zl\"\n server-count: 1\n rrl-ratelimit: 0\n rrl-whitelist-ratelimit: 0\n"
                   " logfile: \"%s/nsd.log\"\nremote-control:\n control-enable: no\nzone:\n name: \"bench\"\n zonefile: \"%s\"\n"
                   % (self.auth, folder, folder, folder, folder, folder, zone), ["-d"])
        self.start("unbound", folder, "server:\n interface: 127.0.0.1@%d\n username: \"\"\n chroot: \"\"\n directory: \"%s\"\n"
                   " pidfile: \"\"\n use-syslog: no\n logfile: \"%s/unbound.log\"\n do-not-query-localhost: no\n"
                   " access-control: 127.0.0.0/8 allow\n module-config: \"iterator\"\n local-zone: \"bench.\" transparent\n"
                   "remote-control:\n control-enable: no\nstub-zone:\n name: \"bench\"\n stub-addr: 127.0.0.1@%d\n"
                   % (self.resolver, folder, folder, self.auth), ["-d"])
        for port in (self.auth, self.resolver):
            self.wait(port)

    def start(self, what, folder, text, more):
        config = "%s/%s.conf" % (folder, what)
        with open(config, "w") as f:
            f.write(text)
        program = SERVERS + "/usr/sbin/" + what
        if not os.path.exists(program):
            raise SystemExit("run.py: no %s; see tests/world/unpack-servers.sh" % program)
        self.p.append(subprocess.Popen([program, "-c", config] + more, env=dict(os.environ, LD_LIBRARY_PATH=LIBS),
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def wait(self, port):
        query = b"\x12\x34\x01\x00\0\1\0\0\0\0\0\0\x06backup\x05bench\0\0\x01\0\x01"
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(0.5)
        s.connect(("127.0.0.1", port))
        for _ in range(240):
            try:
                s.send(query)
                if s.recv(512)[3] & 15 == 0:
                    return
            except OSError:
                time.sleep(0.25)
        raise SystemExit("run.py: port %d does not answer" % port)

    def stop(self):
        for p in self.p:
            p.terminate()
        for p in self.p:
            p.wait()


def median(list_of_rows):
    return [statistics.median(x) for x in zip(*list_of_rows)]


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
        row("massdns is not here (MASSDNS=path)", None, "")


def bench_lookups(folder, servers, lists):
    for window in (100, 1000):
        title("lookups of a list of %d names (MX, A, AAAA) against one nsd, window %d" % (NAMES, window))
        compare_lookups(folder, servers, lists[0], window, 1)
    title("the worst case: %d names, each with a mail host of its own, window 1000" % NAMES)
    compare_lookups(folder, servers, lists[1], 1000, 0)
    title("the same through a default unbound, its cache cold")
    rates = {}
    for window in (0, 20, 50, 100):
        part = folder + "/part-%d" % window
        n = NAMES // 4
        at = {0: 0, 20: 1, 50: 2, 100: 3}[window] * n
        with open(part, "w") as f:
            f.writelines(name + "\n" for name in lists[1].name[at:at + n])
        config = folder + "/unbound.conf2"
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


def write_names(path, n):
    with open(path, "w") as f:
        f.writelines(name_of(i) + "\n" for i in range(n))


def bench_import(folder, n, servers):
    title("import of %d names" % n)
    names, dump, table = folder + "/import", folder + "/dump", folder + "/table"
    write_names(names, n)
    with open(dump, "w") as f:
        f.write("VERSION=3\nformat=print\ntype=btree\nmapsize=%d\nHEADER=END\n" % (1 << 34))
        f.writelines(" %s\n OK\n" % name_of(i) for i in range(n))
        f.write("DATA=END\n")
    with open(table, "w") as f:
        f.writelines("%s OK\n" % name_of(i) for i in range(n))
    config = folder + "/import.conf"
    with open(config, "w") as f:
        f.write(CONF % (servers.resolver, servers.auth, folder, 200))
    ours, load, postmap = [], [], []
    loader = shutil.which("mdb_load")
    program = SERVERS + "/usr/sbin/postmap"
    for _ in range(RUNS):
        shutil.rmtree(folder + "/db", ignore_errors=True)
        run([MXWARD, "-c", config, "init"])
        ours.append(run([MXWARD, "-c", config, "import", "--format", "names", names])[:2])
        if loader:
            shutil.rmtree(folder + "/loaded", ignore_errors=True)
            os.mkdir(folder + "/loaded")
            load.append(run([loader, "-f", dump, folder + "/loaded"])[:2])
        if os.path.exists(program):
            got = bench_postmap(folder, program, table)
            if got:
                postmap.append(got)
    took = median(ours)[0]
    row("mxward import, with history and audit record", took, "s")
    if load:
        other = median(load)[0]
        row("mdb_load, the keys alone", other, "s")
        row("mxward / mdb_load", took / other, "x", "<= 2")
    if postmap:
        other = median(postmap)[0]
        row("postmap lmdb:", other, "s")
        row("mxward / postmap", took / other, "x", "<= 1")
    else:
        row("postmap with lmdb is not here", None, "")
    return config


def bench_postmap(folder, program, table):
    """An unpacked postmap finds its lmdb through a dynamicmaps.cf of its own."""
    etc = folder + "/etc"
    os.makedirs(etc, exist_ok=True)
    with open(etc + "/main.cf", "w") as f:
        f.write("compatibility_level = 3.6\nmail_owner = nobody\ndefault_privs = daemon\nsetgid_group = users\nlmdb_map_size = %d\nshlib_directory = %s/usr/lib/postfix\nmeta_directory = %s\n"
                "daemon_directory = %s/usr/lib/postfix/sbin\n" % (1 << 34, SERVERS, etc, SERVERS))
    with open(etc + "/dynamicmaps.cf", "w") as f:
        f.write("lmdb %s/usr/lib/postfix/postfix-lmdb.so dict_lmdb_open mkmap_lmdb_open\n" % SERVERS)
    for leftover in (table + ".lmdb", table + ".lmdb-lock"):
        if os.path.exists(leftover):
            os.unlink(leftover)
    env = os.environ.get("LD_LIBRARY_PATH")
    os.environ["LD_LIBRARY_PATH"] = SERVERS + "/usr/lib/postfix:" + LIBS
    took, cpu, _, status, _ = run([program, "-c", etc, "lmdb:" + table])
    if env is None:
        del os.environ["LD_LIBRARY_PATH"]
    else:
        os.environ["LD_LIBRARY_PATH"] = env
    return (took, cpu) if status == 0 else None


def bench_scan(n, config):
    title("scan of %d entries through the unbound" % n)
    took, cpu, most, status, _ = run([MXWARD, "-c", config, "scan", "--accept"], watch=True)
    row("scan", took, "s")
    row("scan, rate", n / took, "names/s")
    row("scan, CPU a name", cpu * 1e6 / n, "us")
    row("scan, memory beyond the map", most, "MB", "< 200")
    row("scan, status", status, "", "<= 0")


def rows_of(argv):
    """Rows of a program that measures by itself: name value unit goal, columns two blanks or more apart."""
    out = run(argv, None, subprocess.PIPE)[4]
    for line in out.splitlines():
        m = re.match(r"^(\S.*?)\s{2,}(-?[0-9.]+)\s*([^\s<>=-]\S*)?\s*((?:<=|<|>=|>)?\s*\S+)?\s*$", line)
        if m:
            goal = (m[4] or "-").strip()
            row(m[1], float(m[2]), m[3] or "", goal)


def bench_care(config, n):
    title("one pass over %d entries" % n)
    for words in (["stat"], ["list", "--format", "jsonl"], ["list", "class:orphan"], ["check"]):
        took, _, _, _, _ = run([MXWARD, "-c", config] + words)
        row(" ".join(words), took, "s")


def main():
    folder = tempfile.mkdtemp(prefix="mxward-bench.", dir=os.environ.get("TMPDIR", "/tmp"))
    cpu = re.search(r"model name\s*:\s*(.*)", open("/proc/cpuinfo").read())
    print("machine: %s, %d processors, Linux %s; load %.1f; %s" %
          (cpu[1] if cpu else "?", os.cpu_count(), os.uname().release, os.getloadavg()[0], time.strftime("%Y-%m-%d %H:%M")))
    print("%-46s %12s %-7s %-12s %s" % ("figure", "value", "unit", "goal", "verdict"))
    servers = None
    try:
        lists = [List(NAMES), List(NAMES, apart=True)]
        servers = Servers(folder, max(SIZES), lists)
        bench_lookups(folder, servers, lists)
        for n in SIZES:
            config = bench_import(folder, n, servers)
            bench_scan(n, config)
            bench_care(config, n)
            if n == 100000 or n == max(SIZES):
                with open(config, "a") as f:
                    f.write("postfix-table = %s/relay-%d.lmdb\npostfix-config-directory = %s\n" % (folder, n, folder))
                run([MXWARD, "-c", config, "publish"])
                count = min(100000, n // 2 - 1)
                title("deletion of %d of %d entries with audit records, published" % (count, n))
                rows_of([BUILD + "/tests/bench/delete_bench", config, str(count)])
        for n in SIZES:
            title("console on %d entries" % n)
            rows_of([BUILD + "/tests/bench/console_bench", str(n)])
        for n in SIZES:
            title("audit log of %d records" % n)
            rows_of([BUILD + "/tests/bench/audit_bench", str(n)])
        title("accounting of mail logs")
        rows_of([sys.executable, HERE + "/traffic.py", "--mb", "50" if QUICK else "1000", MXWARD])
    finally:
        if servers:
            servers.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()
