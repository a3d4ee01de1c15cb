#!/bin/sh
# Writes what the documents have from elsewhere: of the table of commands and keys share/keys.txt and, in share/mxward.8,
# what stands between `.\" begin PART` and `.\" end PART` (the program itself prints each part: mxward --document PART);
# of share/screens the screens there and in the README.
set -eu
program=${1:-./mxward}
page=share/mxward.8
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$program" --document keys >"$work/keys"
for part in man-keys man-words man-commands man-limits; do
	"$program" --document "$part" >"$work/$part"
done
for screen in share/screens/*.txt; do
	name=${screen##*/}
	{
		echo '.Bd -literal'
		sed -e 's/\\/\\e/g' -e "s/^\([.']\)/\\\\\&\1/" "$screen"
		echo '.Ed'
	} >"$work/screen-${name%.txt}"
done
awk -v work="$work" '
	/^\.\\" end (man|screen)-/ { skip = 0 }
	!skip { print }
	/^\.\\" begin (man|screen)-/ {
		skip = 1
		while ((getline line <(work "/" $3)) > 0)
			print line
	}' "$page" >"$work/page"
# In the README a screen follows the line that names its file, indented; what it leaves empty is one line.
awk '
	skip && /^( |$)/ { next }
	skip { print ""; skip = 0 }
	{ print }
	/\(share\/screens\/[a-z]*\.txt\)[:;.]$/ {
		file = $0
		sub(/.*\(/, "", file)
		sub(/\).*/, "", file)
		print ""
		for (was = "-"; (getline line <file) > 0; was = line)
			if (line != "" || was != "")
				print line == "" ? "" : "    " line
		skip = 1
	}' README >"$work/readme"
cmp -s "$work/page" "$page" || cat "$work/page" >"$page"
cmp -s "$work/readme" README || cat "$work/readme" >README
cmp -s "$work/keys" share/keys.txt || cat "$work/keys" >share/keys.txt
