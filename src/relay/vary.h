/*
 * vary: targets whose addresses come and go from question to question, as with anycast and round robin.
 *
 * Pure.  One answer shows a part of such a set; judged one by one, a primary with an address here and one elsewhere
 * would be OK in one night and MOVED in the next.  Once an address has come back after it was away, the targets are
 * judged on the union of the last five observations.  A set that changes once for all is no such
 * set, and counts as it is seen.
 */
#ifndef RELAY_VARY_H
#define RELAY_VARY_H

struct arena;
struct observed;
struct site;

/* fresh, an observation of name, takes over from old (the one before it, with its MX) what was seen lately, in the arena,
 * and its verdict becomes that of the union where the set varies.  Where a transport override leads the mail, the MX
 * addresses decide nothing, and the verdict is left as it is. */
void vary_follow(struct observed *fresh, const struct observed *old, const struct site *site, const char *name,
		 struct arena *a);

#endif
