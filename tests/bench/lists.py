"""lists.py: what is done to a whole list: import, scan, passes over it, deletion."""
import os
import random
import shutil

from table import grow, is_missing, median, must, row, rows_of, title
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


def write_list(path, n, text):
    """The names in the order in which customers came, which is no order at all."""
    order = list(range(n))
    random.Random(1).shuffle(order)
    with open(path, "w") as f:
        f.writelines(text % entry_of(i) for i in order)


def load_time(loader, dump, folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    return must([loader, "-f", dump, folder])[0]


def bench_import(folder, n, servers):
    """mdb_load and postmap get the same names in the same order; mdb_load gets the whole of what import wrote as well, of
    which the names are a small part: the rest is the audit record of each."""
    title("import of %d names, in no order" % n)
    names, dump, table, loaded = (folder + "/" + x for x in ("names", "dump", "table", "loaded"))
    runs = RUNS if n < 1000000 else 1
    config = write_config(folder, servers)
    write_list(names, n, "%s\n")
    write_list(table, n, "%s OK\n")
    write_list(dump, n, " %s\n OK\n")
    with open(dump) as f:
        text = f.read()
    with open(dump, "w") as f:
        f.write("VERSION=3\nformat=print\ntype=btree\nmapsize=%d\nHEADER=END\n%sDATA=END\n" % (1 << 34, text))
    loader, dumper, postmap = shutil.which("mdb_load"), shutil.which("mdb_dump"), SERVERS + "/usr/sbin/postmap"
    ours, load, mapped = [], [], []
    for _ in range(runs):
        shutil.rmtree(folder + "/db", ignore_errors=True)
        must([MXWARD, "-c", config, "init"])
        ours.append(must([MXWARD, "-c", config, "import", "--format", "names", names])[:2])
        if loader:
            load.append([load_time(loader, dump, loaded)])
        if os.path.exists(postmap):
            mapped.append([postmap_time(folder, postmap, table)])
    took, cpu = median(ours)
    size = os.path.getsize(folder + "/db/data.mdb") / 1e6
    row("mxward import, an audit record for each name", took, "s")
    row("mxward import, its CPU", cpu, "s")
    row("mxward import, what it wrote", size, "MB")
    grow("import, a name", "us", n, took / n * 1e6)
    if load:
        other = median(load)[0]
        row("mdb_load, the names alone", other, "s")
        row("mdb_load, what it wrote", os.path.getsize(loaded + "/data.mdb") / 1e6, "MB")
        row("mxward / mdb_load, the names alone", took / other, "x", "<= 2")
        if n == WHOLE:  # a minute for a million
            must([dumper, "-a", "-f", dump, folder + "/db"])
            whole = load_time(loader, dump, loaded)
            row("mdb_load, all that import wrote", whole, "s")
            row("mxward / mdb_load, all that import wrote", took / whole, "x", "<= 2")
    else:
        is_missing("mdb_load")
    if mapped:
        other = median(mapped)[0]
        row("postmap lmdb:, the names alone", other, "s")
        row("mxward / postmap", took / other, "x", "< 1")
    else:
        is_missing("postmap with lmdb")
    shutil.rmtree(loaded, ignore_errors=True)
    os.unlink(dump)
    return config


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


def bench_scan(n, config):
    title("scan of %d entries through the unbound" % n)
    # 1: done, but distrusted; a first scan with --accept is neither.
    took, cpu, most, status, _ = must([MXWARD, "-c", config, "scan", "--accept"], (0, 1), watch=True)
    row("scan", took, "s")
    row("scan, rate", n / took, "names/s")
    row("scan, CPU a name", cpu * 1e6 / n, "us")
    row("scan, memory beyond the map", most, "MB", "< 200")
    row("scan, status", status, "", "<= 0")
    grow("scan, a name", "us", n, took / n * 1e6)


def bench_passes(config, n):
    title("one pass over %d entries" % n)
    for words in (["--version"], ["show", entry_of(n // 2)], ["stat"], ["list", "--format", "jsonl"], ["list", "class:orphan"],
                  ["check"]):
        runs = 5 if words[0] in ("--version", "show") else RUNS
        took = median([must([MXWARD, "-c", config] + words)[:1] for _ in range(runs)])[0]
        said = " ".join(words) if words[0] != "show" else "show of one"
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
