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

VERSION  := 0.1.0
RELEASED := November 27, 2026

# Asked for when a command first needs it: before `make deps` there may be no pkg-config.
PKGS       := libcurl libgit2 yaml-0.1 json-c libcrypto zlib libsystemd
PKG_CFLAGS  = $(eval PKG_CFLAGS := $$(shell pkg-config --cflags $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS    = $(eval PKG_LIBS := $$(shell pkg-config --libs $(PKGS)))$(PKG_LIBS)

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wstrict-prototypes -Wmissing-prototypes \
            -Wpointer-arith -Wwrite-strings $(if $(filter 1,$(WERROR)),-Werror)
SANITIZE := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
HARDEN   := -fstack-protector-strong -fPIE $(if $(SAN),,-D_FORTIFY_SOURCE=2)
DEFINES  := -Iinclude -D_GNU_SOURCE -DIOKEEPER_VERSION='"$(VERSION)"' -DIOKEEPER_DATE='"$(RELEASED)"'
COMPILE   = $(CC) -std=c17 $(CFLAGS) $(WARNINGS) $(HARDEN) $(SANITIZE) $(DEFINES) $(CPPFLAGS) $(PKG_CFLAGS) -MMD -MP
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

.PHONY: soak
soak: deps ## a daemon through RUNS=1000 cycles: memory and descriptors
	+@$(SUBMAKE) all
	@tests/soak/soak.py $(BUILD) $(RUNS)

.PHONY: systemd
systemd: deps ## boot Debian 12 and 13 in containers, and try the package there (as root)
	@BUILD=$(BUILD) tests/systemd/run

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

# Where things go, as the GNU coding standards name it.
bindir      ?= $(PREFIX)/bin
datadir     ?= $(PREFIX)/share
mandir      ?= $(datadir)/man
docdir      ?= $(datadir)/doc/iokeeper
unitdir     ?= $(PREFIX)/lib/systemd/system
sysusersdir ?= $(PREFIX)/lib/sysusers.d
tmpfilesdir ?= $(PREFIX)/lib/tmpfiles.d
zshdir      ?= $(datadir)/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
catalogdir  ?= $(PREFIX)/lib/systemd/catalog
UNITS       := iokeeper@.service iokeeper-sync@.service iokeeper-sync@.timer

# Pages of the manual and completions, made by the program of its own tables.
$(BUILD)/manual/done: $(BUILD)/iokeeper
	@rm -rf $(@D)
	@mkdir -p $(@D)
	$(call say,MANUAL)
	$(Q)for page in $$($(BUILD)/iokeeper manual all); do $(BUILD)/iokeeper manual $$page >$(@D)/$$page || exit 1; done
	$(Q)$(BUILD)/iokeeper manual example >$(@D)/example.yaml
	@touch $@

.PHONY: manual
manual: $(BUILD)/manual/done ## make the pages of the manual and the completions

.PHONY: install
install: $(BUILD)/iokeeper $(BUILD)/manual/done ## install under PREFIX=/usr/local, below DESTDIR=
	install -d $(addprefix $(DESTDIR),$(mandir)/man1 $(mandir)/man5 $(docdir)/examples $(unitdir))
	install -D -m 755 $(BUILD)/iokeeper $(DESTDIR)$(bindir)/iokeeper
	install -m 644 $(BUILD)/manual/*.1 $(DESTDIR)$(mandir)/man1
	install -m 644 $(BUILD)/manual/*.5 $(DESTDIR)$(mandir)/man5
	install -D -m 644 $(BUILD)/manual/completion.bash $(DESTDIR)$(datadir)/bash-completion/completions/iokeeper
	install -D -m 644 $(BUILD)/manual/completion.zsh $(DESTDIR)$(zshdir)/_iokeeper
	install -D -m 644 $(BUILD)/manual/completion.fish $(DESTDIR)$(datadir)/fish/vendor_completions.d/iokeeper.fish
	for unit in $(UNITS); do \
	    sed 's,/usr/bin/iokeeper,$(bindir)/iokeeper,' systemd/$$unit >$(BUILD)/$$unit && \
	    install -m 644 $(BUILD)/$$unit $(DESTDIR)$(unitdir) || exit 1; done
	install -D -m 644 systemd/iokeeper.sysusers $(DESTDIR)$(sysusersdir)/iokeeper.conf
	install -D -m 644 systemd/iokeeper.tmpfiles $(DESTDIR)$(tmpfilesdir)/iokeeper.conf
	install -D -m 644 systemd/iokeeper.catalog $(DESTDIR)$(catalogdir)/iokeeper.catalog
	install -m 644 README.md LICENSE docs/*.md $(DESTDIR)$(docdir)
	install -m 644 $(BUILD)/manual/example.yaml $(BUILD)/manual/schema.json etc/prometheus/* etc/grafana/* etc/container/* $(DESTDIR)$(docdir)/examples

.PHONY: uninstall
uninstall: ## remove what install put there; mirrors, configuration and the user stay
	rm -f $(DESTDIR)$(bindir)/iokeeper $(DESTDIR)$(mandir)/man1/iokeeper.1 $(DESTDIR)$(mandir)/man1/iokeeper-*.1 \
	    $(DESTDIR)$(mandir)/man5/iokeeper.yaml.5 $(DESTDIR)$(mandir)/man5/iokeeper-mirror.5 $(DESTDIR)$(datadir)/bash-completion/completions/iokeeper \
	    $(DESTDIR)$(zshdir)/_iokeeper $(DESTDIR)$(datadir)/fish/vendor_completions.d/iokeeper.fish \
	    $(UNITS:%=$(DESTDIR)$(unitdir)/%) $(DESTDIR)$(sysusersdir)/iokeeper.conf $(DESTDIR)$(tmpfilesdir)/iokeeper.conf \
	    $(DESTDIR)$(catalogdir)/iokeeper.catalog
	rm -rf $(DESTDIR)$(docdir)

.PHONY: deb
deb: ## build a Debian package of this release into BUILD=build
	@BUILD=$(BUILD) VERSION=$(VERSION) etc/debian/build

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
