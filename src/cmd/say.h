/*
 * say: what commands tell people, on standard output and standard error.
 *
 * Names, notes, reasons and whatever an error quotes may have come from anywhere; both functions let through lines of
 * text that is seen, and all else escaped (base/escape.h), so that no command can make a terminal obey.  What programs
 * read (CSV, JSON, tables of mail servers) is written as its own format wants and does not come by here.
 */
#ifndef CMD_SAY_H
#define CMD_SAY_H

/* On standard error. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* On standard output: formatted, or a text as it stands. */
void say_out(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void say_text(const char *text);

#endif
