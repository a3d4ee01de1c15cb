#!/bin/sh
# postfix-live.sh PROGRAM: runs PROGRAM beside a Postfix of its own, in namespaces of its own.
#
# Started by check_postfix_live through `unshare -m -n -p -f --mount-proc`: mounts, network and processes are seen by
# nobody else and end with this script.  Postfix comes from build/servers (unpacked, not installed), laid over /usr; its
# configuration, queue and data lie in LIVE, a directory below TMPDIR.  Port 25 is on this namespace's loopback alone.
set -eu

servers=${SERVERS:?}
LIVE=$(mktemp -d "${TMPDIR:-/tmp}/mxward-live.XXXXXX")
export LIVE
etc=$LIVE/etc
trap 'postfix -c "$etc" stop >/dev/null 2>&1 || :; rm -rf "$LIVE"' EXIT

mount --make-rprivate /
# faketime names what it shares by its process number, which is small in here.
mount -t tmpfs tmpfs /dev/shm
mount -t overlay overlay -o "lowerdir=$servers/usr:/usr" /usr
chmod 755 "$LIVE"
mkdir -p "$etc" "$LIVE/meta" "$LIVE/spool" "$LIVE/data"
for file in passwd group; do
	cp "/etc/$file" "$LIVE/$file"
done
grep -q '^postfix:' "$LIVE/passwd" || echo 'postfix:x:63999:63999::/nonexistent:/usr/sbin/nologin' >>"$LIVE/passwd"
grep -q '^postfix:' "$LIVE/group" || echo 'postfix:x:63999:' >>"$LIVE/group"
grep -q '^postdrop:' "$LIVE/group" || echo 'postdrop:x:63998:' >>"$LIVE/group"
grep -q '^Debian-exim:' "$LIVE/passwd" || echo 'Debian-exim:x:63997:63997::/nonexistent:/usr/sbin/nologin' >>"$LIVE/passwd"
grep -q '^Debian-exim:' "$LIVE/group" || echo 'Debian-exim:x:63997:' >>"$LIVE/group"
mount --bind "$LIVE/passwd" /etc/passwd
mount --bind "$LIVE/group" /etc/group
ip link set lo up 2>/dev/null || ifconfig lo up

cp -r "$servers/etc/postfix/." "$LIVE/meta/"
cp /usr/share/postfix/dynamicmaps.cf "$LIVE/meta/"
chown postfix "$LIVE/data"
cat >"$etc/main.cf" <<END
compatibility_level = 3.6
queue_directory = $LIVE/spool
data_directory = $LIVE/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
meta_directory = $LIVE/meta
shlib_directory = /usr/lib/postfix
sendmail_path = /usr/sbin/sendmail
myhostname = relay.isp.example
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
proxy_interfaces = 11.11.0.10
mynetworks = 127.0.0.99/32, 11.11.0.0/16
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_recipient_restrictions = permit_mynetworks, check_recipient_access lmdb:$etc/brownout
relay_domains = lmdb:$etc/relay_domains
relay_recipient_maps =
smtpd_tls_security_level = none
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_hard_error_limit = 100000
smtpd_soft_error_limit = 100000
smtpd_error_sleep_time = 0
smtpd_recipient_limit = 1000000
maillog_file_prefixes = $LIVE
maillog_file = $LIVE/maillog
END
# Nothing runs in a chroot, which would need files of the system below the queue directory.
sed -E 's/^([a-z]+ +(inet|unix|pass) +[-yn]+ +[-yn]+ +)y( )/\1n\3/' /usr/share/postfix/master.cf.dist >"$etc/master.cf"
echo 'postlog unix-dgram n - n - 1 postlogd' >>"$etc/master.cf"
printf 'keep.example\tOK\n' >"$etc/relay_domains"
postmap -c "$etc" "lmdb:$etc/relay_domains"
rm "$etc/relay_domains"
: >"$etc/brownout"
postmap -c "$etc" "lmdb:$etc/brownout"
rm "$etc/brownout"
postfix -c "$etc" start >"$LIVE/start" 2>&1 || { cat "$LIVE/start" "$LIVE/maillog" >&2; exit 1; }
"$@"
