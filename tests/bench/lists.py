"""lists.py: what is done to a whole list: import, scan, passes over it, deletion."""
import os
import random
import re
import shutil
import subprocess

from table import attempt, grow, is_missing, median, median_of, must, row, rows_of, title
from world import BUILD, CONF, LIBS, MXWARD, RUNS, SERVERS, WHOLE, entry_of


def write_config(folder, servers, table=""):
    """The list of its size: postfix-table joins when there is something to publish."""
    config = folder + "/mxward.conf"
    with open(config, "w") as f:
        # The window that it finds by itself.
        f.write(CONF.replace("window = %d\n", "") % (servers.resolver, servers.auth, folder))
        if table:
            f.write("postfix-table = %s\npostfix-config-directory = %s\n" % (table, folder))
    return config


def write_list(path, order, text, before="", behind=""):
    with open(path, "w") as f:
        f.write(before)
        f.writelines(text % entry_of(i) for i in order)
        f.write(behind)


def write_dump(path, names):
    """The names as mdb_dump would have them, and in this order."""
    write_list(path, names, " %s\n OK\n", "VERSION=3\nformat=print\ntype=btree\nmapsize=%d\nHEADER=END\n" % (1 << 34),
               "DATA=END\n")


def load_time(dump, folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    return must([shutil.which("mdb_load"), "-f", dump, folder])[0]


def bench_import(folder, n, servers):
    """The names come in the order in which customers came, which is no order at all; import sorts first.  Of mdb_load the
    faster one counts: sorted names.  Beside it the same file as import has, and all that import wrote, of which the names
    are a small part: the rest is the audit record of each."""
    title("import of %d names, in no order" % n)
    names, table, dumps, loaded = (folder + "/" + x for x in ("names", "table", "dump-", "loaded"))
    order = list(range(n))
    write_dump(dumps + "sorted", order)
    random.Random(1).shuffle(order)
    write_dump(dumps + "unsorted", order)
    write_list(names, order, "%s\n")
    write_list(table, order, "%s OK\n")
    config, postmap = write_config(folder, servers), SERVERS + "/usr/sbin/postmap"
    ours, quick, slow, mapped = [], [], [], []
    for _ in range(RUNS if n < 1000000 else 1):
        shutil.rmtree(folder + "/db", ignore_errors=True)
        must([MXWARD, "-c", config, "init"])
        ours.append(must([MXWARD, "-c", config, "import", "--format", "names", names])[:2])
        if shutil.which("mdb_load"):
            quick.append(attempt("mdb_load, sorted", load_time, dumps + "sorted", loaded))
            slow.append(attempt("mdb_load, in no order", load_time, dumps + "unsorted", loaded))
        if os.path.exists(postmap):
            mapped.append(attempt("postmap", postmap_time, folder, postmap, table))
    took, cpu = median(ours)
    row("mxward import, an audit record for each name", took, "s")
    row("mxward import, its CPU", cpu, "s")
    row("mxward import, what it wrote", os.path.getsize(folder + "/db/data.mdb") / 1e6, "MB")
    grow("import, a name", "us", n, took / n * 1e6)
    beside("mdb_load, names sorted", took, quick, "<= 2")
    beside("mdb_load, names in no order", took, slow)
    if n == WHOLE and quick:
        whole = attempt("mdb_load, all that import wrote", load_whole, folder)
        beside("mdb_load, all that import wrote", took, [whole])
    beside("postmap lmdb:, names in no order", took, mapped, "< 1")


def beside(name, took, theirs, goal="-"):
    """What another one took, and how often ours is that."""
    if not theirs:
        is_missing(name)
    elif any(theirs):
        other = median_of(theirs)
        row(name, other, "s")
        row("mxward / " + name, took / other, "x", goal)


def load_whole(folder):
    dump = folder + "/dump-whole"
    must([shutil.which("mdb_dump"), "-a", "-f", dump, folder + "/db"])
    return load_time(dump, folder + "/loaded")


def postmap_time(folder, program, table):
    """An unpacked postmap finds its lmdb through a dynamicmaps.cf of its own."""
    etc = folder + "/etc"
    os.makedirs(etc, exist_ok=True)
    with open(etc + "/main.cf", "w") as f:
        f.write("compatibility_level = 3.6\nmail_owner = nobody\ndefault_privs = daemon\nsetgid_group = users\n"
                "lmdb_map_size = %d\nshlib_directory = %s/usr/lib/postfix\nmeta_directory = %s\n"
                "daemon_directory = %s/usr/lib/postfix/sbin\n" % (1 << 34, SERVERS, etc, SERVERS))
    with open(etc + "/dynamicmaps.cf", "w") as f:
        f.write("lmdb %s/usr/lib/postfix/postfix-lmdb.so dict_lmdb_open mkmap_lmdb_open\n" % SERVERS)
    for leftover in (table + ".lmdb", table + ".lmdb-lock"):
        if os.path.exists(leftover):
            os.unlink(leftover)
    # The value of this process's own LD_LIBRARY_PATH would find the libraries of the machine's Postfix first.
    env = dict(os.environ, LD_LIBRARY_PATH=SERVERS + "/usr/lib/postfix:" + LIBS)
    return must([program, "-c", etc, "lmdb:" + table], env=env)[0]


def count_unseen(stat):
    """Of the lines `  UNKNOWN  18  no answer`, and `  -  0  not looked at`."""
    return sum(int(m[1]) for m in re.finditer(r"^ +(?:UNKNOWN|-) +(\d+)", stat, re.M))


def bench_scan(n, config):
    title("scan of %d entries through the unbound" % n)
    # 1: done, but distrusted; a first scan with --accept is neither.
    took, cpu, most, status, _ = must([MXWARD, "-c", config, "scan", "--accept"], (0, 1), watch=True)
    row("scan", took, "s")
    row("scan, rate", n / took, "names/s")
    row("scan, CPU a name", cpu * 1e6 / n, "us")
    row("scan, memory beyond the map", most, "MB", "< 200")
    row("scan, status", status, "", "<= 0")
    out = must([MXWARD, "-c", config, "stat"], stdout=subprocess.PIPE)[4]
    row("scan, without an answer or not looked at", count_unseen(out), "", "<= 0")
    grow("scan, a name", "us", n, took / n * 1e6)


def bench_passes(config, n):
    title("one pass over %d entries" % n)
    for words in (["--version"], ["show", entry_of(n // 2)], ["stat"], ["list", "--format", "jsonl"], ["list", "class:orphan"],
                  ["check"]):
        runs = 5 if words[0] in ("--version", "show") else 1 if n >= 1000000 else RUNS
        took = median([must([MXWARD, "-c", config] + words)[:1] for _ in range(runs)])[0]
        said = {"show": "show of one", "--version": "start (--version)"}.get(words[0], " ".join(words))
        row(said, took * 1e3, "ms")
        grow(said, "ms", n, took * 1e3)


def bench_delete(folder, n, servers):
    """One, a thousand, and as many as the goal names: each asked of DNS again, recorded, committed and published."""
    table = "%s/relay.lmdb" % folder
    config = write_config(folder, servers, table)
    title("deletion from %d entries, with audit records, published" % n)
    took = must([MXWARD, "-c", config, "publish"])[0]
    row("publish of all, the table made", took, "s")
    grow("publish, all", "ms", n, took * 1e3)
    tool = BUILD + "/tests/bench/delete_bench"
    rows_of([tool, config, "1"], n, ("delete of 1, commit", "delete of 1, publish"))
    rows_of([tool, config, "1000"], n, ("delete of 1000, commit", "delete of 1000, publish"))
    if n >= 100000:
        rows_of([tool, config, "100000"])
