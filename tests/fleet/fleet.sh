#!/bin/sh
# fleet.sh PROGRAM: runs PROGRAM beside a small provider's fleet, in namespaces of its own.
#
# Started by `make check-fleet` through `unshare -m -n -p -f --mount-proc`: mounts, network and processes are seen by
# nobody else and end with this script.  An slapd provider and two replicas, a PostgreSQL primary and a standby, and five
# instances of Postfix: relay1 and relay2 read a replica each, relay3 the standby and relay4 the primary, each with another
# server to fall back to; relay5 has a table of its own, which it fetches from an sshd.  All are configured from
# share/fleet, with nothing changed but paths and passwords.  Programs come from build/servers (unpacked, not installed),
# laid over /usr; all they write lies in LIVE, a directory below TMPDIR.  "$LIVE/ctl" starts, stops and kills the parts by name.
set -eu

servers=${SERVERS:?} source=${SOURCE:?}
LIVE=$(mktemp -d "${TMPDIR:-/tmp}/mxward-fleet.XXXXXX")
export LIVE
pg=$(ls -d "$servers"/usr/lib/postgresql/*/bin | head -n 1)
pg=/usr/${pg#"$servers"/usr/}
sshd=
trap '[ -z "$sshd" ] || kill "$sshd" 2>/dev/null || :
for r in 1 2 3 4 5; do postfix -c "$LIVE/relay$r/etc" stop >/dev/null 2>&1 || :; done
for p in provider replica1 replica2 standby primary; do sh "$LIVE/ctl" kill $p >/dev/null 2>&1 || :; done
rm -rf "$LIVE"' EXIT

mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=$servers/usr:/usr" /usr
mount -t tmpfs tmpfs /run
mkdir -p /run/sshd
chmod 755 "$LIVE"
for file in passwd group hosts; do
	cp "/etc/$file" "$LIVE/$file"
done
grep -q '^postfix:' "$LIVE/passwd" || echo 'postfix:x:63999:63999::/nonexistent:/usr/sbin/nologin' >>"$LIVE/passwd"
grep -q '^postfix:' "$LIVE/group" || echo 'postfix:x:63999:' >>"$LIVE/group"
grep -q '^postdrop:' "$LIVE/group" || echo 'postdrop:x:63998:' >>"$LIVE/group"
grep -q '^sshd:' "$LIVE/passwd" || echo 'sshd:x:63996:65534::/run/sshd:/usr/sbin/nologin' >>"$LIVE/passwd"
# PostgreSQL refuses to run as root.
sed -i '/^postgres:/d' "$LIVE/passwd"
echo 'postgres:x:63997:63997::/nonexistent:/usr/sbin/nologin' >>"$LIVE/passwd"
cat >>"$LIVE/hosts" <<END
127.1.0.1 ldap1.isp.example
127.1.0.2 ldap2.isp.example
127.1.0.3 ldap3.isp.example
127.3.0.1 db.isp.example
127.3.0.2 db2.isp.example
END
for file in passwd group hosts; do
	mount --bind "$LIVE/$file" "/etc/$file"
done
ip link set lo up
for r in 1 2 3 4 5; do ip address add "127.2.0.$r/8" dev lo; done # Postfix wants them on an interface

# --- certificates: a good one, one that has expired, and one that says who a client is -------------------------------
mkdir "$LIVE/tls"
cd "$LIVE/tls"
quietly() { "$@" >"$LIVE/log" 2>&1 || { cat "$LIVE/log" >&2; exit 1; }; }
quietly openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj '/O=mxward tests/CN=ca' -keyout ca.key -out ca.pem
certificate() {
	quietly openssl req -newkey rsa:2048 -nodes -subj "$2" -keyout "$1.key" -out "$1.csr"
	printf 'subjectAltName = DNS:ldap1.isp.example, DNS:db.isp.example, DNS:db2.isp.example\n' >ext
	quietly openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days "$3" -extfile ext -out "$1.pem"
}
certificate good /CN=ldap1.isp.example 30
certificate expired /CN=ldap1.isp.example -1
certificate client /O=client/CN=mxward 30
cp good.pem server.pem
cp good.key server.key
cp good.pem server-good.pem
cp good.key server-good.key
cp expired.pem server-expired.pem
cp expired.key server-expired.key
chmod 644 ./*

# --- slapd -----------------------------------------------------------------------------------------------------------
# configure NAME FILE: cn=config of one slapd, from what is shipped.
configure() {
	mkdir -p "$LIVE/$1/slapd.d" "$LIVE/$1/db"
	sed -e "s|/etc/ldap/schema/mxward.ldif|$source/share/fleet/mxward.ldif|" -e "s|/etc/ldap/schema|$servers/etc/ldap/schema|" \
		-e "s|/etc/ldap/tls|$LIVE/tls|" -e "s|/var/lib/ldap|$LIVE/$1/db|" "$2" >"$LIVE/$1/config.ldif"
	quietly slapadd -n 0 -F "$LIVE/$1/slapd.d" -l "$LIVE/$1/config.ldif"
}
configure provider "$source/share/fleet/slapd-provider.ldif"
quietly slapadd -n 1 -F "$LIVE/provider/slapd.d" -l "$source/share/fleet/directory.ldif"
configure replica1 "$source/share/fleet/slapd-replica.ldif"
configure replica2 "$source/share/fleet/slapd-replica.ldif"
# A directory that nobody gave the schema to, started by the one test that wants it.
sed '/mxward.ldif/d' "$source/share/fleet/slapd-provider.ldif" | grep -v 'mxwardList' >"$LIVE/bare.ldif"
configure bare "$LIVE/bare.ldif"
quietly slapadd -n 1 -F "$LIVE/bare/slapd.d" -l "$source/share/fleet/directory.ldif"

# --- what starts and ends the parts ----------------------------------------------------------------------------------
cat >"$LIVE/ctl" <<END
# ctl start|stop|kill NAME...: what is as it should be stays so.
set -eu
as_pg() { setpriv --reuid=63997 --regid=63997 --clear-groups "\$@"; }
slapd_at() {
	case \$1 in
	provider) echo "ldap://127.1.0.1/ ldaps://127.1.0.1/ ldapi://\$(echo $LIVE/ldapi | sed 's|/|%2F|g')" ;;
	replica1) echo ldap://127.1.0.2/ ;;
	replica2) echo ldap://127.1.0.3/ ;;
	bare) echo ldap://127.1.0.9/ ;;
	esac
}
is_up() {
	case \$1 in
	primary | standby) as_pg $pg/pg_ctl -D $LIVE/\$1/data status >/dev/null 2>&1 ;;
	*) kill -0 "\$(cat $LIVE/\$1/pid 2>/dev/null)" 2>/dev/null ;;
	esac
}
gone() { while kill -0 "\$1" 2>/dev/null; do sleep 0.02; done; }
do=\$1
shift
for name in "\$@"; do
	case \$do in
	start) is_up \$name && continue ;;
	*) is_up \$name || continue ;;
	esac
	case \$do-\$name in
	start-primary | start-standby)
		as_pg $pg/pg_ctl -D $LIVE/\$name/data -l $LIVE/\$name/log -w -t 60 start >/dev/null ;;
	stop-primary | stop-standby)
		as_pg $pg/pg_ctl -D $LIVE/\$name/data -m fast -w stop >/dev/null ;;
	kill-primary | kill-standby)
		as_pg $pg/pg_ctl -D $LIVE/\$name/data -m immediate -w stop >/dev/null ;;
	start-*)
		setsid slapd -F $LIVE/\$name/slapd.d -h "\$(slapd_at \$name)" -d 0 >$LIVE/\$name/log 2>&1 &
		echo \$! >$LIVE/\$name/pid
		address=\$(slapd_at \$name | cut -d ' ' -f 1)
		until ldapsearch -x -H "\$address" -b '' -s base >/dev/null 2>&1; do
			kill -0 \$(cat $LIVE/\$name/pid) || { cat $LIVE/\$name/log >&2; exit 1; }
			sleep 0.05
		done ;;
	stop-*)
		pid=\$(cat $LIVE/\$name/pid)
		kill \$pid && gone \$pid ;;
	kill-*)
		pid=\$(cat $LIVE/\$name/pid)
		kill -9 \$pid && gone \$pid ;;
	esac
done
END
sh "$LIVE/ctl" start provider replica1 replica2

# --- PostgreSQL ------------------------------------------------------------------------------------------------------
as_pg() { setpriv --reuid=63997 --regid=63997 --clear-groups "$@"; }
mkdir "$LIVE/primary" "$LIVE/standby" "$LIVE/run"
cp "$LIVE/tls/server.key" "$LIVE/tls/server.pem" "$LIVE/run"
chown -R postgres "$LIVE/primary" "$LIVE/standby" "$LIVE/run"
chmod 600 "$LIVE/run/server.key"
cd "$LIVE"
quietly as_pg "$pg/initdb" -D "$LIVE/primary/data" -A trust -U postgres -E UTF8 --locale=C
cat >>"$LIVE/primary/data/postgresql.conf" <<END
listen_addresses = 'db.isp.example'
unix_socket_directories = '$LIVE/run'
ssl = on
ssl_cert_file = '$LIVE/run/server.pem'
ssl_key_file = '$LIVE/run/server.key'
max_connections = 50
END
cat >"$LIVE/primary/data/pg_hba.conf" <<END
local all postgres trust
local replication postgres trust
local mail relay trust
hostssl mail mxward all scram-sha-256
host mail relay all trust
END
sh "$LIVE/ctl" start primary
psql=$(dirname "$pg")/bin/psql
sql() { quietly "$psql" -h "$LIVE/run" -U postgres -v ON_ERROR_STOP=1 -q "$@"; }
sql -c "CREATE ROLE mxward LOGIN PASSWORD 'secret'" -c 'CREATE ROLE relay LOGIN' -c 'CREATE DATABASE mail'
sql -d mail -f "$source/share/fleet/mxward.sql"
quietly as_pg "$pg/pg_basebackup" -h "$LIVE/run" -U postgres -D "$LIVE/standby/data" -R -X stream -c fast
echo "listen_addresses = 'db2.isp.example'
unix_socket_directories = '$LIVE/standby'" >>"$LIVE/standby/data/postgresql.conf"
sh "$LIVE/ctl" start standby

# --- Postfix ---------------------------------------------------------------------------------------------------------
mkdir "$LIVE/meta"
cp -r "$servers/etc/postfix/." "$LIVE/meta/"
cp /usr/share/postfix/dynamicmaps.cf "$LIVE/meta/"
relay() {
	etc=$LIVE/relay$1/etc
	mkdir -p "$etc" "$LIVE/relay$1/spool" "$LIVE/relay$1/data"
	chown postfix "$LIVE/relay$1/data"
	map=$2:$etc/relay-$2.cf
	if [ "$2" = lmdb ]; then
		map=lmdb:$etc/relay_domains
	else
		sed -e "s|^server_host.*|server_host = $3|" -e "s|^hosts.*|hosts = $3|" "$source/share/fleet/relay-$2.cf" \
			>"$etc/relay-$2.cf"
	fi
	cat >"$etc/main.cf" <<-END
		compatibility_level = 3.6
		queue_directory = $LIVE/relay$1/spool
		data_directory = $LIVE/relay$1/data
		command_directory = /usr/sbin
		daemon_directory = /usr/lib/postfix/sbin
		meta_directory = $LIVE/meta
		shlib_directory = /usr/lib/postfix
		sendmail_path = /usr/sbin/sendmail
		myhostname = relay$1.isp.example
		mydestination =
		local_recipient_maps =
		alias_maps =
		alias_database =
		inet_interfaces = 127.2.0.$1
		inet_protocols = ipv4
		proxy_interfaces = 11.11.0.10
		mynetworks = 127.0.0.99/32, 11.11.0.0/16
		smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
		relay_domains = $map
		relay_recipient_maps =
		smtpd_tls_security_level = none
		smtpd_peername_lookup = no
		smtpd_client_connection_count_limit = 0
		smtpd_hard_error_limit = 100000
		smtpd_soft_error_limit = 100000
		smtpd_error_sleep_time = 0
		maillog_file_prefixes = $LIVE
		maillog_file = $LIVE/relay$1/maillog
	END
	# Nothing runs in a chroot, which would need files of the system below the queue directory.
	sed -E 's/^([a-z]+ +(inet|unix|pass) +[-yn]+ +[-yn]+ +)y( )/\1n\3/' /usr/share/postfix/master.cf.dist >"$etc/master.cf"
	echo 'postlog unix-dgram n - n - 1 postlogd' >>"$etc/master.cf"
	[ "$2" != lmdb ] || { : >"$etc/relay_domains" && postmap -c "$etc" "$map" && rm "$etc/relay_domains"; }
	postfix -c "$etc" start >"$LIVE/log" 2>&1 || { cat "$LIVE/log" "$LIVE/relay$1/maillog" >&2 || :; exit 1; }
}
relay 1 ldap 'ldap://ldap2.isp.example ldap://ldap3.isp.example'
relay 2 ldap 'ldap://ldap3.isp.example ldap://ldap1.isp.example'
relay 3 pgsql 'db2.isp.example db.isp.example'
relay 4 pgsql 'db.isp.example db2.isp.example'
relay 5 lmdb

# --- the sshd of the admin host, and relay5's key, which a test binds to a command -----------------------------------
mkdir "$LIVE/keys" "$LIVE/bin"
for key in host relay5; do
	ssh-keygen -q -t ed25519 -N '' -f "$LIVE/$key.key"
done
cat >"$LIVE/sshd_config" <<END
ListenAddress 127.0.0.1
Port 2222
HostKey $LIVE/host.key
PidFile none
AuthorizedKeysFile $LIVE/keys/%u
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
END
cat >"$LIVE/ssh_config" <<END
Host admin.isp.example
	HostName 127.0.0.1
	Port 2222
	IdentityFile $LIVE/relay5.key
	StrictHostKeyChecking no
	UserKnownHostsFile $LIVE/known_hosts
	LogLevel ERROR
END
printf '#!/bin/sh\nexec /usr/bin/ssh -F %s "$@"\n' "$LIVE/ssh_config" >"$LIVE/bin/ssh"
chmod 755 "$LIVE/bin/ssh"
/usr/sbin/sshd -D -e -f "$LIVE/sshd_config" 2>"$LIVE/sshd.log" &
sshd=$!
"$@"
