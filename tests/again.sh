#!/bin/sh
# Runs test programs ROUNDS times, every second round beside busy processes that take the processor from them, and
# shows each failure: again.sh ROUNDS PROGRAM...
set -u
rounds=$1
shift
out=$(mktemp)
busy=
trap 'rm -f "$out"; [ -z "$busy" ] || kill $busy' EXIT
failed=0
round=1
while [ "$round" -le "$rounds" ]; do
	how=idle
	busy=
	if [ $((round % 2)) = 0 ]; then
		how=loaded
		for i in 1 2 3 4 5 6; do
			sh -c 'while :; do :; done' &
			busy="$busy $!"
		done
	fi
	for t in "$@"; do
		timeout 600 "$t" >"$out" 2>&1 && continue
		failed=$((failed + 1))
		echo "FAIL ${t##*/tests/} in round $round ($how)"
		grep -v '^worldd:' "$out" | tail -n 60
	done
	[ -z "$busy" ] || kill $busy
	[ -z "$busy" ] || wait $busy 2>/dev/null
	busy=
	[ $((round % 10)) != 0 ] || echo "$round of $rounds rounds, $failed failed"
	round=$((round + 1))
done
echo "$rounds rounds of $# programs, $failed failed"
[ "$failed" = 0 ]
