## telltale: DNS telemetry inside the resolver
##
# Lines that start with two hashes are the help. Settings on the command line or in config.mak:
#   V=1 shows commands · SAN=address,undefined | SAN=thread builds apart · OPT="-O0 -g" · CC=clang
-include config.mak

comma := ,
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib/telltale
MANDIR ?= $(PREFIX)/share/man
B ?= build$(if $(SAN),-$(subst $(comma),-,$(SAN)))
DEVELOPER ?= $(if $(wildcard .git),1)
OPT ?= -O2 -g
WARN := -Wall -Wextra -Wconversion -Wno-sign-conversion -Wshadow -Wformat=2 -Wvla -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wwrite-strings $(if $(DEVELOPER),-Werror)
# gcc inlines copies of bounded length as `rep movs`, which takes 30 ns to start where memcpy takes 5.
STRINGOPS := $(shell $(CC) -mstringop-strategy=libcall -x c -E /dev/null >/dev/null 2>&1 && echo -mstringop-strategy=libcall)
PKGS := yaml-0.1 libmicrohttpd libxxhash libmaxminddb libcrypto libidn2 libzstd libfstrm rdkafka libcurl zlib
CTL_PKGS := jansson libpcap
# gcc 12 sees conversions in sanitized code that are not there.
CFLAGS_ALL = -std=c11 -D_GNU_SOURCE -Ishared $(WARN) $(if $(SAN),-Wno-conversion) $(OPT) -fPIC -fvisibility=hidden -pthread $(STRINGOPS) \
	$(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer) $(PKG_CFLAGS) $(CFLAGS)
LDFLAGS_ALL = -pthread $(if $(SAN),-fsanitize=$(SAN)) $(LDFLAGS)
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) $(CTL_PKGS) 2>/dev/null)
LIBS := $(shell pkg-config --libs $(filter-out libxxhash,$(PKGS)) 2>/dev/null) -lsnappy -lm
CTL_LIBS := $(shell pkg-config --libs $(CTL_PKGS) 2>/dev/null)
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-6s %s\n' $(1) $@)

CORE_OBJ := $(patsubst %.c,$(B)/%.o,$(filter-out shared/ctl/%,$(wildcard shared/*/*.c)))
CTL_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard shared/ctl/*.c))
UNIT_BIN := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/*/test_*.c))
TOOL_BIN := $(patsubst %.c,$(B)/%,$(wildcard tests/stress/*.c tests/bench/*.c tests/inject/*.c tests/diff/*.c tests/golden/*/*.c))
# It switches stacks by itself, in one thread: the thread sanitizer cannot follow that.
TOOL_BIN := $(filter-out $(if $(findstring thread,$(SAN)),%/ring_model),$(TOOL_BIN))

# The Unbound with dynlib that unbound-module/build-unbound made: its configured tree has the headers.
UNBOUND_DIR ?= $(shell unbound-module/build-unbound --print-dir 2>/dev/null)
UNBOUND_OBJ := $(patsubst %.c,$(B)/%.o,$(filter-out %/telltale-unbound-check.c,$(wildcard unbound-module/*.c)))

# The BIND whose headers are installed (bind9-dev): a shim is made for it.
BIND_RELEASE := $(filter 9.18.% 9.20.%,$(shell bind-plugin/telltale-bind-shim --print-release 2>/dev/null))
BIND_INCLUDE := -Ibind-plugin -DTT_SHIM_ABI=$(shell bind-plugin/telltale-bind-shim --print-interface)
BIND_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard bind-plugin/*.c))

## make              the library, telltalectl, BIND's plugin and, with a dynlib Unbound at hand, its module
all: $(B)/libtelltale.a $(B)/telltalectl bind $(if $(UNBOUND_DIR),unbound)

## make unbound      build/telltale-unbound.so for UNBOUND_DIR (default: what build-unbound made)
unbound: $(B)/telltale-unbound.so $(B)/telltale-unbound-check

## make bind         build/telltale.so and, with bind9-dev installed, its shim build/bind/<release>.so
bind: $(B)/telltale.so $(if $(BIND_RELEASE),$(B)/bind/$(BIND_RELEASE).so)

$(B)/libtelltale.a: $(CORE_OBJ)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# Everything of ctl but main, for its units.
$(B)/libtelltalectl.a: $(filter-out %/telltalectl.o,$(CTL_OBJ))
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/telltalectl: $(CTL_OBJ) $(B)/libtelltale.a
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS_ALL) $^ $(CTL_LIBS) $(LIBS) -o $@

UNBOUND_INCLUDE = -isystem $(UNBOUND_DIR)/build -isystem $(UNBOUND_DIR)/src
UNBOUND_LINK = -Wl,--version-script=unbound-module/exports.map -Wl,-Bsymbolic -Wl,-z,nodelete -Wl,-z,now
$(UNBOUND_OBJ): CFLAGS_HOST = $(UNBOUND_INCLUDE)
$(B)/telltale-unbound.so: $(UNBOUND_OBJ) $(B)/libtelltale.a unbound-module/exports.map
	$(call say,LINK)
	$(Q)test -n "$(UNBOUND_DIR)" || { echo "no Unbound with dynlib: run unbound-module/build-unbound" >&2; exit 1; }
	$(Q)$(CC) -shared $(LDFLAGS_ALL) $(UNBOUND_LINK) $(filter %.o %.a,$^) $(LIBS) -o $@
	$(Q)! nm -D --undefined-only $@ | grep ' tt_' # Unbound's names come from its binary, ours must be here

$(BIND_OBJ): CFLAGS_HOST = $(BIND_INCLUDE)
$(B)/telltale.so: $(BIND_OBJ) $(B)/libtelltale.a bind-plugin/exports.map
	$(call say,LINK)
	$(Q)$(CC) -shared $(LDFLAGS_ALL) $(subst unbound-module,bind-plugin,$(UNBOUND_LINK)) $(filter %.o %.a,$^) $(LIBS) -o $@
	$(Q)! nm -D --undefined-only $@ | grep -E ' (tt|isc|dns|ns)_' # BIND's names are looked up while running

# Everything of the plugin, for its units.
$(B)/libtelltalebind.a: $(BIND_OBJ)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# What a shim is compiled from, here and where it is installed.
SHIM_HEADERS := shared/base/compat.h shared/base/ip.h shared/event/obs.h shared/event/enums.h shared/event/enums.def
SHIM_SOURCES := $(wildcard bind-plugin/shim/*.[ch]) bind-plugin/telltale_host.h
$(B)/bind/$(BIND_RELEASE).so: $(SHIM_SOURCES) $(SHIM_HEADERS) bind-plugin/telltale-bind-shim
	$(call say,SHIM)
	$(Q)bind-plugin/telltale-bind-shim --output-dir $(@D) >/dev/null

# For the benchmark: the same module with a stopwatch around each callback.
$(B)/tests/bench/probe/hook_probe.o: CFLAGS_HOST = $(UNBOUND_INCLUDE) -Iunbound-module
$(B)/telltale-unbound-probe.so: $(B)/tests/bench/probe/hook_probe.o $(filter-out %/observe.o,$(UNBOUND_OBJ)) $(B)/libtelltale.a
	$(call say,LINK)
	$(Q)$(CC) -shared $(LDFLAGS_ALL) $(UNBOUND_LINK) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc \
		-Wl,--wrap=pthread_mutex_lock $(filter %.o %.a,$^) $(LIBS) -o $@

$(B)/telltale-unbound-check: $(B)/unbound-module/telltale-unbound-check.o
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS_ALL) $^ -o $@

# Everything is rebuilt when the compiler or its flags change.
$(B)/.flags: FORCE
	$(Q)mkdir -p $(B) && printf '%s\n' '$(CC) $(CFLAGS_ALL) $(UNBOUND_DIR)' | cmp -s - $@ || \
		printf '%s\n' '$(CC) $(CFLAGS_ALL) $(UNBOUND_DIR)' >$@

$(B)/%.o: %.c $(B)/.flags
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) $(CFLAGS_HOST) -MMD -MP -c $< -o $@

$(B)/tests/unit/ctl/%: CTL_LIB = $(B)/libtelltalectl.a
$(filter $(B)/tests/unit/ctl/%,$(UNIT_BIN)): $(B)/libtelltalectl.a
$(B)/tests/unit/bind/%: CTL_LIB = $(B)/libtelltalebind.a
$(B)/tests/unit/bind/%: CFLAGS_HOST = $(BIND_INCLUDE)
$(filter $(B)/tests/unit/bind/%,$(UNIT_BIN)): $(B)/libtelltalebind.a
$(B)/tests/%: tests/%.c $(B)/libtelltale.a $(B)/.flags
	$(call say,TEST)
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) $(CFLAGS_HOST) -Itests/lib -MMD -MP $< $(CTL_LIB) $(B)/libtelltale.a $(LDFLAGS_ALL) \
		$(CTL_LIBS) $(LIBS) -lcmocka -lldns -lpsl -o $@

## make demo         real queries of every kind to a real Unbound and two real named; KEEP=1 goes on until Ctrl-C,
##                   KAFKA=1 sends the events to a real Apache Kafka, too
demo: all
	$(Q)python3 tests/demo/demo.py

tests-bin: $(UNIT_BIN) $(TOOL_BIN)

# Units under ASAN and UBSAN; what shares memory between threads under TSAN, but for a running librdkafka: it starts
# its threads by C11's thrd_create, which the thread sanitizer does not know and dies of.
NOT_THREAD := $(addprefix tests/unit/sink/test_,kafka.c kafka_conf.c kafka_end.c kafka_lent.c kafka_spool.c)
sanitized:
	$(Q)$(MAKE) --no-print-directory SAN=address,undefined unit-bin
	$(Q)$(MAKE) --no-print-directory SAN=thread $(patsubst %.c,build-thread/%,tests/stress/ring_stress.c \
		$(filter-out $(NOT_THREAD),$(wildcard tests/unit/bind/test_*.c tests/unit/core/test_*.c tests/unit/sink/test_*.c)) tests/unit/enrich/test_loader_thread.c tests/unit/intake/test_upstream.c \
		tests/unit/count/test_quality.c tests/unit/stat/test_series.c)
unit-bin: $(UNIT_BIN)

## make test         every test; last line `N passed, N failed`; TEST="name …" for some
test: all tests-bin $(if $(UNBOUND_DIR),$(B)/telltale-unbound-probe.so) $(if $(TEST),,sanitized)
	$(Q)tests/run $(TEST)

## make test-long    PART=name: the high counts (make test-long alone lists the parts)
test-long: all tests-bin $(if $(UNBOUND_DIR),$(B)/telltale-unbound-probe.so)
	$(Q)tests/run --long $(PART)

## make unit         unit tests alone (SAN=address,undefined and SAN=thread build apart)
unit: $(UNIT_BIN)
	$(Q)for t in $(UNIT_BIN); do $$t || exit 1; done

## make bench        one BENCH line a figure; NAME=… for some
bench: all tests-bin $(B)/telltale-unbound-probe.so
	$(Q)tests/bench/run $(NAME)

## make docs         writes the generated pages anew
docs: $(B)/telltalectl
	$(Q)tests/lint/generate $(B)/telltalectl

## make install      DESTDIR= PREFIX=: what make has made, tools, man pages, drop-in, samples
SHARE := $(PREFIX)/share/telltale
in_place = sed 's|/usr/local|$(PREFIX)|g' $(1) | install -m 0644 /dev/stdin $(DESTDIR)$(SHARE)/$(notdir $(1))
install: all
	install -d $(DESTDIR)$(LIBDIR) $(DESTDIR)$(SHARE) $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/sbin
	install -m 0755 $(B)/telltalectl $(DESTDIR)$(PREFIX)/bin/
	if [ -e $(B)/telltale-unbound.so ]; then install -m 0755 $(B)/telltale-unbound-check $(DESTDIR)$(PREFIX)/sbin/ && \
		install -m 0644 $(B)/telltale-unbound.so $(DESTDIR)$(LIBDIR)/; fi
	install -m 0644 docs/schema/* unbound-module/telltale.yaml.sample $(DESTDIR)$(SHARE)/
	$(call in_place,unbound-module/systemd/unbound.service.d/telltale.conf)
	$(call in_place,unbound-module/apparmor/local-usr.sbin.unbound)
	$(call in_place,bind-plugin/apparmor/local-usr.sbin.named)
	$(call in_place,unbound-module/telltale.conf.sample)
	install -d $(DESTDIR)$(LIBDIR)/bind $(addprefix $(DESTDIR)$(SHARE)/bind/,base event)
	install -m 0755 $(B)/telltale.so $(DESTDIR)$(LIBDIR)/
	$(if $(BIND_RELEASE),install -m 0644 $(B)/bind/$(BIND_RELEASE).so $(DESTDIR)$(LIBDIR)/bind/)
	install -m 0755 tools/telltale-kafka-topics $(DESTDIR)$(PREFIX)/bin/
	sed 's|/usr/local/lib/telltale|$(LIBDIR)|; s|/usr/local|$(PREFIX)|' bind-plugin/telltale-bind-shim | \
		install -m 0755 /dev/stdin $(DESTDIR)$(PREFIX)/sbin/telltale-bind-shim
	install -m 0644 $(SHIM_SOURCES) $(DESTDIR)$(SHARE)/bind/
	for header in $(SHIM_HEADERS:shared/%=%); do install -m 0644 shared/$$header $(DESTDIR)$(SHARE)/bind/$$header; done
	sed 's|/usr/local/lib/telltale|$(LIBDIR)|' bind-plugin/telltale-named.conf.sample | \
		install -m 0644 /dev/stdin $(DESTDIR)$(SHARE)/telltale-named.conf.sample
	for page in docs/man/*; do install -D -m 0644 $$page $(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/}; done

## make clean        removes what make built; the cache of Unbound builds lies outside and stays
clean:
	rm -rf build build-*

## make help         this list
help:
	@sed -n 's/^## \{0,1\}//p' Makefile

-include $(CORE_OBJ:.o=.d) $(CTL_OBJ:.o=.d) $(UNBOUND_OBJ:.o=.d) $(BIND_OBJ:.o=.d) $(UNIT_BIN:=.d) $(TOOL_BIN:=.d)
.PHONY: all bind unbound demo tests-bin unit-bin sanitized test test-long unit bench docs install clean help FORCE
