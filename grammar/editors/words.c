/* The keywords as editors need them, made from keywords.def and classes.def. `words json`: their spellings by class, for
 * the TextMate grammar. `words trie`: a C table for the scanner of the tree-sitter grammar.
 * Spellings are folded as the language folds them; those that are no words (`=`, `+`) are the grammars' own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/base/arena.h"
#include "lang/base/utf8.h"

/* Every class, in the order in which the scanner takes them where a word is of several. */
#define CLASSES(CLASS)                                                                                                 \
  CLASS(UNIT) CLASS(POLICY) CLASS(LADDER) CLASS(NO_LADDER) CLASS(RULE) CLASS(WHEN) CLASS(EVERY) CLASS(TEST) CLASS(AT)  \
  CLASS(ON) CLASS(EVENT) CLASS(IF) CLASS(OR_ELSE) CLASS(OTHERWISE) CLASS(THEN) CLASS(SEND) CLASS(VERB) CLASS(BETWEEN)  \
  CLASS(FOR) CLASS(LOGIC) CLASS(OPERATOR) CLASS(CONSTANT) CLASS(CHANNEL) CLASS(TYPE) CLASS(KEYWORD)

enum {
#define NAMED(id) CLASS_##id,
  CLASSES(NAMED)
#undef NAMED
  CLASS_COUNT
};

static const char *const CLASS_NAMES[] = {
#define NAMED(id) #id,
    CLASSES(NAMED)
#undef NAMED
};

static const struct {
  const char *token;
  int class;
} rules[] = {
#define CLASS(token, id) {#token, CLASS_##id},
#include "grammar/editors/classes.def"
#undef CLASS
};

static const struct {
  const char *token, *text[3];
} rows[] = {
#define KW(id, token, en, pt, es) {#token, {en, pt, es}},
#define KW_EITHER(token, one, other)
#include "grammar/keywords.def"
#undef KW
#undef KW_EITHER
};

enum { ROWS = sizeof rows / sizeof *rows };

/* Words that a line is gone on with: begins_statement's opposite in lang/syntax/token.c. */
static const char *const CONTINUES[] = {"AND",       "OR",   "OR_ELSE", "OTHERWISE", "THEN",          "THEN_EVERY",
                                        "WITH",      "WHERE", "TO",     "PLUS",      "PLUS_INTEREST", "UNLESS"};

static int class_of(const char *token) {
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
    if (strcmp(rules[i].token, token) == 0) return rules[i].class;
  return CLASS_KEYWORD;
}

static int continues(const char *token) {
  for (size_t i = 0; i < sizeof CONTINUES / sizeof *CONTINUES; i++)
    if (strcmp(CONTINUES[i], token) == 0) return 1;
  return 0;
}

static int is_word(slice s) {
  uint32_t first;
  utf8_decode(s, &first);
  return (first >= 'a' && first <= 'z') || first >= 0x80;
}

typedef struct word {
  slice text; /* folded */
  int class;
  int continues;
} word;

static int by_text(const void *a, const void *b) {
  const word *x = a, *y = b;
  size_t n = x->text.n < y->text.n ? x->text.n : y->text.n;
  int order = memcmp(x->text.p, y->text.p, n);
  if (order == 0) order = (x->text.n > y->text.n) - (x->text.n < y->text.n);
  return order ? order : x->class - y->class;
}

/* All spellings of all languages, sorted, each once a class. */
static size_t words_of(arena *a, word *out, size_t room) {
  size_t n = 0;
  for (size_t r = 0; r < ROWS; r++)
    for (int l = 0; l < 3; l++)
      for (const char *p = rows[r].text[l]; *p;) {
        size_t length = strcspn(p, "|");
        slice folded = utf8_fold(a, (slice){p, length});
        if (is_word(folded) && n < room)
          out[n++] = (word){folded, class_of(rows[r].token), continues(rows[r].token)};
        p += length + (p[length] == '|');
      }
  qsort(out, n, sizeof *out, by_text);
  size_t kept = 0;
  for (size_t i = 0; i < n; i++) {
    bool again = kept && out[kept - 1].class == out[i].class && slice_eq(out[kept - 1].text, out[i].text);
    if (again)
      out[kept - 1].continues |= out[i].continues;
    else
      out[kept++] = out[i];
  }
  return kept;
}

static void print_json(const word *v, size_t n) {
  printf("{");
  for (int c = 0; c < CLASS_COUNT; c++) {
    printf("%s\n  \"%s\": [", c ? "," : "", CLASS_NAMES[c]);
    const char *comma = "";
    for (size_t i = 0; i < n; i++) {
      if (v[i].class != c) continue;
      printf("%s\"%.*s\"", comma, (int)v[i].text.n, v[i].text.p);
      comma = ", ";
    }
    printf("]");
  }
  printf("\n}\n");
}

/* A trie over characters, its nodes by depth first: {classes as bits, character, the next sibling or 0, continues, leaf};
 * the first child stands behind its node, which is no leaf. */
typedef struct node {
  uint32_t letter, classes;
  int continues, leaf;
  size_t sibling;
} node;

static size_t trie_of(const word *v, size_t from, size_t to, size_t depth, node *out, size_t n) {
  size_t before = 0;
  while (from < to) {
    if (v[from].text.n == depth) { /* its end is its parent's mark */
      from++;
      continue;
    }
    uint32_t letter, other;
    size_t bytes = utf8_decode((slice){v[from].text.p + depth, v[from].text.n - depth}, &letter), end = from;
    while (end < to && v[end].text.n > depth &&
           (utf8_decode((slice){v[end].text.p + depth, v[end].text.n - depth}, &other), other == letter))
      end++;
    size_t at = n++;
    out[at] = (node){.letter = letter};
    if (before) out[before].sibling = at;
    before = at;
    for (size_t i = from; i < end; i++)
      if (v[i].text.n == depth + bytes) {
        out[at].classes |= 1u << v[i].class;
        out[at].continues |= v[i].continues;
      }
    n = trie_of(v, from, end, depth + bytes, out, n);
    out[at].leaf = n == at + 1;
    from = end;
  }
  return n;
}

static void print_trie(const word *v, size_t n) {
  size_t room = 1;
  for (size_t i = 0; i < n; i++) room += v[i].text.n;
  node *nodes = calloc(room, sizeof *nodes);
  if (!nodes) exit(1);
  size_t count = trie_of(v, 0, n, 0, nodes, 1);
  puts("/* Made from grammar/keywords.def by grammar/editors/words.c: `make editors`. */\nenum word_class {");
  for (int c = 0; c < CLASS_COUNT; c++) printf("  %s,\n", CLASS_NAMES[c]);
  puts("  CLASS_COUNT\n};\n\nstatic const struct word_node {\n  uint32_t classes;\n  uint16_t letter, sibling;\n"
       "  bool continues, leaf;\n} word_nodes[] = {");
  for (size_t i = 0; i < count; i++)
    printf("{0x%x,0x%x,%zu,%d,%d},%s", nodes[i].classes, nodes[i].letter, nodes[i].sibling, nodes[i].continues, nodes[i].leaf,
           i % 8 == 7 || i + 1 == count ? "\n" : " ");
  puts("};");
  free(nodes);
}

static int usage(void) {
  fputs("usage: words json|trie\n", stderr);
  return 2;
}

int main(int n, char **v) {
  enum { WORDS_MAX = 4096 };
  static word words[WORDS_MAX];
  arena *a = arena_new();
  size_t count = words_of(a, words, WORDS_MAX);
  int status = 0;
  if (n == 2 && strcmp(v[1], "json") == 0)
    print_json(words, count);
  else if (n == 2 && strcmp(v[1], "trie") == 0)
    print_trie(words, count);
  else
    status = usage();
  arena_free(a);
  return status;
}
