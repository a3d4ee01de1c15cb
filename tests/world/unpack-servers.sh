#!/bin/sh
# unpack-servers.sh [--all] [--fleet]: nsd, unbound, ldnsutils, postfix and exim for the tests, without installing anything;
# with --fleet also slapd, PostgreSQL and Postfix's maps for both.
#
# Fetches the distribution's packages (apt-get download) and unpacks them into build/servers (dpkg -x),
# with those of their libraries that this system does not have; --all fetches these too when it has them.
# No maintainer script runs and no service is started.  Needs no root; it needs apt's package lists, so
# run `apt-get update` first where there are none.  What is there already is not fetched again.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
build=${B:-$top/build}
case $build in /*) ;; *) build=$top/$build ;; esac
target=$build/servers
all=0 fleet=
for word in "$@"; do
	case $word in
	--all) all=1 ;;
	--fleet) fleet="slapd ldap-utils postfix-ldap postfix-pgsql openssl" ;;
	*) echo "usage: unpack-servers.sh [--all] [--fleet]" >&2; exit 64 ;;
	esac
done

for tool in apt-get apt-cache dpkg dpkg-query; do
	command -v "$tool" >/dev/null || { echo "skip: no $tool: this is for Debian and its kin"; exit 77; }
done

# The package of PostgreSQL's server has its version in its name.
if [ -n "$fleet" ]; then
	pg=$(apt-cache depends postgresql 2>/dev/null | sed -n 's/^ *Depends: \(postgresql-[0-9]*\)$/\1/p' | head -n 1)
	[ -n "$pg" ] || { echo "unpack-servers.sh: no postgresql to be had; is apt's package list there (apt-get update)?" >&2; exit 69; }
	fleet="$fleet $pg postgresql-client-${pg#postgresql-}"
fi

is_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | head -c 9)" = installed ]
}

# depends_of PACKAGE...: the libraries that these name.  What any program needs is here for sure.
depends_of() {
	apt-cache depends --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
		--no-pre-depends "$@" | sed -n 's/^ *|*Depends: \(lib[a-z0-9.+-]*\)$/\1/p' |
		grep -Ev '^(libc6|libgcc-s1|libstdc[+][+]6|libcrypt1|libpam.*)$' |
		grep -Ev -- '-(stdlib|minimal|common|data|bin|runtime)$' | sort -u
}

# Only from library to library, or the way leads through debconf and Perl to half of the system.
libraries() {
	level=$(depends_of nsd unbound ldnsutils postfix exim4-daemon-light openssh-server sudo $fleet)
	for _ in 1 2 3; do
		echo "$level"
		level=$(depends_of $level || true)
		[ -n "$level" ] || break
	done | sort -u
}

# Exim and Postfix both bring a sendmail; the later one stays, and the tests send with Postfix's.
wanted="nsd unbound ldnsutils exim4-daemon-light postfix postfix-lmdb $fleet openssh-server openssh-client sudo"
for library in $(libraries); do
	if [ "$all" = 1 ] || ! is_installed "$library"; then
		wanted="$wanted $library"
	fi
done

mkdir -p "$target/debs"
cd "$target/debs"
for package in $wanted; do
	set -- "${package}"_*.deb
	if [ ! -f "$1" ]; then
		# A name in the list of dependencies may be a virtual one; the real one stands beside it.
		apt-get -q -o APT::Sandbox::User="$(id -un)" download "$package" >download.log 2>&1 || {
			case $package in
			lib* | exim4-*) continue ;; # what needs exim says that it lacks it
			esac
			cat download.log >&2
			echo "unpack-servers.sh: cannot fetch '$package'; is apt's package list there (apt-get update)?" >&2
			exit 69
		}
		set -- "${package}"_*.deb
	fi
	dpkg -x "$1" "$target"
done

# The proof is that they run.
libs=$target/usr/lib/$(uname -m)-linux-gnu
for program in usr/sbin/nsd usr/sbin/unbound usr/bin/ldns-signzone; do
	missing=$(LD_LIBRARY_PATH=$libs ldd "$target/$program" | sed -n 's/ => not found//p' | tr -d '\t' | tr '\n' ' ')
	if [ -n "$missing" ]; then
		echo "unpack-servers.sh: '$target/$program' lacks $missing" >&2
		exit 69
	fi
done
LD_LIBRARY_PATH=$libs "$target/usr/sbin/nsd" -v 2>&1 | head -n 1
LD_LIBRARY_PATH=$libs "$target/usr/sbin/unbound" -V 2>&1 | head -n 1
