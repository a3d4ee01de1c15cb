#!/bin/sh
# coverage.sh TEST...: runs tests that were built with --coverage in build/coverage, and shows which lines of src/relay,
# src/audit, src/dns and db they reached; status 1 below 95 %.  In CI: COVERAGE_LEAST says otherwise.
set -eu
build=${B:-build}/coverage
find "$build" -name '*.gcda' -delete
export MXWARD_BINARY="$PWD/$build/mxward" WORLDD="$PWD/$build/worldd" SOURCE="$PWD"
sh tests/run.sh "$@" >"$build/tests.log" 2>&1 || { tail -n 40 "$build/tests.log"; exit 1; }
tail -n 1 "$build/tests.log"
gcovr --root . --object-directory "$build" --filter 'src/(relay|audit|dns)/' --filter 'db/' --gcov-ignore-parse-errors \
	--exclude-throw-branches "$build/obj" >"$build/coverage.txt" 2>"$build/gcovr.log" || { tail "$build/gcovr.log"; exit 1; }
sed -n '/^TOTAL/p' "$build/coverage.txt"
# The least covered ones first.
awk '/%/ && !/TOTAL/ {n = $(NF > 4 ? 4 : NF); print}' "$build/coverage.txt" | awk '{print $4, $1}' | sort -n | head -n 20
least=${COVERAGE_LEAST:-95}
total=$(awk '/^TOTAL/ {sub("%", "", $4); print $4}' "$build/coverage.txt")
[ "$total" -ge "$least" ] && echo "1 passed, 0 failed" || { echo "$total % of lines, $least % are wanted"; echo "0 passed, 1 failed"; exit 1; }
