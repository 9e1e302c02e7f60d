/* See approve_list.h. A finance person decides by this page: sums per step and currency first, then the largest,
 * samples, and the exact words to write. */
#include "approve_list.h"

#include "held.h"
#include "lang/base/money.h"
#include "lang/base/text.h"
#include "runtime/store/asked.h"

static int store_said(session *s) { return session_complain_said(s, EXIT_WORLD, store_why(s->s)->text); }

static int table_end(session *s, out *table) {
  world_code why;
  if (out_end(table, &why) || why == WORLD_CLOSED) return EXIT_FINE;
  return COMPLAIN(s, EXIT_WORLD, CANNOT_WRITE_RESULT, texts_world(s->lang, s->perm, why));
}

static slice amount_text(session *s, slice cur, int64_t minor) {
  char buffer[MONEY_TEXT_MAX];
  money m = {minor, currency_find(cur)};
  if (m.cur == CURRENCY_NONE) return (slice){0};
  return arena_slice(s->perm, (slice){buffer, money_text(m, s->lang, buffer)});
}

/* The customer's name, or the id where it has none. */
static slice customer_name(session *s, slice id) {
  const slice columns[] = {SLICE("name")};
  store_cursor *c;
  slice name = id;
  store_code code = store_row(s->s, STORE_T_customer, "id", id, columns, 1, &c);
  if (code == STORE_ROW && store_text(c, 0).n) name = arena_slice(s->perm, store_text(c, 0));
  store_cursor_close(c);
  return name;
}

static void command_line(session *s, text_id words, slice rest) {
  slice typed = held_command(s, "approve", rest);
  session_say(s, WORLD_STDOUT, texts_of(s->lang, s->perm, words, 1, &typed));
}

/* ---- a plan ---- */

typedef struct plan_rows {
  asked_row *v;
  size_t n;
} plan_rows;

static bool is_part(const asked_row *r, const char *part) { return slice_eq(r->part, slice_of(part)); }

static void add_sum(session *s, text *t, slice cur, int64_t minor) {
  if (t->n) text_cstr(t, " + ");
  text_add(t, amount_text(s, cur, minor));
}

/* What is open over the rows of a step, one sum a currency; of all steps where `step` is NULL. */
static slice sums_of(session *s, const plan_rows *rows, const asked_row *step) {
  text t = text_new(s->perm);
  for (currency cur = 0; cur < CURRENCY_COUNT; cur++) {
    int64_t sum = 0;
    bool any = false;
    for (size_t i = 0; i < rows->n; i++) {
      const asked_row *r = &rows->v[i];
      if (!is_part(r, "money") || currency_find(r->currency) != cur) continue;
      if (step && (!slice_eq(r->step, step->step) || !slice_eq(r->channel, step->channel))) continue;
      sum += r->amount;
      any = true;
    }
    if (any) add_sum(s, &t, slice_of(currency_code(cur)), sum);
  }
  return text_slice(&t);
}

static int print_steps(session *s, const plan_asked *p, const plan_rows *rows) {
  const out_column columns[] = {{"step", texts_word(s->lang, TXT_STEP_TITLE), OUT_TEXT, true},
                                {"by", texts_word(s->lang, TXT_BY_TITLE), OUT_TEXT, false},
                                {"messages", texts_word(s->lang, TXT_MESSAGES_TITLE), OUT_NUMBER, true},
                                {"open", texts_word(s->lang, TXT_OPEN_TITLE), OUT_NUMBER, true}};
  out *table = out_begin(s->w, OUT_table, columns, 4);
  for (size_t i = 0; i < rows->n; i++) {
    const asked_row *r = &rows->v[i];
    if (!is_part(r, "step")) continue;
    slice v[] = {r->step, r->channel, texts_number(s->perm, (uint64_t)r->messages), sums_of(s, rows, r)};
    out_row(table, v);
  }
  slice all[] = {slice_of(texts_word(s->lang, TXT_TOGETHER_ROW)),
                 {0},
                 texts_number(s->perm, (uint64_t)p->messages),
                 sums_of(s, rows, NULL)};
  out_row(table, all);
  return table_end(s, table);
}

static int print_examples(session *s, const plan_rows *rows, const char *part, text_id title) {
  const out_column columns[] = {{"customer", texts_word(s->lang, TXT_CUSTOMER_TITLE), OUT_TEXT, false},
                                {"invoice", texts_word(s->lang, TXT_INVOICE_TITLE), OUT_TEXT, true},
                                {"open", texts_word(s->lang, TXT_OPEN_TITLE), OUT_NUMBER, true},
                                {"step", texts_word(s->lang, TXT_STEP_TITLE), OUT_TEXT, false},
                                {"by", texts_word(s->lang, TXT_BY_TITLE), OUT_TEXT, false}};
  world_printf(s->w, WORLD_STDOUT, "\n%s\n", texts_word(s->lang, title));
  out *table = out_begin(s->w, OUT_table, columns, 5);
  for (size_t i = 0; i < rows->n; i++) {
    const asked_row *r = &rows->v[i];
    if (!is_part(r, part) || r->messages == 0) continue;
    text open = text_new(s->perm);
    add_sum(s, &open, r->currency, r->amount);
    for (size_t k = i + 1; k < rows->n && is_part(&rows->v[k], part) && rows->v[k].messages == 0; k++)
      add_sum(s, &open, rows->v[k].currency, rows->v[k].amount);
    slice number = r->messages > 1
                       ? arena_printf(s->perm, "%.*s (+%lld)", SLICE_ARG(r->entity), (long long)r->messages - 1)
                       : r->entity;
    slice v[] = {customer_name(s, r->customer), number, text_slice(&open), r->step, r->channel};
    out_row(table, v);
  }
  return table_end(s, table);
}

static void say_own(session *s, const plan_rows *rows) {
  text t = text_new(s->perm);
  for (size_t i = 0; i < rows->n; i++) {
    if (!is_part(&rows->v[i], "own")) continue;
    text_printf(&t, "%s%.*s (%lld)", t.n ? ", " : "", SLICE_ARG(texts_said(s->lang, s->perm, rows->v[i].step)),
                (long long)rows->v[i].messages);
  }
  if (!t.n) return;
  world_printf(s->w, WORLD_STDOUT, "\n");
  SAY(s, WORLD_STDOUT, PLAN_OWN, text_slice(&t));
}

static void say_answers(session *s, const plan_asked *p) {
  const char *name = texts_word(s->lang, TXT_PH_NAME);
  world_printf(s->w, WORLD_STDOUT, "\n");
  if (p->by.n) SAY(s, WORLD_STDOUT, FIRST_YES, p->by);
  command_line(s, TXT_PLAN_APPROVE, arena_printf(s->perm, "--digest %.*s --by %s", SLICE_ARG(p->digest), name));
  command_line(s, TXT_PLAN_REJECT, arena_printf(s->perm, "--reject --digest %.*s --by %s", SLICE_ARG(p->digest), name));
  world_printf(s->w, WORLD_STDOUT, "\n");
  SAY(s, WORLD_STDOUT, PLAN_RAMP);
}

static int print_plan(session *s, const plan_asked *p) {
  plan_rows rows;
  if (p->rejected) {
    SAY(s, WORLD_STDOUT, PLAN_REJECTED, held_day(s, p->on), p->by);
    return EXIT_FINE;
  }
  if (store_plan_rows(s->s, p->id, s->perm, &rows.v, &rows.n) != STORE_OK) return store_said(s);
  slice name = p->policy.n ? p->policy : slice_of(texts_word(s->lang, TXT_PLAN_NO_NAME));
  SAY(s, WORLD_STDOUT, PLAN_WAITS, name, held_day(s, p->on));
  SAY(s, WORLD_STDOUT, PLAN_WHY, texts_said(s->lang, s->perm, p->why));
  SAY_COUNT(s, WORLD_STDOUT, PLAN_SIZE, (uint64_t)p->messages, texts_number(s->perm, (uint64_t)p->late));
  world_printf(s->w, WORLD_STDOUT, "\n");
  int status = print_steps(s, p, &rows);
  if (status == EXIT_FINE) say_own(s, &rows);
  if (status == EXIT_FINE) status = print_examples(s, &rows, "largest", TXT_LARGEST);
  if (status == EXIT_FINE) status = print_examples(s, &rows, "sample", TXT_SAMPLES);
  if (status == EXIT_FINE) say_answers(s, p);
  return status;
}

/* ---- a day ---- */

static void print_day(session *s, const day_asked *d) {
  slice asked = texts_number(s->perm, (uint64_t)d->asked);
  if (d->rejected) {
    SAY(s, WORLD_STDOUT, DAY_REJECTED, held_day(s, d->on), asked, d->by);
    return;
  }
  SAY(s, WORLD_STDOUT, DAY_WAITS, held_day(s, d->on), asked, texts_number(s->perm, (uint64_t)d->most));
  if (d->by.n) SAY(s, WORLD_STDOUT, FIRST_YES, d->by);
  command_line(s, TXT_DAY_APPROVE,
               arena_printf(s->perm, "--messages %.*s --by %s", SLICE_ARG(asked), texts_word(s->lang, TXT_PH_NAME)));
}

/* ---- lines ---- */

typedef struct line_asked {
  int64_t id, amount;
  int32_t on;
  slice customer, entity, step, what, reason, currency, by;
} line_asked;

static store_code lines_find(session *s, line_asked **out_v, size_t *out_n) {
  const slice columns[] = {SLICE("id"),   SLICE("asked_on"), SLICE("customer"), SLICE("entity"), SLICE("step"),
                           SLICE("what"), SLICE("reason"),   SLICE("currency"), SLICE("amount"), SLICE("answered_by")};
  store_where where = {"state", STORE_EQ, 0, SLICE("open")};
  store_query q = {
      .table = STORE_T_approval, .columns = columns, .column_count = 10, .where = &where, .where_count = 1};
  store_cursor *c;
  size_t n = 0, cap = 0;
  line_asked *v = NULL;
  store_code code = store_scan(s->s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    if (n == cap) {
      cap = cap ? cap * 2 : 64;
      line_asked *more = ARENA_ARRAY(s->perm, cap, line_asked);
      if (n) memcpy(more, v, n * sizeof *v);
      v = more;
    }
    v[n++] = (line_asked){.id = store_int(c, 0),
                          .on = (int32_t)store_int(c, 1),
                          .customer = arena_slice(s->perm, store_text(c, 2)),
                          .entity = arena_slice(s->perm, store_text(c, 3)),
                          .step = arena_slice(s->perm, store_text(c, 4)),
                          .what = arena_slice(s->perm, store_text(c, 5)),
                          .reason = arena_slice(s->perm, store_text(c, 6)),
                          .currency = arena_slice(s->perm, store_text(c, 7)),
                          .amount = store_int(c, 8),
                          .by = arena_slice(s->perm, store_text(c, 9))};
  }
  store_cursor_close(c);
  *out_v = v;
  *out_n = n;
  return code == STORE_END ? STORE_OK : code;
}

static slice iso(session *s, int32_t day) {
  char buffer[DATE_TEXT_MAX];
  return arena_slice(s->perm, (slice){buffer, date_iso((civil_date){day}, buffer)});
}

static int print_lines(session *s, const line_asked *v, size_t n) {
  const out_column columns[] = {{"id", texts_word(s->lang, TXT_ID_TITLE), OUT_NUMBER, true},
                                {"asked", texts_word(s->lang, TXT_SINCE_TITLE), OUT_DATE, true},
                                {"customer", texts_word(s->lang, TXT_CUSTOMER_TITLE), OUT_TEXT, false},
                                {"invoice", texts_word(s->lang, TXT_INVOICE_TITLE), OUT_TEXT, true},
                                {"open", texts_word(s->lang, TXT_OPEN_TITLE), OUT_NUMBER, true},
                                {"step", texts_word(s->lang, TXT_STEP_TITLE), OUT_TEXT, false},
                                {"what", texts_word(s->lang, TXT_WHAT_TITLE), OUT_TEXT, false},
                                {"why", texts_word(s->lang, TXT_WHY_TITLE), OUT_TEXT, false},
                                {"first", texts_word(s->lang, TXT_FIRST_TITLE), OUT_TEXT, false}};
  bool firsts = false;
  for (size_t i = 0; i < n; i++) firsts |= v[i].by.n > 0;
  SAY_COUNT(s, WORLD_STDOUT, LINES_WAIT, n);
  world_printf(s->w, WORLD_STDOUT, "\n");
  out *table = out_begin(s->w, OUT_table, columns, firsts ? 9 : 8);
  for (size_t i = 0; i < n; i++) {
    slice row[] = {texts_number(s->perm, (uint64_t)v[i].id),
                   iso(s, v[i].on),
                   customer_name(s, v[i].customer),
                   v[i].entity,
                   amount_text(s, v[i].currency, v[i].amount),
                   v[i].step,
                   texts_said(s->lang, s->perm, v[i].what),
                   texts_said(s->lang, s->perm, v[i].reason),
                   v[i].by};
    out_row(table, row);
  }
  int status = table_end(s, table);
  const char *name = texts_word(s->lang, TXT_PH_NAME);
  slice yes = held_command(s, "approve", arena_printf(s->perm, "%lld --by %s", (long long)v[0].id, name));
  slice no = held_command(s, "approve", arena_printf(s->perm, "--reject %lld --by %s", (long long)v[0].id, name));
  world_printf(s->w, WORLD_STDOUT, "\n");
  SAY(s, WORLD_STDOUT, LINES_APPROVE, yes, no);
  return status;
}

/* ---- for machines ---- */

static int print_rows(session *s, const plan_asked *p, const day_asked *d, const line_asked *v, size_t n) {
  static const out_column columns[] = {{.name = "kind"},     {.name = "id", .keep = true},
                                       {.name = "asked"},    {.name = "customer"},
                                       {.name = "entity"},   {.name = "amount", .kind = OUT_NUMBER},
                                       {.name = "currency"}, {.name = "messages", .kind = OUT_NUMBER},
                                       {.name = "step"},     {.name = "what"},
                                       {.name = "why"},      {.name = "first"}};
  out *table = out_begin(s->w, s->a->format, columns, sizeof columns / sizeof *columns);
  if (p) {
    slice row[12] = {SLICE("plan"), p->digest, iso(s, p->on), {0},
                     {0},           {0},       {0},           texts_number(s->perm, (uint64_t)p->messages)};
    row[9] = p->policy;
    row[10] = p->why;
    row[11] = p->by;
    out_row(table, row);
  }
  if (d) {
    slice row[12] = {SLICE("day"), iso(s, d->on), iso(s, d->on), {0},
                     {0},          {0},           {0},           texts_number(s->perm, (uint64_t)d->asked)};
    row[11] = d->by;
    out_row(table, row);
  }
  for (size_t i = 0; i < n; i++) {
    char plain[MONEY_TEXT_MAX];
    money m = {v[i].amount, currency_find(v[i].currency)};
    slice amount = m.cur == CURRENCY_NONE ? (slice){0} : arena_slice(s->perm, (slice){plain, money_plain(m, plain)});
    slice row[12] = {SLICE("line"),   texts_number(s->perm, (uint64_t)v[i].id),
                     iso(s, v[i].on), v[i].customer,
                     v[i].entity,     amount,
                     v[i].currency,   {0},
                     v[i].step,       v[i].what,
                     v[i].reason,     v[i].by};
    out_row(table, row);
  }
  return table_end(s, table);
}

int approve_list(session *s) {
  plan_asked p;
  day_asked d = {0};
  line_asked *v = NULL;
  size_t n = 0;
  bool day = false;
  uint32_t pauses = 0;
  store_code code = store_plan_asked(s->s, s->perm, &p);
  if (code == STORE_OK) code = store_day_asked(s->s, s->perm, &d, &day);
  if (code == STORE_OK) code = lines_find(s, &v, &n);
  if (code != STORE_OK) return store_said(s);
  if (s->a->format != OUT_table)
    return print_rows(s, p.id && !p.rejected ? &p : NULL, day && !d.rejected ? &d : NULL, v, n);
  int status = p.id ? print_plan(s, &p) : EXIT_FINE;
  if (p.id && (day || n)) world_printf(s->w, WORLD_STDOUT, "\n");
  if (day) print_day(s, &d);
  if (day && n) world_printf(s->w, WORLD_STDOUT, "\n");
  if (n && status == EXIT_FINE) status = print_lines(s, v, n);
  if (!p.id && !day && !n) SAY(s, WORLD_STDOUT, NOTHING_TO_APPROVE);
  if (status == EXIT_FINE) status = held_ramp(s);
  return status == EXIT_FINE ? held_pauses(s, WORLD_STDOUT, &pauses) : status;
}
