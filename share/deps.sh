#!/bin/sh
# Installs what is missing to build mxward on Debian (and, with `tests`, `fuzz`, `bench`, `analysis`, `screens` or `deb`, for
# what the Makefile calls so): libraries and tools only, no service.  As root or through sudo; otherwise it prints the command and stops.
set -eu

build="gcc make pkg-config libc6-dev liblmdb-dev libncurses-dev libsodium-dev libidn2-dev libpsl-dev zlib1g-dev libldns-dev libjansson-dev"
# For publishing to several relays; the build does without them where they are not.
build="$build libldap-dev libpq-dev"
# What moves the clock, so that the demo has a past.
demo="faketime"
tests="check libvterm-dev python3 iproute2 util-linux tmux tzdata"
screens="tmux"
fuzz="clang libclang-rt-14-dev"
bench="dnsperf lmdb-utils pflogsumm python3 check libvterm-dev"
analysis="gcovr clang clang-tidy cppcheck valgrind libclang-rt-14-dev python3"
deb="dpkg-dev binutils xz-utils"
want="$build $demo"
[ "${1:-}" = tests ] && want="$build $demo $tests"
[ "${1:-}" = screens ] && want="$build $demo $screens"
[ "${1:-}" = fuzz ] && want="$build $fuzz"
[ "${1:-}" = deb ] && want="$build $deb"
[ "${1:-}" = bench ] && want="$build $bench"
[ "${1:-}" = analysis ] && want="$build $demo $tests $analysis"

missing=
for p in $want; do
	case $(dpkg-query -W -f '${Status}' "$p" 2>/dev/null || true) in
	"install ok installed") ;;
	*) missing="$missing $p" ;;
	esac
done
[ -n "$missing" ] || exit 0

command="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" = 0 ]; then
	as=
elif command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
	as=sudo
else
	echo "mxward: packages are missing; install them as root, then run this again:" >&2
	echo "    $command" >&2
	exit 69
fi
echo "installing:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
# A list that was never fetched makes apt-get fail; then it is fetched once.
$as $command >/dev/null 2>&1 || { $as apt-get update >/dev/null && $as $command >/dev/null; } || {
	echo "mxward: apt-get failed; try by hand: $command" >&2
	exit 69
}
