/* Explanations against the decider, over random policies and ledgers: a step is told to go or to wait exactly where the
 * day's plan has it, with the plan's reason; and no optimisation changes a word. The same policy is explained twice:
 * once as it runs, once with code that has none of the emitter's optimisations, without the table of places, and with
 * its rows gathered one by one instead of read in place.
 *
 * SEED=n the first case (printed on a disagreement)   COUNT=n how many; 0: without end */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/base/text.h"
#include "runtime/engine/explain.h"
#include "runtime/engine/facts_load.h"
#include "runtime/engine/lines.h"
#include "runtime/world_fake.h"
#include "stdlib/erp/csv.h"
#include "tests/diff/generate.h"

enum { COUNT_DEFAULT = 100, CUSTOMERS = 6, INVOICES = 40, DAYS = 4 };

static uint64_t number_from(const char *name, uint64_t otherwise) {
  const char *s = getenv(name);
  return s && *s ? strtoull(s, NULL, 10) : otherwise;
}

/* ---- a policy ---- */

static const char *pick(rng *r, const char *const *of, size_t n) { return of[rng_below(r, (uint32_t)n)]; }
#define PICK(r, of) pick((r), (of), sizeof(of) / sizeof *(of))

static void condition(rng *r, text *t, int depth) {
  static const char *const ATOMS[] = {"amount > 1_000",
                                      "open >= 800",
                                      "amount between 500 and 1_500",
                                      "customer.segment is \"gov\"",
                                      "customer.segment in (\"smb\", \"gov\")",
                                      "customer.segment is missing",
                                      "customer.tags has \"vip\"",
                                      "disputed",
                                      "overdue >= 6d",
                                      "overdue > 3bd",
                                      "due < today - 4d",
                                      "customer.overdue_total > 2_000",
                                      "open < 2% * amount + 700",
                                      "kind is not \"boleto\""};
  if (depth == 0 || rng_one_in(r, 3)) {
    text_cstr(t, PICK(r, ATOMS));
    return;
  }
  bool turned = rng_one_in(r, 5);
  text_cstr(t, turned ? "not (" : "(");
  condition(r, t, depth - 1);
  text_cstr(t, rng_one_in(r, 2) ? " and " : " or ");
  condition(r, t, depth - 1);
  text_cstr(t, ")");
}

static void line_of(rng *r, text *t) {
  static const char *const ACTIONS_OF[] = {"send email template \"a\"",
                                           "send whatsapp template \"b\" or else email template \"b\"",
                                           "send sms \"{number}\"",
                                           "escalate to owner",
                                           "log \"x\"",
                                           "open card in \"B\"",
                                           "charge fee"};
  bool guarded = rng_one_in(r, 2);
  if (guarded) {
    text_cstr(t, "if ");
    condition(r, t, 1);
    text_char(t, ' ');
  }
  text_cstr(t, PICK(r, ACTIONS_OF));
  if (rng_one_in(r, 4)) text_printf(t, " then %s", PICK(r, ACTIONS_OF));
  if (guarded && rng_one_in(r, 2)) text_printf(t, " otherwise %s", PICK(r, ACTIONS_OF));
  text_char(t, '\n');
}

static void settings(rng *r, text *t) {
  text_cstr(t, "policy \"random\"\n  currency BRL\n  calendar brazil\n  late fee 2% plus interest 1% per month\n");
  static const char *const MAYBE[] = {"  send between 08:00 and 18:00 on business days\n",
                                      "  send whatsapp on monday, thursday\n",
                                      "  limit each customer to 1 message per day\n",
                                      "  limit each customer to 2 messages per 3 days\n",
                                      "  ignore balances below 300\n",
                                      "  ask before sending more than 6 messages\n",
                                      "  ask for approval before escalate\n",
                                      "  ask for approval when amount > 1_400\n",
                                      "  after a gap send one by one\n",
                                      "  after a gap send nothing\n",
                                      "  opt in for whatsapp\n",
                                      "  one message per invoice\n",
                                      "  late only after the next business day\n"};
  for (size_t i = 0; i < sizeof MAYBE / sizeof *MAYBE; i++) {
    bool other_gap = i == 9 && memmem(t->p, t->n, "after a gap", 11);
    if (rng_one_in(r, 4) && !other_gap) text_cstr(t, MAYBE[i]);
  }
  if (rng_one_in(r, 3)) text_cstr(t, "hold while promised plus 1bd\n");
  static const char *const HEADS[] = {"hold while ", "stop when "};
  for (int i = 0; i < 2; i++) {
    if (!rng_one_in(r, 3)) continue;
    text_cstr(t, HEADS[i]);
    condition(r, t, 1);
    text_char(t, '\n');
  }
}

static slice policy_of(rng *r, arena *perm) {
  static const char *const RUNGS[] = {
      "3d before due", "due", "1d", "2bd", "5d", "8d then every 3d, 2 more times", "20d"};
  text t = text_new(perm);
  settings(r, &t);
  for (uint32_t l = 0, n = 1 + rng_below(r, 3); l < n; l++) {
    text_printf(&t, "\nladder l%u for invoices", l);
    if (l + 1 < n || rng_one_in(r, 3)) {
      text_cstr(&t, " where ");
      condition(r, &t, 2);
    }
    text_char(&t, '\n');
    if (rng_one_in(r, 5)) text_cstr(&t, "  hold while customer.tags has \"vip\"\n");
    if (rng_one_in(r, 6)) text_cstr(&t, "  stop when open > 1_800\n");
    for (size_t k = 0; k < sizeof RUNGS / sizeof *RUNGS; k++) {
      if (rng_one_in(r, 3)) continue;
      text_printf(&t, "  at %s ", RUNGS[k]);
      line_of(r, &t);
    }
    text_cstr(&t, "  at 40d log \"end\"\n");
  }
  if (rng_one_in(r, 2)) text_cstr(&t, "\nrule big: when customer.overdue_total > 1_000 and amount > 900 log \"big\"\n");
  if (rng_one_in(r, 2))
    text_cstr(&t, "\nrule late: when overdue >= 4d and open > 700 log \"late\"\n  at 9d escalate to owner\n");
  if (rng_one_in(r, 3)) text_cstr(&t, "\nevery day for invoices where amount > 1_200 log \"day\"\n");
  return text_slice(&t);
}

/* ---- a ledger ---- */

static const int32_t TODAY = 20520; /* 2026-03-08, a Sunday; with the days before it the hours and gaps differ */

static slice day_words(arena *perm, int32_t day) {
  char s[DATE_TEXT_MAX];
  return arena_slice(perm, (slice){s, date_iso((civil_date){day}, s)});
}

static void ledger_of(rng *r, world *w, arena *perm) {
  static const char *const SEGMENTS[] = {"", "smb", "gov", "Gov"}, *const TAGS[] = {"", "vip", "late;VIP", "x"},
                           *const OUT[] = {"", "", "email", "whatsapp;sms"}, *const KINDS[] = {"", "boleto", "nf"};
  text c = text_new(perm), i = text_new(perm), e = text_new(perm);
  text_cstr(&c, "id,name,segment,tags,email,phone,whatsapp,owner,opted_out,opted_in\n");
  for (int k = 0; k < CUSTOMERS; k++)
    text_printf(&c, "c%d,N%d,%s,%s,%s,%s,%s,%s,%s,%s\n", k, k, PICK(r, SEGMENTS), PICK(r, TAGS),
                rng_one_in(r, 4) ? "" : "a@b.example", rng_one_in(r, 3) ? "" : "+551199990000",
                rng_one_in(r, 3) ? "" : "+551199990001", rng_one_in(r, 3) ? "" : "o@b.example", PICK(r, OUT),
                PICK(r, OUT));
  text_cstr(&i, "number,customer,amount,open,due,issued,status,disputed,promise,kind,currency\n");
  text_cstr(&e, "date,event,invoice,value\n");
  for (int k = 0; k < INVOICES; k++) {
    uint32_t amount = 200 + 100 * rng_below(r, 18);
    text_printf(&i, "i%02d,c%u,%u,%u,%.*s,2026-01-02,%s,%s,%.*s,%s,BRL\n", k, rng_below(r, CUSTOMERS), amount,
                rng_one_in(r, 5)   ? 0
                : rng_one_in(r, 4) ? amount / 2
                                   : amount,
                SLICE_ARG(day_words(perm, TODAY + 4 - (int32_t)rng_below(r, 26))), rng_one_in(r, 9) ? "paid" : "open",
                rng_one_in(r, 6) ? "yes" : "no",
                SLICE_ARG(rng_one_in(r, 5) ? day_words(perm, TODAY - 3 + (int32_t)rng_below(r, 8)) : (slice){0}),
                PICK(r, KINDS));
  }
  text_cstr(&e, "2026-03-01,payment,i00,10\n");
  world_fake_put_file(w, "data/customers.csv", text_slice(&c));
  world_fake_put_file(w, "data/invoices.csv", text_slice(&i));
  world_fake_put_file(w, "data/events.csv", text_slice(&e));
}

/* ---- an engine over them ---- */

typedef struct made {
  compiled c;
  store *s;
  engine *e;
} made;

static made make(arena *perm, world *w, const source *policy, uint64_t seed, bool plain) {
  made m;
  diags d;
  diags_init(&d, perm);
  if (!compile(perm, policy, 1, &d, &m.c))
    fail_msg("SEED=%llu does not compile:\n%.*s%.*s", (unsigned long long)seed, SLICE_ARG(policy->text),
             SLICE_ARG(diags_render(&d, policy, 1, LANG_EN, false, perm)));
  if (plain) m.c.code = code_emit_plain(perm, m.c.program, &d);
  csv_options o = {.currency = SLICE("BRL")};
  csv_report report;
  if (csv_load(w, "data", &o, perm, &m.s, &report) != CSV_DONE)
    fail_msg("SEED=%llu: %s", (unsigned long long)seed, report.error);
  facts *f;
  facts_options fo = {.today = {TODAY}, .with_contacts = true};
  assert_int_equal(facts_load(perm, m.s, m.c.program, &fo, &f), STORE_OK);
  assert_int_equal(engine_new(perm, &m.c, f, NULL, &m.e), ENGINE_OK);
  if (plain) m.e->places.v = NULL;
  return m;
}

static void decide(const made *m, int32_t day, bool listed, arena *perm, day_plan *plan) {
  uint32_t n = m->e->f->t[ENT_INVOICE].n, *rows = ARENA_ARRAY(perm, n + 1, uint32_t);
  for (uint32_t i = 0; i < n; i++) rows[i] = n - 1 - i;
  if (engine_reads_totals(m->e))
    for (uint32_t c = 0; c < m->e->f->t[ENT_CUSTOMER].n; c++) engine_totals(m->e, c, day);
  day_input in = {.today = {day}, .everys_after_start = true};
  if (listed) in.look[ENT_INVOICE] = (row_set){rows, n, 0};
  engine_decide(m->e, &in, perm, plan);
}

/* ---- what is compared ---- */

/* What the plan has about this row and action: WAIT_NONE it goes; false: nothing. */
static bool in_plan(const day_plan *p, uint32_t row, const rung *g, const action *act, wait_reason *wait) {
  bool any = false;
  for (uint32_t i = 0; i < p->candidate_count; i++) {
    const candidate *c = &p->candidates[i];
    const firing *f = &p->firings[c->firing];
    if (c->act != act || c->r != g || f->of != ENT_INVOICE || f->row != row) continue;
    any = true;
    *wait = c->state == CANDIDATE_DONE ? WAIT_NONE : c->wait;
  }
  if (!any || *wait != WAIT_NONE || (act->kind != ACT_CHARGE_FEE && act->kind != ACT_CHARGE_INTEREST)) return any;
  any = false; /* nothing is left to charge: no row */
  for (uint32_t i = 0; i < p->decision_count; i++)
    any |= p->decisions[i].act == act && p->decisions[i].subjects->of == ENT_INVOICE &&
           p->decisions[i].subjects->row == row;
  return any;
}

typedef struct tally {
  uint64_t steps, goes, waits, blocks[BLOCK_COUNT];
} tally;

static void agree(uint64_t seed, const engine *e, const day_plan *p, const explain *x, uint32_t row, tally *t) {
  for (uint32_t i = 0; i < x->step_count; i++) {
    const explain_step *s = &x->steps[i];
    wait_reason wait = WAIT_NONE;
    bool there = in_plan(p, row, s->r, s->act, &wait), told = s->block == BLOCK_NONE;
    if (there != told || (told && wait != s->wait))
      fail_msg("SEED=%llu day %d %.*s, %.*s: %.*s: the plan %s, the explanation (%d): %.*s", (unsigned long long)seed,
               e->today, SLICE_ARG(e->f->t[ENT_INVOICE].number[row]), SLICE_ARG(s->place), SLICE_ARG(s->text),
               !there              ? "has it not"
               : wait == WAIT_NONE ? "sends it"
                                   : WAITS[wait],
               (int)s->block, SLICE_ARG(s->why));
    if (s->why.n == 0) fail_msg("SEED=%llu: a step without a reason", (unsigned long long)seed);
    t->steps++, t->blocks[s->block]++;
    if (told) *(wait == WAIT_NONE ? &t->goes : &t->waits) += 1;
  }
  uint32_t mine = 0;
  for (uint32_t i = 0; i < x->step_count; i++) mine += x->steps[i].block == BLOCK_NONE;
  assert_int_equal(mine >= x->today_count + x->wait_count, true);
}

/* Every word of it. */
static slice whole(arena *perm, const explain *x) {
  text t = text_new(perm);
  text_printf(&t, "%.*s\n", SLICE_ARG(x->verdict));
  for (uint32_t i = 0; i < x->why_count; i++) text_printf(&t, "- %.*s\n", SLICE_ARG(x->why[i]));
  for (uint32_t i = 0; i < x->n; i++)
    text_printf(&t, "%.*s|%.*s|%.*s\n", SLICE_ARG(x->v[i].question), SLICE_ARG(x->v[i].answer),
                SLICE_ARG(x->v[i].because));
  for (uint32_t i = 0; i < x->step_count; i++)
    text_printf(&t, "%.*s|%.*s|%d|%d|%.*s\n", SLICE_ARG(x->steps[i].place), SLICE_ARG(x->steps[i].text),
                (int)x->steps[i].block, (int)x->steps[i].wait, SLICE_ARG(x->steps[i].why));
  return text_slice(&t);
}

static void run_case(uint64_t seed, tally *t) {
  arena *a = arena_new();
  rng r = {seed * 7919 + 17};
  world *w = world_fake_new(1767225600);
  source policy = {SLICE("random.dun"), policy_of(&r, a)};
  ledger_of(&r, w, a);
  made fast = make(a, w, &policy, seed, false), plain = make(a, w, &policy, seed, true);
  const explain_asked asked = {.lang = LANG_EN};
  for (int32_t day = TODAY; day < TODAY + DAYS; day++) {
    day_plan p, q;
    decide(&fast, day, false, a, &p);
    decide(&plain, day, true, a, &q);
    for (uint32_t row = 0; row < fast.e->f->t[ENT_INVOICE].n; row++) {
      explain x, y;
      slice unknown;
      assert_true(explain_today(fast.e, &p, row, &asked, a, &x, &unknown));
      assert_true(explain_today(plain.e, &q, row, &asked, a, &y, &unknown));
      agree(seed, fast.e, &p, &x, row, t);
      slice one = whole(a, &x), other = whole(a, &y);
      if (!slice_eq(one, other))
        fail_msg("SEED=%llu day %d row %u: optimisations change the explanation\n%.*s\n--- without them\n%.*s",
                 (unsigned long long)seed, day, row, SLICE_ARG(one), SLICE_ARG(other));
    }
    engine_apply(fast.e, &p);
    engine_apply(plain.e, &q);
  }
  store_close(fast.s);
  store_close(plain.s);
  world_fake_free(w);
  arena_free(a);
}

static void explanations_agree_with_plans(void **state) {
  (void)state;
  uint64_t seed = number_from("SEED", number_from("DUN_SEED", 1)), count = number_from("COUNT", COUNT_DEFAULT);
  tally t = {0};
  for (uint64_t i = seed; count == 0 || i < seed + count; i++) run_case(i, &t);
  print_message("%llu steps: %llu go, %llu wait\n", (unsigned long long)t.steps, (unsigned long long)t.goes,
                (unsigned long long)t.waits);
  if (count < COUNT_DEFAULT) return;
  /* A generator that has dried up proves nothing. */
  static const explain_block SEEN[] = {BLOCK_SETTLED, BLOCK_STOPPED, BLOCK_HELD,      BLOCK_OTHER_LADDER, BLOCK_NOT_YET,
                                       BLOCK_PASSED,  BLOCK_CLIMBED, BLOCK_CONDITION, BLOCK_DISARMED,     BLOCK_GUARD};
  for (size_t k = 0; k < sizeof SEEN / sizeof *SEEN; k++)
    if (!t.blocks[SEEN[k]]) fail_msg("no step was kept back by reason %d", (int)SEEN[k]);
  assert_true(t.goes > 1000 && t.waits > 1000);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(explanations_agree_with_plans)};
  return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
