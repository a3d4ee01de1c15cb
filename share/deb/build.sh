#!/bin/sh
# build.sh ROOT VERSION OUT: a Debian package of what `make install` put below ROOT (PREFIX=/usr); called by `make deb`.
#
# Needs dpkg-deb and dpkg-shlibdeps (package dpkg-dev) and nothing of debhelper; needs no root.  MAINTAINER may name who
# built it.
set -eu
root=$1 version=$2 out=$3
here=$(cd "$(dirname "$0")" && pwd)
maintainer=${MAINTAINER:-"mxward authors <postmaster@mxward.invalid>"}
doc=$root/usr/share/doc/mxward
work=$root.work
rm -rf "$work"
mkdir -p "$work/debian" "$root/DEBIAN" "$root/etc/mxward"

# Debian's places and forms: no debugging symbols, compressed manuals, the licence as `copyright`.
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$root/usr/bin/mxward"
gzip -9nf "$root/usr/share/man/man8/mxward.8" "$root/usr/share/man/man5/mxward.conf.5"
mkdir -p "$root/usr/share/zsh/vendor-completions"
mv "$root/usr/share/zsh/site-functions/_mxward" "$root/usr/share/zsh/vendor-completions/_mxward"
rmdir "$root/usr/share/zsh/site-functions"
{
	printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: mxward\n\n'
	printf 'Files: *\n'
	sed -n 's/^Copyright (c) /Copyright: /p' "$doc/LICENSE"
	printf 'License: ISC\n'
	sed -n '/^Permission/,$p' "$doc/LICENSE" | sed 's/^$/./; s/^/ /'
} >"$doc/copyright"
rm "$doc/LICENSE"
mv "$doc/INSTALL" "$doc/README.setup" # of it, what comes after the compiler
printf 'mxward (%s) unstable; urgency=medium\n\n  * Built from the tree by make deb.\n\n -- %s  %s\n' "$version" "$maintainer" \
	"$(LC_ALL=C date -u -d "@${SOURCE_DATE_EPOCH:-$(stat -c %Y "$root/usr/bin/mxward")}" '+%a, %d %b %Y %H:%M:%S +0000')" |
	gzip -9n >"$doc/changelog.gz"

printf 'Source: mxward\n\nPackage: mxward\nArchitecture: any\n' >"$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O "../$(basename "$root")/usr/bin/mxward" | sed -n 's/^shlibs:Depends=//p')
cat >"$root/DEBIAN/control" <<END
Package: mxward
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: $maintainer
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f 1)
Depends: $depends, adduser, tzdata
Suggests: postfix-lmdb
Section: mail
Priority: optional
Description: console for the relay domains of a backup MX
 mxward keeps a backup-MX relay's list of accepted domains and shows every entry
 beside what DNS says of it.  It finds those whose MX records no longer name the
 relay and those whose primary left the network, removes them in bulk, in line
 with Postfix's table, and keeps an audit log that others can verify.
END
for script in postinst prerm postrm; do
	install -m 0755 "$here/$script" "$root/DEBIAN/$script"
done
(cd "$root" && find . -path ./DEBIAN -prune -o -type f -print | sort | sed 's|^\./||' | xargs md5sum) >"$root/DEBIAN/md5sums"
find "$root" -type d -exec chmod 0755 {} +
dpkg-deb --root-owner-group -Zxz --build "$root" "$out" >/dev/null
rm -rf "$work"
echo "$out"
