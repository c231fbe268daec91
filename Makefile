# iokeeper: `make help` lists the targets, README.md says what it is, docs/ARCHITECTURE.md shows the house.

BUILD  ?= build
CC     ?= cc
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
# SAN=address,undefined builds with sanitizers, WERROR=1 makes warnings errors, V=1 shows the commands.
SAN    ?=
WERROR ?= 0
V      ?=
# What `make fuzz` spends on each target.
SECONDS ?= 30
# How many accounts `make chaos` and `make restores` live through, and the seed of the first.
RUNS    ?= $(if $(filter restores,$(MAKECMDGOALS)),200,1000)
SEED    ?= 1
# How many of its moments `make crash` takes; none: all.
MOMENTS ?=

VERSION := 0.1.0

# Asked for when a command first needs it: before `make deps` there may be no pkg-config.
PKGS       := libcurl libgit2 yaml-0.1 json-c libcrypto zlib libsystemd
PKG_CFLAGS  = $(eval PKG_CFLAGS := $$(shell pkg-config --cflags $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS    = $(eval PKG_LIBS := $$(shell pkg-config --libs $(PKGS)))$(PKG_LIBS)

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wstrict-prototypes -Wmissing-prototypes \
            -Wpointer-arith -Wwrite-strings $(if $(filter 1,$(WERROR)),-Werror)
SANITIZE := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
HARDEN   := -fstack-protector-strong -fPIE $(if $(SAN),,-D_FORTIFY_SOURCE=2)
CPPFLAGS += -Iinclude -D_GNU_SOURCE -DIOKEEPER_VERSION='"$(VERSION)"'
COMPILE   = $(CC) -std=c17 $(CFLAGS) $(WARNINGS) $(HARDEN) $(SANITIZE) $(CPPFLAGS) $(PKG_CFLAGS) -MMD -MP
LINK      = -pie -Wl,-z,relro,-z,now $(SANITIZE) $(LDFLAGS)

SRC      := $(wildcard src/*/*.c)
SIM_SRC  := $(wildcard tests/simulator/*.c)
UNIT_SRC := $(wildcard tests/unit/test_*.c)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)

OBJ      := $(SRC:%.c=$(BUILD)/%.o)
CORE     := $(filter-out $(BUILD)/src/app/main.o,$(OBJ))
SIM_OBJ  := $(SIM_SRC:%.c=$(BUILD)/%.o)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/tests/%)
FUZZ_BIN := $(FUZZ_SRC:tests/fuzz/%.c=$(BUILD)/tests/%)

Q       := $(if $(V),,@)
say      = @$(if $(V),:,echo "  $(1)  $@")
# Another make, on all processors unless this one was told how many.
SUBMAKE  = $(MAKE) --no-print-directory $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))

.PHONY: all
all: $(BUILD)/iokeeper $(BUILD)/simulator ## build iokeeper and the simulator (the default)

.PHONY: deps
deps: ## install what building and testing need
	@.ci/deps

.PHONY: demo
demo: ## build, then mirror a simulated account and show its history
	@.ci/deps demo
	+@$(SUBMAKE) all
	@BUILD=$(BUILD) tests/demo/demo.sh

.PHONY: test
test: deps ## build and run all tests: with gcc and clang, under sanitizers and valgrind
	+@$(SUBMAKE) all unit
	+@$(SUBMAKE) all unit BUILD=$(BUILD)/asan SAN=address,undefined
	+@$(SUBMAKE) all unit BUILD=$(BUILD)/clang CC=clang
	@BUILD=$(BUILD) tests/run

.PHONY: chaos
chaos: deps ## mirror RUNS=1000 accounts that change and fail meanwhile, from SEED=1 on
	+@$(SUBMAKE) all
	@BUILD=$(BUILD) tests/chaos/chaos $(RUNS) $(SEED)

.PHONY: restores
restores: deps ## wipe RUNS=200 accounts out and bring them back, from SEED=1 on
	+@$(SUBMAKE) all
	@tests/restore/property.py $(BUILD) $(RUNS) $(SEED)

.PHONY: crash
crash: deps ## kill a restore at each of its moments (or MOMENTS of them), and finish it
	+@$(SUBMAKE) all
	@RUNS=$(MOMENTS) tests/crash/crash.py $(BUILD) $(SEED)

.PHONY: bench
bench: deps ## measure against curl, git fast-import and a script
	+@$(SUBMAKE) all
	@BUILD=$(BUILD) tests/bench/bench.sh

.PHONY: lint
lint: deps ## check floors, doors, lengths, comments, format, scripts
	@tests/lint/run

.PHONY: format
format: ## format all C in place
	clang-format -i $$(find src include tests -name '*.[ch]')

.PHONY: fuzz
fuzz: deps ## fuzz each parser for SECONDS=30
	+@$(SUBMAKE) fuzzers BUILD=$(BUILD)/fuzz CC=clang SAN=fuzzer-no-link,address,undefined
	@BUILD=$(BUILD) tests/run fuzz $(SECONDS)

.PHONY: install
install: $(BUILD)/iokeeper ## install under PREFIX=/usr/local, below DESTDIR=
	install -D -m 755 $(BUILD)/iokeeper $(DESTDIR)$(PREFIX)/bin/iokeeper
	install -d $(DESTDIR)$(PREFIX)/share/doc/iokeeper
	install -m 644 README.md LICENSE docs/*.md $(DESTDIR)$(PREFIX)/share/doc/iokeeper

.PHONY: uninstall
uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/iokeeper
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/iokeeper

.PHONY: clean
clean: ## remove BUILD=build
	rm -rf $(BUILD)

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

# What test and fuzz build.
.PHONY: unit fuzzers
unit: $(UNIT_BIN)
fuzzers: $(FUZZ_BIN)

$(BUILD)/iokeeper: $(OBJ)
	$(call say,LD)
	$(Q)$(CC) $(LINK) -o $@ $^ $(PKG_LIBS) -lpthread

$(BUILD)/simulator: $(SIM_OBJ)
	$(call say,LD)
	$(Q)$(CC) $(LINK) -o $@ $^ -lmicrohttpd -ljson-c -lz -lpthread

$(BUILD)/tests/test_%: tests/unit/test_%.c $(CORE)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(COMPILE) $(LINK) -o $@ $< $(CORE) $(PKG_LIBS) -lcmocka -lpthread

$(BUILD)/tests/fuzz_%: tests/fuzz/fuzz_%.c $(CORE)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(COMPILE) $(LINK) -fsanitize=fuzzer -o $@ $< $(CORE) $(PKG_LIBS) -lpthread

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(COMPILE) -c -o $@ $<

-include $(OBJ:.o=.d) $(SIM_OBJ:.o=.d) $(UNIT_BIN:=.d) $(FUZZ_BIN:=.d)
