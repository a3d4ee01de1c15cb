#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* In parentheses each is the function, not what an analyser is told of it. */
int (err_set)(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	e->code = code;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	return -1;
}

static enum err_code code_of_errno(int errnum)
{
	switch (errnum) {
	case EACCES:
	case EPERM:
	case EROFS:
		return ERR_PERM;
	case ENOENT:
	case ENOTDIR:
	case EISDIR:
	case ELOOP:
		return ERR_NOINPUT;
	case ENOMEM:
	case EMFILE:
	case ENFILE:
	case EAGAIN:
		return ERR_OS;
	default:
		return ERR_IO;
	}
}

int (err_errno)(struct err *e, int errnum, const char *fmt, ...)
{
	va_list ap;
	size_t used;

	e->code = code_of_errno(errnum);
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	used = strlen(e->text);
	snprintf(e->text + used, sizeof e->text - used, ": %s",
		 errnum == ENOSPC || errnum == EDQUOT ? "disk full"
		 : errnum == EFBIG		      ? "disk full (a limit on the size of files)"
						      : strerror(errnum));
	return -1;
}

int err_status(enum err_code code)
{
	switch (code) {
	case ERR_NONE:
		return 0;
	case ERR_USAGE:
		return EX_USAGE;
	case ERR_DATA:
		return EX_DATAERR;
	case ERR_NOINPUT:
		return EX_NOINPUT;
	case ERR_UNAVAILABLE:
		return EX_UNAVAILABLE;
	case ERR_SOFTWARE:
		return EX_SOFTWARE;
	case ERR_OS:
		return EX_OSERR;
	case ERR_CANTCREAT:
		return EX_CANTCREAT;
	case ERR_IO:
		return EX_IOERR;
	case ERR_BUSY:
		return EX_TEMPFAIL;
	case ERR_PERM:
		return EX_NOPERM;
	case ERR_CONFIG:
		return EX_CONFIG;
	}
	return EX_SOFTWARE;
}
