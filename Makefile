# sockchat: GNU make. `make help` lists the targets and the variables.
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/sh
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

VERSION := 0.1.0

ifneq ($(filter default undefined,$(origin CC)),)
CC := cc
endif
AR ?= ar
PKG_CONFIG ?= pkg-config
PYTHON ?= /usr/bin/python3
JOBS ?= $(shell nproc 2>/dev/null || echo 2)

# Each configuration has a folder of its own, so that switching between them rebuilds nothing.
# MINIMAL=1: libc, inih and uthash only. SANITIZE=address,undefined or thread.
comma := ,
CONFIGURATION := $(notdir $(firstword $(CC)))$(if $(MINIMAL),-minimal)$(if $(SANITIZE),-$(subst $(comma),-,$(SANITIZE)))
BUILD ?= build/$(CONFIGURATION)
BIN ?= sockchat
HERE := $(if $(findstring /,$(BIN)),,./)

# V=1 shows every command in full.
say = @$(if $(V),,printf '  %-5s %s\n' '$(1)' '$(2)';)
Q := $(if $(V),,@)

CFLAGS ?= $(if $(SANITIZE),-O1,-O2) -g
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wundef $(if $(WERROR),-Werror)
ifdef SANITIZE
HARDEN ?= -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
HARDEN_LD ?= -fsanitize=$(SANITIZE)
else
HARDEN ?= -fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
HARDEN_LD ?= -pie -Wl,-z,relro,-z,now
endif

# ---- optional libraries: src/X_LIBRARY.c when it is found, else src/X_none.c ---------------------
# links HEADER LIBRARY: a program with both can be built
links = $(shell printf '\043include <stddef.h>\n\043include <stdio.h>\n\043include <%s>\nint main(void){return 0;}\n' \
	'$(1)' | $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -x c - $(2) -o /dev/null 2>/dev/null && echo yes)
# find PKG HEADER LIBRARY: what to link, by pkg-config, else by trying; empty when it is not here
find = $(or $(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null),$(if $(call links,$(2),$(3)),$(3)))
optional = $(if $(MINIMAL),,$(call find,$(1),$(2),$(3)))

LIB_INIH := $(call find,inih,ini.h,-linih)
MISSING := $(if $(LIB_INIH),,inih) $(if $(call links,uthash.h,),,uthash)
LIB_UTF8PROC := $(call optional,libutf8proc,utf8proc.h,-lutf8proc)
LIB_JANSSON := $(call optional,jansson,jansson.h,-ljansson)
LIB_CRYPT := $(call optional,libcrypt,crypt.h,-lcrypt)
LIB_SQLITE := $(call optional,sqlite3,sqlite3.h,-lsqlite3)
LIB_GSASL := $(call optional,libgsasl,gsasl.h,-lgsasl)
LIB_WSLAY := $(call optional,libwslay,wslay/wslay.h,-lwslay)
HAVE_EPOLL := $(if $(MINIMAL),,$(call links,sys/epoll.h,))

VARIANTS := src/base/width_$(if $(LIB_UTF8PROC),utf8proc,none).c \
	src/connect/json_$(if $(LIB_JANSSON),jansson,none).c \
	src/auth/crypt_$(if $(LIB_CRYPT),libcrypt,none).c \
	src/auth/sasl_$(if $(LIB_GSASL),gsasl,none).c \
	src/store/db_$(if $(LIB_SQLITE),sqlite,none).c \
	src/net/ws_$(if $(LIB_WSLAY),wslay,none).c \
	src/net/loop_$(if $(HAVE_EPOLL),epoll,poll).c \
	src/hub/invariants$(if $(SANITIZE),,_none).c
ALL_VARIANTS := $(wildcard src/base/width_*.c src/connect/json_*.c src/auth/crypt_*.c \
	src/auth/sasl_*.c src/store/db_*.c src/net/ws_*.c src/net/loop_*.c src/hub/invariants*.c)
LIBS := $(LIB_INIH) $(LIB_UTF8PROC) $(LIB_JANSSON) $(LIB_CRYPT) $(LIB_SQLITE) $(LIB_GSASL) $(LIB_WSLAY)

IN := $(if $(HAVE_EPOLL),epoll,poll) $(if $(LIB_UTF8PROC),utf8proc) $(if $(LIB_JANSSON),jansson) \
	$(if $(LIB_CRYPT),libcrypt) $(if $(LIB_SQLITE),sqlite) $(if $(LIB_GSASL),gsasl) \
	$(if $(LIB_WSLAY),wslay)
OUT := $(if $(LIB_UTF8PROC),,utf8proc) $(if $(LIB_JANSSON),,jansson) $(if $(LIB_CRYPT),,libcrypt) \
	$(if $(LIB_SQLITE),,sqlite) $(if $(LIB_GSASL),,gsasl) $(if $(LIB_WSLAY),,wslay)
GET := $(if $(MINIMAL),build without MINIMAL=1,make deps)
SUMMARY := $(HERE)$(BIN) $(VERSION): with $(strip $(IN))$(if $(strip $(OUT)),; without $(strip $(OUT)) ($(GET)))

# ---- the program --------------------------------------------------------------------------------
ALL_CPPFLAGS := -Iinclude -D_GNU_SOURCE -DSOCKCHAT_VERSION='"$(VERSION)"' $(CPPFLAGS)
ALL_CFLAGS := -std=c11 -pthread $(WARNINGS) $(HARDEN) $(CFLAGS)
ALL_LDFLAGS := -pthread $(HARDEN_LD) $(LDFLAGS)

SRC := $(filter-out $(ALL_VARIANTS),$(wildcard src/*.c src/*/*.c)) $(wildcard $(VARIANTS))
OBJ := $(SRC:%.c=$(BUILD)/%.o)
LIBOBJ := $(filter-out $(BUILD)/src/main.o,$(OBJ))
LINKED := $(BUILD)/bin/sockchat

all: $(BIN) ## build ./sockchat with every optional library found (the default)
	@echo '$(SUMMARY)'

# Copied from its configuration's folder when that differs: `make MINIMAL=1` after `make` does what it says.
$(BIN): $(LINKED) FORCE
	@cmp -s $< $@ || { mkdir -p $(@D) && cp $< $@.new && mv $@.new $@; }

$(LINKED): $(OBJ) $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,link,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(OBJ) $(LIBS)

# The same, but that the hub is looked through after every event: for the model test.
CHECKED := $(BUILD)/bin/sockchat-checked
CHECKED_OBJ := $(OBJ:%/invariants_none.o=%/invariants.o)
$(CHECKED): $(CHECKED_OBJ) $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,link,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(CHECKED_OBJ) $(LIBS)

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,cc,$<)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# What everything in $(BUILD) was built with: rewritten, and all rebuilt, when it changes.
FLAGS := $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(LIBS) $(VARIANTS)
$(BUILD)/flags: FORCE
	@$(if $(strip $(MISSING)),echo 'no working $(CC) or no $(strip $(MISSING)) here: try make deps' >&2; exit 1)
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(FLAGS))' | cmp -s - $@ || echo '$(subst ','\'',$(FLAGS))' > $@

# ---- what is to be installed ---------------------------------------------------------------------
# Names of Debian 12. COMMAND=PACKAGE: only when the command is missing.
DEPS_BUILD := $(firstword $(CC))=gcc make=make pkg-config=pkg-config libc6-dev libinih-dev uthash-dev \
	$(if $(MINIMAL),,libutf8proc-dev libjansson-dev libcrypt-dev libsqlite3-dev libgsasl-dev libwslay-dev)
DEPS_TESTS := libcmocka-dev mandoc=mandoc curl=curl ncat=ncat socat=socat nc=netcat-openbsd \
	ip=iproute2 tmux=tmux irssi=irssi weechat=weechat-curses catgirl=catgirl ii=ii sic=sic znc=znc \
	chromium=chromium chromedriver=chromium-driver openssl=openssl python3-irc ngircd inspircd \
	python3-pytest python3-pytest-xdist python3-pytest-timeout python3-pexpect python3-pyte
DEPS_LINT := clang=clang libclang-rt-14-dev clang-tidy=clang-tidy clang-format=clang-format \
	cppcheck=cppcheck shellcheck=shellcheck pyflakes3=pyflakes3
DEPS_BENCH := $(shell sed '/^\#/d' tests/bench/packages)

deps: ## install what the build needs and is missing (Debian; as root or by sudo)
	@.ci/deps $@ $(DEPS_BUILD)

deps-tests:
	@.ci/deps $@ $(DEPS_BUILD) $(DEPS_TESTS)

deps-check: ## ... and what check, asan, fuzz and lint need
	@.ci/deps $@ $(DEPS_BUILD) $(DEPS_TESTS) $(DEPS_LINT)

deps-lint:
	@.ci/deps $@ $(DEPS_BUILD) libcmocka-dev mandoc=mandoc $(DEPS_LINT)

deps-bench: ## ... and the servers that bench compares with
	@.ci/deps $@ $(DEPS_BUILD) $(DEPS_BENCH)
	@tests/bench/unpack $(BUILD)/bench/peers

# A make of its own, which sees what deps installed and uses all processors.
AGAIN = $(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))

run: deps ## deps, build, and `sockchat serve $(ARGS)` in the foreground
	@$(AGAIN) all
	@printf '%s\n' '' 'Join from another terminal (without ARGS, the server is at 127.0.0.1 port 5000):' \
		'  $(HERE)$(BIN) connect              our client; /help there' \
		'  irssi -c 127.0.0.1 -p 5000      or any other IRC client' \
		'  nc 127.0.0.1 5000               type a name, then what you want to say' ''
	@exec $(HERE)$(BIN) serve $(ARGS)

# ---- tests --------------------------------------------------------------------------------------
# Every tests/unit/test_X.c and tests/fuzz/fuzz_X.c is a program; the other files there are shared. So it is in
# tests/store, whose programs stand between SQLite and the disk.
STORE := $(if $(LIB_SQLITE),$(patsubst tests/%.c,$(BUILD)/%,$(wildcard tests/store/test_*.c)))
STORE_SHARED := $(patsubst %.c,$(BUILD)/%.o,$(filter-out tests/store/test_%,$(wildcard tests/store/*.c)))
UNIT := $(patsubst tests/%.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c)) $(STORE)
UNIT_SHARED := $(patsubst %.c,$(BUILD)/%.o,$(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c)))
FUZZ := $(patsubst tests/%.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SHARED := $(patsubst %.c,$(BUILD)/%.o,$(filter-out tests/fuzz/fuzz_%,$(wildcard tests/fuzz/*.c)))
# load.c and every load_X.c are the program load; of the sources, the bench uses base alone.
BENCH_C := $(wildcard tests/bench/*.c)
BENCH := $(foreach c,$(BENCH_C),$(if $(findstring _,$(notdir $(c))),,$(c:tests/%.c=$(BUILD)/%)))

# For libFuzzer the fuzz programs have no main of their own: the library's replaces replay.c.
ifdef FUZZER
FUZZ_SHARED := $(filter-out %/replay.o,$(FUZZ_SHARED))
FUZZ_LD := -fsanitize=fuzzer
endif

$(BUILD)/libsockchat.a: $(LIBOBJ)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

test_program = $(Q)mkdir -p $(@D); $(if $(V),,printf '  link  %s\n' $@;) \
	$(CC) $(ALL_CPPFLAGS) -I$(<D) $(ALL_CFLAGS) -MMD -MP $(ALL_LDFLAGS) $(1) -o $@ $< $(filter %.o %.a,$^) $(2) $(LIBS)

$(BUILD)/tests/%.o: ALL_CPPFLAGS += -I$(<D)
$(BUILD)/unit/%: tests/unit/%.c $(UNIT_SHARED) $(BUILD)/libsockchat.a
	$(call test_program,,-lcmocka)
$(BUILD)/store/%: tests/store/%.c $(STORE_SHARED) $(UNIT_SHARED) $(BUILD)/libsockchat.a
	$(call test_program,,-lcmocka)
$(BUILD)/fuzz/%: tests/fuzz/%.c $(FUZZ_SHARED) $(BUILD)/libsockchat.a
	$(call test_program,$(FUZZ_LD),)
$(foreach b,$(BENCH),$(eval $(b): $(patsubst %.c,$(BUILD)/%.o,$(filter tests/bench/$(notdir $(b))_%.c,$(BENCH_C)))))
$(BUILD)/bench/%: tests/bench/%.c $(filter $(BUILD)/src/base/%.o,$(LIBOBJ)) $(BUILD)/flags
	$(call test_program,,)

export ASAN_OPTIONS := detect_leaks=1:exitcode=86:detect_stack_use_after_return=1
export UBSAN_OPTIONS := print_stacktrace=1:halt_on_error=1
export TSAN_OPTIONS := exitcode=86:halt_on_error=1
export PYTHONDONTWRITEBYTECODE := 1
export JOBS

# A test waits for most of its time.
WORKERS ?= $(shell expr 2 \* $(JOBS))
SLOWDOWN ?= $(if $(SANITIZE),4,1)
PYTEST = SOCKCHAT=$(abspath $(BIN)) SOCKCHAT_TEST_SLOWDOWN=$(SLOWDOWN) BUILD=$(abspath $(BUILD)) \
	$(PYTHON) -m pytest -q -n $(WORKERS)

check: deps-tests ## what is missing, build, and all tests (5 minutes on 2 processors)
	@$(AGAIN) tests-build
	@$(MAKE) --no-print-directory tests

tests-build: all $(CHECKED) $(UNIT) $(FUZZ) $(BENCH)

# All tests with what is installed, one suite after the other, each in parallel.
tests: tests-build
	@tests/unit/run $(UNIT)
	@tests/fuzz/replay $(FUZZ)
	@$(MODEL) --steps 10000 --seeds $(MODEL_SEEDS)
	@$(PYTEST) tests/check tests/e2e tests/bench/selftest.py

MODEL = SOCKCHAT=$(CHECKED) SOCKCHAT_TEST_SLOWDOWN=$(SLOWDOWN) tests/model/run
MODEL_SEEDS ?= 1 2 3 4
model: $(CHECKED) ## the model test alone (ARGS: --steps N, --seeds S..., --replay FILE)
	@$(MODEL) $(ARGS)

soak: $(BIN) $(STORE) $(CHECKED) ## the long runs of the model test and those of power cuts, failing disks and killed servers (20 minutes)
	@$(MODEL) --steps $(SOAK_STEPS) --episode 2000
	@for p in $(STORE); do SOCKCHAT_SOAK=$(SOAK_IMAGES) $$p || exit 1; done
	@SOCKCHAT_SOAK=$(SOAK_IMAGES) $(PYTEST) tests/e2e/test_kill.py

SOAK_IMAGES ?= 20000
SOAK_STEPS ?= 1000000
unit: $(UNIT) ## the unit tests alone
	@tests/unit/run $(UNIT)

fuzz-replay: $(FUZZ) ## the kept inputs of the fuzz targets, as a test
	@tests/fuzz/replay $(FUZZ)

e2e: $(BIN) ## the end-to-end tests alone (TESTS=tests/e2e/test_x.py to choose)
	@$(PYTEST) $(or $(TESTS),tests/e2e)

house: $(BIN) ## the checks of the sources and documents alone
	@$(PYTEST) tests/check

irctest: $(BIN) ## progval/irctest against the server, from the folder IRCTEST (README says how to get it)
	@$(if $(IRCTEST),:,echo 'irctest: say where the suite is: make irctest IRCTEST=FOLDER (README.md says how to get it)' >&2; exit 2)
	@PYTHON='$(PYTHON)' tests/irctest/run '$(IRCTEST)' '$(abspath $(BIN))' $(ARGS)

export IRCTEST_RUN

asan: deps-tests ## all tests under AddressSanitizer, LeakSanitizer and UBSan
	@$(AGAIN) SANITIZE=address,undefined BUILD=build/asan BIN=build/asan/sockchat tests-build
	@$(MAKE) --no-print-directory SANITIZE=address,undefined BUILD=build/asan BIN=build/asan/sockchat tests

tsan: deps-tests ## the unit tests under ThreadSanitizer
	@$(AGAIN) SANITIZE=thread BUILD=build/tsan BIN=build/tsan/sockchat unit

FUZZ_SECONDS ?= 60
fuzz: ## libFuzzer on every target for FUZZ_SECONDS each (default 60)
	@.ci/deps $@ $(DEPS_BUILD) clang=clang libclang-rt-14-dev
	@$(AGAIN) CC=clang FUZZER=1 SANITIZE=fuzzer-no-link,address,undefined BUILD=build/fuzzer fuzz-run

fuzz-run: $(FUZZ)
	tests/fuzz/run $(FUZZ_SECONDS) $(FUZZ)

bench: deps-bench ## measure beside other servers; the table and JSON lines say how it went
	@$(AGAIN) all bench-build
	SOCKCHAT=$(abspath $(BIN)) BUILD=$(abspath $(BUILD)) tests/bench/run $(ARGS)

bench-build: $(BENCH)

# ---- reading, not running ------------------------------------------------------------------------
C_FILES := $(wildcard src/*.c src/*/*.c tests/unit/*.c tests/store/*.c tests/fuzz/*.c tests/bench/*.c)
H_FILES := $(wildcard include/*/*.h src/*/*.h tests/*/*.h)
SH_FILES := $(shell grep -sl '^\#!/bin/\(ba\)\?sh' .ci/* tests/*/*) \
	conf/completion.bash
TIDY_FLAGS := -std=c11 $(ALL_CPPFLAGS) -Itests/unit -Itests/fuzz

lint: deps-lint ## clang-tidy, cppcheck, mandoc, shellcheck, pyflakes, and the formatting
	@$(AGAIN) --output-sync=target --keep-going lint-tidy lint-cppcheck lint-man lint-scripts lint-format

lint-tidy:
	@echo 'clang-tidy: $(words $(C_FILES)) files'
	@printf '%s\n' $(C_FILES) | xargs -P $(JOBS) -n 4 sh -c \
		'clang-tidy --quiet "$$@" -- $(subst ','\'',$(TIDY_FLAGS)) 2>/dev/null' clang-tidy
lint-cppcheck:
	@echo 'cppcheck: $(words $(C_FILES)) files'
	@cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
		--error-exitcode=1 --suppressions-list=tests/check/cppcheck.txt -j $(JOBS) \
		$(ALL_CPPFLAGS) -Itests/unit -Itests/fuzz $(C_FILES)
lint-man:
	mandoc -Tlint -W warning $(wildcard man/*.[1-8])
lint-scripts:
	@echo 'shellcheck: $(SH_FILES)'
	@shellcheck -s bash $(filter %.bash,$(SH_FILES))
	@shellcheck $(filter-out %.bash,$(SH_FILES))
	@echo 'pyflakes3: tests'
	@pyflakes3 tests
lint-format:
	@echo 'clang-format: $(words $(C_FILES) $(H_FILES)) files'
	@clang-format --dry-run -Werror $(C_FILES) $(H_FILES)

fmt: ## format the C files
	clang-format -i $(C_FILES) $(H_FILES)

docs: $(BIN) ## write what the documents take from the tables: conf/sockchat.ini, sockchat.ini(5)
	SOCKCHAT=$(abspath $(BIN)) $(PYTHON) tests/check/docs.py

# ---- installing ---------------------------------------------------------------------------------
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
SYSCONFDIR ?= $(if $(filter /usr /usr/local,$(PREFIX)),/etc,$(PREFIX)/etc)
UNITDIR ?= $(PREFIX)/lib/systemd/system
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
INSTALL ?= install
MAN_PAGES := $(wildcard man/*.[1-8])
SYSTEMD_UNITS := $(wildcard conf/*.service conf/*.socket)
man_place = $(DESTDIR)$(MANDIR)/man$(patsubst .%,%,$(suffix $(1)))/$(notdir $(1))

install: all ## install under PREFIX (default /usr/local) and DESTDIR; a changed configuration file is kept
	$(INSTALL) -D -m 755 $(BIN) $(DESTDIR)$(BINDIR)/sockchat
	@set -e; $(foreach page,$(MAN_PAGES),$(INSTALL) -D -m 644 $(page) $(call man_place,$(page));)
	$(INSTALL) -D -m 644 conf/completion.bash $(DESTDIR)$(COMPLETIONDIR)/sockchat
	@set -e; for unit in $(notdir $(SYSTEMD_UNITS)); do \
		mkdir -p $(DESTDIR)$(UNITDIR); \
		sed 's|/usr/local/bin|$(BINDIR)|' conf/$$unit > $(DESTDIR)$(UNITDIR)/$$unit; done
	@test -e $(DESTDIR)$(SYSCONFDIR)/sockchat/sockchat.ini || \
		$(INSTALL) -D -m 644 conf/sockchat.ini $(DESTDIR)$(SYSCONFDIR)/sockchat/sockchat.ini

uninstall: ## remove what install put there; a changed configuration file is kept
	rm -f $(DESTDIR)$(BINDIR)/sockchat $(DESTDIR)$(COMPLETIONDIR)/sockchat $(foreach page,$(MAN_PAGES),$(call man_place,$(page))) \
		$(SYSTEMD_UNITS:conf/%=$(DESTDIR)$(UNITDIR)/%)
	@! cmp -s conf/sockchat.ini $(DESTDIR)$(SYSCONFDIR)/sockchat/sockchat.ini || \
		rm -f $(DESTDIR)$(SYSCONFDIR)/sockchat/sockchat.ini
	@rmdir $(DESTDIR)$(SYSCONFDIR)/sockchat 2>/dev/null || :

clean: ## remove everything that was built
	rm -rf build $(BIN)

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile
	@printf '%s\n' '' 'Variables: V=1 (every command in full), MINIMAL=1 (libc, inih and uthash only), CC=clang, WERROR=1, CFLAGS, SANITIZE,' \
		'BUILD and BIN (where things go), JOBS, ARGS (of serve, bench or irctest), TESTS, FUZZ_SECONDS, IRCTEST,' \
		'IRCTEST_RUN (main, ergo, client, all), PREFIX, DESTDIR.'

FORCE:
.SECONDARY:
.PHONY: all run deps deps-tests deps-check deps-lint deps-bench check tests tests-build model soak unit e2e house irctest \
	asan tsan fuzz fuzz-replay fuzz-run bench bench-build lint lint-tidy lint-cppcheck lint-man \
	lint-scripts lint-format fmt docs install uninstall clean help FORCE
-include $(OBJ:.o=.d) $(CHECKED_OBJ:.o=.d) $(UNIT_SHARED:.o=.d) $(STORE_SHARED:.o=.d) $(FUZZ_SHARED:.o=.d) $(UNIT:=.d) $(FUZZ:=.d) $(BENCH:=.d) $(BENCH_C:%.c=$(BUILD)/%.d)
