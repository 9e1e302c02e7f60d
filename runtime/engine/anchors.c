/* The cycles of contracts. An invoice's cycle is that of its due date, and each change of it is an event; a contract's
 * goes with the date that its ladder counts from, which a file or Dun itself may have changed since it was seen last.
 *
 * Invariant: where a cycle is stored, the positions of it are stored too; those of earlier cycles count no more. */
#include <string.h>

#include "live.h"

/* One field that ladders of contracts count from. */
typedef struct anchor_field {
  const field_use *use;
  int32_t *seen;   /* per contract: the date seen last, DATE_NONE_DAY */
  int32_t *stored; /* the same as the store has it; NULL without one */
} anchor_field;

struct anchor_dates {
  anchor_field *v;
  uint32_t n;
};

static bool of_contract(const program *p, const field_use *u) {
  return (u->field < FIELD_COUNT ? FIELDS[u->field].of : p->custom[u->field - FIELD_COUNT].of) == ENT_CONTRACT;
}

static int32_t *days(engine *e) {
  uint32_t n = e->f->t[ENT_CONTRACT].n;
  int32_t *v = ARENA_ARRAY(e->perm, n + 1, int32_t);
  for (uint32_t i = 0; i < n; i++) v[i] = DATE_NONE_DAY;
  return v;
}

/* A date of the customer is no date of the contract: it says nothing about its term. */
void anchors_init(engine *e) {
  anchor_dates *a = ARENA_NEW(e->perm, anchor_dates);
  a->v = ARENA_ARRAY(e->perm, e->p->ladder_count + 1, anchor_field);
  for (uint32_t l = 0; l < e->p->ladder_count; l++) {
    const ladder *d = &e->p->ladders[l];
    if (d->of != ENT_CONTRACT || d->none || d->anchor == NO_USE || !of_contract(e->p, &e->p->uses[d->anchor])) continue;
    bool known = false;
    for (uint32_t k = 0; k < a->n; k++) known |= a->v[k].use->field == e->p->uses[d->anchor].field;
    if (!known) a->v[a->n++] = (anchor_field){&e->p->uses[d->anchor], days(e), NULL};
  }
  if (!a->n) return;
  e->anchors = a;
  e->anchors_stale = true;
}

/* ---- a new date ---- */

/* What is climbed in the new cycle goes into the store with it. */
static void keep_place(engine *e, uint32_t row) {
  const track *t = &e->h->tracks[TRACK_CONTRACTS];
  for (uint32_t w = 0; w < timelines_written_count(e->tl); w++) {
    if (!history_climbed(e->h, t, row, w)) continue;
    int32_t place = t->pos[row];
    for (uint32_t l = 0; l < e->p->ladder_count; l++) {
      if (e->p->ladders[l].of != ENT_CONTRACT || e->p->ladders[l].none) continue;
      int32_t anchor = engine_anchor(e, &e->p->ladders[l], row);
      rung_times r = anchor == DATE_NONE_DAY ? (rung_times){0} : timeline_at(e->tl, timelines_ladder(l), anchor);
      for (uint32_t i = 0; i < r.n; i++)
        if (r.v[i].written == w && r.v[i].place < place) place = r.v[i].place;
    }
    history_add_quiet(e->h, &(quiet_climb){TRACK_CONTRACTS, row, w, place});
  }
}

/* Whether the date of the ladder that the contract is on is another one; where it is on none, any of them. */
static bool begins_anew(engine *e, const bool *changed, uint32_t row) {
  uint32_t own = engine_ladder(e, ENT_CONTRACT, row, false);
  if (own == NO_LADDER || e->p->ladders[own].anchor == NO_USE) return own == NO_LADDER;
  for (uint32_t k = 0; k < e->anchors->n; k++)
    if (changed[k] && e->anchors->v[k].use->field == e->p->uses[e->p->ladders[own].anchor].field) return true;
  return false;
}

static void look_at(engine *e, uint32_t row, bool *changed, int32_t today) {
  bool any = false;
  for (uint32_t k = 0; k < e->anchors->n; k++) {
    anchor_field *a = &e->anchors->v[k];
    int64_t day = fact_int(e->f, a->use->field, row);
    changed[k] = day != FACT_MISSING && a->seen[row] != DATE_NONE_DAY && day != a->seen[row];
    if (day != FACT_MISSING) a->seen[row] = (int32_t)day;
    any |= changed[k];
  }
  if (!any) return;
  if (engine_reads_totals(e)) engine_totals(e, e->f->contract_customer[row], today);
  if (!begins_anew(e, changed, row)) return;
  e->h->contract_cycle[row]++;
  engine_place_again(e, ENT_CONTRACT, row, today);
  if (e->live) keep_place(e, row);
}

void engine_anchors(engine *e, int32_t today) {
  if (!e->anchors || !e->anchors_stale) return;
  e->anchors_stale = false;
  e->today = today;
  if (e->f->moved) bind_again(e);
  vm_set_today(e->m, (civil_date){today});
  arena *scratch = arena_new();
  bool *changed = ARENA_ARRAY(scratch, e->anchors->n, bool);
  for (uint32_t row = 0; row < e->f->t[ENT_CONTRACT].n; row++) look_at(e, row, changed, today);
  arena_free(scratch);
}

/* ---- the store ---- */

store_code anchors_load(engine *e, store *s, const row_names *contracts) {
  if (!e->anchors) return STORE_OK;
  for (uint32_t k = 0; k < e->anchors->n; k++) e->anchors->v[k].stored = days(e);
  e->anchors_stale = true;
  const slice columns[] = {SLICE("entity"), SLICE("field"), SLICE("day"), SLICE("cycle")};
  store_where where = {.column = "kind", .op = STORE_EQ, .i = STORE_ENTITY_CONTRACT};
  store_query q = {.table = STORE_T_anchor, .columns = columns, .column_count = 4, .where = &where, .where_count = 1};
  store_cursor *c;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  arena *scratch = arena_new();
  while ((code = store_next(c)) == STORE_ROW) {
    uint32_t row = row_names_find(contracts, store_text(c, 0));
    if (row == VM_NO_ROW) continue;
    int32_t cycle = (int32_t)store_int(c, 3);
    if (cycle > e->h->contract_cycle[row]) e->h->contract_cycle[row] = cycle;
    for (uint32_t k = 0; k < e->anchors->n; k++) {
      anchor_field *a = &e->anchors->v[k];
      if (slice_eq(store_text(c, 1), fact_name(e->p, a->use, scratch)))
        a->seen[row] = a->stored[row] = (int32_t)store_int(c, 2);
    }
  }
  arena_free(scratch);
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

store_code anchors_commit(engine *e, store *s) {
  store_code code = STORE_OK;
  arena *scratch = arena_new();
  for (uint32_t k = 0; e->anchors && k < e->anchors->n; k++) {
    const anchor_field *a = &e->anchors->v[k];
    slice field = fact_name(e->p, a->use, scratch);
    for (uint32_t row = 0; row < e->f->t[ENT_CONTRACT].n && code == STORE_OK; row++) {
      if (a->seen[row] == a->stored[row]) continue;
      store_entity who = {STORE_ENTITY_CONTRACT, e->f->t[ENT_CONTRACT].number[row]};
      code = store_anchor_set(s, who, field, a->seen[row], e->h->contract_cycle[row]);
    }
  }
  arena_free(scratch);
  return code;
}
