/* A difference for programs: JSON with all of it but for the actions, of which it has the sums and the examples; CSV
 * with one row a difference, each action among them. Canonical English. */
#include "diff_result.h"
#include "stdlib/net/json.h"

slice diff_day(const diff_act *a, arena *perm) {
  char buffer[DATE_TEXT_MAX];
  return arena_slice(perm, (slice){buffer, date_iso((civil_date){a->day}, buffer)});
}

slice diff_number(const diff_result *r, const diff_act *a) { return r->sums.f->t[a->of].number[a->row]; }

slice diff_customer(const diff_result *r, const diff_act *a) {
  return a->customer == VM_NO_ROW ? (slice){0} : r->sums.f->t[ENT_CUSTOMER].number[a->customer];
}

static slice plain(money m, arena *perm) {
  char buffer[MONEY_TEXT_MAX];
  return arena_slice(perm, (slice){buffer, money_plain(m, buffer)});
}

slice diff_money(const diff_result *r, const diff_act *a, arena *perm) {
  int64_t open = a->of == ENT_INVOICE ? r->sums.open[a->row] : FACT_MISSING;
  return open == FACT_MISSING ? (slice){0} : plain((money){open, r->sums.f->cur[a->row]}, perm);
}

static slice currency_of(const diff_result *r, const diff_act *a) {
  return a->of == ENT_INVOICE ? slice_of(currency_code(r->sums.f->cur[a->row])) : (slice){0};
}

static slice by_what(const diff_act *a) {
  return a->ch != CH_COUNT ? slice_of(CHANNELS[a->ch]) : slice_of(ACTIONS[a->kind].words);
}

static slice iso(int32_t day, arena *perm) { return diff_day(&(diff_act){.day = day}, perm); }

/* ---- csv ---- */

enum {
  C_WHAT,
  C_CHANGE,
  C_SECTION,
  C_STEP,
  C_BY,
  C_WAS,
  C_NOW,
  C_DAY_WAS,
  C_DAY,
  C_ENTITY,
  C_CUSTOMER,
  C_OPEN,
  C_CUR,
  C_COUNT
};

static const out_column COLUMNS[C_COUNT] = {
    {"what", NULL, OUT_TEXT, true},    {"change", NULL, OUT_TEXT, true},     {"section", NULL, OUT_TEXT, true},
    {"step", NULL, OUT_TEXT, true},    {"by", NULL, OUT_TEXT, true},         {"before", NULL, OUT_TEXT, true},
    {"after", NULL, OUT_TEXT, true},   {"day_before", NULL, OUT_DATE, true}, {"day_after", NULL, OUT_DATE, true},
    {"entity", NULL, OUT_TEXT, true},  {"customer", NULL, OUT_TEXT, true},   {"open", NULL, OUT_NUMBER, true},
    {"currency", NULL, OUT_TEXT, true}};

static void csv_rules(const diff_result *r, out *o) {
  for (uint32_t i = 0; i < r->rules.n; i++) {
    const policy_change *c = &r->rules.v[i];
    bool moved = c->kind == POLICY_MOVED;
    slice row[C_COUNT] = {[C_WHAT] = SLICE("rule"),
                          [C_CHANGE] = slice_of(POLICY_CHANGE_WORDS[c->kind]),
                          [C_SECTION] = c->section,
                          [C_STEP] = c->lead.n ? c->lead : c->lead_was,
                          [C_WAS] = moved ? c->lead_was : c->was,
                          [C_NOW] = moved ? c->lead : c->now};
    out_row(o, row);
  }
}

static void csv_files(const diff_result *r, out *o) {
  arena *perm = r->s->perm;
  for (uint32_t i = 0; i < r->files.file_count; i++) {
    const file_change *f = &r->files.files[i];
    slice row[C_COUNT] = {[C_WHAT] = slice_of(DIFF_FILE_WORDS[f->of]),
                          [C_CHANGE] = slice_of(POLICY_CHANGE_WORDS[f->kind]),
                          [C_SECTION] = f->name,
                          [C_STEP] = f->users};
    out_row(o, row);
  }
  for (uint32_t i = 0; i < r->files.day_count; i++) {
    const day_change *d = &r->files.days[i];
    slice row[C_COUNT] = {[C_WHAT] = SLICE("business day"),
                          [C_CHANGE] = d->business ? SLICE("added") : SLICE("removed"),
                          [C_SECTION] = d->name,
                          [C_DAY] = iso(d->day.day, perm)};
    out_row(o, row);
  }
}

static void csv_acts(const diff_result *r, out *o) {
  arena *scratch = arena_new();
  for (uint32_t i = 0; i < r->acts.n; i++) {
    const diff_item *x = &r->acts.v[i];
    const diff_act *a = diff_shown(x);
    slice row[C_COUNT] = {[C_WHAT] = SLICE("action"),
                          [C_CHANGE] = slice_of(DIFF_WORDS[x->kind]),
                          [C_SECTION] = a->ladder,
                          [C_STEP] = a->rung,
                          [C_BY] = by_what(a),
                          [C_ENTITY] = diff_number(r, a),
                          [C_CUSTOMER] = diff_customer(r, a),
                          [C_OPEN] = diff_money(r, a, scratch),
                          [C_CUR] = currency_of(r, a)};
    if (x->was) row[C_WAS] = x->was->text, row[C_DAY_WAS] = diff_day(x->was, scratch);
    if (x->now) row[C_NOW] = x->now->text, row[C_DAY] = diff_day(x->now, scratch);
    out_row(o, row);
    arena_reset(scratch);
  }
  for (uint32_t i = 0; i < r->twice_count; i++) {
    const diff_twice *t = &r->twice[i];
    diff_act a = {.of = ENT_INVOICE, .row = t->row, .customer = t->customer};
    slice row[C_COUNT] = {[C_WHAT] = SLICE("twice"),           [C_CHANGE] = slice_of(DIFF_WORDS[DIFF_GAINED]),
                          [C_SECTION] = t->template_name,      [C_DAY_WAS] = iso(t->before, scratch),
                          [C_DAY] = iso(t->again, scratch),    [C_ENTITY] = diff_number(r, &a),
                          [C_CUSTOMER] = diff_customer(r, &a), [C_OPEN] = diff_money(r, &a, scratch),
                          [C_CUR] = currency_of(r, &a)};
    out_row(o, row);
    arena_reset(scratch);
  }
  arena_free(scratch);
}

static bool write_csv(const diff_result *r, world_code *why) {
  out *o = out_begin(r->s->w, OUT_csv, COLUMNS, C_COUNT);
  csv_rules(r, o);
  csv_files(r, o);
  if (r->effect) csv_acts(r, o);
  return out_end(o, why);
}

/* ---- json ---- */

/* What is not there is left out. */
static void put(json_writer *j, const char *name, slice s) {
  if (s.n) json_put_text(j, name, s);
}

static void json_side(json_writer *j, const char *name, const diff_side *s) {
  json_begin_object(j, name);
  if (s->id.n)
    json_put_text(j, "revision", s->name);
  else
    json_put_bool(j, "files", true);
  put(j, "commit", s->id);
  json_put_bool(j, "policy", !s->absent);
  json_end(j);
}

static void json_place(json_writer *j, const char *name, const program *p, span at) {
  if (at.from == at.to || at.file >= p->source_count) return;
  uint32_t line_no = 1;
  const source *s = &p->sources[at.file];
  for (uint32_t i = 0; i < at.from && i < s->text.n; i++) line_no += s->text.p[i] == '\n';
  json_begin_object(j, name);
  json_put_text(j, "file", s->name);
  json_put_int(j, "line", line_no);
  json_end(j);
}

static void json_rules(json_writer *j, const diff_result *r) {
  json_begin_list(j, "rules");
  for (uint32_t i = 0; i < r->rules.n; i++) {
    const policy_change *c = &r->rules.v[i];
    json_begin_object(j, NULL);
    json_put_text(j, "change", slice_of(POLICY_CHANGE_WORDS[c->kind]));
    put(j, "section", c->section);
    put(j, "when_before", c->lead_was);
    put(j, "when", c->lead);
    put(j, "before", c->was);
    put(j, "after", c->now);
    json_place(j, "at", r->s->c.program, c->at);
    json_end(j);
  }
  json_end(j);
}

static void json_files(json_writer *j, const diff_result *r) {
  json_begin_list(j, "files");
  for (uint32_t i = 0; i < r->files.file_count; i++) {
    const file_change *f = &r->files.files[i];
    json_begin_object(j, NULL);
    json_put_text(j, "kind", slice_of(DIFF_FILE_WORDS[f->of]));
    json_put_text(j, "change", slice_of(POLICY_CHANGE_WORDS[f->kind]));
    json_put_text(j, "name", f->name);
    put(j, "used_by", f->users);
    json_put_int(j, "lines_added", f->added);
    json_put_int(j, "lines_removed", f->removed);
    json_end(j);
  }
  json_end(j);
  json_begin_list(j, "business_days");
  for (uint32_t i = 0; i < r->files.day_count; i++) {
    json_begin_object(j, NULL);
    json_put_text(j, "day", iso(r->files.days[i].day.day, r->s->perm));
    json_put_bool(j, "business", r->files.days[i].business);
    put(j, "name", r->files.days[i].name);
    json_end(j);
  }
  json_end(j);
}

static void json_total(json_writer *j, const char *name, const diff_result *r, unsigned kind, bool today) {
  diff_total t = diff_total_of(r->s->perm, &r->sums, kind, today);
  json_begin_object(j, name);
  json_put_int(j, "actions", t.acts);
  json_put_int(j, "invoices", t.invoices);
  json_put_int(j, "customers", t.customers);
  json_begin_object(j, "open");
  for (uint32_t i = 0; i < t.open_count; i++)
    json_put_text(j, currency_code(t.open[i].cur), plain(t.open[i], r->s->perm));
  json_end(j);
  if (t.too_large) json_put_bool(j, "too_large", true);
  json_end(j);
}

static void json_totals(json_writer *j, const char *name, const diff_result *r, bool today) {
  int32_t from = r->today.day;
  json_begin_object(j, name);
  json_put_int(j, "actions_before", today ? diff_count(r->acts.was, r->acts.was_n, from) : r->acts.was_n);
  json_put_int(j, "actions_after", today ? diff_count(r->acts.now, r->acts.now_n, from) : r->acts.now_n);
  for (unsigned k = 0; k < DIFF_KIND_COUNT; k++) json_total(j, DIFF_WORDS[k], r, k, today);
  json_total(j, "all", r, DIFF_ANY, today);
  json_end(j);
}

static void json_steps(json_writer *j, const diff_result *r) {
  const diff_step *v;
  uint32_t n = diff_steps(r->s->perm, &r->sums, &v);
  json_begin_list(j, "steps");
  for (uint32_t i = 0; i < n; i++) {
    json_begin_object(j, NULL);
    put(j, "ladder", v[i].ladder);
    put(j, "rung", v[i].rung);
    json_put_text(j, "by", v[i].by);
    for (unsigned k = 0; k < DIFF_KIND_COUNT; k++) json_put_int(j, DIFF_WORDS[k], v[i].all[k]);
    json_begin_object(j, "today");
    for (unsigned k = 0; k < DIFF_KIND_COUNT; k++) json_put_int(j, DIFF_WORDS[k], v[i].today[k]);
    json_end(j);
    json_end(j);
  }
  json_end(j);
}

static void json_act(json_writer *j, const char *name, const diff_act *a, arena *perm) {
  if (!a) return;
  json_begin_object(j, name);
  json_put_text(j, "day", diff_day(a, perm));
  put(j, "ladder", a->ladder);
  put(j, "rung", a->rung);
  json_put_text(j, "action", a->text);
  json_end(j);
}

static void json_samples(json_writer *j, const diff_result *r) {
  arena *perm = r->s->perm;
  json_begin_object(j, "examples");
  for (diff_kind k = 0; k < DIFF_KIND_COUNT; k++) {
    const diff_item *v[DIFF_SAMPLES];
    uint32_t n = diff_samples(perm, &r->sums, k, DIFF_SAMPLES, v);
    json_begin_list(j, DIFF_WORDS[k]);
    for (uint32_t i = 0; i < n; i++) {
      const diff_act *a = diff_shown(v[i]);
      json_begin_object(j, NULL);
      json_put_text(j, "invoice", diff_number(r, a));
      put(j, "customer", diff_customer(r, a));
      put(j, "open", diff_money(r, a, perm));
      put(j, "currency", currency_of(r, a));
      json_act(j, "before", v[i]->was, perm);
      json_act(j, "after", v[i]->now, perm);
      json_end(j);
    }
    json_end(j);
  }
  json_end(j);
}

static void json_twice(json_writer *j, const diff_result *r) {
  json_begin_list(j, "twice");
  for (uint32_t i = 0; i < r->twice_count; i++) {
    const diff_twice *t = &r->twice[i];
    json_begin_object(j, NULL);
    json_put_text(j, "invoice", r->sums.f->t[ENT_INVOICE].number[t->row]);
    json_put_text(j, "template", t->template_name);
    json_put_text(j, "first", iso(t->before, r->s->perm));
    json_put_text(j, "again", iso(t->again, r->s->perm));
    json_end(j);
  }
  json_end(j);
}

static void json_effect(json_writer *j, const diff_result *r) {
  if (!r->effect) {
    json_put_null(j, "effect");
    return;
  }
  json_begin_object(j, "effect");
  json_put_text(j, "ledger", r->ledger);
  json_put_text(j, "from", iso(r->today.day, r->s->perm));
  json_put_int(j, "days", r->day_count);
  json_totals(j, "today", r, true);
  json_totals(j, "total", r, false);
  json_steps(j, r);
  json_samples(j, r);
  json_twice(j, r);
  json_end(j);
}

void diff_json(const diff_result *r, json_writer *j) {
  json_side(j, "before", &r->was);
  json_side(j, "after", &r->now);
  json_rules(j, r);
  json_files(j, r);
  json_effect(j, r);
}

static bool write_json(const diff_result *r, world_code *why) {
  json_writer *j = json_write(r->s->perm);
  json_begin_object(j, NULL);
  diff_json(r, j);
  json_end(j);
  *why = r->s->w->print(r->s->w, WORLD_STDOUT, json_written(j));
  if (*why == WORLD_OK) *why = r->s->w->print(r->s->w, WORLD_STDOUT, SLICE("\n"));
  return *why == WORLD_OK;
}

bool diff_write(const diff_result *r, world_code *why) {
  return r->s->a->format == OUT_csv ? write_csv(r, why) : write_json(r, why);
}
