# sockchat: GNU make. `make help` lists the targets and the variables.
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/sh
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

VERSION := 0.1.0

ifneq ($(filter default undefined,$(origin CC)),)
CC := cc
endif
PKG_CONFIG ?= pkg-config
PYTHON ?= /usr/bin/python3
JOBS ?= $(shell nproc 2>/dev/null || echo 2)

# Each configuration has a folder of its own, so that switching between them rebuilds nothing.
# MINIMAL=1: libc, inih and uthash only. SANITIZE=address,undefined or thread.
comma := ,
CONFIGURATION := $(notdir $(firstword $(CC)))$(if $(MINIMAL),-minimal)$(if $(SANITIZE),-$(subst $(comma),-,$(SANITIZE)))
BUILD ?= build/$(CONFIGURATION)
BIN ?= sockchat

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

LIB_INIH := $(or $(call find,inih,ini.h,-linih),-linih)
LIB_UTF8PROC := $(call optional,libutf8proc,utf8proc.h,-lutf8proc)
LIB_JANSSON := $(call optional,jansson,jansson.h,-ljansson)
LIB_CRYPT := $(call optional,libcrypt,crypt.h,-lcrypt)
HAVE_EPOLL := $(if $(MINIMAL),,$(call links,sys/epoll.h,))

VARIANTS := src/base/width_$(if $(LIB_UTF8PROC),utf8proc,none).c \
	src/connect/json_$(if $(LIB_JANSSON),jansson,none).c \
	src/auth/crypt_$(if $(LIB_CRYPT),libcrypt,none).c \
	src/net/loop_$(if $(HAVE_EPOLL),epoll,poll).c
ALL_VARIANTS := $(wildcard src/base/width_*.c src/connect/json_*.c src/auth/crypt_*.c src/net/loop_*.c)
LIBS := $(LIB_INIH) $(LIB_UTF8PROC) $(LIB_JANSSON) $(LIB_CRYPT)

# state NAME FOUND HOW: one word for the summary
IN := $(if $(HAVE_EPOLL),epoll,poll) $(if $(LIB_UTF8PROC),utf8proc) $(if $(LIB_JANSSON),jansson) \
	$(if $(LIB_CRYPT),libcrypt)
OUT := $(if $(LIB_UTF8PROC),,utf8proc) $(if $(LIB_JANSSON),,jansson) $(if $(LIB_CRYPT),,libcrypt)
GET := $(if $(MINIMAL),build without MINIMAL=1,make deps)
SUMMARY := sockchat $(VERSION) in $(BIN): with $(strip $(IN))$(if $(strip $(OUT)),; without $(strip $(OUT)) ($(GET)))

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
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(OBJ) $(LIBS)

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# What everything in $(BUILD) was built with: rewritten, and all rebuilt, when it changes.
FLAGS := $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(LIBS) $(VARIANTS)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(FLAGS))' | cmp -s - $@ || echo '$(subst ','\'',$(FLAGS))' > $@

# ---- tests --------------------------------------------------------------------------------------
# Every tests/unit/test_X.c and tests/fuzz/fuzz_X.c is a program of its own.
UNIT := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_*.c))
FUZZ := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

$(BUILD)/libsockchat.a: $(LIBOBJ)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/unit/%: tests/unit/%.c $(BUILD)/libsockchat.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) -Itests/unit $(ALL_CFLAGS) -MMD -MP $(ALL_LDFLAGS) -o $@ $< \
		$(BUILD)/libsockchat.a -lcmocka $(LIBS)

unit: $(UNIT) ## the unit tests alone
	@set -e; for t in $(UNIT); do $$t; done

SLOWDOWN ?= $(if $(SANITIZE),4,1)
e2e: $(BIN) ## the end-to-end tests alone (TESTS=tests/e2e/test_x.py to choose)
	SOCKCHAT=$(abspath $(BIN)) SOCKCHAT_TEST_SLOWDOWN=$(SLOWDOWN) PYTHONDONTWRITEBYTECODE=1 \
		$(PYTHON) -m pytest -n $(JOBS) $(or $(TESTS),tests/e2e)

clean: ## remove everything that was built
	rm -rf build $(BIN)

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile

FORCE:
.PHONY: all unit e2e clean help FORCE
-include $(OBJ:.o=.d) $(UNIT:=.d) $(FUZZ:=.d)
