/* What a day's plan leaves behind: positions, arming, messages, what still waits. And what a new due date does to them. */
#include "engine.h"
#include "screen.h"

static bool finished(const firing *f) {
  uint64_t all = f->line_count >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << f->line_count) - 1;
  return (f->lines_done & all) == all;
}

static void keep_partial(engine *e, const firing *f, int32_t place) {
  history_set_partial(e->h, &(partial){f->track, f->row, place, f->done, f->lines_done});
}

static void apply_rung(engine *e, const firing *f) {
  track *t = &e->h->tracks[f->track];
  if (!finished(f)) {
    keep_partial(e, f, f->place);
    return;
  }
  for (int32_t k = f->entry; k < f->entry + f->entry_count; k++)
    history_climb(e->h, t, f->row, f->times.v[k].written, f->place);
  if (t->last_climb) t->last_climb[f->row] = e->today;
  history_drop_partial(e->h, f->track, f->row);
}

static void apply_standing(engine *e, const firing *f) {
  track *t = &e->h->tracks[f->track];
  if (!finished(f)) {
    keep_partial(e, f, f->day);
    return;
  }
  t->disarmed[f->row] = 1;
  t->fired[f->row] = e->today;
  history_drop_partial(e->h, f->track, f->row);
}

/* A rung partly done on one ladder counts as climbed for another ladder that the invoice moves to, and a higher rung
 * that becomes current drops what still waits: a partial of another place is overwritten or dropped here. */
static void apply_firing(engine *e, const firing *f) {
  switch (f->section) {
  case SECTION_LADDER:
  case SECTION_WHEN:
    if (f->has_place) apply_rung(e, f);
    else apply_standing(e, f);
    return;
  case SECTION_EVERY:
  case SECTION_ON:
    if (!finished(f))
      history_add_pending(e->h, &(pending){(uint8_t)f->section, f->index, f->row, f->day, f->done, f->lines_done, f->reply});
    return;
  }
}

static void remember_message(engine *e, const decision *d) {
  if (d->act->kind != ACT_SEND || d->no_contact || d->customer_row == VM_NO_ROW) return;
  if (d->way->to.n && !slice_eq(d->way->to, SLICE("customer"))) return;
  history *h = e->h;
  h->messages_today++;
  fact_set_int(e->f, FIELD_CUSTOMER_LAST_CONTACT, d->customer_row, e->today);
  for (uint32_t i = 0; i < d->subject_count; i++)
    if (d->subjects[i].of == ENT_INVOICE) fact_set_int(e->f, FIELD_INVOICE_LAST_CONTACT, d->subjects[i].row, e->today);
  if (!h->sent) return;
  sent_message *m = ARENA_NEW(h->perm, sent_message);
  uint32_t *rows = ARENA_ARRAY(h->perm, d->subject_count, uint32_t);
  *m = (sent_message){.next = h->sent[d->customer_row], .day = e->today, .ch = d->way->ch,
                      .ladder = d->section == SECTION_LADDER ? d->index : NO_LADDER, .invoices = rows};
  for (uint32_t i = 0; i < d->subject_count; i++)
    if (d->subjects[i].of == ENT_INVOICE) rows[m->invoice_count++] = d->subjects[i].row;
  h->sent[d->customer_row] = m;
}

void engine_apply(engine *e, const day_plan *plan) {
  for (uint32_t i = 0; i < plan->stops.n; i++) e->h->stopped[plan->stops.v[i].row] = 1;
  for (uint32_t i = 0; i < plan->arms.n; i++) e->h->tracks[plan->arms.v[i].track].disarmed[plan->arms.v[i].row] = 0;
  for (uint32_t i = 0; i < plan->drops.n; i++) history_drop_partial(e->h, plan->drops.v[i].track, plan->drops.v[i].row);
  e->h->pending_count = 0;
  for (uint32_t i = 0; i < plan->firing_count; i++) apply_firing(e, &plan->firings[i]);
  e->h->messages_today = 0;
  for (uint32_t i = 0; i < plan->decision_count; i++) remember_message(e, &plan->decisions[i]);
  e->h->messages_today = 0;
}

/* LANGUAGE.md 5, "Cycle": the written offsets already climbed are placed against the new date; the position becomes the
 * lower of the highest of them and the current rung against the new date, none if none is reached. */
static void new_cycle(engine *e, uint32_t track_id, uint32_t list, uint32_t row, int32_t anchor, int32_t today) {
  track *t = &e->h->tracks[track_id];
  if (!t->pos) return;
  history_drop_partial(e->h, track_id, row);
  if (t->pos[row] == PLACE_NONE) return;
  int32_t highest = PLACE_NONE, current = PLACE_NONE;
  rung_times r = anchor == DATE_NONE_DAY || list == UINT32_MAX ? (rung_times){0} : timeline_at(e->tl, list, anchor);
  for (uint32_t i = 0; i < r.n; i++)
    if (history_climbed(e->h, t, row, r.v[i].written) && r.v[i].place > highest) highest = r.v[i].place;
  int32_t at = timeline_current(r, today);
  if (at >= 0) current = r.v[at].place;
  t->pos[row] = highest < current ? highest : current;
  for (uint32_t i = 0; i < r.n; i++)
    if (r.v[i].place > t->pos[row])
      t->climbed[(size_t)row * e->h->words + r.v[i].written / 64] &= ~((uint64_t)1 << (r.v[i].written % 64));
  if (t->pos[row] == PLACE_NONE) memset(&t->climbed[(size_t)row * e->h->words], 0, e->h->words * sizeof *t->climbed);
  if (t->last_climb) t->last_climb[row] = DATE_NONE_DAY;
}

void engine_due_changed(engine *e, uint32_t row, int32_t today) {
  e->today = today;
  if (e->f->moved) bind_again(e);
  vm_set_today(e->m, (civil_date){today});
  e->h->cycle[row]++;
  e->h->stopped[row] = 0;
  int32_t due = (int32_t)fact_int(e->f, FIELD_INVOICE_DUE, row);
  uint32_t l = engine_ladder(e, ENT_INVOICE, row, false);
  int32_t anchor = l == NO_LADDER ? DATE_NONE_DAY : engine_anchor(e, &e->p->ladders[l], row);
  if (e->h->tracks[TRACK_INVOICES].n) new_cycle(e, TRACK_INVOICES, l == NO_LADDER ? UINT32_MAX : timelines_ladder(l), row, anchor, today);
  for (uint32_t w = 0; w < e->p->when_count; w++)
    if (e->p->whens[w].of == ENT_INVOICE && !e->p->whens[w].standing)
      new_cycle(e, track_of_when(w), timelines_when(e->p, w), row, due, today);
}
