# The tests. `make test` sets the machine up, builds the program and every test program under ASan and UBSan in $(B)/san,
# and runs all of them; its last line is `N passed, M failed`. Adding a test means adding a file:
#   tests/*/test_*.c   a cmocka program of its own, linked with libdun.a and libtest.a
#   tests/*/run.sh     a runner: run.sh DUN; its last line is `N passed, M failed`
#   tests/*/*.c        any other: what test programs share (libtest.a)
#   tests/vectors/run.c, tests/bench/*.c, tests/fuzz/*.c: programs
# Lines for their reports, and no more: what is linked a hundred times is half as large.
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g1
JOBS ?= $(shell nproc)
SUBMAKE = $(MAKE) --no-print-directory $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(JOBS))
SAN_MAKE = $(SUBMAKE) B=$(B)/san SAN="$(SANITIZE)" OPT=-O1

TEST_SRC = $(wildcard tests/*/test_*.c)
TEST_PROGRAMS = $(TEST_SRC:%.c=$(B)/%)
# Any other source of a tests folder is shared by the test programs; these folders hold programs of their own.
SUPPORT_SRC = $(filter-out $(TEST_SRC) tests/vectors/% tests/bench/% tests/fuzz/% tests/fault/crash_shim.c tests/service/clock_shim.c tests/fault/sim% tests/security/probe.c tests/serve/load.c tests/editors/%,$(wildcard tests/*/*.c))
SUPPORT_OBJ = $(SUPPORT_SRC:%.c=$(B)/%.o)
VECTORS_SRC = $(wildcard tests/vectors/*.c)
LEDGER_SRC = $(wildcard scripts/ledger/*.c)
BENCH_SRC = $(wildcard tests/bench/*.c)
BENCH_PROGRAMS = $(BENCH_SRC:tests/%.c=$(B)/%)
# libFuzzer is clang's: these have a whole build of their own in $(B)/fuzz. Warnings are gcc's to give.
FUZZ_SRC = $(wildcard tests/fuzz/*.c)
FUZZ_PROGRAMS = $(FUZZ_SRC:tests/fuzz/%.c=$(B)/%)
# An empty slice may be NULL + 0: harmless, but clang's pointer-overflow cannot tell it from others.
FUZZ_SAN = -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=pointer-overflow -fno-sanitize-recover=undefined \
  -fno-omit-frame-pointer -g1
FUZZ_MAKE = $(SUBMAKE) B=$(B)/fuzz CC=clang SAN="$(FUZZ_SAN)" OPT=-O1 WARN=-w

# They compare what is decided over thousands of days or programs: all of it without sanitizers, a sample with them.
LONG_TESTS = unit/test_live unit/test_serve unit/test_serve_dates unit/test_fmt_random

.PHONY: setup test test-programs conformance vectors bench soak fuzz fuzz-build fuzz-programs tidy demo
setup:
	@scripts/setup.sh

test:
	@scripts/setup.sh test
	@{ DUN_PRISM=$(B)/prism tests/support/prism.sh install; for tools in editors:editor-tools browser:browser-tools; do tests/support/npm.sh tests/$${tools%:*} $(B)/$${tools#*:} || [ $$? -eq 77 ]; done; } & prism=$$!; \
	  $(SAN_MAKE) test-programs && $(SUBMAKE) $(B)/dun $(B)/sim $(LONG_TESTS:%=$(B)/tests/%) && $(SUBMAKE) fuzz-build && \
	  { wait $$prism || [ $$? -eq 77 ]; }
	@DUN_PRISM=$(B)/prism LONG="$(LONG_TESTS)" DUN_EDITOR_TOOLS=$(B)/editor-tools DUN_BROWSER_TOOLS=$(B)/browser-tools scripts/test.sh $(B)/san

test-programs: $(B)/dun $(B)/editor_words $(TEST_PROGRAMS) $(B)/vectors $(B)/make_ledger $(B)/crash_shim.so $(B)/clock_shim.so $(B)/load

# What the editors' grammars need of the keywords; `make editors` makes their files anew.
$(B)/editor_words: grammar/editors/words.c grammar/editors/classes.def grammar/keywords.def $(B)/libdun.a
	@echo "  ld  $@"
	@$(CC) $(CFLAGS) $(WARN) $(LDFLAGS) -o $@ $< $(B)/libdun.a $(LIBS)
.PHONY: editors
editors:
	@$(SUBMAKE) $(B)/editor_words
	@$(B)/editor_words trie >grammar/editors/tree-sitter/src/words.h
	@$(B)/editor_words json | node grammar/editors/textmate.js >grammar/editors/vscode/syntaxes/dun.tmLanguage.json
	@if command -v tree-sitter >/dev/null; then cd grammar/editors/tree-sitter && tree-sitter generate --abi 14; \
	  else echo "no tree-sitter here (npm install -g tree-sitter-cli): its parser.c is of the last grammar.js"; fi

# Cases of another folder: make conformance DIR=folder
conformance:
	@$(SUBMAKE) $(B)/dun
	@tests/conformance/run.sh $(B)/dun $(or $(DIR),tests/conformance)

# The same file names from another folder: make vectors DIR=folder
vectors:
	@$(SUBMAKE) $(B)/vectors.run

.PHONY: $(B)/vectors.run
$(B)/vectors.run: $(B)/vectors
	@$(B)/vectors $(or $(DIR),tests/vectors)

# Medians of five, each next to the C baseline of the same run.
bench:
	@scripts/setup.sh bench
	@$(SUBMAKE) $(B)/dun $(BENCH_PROGRAMS)
	@tests/bench/run.sh $(B)

# The differential test and the fuzz harnesses without end, until something fails or ^C; make soak SECONDS=N: so long.
soak:
	@scripts/setup.sh soak
	@$(SAN_MAKE) test-programs
	@$(SUBMAKE) $(B)/dun $(B)/sim $(B)/tests/serve/test_mutated
	@scripts/soak.sh $(B)/san $(if $(findstring command,$(origin SECONDS)),$(SECONDS))

# The harnesses for as long as asked, each: make fuzz SECONDS=600
FUZZ_SECONDS = $(if $(findstring command,$(origin SECONDS)),$(SECONDS),20)
fuzz:
	@scripts/setup.sh test
	@tests/fuzz/run.sh $(B)/dun --seconds $(FUZZ_SECONDS)

# Two runners may ask for it at once.
fuzz-build:
	@mkdir -p $(B)/fuzz
	@flock $(B)/fuzz/lock $(FUZZ_MAKE) fuzz-programs

fuzz-programs: $(FUZZ_PROGRAMS)

tidy:
	@scripts/setup.sh tidy
	@$(SUBMAKE) $(B)/gen/parser.h $(B)/gen/lexer.c
	@scripts/tidy.sh $(B)

demo:
	@scripts/setup.sh
	@$(SUBMAKE) $(B)/dun $(B)/make_ledger
	@scripts/demo.sh $(B)

# Webhooks at a rate, for tests/serve; linked as the program is.
$(B)/load: tests/serve/load.c $(B)/libdun.a
	@echo "  ld  $@"
	@$(CC) $(CFLAGS) $(WARN) -o $@ $^ $(LDFLAGS) $(LIBS)

# Compiled and linked as the program is, but for the warning about what it does wrong: tests/security looks at it.
$(B)/probe: tests/security/probe.c
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -Wno-stringop-overflow -o $@ $< $(LDFLAGS)

# Preloaded into dun by tests/fault and tests/service: never instrumented themselves, and every call of them is meant.
$(B)/crash_shim.so: tests/fault/crash_shim.c
$(B)/clock_shim.so: tests/service/clock_shim.c
$(B)/crash_shim.so $(B)/clock_shim.so:
	@mkdir -p $(@D)
	@echo "  ld  $@"
	@$(CC) -std=c17 -D_GNU_SOURCE -O2 -g $(WARN) -fno-builtin -shared -fPIC -o $@ $<

# The simulator: the real commands in a made-up world, thousands of processes a second of it, so without sanitizers.
SIM_SRC = $(wildcard tests/fault/sim*.c)
$(B)/sim: $(SIM_SRC:%.c=$(B)/%.o) $(B)/libdun.a
	@echo "  ld  $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

# The faults alone: the simulator's seeds, the crashes of the real program, the planted bugs; closing lines say what came of it.
.PHONY: test-fault
test-fault:
	@scripts/setup.sh test
	@$(SUBMAKE) $(B)/dun $(B)/sim $(B)/crash_shim.so
	@tests/fault/all.sh $(B) $(if $(findstring command,$(origin SEEDS)),$(SEEDS))

$(B)/libtest.a: $(SUPPORT_OBJ)
	@rm -f $@
	@ar qcs $@ $^

$(TEST_PROGRAMS): $(B)/%: $(B)/%.o $(B)/libtest.a $(B)/libdun.a
	@echo "  ld  $@"
	@$(CC) $(SAN) -o $@ $^ $(LIBS) -lcmocka

$(B)/vectors: $(VECTORS_SRC:%.c=$(B)/%.o) $(B)/libdun.a
	@echo "  ld  $@"
	@$(CC) $(SAN) -o $@ $^ $(LIBS)

$(BENCH_PROGRAMS): $(B)/%: $(B)/tests/%.o $(B)/libdun.a
	@mkdir -p $(@D)
	@echo "  ld  $@"
	@$(CC) $(SAN) -o $@ $^ $(LIBS)

# What the harnesses call: it builds in half the time of libdun.a.
$(B)/libfuzzed.a: $(B)/tests/support/program_dump.o $(OBJ_LANG) $(filter-out $(addprefix $(B)/runtime/,cli/% engine/% outbox/%),$(OBJ_RUNTIME))
	@rm -f $@
	@ar qcs $@ $^

$(FUZZ_PROGRAMS): $(B)/%: $(B)/tests/fuzz/%.o $(B)/libfuzzed.a
	@echo "  ld  $@"
	@$(CC) $(SAN) -fsanitize=fuzzer -o $@ $^ $(LIBS)

# The baseline as hand-written C would be built.
$(B)/tests/bench/%.o: OPT = -O3 -march=native

# The demo's ledger: a seeded generator (scripts/ledger).
$(B)/make_ledger: $(LEDGER_SRC:%.c=$(B)/%.o) $(B)/libdun.a
	@echo "  ld  $@"
	@$(CC) $(SAN) -o $@ $^

-include $(TEST_SRC:%.c=$(B)/%.d) $(SUPPORT_OBJ:.o=.d) $(VECTORS_SRC:%.c=$(B)/%.d) $(BENCH_SRC:%.c=$(B)/%.d) $(FUZZ_SRC:%.c=$(B)/%.d)
-include $(LEDGER_SRC:%.c=$(B)/%.d) $(SIM_SRC:%.c=$(B)/%.d)
