#!/bin/sh
# ssh-live.sh PROGRAM: runs PROGRAM beside an sshd of its own, in namespaces of its own.
#
# Started by check_ssh through `unshare -m -n -p -f --mount-proc`.  sshd and sudo come from build/servers (unpacked, not
# installed), laid over /usr; accounts, PAM and sudoers are laid
# over those of /etc, in this namespace alone.
# alice and bob may run mxward as the account mxward and nothing else, as INSTALL says; the port is on loopback.
set -eu

servers=${SERVERS:?}
LIVE=$(mktemp -d "${TMPDIR:-/tmp}/mxward-ssh.XXXXXX")
export LIVE
sshd=
trap '[ -z "$sshd" ] || kill "$sshd" 2>/dev/null || :; umount -l /etc "$LIVE/top" 2>/dev/null || :; rm -rf "$LIVE"' EXIT

mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=$servers/usr:/usr" /usr
mount -t tmpfs tmpfs /run
mkdir -p /run/sshd /run/sudo
chmod 755 "$LIVE"
mkdir "$LIVE/keys" "$LIVE/top"
mount -t tmpfs tmpfs "$LIVE/top"
etc=$LIVE/top/etc
mkdir -p "$etc/pam.d" "$LIVE/top/work"
cp /etc/passwd /etc/group /etc/shadow "$etc/"
for user in mxward:63100 alice:63101 bob:63102; do
	name=${user%:*} id=${user#*:}
	echo "$name:x:$id:$id::$LIVE/home-$name:/bin/sh" >>"$etc/passwd"
	echo "$name:x:$id:" >>"$etc/group"
	echo "$name:*:19000::::::" >>"$etc/shadow"
	mkdir "$LIVE/home-$name"
	chown "$id:$id" "$LIVE/home-$name"
done
grep -q '^sshd:' "$etc/passwd" || echo "sshd:x:63103:65534::/run/sshd:/usr/sbin/nologin" >>"$etc/passwd"
for service in sshd sudo; do
	printf 'auth required pam_permit.so\naccount required pam_permit.so\nsession required pam_permit.so\n' >"$etc/pam.d/$service"
done
printf 'session required pam_loginuid.so\n' >>"$etc/pam.d/sshd"
cat >"$etc/sudoers" <<END
Defaults env_reset
Defaults !syslog
alice, bob ALL = (mxward) NOPASSWD: $LIVE/mxward -c $LIVE/mxward.conf
END
chmod 440 "$etc/sudoers"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$etc,workdir=$LIVE/top/work" /etc
ip link set lo up 2>/dev/null || ifconfig lo up
cp "${MXWARD_BINARY:?}" "$LIVE/mxward"

for key in host alice bob; do
	ssh-keygen -q -t ed25519 -N '' -f "$LIVE/$key.key"
done
for user in alice bob; do
	cp "$LIVE/$user.key.pub" "$LIVE/keys/$user"
done
cat >"$LIVE/sshd_config" <<END
ListenAddress 127.0.0.1
Port 2222
HostKey $LIVE/host.key
PidFile none
AuthorizedKeysFile $LIVE/keys/%u
StrictModes no
UsePAM yes
PasswordAuthentication no
KbdInteractiveAuthentication no
AcceptEnv *
Subsystem sftp internal-sftp
MaxStartups 100
Match User alice,bob
	ForceCommand sudo -u mxward $LIVE/mxward -c $LIVE/mxward.conf
	DisableForwarding yes
	PermitUserRC no
END
/usr/sbin/sshd -D -e -f "$LIVE/sshd_config" 2>"$LIVE/sshd.log" &
sshd=$!
"$@"
