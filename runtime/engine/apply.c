/* What a day's plan leaves behind: positions, arming, messages, what still waits. And what a new due date does to them.
 */
#include "engine.h"
#include "lines.h"
#include "screen.h"

static bool finished(const firing *f) {
  uint64_t all = f->line_count >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << f->line_count) - 1;
  return (f->lines_done & all) == all;
}

static void keep_partial(engine *e, const firing *f, int32_t place) {
  history_set_partial(e->h, &(partial){.track = f->track,
                                       .row = f->row,
                                       .ladder = f->section == SECTION_LADDER ? f->index : 0,
                                       .written = f->has_place ? f->times.v[f->entry].written : 0,
                                       .place = place,
                                       .done = f->done,
                                       .lines_done = f->lines_done});
}

static void climb(engine *e, const firing *f) {
  track *t = &e->h->tracks[f->track];
  if (!f->has_place) {
    t->disarmed[f->row] = 1;
    t->fired[f->row] = e->today;
    return;
  }
  for (int32_t k = f->entry; k < f->entry + f->entry_count; k++)
    history_climb(e->h, t, f->row, f->times.v[k].written, f->place);
  if (t->last_climb) t->last_climb[f->row] = e->today;
}

/* A rung partly done on one ladder counts as climbed for another ladder that the invoice moves to, and a higher rung
 * that becomes current drops what still waits: a partial of another place is overwritten or dropped here. */
static void keep_firing(engine *e, const firing *f) {
  switch (f->section) {
  case SECTION_LADDER:
  case SECTION_WHEN:
    if (finished(f) || (f->kept_back && !(f->done | f->lines_done)))
      history_drop_partial(e->h, f->track, f->row);
    else
      keep_partial(e, f, f->has_place ? f->place : f->day);
    return;
  case SECTION_EVERY:
  case SECTION_ON:
    if (!finished(f))
      history_add_pending(
          e->h, &(pending){(uint8_t)f->section, f->index, f->row, f->day, f->seq, f->done, f->lines_done, f->reply});
    return;
  }
}

void engine_keep(engine *e, const day_plan *plan) {
  for (uint32_t i = 0; i < plan->drops.n; i++) history_drop_partial(e->h, plan->drops.v[i].track, plan->drops.v[i].row);
  e->h->pending_count = 0;
  for (uint32_t i = 0; i < plan->firing_count; i++) keep_firing(e, &plan->firings[i]);
}

/* A message to the customer about these candidates, lead first. */
static void remember_message(engine *e, const day_plan *plan, const uint32_t *members, uint32_t n) {
  const candidate *lead = &plan->candidates[members[0]];
  const firing *f = &plan->firings[lead->firing];
  history *h = e->h;
  if (!lead->to.to_customer) return;
  fact_set_int(e->f, FIELD_CUSTOMER_LAST_CONTACT, lead->customer, e->today);
  for (uint32_t i = 0; i < n; i++) {
    const firing *o = &plan->firings[plan->candidates[members[i]].firing];
    if (o->of == ENT_INVOICE) fact_set_int(e->f, FIELD_INVOICE_LAST_CONTACT, o->row, e->today);
  }
  if (!h->sent) return;
  sent_message *m = ARENA_NEW(h->perm, sent_message);
  uint32_t *rows = ARENA_ARRAY(h->perm, n, uint32_t);
  *m = (sent_message){.next = h->sent[lead->customer],
                      .day = e->today,
                      .ch = lead->to.way->ch,
                      .ladder = f->section == SECTION_LADDER ? f->index : NO_LADDER,
                      .invoices = rows};
  for (uint32_t i = 0; i < n; i++) {
    const firing *o = &plan->firings[plan->candidates[members[i]].firing];
    if (o->of == ENT_INVOICE) rows[m->invoice_count++] = o->row;
  }
  h->sent[lead->customer] = m;
}

static void remember_messages(engine *e, const day_plan *plan) {
  for (uint32_t i = 0; i < plan->candidate_count; i++)
    if (plan->candidates[i].alone && plan->candidates[i].state == CANDIDATE_DONE) remember_message(e, plan, &i, 1);
  for (uint32_t i = 0; i < plan->message_count; i++)
    remember_message(e, plan, plan->messages[i].members, plan->messages[i].member_count);
}

void engine_apply(engine *e, const day_plan *plan) {
  for (uint32_t i = 0; i < plan->stops.n; i++) {
    const track_row *s = &plan->stops.v[i];
    *(s->track == NO_LADDER ? &e->h->stopped[s->row] : &e->h->silenced[s->track][s->row]) = 1;
  }
  for (uint32_t i = 0; i < plan->arms.n; i++) e->h->tracks[plan->arms.v[i].track].disarmed[plan->arms.v[i].row] = 0;
  engine_keep(e, plan);
  for (uint32_t i = 0; i < plan->firing_count; i++)
    if (plan->firings[i].track != NO_TRACK && finished(&plan->firings[i])) climb(e, &plan->firings[i]);
  remember_messages(e, plan);
  e->h->messages_today = 0;
}

/* Where the offsets climbed so far fall against the new date: the highest place. On the invoice's own ladder as it is
 * written there; offsets that this ladder lacks, as another one has them. */
typedef struct replaced {
  const engine *e;
  const track *t;
  uint32_t row;
  uint64_t *seen; /* written offsets placed already */
  int32_t highest;
} replaced;

static void place_again(replaced *p, rung_times r) {
  for (uint32_t i = 0; i < r.n; i++) {
    uint16_t w = r.v[i].written;
    if (!history_climbed(p->e->h, p->t, p->row, w)) continue;
    if (!(p->seen[w / 64] >> (w % 64) & 1) && r.v[i].place > p->highest) p->highest = r.v[i].place;
    p->seen[w / 64] |= (uint64_t)1 << (w % 64);
  }
}

/* Above the position the new cycle starts afresh. */
static void forget_above(engine *e, track *t, uint32_t row, rung_times r) {
  uint64_t *climbed = &t->climbed[(size_t)row * e->h->words];
  for (uint32_t i = 0; i < r.n; i++)
    if (r.v[i].place > t->pos[row]) climbed[r.v[i].written / 64] &= ~((uint64_t)1 << (r.v[i].written % 64));
}

/* The rung that the new cycle begins at counts as climbed in it, so that the next correction finds it. */
static void stand_on(engine *e, track *t, uint32_t row, rung_times r) {
  uint64_t *climbed = &t->climbed[(size_t)row * e->h->words];
  for (uint32_t i = 0; i < r.n; i++)
    if (r.v[i].place == t->pos[row]) climbed[r.v[i].written / 64] |= (uint64_t)1 << (r.v[i].written % 64);
}

/* A rung partly done stays so where it is the current one against the new date too; else it starts afresh. */
static void move_partial(engine *e, uint32_t track_id, uint32_t row, rung_times r, uint32_t own, int32_t current) {
  partial *p = history_partial(e->h, track_id, row);
  if (!p) return;
  for (uint32_t i = 0; i < r.n && p->ladder == own; i++) {
    if (r.v[i].written != p->written || r.v[i].place != current) continue;
    p->place = current;
    return;
  }
  history_drop_partial(e->h, track_id, row);
}

/* LANGUAGE.md 5, "Cycle": the position becomes the lower of the highest offset climbed, placed against the new date,
 * and the current rung against the new date; none if none is reached. `lists[0]` is the one that the invoice is on. */
static void new_cycle(engine *e, uint32_t track_id, const rung_times *lists, uint32_t n, uint32_t own, uint32_t row,
                      int32_t today) {
  track *t = &e->h->tracks[track_id];
  if (!t->pos) return;
  int32_t at = timeline_current(lists[0], today), current = at < 0 ? PLACE_NONE : lists[0].v[at].place;
  move_partial(e, track_id, row, lists[0], own, current);
  if (t->pos[row] == PLACE_NONE) return;
  arena *scratch = arena_new();
  replaced p = {e, t, row, ARENA_ARRAY(scratch, e->h->words, uint64_t), PLACE_NONE};
  for (uint32_t i = 0; i < n; i++) place_again(&p, lists[i]);
  arena_free(scratch);
  t->pos[row] = p.highest < current ? p.highest : current;
  for (uint32_t i = 0; i < n; i++) forget_above(e, t, row, lists[i]);
  if (t->pos[row] == current) stand_on(e, t, row, lists[0]);
  if (t->pos[row] == PLACE_NONE) memset(&t->climbed[(size_t)row * e->h->words], 0, e->h->words * sizeof *t->climbed);
  if (t->last_climb) t->last_climb[row] = DATE_NONE_DAY;
}

static rung_times ladder_times(engine *e, uint32_t index, uint32_t row) {
  int32_t anchor = engine_anchor(e, &e->p->ladders[index], row);
  return anchor == DATE_NONE_DAY ? (rung_times){0} : timeline_at(e->tl, timelines_ladder(index), anchor);
}

void engine_place_again(engine *e, entity of, uint32_t row, int32_t today) {
  uint32_t track_id = of == ENT_CONTRACT ? TRACK_CONTRACTS : TRACK_INVOICES;
  if (!e->h->tracks[track_id].n) return;
  arena *scratch = arena_new();
  rung_times *lists = ARENA_ARRAY(scratch, e->p->ladder_count + 1, rung_times);
  uint32_t own = engine_ladder(e, of, row, false), n = 1;
  if (own != NO_LADDER) lists[0] = ladder_times(e, own, row);
  for (uint32_t l = 0; l < e->p->ladder_count; l++)
    if (l != own && e->p->ladders[l].of == of && !e->p->ladders[l].none) lists[n++] = ladder_times(e, l, row);
  new_cycle(e, track_id, lists, n, own, row, today);
  arena_free(scratch);
}

void engine_due_changed(engine *e, uint32_t row) {
  e->h->cycle[row]++;
  e->h->stopped[row] = 0;
  for (uint32_t l = 0; l < e->h->ladder_count; l++)
    if (e->h->silenced[l]) e->h->silenced[l][row] = 0;
  if (e->renewed_count == e->renewed_cap) {
    uint32_t cap = e->renewed_cap ? e->renewed_cap * 2 : 64, *v = ARENA_ARRAY(e->perm, cap, uint32_t);
    if (e->renewed_count) memcpy(v, e->renewed, e->renewed_count * sizeof *v);
    e->renewed = v;
    e->renewed_cap = cap;
  }
  e->renewed[e->renewed_count++] = row;
}

static void row_cycle(engine *e, uint32_t row, int32_t today) {
  engine_place_again(e, ENT_INVOICE, row, today);
  int32_t due = (int32_t)fact_int(e->f, FIELD_INVOICE_DUE, row);
  for (uint32_t w = 0; w < e->p->when_count; w++) {
    if (e->p->whens[w].of != ENT_INVOICE || e->p->whens[w].standing) continue;
    rung_times r = timeline_at(e->tl, timelines_when(e->p, w), due);
    new_cycle(e, track_of_when(w), &r, 1, 0, row, today);
  }
}

void engine_cycles(engine *e, int32_t today) {
  if (!e->renewed_count) return;
  e->today = today;
  for (uint32_t i = 0; i < e->renewed_count; i++) {
    engine_refresh_row(e, e->renewed[i]);
    if (engine_reads_totals(e)) engine_totals(e, e->f->customer[e->renewed[i]], today);
  }
  if (e->f->moved) bind_again(e);
  vm_set_today(e->m, (civil_date){today});
  for (uint32_t i = 0; i < e->renewed_count; i++) row_cycle(e, e->renewed[i], today);
  e->renewed_count = 0;
}
