#include "ops/bundle_out.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"

int bundle_out_open(struct bundle_out *o, const char *dir, const char *name, struct err *e)
{
	int fd;

	if (snprintf(o->path, sizeof o->path, "%s/%s", dir, name) >= (int)sizeof o->path)
		return err_set(e, ERR_CANTCREAT, "the path '%.100s...' is too long", dir);
	fd = open(o->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
	o->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!o->file) {
		err_errno(e, errno, "cannot make '%s'", o->path);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	o->failed = 0;
	sha256_begin(&o->hash);
	return 0;
}

void bundle_out_add(struct bundle_out *o, struct str *text)
{
	if (text->len == 0)
		return;
	if (fwrite(text->bytes, 1, text->len, o->file) != text->len && !o->failed)
		o->failed = errno;
	sha256_add(&o->hash, text->bytes, text->len);
	str_truncate(text, 0);
}

int bundle_out_close(struct bundle_out *o, uint8_t hash[32], struct err *e)
{
	int rc = 0;

	if (!o->file)
		return 0;
	if (fclose(o->file) != 0 && !o->failed)
		o->failed = errno;
	if (o->failed)
		rc = err_errno(e, o->failed, "cannot write '%s'", o->path);
	o->file = NULL;
	if (hash)
		sha256_end(&o->hash, hash);
	return rc;
}
