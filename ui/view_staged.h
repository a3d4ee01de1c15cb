/*
 * view_staged: the preview of a deletion, for view_staged.c and preview_paint.c only.
 */
#ifndef UI_VIEW_STAGED_H
#define UI_VIEW_STAGED_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "ops/remove.h"
#include "ui/view.h"

enum { PREVIEW_HEAD = 3 };

struct preview {
	struct view view;
	struct remove_plan *plan; /* NULL: it could not be made */
	struct remove_options options;
	struct loop_timer *progress;
	int64_t asked; /* when the last answer was in */
	size_t agreed; /* the number the question named */
	struct str reason, ticket;
};

void preview_paint(struct view *v, int cols);
int preview_foot(struct view *v, int rows, int cols);

#endif
