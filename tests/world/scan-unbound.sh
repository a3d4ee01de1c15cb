#!/bin/sh
# scan-unbound.sh [NAMES [WINDOW...]]: generated names through an unbound as it comes, in one scan each, and nothing lost.
#
# nsd serves NAMES (100000) names in 200 zones; unbound has nothing set but where it listens and where the root is, so
# that its own limits on what it does at once are those of its authors.  Each window (50, 200, 1000, 5000) gets a fresh
# unbound with an empty cache.  The counts of classes must come out exactly, without one UNKNOWN; the figures are printed.
# `make check-scan-unbound` calls it.  Without the servers: `skip: ...`, status 77.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
build=${B:-$top/build}
case $build in /*) ;; *) build=$top/$build ;; esac
names=${1:-100000}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- 50 200 1000 5000
zones=200
mxward=$build/mxward
worldd=$build/worldd

find_program() {
	for candidate in "$(command -v "$1" 2>/dev/null || true)" "/usr/sbin/$1" "$build/servers/usr/sbin/$1"; do
		if [ -n "$candidate" ] && [ -x "$candidate" ]; then
			echo "$candidate"
			return
		fi
	done
	echo "skip: no $1 (tests/world/unpack-servers.sh gets one)"
	exit 77
}

nsd=$(find_program nsd) || { echo "$nsd"; exit 77; }
unbound=$(find_program unbound) || { echo "$unbound"; exit 77; }
case $nsd$unbound in
*"$build"*) LD_LIBRARY_PATH=$build/servers/usr/lib/$(uname -m)-linux-gnu && export LD_LIBRARY_PATH ;;
esac

dir=$(mktemp -d "${TMPDIR:-/tmp}/mxward-scan.XXXXXX")
nsd_pid= unbound_pid=
finish() {
	for pid in $nsd_pid $unbound_pid; do
		kill "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

# Of 20 names 14 have a primary in our network, 3 have moved, 2 are orphans, and one does not exist.
awk -v names="$names" -v zones="$zones" -v dir="$dir" 'BEGIN {
	soa = "$TTL 3600\n@ SOA ns.isp.test. hostmaster.isp.test. 1 3600 900 604800 3600\n@ NS ns.isp.test.\n"
	printf "%stest. NS ns.isp.test.\nns.isp.test. A 127.0.0.1\n", soa >(dir "/root.zone")
	printf "%sisp NS ns.isp\nns.isp A 127.0.0.1\n", soa >(dir "/test.zone")
	printf "%sns A 127.0.0.1\nbackup A 11.11.0.10\nmail A 11.11.5.1\nelsewhere A 22.22.0.1\n", soa >(dir "/isp.test.zone")
	for (z = 0; z < zones; z++) {
		file = dir "/z" z ".test.zone"
		printf "z%d NS ns.isp\n", z >(dir "/test.zone")
		printf "%smail A 11.11.%d.%d\n", soa, 6 + int(z / 250), z % 250 + 1 >file
		for (i = z; i < names; i += zones) {
			kind = int(i / zones) % 20
			name = "n" i
			if (kind < 14)
				printf "%s MX 10 mail\n%s MX 50 backup.isp.test.\n", name, name >file
			else if (kind < 17)
				printf "%s MX 10 elsewhere.isp.test.\n%s MX 50 backup.isp.test.\n", name, name >file
			else if (kind < 19)
				printf "%s MX 10 elsewhere.isp.test.\n", name >file
			want[kind < 14 ? "OK" : kind < 17 ? "MOVED" : "ORPHAN"]++
			printf "%s.z%d.test\n", name, z >(dir "/names")
		}
		close(file)
	}
	printf "MOVED %d OK %d ORPHAN %d", want["MOVED"], want["OK"], want["ORPHAN"] >(dir "/want")
}'

set_ports() {
	ports=$("$worldd" --free-ports 2)
	auth_port=${ports%% *} resolver_port=${ports##* }
}

write_nsd() {
	cat <<-END
	server:
	  ip-address: 127.0.0.1@$auth_port
	  username: ""
	  chroot: ""
	  database: ""
	  zonesdir: "$dir"
	  zonelistfile: "$dir/zone.list"
	  pidfile: "$dir/nsd.pid"
	  xfrdfile: "$dir/xfrd.state"
	  xfrdir: "$dir"
	  logfile: "$dir/nsd.log"
	remote-control:
	  control-enable: no
	zone:
	  name: "."
	  zonefile: "root.zone"
	END
	for file in "$dir"/*test.zone; do
		file=${file##*/}
		printf 'zone:\n  name: "%s"\n  zonefile: "%s"\n' "${file%.zone}" "$file"
	done
}

write_unbound() {
	cat <<-END
	server:
	  interface: 127.0.0.1@$resolver_port
	  access-control: 127.0.0.0/8 allow
	  do-not-query-localhost: no
	  username: ""
	  chroot: ""
	  directory: "$dir"
	  pidfile: "$dir/unbound.pid"
	  logfile: "$dir/unbound.log"
	  use-syslog: no
	  local-zone: "test." nodefault
	remote-control:
	  control-enable: no
	stub-zone:
	  name: "."
	  stub-addr: 127.0.0.1@$auth_port
	  stub-prime: no
	END
	# The name servers' port is not 53, which a delegation cannot say.
	for file in "$dir"/*test.zone; do
		file=${file##*/}
		printf 'stub-zone:\n  name: "%s"\n  stub-addr: 127.0.0.1@%s\n  stub-prime: no\n' "${file%.zone}" "$auth_port"
	done
}

set_ports
write_nsd >"$dir/nsd.conf"
write_unbound >"$dir/unbound.conf"
"$nsd" -d -c "$dir/nsd.conf" >"$dir/nsd.out" 2>&1 &
nsd_pid=$!
"$worldd" --wait "$auth_port" isp.test

bad=0
for window; do
	"$unbound" -d -c "$dir/unbound.conf" >"$dir/unbound.out" 2>&1 &
	unbound_pid=$!
	"$worldd" --wait "$resolver_port" isp.test
	rm -rf "$dir/db"
	cat >"$dir/mxward.conf" <<-END
	relay-host = backup.isp.test
	relay-address = 11.11.0.10
	network = 11.11.0.0/16
	resolver = 127.0.0.1:$resolver_port
	database = $dir/db
	parent-domain-matches-subdomains = no
	END
	"$mxward" -c "$dir/mxward.conf" init >/dev/null
	"$mxward" -c "$dir/mxward.conf" import --format names "$dir/names" >/dev/null
	began=$(date +%s.%N)
	"$mxward" -c "$dir/mxward.conf" scan --window "$window" >"$dir/said"
	ended=$(date +%s.%N)
	got=$("$mxward" -c "$dir/mxward.conf" list --format jsonl | sed 's/.*"class":"\([A-Z]*\)".*/\1/' | sort | uniq -c |
		awk '{printf("%s%s %d", (NR > 1 ? " " : ""), $2, $1)}')
	awk -v window="$window" -v n="$names" -v s="$began" -v e="$ended" -v got="$got" 'BEGIN {
		printf "window %5d: %d names in %.1f s, %d a second: %s\n", window, n, e - s, n / (e - s), got
	}'
	[ "$got" = "$(cat "$dir/want")" ] || { echo "window $window: wanted $(cat "$dir/want")" >&2; bad=1; }
	kill "$unbound_pid"
	wait "$unbound_pid" 2>/dev/null || :
	unbound_pid=
done
exit "$bad"
