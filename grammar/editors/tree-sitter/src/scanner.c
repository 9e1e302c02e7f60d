/* The words and line ends of Dun for the tree-sitter grammar. A word is the longest phrase of src/words.h of a class
 * that the grammar takes here, else a name. A line end is one unless the next line goes on with it (LANGUAGE.md, 2).
 * It keeps no state. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tree_sitter/parser.h"
#include "words.h"

/* The order of `externals` in grammar.js: the line end, the joint of two lines, the classes of
 * words.h, names, an `on` with an event behind it. */
enum { NEWLINE, JOINT, FIRST_WORD, NAME = FIRST_WORD + CLASS_COUNT, ON_EVENT };

static uint32_t fold(int32_t c) {
  bool upper = (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7);
  return (uint32_t)(upper ? c + 32 : c);
}

static bool is_letter(int32_t c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == 0xAA || c == 0xB5 || c == 0xBA ||
         (c >= 0xC0 && c <= 0x1FFF && c != 0xD7 && c != 0xF7) || (c >= 0x2C00 && c <= 0x2DFF) || c >= 0x3005;
}

static bool is_word(int32_t c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; }

static bool is_blank(int32_t c) {
  return c == ' ' || c == '\t' || c == '\r' || c == 0xA0 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x3000;
}

enum { NOWHERE = UINT16_MAX };

/* The node of the letter below `parent` (0 is the root), or NOWHERE. */
static uint32_t step(uint32_t parent, uint32_t letter) {
  if (parent == NOWHERE || word_nodes[parent].leaf) return NOWHERE;
  uint32_t n = parent + 1;
  while (n && word_nodes[n].letter != letter) n = word_nodes[n].sibling;
  return n ? n : NOWHERE;
}

/* The first class of the node that the grammar takes here, or CLASS_COUNT. */
static unsigned class_taken(uint32_t node, const bool *valid) {
  unsigned c = 0;
  while (c < CLASS_COUNT && !((word_nodes[node].classes >> c & 1) && valid[FIRST_WORD + c])) c++;
  return c;
}

/* The longest phrase from here: `*symbol` is set where one is taken, and the lexer's mark stands behind it; `valid` NULL:
 * no mark is set. Says whether a phrase that goes a line on was passed. */
static bool read_phrase(TSLexer *lexer, const bool *valid, int *symbol) {
  bool goes_on = false, first = true;
  uint32_t node = 0, event = NOWHERE; /* event: the phrase behind an `on` */
  while (is_word(lexer->lookahead) || is_blank(lexer->lookahead) || lexer->lookahead == '-') {
    bool blank = is_blank(lexer->lookahead);
    uint32_t letter = blank ? ' ' : fold(lexer->lookahead);
    do lexer->advance(lexer, false);
    while (blank && is_blank(lexer->lookahead));
    node = step(node, letter);
    if (event || !blank) event = step(event, letter);
    bool ends = !is_word(lexer->lookahead);
    if (first && ends) { /* the first word alone: a name, and with a point the path of a field */
      while (lexer->lookahead == '.') {
        if (valid) lexer->mark_end(lexer);
        lexer->advance(lexer, false);
        if (!is_letter(lexer->lookahead)) return goes_on;
        node = NOWHERE;
        *symbol = valid && valid[NAME] ? NAME : -1;
        while (is_word(lexer->lookahead)) lexer->advance(lexer, false);
      }
      if (valid) lexer->mark_end(lexer);
      if (valid && valid[NAME]) *symbol = NAME;
      first = false;
    }
    bool path = ends && lexer->lookahead == '.'; /* `when contract.price` is no `when contract` */
    if (!first && ((node == NOWHERE && event == NOWHERE) || path)) break;
    if (ends && event != NOWHERE && word_nodes[event].classes >> EVENT & 1 && *symbol == FIRST_WORD + ON) *symbol = ON_EVENT;
    if (!ends || node == NOWHERE || !word_nodes[node].classes) continue;
    goes_on = word_nodes[node].continues;
    unsigned class = valid ? class_taken(node, valid) : CLASS_COUNT;
    if (class == CLASS_COUNT) continue;
    lexer->mark_end(lexer);
    *symbol = (int)(FIRST_WORD + class);
    if (class == ON && valid[ON_EVENT]) event = 0;
  }
  return goes_on;
}

/* At the end of a line: does the next one that says something go on with it? */
static bool next_line_goes_on(TSLexer *lexer) {
  for (;;) {
    while (is_blank(lexer->lookahead) || lexer->lookahead == '\n') lexer->advance(lexer, false);
    if (lexer->lookahead != '#') break;
    while (lexer->lookahead && lexer->lookahead != '\n') lexer->advance(lexer, false);
  }
  int symbol = -1;
  return is_letter(lexer->lookahead) && read_phrase(lexer, NULL, &symbol);
}

/* An end that stands in the text takes no more than itself: comments behind it are the grammar's. */
static int line_end(TSLexer *lexer) {
  if (!lexer->eof(lexer)) lexer->advance(lexer, false);
  lexer->mark_end(lexer);
  return next_line_goes_on(lexer) ? JOINT : NEWLINE;
}

void *tree_sitter_dun_external_scanner_create(void) { return 0; }
void tree_sitter_dun_external_scanner_destroy(void *state) { (void)state; }
unsigned tree_sitter_dun_external_scanner_serialize(void *state, char *buffer) {
  (void)state, (void)buffer;
  return 0;
}
void tree_sitter_dun_external_scanner_deserialize(void *state, const char *buffer, unsigned length) {
  (void)state, (void)buffer, (void)length;
}

bool tree_sitter_dun_external_scanner_scan(void *state, TSLexer *lexer, const bool *valid) {
  (void)state;
  while (is_blank(lexer->lookahead) || (lexer->lookahead == '\n' && !valid[NEWLINE])) lexer->advance(lexer, true);
  int symbol = -1;
  bool sign = lexer->lookahead >= 'A' && lexer->lookahead <= 'Z';
  if (valid[NEWLINE] && (lexer->lookahead == '\n' || lexer->eof(lexer)))
    symbol = line_end(lexer);
  else if (is_letter(lexer->lookahead))
    read_phrase(lexer, valid, &symbol);
  if (symbol < 0 || (sign && lexer->lookahead == '$')) return false;
  lexer->result_symbol = (TSSymbol)symbol;
  return true;
}
