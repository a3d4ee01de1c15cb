#!/bin/sh
# try.sh PACKAGE DIR: installs the package below DIR, looks whether it works there, removes it, and looks whether anything
# is left; this system is not touched.  Maintainer scripts run without a root of their own (DPKG_ROOT) and do nothing to it.
set -eu
package=$1 dir=$2
fail() {
	echo "check-deb: $*" >&2
	exit 1
}
rm -rf "$dir"
mkdir -p "$dir/root" "$dir/admin/info" "$dir/admin/updates"
: >"$dir/admin/status"
: >"$dir/admin/available"
dir=$(cd "$dir" && pwd)
run() {
	dpkg --instdir="$dir/root" --admindir="$dir/admin" --log="$dir/log" --force-not-root --force-depends \
		--force-script-chrootless "$@" >"$dir/said" 2>&1 || { cat "$dir/said" >&2; fail "dpkg $* failed"; }
}
run -i "$package"
[ "$("$dir/root/usr/bin/mxward" --version | head -n 1 | cut -d ' ' -f 1)" = mxward ] || fail "the program does not run"
for file in usr/share/man/man8/mxward.8.gz usr/share/man/man5/mxward.conf.5.gz usr/share/doc/mxward/copyright \
	usr/share/doc/mxward/changelog.gz usr/share/doc/mxward/README.setup usr/share/doc/mxward/mxward.conf.example usr/lib/systemd/system/mxward-scan.timer \
	usr/share/bash-completion/completions/mxward usr/share/zsh/vendor-completions/_mxward; do
	[ -f "$dir/root/$file" ] || fail "$file is missing"
done
! grep -Ir '@[A-Z]*@' "$dir/root/usr/lib" "$dir/root/usr/share" || fail "a place was not filled in"
(cd "$dir/root" && md5sum --quiet -c "$dir/admin/info/mxward.md5sums") || fail "a file is not what was packed"
run -i "$package" # over itself, as an upgrade
run -r mxward
left=$(find "$dir/root" ! -type d)
[ -z "$left" ] || fail "left after removal: $left"
run -i "$package"
run -P mxward
left=$(find "$dir/root" -mindepth 1)
[ -z "$left" ] || fail "left after purge: $left"
echo "check-deb: $(basename "$package") installs, upgrades, removes and purges"
