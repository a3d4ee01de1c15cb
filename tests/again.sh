#!/bin/sh
# Runs test programs ROUNDS times, JOBS of them at once (eight: they wait more than they compute), every second round
# beside busy processes that take the processors from them, one for each, and shows each failure: again.sh ROUNDS PROGRAM...
set -u

# --one DIR PROGRAM ROUND: its output is shown when it fails, and only then.
if [ "$1" = --one ]; then
	out=$(mktemp "$2/XXXXXX")
	timeout 600 "$3" >"$out" 2>&1 && { rm -f "$out"; exit 0; }
	status=$?
	{
		echo "FAIL ${3##*/tests/} in $4 (status $status)"
		grep -v '^worldd:' "$out" | tail -n 60
	} >"$out.said"
	cat "$out.said"
	echo "${3##*/tests/}" >>"$2/failed"
	exit 0
fi

rounds=$1
shift
dir=$(mktemp -d)
busy=
trap 'rm -rf "$dir"; [ -z "$busy" ] || kill $busy' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
: >"$dir/failed"
count() {
	echo "$1 of $rounds rounds of $2 programs, $(wc -l <"$dir/failed") failed, $(($(date +%s) - began)) s"
}
began=$(date +%s)
round=1
while [ "$round" -le "$rounds" ]; do
	how="round $round"
	busy=
	if [ $((round % 2)) = 0 ]; then
		how="$how, loaded"
		i=$(($(nproc)))
		while [ "$i" -gt 0 ]; do
			sh -c 'while :; do :; done' &
			busy="$busy $!"
			i=$((i - 1))
		done
	fi
	printf '%s\n' "$@" | xargs -r -P "${JOBS:-8}" -I PROGRAM sh "$0" --one "$dir" PROGRAM "$how" &
	wait $! # so that a signal is not kept waiting for the round
	[ -z "$busy" ] || kill $busy
	[ -z "$busy" ] || wait $busy 2>/dev/null
	busy=
	[ $((round % 10)) != 0 ] || count "$round" $#
	round=$((round + 1))
done
count "$rounds" $#
[ ! -s "$dir/failed" ]
