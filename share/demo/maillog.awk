# maillog.awk: the mail log of the demo's relay for the last DAYS days before NOW (seconds since 1970), made up from a
# list of "NAME CLASS" lines: the same list gives the same mail.  An entry that moved gets all its mail through us, one
# that is backed up only what came while its own server was away, an orphan what spammers send to an old MX.  Names of
# the class MISSING are refused.

function random(n) {
	seed = (seed * 1103515245 + 12345) % 2147483648
	return int(seed / 65536) % n
}

function hash(text,   i, h) {
	h = 7
	for (i = 1; i <= length(text); i++)
		h = (h * 31 + index("abcdefghijklmnopqrstuvwxyz0123456789.-_", substr(text, i, 1))) % 1000003
	return h
}

function line(t, program, text) {
	print strftime("%Y-%m-%dT%H:%M:%S+00:00", t, 1) " backup " program ": " text
}

# One message that comes in at t and is delivered wait seconds later; kind is how.
function message(t, name, size, kind, wait,   id, from) {
	id = sprintf("%X", 268435456 + ++serial)
	from = "absender" random(40) "@mail" random(12) ".test"
	line(t, "postfix/smtpd[411]", id ": client=mail" random(200) ".test[198.51.100." 1 + random(250) "]")
	line(t, "postfix/qmgr[90]", id ": from=<" from ">, size=" size ", nrcpt=1 (queue active)")
	if (wait) {
		line(t + 31, "postfix/smtp[403]", id ": to=<info@" name ">, relay=none, delay=31, delays=0.1/0/30/0, dsn=4.4.1, " \
			"status=deferred (connect to mx." name "[203.0.113.9]:25: Connection timed out)")
		line(t + wait, "postfix/qmgr[90]", id ": from=<" from ">, size=" size ", nrcpt=1 (queue active)")
	}
	if (kind == "bounced")
		line(t + wait + 1, "postfix/smtp[403]", id ": to=<info@" name ">, relay=none, delay=0.1, delays=0.1/0/0/0, " \
			"dsn=5.4.6, status=bounced (mail for " name " loops back to myself)")
	else
		line(t + wait + 1, "postfix/smtp[403]", id ": to=<info@" name ">, relay=mx." name "[203.0.113.9]:25, delay=" \
			wait + 1 ", delays=0.1/0/0.3/0.5, dsn=2.0.0, status=sent (250 2.0.0 Ok)")
	line(t + wait + 1, "postfix/qmgr[90]", id ": removed")
}

# So many messages on a day; weekends are quiet.
function mail(name, day, most, size, kind, wait,   n, i, t) {
	t = NOW - day * 86400
	n = most * (int(t / 86400 + 4) % 7 < 2 ? 0.3 : 1) * (40 + random(120)) / 100
	n = int(n) + (random(1000) < (n - int(n)) * 1000)
	for (i = 0; i < n; i++)
		message(t - random(80000), name, int(size * (30 + random(140)) / 100) + 900, kind, wait)
}

{
	h = hash($1)
	seed = h * 7919 + 11
	for (day = DAYS; day >= 1; day--) {
		if ($2 == "MOVED")
			mail($1, day, (1 + h % 9) * (h % 17 == 3 ? 6 : 2), 300000 + h % 4000000, "sent", h % 5 == 0 && day == 19 ? 5400 : 0)
		else if ($2 == "OK" && h % 11 == 4 && (day == 19 || day == 47))
			mail($1, day, 3, 60000, "sent", 7200)
		else if ($2 == "OK" && h % 5 == 1)
			mail($1, day, 0.08, 9000, "sent", 0)
		else if ($2 == "BROKEN" && h % 2 == 0)
			mail($1, day, 1 + h % 4, 30000, "bounced", 0)
		else if ($2 == "ORPHAN" && h % 23 == 5)
			mail($1, day, 2, 7000, "bounced", 0)
		else if ($2 == "ORPHAN" && h % 6 == 2)
			mail($1, day, 0.1, 7000, "bounced", 0)
		else if ($2 == "MISSING" && day < 12)
			for (i = 0; i < 1 + h % 4; i++)
				line(NOW - day * 86400 - random(80000), "postfix/smtpd[411]", "NOQUEUE: reject: RCPT from mail.test[198.51." \
					random(120) "." 1 + random(250) "]: 554 5.7.1 <info@" $1 ">: Relay access denied; from=<a@b.test> " \
					"to=<info@" $1 "> proto=ESMTP helo=<mail.test>")
	}
}
