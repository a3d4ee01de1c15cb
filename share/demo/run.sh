#!/bin/sh
# The demo: a small DNS world on loopback, a sample table imported and scanned, and the console on it.
# With faketime the list has a past: a hundred nights are played first, in which the world was as share/demo/past
# says.  Everything lives in build/demo; what was started ends with this script.
set -eu
build=${B:-build}
here=share/demo
work=$build/demo
nights=100
bad_night=17 # the night in which a canary failed

rm -rf "$work"
mkdir -p "$work/zones"
cp "$here"/zones/*.zone "$work/zones/"
: >"$work/misbehave.conf"
"$build/worldd" -P -p 0 -m "$work/misbehave.conf" -r "$work/ready" "$work/zones" 2>"$work/world.log" &
world=$!
trap 'kill "$world" 2>/dev/null || true' EXIT INT TERM HUP

# The world says on which port it answers by making this file; it takes milliseconds.
tries=0
until [ -s "$work/ready" ]; do
	kill -0 "$world" 2>/dev/null || { echo "demo: the DNS world ended early, see $work/world.log" >&2; exit 69; }
	tries=$((tries + 1))
	[ "$tries" -lt 200 ] || { echo "demo: the DNS world does not answer" >&2; exit 69; }
	sleep 0.05
done
read -r address port _ <"$work/ready"

sed -e "s|@RESOLVER@|$address:$port|" -e "s|@PORT@|$port|" -e "s|@DATABASE@|$work/db|" "$here/mxward.conf" >"$work/mxward.conf"
mxward="./mxward -c $work/mxward.conf"

# Has the world read again, and waits until it did: a zone named after the version is there then.
version=0
read_again() {
	version=$((version + 1))
	printf '$ORIGIN version-%s.\n@ 60 SOA a.root. h.root. 1 60 60 60 60\n@ 60 NS a.root.\n' "$version" \
		>"$work/zones/version.zone"
	kill -HUP "$world"
	"$build/worldd" --wait "$port" "version-$version"
}

# The names that we still backed up so many days ago.
ours_then() {
	awk -v ago="$1" '!/^#/ {
		for (i = 2; i <= NF; i++) {
			split($i, range, "-")
			if (ago <= range[1] && ago >= range[2])
				print $1
		}
	}' "$here/past"
}

# The zones as they were: those names get the MX of a customer, and those that are gone get a zone.
write_past() {
	awk -v ours="$(echo $1)" -v out="$work/zones" '
	BEGIN {
		n = split(ours, name, " ")
		for (i = 1; i <= n; i++)
			wanted[name[i] "."] = 1
		mx = "\tMX 10 mx1.isp.example.\n\tMX 50 backup.isp.example."
	}
	FNR == 1 { file = FILENAME; sub(/.*\//, "", file); file = out "/" file; printf "" >file; zone = "" }
	$1 == "$ORIGIN" { zone = $2; seen[zone] = 1 }
	zone in wanted && /^\tMX/ { next }
	{ print >file }
	zone in wanted && $2 == "SOA" { print mx >file }
	END {
		file = out "/gone.zone"
		printf "$TTL 300\n" >file
		for (zone in wanted)
			if (!seen[zone])
				printf "$ORIGIN %s\n@\tSOA ns1.isp.example. hostmaster.isp.example. 1 7200 1800 1209600 300\n" \
					"\tNS ns1.isp.example.\n%s\n", zone, mx >file
	}' "$here"/zones/*.zone
	if [ "$2" = "$bad_night" ]; then
		awk '/^canary\t/ { print; getline; next } { print }' "$work/zones/provider.zone" >"$work/bad"
		mv "$work/bad" "$work/zones/provider.zone"
	fi
}

# A command of the past: so many days ago, and HH:MM.
then_at() {
	when=$(date -u -d "$1 days ago" +%Y-%m-%d)
	at=$2
	shift 2
	TZ=UTC LD_PRELOAD=$faketime FAKETIME="@$when $at:00" FAKETIME_DONT_FAKE_MONOTONIC=1 $mxward "$@"
}

play_past() {
	before=-
	ago=$nights
	# Dead name servers are left out: each would take its 8 seconds in every night.
	grep -E 'bogus|nodata-nosoa|ede-|cname-loop' "$here/misbehave.conf" >"$work/misbehave.conf"
	while [ "$ago" -gt 0 ]; do
		ours=$(ours_then "$ago")
		if [ "$ours" != "$before" ] || [ "$ago" = "$bad_night" ] || [ "$((ago + 1))" = "$bad_night" ]; then
			write_past "$ours" "$ago"
			read_again
			before=$ours
		fi
		then_at "$ago" 02:00 scan >>"$work/past.log" 2>&1 || [ "$ago" = "$bad_night" ] ||
			{ echo "demo: the scan of $ago days ago failed, see $work/past.log" >&2; exit 70; }
		if [ "$ago" = 60 ]; then
			then_at 60 10:00 pin tsv-waldau-1954.example --reason etrn --note "fetches its mail by ETRN"
		fi
		if [ "$ago" = 40 ]; then
			then_at 40 10:00 notice wp-baumann.example --deadline "$(date -d '-3 days' +%Y-%m-%d)" --ticket INC-9511 \
				>>"$work/past.log" 2>&1
		fi
		if [ "$ago" = 2 ]; then
			then_at 2 11:00 pin weinhaus-steinach.example --reason customer \
				--until "$(date -d '+20 days' +%Y-%m-%d)" --note "moves house, comes back"
		fi
		ago=$((ago - 1))
	done
	rm -f "$work/zones/gone.zone"
	cp "$here"/zones/*.zone "$work/zones/"
}

# The mail log of two months, made up; what it names is as the list is now, and two names that nobody entered.
read_mail() {
	{
		$mxward list --format csv | tr -d '"\r' | awk -F, 'NR > 1 && $1 ~ /^[a-z0-9]/ { print $1, $2 }'
		echo baustoffe-winkler.example MISSING
		echo ra-jansen-mueller.example MISSING
	} >"$work/names"
	awk -v NOW="$(date +%s)" -v DAYS=60 -f "$here/maillog.awk" "$work/names" | sort -s -k 1,1 >"$work/mail.log"
	$mxward traffic "$work/mail.log" >"$work/traffic.txt" 2>&1
	$mxward missing "$work/mail.log" >"$work/missing.txt" 2>&1
}

# What somebody settled: customers that were told, and a note.
settle() {
	$mxward notice landhandel-schmidt.example --deadline "$(date -d '+6 days' +%Y-%m-%d)" --ticket INC-9877
	$mxward notice pension-kruse.example --deadline "$(date -d '+40 days' +%Y-%m-%d)" --ticket INC-9902
	$mxward edit dachdeckerei-engel.example --contact "edv@engel.test, Frau Engel" \
		--note "wants to keep us until the new office is wired; ask again in spring" --contract-end 2027-06-30
} >>"$work/past.log" 2>&1

faketime=
for library in /usr/lib/*/faketime/libfaketime.so.1; do
	[ -e "$library" ] && faketime=$library
done

$mxward init >/dev/null
echo "importing $here/relay_domains"
# Whose they are stands in the table's value, which is what a postmaster would make a CSV of.
awk 'BEGIN { print "name,customer,value" } $2 ~ /^C-/ { sub(/\.$/, "", $1); print $1 "," $2 "," $2 }' \
	"$here/relay_domains" >"$work/customers.csv"
if [ -n "$faketime" ]; then
	then_at "$((nights + 1))" 14:55 import --format csv "$work/customers.csv" >>"$work/past.log" 2>&1 || [ $? = 65 ]
	then_at "$((nights + 1))" 15:00 import "$here/relay_domains" || [ $? = 65 ] # two lines are refused on purpose
	echo "playing the scans of the last $nights nights"
	play_past
else
	$mxward import --format csv "$work/customers.csv" >>"$work/past.log" 2>&1 || [ $? = 65 ]
	$mxward import "$here/relay_domains" || [ $? = 65 ]
	echo "faketime is missing (apt-get install faketime): the list has no past, and nothing is deletable yet"
fi
cp "$here/misbehave.conf" "$work/misbehave.conf"
read_again
echo "looking every entry up (a few name servers are dead: 8 seconds)"
$mxward scan
echo "reading the mail log of two months"
read_mail
settle

if [ -n "${DEMO_SCREENS:-}" ]; then
	sh "$here/screens.sh" "$mxward"
	exit 0
fi
if [ -t 0 ] && [ -t 1 ]; then
	$mxward
	exit 0
fi
echo
$mxward stat
for class in broken moved orphan unknown ok na; do
	echo
	echo "class:$class"
	$mxward list "class:$class" | head -n 4
done
