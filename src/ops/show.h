/*
 * show: one entry explained, for `show` and for the console's detail view.
 */
#ifndef OPS_SHOW_H
#define OPS_SHOW_H

struct err;
struct observed;
struct str;
struct ward;

/* Lines of plain text, LF after each, at most width columns: name and customer, the verdict in words with
 * its code, the evidence (MX by preference, ours or not, addresses on-net or off-net), when and by which
 * resolver, why it may not be deleted or that it may, pin, note, history with dates, audit records.
 * live, when not NULL, is a fresh observation that is shown in place of the stored one. */
int show_text(struct str *out, struct ward *w, const char *name, const struct observed *live, int width, struct err *e);

/* One JSON object on one line. */
int show_json(struct str *out, struct ward *w, const char *name, struct err *e);

#endif
