#!/bin/sh
# analyze.sh FLAG...: gcc -fanalyzer, cppcheck and clang-tidy over src, db and ui; shows what they find, ends with counts.
#
# A file counts once for each tool.  What is left out, and why, stands in .clang-tidy and below.
set -u
build=${B:-build}
jobs=$(nproc)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
files=$(find src db ui -name '*.c' | sort)
# ANALYSED: base/err.h then shows what its functions return.
flags="-std=gnu11 -D_GNU_SOURCE -DANALYSED -DMXWARD_VERSION=\"0\" -I$build/inc/main $*"

passed=0 failed=0
# count TOOL: of the files, those that TOOL said nothing about; the others are shown.
count() {
	bad=0
	for f in $files; do
		said=$out/$1.$(echo "$f" | tr / _)
		if [ -s "$said" ]; then
			bad=$((bad + 1))
			sed 's/^/    /' "$said" | head -n 12
		fi
	done
	n=$(echo "$files" | wc -l)
	echo "$1: $n files, $bad with findings"
	passed=$((passed + n - bad))
	failed=$((failed + bad))
}

# each TOOL COMMAND...: the command for each file, its output in a file of its own.  TOOL_KEEP filters what counts.
each() {
	tool=$1
	shift
	echo "$files" | xargs -P "$jobs" -I FILE sh -c '
		tool=$1 out=$2 keep=$3 file=$4
		shift 4
		said=$out/$tool.$(echo "$file" | tr / _)
		"$@" "$file" >"$said.all" 2>&1
		status=$?
		grep -E "$keep" "$said.all" >"$said"
		[ "$status" -lt 126 ] || echo "$tool: no result for $file, status $status" >>"$said"
		rm -f "$said.all"' sh "$tool" "$out" "$keep" FILE "$@"
	count "$tool"
}

# All that gcc 12 has but the note that a function was too long to follow.  -O1: calls within a file are followed.
keep='error:|warning: .*\[-Wanalyzer'
each gcc-analyzer gcc $flags -O1 -fanalyzer -Wno-analyzer-too-complex -c -o /dev/null
keep='error|warning|portability'
# Not heard, each read once: what a caller lends for the time of a call (autoVariables, 3), NULL at the end of arguments (a
# pointer in C here; varFuncNullUB, 8), readdir (there are no threads; 3), mmap of -1 (right for an anonymous map; 1), and one
# that takes a place in a list for a copy of it.  One configuration, given by a -D: it would try each #ifdef of the tables of
# X-macros alone.
each cppcheck cppcheck -D_GNU_SOURCE -DANALYSED --quiet --std=c11 --enable=warning,portability --inline-suppr \
	-I"$build/inc/main" --suppress=missingInclude --suppress=missingIncludeSystem --suppress=autoVariables \
	--suppress=identicalInnerCondition:src/mta/maillog_queue.c --suppress=invalidFunctionArg --suppress=varFuncNullUB \
	--suppress=readdirCalled --library=posix --template='{file}:{line}: {severity}: {message} [{id}]'
# What is left out, and why, stands in .clang-tidy.
keep='(error|warning): .*\['
each clang-tidy sh -c 'clang-tidy --quiet "$1" -- '"$flags" sh
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
