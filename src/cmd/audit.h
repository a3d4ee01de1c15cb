/*
 * audit: the words of the command `audit`, a function each; see audit.c for how they are found.
 *
 * c->operand[0] is what stands behind the word.  Each returns the exit status.
 */
#ifndef CMD_AUDIT_H
#define CMD_AUDIT_H

struct call;

int audit_list(struct call *c);
int audit_key(struct call *c);
int audit_checkpoint(struct call *c);
int audit_anchors(struct call *c);
int audit_export(struct call *c);
int audit_verify(struct call *c);
int audit_withhold(struct call *c);
int audit_erase(struct call *c);

#endif
