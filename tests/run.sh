#!/bin/sh
# Runs the test programs named on the command line, shows what failed, and ends with one line of counts.
# A program that ends with 77 lacks something, has said what, and counts as one skipped test.
set -u
passed=0 failed=0 skipped=0
out=$(mktemp)
trap 'rm -f "$out"' EXIT
for t in "$@"; do
	name=${t##*/tests/}
	timeout "${TEST_TIMEOUT:-240}" "$t" >"$out" 2>&1
	status=$?
	counts=$(sed -n 's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\)$/\1 \2 \3/p' "$out" |
		awk '{c += $1; f += $2 + $3} END {print c + 0, f + 0}')
	checks=${counts% *} bad=${counts#* }
	if [ "$status" = 77 ]; then
		skipped=$((skipped + 1))
		echo "skip $name: $(tail -n 1 "$out")"
		continue
	fi
	if [ "$status" != 0 ] && [ "$bad" = 0 ]; then
		bad=1 # it crashed, or was ended, before it could count
		checks=$((checks + 1))
	fi
	passed=$((passed + checks - bad))
	failed=$((failed + bad))
	if [ "$bad" != 0 ]; then
		echo "FAIL $name (status $status)"
		sed 's/^/    /' "$out" | tail -n 40
	else
		echo "ok   $name: $checks"
		grep '^note: ' "$out" | sed 's/^/     /'
	fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
