/* What is asked of the policy about one customer's rows, over its own part of the ledger, which is all that decisions
 * about it depend on (runtime/store/agenda.h): why an invoice goes out today or not, as `dun explain` says it; when a
 * contract is billed next.
 *
 * Invariant: the part is at hand only while the answer is made; whatever fails, the connection sees everything again.
 */
#include "ledger.h"
#include "runtime/cli/explain_words.h"
#include "runtime/engine/bills.h"
#include "runtime/engine/facts.h"
#include "runtime/store/agenda.h"

/* The currencies of the whole ledger, of which only a part is read. */
static bool learn_currencies(api_call *c, bool known[CURRENCY_COUNT]) {
  slice v[BALANCES_MAX];
  size_t n;
  if (!api_stored(c, store_ledger_currencies(c->s, c->perm, v, &n))) return false;
  for (size_t i = 0; i < n; i++) known[currency_find(v[i])] = true;
  return true;
}

static void put_stage(json_writer *w, const explain_stage *g) {
  json_begin_object(w, NULL);
  json_put_text(w, "place", g->place);
  json_put_text(w, "what", g->text);
  json_put_text(w, "state", g->state);
  json_put_text(w, "why", g->why);
  api_put_day(w, "day", g->day);
  json_put_bool(w, "rung", g->r != NULL);
  json_put_bool(w, "goes", g->goes);
  json_put_bool(w, "asked", g->asked);
  json_end(w);
}

static void put_words(api_call *c, const explain_words *in) {
  json_writer *w = c->out;
  json_put_text(w, "verdict", in->verdict);
  json_begin_list(w, "why");
  for (uint32_t i = 0; i < in->x.why_count; i++) json_put_text(w, NULL, in->why[i]);
  json_end(w);
  json_begin_list(w, "outbox");
  for (int i = 0; i < OUTBOX_SAYS; i++)
    if (in->outbox[i].n) json_put_text(w, NULL, in->outbox[i]);
  json_end(w);
  json_begin_list(w, "questions");
  for (uint32_t i = 0; i < in->x.n; i++) {
    json_begin_object(w, NULL);
    json_put_text(w, "question", in->questions[i].question);
    json_put_text(w, "answer", in->questions[i].answer);
    json_put_text(w, "because", in->questions[i].because);
    json_put_bool(w, "term", in->questions[i].term);
    json_end(w);
  }
  json_end(w);
  json_begin_list(w, "steps");
  for (uint32_t i = 0; i < in->x.step_count; i++) put_stage(w, &in->stages[i]);
  json_end(w);
  json_put_text(w, "change", in->change);
  json_put_text(w, "next", in->next);
  api_put_day(w, "next_day", in->x.next.any ? in->x.next.d.day.day : DATE_NONE_DAY);
}

typedef struct why_asked {
  const invoice_line *v;
  const slice *words;
  uint32_t word_count;
} why_asked;

static bool explain_part(api_call *c, session *s, void *data) {
  const why_asked *a = data;
  explain_words in;
  slice unknown = {0};
  row_names names = row_names_of(c->perm, &s->f->t[ENT_INVOICE]);
  uint32_t row = row_names_find(&names, a->v->number);
  int status =
      row == VM_NO_ROW ? EXIT_WORLD : explain_in_words(s, row, a->words, a->word_count, c->lang, &in, &unknown);
  if (status == EXIT_FINE)
    put_words(c, &in);
  else if (status == EXIT_USAGE)
    api_wrong(c, "step", SLICE("the policy has no such rung, ladder, rule or action"));
  else
    api_fail(c, 500, "broken", SLICE("the policy could not be asked about this invoice"));
  return status == EXIT_FINE;
}

static bool next_bills(api_call *c, session *s, void *data) {
  ledger_bills *b = data;
  row_names names = row_names_of(c->perm, &s->f->t[ENT_CONTRACT]);
  for (size_t i = 0; i < b->n; i++) {
    uint32_t row = row_names_find(&names, b->v[i].number);
    b->next[i] = row == VM_NO_ROW ? DATE_NONE : bill_next(s->e, row, s->today);
  }
  return true;
}

typedef bool part_asked(api_call *c, session *s, void *data);

/* An engine over the customer's rows, for as long as `ask` lasts. */
static bool with_part(api_call *c, int64_t customer_row, part_asked *ask, void *data) {
  bool currencies[CURRENCY_COUNT] = {false};
  if (!learn_currencies(c, currencies)) return false;
  session s = *c->policy;
  s.w = c->w;
  s.perm = c->perm;
  s.s = c->s;
  s.lang = c->lang;
  s.again = true; /* what is said of a reading of the ledger, the service has said */
  s.ledger_cur = currencies;
  s.today = api_today(c);
  bool done = api_stored(c, store_focus_one(c->s, customer_row));
  if (done && session_engine(&s, s.today, true) != EXIT_FINE) {
    api_fail(c, 500, "broken", SLICE("the policy could not be asked about this customer"));
    done = false;
  }
  done = done && ask(c, &s, data);
  store_focus_end(c->s);
  return done;
}

bool ledger_put_why(api_call *c, const invoice_line *v, const slice *words, uint32_t word_count) {
  customer_line of;
  store_code code = store_customer_line(c->s, v->customer, c->perm, &of);
  why_asked a = {v, words, word_count};
  return api_stored(c, code == STORE_ROW ? STORE_OK : code) && with_part(c, of.row, explain_part, &a);
}

bool ledger_next_bills(api_call *c, int64_t customer_row, ledger_bills *b) {
  return b->n == 0 || with_part(c, customer_row, next_bills, b);
}
