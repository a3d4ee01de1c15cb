#!/bin/sh
# screens.sh COMMAND: the console's views at 80x24 as text, into share/screens, from the demo that run.sh has made.
# Needs tmux.  make screens calls it; make docs puts what it wrote into the manual and the README.
set -eu
command=$1
out=share/screens
here=$(pwd)
socket=mxward-screens-$$
mkdir -p "$out"
trap 'tmux -L "$socket" kill-server 2>/dev/null || true' EXIT

t() { tmux -L "$socket" "$@"; }

shows() { t capture-pane -p -t s | grep -qF -- "$1"; }

# Waits until the text is on the screen; what does not come in 30 seconds never will.
wait_for() {
	tries=0
	until shows "$1"; do
		tries=$((tries + 1))
		[ "$tries" -lt 300 ] || { echo "screens: '$1' does not come:" >&2; t capture-pane -p -t s >&2; exit 70; }
		sleep 0.1
	done
}

keys() { t send-keys -t s -l -- "$1"; }
enter() { t send-keys -t s Enter; }

# One more second for live answers and the position, then the screen without blanks at the ends.
keep() {
	sleep 1.2
	t capture-pane -p -t s | sed 's/ *$//' | awk '{ line[NR] = $0 } END { while (NR && line[NR] == "") NR--; for (i = 1; i <= NR; i++) print line[i] }' \
		>"$out/$1.txt"
	echo "$out/$1.txt"
}

t -f /dev/null new-session -d -s s -x 80 -y 24 "cd '$here' && XDG_STATE_HOME='$here/build/demo/state' $command"
t set -g status off
t resize-window -t s -x 80 -y 24
wait_for "entries"
wait_for "1/3"
keys l
wait_for "Limit:"
keys "-class:na"
enter
wait_for "limit: -class:na"
keep list

keys "/dachdeckerei-engel.ex"
enter
wait_for ">   dachdeckerei-engel"
enter
wait_for "ENTRY"
wait_for "Asked"
keep entry
keys q

keys w
wait_for "left"
keep review
keys q
keys A
wait_for "AUDIT LOG"
keep audit
keys q

keys l
t send-keys -t s C-u
keys "state:deletable"
enter
wait_for "limit: state:deletable"
keys T
wait_for "Mark all"
enter
wait_for "marked in all"
keys ";dUl"
t send-keys -t s C-u
keys "notice:pending"
enter
wait_for "limit: notice:pending"
keys "djd"
keys "$"
wait_for "stay"
keep preview
keys c
wait_for "Reason:"
keys "left us"
enter
wait_for "Ticket"
keys "INC-9921"
enter
wait_for "Type "
# What was typed before the question stood there is thrown away.
sleep 0.5
keys "$(t capture-pane -p -t s | sed -n 's/^Type \([0-9]*\) to delete.*/\1/p')"
enter
wait_for "deleted, batch b"
keys B
wait_for BATCHES
keep batches
keys q
keys S
wait_for SCANS
keep scans
keys q
keys "?"
wait_for HELP
keep help
keys q
keys Q
sleep 0.3
keys y
