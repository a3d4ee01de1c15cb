#!/bin/sh
# Vectors, and a log that mxward makes here, read by a program that knows nothing of mxward: the Go checksum database's
# own code (Debian: golang-go golang-golang-x-mod-dev).  Skipped where that is missing; part of `make check-foreign`.
set -eu
here=$(dirname "$0")
build=${B:-build}
gopath=${GOPATH_MOD:-/usr/share/gocode}
if ! command -v go >/dev/null || [ ! -d "$gopath/src/golang.org/x/mod/sumdb/tlog" ]; then
	echo "check-foreign: not run; it needs golang-go and golang-golang-x-mod-dev"
	exit 0
fi
work=$build/foreign
rm -rf "$work"
mkdir -p "$work"
work=$(cd "$work" && pwd)
GO111MODULE=off GOPATH=$gopath GOCACHE=$work/cache GOFLAGS= go build -o "$work/tlog" "$here/tlog.go"
tlog=$work/tlog

"$tlog" vectors "$here/../audit/vectors"
shared=${MXWARD_SHARED:-$here/../../../shared}/audit/vectors
if [ -d "$shared" ]; then
	"$tlog" vectors "$shared"
	vkey=$(cat "$shared/pinned.vkey")
	"$tlog" bundle "$shared/bundle" "$vkey" "$shared/checkpoint-6.txt"
	"$tlog" bundle "$shared/bundle-redacted" "$vkey"
fi

# A log with all that a record can hold: other alphabets, escapes, batches, two customers of a domain, an erased body.
cat >"$work/mxward.conf" <<C
relay-host = backup.isp.example
relay-address = 11.11.0.10
database = $work/db
audit-origin = foreign.example/audit
audit-key = $work/audit.key
C
mxward() { "${MXWARD_BINARY:-$build/mxward}" -c "$work/mxward.conf" "$@" 2>>"$work/talk"; }
mxward init
vkey=$(mxward audit key)
i=0
while [ $i -lt 30 ]; do
	printf 'name%02d.example\tx "quoted" \\ <value>\n' $i
	i=$((i + 1))
done >"$work/table"
mxward import --format postfix --customer C-1 "$work/table" >/dev/null
mxward add m端.example --customer C-2 --note 'Kunde sagt: "Grüße", später mehr' >/dev/null
mxward edit name03.example --customer C-2 >/dev/null
mxward pin name07.example --reason customer --until 2031-01-01 --note 'kept' >/dev/null
mxward audit checkpoint >"$work/before"
mxward edit name07.example --contact 'post@name07.example' >/dev/null
mxward audit list --format jsonl >"$work/log.jsonl"
mxward audit checkpoint >"$work/checkpoint"
"$tlog" log "$work/log.jsonl" "$work/checkpoint" "$vkey"
mxward audit erase body 32 --reason retention
mxward audit export --customer C-2 "$work/customer" >/dev/null
mxward audit export --domain name07.example --known "$work/before" --internal "$work/bundle" >/dev/null
"$tlog" bundle "$work/bundle" "$vkey" "$work/before"
for dir in "$work"/customer/*/; do
	"$tlog" bundle "$dir" "$vkey"
	status=0
	mxward audit verify --key "$vkey" "$dir" >"$work/verified" || status=$?
	python=0
	python3 "$here/../../share/verify.py" "$dir" --key "$vkey" >"$work/verified.py" || python=$?
	[ $status = 3 ] && [ $python = 3 ] || { echo "check-foreign: verify says $status, verify.py $python"; exit 1; }
done
echo "check-foreign: mxward, verify.py and golang.org/x/mod/sumdb agree"
