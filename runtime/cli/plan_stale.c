/* See plan_stale.h. */
#include "plan_stale.h"

#include <stdlib.h>

/* CHANGE(id, its word in csv and json, title) */
#define CHANGES(CHANGE) CHANGE(GAINED, "gained") CHANGE(LOST, "lost") CHANGE(CHANGED, "changed")
typedef enum change_kind {
#define CHANGE(id, word) CHANGE_##id,
  CHANGES(CHANGE)
#undef CHANGE
} change_kind;
static const char *const CHANGE_WORDS[] = {
#define CHANGE(id, word) word,
    CHANGES(CHANGE)
#undef CHANGE
};

/* ---- rows by their key ---- */

typedef struct row_ref {
  const plan_row *row;
} row_ref;
typedef struct by_key {
  row_ref *v;
  size_t n;
} by_key;

static int compare(const void *va, const void *vb) {
  return slice_cmp(((const row_ref *)va)->row->key, ((const row_ref *)vb)->row->key);
}

static by_key sorted(const plan_row *rows, size_t n, arena *perm) {
  by_key all = {ARENA_ARRAY(perm, n + 1, row_ref), n};
  for (size_t i = 0; i < n; i++) all.v[i].row = &rows[i];
  qsort(all.v, n, sizeof *all.v, compare);
  return all;
}

static const plan_row *find(const by_key *l, slice key) {
  const plan_row wanted = {.key = key};
  const row_ref at = {&wanted}, *found = bsearch(&at, l->v, l->n, sizeof *l->v, compare);
  return found ? found->row : NULL;
}

/* ---- why ---- */

static bool waits_for_person(slice waits) {
  return slice_eq(waits, slice_of(WAITS[WAIT_APPROVAL])) || slice_eq(waits, slice_of(WAITS[WAIT_ACTIVATION])) ||
         slice_eq(waits, slice_of(WAITS[WAIT_BLAST]));
}

static slice word(const session *s, text_id id) { return slice_of(texts_word(s->lang, id)); }

/* Of an action that does not go any more: what its invoice is now. */
static slice why_lost(const session *s, const plan_row *was, const by_key *waiting, const row_names *invoices) {
  const facts *f = s->f;
  const plan_row *waits = find(waiting, was->key);
  if (waits) return TEXTS(s->lang, s->perm, PF_WAITS_NOW, texts_said(s->lang, s->perm, waits->waits));
  uint32_t row = row_names_find(invoices, was->lead);
  if (row == VM_NO_ROW) return word(s, TXT_PF_NOT_DUE_NOW);
  if (fact_int(f, FIELD_INVOICE_STATUS, row) == STATUS_PAID) return word(s, TXT_PF_PAID);
  if (fact_int(f, FIELD_INVOICE_STATUS, row) == STATUS_CANCELLED) return word(s, TXT_PF_CANCELLED);
  if (fact_int(f, FIELD_INVOICE_OPEN, row) <= 0) return word(s, TXT_PF_PAID);
  if (fact_int(f, FIELD_INVOICE_DISPUTED, row) == 1) return word(s, TXT_PF_DISPUTED);
  if (fact_int(f, FIELD_INVOICE_PROMISE, row) != FACT_MISSING) return word(s, TXT_PF_PROMISED);
  return word(s, TXT_PF_NOT_DUE_NOW);
}

static slice why_gained(const session *s, const plan_row *now, const by_key *waited) {
  const plan_row *waits = find(waited, now->key);
  if (waits) return TEXTS(s->lang, s->perm, PF_WAITED_THEN, texts_said(s->lang, s->perm, waits->waits));
  return word(s, TXT_PF_NOT_DUE_THEN);
}

/* The first part of it that is another; empty: it is the same. */
static slice why_changed(const session *s, const plan_row *a, const plan_row *b) {
  if (!slice_eq(a->to, b->to)) return TEXTS(s->lang, s->perm, PF_OTHER_TO, a->to, b->to);
  if (!slice_eq(a->entity, b->entity)) return TEXTS(s->lang, s->perm, PF_OTHER_INVOICES, a->entity, b->entity);
  if (!slice_eq(a->action, b->action))
    return TEXTS(s->lang, s->perm, PF_OTHER_ACTION, texts_said(s->lang, s->perm, a->action),
                 texts_said(s->lang, s->perm, b->action));
  if (!slice_eq(a->result, b->result)) return TEXTS(s->lang, s->perm, PF_OTHER_ACTION, a->result, b->result);
  if (!slice_eq(a->ladder, b->ladder) || !slice_eq(a->rung, b->rung)) return word(s, TXT_PF_OTHER_STEP);
  return (slice){0};
}

/* ---- the actions that differ ---- */

typedef struct change {
  change_kind kind;
  const plan_row *row;
  slice why;
} change;

static size_t changes_of(const session *s, const plan_file *saved, const plan_file *now, change *v) {
  arena *perm = s->perm;
  by_key went = sorted(saved->rows, saved->going, perm), goes = sorted(now->rows, now->going, perm),
         waited = sorted(saved->rows + saved->going, saved->count - saved->going, perm),
         waits = sorted(now->rows + now->going, now->count - now->going, perm);
  row_names invoices = row_names_of(perm, &s->f->t[ENT_INVOICE]);
  size_t n = 0;
  for (size_t i = 0; i < saved->going; i++) {
    const plan_row *was = &saved->rows[i], *is = find(&goes, was->key);
    slice why = is ? why_changed(s, was, is) : why_lost(s, was, &waits, &invoices);
    if (why.n) v[n++] = (change){is ? CHANGE_CHANGED : CHANGE_LOST, was, why};
  }
  for (size_t i = 0; i < now->going; i++) {
    const plan_row *is = &now->rows[i], *before = find(&waited, is->key);
    bool answered = before && waits_for_person(before->waits) && !why_changed(s, before, is).n;
    if (!answered && !find(&went, is->key)) v[n++] = (change){CHANGE_GAINED, is, why_gained(s, is, &waited)};
  }
  return n;
}

static text_id title_of(change_kind k) {
  switch (k) {
  case CHANGE_GAINED: return TXT_PF_GAINED;
  case CHANGE_LOST: return TXT_PF_LOST;
  case CHANGE_CHANGED: return TXT_PF_CHANGED;
  }
  return TXT_NONE;
}

static int print_changes(session *s, const change *v, size_t n) {
  enum { COLUMNS = 6 };
  static const text_id TITLES[COLUMNS] = {TXT_PF_CHANGE_TITLE, TXT_INVOICE_TITLE, TXT_RUNG_TITLE,
                                          TXT_ACTION_TITLE,    TXT_TO_TITLE,      TXT_WHY_TITLE};
  static const char *const NAMES[COLUMNS] = {"change", "entity", "rung", "action", "to", "why"};
  bool person = s->a->format == OUT_table;
  out_column columns[COLUMNS];
  for (size_t i = 0; i < COLUMNS; i++)
    columns[i] = (out_column){NAMES[i], person ? texts_word(s->lang, TITLES[i]) : NULL, OUT_TEXT, i != 3};
  out *o = out_begin(s->w, s->a->format, columns, COLUMNS);
  for (size_t i = 0; i < n; i++) {
    const plan_row *r = v[i].row;
    slice step = r->ladder.n ? arena_printf(s->perm, "%.*s %.*s", SLICE_ARG(r->ladder), SLICE_ARG(r->rung)) : r->rung;
    slice values[COLUMNS] = {person ? word(s, title_of(v[i].kind)) : slice_of(CHANGE_WORDS[v[i].kind]),
                             r->entity,
                             step,
                             person ? texts_said(s->lang, s->perm, r->action) : r->action,
                             r->to,
                             v[i].why};
    out_row(o, values);
  }
  world_code why;
  if (out_end(o, &why) || why == WORLD_CLOSED) return EXIT_FINE;
  return COMPLAIN(s, EXIT_WORLD, CANNOT_WRITE_RESULT, texts_world(s->lang, s->perm, why));
}

/* ---- what it stands on ---- */

static slice short_of(slice hash) { return hash.n > 12 ? (slice){hash.p, 12} : hash; }

static slice day_of(const session *s, civil_date d) {
  char text_of[DATE_TEXT_MAX];
  return arena_slice(s->perm, (slice){text_of, date_iso(d, text_of)});
}

static bool differ(session *s, const plan_file *a, const plan_file *b) {
  bool any = false;
  const bool day = a->day.day != b->day.day, facts_of = !slice_eq(a->facts, b->facts),
             policy = !slice_eq(a->revision, b->revision), templates = !slice_eq(a->templates, b->templates);
  if (day) any = COMPLAIN(s, true, PF_OTHER_DAY, day_of(s, a->day), day_of(s, b->day));
  if (policy) any = COMPLAIN(s, true, PF_OTHER_POLICY, a->policy, short_of(a->revision), short_of(b->revision));
  if (templates) any = COMPLAIN(s, true, PF_OTHER_TEMPLATES);
  /* Another day or policy reads other facts: what of them has changed would say nothing. */
  if (facts_of && !day && !policy && !templates) any = COMPLAIN(s, true, PF_OTHER_FACTS);
  return any;
}

int plan_stale(session *s, const plan_file *saved, const plan_file *now) {
  if (!slice_eq(saved->lineage, now->lineage)) return COMPLAIN(s, EXIT_FINDINGS, PF_OTHER_STORE, now->store);
  bool stale = differ(s, saved, now);
  change *v = ARENA_ARRAY(s->perm, saved->going + now->going + 1, change);
  size_t n = changes_of(s, saved, now, v);
  if (!stale && n == 0) return EXIT_FINE;
  if (!stale) (void)COMPLAIN(s, EXIT_FINDINGS, PF_OTHER_FACTS);
  int status = n ? print_changes(s, v, n) : EXIT_FINE;
  if (n == 0) SAY(s, WORLD_STDERR, PF_SAME_ACTIONS);
  SAY(s, WORLD_STDERR, PF_ANEW, saved->policy);
  return status == EXIT_FINE ? EXIT_FINDINGS : status;
}
