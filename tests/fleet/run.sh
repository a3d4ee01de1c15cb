#!/bin/sh
# run.sh: make check-fleet.  Unpacks the servers and runs TEST beside them, or says in one line why not.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
B=$top/${B:-build}
skip() { echo "skip fleet: $1"; echo '0 passed, 0 failed, 1 skipped'; exit 0; }
built=$("$B/mxward" --version)
case $built in *'not built in'*) skip "$(echo "$built" | sed -n '/not built/p') (libldap-dev and libpq-dev, see INSTALL)" ;; esac
[ "$(id -u)" = 0 ] || skip "only root has namespaces with servers in them"
unshare -m -n -p -f --mount-proc true 2>/dev/null || skip "no namespaces here (unshare)"
B="$B" sh "$top/tests/world/unpack-servers.sh" --fleet >"$B/fleet.log" 2>&1 ||
	skip "the servers' packages are not to be had: $(tail -n 1 "$B/fleet.log")"
export SERVERS="$B/servers" SOURCE="$top" MXWARD_BINARY="$B/mxward" WORLDD="$B/worldd"
unshare -m -n -p -f --mount-proc sh "$top/tests/fleet/fleet.sh" env TEST_TIMEOUT=1800 sh "$top/tests/run.sh" "$top/$TEST"
