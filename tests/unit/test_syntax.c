/* lang/syntax by rule: the keyword table, spans, limits at their edge and past it, comments, language, equal programs
 * in three languages. What a whole file reads as is in the golden tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "lang/syntax/lex.h"
#include "lang/syntax/limits.h"
#include "lang/syntax/parse.h"
#include "parser.h"
#include "tests/support/printed.h"

int parseFallback(int token); /* lemon's: TK_ID for a keyword that may be a name */

typedef struct parsed {
  arena *perm;
  source src;
  diags d;
  ast_file *file;
} parsed;

static parsed parse_slice(slice s) {
  parsed p = {.perm = arena_new(), .src = {SLICE("test.dun"), s}};
  arena *scratch = arena_new();
  diags_init(&p.d, p.perm);
  p.file = parse_file(p.perm, scratch, &p.src, 0, &p.d);
  diags_sort(&p.d);
  arena_free(scratch);
  return p;
}

static parsed parse(const char *s) { return parse_slice(slice_of(s)); }

static void done(parsed *p) { arena_free(p->perm); }

static const char *first_code(const parsed *p) { return p->d.first ? diag_name(p->d.first->code) : "none"; }

static void assert_fine(const char *s) {
  parsed p = parse(s);
  assert_string_equal(first_code(&p), "none");
  assert_true(p.file->ok);
  done(&p);
}

/* Exactly one diagnostic, of this code. */
static void assert_one(slice s, const char *code) {
  parsed p = parse_slice(s);
  assert_string_equal(first_code(&p), code);
  assert_int_equal(p.d.errors, 1);
  assert_false(p.file->ok);
  done(&p);
}

static slice dump(parsed *p) { return ast_print(p->file->root, p->perm); }

static void assert_same_tree(const char *one, const char *other) {
  parsed a = parse(one), b = parse(other);
  assert_string_equal(first_code(&a), "none");
  assert_string_equal(first_code(&b), "none");
  assert_string_equal(arena_copy(a.perm, dump(&a)), arena_copy(b.perm, dump(&b)));
  done(&a);
  done(&b);
}

/* ---- keywords ---- */

static void a_spelling_belongs_to_one_row(void **state) {
  (void)state;
  static const kw shared[][2] = {
      {KW_ON, KW_IN}, {KW_FOR, KW_TO}, {KW_NOT, KW_NO}, {KW_LATE_FEE, KW_FEE}, {KW_AT, KW_PER}};
  for (dun_lang l = LANG_EN; l < LANG_COUNT; l++)
    for (kw a = KW_NONE + 1; a < KW_UNIT_DAY; a++)
      for (size_t i = 0; kw_spelling(a, l, i).n; i++)
        for (kw b = a + 1; b < KW_UNIT_DAY; b++)
          for (size_t j = 0; kw_spelling(b, l, j).n; j++) {
            if (!utf8_fold_eq(kw_spelling(a, l, i), kw_spelling(b, l, j))) continue;
            bool known = false;
            for (size_t k = 0; k < sizeof shared / sizeof *shared; k++)
              if ((shared[k][0] == a && shared[k][1] == b) || (shared[k][0] == b && shared[k][1] == a)) known = true;
            slice word = kw_spelling(a, l, i);
            if (!known) fail_msg("%.*s is %s and %s", SLICE_ARG(word), kw_name(a), kw_name(b));
          }
}

static void every_keyword_has_a_spelling_in_every_language(void **state) {
  (void)state;
  for (kw a = KW_NONE + 1; a < KW_COUNT; a++)
    for (dun_lang l = LANG_EN; l < LANG_COUNT; l++) assert_true(kw_text(a, l).n > 0);
  assert_string_equal(kw_name(KW_HOLD_WHILE), "HOLD_WHILE");
  assert_true(slice_eq(kw_text(KW_HOLD_WHILE, LANG_PT), SLICE("suspender enquanto")));
  assert_int_equal(kw_spelling(KW_HOLD_WHILE, LANG_EN, 2).n, 0);
}

static void a_word_is_looked_up_in_any_case(void **state) {
  (void)state;
  assert_int_equal(kw_of_word(SLICE("OTHERWISE"), LANG_EN), KW_OTHERWISE);
  assert_int_equal(kw_of_word(SLICE("SENÃO"), LANG_PT), KW_OTHERWISE);
  assert_int_equal(kw_of_word(SLICE("senao"), LANG_PT), KW_NONE); /* accents count */
  assert_int_equal(kw_of_word(SLICE("otherwise"), LANG_PT), KW_NONE);
}

static void the_longest_phrase_is_taken(void **state) {
  (void)state;
  assert_same_tree("define a as b is not missing", "define a as b IS  Not\tMissing");
  assert_same_tree("define a as b is not c", "define a as b != c");
  assert_same_tree("define a as b is c", "define a as b = c");
}

static void every_spelling_is_read_as_its_keyword(void **state) {
  (void)state;
  static const char *const head[LANG_COUNT] = {"", "idioma português\n", "idioma español\n"};
  for (dun_lang l = LANG_EN; l < LANG_COUNT; l++)
    for (size_t i = 0; kw_spelling(KW_MOVE_DUE, l, i).n; i++) {
      arena *a = arena_new();
      slice word = kw_spelling(KW_MOVE_DUE, l, i);
      parsed p = parse_slice(arena_printf(a, "%s%.*s", head[l], SLICE_ARG(word)));
      assert_string_equal(first_code(&p), "none");
      assert_int_equal(p.file->root->last->kind, AST_MOVE_DUE);
      assert_int_equal(p.file->lang, l);
      done(&p);
      arena_free(a);
    }
}

/* In the places where a name is followed by a word, lemon's fallback could also take that word for a name. */
static void most_keywords_are_names_too(void **state) {
  (void)state;
  static const char *const form[LANG_COUNT] = {
      "define %.*s as x\nstop when %.*s = 1 and not %.*s\nladder %.*s for invoices where x < %.*s counting from %.*s\n"
      "  at 5d after %.*s mark %.*s then send email template \"x\" to %.*s with %.*s, x or else sms \"y\"\n"
      "  at %.*s if %.*s escalate %.*s otherwise alert %.*s \"x\" via slack\n",
      "idioma português\ndefinir %.*s como x\nparar quando %.*s = 1 e não %.*s\n"
      "régua %.*s para faturas onde x < %.*s contando de %.*s\n"
      "  aos 5d depois de %.*s marcar %.*s então enviar email modelo \"x\" para %.*s com %.*s, x ou então sms \"y\"\n"
      "  aos %.*s se %.*s escalar %.*s senão avisar %.*s \"x\" via slack\n",
      "idioma español\ndefinir %.*s como x\ndetener cuando %.*s = 1 y no %.*s\n"
      "escala %.*s para facturas donde x < %.*s contando desde %.*s\n"
      "  a los 5d después de %.*s marcar %.*s luego enviar email plantilla \"x\" a %.*s con %.*s, x o bien sms \"y\"\n"
      "  a los %.*s si %.*s escalar %.*s si no avisar %.*s \"x\" vía slack\n"};
  size_t tried = 0;
  for (dun_lang l = LANG_EN; l < LANG_COUNT; l++)
    for (kw id = KW_NONE + 1; id < KW_COUNT; id++) {
      slice w = kw_text(id, l);
      if (kw_token(id) <= 0 || parseFallback(kw_token(id)) != TK_ID || memchr(w.p, ' ', w.n)) continue;
      arena *a = arena_new();
      parsed p = parse_slice(arena_printf(a, form[l], SLICE_ARG(w), SLICE_ARG(w), SLICE_ARG(w), SLICE_ARG(w),
                                          SLICE_ARG(w), SLICE_ARG(w), SLICE_ARG(w), SLICE_ARG(w), SLICE_ARG(w),
                                          SLICE_ARG(w), SLICE_ARG(w), SLICE_ARG(w), SLICE_ARG(w), SLICE_ARG(w)));
      if (p.d.errors) fail_msg("%.*s\n%s", SLICE_ARG(w), arena_copy(a, diags_render(&p.d, &p.src, 1, l, false, a)));
      done(&p);
      arena_free(a);
      tried++;
    }
  assert_true(tried > 150);
}

/* ---- trees ---- */

static void then_after_if_is_a_spelling(void **state) {
  (void)state;
  assert_same_tree("when a if b then log \"x\" otherwise log \"y\"", "when a if b log \"x\" otherwise log \"y\"");
}

static void unless_binds_loosest_and_once(void **state) {
  (void)state;
  parsed p = parse("define a as b or c and d unless e or f");
  const ast *cond = ast_kid(p.file->root->kid, AST_COND);
  assert_int_equal(cond->kid->kind, AST_UNLESS);
  assert_int_equal(cond->kid->kid->kind, AST_OR);
  assert_int_equal(cond->kid->last->kind, AST_OR);
  done(&p);
  assert_one(SLICE("define a as b unless c unless d"), "E0100");
}

static void three_languages_are_one_program(void **state) {
  (void)state;
  parsed en = parse("when x >= 5d and z > 1_000 send whatsapp template \"formal\"; at 30d escalate c");
  parsed pt =
      parse("idioma português\nquando x >= 5d e z > 1_000 enviar whatsapp modelo \"formal\"; aos 30d escalar c");
  parsed es =
      parse("idioma español\ncuando x >= 5d y z > 1_000 enviar whatsapp plantilla \"formal\"; a los 30d escalar c");
  slice want = ast_print(en.file->root->kid, en.perm);
  assert_string_equal(arena_copy(pt.perm, ast_print(pt.file->root->last, pt.perm)), arena_copy(en.perm, want));
  assert_string_equal(arena_copy(es.perm, ast_print(es.file->root->last, es.perm)), arena_copy(en.perm, want));
  done(&en);
  done(&pt);
  done(&es);
}

static void check_spans(const ast *n, const ast *parent, size_t bytes) {
  assert_true(n->at.from <= n->at.to && n->at.to <= bytes);
  if (parent && ast_class_of(parent->kind) != AST_CLASS_SECTION && parent->kind != AST_RUNG) {
    assert_true(parent->at.from <= n->at.from);
    assert_true(n->at.to <= parent->at.to);
  }
  if (n->kind != AST_FILE) assert_true(n->at.to > n->at.from);
  assert_true(!parent || n->height < parent->height || ast_class_of(parent->kind) == AST_CLASS_SECTION ||
              parent->kind == AST_FILE || parent->kind == AST_RUNG || parent->kind == AST_WINDOW_PART ||
              parent->kind == AST_DAYS);
  for (const ast *k = n->kid; k; k = k->next) check_spans(k, n, bytes);
}

static void every_node_has_a_span_within_its_parent(void **state) {
  (void)state;
  const char *s = "ladder a for invoices where (b or c) and d in (\"x\", \"y\") unless e\n"
                  "  at 3d before due if amount * 2% > R$ 5.00 send email template \"t {number}\" to owner with pix\n"
                  "    or else sms \"hi\" otherwise escalate rep\n"
                  "  at 5d\n    log \"x\"\n"
                  "  send between 08:00 and 12:00 and between 14:00 and 18:00 on monday to friday, saturday\n"
                  "test \"t\"\n  given invoice amount 5 and customer email missing\n";
  parsed p = parse(s);
  assert_int_equal(p.d.errors, 0);
  check_spans(p.file->root, NULL, strlen(s));
  done(&p);
}

static void comments_are_kept(void **state) {
  (void)state;
  parsed p = parse("# one\ndefine a as b # two\r\n  # three");
  const ast_comment *c = p.file->comments;
  assert_true(c->own_line && c->at.from == 0 && c->at.to == 5);
  c = c->next;
  assert_false(c->own_line);
  assert_int_equal(c->at.to - c->at.from, 5); /* without the CR */
  c = c->next;
  assert_true(c->own_line);
  assert_null(c->next);
  done(&p);
}

static void texts_split_into_pieces_and_holes(void **state) {
  (void)state;
  parsed p = parse("define a as \"a {b.c}{ d } \\\"{{\\n\"");
  const ast *t = ast_kid(p.file->root->kid, AST_COND)->kid;
  static const struct {
    ast_kind kind;
    const char *text;
  } want[] = {{AST_PIECE, "a "}, {AST_HOLE, "b.c"}, {AST_HOLE, "d"}, {AST_PIECE, " \"{\n"}};
  const ast *k = t->kid;
  for (size_t i = 0; i < sizeof want / sizeof *want; i++, k = k->next) {
    assert_int_equal(k->kind, want[i].kind);
    assert_true(slice_eq(k->text, slice_of(want[i].text)));
  }
  assert_null(k);
  done(&p);
}

static void a_byte_order_mark_and_crlf_are_fine(void **state) {
  (void)state;
  assert_same_tree("\xef\xbb\xbf"
                   "define a as b\r\n  and c\r\n",
                   "define a as b and c");
  assert_fine("");
  assert_fine("\n\n# only a comment\n;;\n");
}

/* ---- limits ---- */

static slice repeated(arena *a, const char *head, const char *unit, size_t n, const char *tail) {
  text t = text_new(a);
  text_cstr(&t, head);
  for (size_t i = 0; i < n; i++) text_cstr(&t, unit);
  text_cstr(&t, tail);
  return text_slice(&t);
}

static void assert_limit(const char *head, const char *unit, size_t max, const char *tail, const char *code) {
  arena *a = arena_new();
  parsed p = parse_slice(repeated(a, head, unit, max, tail));
  assert_string_equal(first_code(&p), "none");
  done(&p);
  assert_one(repeated(a, head, unit, max + 1, tail), code);
  arena_free(a);
}

static void limits_hold_at_their_edge(void **state) {
  (void)state;
  assert_limit("#", "x", FILE_BYTES_MAX - 1, "", "E0002");
  assert_limit("define ", "a", NAME_BYTES_MAX, " as b", "E0022");
  assert_limit("define a as \"", "x", TEXT_BYTES_MAX, "\"", "E0021");
  assert_limit("define a as b", " and c", (STATEMENT_TOKENS_MAX - 4) / 2, "", "E0024");
  arena *a = arena_new();
  assert_fine(arena_printf(a, "define a as b > %dd", DURATION_COUNT_MAX).p);
  assert_one(arena_printf(a, "define a as b > %dd", DURATION_COUNT_MAX + 1), "E0029");
  arena_free(a);
}

static slice nested(arena *a, size_t depth) {
  text t = text_new(a);
  text_cstr(&t, "define a as ");
  for (size_t i = 0; i < depth; i++) text_cstr(&t, "(b or ");
  text_cstr(&t, "c");
  for (size_t i = 0; i < depth; i++) text_cstr(&t, ")");
  return text_slice(&t);
}

static void nesting_is_bounded(void **state) {
  (void)state;
  arena *a = arena_new();
  parsed p = parse_slice(nested(a, BRACKETS_DEPTH_MAX));
  assert_string_equal(first_code(&p), "none");
  done(&p);
  assert_one(nested(a, BRACKETS_DEPTH_MAX + 1), "E0023");
  assert_one(nested(a, 50000), "E0023");
  /* DEFINE, COND and the name take two levels. */
  assert_limit("define a as ", "not ", AST_HEIGHT_MAX - 2, "b", "E0107");
  assert_one(repeated(a, "define a as ", "not ", 15000, "b"), "E0107");
  assert_limit("define a as b", " + c", AST_HEIGHT_MAX - 2, "", "E0107");
  assert_one(repeated(a, "when a if b log \"x\"", " otherwise if b log \"x\"", 3000, ""), "E0107");
  arena_free(a);
}

/* The tree's height ends a chain long before the parser's stack does; past the stack it is the same one error. */
static void the_stack_of_the_parser_is_bounded(void **state) {
  (void)state;
  arena *a = arena_new();
  for (int past = -8; past <= 8; past++) {
    size_t n = (size_t)(PARSER_STACK_MAX + past);
    assert_one(repeated(a, "define a as ", "not ", n, "b"), "E0107");
    assert_one(nested(a, n), "E0023");
  }
  assert_one(repeated(a, "at 5d if b ", "log \"x\" otherwise if b ", PARSER_STACK_MAX, "log \"x\""), "E0107");
  arena_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_stack_of_the_parser_is_bounded),
      cmocka_unit_test(a_spelling_belongs_to_one_row),
      cmocka_unit_test(every_keyword_has_a_spelling_in_every_language),
      cmocka_unit_test(a_word_is_looked_up_in_any_case),
      cmocka_unit_test(the_longest_phrase_is_taken),
      cmocka_unit_test(every_spelling_is_read_as_its_keyword),
      cmocka_unit_test(most_keywords_are_names_too),
      cmocka_unit_test(then_after_if_is_a_spelling),
      cmocka_unit_test(unless_binds_loosest_and_once),
      cmocka_unit_test(three_languages_are_one_program),
      cmocka_unit_test(every_node_has_a_span_within_its_parent),
      cmocka_unit_test(comments_are_kept),
      cmocka_unit_test(texts_split_into_pieces_and_holes),
      cmocka_unit_test(a_byte_order_mark_and_crlf_are_fine),
      cmocka_unit_test(limits_hold_at_their_edge),
      cmocka_unit_test(nesting_is_bounded),
  };
  return cmocka_run_group_tests_name("syntax", tests, NULL, NULL);
}
