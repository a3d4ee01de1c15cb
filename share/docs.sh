#!/bin/sh
# Writes what the documents have of the table of commands and keys: share/keys.txt, and in share/mxward.8 what stands
# between `.\" begin PART` and `.\" end PART`.  The program itself prints each part: mxward --document PART.
set -eu
program=${1:-./mxward}
page=share/mxward.8
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$program" --document keys >"$work/keys"
for part in man-keys man-words man-commands; do
	"$program" --document "$part" >"$work/$part"
done
awk -v work="$work" '
	/^\.\\" end man-/ { skip = 0 }
	!skip { print }
	/^\.\\" begin man-/ {
		skip = 1
		while ((getline line <(work "/" $3)) > 0)
			print line
	}' "$page" >"$work/page"
cmp -s "$work/page" "$page" || cat "$work/page" >"$page"
cmp -s "$work/keys" share/keys.txt || cat "$work/keys" >share/keys.txt
