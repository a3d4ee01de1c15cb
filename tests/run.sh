#!/bin/sh
# Runs the test programs named on the command line, shows what failed, and ends with one line of counts.
# A program that ends with 77 lacks something, has said what, and counts as one skipped test.
#
# TEST_JOBS programs run at once (the default is one more than there are processors: most tests wait rather than
# compute); what one says is kept together.  The longest begin first, so that none is left to run alone at the end.
# TEST_UNDER is put in front of each: valgrind and its options.
# TEST_FINDINGS is where the sanitizers of a process write whose environment does not reach it; each program's own have a
# directory of its own, and it fails when anything lies there, whatever it thought of itself.
# A program that leaves tests out says `skip N: why`, and they are counted.
set -u
longest="cmd/check_ssh ui/check_terminal mta/check_postfix_live cmd/check_main_job ops/check_gate ops/check_verify ui/check_console
	dns/check_lookup cmd/check_world cmd/check_missing cmd/check_publish db/check_postfix"

# run_one DIR PROGRAM: runs it, prints its lines at once, and leaves "PASSED FAILED SKIPPED" in a file of DIR.
run_one() {
	name=${2##*/tests/}
	base=$1/$(echo "$name" | tr / .)
	if [ -n "${TEST_FINDINGS:-}" ]; then
		mkdir "$base.found"
		chmod 1777 "$base.found" # some children of tests are other users
		export ASAN_OPTIONS="log_path=$base.found/finding" UBSAN_OPTIONS="log_path=$base.found/finding"
	fi
	timeout "${TEST_TIMEOUT:-900}" ${TEST_UNDER:-} "$2" >"$base.out" 2>&1
	status=$?
	counts=$(sed -n 's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\)$/\1 \2 \3/p' "$base.out" |
		awk '{c += $1; f += $2 + $3} END {print c + 0, f + 0}')
	checks=${counts% *} bad=${counts#* }
	if [ "$status" = 77 ]; then
		echo 0 0 1 >"$base.counts"
		echo "skip $name: $(tail -n 1 "$base.out")"
		return
	fi
	if [ "$status" != 0 ] && [ "$bad" = 0 ]; then
		bad=1 # it crashed, or was ended, before it could count
		checks=$((checks + 1))
	fi
	found=$(ls "$base.found" 2>/dev/null | wc -l)
	if [ "$found" != 0 ]; then
		cat "$base.found"/* >>"$base.out"
		bad=$((bad + found)) checks=$((checks + found))
	fi
	left_out=$(sed -n 's/^skip \([0-9]*\): .*/\1/p' "$base.out" | awk '{n += $1} END {print n + 0}')
	echo $((checks - bad)) "$bad" "$left_out" >"$base.counts"
	{
		if [ "$bad" != 0 ]; then
			echo "FAIL $name (status $status)"
			sed 's/^/    /' "$base.out" | tail -n 40
		else
			echo "ok   $name: $checks"
			sed -n -e 's/^note: /     &/p' -e "s|^skip \([0-9]*\): |skip $name: \1: |p" "$base.out"
		fi
	} >"$base.said"
	cat "$base.said"
}

if [ "${1:-}" = --one ]; then
	run_one "$2" "$3"
	exit 0
fi

# A program that computes is slowed down by those beside it; its time-out is for what hangs.
export CK_TIMEOUT_MULTIPLIER="${CK_TIMEOUT_MULTIPLIER:-15}"
jobs=${TEST_JOBS:-$(($(nproc) + 1))}
dir=$(mktemp -d)
chmod 0711 "$dir"
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
{
	for l in $longest; do
		for t in "$@"; do
			case $t in */"$l") echo "$t" ;; esac
		done
	done
	for t in "$@"; do
		case " $(echo $longest) " in *" ${t##*/tests/} "*) ;; *) echo "$t" ;; esac
	done
} | xargs -r -n 1 -P "$jobs" sh "$0" --one "$dir"
strays=$(ls "${TEST_FINDINGS:-$dir/none}" 2>/dev/null | wc -l)
[ "$strays" = 0 ] || {
	echo "FAIL findings in processes that had no environment: $strays in $TEST_FINDINGS"
	cat "$TEST_FINDINGS"/* | sed 's/^/    /' | head -n 100
}
cat /dev/null "$dir"/*.counts | awk -v strays="$strays" -v wanted=$# '
	{p += $1; f += $2; s += $3}
	END {
		f += wanted - NR # a program that left no count was not run to its end
		f += strays
		printf "%d passed, %d failed, %d skipped\n", p, f, s
		exit f != 0
	}'
