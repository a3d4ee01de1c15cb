#!/bin/sh
# The demo: a small DNS world on loopback, a sample table imported and scanned, and the console on it.
# Everything lives in build/demo; what was started ends with this script.
set -eu
build=${B:-build}
here=share/demo
work=$build/demo

rm -rf "$work"
mkdir -p "$work"
"$build/worldd" -P -p 0 -m "$here/misbehave.conf" -r "$work/ready" "$here/zones" &
world=$!
trap 'kill "$world" 2>/dev/null || true' EXIT INT TERM HUP

# The world says on which port it answers by making this file; it takes milliseconds.
tries=0
until [ -s "$work/ready" ]; do
	kill -0 "$world" 2>/dev/null || { echo "demo: the DNS world ended early" >&2; exit 69; }
	tries=$((tries + 1))
	[ "$tries" -lt 200 ] || { echo "demo: the DNS world does not answer" >&2; exit 69; }
	sleep 0.05
done
read -r address port _ <"$work/ready"

sed -e "s|@RESOLVER@|$address:$port|" -e "s|@PORT@|$port|" -e "s|@DATABASE@|$work/db|" "$here/mxward.conf" >"$work/mxward.conf"
mxward="./mxward -c $work/mxward.conf"

$mxward init >/dev/null
echo "importing $here/relay_domains"
$mxward import --customer "" "$here/relay_domains" || [ $? = 65 ] # two lines are refused on purpose
echo "looking every entry up (a few name servers are dead: 8 seconds)"
$mxward scan

if [ -t 0 ] && [ -t 1 ]; then
	$mxward
	exit 0
fi
echo
$mxward stat
for class in broken moved orphan unknown ok na; do
	echo
	echo "class:$class"
	$mxward list "class:$class" | head -n 4
done
