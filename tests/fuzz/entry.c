/*
 * The way in for libFuzzer: FUZZ_TARGET names the function of targets.h.
 */
#include "fuzz/targets.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	FUZZ_TARGET(bytes, len);
	return 0;
}
