/*
 * What the sanitizers of `make check-sanitize` do with what they find, in every process of the tests: it goes to a file in
 * SANITIZER_FINDINGS.  The worker and what sshd or sudo starts have no environment that could say so, and the standard
 * error of many is nobody's; a finding on it would be lost.  tests/run.sh gives each test program a directory of its own
 * where the environment reaches, and fails for whatever lies in either.
 */
#define OPTIONS "log_path=" SANITIZER_FINDINGS "/finding:exitcode=99:detect_leaks=1:detect_stack_use_after_return=1:verify_asan_link_order=0"

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
	return OPTIONS;
}

/* gcc's two libraries keep their options apart. */
const char *__ubsan_default_options(void)
{
	return "log_path=" SANITIZER_FINDINGS "/finding:print_stacktrace=1";
}
