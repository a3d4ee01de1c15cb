#!/bin/sh
# coverage.sh TEST...: runs tests that were built with --coverage in build/coverage, and shows which lines of src/relay,
# src/audit, src/dns and db they reached; status 1 below 95 % of all, or below 85 % of any file.  COVERAGE_LEAST and
# COVERAGE_LEAST_FILE say otherwise.  Shares are rounded down.
set -eu
build=${B:-build}/coverage
find "$build" -name '*.gcda' -delete
export MXWARD_BINARY="$PWD/$build/mxward" WORLDD="$PWD/$build/worldd" SOURCE="$PWD"
sh tests/run.sh "$@" >"$build/tests.log" 2>&1 || { tail -n 40 "$build/tests.log"; exit 1; }
tail -n 1 "$build/tests.log"
gcovr --root . --object-directory "$build" --filter 'src/(relay|audit|dns)/' --filter 'db/' --gcov-ignore-parse-errors \
	--exclude-throw-branches --txt "$build/coverage.txt" --csv "$build/coverage.csv" "$build/obj" >"$build/gcovr.log" 2>&1 ||
	{ tail "$build/gcovr.log"; exit 1; }
# The columns of the table: the file, its lines, those that ran.
awk -F, -v least="${COVERAGE_LEAST:-95}" -v least_file="${COVERAGE_LEAST_FILE:-85}" '
	function share(ran, lines) { return int(1000 * ran / lines) / 10 }
	NR > 1 && $2 > 0 {
		lines += $2
		ran += $3
		printf "%5.1f %s\n", share($3, $2), $1 | "sort -n | head -n 20"
		if (100 * $3 < least_file * $2)
			low = low sprintf("%s: %.1f %% of lines, %s %% are wanted\n", $1, share($3, $2), least_file)
	}
	END {
		close("sort -n | head -n 20")
		printf "TOTAL %d of %d lines: %.1f %%\n%s", ran, lines, share(ran, lines), low
		if (100 * ran < least * lines)
			low = low sprintf("%s %% of lines are wanted\n", least)
		print low == "" ? "1 passed, 0 failed" : "0 passed, 1 failed"
		exit low != ""
	}' "$build/coverage.csv"
