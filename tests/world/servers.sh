#!/bin/sh
# servers.sh start DIR [CASES] | stop DIR: real name servers on loopback for the tests.
#
# nsd serves CASES/zones (this folder's cases unless named), worldd the names of CASES/bad that
# misbehave, and unbound, a validating resolver, stands in front of both.  Ports are free ones; they and
# the process ids are written to DIR/ports as shell assignments, once all three answer:
#	RESOLVER_PORT AUTH_PORT BAD_PORT NSD_PID UNBOUND_PID WORLDD_PID SIGNED
# AUTH_PORT is nsd, BAD_PORT worldd, which serves the good zones as well, so that the two can be asked as
# resolvers that disagree.  SIGNED is 1 where expired.test could be signed (ldns-signzone), else 0.
#
# Programs: $NSD, $UNBOUND, $WORLDD, else PATH and /usr/sbin, else build/servers (unpack-servers.sh).
# Without them: `skip: ...` on stdout, status 77.  Nothing outside DIR is written.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
build=${B:-$top/build}
case $build in /*) ;; *) build=$top/$build ;; esac
unpacked=$build/servers

usage() {
	echo "usage: servers.sh start DIR [CASES] | stop DIR" >&2
	exit 64
}

skip() {
	echo "skip: $*"
	exit 77
}

# find_program NAME [GIVEN]: its path, or nothing.
find_program() {
	for candidate in "${2:-}" "$(command -v "$1" 2>/dev/null || true)" "/usr/sbin/$1" \
		"$unpacked/usr/sbin/$1" "$unpacked/usr/bin/$1"; do
		if [ -n "$candidate" ] && [ -x "$candidate" ]; then
			echo "$candidate"
			return
		fi
	done
}

# run PROGRAM ARG...: an unpacked program needs the libraries unpacked beside it.
run() {
	case $1 in
	"$unpacked"/*) LD_LIBRARY_PATH="$unpacked/usr/lib/$(uname -m)-linux-gnu" exec "$@" ;;
	*) exec "$@" ;;
	esac
}

# sign_expired: a zone whose signatures ran out long ago, and the trust anchor that makes it bogus.
sign_expired() {
	SIGNED=0
	keygen=$(find_program ldns-keygen)
	signzone=$(find_program ldns-signzone)
	[ -n "$keygen" ] && [ -n "$signzone" ] && [ -f "$cases/zones/expired.test.zone" ] || return 0
	key=$(cd "$dir" && run "$keygen" -a ECDSAP256SHA256 -k expired.test) || return 0
	(cd "$dir" && run "$signzone" -f "$dir/expired.signed" -i 20200101 -e 20200201 \
		"$cases/zones/expired.test.zone" "$key") || return 0
	SIGNED=1
}

zone_names() {
	for file in "$cases/$1"/*.zone; do
		[ -f "$file" ] || continue
		name=${file##*/}
		echo "${name%.zone}"
	done
}

write_nsd_conf() {
	{
		printf '$TTL 300\n@ SOA ns.ours.test. hostmaster.ours.test. 1 3600 900 604800 300\n@ NS ns.ours.test.\n'
		for name in $(zone_names zones) $(zone_names bad) deadport.test; do
			printf '%s. NS ns.ours.test.\n' "$name"
		done
	} >"$dir/test.zone"
	{
		printf '$TTL 300\n@ SOA ns.ours.test. hostmaster.ours.test. 1 3600 900 604800 300\n@ NS ns.ours.test.\n'
		printf 'test. NS ns.ours.test.\nns.ours.test. A 127.0.0.1\n'
	} >"$dir/root.zone"
	{
		cat <<-END
		server:
		  ip-address: 127.0.0.1@$AUTH_PORT
		  username: ""
		  chroot: ""
		  database: ""
		  zonesdir: "$dir"
		  zonelistfile: "$dir/zone.list"
		  pidfile: "$dir/nsd.pid"
		  xfrdfile: "$dir/xfrd.state"
		  xfrdir: "$dir"
		  logfile: "$dir/nsd.log"
		  server-count: 1
		remote-control:
		  control-enable: no
		zone:
		  name: "."
		  zonefile: "$dir/root.zone"
		zone:
		  name: "test"
		  zonefile: "$dir/test.zone"
		END
		for name in $(zone_names zones); do
			file=$cases/zones/$name.zone
			[ "$name" = expired.test ] && [ "$SIGNED" = 1 ] && file=$dir/expired.signed
			printf 'zone:\n  name: "%s"\n  zonefile: "%s"\n' "$name" "$file"
		done
	} >"$dir/nsd.conf"
}

stub() {
	printf 'stub-zone:\n  name: "%s"\n  stub-addr: 127.0.0.1@%s\n  stub-prime: no\n' "$1" "$2"
}

# A name whose TCP hangs must not take along another one that the resolver would ask over the same connection, hence one
# query a connection and places for all of them.
write_unbound_conf() {
	{
		cat <<-END
		server:
		  interface: 127.0.0.1@$RESOLVER_PORT
		  access-control: 127.0.0.0/8 allow
		  do-not-query-localhost: no
		  do-ip6: no
		  username: ""
		  chroot: ""
		  directory: "$dir"
		  pidfile: "$dir/unbound.pid"
		  logfile: "$dir/unbound.log"
		  use-syslog: no
		  num-threads: 1
		  outgoing-num-tcp: 100
		  max-reuse-tcp-queries: 1
		  local-zone: "test." nodefault
		  domain-insecure: "test."
		  module-config: "validator iterator"
		  ede: yes
		  trust-anchor-signaling: no
		  root-key-sentinel: no
		  cache-max-ttl: 5
		  cache-max-negative-ttl: 1
		  infra-host-ttl: 2
		  outbound-msg-retry: 2
		  jostle-timeout: 400
		END
		[ "$SIGNED" = 0 ] || printf '  trust-anchor-file: "%s/%s.ds"\n' "$dir" "$key"
		printf 'remote-control:\n  control-enable: no\n'
		stub . "$AUTH_PORT"
		stub test "$AUTH_PORT"
		for name in $(zone_names zones); do stub "$name" "$AUTH_PORT"; done
		for name in $(zone_names bad); do stub "$name" "$BAD_PORT"; done
		stub deadport.test 1
	} >"$dir/unbound.conf"
}

# Started programs get no terminal and no pipe of ours: a caller that reads our output must not wait for them.
begin() {
	log=$1
	shift
	(run "$@") </dev/null >"$dir/$log" 2>&1 &
	started=$!
}

end_all() {
	for pid in ${NSD_PID:-} ${UNBOUND_PID:-} ${WORLDD_PID:-}; do
		kill "$pid" 2>/dev/null || true
	done
}

# One try with three fresh ports; somebody else may take one before we do, so start tries more than once.
try_start() {
	NSD_PID= UNBOUND_PID= WORLDD_PID=
	ports=$("$worldd" --free-ports 3) || return 1
	RESOLVER_PORT=${ports%% *} BAD_PORT=${ports##* }
	AUTH_PORT=${ports#* } AUTH_PORT=${AUTH_PORT% *}
	write_nsd_conf
	write_unbound_conf
	begin nsd.out "$nsd" -d -c "$dir/nsd.conf"
	NSD_PID=$started
	rules=$cases/misbehave.conf
	set -- "$cases/parents.zone" "$cases/zones"
	[ ! -d "$cases/bad" ] || set -- "$@" "$cases/bad"
	[ ! -f "$rules" ] || set -- -m "$rules" "$@"
	begin worldd.out "$worldd" -p "$BAD_PORT" "$@"
	WORLDD_PID=$started
	begin unbound.out "$unbound" -d -c "$dir/unbound.conf"
	UNBOUND_PID=$started
	for port in "$AUTH_PORT" "$BAD_PORT" "$RESOLVER_PORT"; do
		"$worldd" --wait "$port" ours.test || { end_all; return 1; }
	done
	for pid in "$NSD_PID" "$WORLDD_PID" "$UNBOUND_PID"; do
		kill -0 "$pid" 2>/dev/null || { end_all; return 1; }
	done
}

start() {
	worldd=${WORLDD:-$build/worldd}
	nsd=$(find_program nsd "${NSD:-}")
	unbound=$(find_program unbound "${UNBOUND:-}")
	[ -n "$nsd" ] || skip "no nsd (tests/world/unpack-servers.sh gets one)"
	[ -n "$unbound" ] || skip "no unbound (tests/world/unpack-servers.sh gets one)"
	[ -x "$worldd" ] || skip "no $worldd (make world)"
	[ ! -e "$dir/ports" ] || { echo "servers.sh: '$dir/ports' exists; stop it first" >&2; exit 73; }
	sign_expired
	tries=0
	until try_start; do
		tries=$((tries + 1))
		[ "$tries" -lt 3 ] || { echo "servers.sh: the servers do not answer; see $dir/*.log, $dir/*.out" >&2; exit 69; }
	done
	cat >"$dir/ports.new" <<-END
	RESOLVER_PORT=$RESOLVER_PORT
	AUTH_PORT=$AUTH_PORT
	BAD_PORT=$BAD_PORT
	NSD_PID=$NSD_PID
	UNBOUND_PID=$UNBOUND_PID
	WORLDD_PID=$WORLDD_PID
	SIGNED=$SIGNED
	END
	mv "$dir/ports.new" "$dir/ports"
}

# Ends the three processes that start wrote down, and waits until they are gone.
stop() {
	[ -f "$dir/ports" ] || return 0
	. "$dir/ports"
	end_all
	for pid in "$NSD_PID" "$UNBOUND_PID" "$WORLDD_PID"; do
		tries=0
		while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 100 ]; do
			tries=$((tries + 1))
			sleep 0.05
		done
		[ "$tries" -lt 100 ] || kill -9 "$pid" 2>/dev/null || true
	done
	rm -f "$dir/ports"
}

[ $# -ge 2 ] || usage
case $1 in
start)
	mkdir -p "$2"
	dir=$(cd "$2" && pwd)
	cases=$(cd "${3:-$here/cases}" && pwd)
	start
	;;
stop)
	dir=$(cd "$2" && pwd)
	stop
	;;
*) usage ;;
esac
