"""world.py: the names that `make bench` asks for, imports and deletes, and the servers that answer for them.

Two lists to be looked up, in the zone bench; and entries to be imported, scanned and deleted, in zones below it.
"""
import itertools
import os
import random
import socket
import subprocess
import time

QUICK = os.environ.get("BENCH") == "quick"
RUNS = 1 if QUICK else 3
NAMES = 20000 if QUICK else 100000
SIZES = [10000, 100000] if QUICK else [10000, 100000, 1000000]
WHOLE = SIZES[0] if QUICK else SIZES[-1]  # of mdb_load with all that import wrote: a minute for a million
SHARES = 48  # zones, each with a name server of its own
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
    raise RuntimeError("no free port")


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


def write_zone(path, lists):
    with open(path, "w") as f:
        f.write("$TTL 3600\n$ORIGIN bench.\n@ SOA ns hostmaster 1 3600 900 604800 3600\n@ NS ns\nns A 127.0.0.1\n"
                "backup A 11.11.0.10\n")
        f.writelines(host_records(h) for h in range(HOSTS))
        for one in lists:
            f.writelines(one.record)


def entry_of(i):
    return "kunde-%07d.s%02d.bench" % (i, i % SHARES)


def write_share(path, share, n):
    """The entries of one zone: half are backed up by us and half went elsewhere, more orphans than any list has, so that there
    is something to delete; a hundred mail hosts have all of them.  Each zone has a name server of its own, as customers have: before a deletion none is asked more often than a stranger may."""
    with open(path, "w") as f:
        f.write("$TTL 3600\n$ORIGIN s%02d.bench.\n@ SOA ns hostmaster 1 3600 900 604800 3600\n@ NS ns\nns A 127.0.0.%d\n"
                "backup A 11.11.0.10\n" % (share, share + 10))
        for k in range(50):
            f.write("in%d A 11.11.%d.%d\nout%d A 22.22.%d.%d\n" % (k, share + 1, k + 1, k, share + 1, k + 1))
        for i in range(share, n, SHARES):
            k = i // SHARES
            f.write("kunde-%07d MX 10 %s%d\n" % (i, "in" if k % 2 else "out", k // 2 % 50))
            if k % 2:
                f.write("kunde-%07d MX 50 backup.bench.\n" % i)


class Servers:
    def __init__(self):
        self.p = []

    def begin(self, folder, n, lists):
        self.auth, self.resolver = free_port(), free_port()
        zone = folder + "/bench.zone"
        write_zone(zone, lists)
        places, zones, stubs = "", "", ""
        for share in range(SHARES):
            path = "%s/s%02d.zone" % (folder, share)
            write_share(path, share, n)
            places += " ip-address: 127.0.0.%d@%d\n" % (share + 10, self.auth)
            zones += "zone:\n name: \"s%02d.bench\"\n zonefile: \"%s\"\n" % (share, path)
            stubs += "stub-zone:\n name: \"s%02d.bench\"\n stub-addr: 127.0.0.%d@%d\n" % (share, share + 10, self.auth)
        self.start("nsd", folder, "server:\n ip-address: 127.0.0.1@%d\n" % self.auth + places + " username: \"\"\n chroot: \"\"\n zonesdir: \"%s\"\n"
                   " database: \"\"\n pidfile: \"%s/nsd.pid\"\n xfrdfile: \"%s/xfrd\"\n zonelistfile: \"%s/zl\"\n server-count: 1\n rrl-ratelimit: 0\n rrl-whitelist-ratelimit: 0\n"
                   " logfile: \"%s/nsd.log\"\nremote-control:\n control-enable: no\nzone:\n name: \"bench\"\n zonefile: \"%s\"\n"
                   % (folder, folder, folder, folder, folder, zone) + zones, ["-d"])
        self.start("unbound", folder, "server:\n interface: 127.0.0.1@%d\n username: \"\"\n chroot: \"\"\n directory: \"%s\"\n"
                   " pidfile: \"\"\n use-syslog: no\n logfile: \"%s/unbound.log\"\n do-not-query-localhost: no\n"
                   " access-control: 127.0.0.0/8 allow\n module-config: \"iterator\"\n local-zone: \"bench.\" transparent\n"
                   "remote-control:\n control-enable: no\nstub-zone:\n name: \"bench\"\n stub-addr: 127.0.0.1@%d\n"
                   % (self.resolver, folder, folder, self.auth) + stubs, ["-d"])
        for port in (self.auth, self.resolver):
            self.wait(port)

    def start(self, what, folder, text, more):
        config = "%s/%s.conf" % (folder, what)
        with open(config, "w") as f:
            f.write(text)
        program = SERVERS + "/usr/sbin/" + what
        if not os.path.exists(program):
            raise RuntimeError("there is no %s; see tests/world/unpack-servers.sh" % program)
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
        raise RuntimeError("port %d does not answer" % port)

    def stop(self):
        for p in self.p:
            p.terminate()
        for p in self.p:
            p.wait()
