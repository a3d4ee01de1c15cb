#!/bin/sh
# analyze.sh: gcc -fanalyzer, cppcheck and clang-tidy over src, db and ui; shows what they find and ends with counts.
#
# A file counts once for each tool.  What is left out, and why, stands in .clang-tidy and below.
set -u
build=${B:-build}
jobs=$(nproc)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
files=$(find src db ui -name '*.c' | sort)
flags="-std=gnu11 -D_GNU_SOURCE -DMXWARD_VERSION=\"0\" -I$build/inc/main $(pkg-config --cflags ncursesw libsodium libidn2 libpsl zlib 2>/dev/null)"

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
		"$@" "$file" 2>&1 | grep -E "$keep" >"$out/$tool.$(echo "$file" | tr / _)"
		:' sh "$tool" "$out" "$keep" FILE "$@"
	count "$tool"
}

# gcc 12 follows no pointer that an arena or a list keeps, and no relation between a length and a pointer: what it says of
# leaks and of NULL is left to the sanitizers.  Use after free, double free, and what follows them are left.
keep='warning: .*\[-Wanalyzer'
each gcc-analyzer gcc $flags -O1 -fanalyzer -Wno-analyzer-malloc-leak -Wno-analyzer-file-leak -Wno-analyzer-fd-leak \
	-Wno-analyzer-too-complex \
	-Wno-analyzer-null-dereference -Wno-analyzer-null-argument -c -o /dev/null
keep='error|warning'
# Not heard: uninitialized variables (it does not see what a function fills through a pointer; the compilers do), mmap of
# -1 (right for an anonymous map), what a caller lends for the time of a call (autoVariables), NULL at the end of arguments (a pointer in C here), readdir (there are no threads).
# One configuration, given by a -D: it would try each #ifdef of the tables of X-macros alone.
each cppcheck cppcheck -D_GNU_SOURCE --quiet --std=c11 --enable=warning,portability --inline-suppr -I"$build/inc/main" \
	--suppress=missingInclude --suppress=missingIncludeSystem --suppress=uninitvar --suppress=ctuuninitvar \
	--suppress=autoVariables --suppress=identicalInnerCondition:src/mta/maillog_queue.c \
	--suppress=invalidFunctionArg --suppress=varFuncNullUB --suppress=readdirCalled --library=posix --template='{file}:{line}: {severity}: {message} [{id}]'
keep='(error|warning): .*\['
each clang-tidy sh -c 'clang-tidy --quiet "$1" -- '"$flags" sh
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
