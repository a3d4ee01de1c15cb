#include "base/number.h"

#include <inttypes.h>
#include <stdio.h>

char *number_grouped(char out[NUMBER_SIZE], uint64_t n)
{
	char digits[NUMBER_SIZE];
	int len = snprintf(digits, sizeof digits, "%" PRIu64, n), used = 0;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			out[used++] = ',';
		out[used++] = digits[i];
	}
	out[used] = '\0';
	return out;
}
