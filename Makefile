# iokeeper: see README.md for the two commands a newcomer needs, docs/ARCHITECTURE.md for the house.

CC      ?= cc
BUILD   ?= build
SAN     ?=
WERROR  ?= 1
PREFIX  ?= /usr/local
VERSION := 0.1.0

PKGS       := libcurl libgit2 yaml-0.1 json-c libcrypto zlib
PKG_CFLAGS  = $(shell pkg-config --cflags $(PKGS))
PKG_LIBS    = $(shell pkg-config --libs $(PKGS))

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wstrict-prototypes \
            -Wmissing-prototypes -Wpointer-arith -Wwrite-strings $(if $(filter 1,$(WERROR)),-Werror)
HARDEN   := $(if $(SAN),,-D_FORTIFY_SOURCE=2) -fstack-protector-strong -fPIE
CFLAGS   ?= -O2 -g
CPPFLAGS += -Iinclude -D_GNU_SOURCE -DIOKEEPER_VERSION='"$(VERSION)"'
ALL_CFLAGS  = -std=c17 $(CFLAGS) $(WARNINGS) $(HARDEN) $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer) \
              $(CPPFLAGS) $(PKG_CFLAGS)
ALL_LDFLAGS = $(LDFLAGS) -pie -Wl,-z,relro,-z,now $(if $(SAN),-fsanitize=$(SAN))

SRC  := $(wildcard src/*/*.c)
OBJ  := $(SRC:%.c=$(BUILD)/%.o)
CORE := $(filter-out $(BUILD)/src/app/main.o,$(OBJ))

SIM_SRC := $(wildcard tests/simulator/*.c)
SIM_OBJ := $(SIM_SRC:%.c=$(BUILD)/%.o)

UNIT_SRC := $(wildcard tests/unit/test_*.c)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/tests/%)

Q = $(if $(V),,@)

.PHONY: all
all: $(BUILD)/iokeeper $(BUILD)/simulator

$(BUILD)/iokeeper: $(OBJ)
	@$(if $(V),,echo "  LD  $@")
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(OBJ) $(PKG_LIBS) -lpthread

$(BUILD)/simulator: $(SIM_OBJ)
	@$(if $(V),,echo "  LD  $@")
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(SIM_OBJ) -lmicrohttpd -ljson-c -lz -lpthread

$(BUILD)/tests/%: tests/unit/%.c $(CORE)
	@mkdir -p $(@D)
	@$(if $(V),,echo "  LD  $@")
	$(Q)$(CC) $(ALL_CFLAGS) -Itests/unit $(ALL_LDFLAGS) -MMD -MP -o $@ $< $(CORE) $(PKG_LIBS) -lcmocka -lpthread

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@$(if $(V),,echo "  CC  $@")
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

.PHONY: clean
clean:
	rm -rf $(BUILD)

-include $(OBJ:.o=.d) $(SIM_OBJ:.o=.d) $(UNIT_BIN:=.d)
