# sockchat: GNU make. `make help` lists the targets.
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/sh

CC ?= cc
ifeq ($(origin CC),default)
CC := cc
endif
BUILD ?= build
BIN ?= sockchat
PKG_CONFIG ?= pkg-config
PYTHON ?= /usr/bin/python3
VERSION := 0.1.0

CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wundef
HARDEN ?= -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2
HARDEN_LD ?= -pie -Wl,-z,relro,-z,now
ALL_CPPFLAGS := -Iinclude -D_GNU_SOURCE -DSOCKCHAT_VERSION='"$(VERSION)"' $(CPPFLAGS)
ALL_CFLAGS := -std=c11 -pthread $(WARNINGS) $(HARDEN) $(CFLAGS)
ALL_LDFLAGS := -pthread $(HARDEN_LD) $(LDFLAGS)

# ---- optional libraries: src/X_LIBRARY.c when found, else src/X_none.c --------------------------
# have PKG: its pkg-config name is known here
have = $(if $(MINIMAL),,$(shell $(PKG_CONFIG) --exists $(1) 2>/dev/null && echo yes))
# compiles HEADER LIBRARY: a one-line program with it links
compiles = $(shell printf '\043include <%s>\nint main(void){return 0;}\n' '$(1)' | \
	$(CC) $(CPPFLAGS) -x c - $(2) -o /dev/null 2>/dev/null && echo yes)

HAVE_UTF8PROC := $(call have,libutf8proc)
HAVE_JANSSON := $(call have,jansson)
HAVE_CRYPT := $(if $(MINIMAL),,$(call compiles,crypt.h,-lcrypt))
HAVE_EPOLL := $(if $(MINIMAL),,$(call compiles,sys/epoll.h,))

VARIANTS := src/base/width_$(if $(HAVE_UTF8PROC),utf8proc,none).c \
	src/connect/json_$(if $(HAVE_JANSSON),jansson,none).c \
	src/auth/crypt_$(if $(HAVE_CRYPT),libcrypt,none).c \
	src/net/loop_$(if $(HAVE_EPOLL),epoll,poll).c
ALL_VARIANTS := $(wildcard src/base/width_*.c src/connect/json_*.c src/auth/crypt_*.c src/net/loop_*.c)
SRC := $(filter-out $(ALL_VARIANTS),$(wildcard src/*.c src/*/*.c)) $(wildcard $(VARIANTS))
LIBS := -linih $(if $(HAVE_UTF8PROC),-lutf8proc) $(if $(HAVE_JANSSON),-ljansson) \
	$(if $(HAVE_CRYPT),-lcrypt)

OBJ := $(SRC:%.c=$(BUILD)/%.o)
LIBOBJ := $(filter-out $(BUILD)/src/main.o,$(OBJ))

all: $(BIN)

$(BIN): $(OBJ)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(OBJ) $(LIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# ---- unit tests: each tests/unit/test_X.c is a program of its own --------------------------------
UNIT := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_*.c))
$(BUILD)/libsockchat.a: $(LIBOBJ)
	rm -f $@
	ar rcs $@ $^
$(BUILD)/unit/%: tests/unit/%.c $(BUILD)/libsockchat.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) -Itests/unit $(ALL_CFLAGS) -MMD -MP $(ALL_LDFLAGS) -o $@ $< \
		$(BUILD)/libsockchat.a -lcmocka $(LIBS)
unit: $(UNIT)
	@set -e; for t in $(UNIT); do $$t; done

clean:
	rm -rf build $(BIN)

.PHONY: all unit clean
-include $(OBJ:.o=.d)
