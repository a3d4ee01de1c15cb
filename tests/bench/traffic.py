#!/usr/bin/env python3
"""traffic.py [--mb N] [--keep DIR] MXWARD: what `mxward traffic` costs on a large log, beside pflogsumm on the
same log in the same run.

Writes a log of a relay with 12,000 domains (1000 MB unless told; RFC 3339, 30 days up to now, deliveries,
deferrals, bounces, refused strangers), reads it once dry, once into a database, once again (which counts
nothing), and prints a row for each: name value unit goal.  Without pflogsumm its rows are left out.
"""
import argparse
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time

DOMAINS = 12000
DAYS = 30


def domain_names():
    return ["kunde%05d.example" % i for i in range(DOMAINS)]


def write_log(path, size, seed=1):
    """About one message in twelve lines is deferred, as a relay sees it; strangers write most of the rest."""
    r = random.Random(seed)
    names = domain_names()
    # A few domains have most of the mail.
    weights = [names[int(DOMAINS * r.random() ** 4)] for _ in range(1 << 16)]
    began = time.time() - DAYS * 86400
    queue = 0x1000000
    day, written, lines = "", 0, 0
    with open(path, "w", buffering=1 << 20) as out:
        while written < size:
            at = began + DAYS * 86400 * written / size
            second = int(at)
            if not day or second // 60 != minute:
                minute = second // 60
                day = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(second))
            stamp = "%s:%02d.%06d+00:00 relay1 postfix/" % (day, second % 60, int(at % 1 * 1e6))
            client = "mail%d.sender.example[203.0.%d.%d]" % (r.randrange(900), r.randrange(256), r.randrange(256))
            pid = r.randrange(2000, 9000)
            kind = r.random()
            name = weights[r.randrange(1 << 16)]
            if kind < 0.35:
                stranger = r.randrange(10 ** 6)
                text = ("{0}smtpd[{1}]: connect from {2}\n"
                        "{0}smtpd[{1}]: NOQUEUE: reject: RCPT from {2}: 454 4.7.1 <info@other{3}.example>: Relay access denied; "
                        "from=<a{3}@sender.example> to=<info@other{3}.example> proto=ESMTP helo=<mail.sender.example>\n"
                        "{0}smtpd[{1}]: disconnect from {2} ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4\n"
                        ).format(stamp, pid, client, stranger)
            else:
                queue += r.randrange(1, 900)
                qid = "%X" % queue
                head = ("{0}smtpd[{1}]: connect from {2}\n{0}smtpd[{1}]: {3}: client={2}\n"
                        "{0}cleanup[{4}]: {3}: message-id=<{5}.{3}@sender.example>\n"
                        "{0}smtpd[{1}]: disconnect from {2} ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5\n"
                        ).format(stamp, pid, client, qid, pid + 1, second)
                size_line = "{0}qmgr[900]: {1}: from=<a{2}@sender.example>, size={3}, nrcpt=1 (queue active)\n".format(
                    stamp, qid, r.randrange(10 ** 5), int(2000 * r.paretovariate(0.9)))
                to = "{0}relay/smtp[{1}]: {2}: to=<info{3}@{4}>, ".format(stamp, pid + 2, qid, r.randrange(50), name)
                host = "mx1.%s[192.0.2.%d]" % (name, r.randrange(256))
                text = head + size_line
                if kind > 0.95:
                    text += to + ("relay=none, delay=31, delays=0.1/0/30/0, dsn=4.4.1, status=deferred (connect to {0}:25: "
                                  "Connection timed out)\n").format(host) + size_line
                if kind < 0.40:
                    text += to + ("relay={0}:25, delay=0.9, delays=0.1/0/0.3/0.5, dsn=5.1.1, status=bounced (host {0} said: 550 "
                                  "5.1.1 no such user (in reply to RCPT TO command))\n").format(host)
                else:
                    text += to + ("relay={0}:25, delay=0.9, delays=0.1/0/0.3/0.5, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued "
                                  "as {1}F)\n").format(host, qid)
                text += "{0}qmgr[900]: {1}: removed\n".format(stamp, qid)
            out.write(text)
            written += len(text)
            lines += text.count("\n")
    return lines


def timed(*argv):
    began = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit("%s: status %d: %s" % (" ".join(argv[:4]), done.returncode, done.stderr))
    return time.monotonic() - began, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def row(name, value, unit, goal):
    print("%-28s %10.2f %-8s %s" % (name, value, unit, goal), flush=True)


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("--mb", type=int, default=1000)
    a.add_argument("--keep", metavar="DIR", help="work there and leave everything")
    a.add_argument("mxward")
    a = a.parse_args()
    top = a.keep or tempfile.mkdtemp(prefix="mxward-bench-")
    os.makedirs(top, exist_ok=True)
    try:
        measure(os.path.abspath(a.mxward), top, a.mb)
    finally:
        if not a.keep:
            shutil.rmtree(top)


def measure(mxward, top, mb):
    log, conf, names = (os.path.join(top, f) for f in ("mail.log", "mxward.conf", "names"))
    lines = write_log(log, mb * 1000000)
    with open(conf, "w") as f:
        f.write("relay-host = relay1.isp.example\nrelay-address = 198.51.100.10\nnetwork = 198.51.100.0/24\n"
                "database = %s\n" % os.path.join(top, "db"))
    with open(names, "w") as f:
        f.write("\n".join(domain_names()) + "\n")
    shutil.rmtree(os.path.join(top, "db"), ignore_errors=True)
    for words in (["init"], ["import", names]):
        timed(mxward, "-c", conf, *words)
    size = os.path.getsize(log) / 1e6
    row("traffic-log", size, "MB", "-")
    row("traffic-log-lines", lines / 1e6, "M", "-")
    dry, cpu = timed(mxward, "-c", conf, "traffic", "--dry-run", log)
    row("traffic-dry-run", dry, "s", "<=%.1f" % (size * 30 / 1000))
    row("traffic-dry-run-rate", size / dry, "MB/s", "-")
    store, _ = timed(mxward, "-c", conf, "traffic", log)
    row("traffic-store", store, "s", "<=%.1f" % (size * 60 / 1000))
    again, _ = timed(mxward, "-c", conf, "traffic", log)
    row("traffic-again", again, "s", "<=%.1f" % (size * 60 / 1000))
    listed, _ = timed(mxward, "-c", conf, "list", "--format", "names", "held:0")
    row("list-held", listed, "s", "-")
    if shutil.which("pflogsumm"):
        theirs, their_cpu = timed("pflogsumm", "-q", log)
        row("pflogsumm", theirs, "s", "-")
        row("traffic/pflogsumm-time", dry / theirs, "x", "<=1")
        row("traffic/pflogsumm-cpu", cpu / their_cpu, "x", "<=1")


main()
