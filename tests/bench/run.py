#!/usr/bin/env python3
"""run.py: `make bench`: one table of what mxward costs, beside what others take for the same, in one run.

Makes its own world: zones of many names behind an nsd and an unbound of its own on loopback, and lists of 10,000,
100,000 and 1,000,000 entries.  A figure that is compared is the median of RUNS runs, both sides in turn; what takes
minutes runs once.  Ends with 0 whatever the figures are, and with a table of what grows with the list (table.py).

BENCH=quick makes it small (minutes).  MXWARD_BINARY, BUILD, SERVERS and MASSDNS come from the environment.
"""
import os
import re
import shutil
import signal
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # of the modules beside this one

from lists import bench_delete, bench_import, bench_passes, bench_scan
from lookups import bench_lookups
from table import head, is_missing, part, print_end, print_growth, rows_of, title
from world import BUILD, MXWARD, NAMES, QUICK, SIZES, List, Servers


def bench_console(n):
    title("console on %d entries" % n)
    rows_of([BUILD + "/tests/bench/console_bench", str(n)], n,
            ("first paint, median", "key to paint, p99", "limit kanzlei-v, longest", "memory, anonymous"))


def bench_bytes():
    title("bytes on the line, 80x24, beside other programs with lists")
    for other in ("tig", "mutt", "htop"):
        if not os.access("/usr/bin/" + other, os.X_OK):
            is_missing("bytes of %s" % other)
    rows_of([BUILD + "/tests/bench/bytes_bench"])


def bench_audit(n):
    title("audit log of %d records" % n)
    rows_of([BUILD + "/tests/bench/audit_bench", str(n)], n, ("audit export --customer",))


def bench_accounting():
    title("accounting of mail logs")
    if not shutil.which("pflogsumm"):
        is_missing("pflogsumm")
    here = os.path.dirname(os.path.abspath(__file__))
    rows_of([sys.executable, here + "/traffic.py", "--mb", "50" if QUICK else "1000", MXWARD])


# What must not grow with the list, and the most it may take at any size.
STAYS = {"first paint, median": 100, "key to paint, p99": 16, "show of one": 100, "delete of 1, commit": 50,
         "delete of 1, publish": 250}


def measure_list(folder, n, servers):
    room = "%s/%d" % (folder, n)
    os.mkdir(room)
    part("import of %d" % n, bench_import, room, n, servers)
    config = room + "/mxward.conf"
    if os.path.exists(room + "/db/data.mdb"):
        part("scan of %d" % n, bench_scan, n, config)
        part("passes over %d" % n, bench_passes, config, n)
        part("deletion from %d" % n, bench_delete, room, n, servers)
    shutil.rmtree(room, ignore_errors=True)


def measure_with(folder, servers):
    lists = [List(NAMES), List(NAMES, apart=True)]
    servers.begin(folder, max(SIZES), lists)
    part("lookups", bench_lookups, folder, servers, lists)
    for n in SIZES:
        measure_list(folder, n, servers)


def measure(folder):
    servers = Servers()
    try:
        part("what needs DNS", measure_with, folder, servers)
    finally:
        servers.stop()
    for n in SIZES:
        part("console on %d" % n, bench_console, n)
    part("bytes on the line", bench_bytes)
    for n in SIZES:
        part("audit log of %d" % n, bench_audit, n)
    part("accounting", bench_accounting)
    print_growth(SIZES, STAYS)


def main():
    began = time.monotonic()
    folder = tempfile.mkdtemp(prefix="mxward-bench.", dir=os.environ.get("TMPDIR", "/tmp"))
    os.environ["BENCH_FOLDER"] = folder
    cpu = re.search(r"model name\s*:\s*(.*)", open("/proc/cpuinfo").read())
    head("machine: %s, %d processors, Linux %s; load %.1f; %s" %
         (cpu[1] if cpu else "?", os.cpu_count(), os.uname().release, os.getloadavg()[0], time.strftime("%Y-%m-%d %H:%M")))
    try:
        measure(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print_end(began)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()
