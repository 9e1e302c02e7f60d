/* Reports as a simulation would give them, made by hand from a seed: the same every time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/html_fixture.h"

static uint32_t draw(fixture *f, uint32_t below) {
  f->seed = f->seed * 1664525u + 1013904223u;
  return below ? (f->seed >> 8) % below : 0;
}

fixture report_fixture(civil_date from, uint32_t days) {
  fixture f = {.mem = arena_new(), .seed = 7};
  f.messages = arena_array(f.mem, days, sizeof *f.messages);
  f.internal = ARENA_ARRAY(f.mem, days, uint32_t);
  f.rungs = ARENA_ARRAY(f.mem, 1000, report_rung);
  f.ladders = ARENA_ARRAY(f.mem, 20, ladder);
  f.r.from = from;
  f.r.to = date_add_days(from, days - 1);
  f.r.days = days;
  f.r.messages = (const uint32_t(*)[CH_COUNT])f.messages;
  f.r.internal = f.internal;
  f.r.rungs = f.rungs;
  f.p.ladders = f.ladders;
  return f;
}

report_rung *add_rung(fixture *f, uint32_t ladder_index, const char *written, int32_t days, uint32_t invoices) {
  report_rung *g = &f->rungs[f->r.rung_count++];
  *g = (report_rung){.ladder = ladder_index, .written = slice_of(written), .days = days, .invoices = invoices};
  if (invoices > f->r.reached) f->r.reached = invoices;
  return g;
}

ladder *add_ladder(fixture *f, const char *name) {
  ladder *l = &f->ladders[f->p.ladder_count++];
  *l = (ladder){.name = slice_of(name), .where = NO_COND, .anchor = NO_USE, .at = {0, 0, UINT16_MAX}};
  return l;
}

/* Gives the ladder the rungs of the report, their sentence taken from the source: the line that begins with `at WRITTEN
 * `. */
static span span_of(const fixture *f, const char *words) {
  if (!f->p.source_count) return (span){0, 0, UINT16_MAX};
  const char *policy = f->p.sources[0].text.p, *at = strstr(policy, words);
  assert_non_null(at);
  const char *end = strchr(at, '\n');
  return (span){(uint32_t)(at - policy), (uint32_t)((end ? end : at + strlen(at)) - policy), 0};
}

static rung *add_said(fixture *f, ladder *l, const char *written, const char *words, int ways, ...) {
  rung *all = (rung *)l->rungs;
  if (!all) l->rungs = all = ARENA_ARRAY(f->mem, 64, rung);
  rung *g = &all[l->rung_count++];
  g->written = slice_of(written);
  line *said = ARENA_NEW(f->mem, line);
  branch *b = ARENA_NEW(f->mem, branch);
  action *a = ARENA_NEW(f->mem, action);
  send_way *way = ARENA_ARRAY(f->mem, (size_t)ways + 1, send_way);
  va_list args;
  va_start(args, ways);
  for (int i = 0; i < ways; i++) way[i].ch = (channel)va_arg(args, int);
  va_end(args);
  *a = (action){.kind = ways ? ACT_SEND : ACT_OPEN_CARD, .ways = way, .way_count = (uint32_t)ways};
  *b = (branch){NO_COND, a, 1};
  *said = (line){b, 1, span_of(f, words)};
  g->body = (lines){said, 1};
  return g;
}

static const char POLICY[] =
    "policy \"Standard collections\"\n  currency BRL\n\n"
    "ladder key_accounts for invoices where amount >= 10_000 or customer.segment in (\"enterprise\", \"gov\")\n"
    "  at 3d before due  send email template \"reminder\"\n"
    "  at 1d             send email template \"overdue\" with payment_link\n"
    "  at 5bd            send whatsapp template \"formal\" or else email template \"formal\"   # said aloud\n"
    "  at 15d            escalate to owner\n"
    "  at 30d            alert finance \"Credit review for {customer.name}\" then open card in \"Legal\" priority "
    "high\n\n"
    "ladder standard for invoices\n"
    "  at 3d before due  send email template \"reminder\" with payment_link, boleto\n"
    "  at due            send sms template \"today\"\n"
    "  at 1d             send email template \"late\" with payment_link\n"
    "  at 5d             if amount > 1_000 send whatsapp template \"formal\" otherwise send sms template \"short\"\n"
    "  at 15d            send email template \"final\" with fees\n"
    "  at 30d            open card in \"Collections\"\n"
    "  at 60d            open card in \"Protest\"\n";

static void said_ladders(fixture *f) {
  source *s = ARENA_NEW(f->mem, source);
  *s = (source){SLICE("policies/standard.dun"), SLICE(POLICY)};
  f->p.sources = s;
  f->p.source_count = 1;
  f->p.name = SLICE("Standard collections");
  ladder *key = add_ladder(f, "key_accounts");
  key->at = span_of(f, "ladder key_accounts");
  add_said(f, key, "-3d", "send email template \"reminder\"", 1, CH_EMAIL);
  add_said(f, key, "1d", "send email template \"overdue\"", 1, CH_EMAIL);
  add_said(f, key, "5bd", "send whatsapp template \"formal\" or", 2, CH_WHATSAPP, CH_EMAIL);
  add_said(f, key, "15d", "escalate to owner", 0);
  add_said(f, key, "30d", "alert finance", 0);
  ladder *standard = add_ladder(f, "standard");
  standard->at = span_of(f, "ladder standard");
  add_said(f, standard, "-3d", "send email template \"reminder\" with", 1, CH_EMAIL);
  add_said(f, standard, "0d", "send sms template \"today\"", 1, CH_SMS);
  add_said(f, standard, "1d", "send email template \"late\"", 1, CH_EMAIL);
  add_said(f, standard, "5d", "if amount > 1_000", 2, CH_WHATSAPP, CH_SMS);
  add_said(f, standard, "15d", "send email template \"final\"", 1, CH_EMAIL);
  add_said(f, standard, "30d", "open card in \"Collections\"", 0);
  add_said(f, standard, "60d", "open card in \"Protest\"", 0);
}

static void counted_rungs(fixture *f) {
  add_rung(f, 0, "-3d", -3, 214)->by_channel[CH_EMAIL] = 161;
  add_rung(f, 0, "1d", 1, 187)->by_channel[CH_EMAIL] = 150;
  report_rung *formal = add_rung(f, 0, "5bd", 7, 121);
  formal->by_channel[CH_WHATSAPP] = 88, formal->by_channel[CH_EMAIL] = 21;
  add_rung(f, 0, "15d", 15, 64)->other = 128;
  add_rung(f, 0, "30d", 30, 39)->other = 78;
  add_rung(f, 1, "-3d", -3, 1204)->by_channel[CH_EMAIL] = 1013;
  add_rung(f, 1, "0d", 0, 877)->by_channel[CH_SMS] = 790;
  add_rung(f, 1, "1d", 1, 803)->by_channel[CH_EMAIL] = 702;
  report_rung *mixed = add_rung(f, 1, "5d", 5, 655);
  mixed->by_channel[CH_WHATSAPP] = 340, mixed->by_channel[CH_SMS] = 212;
  add_rung(f, 1, "15d", 15, 402)->by_channel[CH_EMAIL] = 377;
  add_rung(f, 1, "30d", 30, 233)->other = 233;
  add_rung(f, 1, "60d", 60, 0);
  f->r.invoices = 2000;
  f->r.reached = 1418;
}

static void some_days(fixture *f) {
  for (uint32_t d = 0; d < f->r.days; d++) {
    if (date_weekday(date_add_days(f->r.from, d)) >= 5) continue;
    f->messages[d][CH_EMAIL] = 12 + draw(f, 40);
    f->messages[d][CH_WHATSAPP] = draw(f, 18);
    f->messages[d][CH_SMS] = draw(f, 22);
    f->internal[d] = draw(f, 9);
  }
  if (f->r.days > 24) f->messages[24][CH_EMAIL] = 131, f->messages[24][CH_SMS] = 44;
}

static void some_aging(fixture *f, int currencies) {
  static const currency CUR[] = {CURRENCY_BRL, CURRENCY_USD, CURRENCY_JPY};
  static const int64_t FIRST[AGING_BUCKETS] = {184320050, 91240000, 42018099, 20377045, 31190000};
  static const int64_t LAST[AGING_BUCKETS] = {12844000, 66120000, 74210050, 51833012, 103877000};
  report_aging *v = ARENA_ARRAY(f->mem, 6, report_aging);
  for (int c = 0; c < currencies; c++)
    for (int s = 0; s < 2; s++) {
      report_aging *a = &v[s * 3 + c];
      a->cur = CUR[c];
      for (int b = 0; b < AGING_BUCKETS; b++) {
        a->minor[b] = (s ? LAST : FIRST)[b] / (c + 1);
        a->invoices[b] = (uint32_t)(900 / (b + 1) / (c + 1) - s * 40);
      }
    }
  f->r.aging_start = v, f->r.aging_end = v + 3;
  f->r.aging_start_count = f->r.aging_end_count = (uint32_t)currencies;
}

fixture report_rich(void) {
  fixture f = report_fixture(date_of(2026, 3, 2), 92);
  said_ladders(&f);
  counted_rungs(&f);
  some_days(&f);
  some_aging(&f, 2);
  report_undecided *u = ARENA_ARRAY(f.mem, 2, report_undecided);
  u[0] = (report_undecided){.field = SLICE("customer.segment"), .rows = 37};
  u[1] = (report_undecided){.field = SLICE("customer.overdue_total"), .rows = 1204};
  f.r.undecided = u;
  f.r.undecided_count = 2;
  f.r.no_contact = 23;
  f.r.waiting_end = 8;
  return f;
}

fixture report_hostile(void) {
  fixture f = report_fixture(date_of(2026, 3, 2), 5);
  f.p.name = SLICE("</title><script>alert(1)</script>\xff\x01 \"R&D\" '");
  add_ladder(&f, "\"><svg onload=alert(1)>");
  add_rung(&f, 0, "<b>&", 3, 10);
  report_undecided *u = ARENA_ARRAY(f.mem, 1, report_undecided);
  u[0] = (report_undecided){.field = SLICE("</code><iframe src='x'>"), .rows = 1};
  f.r.undecided = u, f.r.undecided_count = 1;
  return f;
}

fixture report_large(void) {
  static const char *const NAMES[] = {
      "key_accounts",   "gov",
      "standard",       "small",
      "resellers",      "export",
      "subscriptions",  "one_off",
      "legal_entities", "everyone_else_who_has_a_contract_that_was_signed_before_the_merger_and_never_renewed"};
  fixture f = report_fixture(date_of(2026, 1, 1), 731);
  f.p.name =
      SLICE("Uma política com um nome realmente muito longo, como os que se encontram em grandes grupos de empresas "
            "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft");
  for (uint32_t l = 0; l < 10; l++) {
    add_ladder(&f, NAMES[l]);
    uint32_t rungs = l == 0 ? 30 : l == 1 ? 100 : l + 1;
    for (uint32_t i = 0; i < rungs; i++) {
      int32_t day = (int32_t)(i * (l + 1)) - 3;
      report_rung *g = add_rung(&f, l, arena_printf(f.mem, "%dd", day).p, day, 12345 / (i + 1));
      g->by_channel[i % 3] = g->invoices;
      g->other = i % 4 == 3;
    }
  }
  f.r.invoices = 1000000;
  some_days(&f);
  some_aging(&f, 3);
  return f;
}
