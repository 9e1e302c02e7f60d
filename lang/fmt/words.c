/* Nodes to words: fmt.def, interpreted. What a row cannot say is a function here. */
#include <assert.h>

#include "lang/base/utf8.h"
#include "lang/fmt/internal.h"

/* ---- words ---- */

words words_new(arena *a, const source *src, dun_lang lang) { return (words){.a = a, .src = src, .lang = lang}; }

static word *put(words *w, slice said, uint32_t from) {
  if (w->n == w->room) {
    size_t room = w->room ? w->room * 2 : 32;
    word *more = ARENA_ARRAY(w->a, room, word);
    if (w->n) memcpy(more, w->at, w->n * sizeof *more);
    w->at = more;
    w->room = room;
  }
  word *out = &w->at[w->n++];
  *out = (word){.text = said, .from = from, .rank = RANK_NEVER, .glued = w->glue_next};
  w->glue_next = false;
  w->last = KW_NONE;
  return out;
}

/* Outer places are better than those in brackets. */
static int16_t rank_here(const words *w, int rank) { return (int16_t)(rank - 10 * (int)w->depth); }

/* The words that LANGUAGE.md 2 lets a line go on with, and how good a place each is; 0: none of them. */
static int rank_of(kw id) {
  switch ((int)id) {
  case KW_OTHERWISE: return 8;
  case KW_THEN: return 7;
  case KW_OR_ELSE:
  case KW_UNLESS:
  case KW_WHERE: return 6;
  case KW_OR: return 5;
  case KW_AND: return 4;
  case KW_PLUS_INTEREST:
  case KW_WITH: return 3;
  case KW_PLUS: return 2;
  case KW_THEN_EVERY:
  case KW_TO: return 1;
  }
  return 0;
}

static void put_keyword(words *w, kw id, slice said, uint32_t from) {
  word *out = put(w, said, from);
  int rank = rank_of(id);
  out->legal = rank > 0 || w->depth > 0;
  out->dedent = id == KW_OTHERWISE;
  if (rank) out->rank = rank_here(w, rank);
  if (id == KW_COMMA) {
    out->glued = true;
    out->legal = false;
  }
  w->last = id;
}

void words_keyword(words *w, kw id, uint32_t from) { put_keyword(w, id, kw_text(id, w->lang), from); }

static void keyword(words *w, kw id) { words_keyword(w, id, WORD_UNPLACED); }

/* The i-th spelling, where the first does not read well in this place; the first where there is none. */
static void keyword_spelt(words *w, kw id, size_t i) {
  slice said = kw_spelling(id, w->lang, i);
  put_keyword(w, id, said.n ? said : kw_text(id, w->lang), WORD_UNPLACED);
}

static void open_bracket(words *w) {
  put(w, SLICE("("), WORD_UNPLACED)->legal = w->depth > 0;
  w->glue_next = true;
  w->depth++;
}

static void close_bracket(words *w) {
  word *out = put(w, SLICE(")"), WORD_UNPLACED);
  out->glued = true;
  out->legal = true;
  w->depth--;
}

/* A name may be a word that begins a statement elsewhere: no line begins with one. */
static void name(words *w, const ast *n) {
  if (n->text.n) put(w, n->text, WORD_UNPLACED);
}

/* The name of a policy or a test: raw where it points into the source, else its content. */
static void quoted(words *w, const ast *n) {
  slice all = w->src->text;
  bool raw = n->text.n && n->text.p >= all.p && n->text.p < all.p + all.n;
  put(w, raw ? arena_printf(w->a, "\"%.*s\"", SLICE_ARG(n->text)) : text_quoted(w->a, n->text), WORD_UNPLACED);
}

static void literal(words *w, const ast *n) {
  word *out = put(w, literal_text(w->a, w->src, w->lang, n), n->at.from);
  out->legal = w->depth > 0;
}

/* ---- steps ---- */

typedef enum step_kind {
  STEP_END,
  STEP_KEYWORD,
  STEP_OP,
  STEP_NAME,
  STEP_QUOTED,
  STEP_LITERAL,
  STEP_KID,
  STEP_KIDS,
  STEP_BY,
  STEP_DO
} step_kind;

typedef struct step {
  step_kind kind;
  kw id;
  void (*fn)(words *w, const ast *n);
} step;

/* A statement of its own among the kids of a section or a rung. */
static bool is_statement(const ast *n) {
  if (n->kind == AST_BRANCH) return false;
  ast_class class = ast_class_of(n->kind);
  return class == AST_CLASS_LINE || class == AST_CLASS_SETTING;
}

static const ast *skip(const ast *kid) {
  while (kid && is_statement(kid)) kid = kid->next;
  return kid;
}

static void joined(words *w, const ast *kid, kw by) {
  for (bool first = true; kid; kid = skip(kid->next), first = false) {
    if (!first) keyword(w, by);
    size_t at = w->n;
    words_add(w, kid);
    if (by == KW_COMMA && !first && w->n > at && w->at[at].legal) w->at[at].rank = rank_here(w, 4);
  }
}

/* ---- what a row cannot say ---- */

static void do_when(words *w, const ast *n) {
  if (n->text.n) {
    keyword(w, KW_RULE);
    name(w, n);
    put(w, SLICE(":"), WORD_UNPLACED)->glued = true;
  }
  keyword(w, n->op == KW_CONTRACT ? KW_WHEN_CONTRACT : KW_WHEN);
  if (n->text.n) w->at[w->n - 1].legal = true; /* behind a colon the line goes on */
}

static void do_event(words *w, const ast *n) {
  if (!ast_kid(n, AST_ERP_EVENT)) keyword(w, n->op);
}

/* Portuguese and Spanish have forms of `at` and `on` for one thing and for hours: later spellings of their rows. */
static void do_at(words *w, const ast *n) {
  const ast *anchor = ast_kid(n, AST_ANCHOR);
  bool apart = ast_kid(n, AST_DURATION) != NULL;
  if (w->lang == LANG_PT && !apart && anchor && anchor->op == KW_DUE)
    keyword_spelt(w, KW_ON, 1); /* `no vencimento` */
  else
    keyword_spelt(w, KW_AT, apart ? 0 : 1);
}

static void do_on_the(words *w, const ast *n) {
  (void)n;
  keyword_spelt(w, KW_ON, 1);
}

static void do_every(words *w, const ast *n) {
  for (const ast *k = skip(n->kid); k; k = skip(k->next)) {
    if (k->kind == AST_TIME) keyword_spelt(w, KW_AT, 2);
    words_add(w, k);
  }
}

static void do_branch(words *w, const ast *n) {
  const ast *kid = n->kid;
  if (kid && kid->kind == AST_COND) {
    keyword(w, KW_IF);
    words_add(w, kid);
    kid = kid->next;
  }
  joined(w, kid, KW_THEN);
}

static void do_test_event(words *w, const ast *n) {
  const ast *day = ast_kid(n, AST_DATE);
  for (const ast *k = n->kid; k; k = k->next)
    if (k != day) words_add(w, k);
  keyword(w, KW_ON);
  words_add(w, day);
}

/* `between 08:00 and 18:00 on monday and between ... on ...` */
static void do_window(words *w, const ast *n) {
  bool first = true;
  for (const ast *k = n->kid; k; k = k->next) {
    if (k->kind == AST_WINDOW_PART) {
      if (!first) keyword(w, KW_AND);
      first = false;
    }
    words_add(w, k);
  }
}

static bool is_one(const ast *number) {
  decimal d = decimal_trim(number->value.number);
  return d.n == 1 && d.scale == 0;
}

static void counted(words *w, const ast *number, kw things) {
  words_add(w, number);
  keyword_spelt(w, things, is_one(number) ? 1 : 0);
}

static void do_messages(words *w, const ast *n) { counted(w, n->kid, KW_MESSAGES); }

/* `1 message per day and 3 per week`: the first says what is counted. */
static void do_limit_rate(words *w, const ast *n) {
  if (w->last != KW_AND)
    counted(w, n->kid, KW_MESSAGES);
  else
    words_add(w, n->kid);
  for (const ast *k = n->kid->next; k; k = k->next) words_add(w, k);
}

static void do_more_times(words *w, const ast *n) {
  const ast *times = ast_kid(n, AST_NUMBER);
  if (!times) return;
  keyword(w, KW_COMMA);
  counted(w, times, KW_MORE_TIMES);
}

static void do_action_kind(words *w, const ast *n) {
  if (n->op == KW_FEE || n->op == KW_INTEREST) keyword(w, KW_CHARGE);
}

static void do_spacing(words *w, const ast *n) {
  if (!n->kid) return;
  keyword(w, KW_EVERY);
  words_add(w, n->kid);
}

static void do_late_fee(words *w, const ast *n) {
  const ast *fee = ast_kid(n, AST_FEE), *interest = ast_kid(n, AST_INTEREST);
  keyword(w, fee ? KW_LATE_FEE : KW_INTEREST);
  if (fee) words_add(w, fee);
  if (fee && interest) keyword(w, KW_PLUS_INTEREST);
  if (interest) words_add(w, interest);
}

static void do_fee(words *w, const ast *n) {
  for (const ast *k = n->kid; k; k = k->next) {
    if (k->kind == AST_FEE_PART && k->op) keyword(w, k->op);
    words_add(w, k);
  }
}

static void do_interest(words *w, const ast *n) {
  for (const ast *k = n->kid; k; k = k->next) {
    if (k->kind == AST_RATE && k != n->kid) keyword(w, KW_PLUS);
    words_add(w, k);
  }
}

static void do_from(words *w, const ast *n) {
  if (!ast_kid(n, AST_FROM_ENV)) keyword(w, KW_FROM);
}

/* `team finance is ...` reads aloud, `team finance = ...` does not. */
static void do_is(words *w, const ast *n) {
  (void)n;
  keyword_spelt(w, KW_EQ, 1);
}

/* `escalate to owner` or `escalate rep`, as written: the plan says it back the same way. */
static void do_escalate(words *w, const ast *n) {
  const ast *who = ast_kid(n, AST_WHO);
  slice before = slice_trim((slice){w->src->text.p + n->at.from, who->at.from - n->at.from});
  bool to = memchr(before.p, ' ', before.n) || memchr(before.p, '\t', before.n);
  keyword_spelt(w, KW_ESCALATE, to ? 1 : 0);
}

static void do_all_kids(words *w, const ast *n) {
  for (const ast *k = n->kid; k; k = k->next) words_add(w, k);
}

static void do_day_range(words *w, const ast *n) {
  if (!n->kid) return;
  keyword(w, KW_TO);
  words_add(w, n->kid);
}

static void do_with(words *w, const ast *n) { joined(w, n->kid, n->kid->kind == AST_CONNECT_KEY ? KW_AND : KW_COMMA); }

static void do_list(words *w, const ast *n) {
  open_bracket(w);
  joined(w, n->kid, KW_COMMA);
  close_bracket(w);
}

/* `at most 2 messages ...`, `every open invoice ... by 60d`, `no messages on ...`, `nothing on ...`, `never ...` */
static void do_guarantee(words *w, const ast *n) {
  if (n->op == KW_NOTHING_ELSE)
    keyword_spelt(w, n->op, 1); /* `nothing` */
  else
    keyword(w, n->op);
  for (const ast *k = n->kid; k; k = k->next) {
    if (k->kind == AST_DURATION) keyword(w, KW_BY);
    if (k != n->kid && (k->kind == AST_GOAL || k->kind == AST_LIMIT_RATE))
      keyword(w, k->kind == AST_GOAL ? KW_OR : KW_AND);
    words_add(w, k);
  }
}

/* What stands behind `open card` has its `in`; `escalate` and `send` stand alone. */
static void do_goal(words *w, const ast *n) {
  const ast *kind = ast_kid(n, AST_ACTION_KIND);
  bool card = kind && kind->next && (kind->op == KW_OPEN_CARD || kind->op == KW_MOVE_CARD);
  for (const ast *k = n->kid; k; k = k->next)
    if (k == kind && card)
      keyword(w, k->op);
    else
      words_add(w, k);
}

static void do_held(words *w, const ast *n) {
  keyword(w, KW_UNLESS);
  keyword(w, KW_HELD);
  if (n->kid) keyword(w, KW_OR);
  if (n->kid) words_add(w, n->kid);
}

/* In Spanish `si no` is `otherwise`: behind `si` the negation has a longer form. */
static void do_not(words *w, const ast *n) {
  (void)n;
  keyword_spelt(w, KW_NOT, w->last == KW_IF ? 1 : 0);
}

/* ---- the table ---- */

#define K(id) {STEP_KEYWORD, KW_##id, NULL},
#define OP {STEP_OP, KW_NONE, NULL},
#define NAME {STEP_NAME, KW_NONE, NULL},
#define QUOTED {STEP_QUOTED, KW_NONE, NULL},
#define LITERAL {STEP_LITERAL, KW_NONE, NULL},
#define KID {STEP_KID, KW_NONE, NULL},
#define KIDS {STEP_KIDS, KW_NONE, NULL},
#define BY(id) {STEP_BY, KW_##id, NULL},
#define DO(fn) {STEP_DO, KW_NONE, do_##fn},
#define FMT(kind, steps) static const step STEPS_##kind[] = {steps{STEP_END, KW_NONE, NULL}};
#include "lang/fmt/fmt.def"
#undef FMT

static const step *const SENTENCES[AST_KIND_COUNT] = {
#define FMT(kind, steps) [AST_##kind] = STEPS_##kind,
#include "lang/fmt/fmt.def"
#undef FMT
};

enum {
  SENTENCE_COUNT = 0
#define FMT(kind, steps) +1
#include "lang/fmt/fmt.def"
#undef FMT
};
static_assert(SENTENCE_COUNT == AST_KIND_COUNT - 4, "a row for every kind but FILE, PIECE, HOLE and ERROR");
#undef K
#undef OP
#undef NAME
#undef QUOTED
#undef LITERAL
#undef KID
#undef KIDS
#undef BY
#undef DO

static void run_steps(words *w, const ast *n) {
  const ast *kid = skip(n->kid);
  for (const step *s = SENTENCES[n->kind]; s->kind != STEP_END; s++) switch (s->kind) {
    case STEP_KEYWORD: keyword(w, s->id); break;
    case STEP_OP:
      if (n->op) keyword(w, n->op);
      break;
    case STEP_NAME: name(w, n); break;
    case STEP_QUOTED: quoted(w, n); break;
    case STEP_LITERAL: literal(w, n); break;
    case STEP_KID:
      words_add(w, kid);
      kid = skip(kid->next);
      break;
    case STEP_KIDS:
      for (; kid; kid = skip(kid->next)) words_add(w, kid);
      break;
    case STEP_BY:
      joined(w, kid, s->id);
      kid = NULL;
      break;
    case STEP_DO: s->fn(w, n); break;
    case STEP_END: break;
    }
}

void words_add(words *w, const ast *n) {
  assert(SENTENCES[n->kind]); /* a tree without errors has no other kinds */
  size_t first = w->n;
  if (n->brackets) open_bracket(w);
  run_steps(w, n);
  if (n->brackets) close_bracket(w);
  if (w->n > first && w->at[first].from == WORD_UNPLACED) w->at[first].from = n->at.from;
}

void words_place(words *w, uint32_t end) {
  for (size_t i = w->n; i-- > 0;) {
    if (w->at[i].from == WORD_UNPLACED) w->at[i].from = end;
    end = w->at[i].from;
  }
}

size_t words_width(const words *w, size_t from, size_t to) {
  size_t columns = 0;
  for (size_t i = from; i < to; i++) columns += utf8_width(w->at[i].text) + (i > from && !w->at[i].glued);
  return columns;
}
