#include "cmd/capture.h"

#include "cmd/command.h"

struct sink {
	struct captured *r;
	struct str *to;
};

static ssize_t take(void *cookie, const char *bytes, size_t len)
{
	struct sink *s = cookie;
	size_t room = s->to->len < CAPTURE_MAX ? CAPTURE_MAX - s->to->len : 0;

	str_add_bytes(s->to, bytes, len < room ? len : room);
	s->r->lost += len < room ? 0 : len - room;
	return (ssize_t)len;
}

void capture_run(struct captured *r, struct call *c, FILE *to)
{
	static const cookie_io_functions_t functions = {.write = take};
	struct sink out = {r, &r->out}, talk = {r, &r->talk};
	FILE *old_out = stdout, *old_talk = stderr, *new_out, *new_talk;

	*r = (struct captured){0};
	new_out = to ? to : fopencookie(&out, "w", functions);
	new_talk = fopencookie(&talk, "w", functions);
	if (!new_out || !new_talk) {
		if (new_out && !to)
			(void)fclose(new_out);
		if (new_talk)
			(void)fclose(new_talk);
		str_add(&r->talk, "mxward: out of memory\n");
		r->status = err_status(ERR_OS);
		return;
	}
	/* glibc has them as variables; the terminal, which the screen is on, is never written to. */
	stdout = new_out;
	stderr = new_talk;
	r->status = c->command->run(c);
	stdout = old_out;
	stderr = old_talk;
	if (!to)
		(void)fclose(new_out);
	(void)fclose(new_talk);
}

void capture_clear(struct captured *r)
{
	str_clear(&r->out);
	str_clear(&r->talk);
}
