# mxward: `make` builds ./mxward, `make demo` shows it, `make check` tests it.
#
# The tree is a house: each room below may include only the rooms before it, which its include path
# proves, and the static libraries are linked in that order, which the linker proves.

VERSION = 0.1
CC ?= cc
PKG_CONFIG ?= pkg-config
CFLAGS ?= -O2 -g
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wformat=2
HARDEN = -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
LINK_HARDEN = -pie -Wl,-z,relro,-z,now
# With FINDINGS, every process writes there what a sanitizer found in it.
ifdef SANITIZE
HARDEN = -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all -DSANDBOX_OPEN
SANITIZER_OPTIONS := $(if $(FINDINGS),$(B)/obj/tests/analysis/sanitizer_options.o)
LINK_HARDEN = -fsanitize=$(SANITIZE)
endif
ifdef WERROR
WARN += -Werror
endif
B ?= build

PACKAGES = ncursesw libsodium libidn2 libpsl zlib jansson
LIBRARY_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PACKAGES) 2>/dev/null)
LIBRARIES := $(shell $(PKG_CONFIG) --libs $(PACKAGES) 2>/dev/null) -llmdb -lldns -lresolv
# Publish targets on other hosts are built in where their libraries are: `make WITHOUT="ldap pgsql"` leaves them out.
WITHOUT ?=
have = $(if $(filter $(1),$(WITHOUT)),,$(shell $(PKG_CONFIG) --exists $(2) 2>/dev/null && echo yes))
ifeq ($(call have,ldap,ldap lber),yes)
LIBRARY_CFLAGS += -DMXWARD_LDAP $(shell $(PKG_CONFIG) --cflags ldap)
LIBRARIES += $(shell $(PKG_CONFIG) --libs ldap lber)
endif
ifeq ($(call have,pgsql,libpq),yes)
LIBRARY_CFLAGS += -DMXWARD_PGSQL $(shell $(PKG_CONFIG) --cflags libpq)
LIBRARIES += $(shell $(PKG_CONFIG) --libs libpq)
endif
TEST_LIBRARIES := $(shell $(PKG_CONFIG) --libs check 2>/dev/null)

COMPILE = $(CC) -std=gnu11 -D_GNU_SOURCE -DMXWARD_VERSION='"$(VERSION)"' $(WARN) $(HARDEN) $(CFLAGS) $(LIBRARY_CFLAGS) -MMD -MP

# Lowest first.  ROOMS_x are the rooms that x may look into, itself included.
ROOMS = base relay audit dns mta db ops cmd ui
ROOMS_base = base
ROOMS_relay = base relay
ROOMS_audit = base audit
ROOMS_dns = base relay audit dns
ROOMS_mta = base relay audit mta
ROOMS_db = base relay audit dns mta db
ROOMS_ops = base relay audit dns mta db ops
ROOMS_cmd = base relay audit dns mta db ops cmd
ROOMS_ui = base relay audit dns mta db ops cmd ui
ROOMS_main = $(ROOMS)
home = $(if $(filter db ui,$(1)),$(1),src/$(1))

all: mxward

.PHONY: all analyze check check-sanitize check-valgrind coverage mutants check-deb deb demo deps docs screens bench clean fuzz install lint torture world world-servers

# --- include paths: a folder per room with links to what it may see -------------------------------------
$(B)/inc/%/.made:
	@mkdir -p $(dir $@)
	@for r in $(ROOMS_$*); do ln -sfn "$(CURDIR)/$$( [ $$r = db -o $$r = ui ] && echo $$r || echo src/$$r )" $(dir $@)$$r; done
	@touch $@

define room
SRC_$(1) := $(wildcard $(call home,$(1))/*.c)
OBJ_$(1) := $$(patsubst %.c,$(B)/obj/%.o,$$(SRC_$(1)))
$$(OBJ_$(1)): $(B)/obj/%.o: %.c $(B)/inc/$(1)/.made
	@mkdir -p $$(dir $$@)
	$$(COMPILE) -I$(B)/inc/$(1) -c -o $$@ $$<
$(B)/lib$(1).a: $$(OBJ_$(1))
	@rm -f $$@
	ar rcs $$@ $$^
-include $$(OBJ_$(1):.o=.d)
endef
$(foreach r,$(ROOMS),$(eval $(call room,$(r))))

reverse = $(if $(1),$(call reverse,$(wordlist 2,99,$(1))) $(firstword $(1)))
LIBS = $(foreach r,$(call reverse,$(ROOMS)),$(if $(SRC_$(r)),$(B)/lib$(r).a))

$(B)/obj/src/main.o: src/main.c $(B)/inc/main/.made
	@mkdir -p $(dir $@)
	$(COMPILE) -I$(B)/inc/main -c -o $@ $<
-include $(B)/obj/src/main.d

mxward: $(B)/mxward
	@cp -f $(B)/mxward mxward
$(B)/obj/tests/analysis/sanitizer_options.o: tests/analysis/sanitizer_options.c
	@mkdir -p $(dir $@)
	$(COMPILE) -DSANITIZER_FINDINGS='"$(FINDINGS)"' -c -o $@ $<
$(B)/mxward: $(B)/obj/src/main.o $(SANITIZER_OPTIONS) $(LIBS)
	$(CC) $(LINK_HARDEN) -o $@ $^ $(LIBRARIES)

# --- tests: tests/ROOM/check_*.c, each a program of its own that links only the rooms it tests ------------
TESTS := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/*/check_*.c))
TEST_HELP := $(patsubst tests/%.c,$(B)/tests/%.o,$(wildcard tests/support/*.c tests/fuzz/fuzz_*.c tests/bench/big_*.c))
$(B)/tests/%.o: tests/%.c $(B)/inc/main/.made
	@mkdir -p $(dir $@)
	$(COMPILE) -Itests -I$(B)/inc/main -c -o $@ $<
$(B)/tests/%: $(B)/tests/%.o $(TEST_HELP) $(SANITIZER_OPTIONS) $(LIBS)
	$(CC) $(LINK_HARDEN) -o $@ $< $(TEST_HELP) $(SANITIZER_OPTIONS) $(LIBS) $(TEST_LIBRARIES) $(LIBRARIES) -lvterm -lutil
# They have stand-ins for DNS of their own, which go before that of the house.
$(B)/tests/ops/check_remove_seen $(B)/tests/ui/check_live: TEST_LIBRARIES += -Wl,-z,muldefs
# Its worker is taken over by an answer.
$(B)/tests/dns/check_worker_taken: TEST_LIBRARIES += -Wl,--wrap=message_read
-include $(TESTS:=.d) $(TEST_HELP:.o=.d)
.SECONDARY: $(TEST_HELP) $(TESTS:=.o)

# --- torture: kill -9, power cuts, failing calls, full disks, damage; TORTURE is the share of all rounds in percent ----
TORTURE ?= 100
TORTURE_ITEMS ?=
TORTURE_OBJ := $(patsubst tests/%.c,$(B)/tests/%.o,$(filter-out %/preload_faults.c %/preload_writes.c,$(wildcard tests/torture/*.c)))
PRELOADS := $(B)/torture/preload_faults.so $(B)/torture/preload_writes.so
$(PRELOADS): $(B)/torture/%.so: tests/torture/%.c tests/torture/functions.h
	@mkdir -p $(dir $@)
	$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) -O1 -g -I tests -fno-builtin -fPIC -shared -o $@ $<
$(B)/torture/torture: $(TORTURE_OBJ) $(TEST_HELP) $(LIBS)
	@mkdir -p $(dir $@)
	$(CC) $(LINK_HARDEN) -o $@ $(TORTURE_OBJ) $(TEST_HELP) $(LIBS) $(TEST_LIBRARIES) $(LIBRARIES) -lvterm -lutil -ljansson
-include $(TORTURE_OBJ:.o=.d)
torture: mxward world $(B)/torture/torture $(PRELOADS)
	@MXWARD_BINARY=$(CURDIR)/$(B)/mxward WORLDD=$(CURDIR)/$(B)/worldd SOURCE=$(CURDIR) TORTURE=$(TORTURE) \
		PRELOADS=$(CURDIR)/$(B)/torture $(B)/torture/torture $(TORTURE_ITEMS)

# --- bench: one table beside what others take; BENCH=quick takes minutes, all of it a third of an hour -----------------
BENCHES := $(B)/tests/bench/console_bench $(B)/tests/bench/bytes_bench $(B)/tests/bench/audit_bench $(B)/tests/bench/delete_bench
bench:
	@sh share/deps.sh bench
	@$(MAKE) $(JOBS) -s --no-print-directory mxward world $(BENCHES)
	@B=$(B) sh tests/world/unpack-servers.sh >/dev/null
	@MXWARD_BINARY=$(CURDIR)/$(B)/mxward WORLDD=$(CURDIR)/$(B)/worldd SOURCE=$(CURDIR) BUILD=$(CURDIR)/$(B) \
		BENCH=$(BENCH) python3 tests/bench/run.py

# --- fuzzing: `make fuzz` runs each target for FUZZ_SECONDS with clang's libFuzzer; check_corpus replays ----
# FUZZ_SEED has the same inputs again; 0 draws others each time.
FUZZ_SECONDS ?= 60
FUZZ_SEED ?= 0
FUZZ_TARGETS := $(filter-out common,$(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_HELP := $(B)/tests/fuzz/fuzz_common.o
$(FUZZ_TARGETS:%=$(B)/fuzz-%): $(B)/fuzz-%: tests/fuzz/entry.c $(B)/tests/fuzz/fuzz_%.o $(FUZZ_HELP) $(LIBS)
	$(COMPILE) -Itests -DFUZZ_TARGET=fuzz_$* $(LINK_HARDEN) -fsanitize=fuzzer -o $@ $^ $(LIBRARIES)
# As many at once as there are processors.
.PHONY: fuzz-built
fuzz-built: $(FUZZ_TARGETS:%=$(B)/fuzz-%)
	@mkdir -p $(FUZZ_TARGETS:%=$(B)/found/%)
	@printf '%s\n' $(FUZZ_TARGETS) | xargs -P $(shell nproc) -I TARGET sh -c 'cd $(B)/found && \
		if ../fuzz-TARGET -seed=$(FUZZ_SEED) -max_total_time=$(FUZZ_SECONDS) -max_len=8192 -timeout=25 -verbosity=0 -print_final_stats=1 \
			TARGET "$(CURDIR)/tests/fuzz/corpus/TARGET" >../fuzz-TARGET.log 2>&1; then \
			echo "TARGET: $$(sed -n "s/^stat::number_of_executed_units: *//p" ../fuzz-TARGET.log) inputs in $(FUZZ_SECONDS) s"; \
		else tail -n 60 ../fuzz-TARGET.log; echo "FAIL TARGET"; exit 1; fi'
fuzz:
	@sh share/deps.sh fuzz
	@$(MAKE) -s --no-print-directory B=$(B)/fuzz CC=clang SANITIZE=address,undefined,fuzzer-no-link fuzz-built

# --- the little authoritative server of demo and tests ----------------------------------------------------
WORLD_OBJ := $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/world/*.c))
$(WORLD_OBJ): $(B)/obj/%.o: %.c
	@mkdir -p $(dir $@)
	$(COMPILE) -c -o $@ $<
-include $(WORLD_OBJ:.o=.d)
$(B)/worldd: $(WORLD_OBJ) $(SANITIZER_OPTIONS)
	$(CC) $(LINK_HARDEN) -o $@ $^
world: $(B)/worldd

# --- on a server ------------------------------------------------------------------------------------------
PREFIX ?= /usr/local
INSTALL_DIRS = bin lib/mxward share/man/man8 share/man/man5 share/doc/mxward share/doc/mxward/fleet lib/systemd/system \
	share/bash-completion/completions share/zsh/site-functions
TO = $(DESTDIR)$(PREFIX)
UNITS = mxward-scan mxward-figures mxward-report mxward-publish

install: mxward
	@for d in $(INSTALL_DIRS); do install -d -m 0755 "$(TO)/$$d"; done
	install -m 0755 mxward "$(TO)/bin/mxward"
	install -m 0644 share/mxward.8 "$(TO)/share/man/man8/mxward.8"
	install -m 0644 share/mxward.conf.5 "$(TO)/share/man/man5/mxward.conf.5"
	install -m 0644 README INSTALL LICENSE share/mxward.conf.example share/letter-moved.txt "$(TO)/share/doc/mxward"
	install -m 0644 share/fleet/*.ldif share/fleet/*.sql share/fleet/*.cf "$(TO)/share/doc/mxward/fleet"
	install -m 0755 share/fleet/mxward-pull "$(TO)/share/doc/mxward/fleet/mxward-pull"
	sed -e 's|@BIN@|$(PREFIX)/bin|' -e 's|@LIB@|$(PREFIX)/lib/mxward|' share/system/mxward.cron.in \
		>"$(TO)/share/doc/mxward/mxward.cron"
	@for s in figures report-mail; do sed 's|@BIN@|$(PREFIX)/bin|' share/system/$$s.in >"$(TO)/lib/mxward/$$s"; \
		chmod 0755 "$(TO)/lib/mxward/$$s"; done
	@for u in $(UNITS); do sed -e 's|@BIN@|$(PREFIX)/bin|' -e 's|@LIB@|$(PREFIX)/lib/mxward|' share/system/$$u.service.in \
		>"$(TO)/lib/systemd/system/$$u.service"; chmod 0644 "$(TO)/lib/systemd/system/$$u.service"; \
		install -m 0644 share/system/$$u.timer "$(TO)/lib/systemd/system/$$u.timer"; done
	./mxward --completion bash >"$(TO)/share/bash-completion/completions/mxward"
	./mxward --completion zsh >"$(TO)/share/zsh/site-functions/_mxward"
	@cd "$(TO)" && chmod 0644 share/doc/mxward/mxward.cron \
		share/bash-completion/completions/mxward share/zsh/site-functions/_mxward

# --- a Debian package, made of what install installs -------------------------------------------------------
DEB = $(B)/mxward_$(VERSION)_$(shell dpkg --print-architecture 2>/dev/null).deb
deb: mxward
	@sh share/deps.sh deb
	@rm -rf $(B)/deb
	@$(MAKE) -s --no-print-directory install DESTDIR="$(CURDIR)/$(B)/deb/root" PREFIX=/usr >/dev/null
	@sh share/deb/build.sh $(B)/deb/root $(VERSION) $(DEB)
check-deb: deb
	@sh share/deb/try.sh $(DEB) $(B)/deb/try

clean:
	rm -rf $(B) mxward

# --- what people call ----------------------------------------------------------------------------------------
deps:
	@sh share/deps.sh

# What the documents have of the table of commands; check_table fails while they differ.
docs: mxward
	@sh share/docs.sh

# The console's views as text, freshly made from the demo, into share/screens; needs tmux.
screens:
	@sh share/deps.sh screens
	@$(MAKE) -s mxward world
	@B=$(B) DEMO_SCREENS=1 sh share/demo/run.sh
	@sh share/docs.sh

demo:
	@sh share/deps.sh
	@$(MAKE) -s mxward world
	@B=$(B) sh share/demo/run.sh

# Without a -j of the caller's, as many jobs as there are processors.
JOBS = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))
check:
	@sh share/deps.sh tests
	@$(MAKE) $(JOBS) --no-print-directory check-built

# Real servers that replicate, and relays that read them; see tests/fleet/fleet.sh.  FLEET_MANY=100000 for its figures.
FLEET_TEST := $(B)/tests/fleet/fleet
FLEET_OBJ := $(patsubst tests/%.c,$(B)/tests/%.o,$(wildcard tests/fleet/*.c))
$(FLEET_TEST): $(FLEET_OBJ) $(TEST_HELP) $(LIBS)
	$(CC) $(LINK_HARDEN) -o $@ $(FLEET_OBJ) $(TEST_HELP) $(LIBS) $(TEST_LIBRARIES) $(LIBRARIES) -lvterm -lutil
-include $(FLEET_OBJ:.o=.d)
.PHONY: check-fleet
check-fleet:
	@sh share/deps.sh tests
	@$(MAKE) --no-print-directory mxward world $(FLEET_TEST)
	@B=$(B) TEST=$(FLEET_TEST) sh tests/fleet/run.sh

.PHONY: check-built
check-built: mxward world $(TESTS) lint
	@B=$(B) sh tests/world/unpack-servers.sh
	@MXWARD_BINARY=$(CURDIR)/$(B)/mxward WORLDD=$(CURDIR)/$(B)/worldd SOURCE=$(CURDIR) sh tests/run.sh $(sort $(TESTS))

# The console's tests again and again, every second time on a loaded machine; and 2,000 changes of size.
UI_TESTS := $(filter $(B)/tests/ui/%,$(TESTS))
.PHONY: check-ui-200 check-ui-sizes
check-ui-200: mxward world $(UI_TESTS)
	@MXWARD_BINARY=$(CURDIR)/$(B)/mxward WORLDD=$(CURDIR)/$(B)/worldd SOURCE=$(CURDIR) \
		sh tests/again.sh $${ROUNDS:-200} $(sort $(UI_TESTS))
check-ui-sizes: mxward world $(B)/tests/ui/check_manners
	@MXWARD_BINARY=$(CURDIR)/$(B)/mxward WORLDD=$(CURDIR)/$(B)/worldd SOURCE=$(CURDIR) \
		RESIZES=2000 $(B)/tests/ui/check_manners

# The audit log read by a program that is none of ours.
.PHONY: check-foreign
check-foreign: mxward
	@B=$(B) MXWARD_BINARY=$(CURDIR)/$(B)/mxward sh tests/foreign/run.sh

# 100,000 generated names in one scan through an unbound as it comes, at four windows, none lost: two minutes or three.
.PHONY: check-scan-unbound
check-scan-unbound: mxward world
	@sh share/deps.sh tests
	@B=$(B) sh tests/world/unpack-servers.sh
	@B=$(B) sh tests/world/scan-unbound.sh

# --- what a compiler's own checks, valgrind, analysers, coverage and mutants say ------------------------------------------
# The tests once more, built with AddressSanitizer (leaks included) and UBSan, by both compilers (CC=gcc or CC=clang: by
# one).  The worker looks for its leaks before it ends; a child that reads a table or the store leaves all it has to its end.
# LEAVE="ui cmd" leaves out the tests of these rooms.
SANITIZERS = $(if $(filter command line,$(origin CC)),$(CC),gcc clang)
check-sanitize:
	@sh share/deps.sh analysis
	@B=$(B) sh tests/world/unpack-servers.sh >/dev/null
	@for cc in $(SANITIZERS); do mkdir -p $(B)/sanitize-$$cc && ln -sfn ../servers $(B)/sanitize-$$cc/servers && echo "sanitizers of $$cc" && \
		$(MAKE) $(JOBS) -s --no-print-directory B=$(B)/sanitize-$$cc CC=$$cc SANITIZE=address,undefined FINDINGS=$(abspath $(B))/sanitize-$$cc/findings \
		CFLAGS="-O1 -g -DWORKER_END=__lsan_do_leak_check" check-sanitized || exit 1; done
.PHONY: check-sanitized
check-sanitized: $(B)/mxward world $(TESTS)
	@rm -rf $(FINDINGS) && mkdir -m 0777 $(FINDINGS) && chmod 1777 $(FINDINGS)
	@MXWARD_BINARY=$(CURDIR)/$(B)/mxward WORLDD=$(CURDIR)/$(B)/worldd SOURCE=$(CURDIR) CK_TIMEOUT_MULTIPLIER=20 \
		TEST_FINDINGS=$(FINDINGS) TEST_TIMEOUT=3600 sh tests/run.sh \
		$(sort $(filter-out $(foreach room,$(LEAVE),$(B)/tests/$(room)/%),$(TESTS)))

# The pure rooms, the store and the parsers under memcheck: what computes for long, counts system calls or has them
# fail, is left out.
VALGRIND_TESTS := $(filter-out %/check_postfix %/check_check %/check_auditlog %/check_verdict_random %/check_sandbox %/check_damage %/check_gate %/check_corpus %_faults, \
	$(filter $(B)/tests/base/% $(B)/tests/relay/% $(B)/tests/audit/% $(B)/tests/db/% $(B)/tests/dns/check_message% \
		$(B)/tests/dns/check_frame $(B)/tests/dns/check_window $(B)/tests/mta/check_tables% $(B)/tests/mta/check_maillog% \
		$(B)/tests/mta/check_main_cf $(B)/tests/mta/check_mailqueue $(B)/tests/mta/check_targets \
		$(B)/tests/ui/check_key $(B)/tests/ui/check_list $(B)/tests/ui/check_columns,$(TESTS)))
# It maps no 64 GiB at once, so the store's map is smaller there.
check-valgrind:
	@sh share/deps.sh analysis
	@$(MAKE) $(JOBS) -s --no-print-directory B=$(B)/valgrind CFLAGS="-O1 -g -DSTORE_MAP_SIZE='(UINT64_C(1) << 30)'" check-memory
.PHONY: check-memory
MEMCHECK = valgrind -q --error-exitcode=9
# A child that reads a table or the store leaves all it has to its end, which is no leak.
FORKING = %/check_pages %/check_postfix_write
check-memory: $(B)/mxward world $(VALGRIND_TESTS)
	@export MXWARD_BINARY=$(CURDIR)/$(B)/mxward WORLDD=$(CURDIR)/$(B)/worldd SOURCE=$(CURDIR) CK_TIMEOUT_MULTIPLIER=60 CK_FORK=no && \
		TEST_TIMEOUT=1800 TEST_UNDER="$(MEMCHECK) --leak-check=full --errors-for-leak-kinds=definite" \
		sh tests/run.sh $(sort $(filter-out $(FORKING),$(VALGRIND_TESTS))) && \
		TEST_TIMEOUT=1800 TEST_UNDER="$(MEMCHECK) --leak-check=no" sh tests/run.sh $(sort $(filter $(FORKING),$(VALGRIND_TESTS)))

analyze: $(B)/inc/main/.made
	@sh share/deps.sh analysis
	@B=$(B) sh tests/analysis/analyze.sh $(LIBRARY_CFLAGS)

# Lines of src/relay, src/audit, src/dns and db that the tests run.  SANDBOX_WRITES lets the sandboxed worker write the
# counts of its lines, and nothing else that it may not in any build; coverage_ends.c has children write theirs.
ENDS = $(B)/coverage/coverage_ends.o
coverage:
	@sh share/deps.sh analysis
	@B=$(B) sh tests/world/unpack-servers.sh >/dev/null
	@mkdir -p $(B)/coverage && ln -sfn ../servers $(B)/coverage/servers
	@gcc $(WARN) -c -o $(ENDS) tests/analysis/coverage_ends.c
	@$(MAKE) $(JOBS) -s --no-print-directory B=$(B)/coverage CC=gcc HARDEN= \
		CFLAGS="-O0 -g --coverage -DSANDBOX_WRITES -DWORKER_END=__gcov_dump" \
		LINK_HARDEN="--coverage -Wl,--wrap=_exit,--wrap=fexecve $(ENDS)" \
		$(B)/coverage/mxward world $(TESTS:$(B)/%=$(B)/coverage/%)
	@B=$(B) sh tests/analysis/coverage.sh $(sort $(TESTS:$(B)/%=$(B)/coverage/%))

# One-line operator mutants of what decides, each tried with the tests: MUTANTS of the verdict and the time rules, or of
# the rules of a deletion (MUTANTS_OF=deletion), chosen by a fixed seed; 0 takes all.
MUTANTS ?= 200
MUTANTS_OF ?= rules
MUTANT_TESTS := $(filter $(B)/tests/relay/% $(B)/tests/ops/%,$(TESTS))
mutants:
	@sh share/deps.sh analysis
	@$(MAKE) $(JOBS) -s --no-print-directory B=$(B)/mutants SANITIZE=address,undefined CFLAGS="-O0 -fPIC" mutants-built
.PHONY: mutants-built
mutants-built: $(LIBS) $(B)/obj/src/main.o $(MUTANT_TESTS:=.o) $(TEST_HELP) world
	@B=$(B) PYTHONDONTWRITEBYTECODE=1 python3 tests/analysis/mutants.py $(MUTANTS_OF) $(MUTANTS) '$(filter-out -O0,$(COMPILE))' '$(TEST_LIBRARIES) $(LIBRARIES)' $(MUTANTS_FILES)

# House rules that a compiler cannot see.
lint:
	@! grep -nE '#include *<lmdb\.h>' $$(find src ui -name '*.[ch]') || { echo 'lmdb.h belongs to db/'; exit 1; }
	@! grep -nE '#include *<(n?curses|ncursesw/n?curses|term)\.h>' $$(find src db -name '*.[ch]') || { echo 'curses.h belongs to ui/'; exit 1; }
