/* See fmt_programs.h: the grammar, spoken at random. */
#include "tests/unit/fmt_programs.h"

#include <stdio.h>

#include "lang/base/text.h"
#include "lang/check/fields.h"
#include "lang/syntax/keyword.h"

static uint64_t rng_state;

static uint32_t rng(uint32_t below) {
  rng_state = rng_state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(rng_state >> 33) % below;
}

static bool one_in(uint32_t n) { return rng(n) == 0; }

typedef struct gen {
  text t;
  dun_lang lang;
  int depth, brackets;
  bool fresh; /* nothing on the line yet */
  int ladders, names;
} gen;

static void put_comment(gen *g) {
  static const char *const said[] = {"# why", "#", "# \"odd { text", "# ção ; at 5d", "#then  "};
  text_cstr(&g->t, said[rng(5)]);
}

static void line_ends(gen *g) {
  if (one_in(8)) {
    text_cstr(&g->t, one_in(2) ? "  " : "");
    put_comment(g);
  }
  text_cstr(&g->t, one_in(20) ? "\r\n" : "\n");
  while (one_in(8)) {
    if (one_in(2)) text_repeat(&g->t, ' ', rng(6));
    if (one_in(2)) put_comment(g);
    text_char(&g->t, '\n');
  }
  text_repeat(&g->t, ' ', one_in(2) ? 0 : rng(7));
  g->fresh = true;
}

static void put_raw(gen *g, slice s) {
  if (!g->fresh) text_cstr(&g->t, one_in(12) ? "  \t" : " ");
  g->fresh = false;
  text_add(&g->t, s);
}

static void put_word(gen *g, const char *s) { put_raw(g, slice_of(s)); }

/* A keyword in any of its spellings, in any case. */
static void put_key(gen *g, kw id) {
  size_t n = 0;
  while (kw_spelling(id, g->lang, n).n) n++;
  slice s = kw_spelling(id, g->lang, one_in(3) ? rng((uint32_t)n) : 0);
  char upper[128];
  if (one_in(15)) {
    for (size_t i = 0; i < s.n; i++) upper[i] = s.p[i] >= 'a' && s.p[i] <= 'z' ? (char)(s.p[i] - 32) : s.p[i];
    s.p = upper;
  }
  put_raw(g, s);
}

static void put_two(gen *g, kw one, kw other) {
  put_key(g, one);
  put_key(g, other);
}

/* A keyword that a line may go on with. */
static void go_on(gen *g, kw id) {
  if (one_in(10)) line_ends(g);
  put_key(g, id);
}

static void statement_ends(gen *g) {
  if (one_in(12)) {
    put_word(g, ";");
    return;
  }
  line_ends(g);
}

static void put_name(gen *g) {
  static const char *const names[] = {"alpha", "vip", "projeto_x", "ação2", "finance", "Big_One", "zz", "quem"};
  put_word(g, names[rng(8)]);
}

static void put_number(gen *g) {
  static const char *const n[] = {"1", "0", "5", "1_000", "10000", "1_000.50", "12.5", "0.125", "3"};
  put_word(g, n[rng(9)]);
}

static void put_money(gen *g) {
  static const char *const n[] = {"1000 BRL", "R$ 1_000.00", "R$5", "€ 40", "40€", "12.50  EUR", "2%", "0.5 %"};
  if (one_in(2))
    put_number(g);
  else
    put_word(g, n[rng(8)]);
}

static void duration_of(gen *g) {
  char count[16];
  kw unit = (kw)(KW_UNIT_DAY + (int)rng(5));
  snprintf(count, sizeof count, "%u", 1 + rng(40));
  size_t spelling = rng(3);
  slice s = kw_spelling(unit, g->lang, spelling);
  put_word(g, count);
  if (spelling) text_char(&g->t, ' ');
  text_add(&g->t, s);
}

static void put_date(gen *g) {
  char iso[DATE_TEXT_MAX];
  date_iso(date_of(2026, 1 + (int)rng(12), 1 + (int)rng(28)), iso);
  put_word(g, iso);
}

static void put_hour(gen *g) {
  static const char *const h[] = {"8:00", "08:30", "18:00", "24:00", "0:15"};
  put_word(g, h[rng(5)]);
}

static void put_field(gen *g) {
  const field_info *f = &FIELDS[rng(FIELD_COUNT)];
  dun_lang lang = one_in(8) ? LANG_EN : g->lang;
  if (one_in(2)) {
    put_word(g, f->name[lang]);
    return;
  }
  slice head = entity_text(f->of, lang);
  char path[160];
  snprintf(path, sizeof path, "%.*s.%s", SLICE_ARG(head), f->name[lang]);
  put_word(g, path);
}

static void put_said(gen *g) {
  static const char *const s[] = {"\"x\"",      "\"\"",           "\"a \\\"b\\\" \\\\ \\n\"", "\"{{braces}} and {zz}\"",
                                  "\"açúcar\"", "\"{ zz } % #\"", "\"# no comment; then\""};
  put_word(g, s[rng(7)]);
}

/* ---- conditions ---- */

static void put_condition(gen *g);

static void put_value(gen *g) {
  switch (rng(9)) {
  case 0: put_number(g); return;
  case 1: put_money(g); return;
  case 2: duration_of(g); return;
  case 3: put_date(g); return;
  case 4: put_said(g); return;
  case 5: put_key(g, KW_YES); return;
  case 6: put_key(g, KW_TODAY); return;
  case 7:
    put_key(g, KW_EXACTLY);
    put_said(g);
    return;
  default: put_field(g); return;
  }
}

static void put_sum(gen *g) {
  put_value(g);
  if (one_in(6)) {
    static const kw ops[] = {KW_ADD, KW_SUB, KW_MUL, KW_DIV};
    put_key(g, ops[rng(4)]);
    put_value(g);
  }
}

static void put_list(gen *g) {
  put_word(g, "(");
  g->fresh = one_in(2);
  for (uint32_t n = 1 + rng(3);; n--) {
    put_said(g);
    if (n == 1) break;
    text_cstr(&g->t, one_in(3) ? "," : ", ");
    g->fresh = true;
    if (one_in(5)) line_ends(g);
  }
  if (one_in(8)) line_ends(g);
  g->fresh = one_in(2) || g->fresh;
  put_word(g, ")");
}

static void put_comparison(gen *g) {
  static const kw ops[] = {KW_EQ, KW_NE, KW_LT, KW_LE, KW_GT, KW_GE, KW_CONTAINS, KW_STARTS_WITH, KW_HAS};
  put_field(g);
  if (one_in(4)) return;
  switch (rng(6)) {
  case 0:
    put_key(g, KW_BETWEEN);
    put_sum(g);
    go_on(g, KW_AND);
    put_sum(g);
    return;
  case 1:
    put_key(g, one_in(2) ? KW_IN : KW_NOT_IN);
    put_list(g);
    return;
  case 2: put_key(g, one_in(2) ? KW_IS_MISSING : KW_IS_NOT_MISSING); return;
  default: put_key(g, ops[rng(9)]); put_sum(g);
  }
}

static void put_term(gen *g) {
  if (one_in(6)) put_key(g, KW_NOT);
  if (g->depth < 3 && one_in(5)) {
    g->depth++;
    put_word(g, "(");
    put_condition(g);
    put_word(g, ")");
    g->depth--;
    return;
  }
  put_comparison(g);
}

static void put_condition(gen *g) {
  for (uint32_t n = 1 + rng(3);; n--) {
    put_term(g);
    if (n == 1) break;
    go_on(g, one_in(2) ? KW_AND : KW_OR);
  }
  if (one_in(8)) {
    go_on(g, KW_UNLESS);
    put_term(g);
  }
}

/* ---- actions ---- */

static const kw CHANNELS_OF[] = {KW_EMAIL, KW_WHATSAPP, KW_SMS};

static void extras(gen *g) {
  static const char *const words[3][3] = {{"payment_link", "boleto", "fees"},
                                          {"link_de_pagamento", "boleto", "encargos"},
                                          {"enlace_de_pago", "boleto", "recargos"}};
  go_on(g, KW_WITH);
  put_word(g, words[g->lang][rng(3)]);
  if (one_in(2)) {
    text_char(&g->t, ',');
    put_word(g, words[g->lang][rng(3)]);
  }
}

static void put_action(gen *g) {
  switch (rng(9)) {
  case 0:
    put_key(g, KW_ALERT);
    put_name(g);
    put_said(g);
    return;
  case 1:
    put_key(g, KW_ESCALATE);
    put_word(g, one_in(2) ? "owner" : "rep");
    return;
  case 2:
    put_key(g, KW_OPEN_CARD);
    put_said(g);
    if (one_in(2)) {
      put_key(g, KW_TITLED);
      put_said(g);
    }
    return;
  case 3: put_key(g, KW_CLOSE_CARD); return;
  case 4: put_two(g, KW_CHARGE, one_in(2) ? KW_FEE : KW_INTEREST); return;
  case 5:
    put_key(g, KW_UPDATE_DUE);
    if (one_in(2)) {
      go_on(g, KW_TO);
      put_sum(g);
    }
    return;
  case 6:
    put_key(g, KW_LOG);
    put_said(g);
    return;
  default:
    put_two(g, KW_SEND, CHANNELS_OF[rng(3)]);
    if (!one_in(4)) put_key(g, KW_TEMPLATE);
    put_said(g);
    if (one_in(3)) extras(g);
    if (one_in(4)) {
      go_on(g, KW_OR_ELSE);
      put_key(g, CHANNELS_OF[rng(3)]);
    }
  }
}

static void put_actions(gen *g) {
  put_action(g);
  while (one_in(4)) {
    go_on(g, KW_THEN);
    put_action(g);
  }
}

static void put_line(gen *g) {
  if (one_in(3)) {
    put_key(g, KW_IF);
    put_condition(g);
    if (one_in(3)) go_on(g, KW_THEN);
    put_actions(g);
    while (one_in(4)) {
      go_on(g, KW_OTHERWISE);
      put_key(g, KW_IF);
      put_condition(g);
      put_actions(g);
    }
    if (one_in(2))
      go_on(g, KW_OTHERWISE);
    else {
      statement_ends(g);
      return;
    }
  }
  put_actions(g);
  statement_ends(g);
}

static void lines_of(gen *g) {
  if (one_in(3)) line_ends(g);
  for (uint32_t n = one_in(3) ? 2 : 1; n > 0; n--) put_line(g);
}

static void put_rung(gen *g) {
  put_key(g, KW_AT);
  duration_of(g);
  if (one_in(3)) {
    put_key(g, one_in(2) ? KW_BEFORE : KW_AFTER);
    put_word(g, FIELDS[FIELD_INVOICE_DUE].name[g->lang]);
  }
  if (one_in(6)) {
    go_on(g, KW_THEN_EVERY);
    duration_of(g);
    text_char(&g->t, ',');
    put_word(g, one_in(2) ? "1" : "4");
    put_key(g, KW_MORE_TIMES);
  }
  lines_of(g);
}

/* ---- statements ---- */

static void put_setting(gen *g) {
  switch (rng(10)) {
  case 0:
    put_key(g, KW_HOLD_WHILE);
    put_condition(g);
    break;
  case 1:
    put_key(g, KW_STOP_WHEN);
    put_condition(g);
    break;
  case 2:
    put_two(g, KW_SEND, KW_BETWEEN);
    put_hour(g);
    go_on(g, KW_AND);
    put_hour(g);
    put_two(g, KW_ON, KW_BUSINESS_DAYS);
    break;
  case 3:
    put_two(g, KW_LIMIT_EACH, KW_CUSTOMER);
    go_on(g, KW_TO);
    put_word(g, "1");
    put_two(g, KW_MESSAGES, KW_PER);
    put_key(g, KW_DAY);
    go_on(g, KW_AND);
    put_word(g, "3");
    put_two(g, KW_PER, KW_WEEK);
    break;
  case 4:
    put_key(g, KW_LATE_FEE);
    put_word(g, "2%");
    go_on(g, KW_PLUS_INTEREST);
    put_word(g, "1 %");
    put_two(g, KW_PER, KW_MONTH);
    break;
  case 5:
    put_key(g, KW_IGNORE_BELOW);
    put_money(g);
    break;
  case 6: put_key(g, KW_MOVE_DUE); break;
  case 7: put_two(g, KW_OPT_IN_FOR, KW_WHATSAPP); break;
  case 8:
    put_key(g, KW_ASK_VOLUME);
    put_word(g, "500");
    if (one_in(2)) put_key(g, KW_MESSAGES);
    break;
  default:
    put_key(g, KW_DEFINE);
    put_name(g);
    put_key(g, KW_AS);
    put_condition(g);
  }
  statement_ends(g);
}

static void put_ladder(gen *g) {
  put_key(g, KW_LADDER);
  put_name(g);
  put_two(g, KW_FOR, one_in(2) ? KW_INVOICES : KW_CONTRACTS);
  if (one_in(2)) {
    bool where = !one_in(4);
    go_on(g, where ? KW_WHERE : KW_UNLESS);
    if (where)
      put_condition(g);
    else
      put_term(g);
  }
  statement_ends(g);
  for (uint32_t n = rng(4); n > 0; n--) {
    if (one_in(8)) put_setting(g);
    put_rung(g);
  }
}

static void put_test(gen *g) {
  put_key(g, KW_TEST);
  put_said(g);
  statement_ends(g);
  put_two(g, KW_GIVEN, KW_INVOICE);
  put_word(g, FIELDS[FIELD_INVOICE_AMOUNT].name[g->lang]);
  put_number(g);
  go_on(g, KW_AND);
  put_key(g, KW_CUSTOMER);
  put_word(g, FIELDS[FIELD_CUSTOMER_SEGMENT].name[g->lang]);
  put_said(g);
  statement_ends(g);
  put_key(g, KW_ON);
  put_date(g);
  put_key(g, KW_EXPECT);
  put_actions(g);
  statement_ends(g);
  put_two(g, KW_PAID, KW_ON);
  put_date(g);
  statement_ends(g);
}

static void put_section(gen *g) {
  switch (rng(7)) {
  case 0:
  case 1:
    if (one_in(2)) {
      put_key(g, KW_RULE);
      put_name(g);
      text_char(&g->t, ':');
      if (one_in(5)) line_ends(g);
    }
    put_key(g, one_in(3) ? KW_WHEN_CONTRACT : KW_WHEN);
    put_condition(g);
    lines_of(g);
    if (one_in(2)) put_rung(g);
    return;
  case 2:
    put_two(g, KW_ON, one_in(2) ? KW_EV_REPLY : KW_EV_PAYMENT_IN_FULL);
    lines_of(g);
    return;
  case 3:
    put_two(g, KW_EVERY, KW_MONTH);
    put_two(g, KW_ON, KW_DAY);
    put_word(g, "1");
    put_two(g, KW_FOR, KW_CONTRACTS);
    lines_of(g);
    return;
  case 4: put_test(g); return;
  default: put_ladder(g);
  }
}

slice fmt_program(arena *a, uint64_t seed) {
  rng_state = seed * 2654435761u + 99;
  gen g = {.t = text_new(a), .fresh = true};
  g.lang = (dun_lang)rng(LANG_COUNT);
  if (one_in(6)) {
    put_comment(&g);
    text_cstr(&g.t, one_in(2) ? "\n" : "\n\n");
  }
  if (g.lang != LANG_EN || one_in(8)) {
    static const char *const said_so[] = {"language english", "idioma português", "language spanish"};
    put_word(&g, said_so[g.lang]);
    statement_ends(&g);
  }
  if (one_in(2)) {
    put_key(&g, KW_POLICY);
    put_said(&g);
    statement_ends(&g);
  }
  for (uint32_t n = rng(3); n > 0; n--) put_setting(&g);
  for (uint32_t n = rng(4); n > 0; n--) put_section(&g);
  return text_slice(&g.t);
}
