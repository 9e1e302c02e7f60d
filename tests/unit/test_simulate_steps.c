/* A simulation looks at a row only on days on which something can happen to it; deciding every row on every day must
 * come to the same. Random ledgers from a seed under policies that between them use every reason to wait, to wake and
 * to hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/base/text.h"
#include "runtime/engine/lines.h"
#include "runtime/engine/simulate.h"

enum { FROM = 20600, DAYS = 75, INVOICES = 48, CUSTOMERS = 12, SEEDS = 12 };

static const char *const POLICIES[] = {
    /* what a message changes about its own invoice */
    "one message per invoice\n"
    "hold while last_contact is not missing and last_contact > today - 2d\n"
    "hold while promise is not missing and promise > today\n"
    "ignore balances below 5.01\n"
    "ladder key for invoices where amount > 1_000\n"
    "  at 3d before due send email template \"a\"\n  at 1d send email template \"b\"\n  at 5d send email template "
    "\"c\"\n"
    "ladder rest for invoices\n"
    "  at due send email template \"d\"\n  at 1d if open > 300 send email template \"e\" otherwise send email template "
    "\"f\"\n"
    "  at 20d send email template \"g\"\n",
    /* the first ladder is left for good after its message */
    "ladder first for invoices where last_contact is missing\n  at 2d send email template \"a\"\n"
    "ladder again for invoices where last_contact < today - 4d\n  at 2d send email template \"b\"\n  at 9d send email "
    "template \"c\"\n"
    "ladder rest for invoices\n  at 30d send email template \"d\"\n",
    /* messages shared and limited */
    "limit each customer to 1 message per day and 3 per week\n"
    "hold while promised plus 2bd\n"
    "hold while disputed\n"
    "ladder l for invoices\n  at 3d before due send email template \"a\"\n  at 1d send email template \"b\"\n"
    "  at 5bd send whatsapp template \"c\" or else email template \"c\"\n  at 12d then every 7d, 3 more times send "
    "email template \"d\"\n",
    /* hours and days */
    "calendar brazil\nsend between 08:00 and 18:00 on business days\nlate only after the next business day\n"
    "ladder l for invoices\n  at due send email template \"a\"\n  at 3d send email template \"b\" then escalate "
    "owner\n  at 4d send email template \"c\"\n",
    "calendar brazil\nsend between 08:00 and 18:00 on monday, thursday\nmove due to the next business day\nafter a gap "
    "send nothing\n"
    "ladder l for invoices\n  at 1d send email template \"a\"\n  at 3d send email template \"b\"\n  at 20d send email "
    "template \"c\"\n",
    "after a gap send one by one every 3d\n"
    "ladder l for invoices where overdue < 40d\n  at 1d send email template \"a\"\n  at 3d send email template \"b\"\n "
    " at 20d send email template \"c\"\n",
    /* stops and holds of a ladder */
    "stop when overdue > 20d and amount < 200\n"
    "ladder k for invoices where amount > 600\n  stop when overdue between 6d and 8d\n  hold while promised\n"
    "  at 1d send email template \"a\"\n  at 10d send email template \"b\"\n"
    "ladder l for invoices\n  hold while overdue < 4d\n  at 2d send email template \"c\"\n  at 15d send email template "
    "\"d\"\n",
    /* rules beside the ladder */
    "rule week: when overdue >= 5d and amount > 300 send whatsapp template \"w\" or else email template \"w\"; at 12d "
    "escalate rep\n"
    "rule quiet: when last_contact < today - 6d and open > 100 log \"quiet\"\n"
    "rule long: when overdue > 15d and not disputed and last_contact is not missing\n  alert finance \"late\"\n",
    "rule due_soon: when due between today and today + 3d\n  send email template \"soon\"\n"
    "rule nag: when due < today - 10d again every 7d\n  send email template \"nag\"\n"
    "ladder l for invoices\n  at 2d send email template \"a\"\n",
    /* what other invoices and the customer's last message do */
    "hold while customer.last_contact is not missing and customer.last_contact > today - 3d\n"
    "ladder l for invoices\n  at 1d send email template \"a\"\n  at 2d send email template \"b\"\n  at 30d send email "
    "template \"c\"\n",
    "hold while customer.overdue_count > 3\n"
    "ladder big for invoices where customer.overdue_total > 1_500\n  at 2d send email template \"a\"\n  at 11d "
    "escalate owner\n"
    "ladder l for invoices\n  at 1d send email template \"b\"\n  at 8d send email template \"c\"\n"
    "rule in_trouble: when customer.overdue_total > 2_000\n  alert finance \"much\"\n",
    /* a fee, a broken promise, something each week */
    "late fee 2% plus interest 1% per month\nhold while promised\n"
    "ladder l for invoices where fine < 12\n  at 3d send email template \"a\"\n  at 9d send email template \"b\"\n"
    "ladder m for invoices\n  at 5d send sms template \"c\"\n"
    "on promise broken send email template \"broken\"\n"
    "every week on monday for invoices where overdue >= 20d\n  alert finance \"{number}\"\n",
};
enum { POLICY_COUNT = sizeof POLICIES / sizeof *POLICIES };

/* ---- a ledger from a seed ---- */

typedef struct stream {
  uint64_t s;
} stream;
static uint32_t below(stream *r, uint32_t n) {
  r->s = r->s * UINT64_C(6364136223846793005) + 1442695040888963407u;
  return (uint32_t)(r->s >> 33) % n;
}

static void put(facts *f, uint32_t field, int64_t value) { column_push(f->perm, &fact_field(f, field)->c, value); }

static void put_text(facts *f, uint32_t field, const char *value) {
  fact_column *c = fact_field(f, field);
  put(f, field, value ? dictionary_code(f->perm, &c->dict, slice_of(value)) : FACT_MISSING);
}

static void customer_made(facts *f, stream *r, uint32_t i) {
  f->t[ENT_CUSTOMER].number[i] = arena_printf(f->perm, "c%03u", i);
  put_text(f, FIELD_CUSTOMER_EMAIL, below(r, 8) ? arena_printf(f->perm, "c%u@example.com", i).p : NULL);
  put_text(f, FIELD_CUSTOMER_WHATSAPP, below(r, 2) ? "+5511900000000" : NULL);
  put_text(f, FIELD_CUSTOMER_PHONE, below(r, 2) ? "+5511900000001" : NULL);
  put_text(f, FIELD_CUSTOMER_OWNER, below(r, 4) ? "ana@example.com" : NULL);
  put_text(f, FIELD_CUSTOMER_OPTED_OUT, below(r, 6) ? "" : "email;sms");
  put_text(f, FIELD_CUSTOMER_OPTED_IN, "");
  put_text(f, FIELD_CUSTOMER_TIMEZONE, NULL);
  put(f, FIELD_CUSTOMER_LAST_CONTACT, below(r, 3) ? FACT_MISSING : FROM - (int64_t)below(r, 6));
}

static void invoice_made(facts *f, stream *r, uint32_t i, uint32_t customers) {
  f->t[ENT_INVOICE].number[i] = arena_printf(f->perm, "F%05u", i);
  f->customer[i] = below(r, customers);
  f->cur[i] = CURRENCY_BRL;
  int64_t amount = 100 * (int64_t)(1 + below(r, 1500));
  put(f, FIELD_INVOICE_AMOUNT, amount);
  put(f, FIELD_INVOICE_OPEN, below(r, 12) ? below(r, 4) ? amount : amount / 3 : (int64_t)below(r, 2) * 300);
  put(f, FIELD_INVOICE_DUE, FROM - 40 + (int64_t)below(r, 90));
  put(f, FIELD_INVOICE_STATUS, below(r, 10) ? STATUS_OPEN : STATUS_PAID);
  put(f, FIELD_INVOICE_DISPUTED, below(r, 12) == 0);
  put(f, FIELD_INVOICE_PROMISE, below(r, 4) ? FACT_MISSING : FROM - 4 + (int64_t)below(r, 30));
  put(f, FIELD_INVOICE_LAST_CONTACT, below(r, 2) ? FACT_MISSING : FROM - (int64_t)below(r, 9));
}

static facts *ledger(arena *perm, const program *p, uint64_t seed, uint32_t invoices, uint32_t customers) {
  static const uint32_t READ[] = {FIELD_INVOICE_AMOUNT,       FIELD_INVOICE_OPEN,      FIELD_INVOICE_DUE,
                                  FIELD_INVOICE_STATUS,       FIELD_INVOICE_DISPUTED,  FIELD_INVOICE_PROMISE,
                                  FIELD_INVOICE_LAST_CONTACT, FIELD_CUSTOMER_EMAIL,    FIELD_CUSTOMER_WHATSAPP,
                                  FIELD_CUSTOMER_PHONE,       FIELD_CUSTOMER_OWNER,    FIELD_CUSTOMER_OPTED_OUT,
                                  FIELD_CUSTOMER_OPTED_IN,    FIELD_CUSTOMER_TIMEZONE, FIELD_CUSTOMER_LAST_CONTACT};
  facts *f = facts_new(perm, p, FROM);
  stream r = {seed * 77 + 5};
  for (size_t k = 0; k < sizeof READ / sizeof *READ; k++) {
    fact_column_init(f, fact_field(f, READ[k]), READ[k]);
    if (FIELDS[READ[k]].ty == TY_TEXT || FIELDS[READ[k]].ty == TY_SET)
      dictionary_hashed(perm, &fact_field(f, READ[k])->dict);
  }
  const uint32_t counts[ENT_COUNT] = {[ENT_INVOICE] = invoices, [ENT_CUSTOMER] = customers};
  for (int of = 0; of < ENT_COUNT; of++) {
    f->t[of].n = counts[of];
    f->t[of].number = ARENA_ARRAY(perm, counts[of] + 1, slice);
  }
  f->customer = ARENA_ARRAY(perm, invoices, uint32_t);
  f->cur = ARENA_ARRAY(perm, invoices, uint8_t);
  for (uint32_t i = 0; i < customers; i++) customer_made(f, &r, i);
  for (uint32_t i = 0; i < invoices; i++) invoice_made(f, &r, i, customers);
  facts_index(f);
  return f;
}

static engine *engine_over(arena *perm, const char *body, uint64_t seed, uint32_t invoices, uint32_t customers) {
  source *file = ARENA_NEW(perm, source);
  *file = (source){SLICE("steps.dun"),
                   arena_printf(perm, "policy \"Steps\"\ncurrency BRL\nteam finance is \"f@example.com\"\n%s", body)};
  compiled *c = ARENA_NEW(perm, compiled);
  diags d;
  diags_init(&d, perm);
  if (!compile(perm, file, 1, &d, c)) {
    slice all = diags_render(&d, file, 1, LANG_EN, false, perm);
    fail_msg("%.*s", SLICE_ARG(all));
  }
  engine *e;
  assert_int_equal(engine_new(perm, c, ledger(perm, c->program, seed, invoices, customers), NULL, &e), ENGINE_OK);
  return e;
}

/* ---- the two ways ---- */

static void tell(void *self, const decision *d) {
  text *out = self;
  char day[DATE_TEXT_MAX];
  text_printf(out, "%.*s", (int)date_iso(d->day, day), day);
  for (uint32_t i = 0; i < d->subject_count; i++) text_printf(out, " %.*s", SLICE_ARG(d->subjects[i].number));
  text_printf(out, " | %.*s %.*s | %.*s | %.*s\n", SLICE_ARG(d->ladder), SLICE_ARG(d->rung), SLICE_ARG(d->text),
              SLICE_ARG(d->to));
}

static slice simulated(arena *perm, engine *e) {
  text out = text_new(perm);
  happening_list none = {0};
  simulation s = {.from = {FROM}, .to = {FROM + DAYS - 1}, .events = &none, .decided = tell, .self = &out};
  report r;
  simulate(e, &s, perm, &r);
  return text_slice(&out);
}

static slice stepped(arena *perm, engine *e) {
  text out = text_new(perm);
  e->today = FROM;
  for (int32_t day = FROM; day < FROM + DAYS; day++) {
    vm_set_today(e->m, (civil_date){day}); /* a promise is judged by the ladder of the day */
    occurrence_list events = {.perm = perm};
    for (uint32_t i = 0; i < e->f->t[ENT_INVOICE].n; i++) {
      if (promise_judged(e, i) != day || fact_int(e->f, FIELD_INVOICE_STATUS, i) != STATUS_OPEN) continue;
      fact_set_int(e->f, FIELD_INVOICE_PROMISE, i, FACT_MISSING);
      occurrence_add(&events, EV_PROMISE_BROKEN, ENT_INVOICE, i, (slice){0});
    }
    for (uint32_t c = 0; engine_reads_totals(e) && c < e->f->t[ENT_CUSTOMER].n; c++) engine_totals(e, c, day);
    day_input in = {.today = {day}, .events = events.v, .event_count = events.n, .everys_after_start = true};
    day_plan plan;
    engine_decide(e, &in, perm, &plan);
    engine_apply(e, &plan);
    for (uint32_t i = 0; i < plan.decision_count; i++) tell(&out, &plan.decisions[i]);
  }
  return text_slice(&out);
}

static void assert_same(const char *policy, uint64_t seed, slice want, slice got) {
  size_t i = 0, from = 0;
  while (i < want.n && i < got.n && want.p[i] == got.p[i]) {
    if (want.p[i] == '\n') from = i + 1;
    i++;
  }
  if (i == want.n && i == got.n) return;
  fail_msg("seed %llu of\n%s\nstepped:   %.*s\nsimulated: %.*s", (unsigned long long)seed, policy,
           (int)(want.n - from < 160 ? want.n - from : 160), want.p + from,
           (int)(got.n - from < 160 ? got.n - from : 160), got.p + from);
}

static void every_day_or_when_something_happens(void **state) {
  (void)state;
  size_t told = 0;
  for (int k = 0; k < POLICY_COUNT; k++) {
    size_t of_policy = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
      arena *perm = arena_new();
      slice want = stepped(perm, engine_over(perm, POLICIES[k], seed, INVOICES, CUSTOMERS));
      slice got = simulated(perm, engine_over(perm, POLICIES[k], seed, INVOICES, CUSTOMERS));
      assert_same(POLICIES[k], seed, want, got);
      of_policy += want.n;
      arena_free(perm);
    }
    if (of_policy == 0) fail_msg("nothing happened under\n%s", POLICIES[k]);
    told += of_policy;
  }
  assert_true(told > 10000);
}

/* ---- part by part ---- */

typedef struct fired {
  int32_t day;
  uint32_t row, ladder, place, flat;
} fired;
typedef struct fired_list {
  fired *v;
  size_t n, cap;
} fired_list;

static int by_fired(const void *a, const void *b) { return memcmp(a, b, sizeof(fired)); }

static void settled(void *self, const engine *e, const day_plan *plan) {
  (void)e;
  fired_list *l = self;
  for (uint32_t i = 0; i < plan->candidate_count; i++) {
    const candidate *c = &plan->candidates[i];
    const firing *f = &plan->firings[c->firing];
    if (c->state != CANDIDATE_DONE) continue;
    assert_true(l->n < l->cap);
    l->v[l->n++] = (fired){plan->today.day, f->row, f->index, (uint32_t)f->place, c->flat};
  }
}

static void ignore(void *self, const decision *d) {
  (void)self;
  (void)d;
}

/* A ledger of three parts: whole, because somebody reads the decisions in order, and part by part. */
static void whole_or_in_parts(void **state) {
  (void)state;
  enum { MANY = 40000, CAP = MANY * 6 };
  arena *perm = arena_new();
  fired_list l[2];
  for (int way = 0; way < 2; way++) {
    l[way] = (fired_list){ARENA_ARRAY(perm, CAP, fired), 0, CAP};
    engine *e = engine_over(perm, POLICIES[0], 9, MANY, 5000);
    happening_list none = {0};
    simulation s = {.from = {FROM},
                    .to = {FROM + DAYS - 1},
                    .events = &none,
                    .settled = settled,
                    .settled_self = &l[way],
                    .decided = way == 0 ? ignore : NULL};
    report r;
    simulate(e, &s, perm, &r);
    qsort(l[way].v, l[way].n, sizeof(fired), by_fired);
  }
  assert_true(l[0].n > MANY);
  assert_int_equal(l[0].n, l[1].n);
  assert_memory_equal(l[0].v, l[1].v, l[0].n * sizeof(fired));
  arena_free(perm);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_day_or_when_something_happens),
      cmocka_unit_test(whole_or_in_parts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
