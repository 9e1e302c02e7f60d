# Dun. `make` builds build/dun; `make demo` and `make test` do all their set-up. Build elsewhere with B=folder.
# Only the rules written here: make knows no other way to a file.
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:

B ?= build
CC = gcc
SAN ?=
OPT ?= -O2
WARN = -Wall -Wextra -Wconversion -Wshadow -Wswitch-enum -Wstrict-prototypes -Wmissing-prototypes -Werror
CFLAGS = -std=c17 -D_GNU_SOURCE $(OPT) -g $(SAN) $(HARDEN) -MMD -MP -I. -I$(B)/gen
GENFLAGS = -w
# What makes a mistake in memory end the program instead of serve somebody: as far as the compiler knows it for this machine. The
# sanitisers, which find the mistake itself, take its place. tests/security looks at what comes of it.
HARDEN_TRIED = -fstack-protector-strong -fstack-clash-protection -fcf-protection
HARDEN_KNOWN := $(shell for f in $(HARDEN_TRIED); do echo 'int x;' | $(CC) -Werror $$f -S -x c -o /dev/null - 2>/dev/null && echo $$f; done)
HARDEN = -fPIE $(if $(SAN),,$(HARDEN_KNOWN) $(if $(filter -O0,$(OPT)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3))
LDFLAGS = -pie -Wl,-z,relro,-z,now,-z,noexecstack $(SAN)
LIBS = -lmicrohttpd -lcurl -lpq -lsqlite3 -lcrypto -lm

# The QR code of a Pix, as a picture.
LIBS += -lqrencode -lpng

# The page goes to browsers as gzip.
LIBS += -lz

# Passwords of people (Argon2id).
LIBS += -lsodium

# Only the folders of docs/ARCHITECTURE.md hold sources, two levels deep.
SRC_LANG = $(wildcard lang/*.c lang/*/*.c)
SRC_RUNTIME = $(wildcard runtime/*.c runtime/*/*.c stdlib/*/*.c)
MAIN = runtime/cli/main.c
GEN = $(B)/gen/lexer.c $(B)/gen/parser.c $(B)/gen/calendars.c $(B)/gen/indices.c $(B)/gen/errors.c $(B)/gen/schema.c $(B)/gen/page.c $(B)/gen/openapi.c $(B)/gen/new_en.c $(B)/gen/new_pt.c $(B)/gen/new_es.c
OBJ_LANG = $(SRC_LANG:%.c=$(B)/%.o) $(GEN:%.c=%.o)
OBJ_RUNTIME = $(patsubst %.c,$(B)/%.o,$(filter-out $(MAIN),$(SRC_RUNTIME)))

.PHONY: all
all: $(B)/dun

$(B)/dun: $(B)/$(MAIN:.c=.o) $(B)/libdun.a
	@echo "  ld  $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

# Everything but main(): what the tests link.
$(B)/libdun.a: $(OBJ_LANG) $(OBJ_RUNTIME)
	@rm -f $@
	@ar qcs $@ $^

$(B)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  cc  $<"
	@$(CC) $(CFLAGS) $(WARN) -c -o $@ $<

# Revisions of a policy, of `dun diff`.
LIBS += -lgit2

# E-mail that comes in. The library's headers stand in folders of their own; they are not ours to be warned about.
LIBS += -lgmime-3.0 -lgobject-2.0 -lglib-2.0
$(B)/stdlib/net/mail_read.o: CFLAGS += $(patsubst -I%,-isystem %,$(shell pkg-config --cflags-only-I gmime-3.0))

# The kernels over columns want the vectoriser.
$(B)/lang/vm/%.o $(B)/runtime/engine/mask.o: OPT = -O3

$(B)/gen/%.o: $(B)/gen/%.c
	@echo "  cc  $<"
	@$(CC) $(CFLAGS) $(GENFLAGS) -c -o $@ $<

# The generated parser and lexer. lemon names a conflict and exits 1; that stops the build.
$(B)/gen/parser.c: grammar/parser.y
	@mkdir -p $(@D)
	@echo "  gen $@"
	@lemon -d$(B)/gen -q grammar/parser.y
$(B)/gen/parser.h: $(B)/gen/parser.c ;
$(B)/gen/lexer.c: grammar/lexer.re $(B)/gen/parser.h grammar/keywords.def
	@mkdir -p $(@D)
	@echo "  gen $@"
	@re2c -W -Wno-nondeterministic-tags --no-generation-date -o $@ $<
$(OBJ_LANG): $(B)/gen/parser.h

# The calendars of stdlib/calendars, embedded as text.
$(B)/gen/calendars.c: scripts/embed.sh $(wildcard stdlib/calendars/*.cal)
	@mkdir -p $(@D)
	@echo "  gen $@"
	@scripts/embed.sh stdlib_calendars $(sort $(wildcard stdlib/calendars/*.cal)) > $@

# The price indices of stdlib/indices, embedded as text.
$(B)/gen/indices.c: scripts/embed.sh $(wildcard stdlib/indices/*.idx)
	@mkdir -p $(@D)
	@echo "  gen $@"
	@scripts/embed.sh stdlib_indices $(sort $(wildcard stdlib/indices/*.idx)) > $@

# The programs that show the errors, embedded as text: `dun explain CODE` runs them.
$(B)/gen/errors.c: scripts/embed.sh $(wildcard tests/errors/*.dun)
	@mkdir -p $(@D)
	@echo "  gen $@"
	@scripts/embed.sh error_programs $(sort $(wildcard tests/errors/*.dun)) > $@

# The projects that `dun new` makes, one a language, embedded as text.
$(B)/gen/new_en.c $(B)/gen/new_pt.c $(B)/gen/new_es.c: $(B)/gen/new_%.c: scripts/embed_tree.sh $(wildcard stdlib/templates/new/*/*) $(wildcard stdlib/templates/new/*/*/*)
	@mkdir -p $(@D)
	@echo "  gen $@"
	@scripts/embed_tree.sh stdlib_new_$* stdlib/templates/new/$* > $@

# The store's schema and what brings older stores up to it, embedded as text, in the order of the versions.
SCHEMA = runtime/store/schema.sql runtime/store/schema_2.sql runtime/store/schema_3.sql runtime/store/schema_4.sql \
  runtime/store/schema_5.sql runtime/store/schema_6.sql runtime/store/schema_7.sql runtime/store/schema_8.sql \
  runtime/store/schema_9.sql runtime/store/schema_10.sql runtime/store/schema_11.sql runtime/store/schema_12.sql \
  runtime/store/schema_13.sql runtime/store/schema_14.sql runtime/store/schema_15.sql runtime/store/schema_16.sql \
  runtime/store/schema_17.sql runtime/store/schema_18.sql
$(B)/gen/schema.c: scripts/embed.sh $(SCHEMA)
	@mkdir -p $(@D)
	@echo "  gen $@"
	@scripts/embed.sh store_schema $(SCHEMA) > $@

# The page's files, by their names, and the API's description, a part an area.
PAGE = $(sort $(wildcard runtime/page/*.html runtime/page/*.css runtime/page/*.js runtime/page/*.svg))
$(B)/gen/page.c: scripts/embed.sh $(PAGE)
	@mkdir -p $(@D)
	@echo "  gen $@"
	@scripts/embed.sh --whole page_files $(PAGE) > $@
OPENAPI = $(sort $(wildcard runtime/api/openapi_*.json))
$(B)/gen/openapi.c: scripts/embed.sh $(OPENAPI)
	@mkdir -p $(@D)
	@echo "  gen $@"
	@scripts/embed.sh --whole openapi_parts $(OPENAPI) > $@

.PHONY: clean
clean:
	rm -rf $(B)

-include $(OBJ_LANG:.o=.d) $(OBJ_RUNTIME:.o=.d) $(B)/$(MAIN:.c=.d)
-include tests/tests.mk
