/*
 * number: counts as people read them.
 */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdint.h>

/* "14,012" */
enum { NUMBER_SIZE = 32 };
char *number_grouped(char out[NUMBER_SIZE], uint64_t n);

#endif
