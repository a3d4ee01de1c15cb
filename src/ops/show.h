/*
 * show: one entry explained, for `show` and for the console's detail view.
 */
#ifndef OPS_SHOW_H
#define OPS_SHOW_H

struct arena;
struct err;
struct lookup_result;
struct observed;
struct str;
struct ward;

/* Lines of plain text, LF after each, at most width columns: name and customer, the verdict in words with
 * its code, the evidence (MX by preference, ours or not, addresses on-net or off-net), when and by which
 * resolver, why it may not be deleted or that it may, pin, note, history with dates, audit records.
 * live, when not NULL, is a fresh observation that is shown in place of the stored one; where it is a failure, beside
 * it. */
int show_text(struct str *out, struct ward *w, const char *name, const struct observed *live, int width, struct err *e);

/* The same in two: what is, and what was (history and records), each of its own width; past begins with an empty
 * line. */
int show_parts(struct str *present, struct str *past, struct ward *w, const char *name, const struct observed *live,
	       int width, int past_width, struct err *e);

/* A text as lines of that width at most, the further ones indented. */
void show_add_wrapped(struct str *out, const char *text, int width);

/* Headings of sections, each behind an empty line. */
#define SHOW_ENTRY "The entry"
#define SHOW_MAIL "Mail"
#define SHOW_PAST "What DNS said"
#define SHOW_RECORDS "Audit records"
int show_is_heading(const char *line);

/* One JSON object on one line. */
int show_json(struct str *out, struct ward *w, const char *name, struct err *e);

#endif
