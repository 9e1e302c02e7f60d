/* `or else`: a message that was refused for good goes the next way of its action, while its rung is still the current
 * one.
 *
 * Invariants: never after an unknown outcome; a way is taken once (it is part of the action's key) and none that asks
 * for approval first; each invoice of a shared message falls back by its own action. */
#include <stdlib.h>

#include "outbox.h"
#include "runtime/engine/action_text.h"
#include "runtime/engine/contact.h"
#include "runtime/engine/event_values.h"

/* An invoice (or what else the message is about) and what its action would do next. */
typedef struct fallen {
  store_action a;
  decision d; /* without subjects */
  subject s;
  bool asks, taken;
} fallen;

typedef struct fallen_list {
  fallen *v;
  uint32_t n, cap;
} fallen_list;

static entity entity_of(store_entity_kind k) {
  return k == STORE_ENTITY_INVOICE ? ENT_INVOICE : k == STORE_ENTITY_CONTRACT ? ENT_CONTRACT : ENT_CUSTOMER;
}

static bool to_customer(const send_way *w) { return w->to.n == 0 || slice_eq(w->to, SLICE("customer")); }

/* ---- which action it was ---- */

static const action *by_ordinal(const lines *body, uint32_t ordinal, bool flat) {
  uint32_t at = 0;
  for (uint32_t i = 0; i < body->count; i++)
    for (uint32_t b = 0; b < body->v[i].branch_count; b++)
      for (uint32_t a = 0; a < body->v[i].branches[b].action_count; a++, at++) {
        const action *x = &body->v[i].branches[b].actions[a];
        if ((flat ? at : x->ordinal) == ordinal) return x;
      }
  return NULL;
}

/* The action of a rung. Decided on an earlier day, the rung must still be the current one, in the same cycle. */
static const action *of_rung(outbox *o, fallen *x, const rung *rungs, uint32_t list, int32_t anchor) {
  if (anchor == DATE_NONE_DAY) return NULL;
  rung_times r = timeline_at(o->e->tl, list, anchor);
  int32_t at = timeline_current(r, o->today.day);
  for (uint32_t i = 0; i < r.n; i++) {
    const rung *g = &rungs[r.v[i].rung];
    const action *act = slice_eq(g->written, x->a.offset) ? by_ordinal(&g->body, (uint32_t)x->a.ordinal, false) : NULL;
    if (!act) continue;
    bool current = at >= 0 && r.v[at].place == r.v[i].place;
    if (x->a.on != o->today.day && !current) return NULL;
    if (x->a.cycle != history_cycle(o->e->h, x->s.of, x->s.row)) return NULL;
    x->d.has_place = true;
    x->s.place = r.v[i].place;
    return act;
  }
  return NULL;
}

static const action *of_ladder(outbox *o, fallen *x) {
  uint32_t l = engine_ladder(o->e, x->s.of, x->s.row, false);
  if (l == NO_LADDER) return NULL;
  const ladder *own = &o->p->ladders[l];
  x->d.section = SECTION_LADDER;
  x->d.index = l;
  x->d.ladder = own->name;
  return of_rung(o, x, own->rungs, timelines_ladder(l), engine_anchor(o->e, own, x->s.row));
}

static const action *of_when(outbox *o, fallen *x, uint32_t index) {
  const when_rule *w = &o->p->whens[index];
  x->d.section = SECTION_WHEN;
  x->d.index = index;
  if (w->standing) return by_ordinal(&w->body, (uint32_t)x->a.ordinal, true);
  int32_t due = x->s.of == ENT_INVOICE ? (int32_t)fact_int(o->e->f, FIELD_INVOICE_DUE, x->s.row) : DATE_NONE_DAY;
  return of_rung(o, x, w->rungs, timelines_when(o->p, index), due);
}

/* What the ERP's event said that the action answers: its happening stands in the key, "2026-03-01 #17". */
static slice said_of(outbox *o, const fallen *x, arena *scratch) {
  const char *at = x->a.offset.n ? memchr(x->a.offset.p, '#', x->a.offset.n) : NULL;
  if (!at || o->p->ons[x->d.index].kind != EV_ERP) return (slice){0};
  slice number = {at + 1, x->a.offset.n - (size_t)(at + 1 - x->a.offset.p)}, said = {0};
  const slice columns[] = {SLICE("said")};
  const store_where where = {"seq", STORE_EQ, strtoll(arena_copy(scratch, number), NULL, 10), {0}};
  store_query q = {
      .table = STORE_T_happening, .columns = columns, .column_count = 1, .where = &where, .where_count = 1};
  store_cursor *c;
  if (store_scan(o->s, &q, &c) != STORE_OK) return said;
  if (store_next(c) == STORE_ROW) said = arena_slice(scratch, store_text(c, 0));
  store_cursor_close(c);
  return said;
}

static const action *action_of(outbox *o, fallen *x, arena *scratch) {
  slice key = x->a.track;
  if (slice_eq(key, SLICE("ladder"))) return of_ladder(o, x);
  for (uint32_t i = 0; i < o->p->when_count; i++)
    if (o->p->whens[i].of == x->s.of && slice_eq(key, section_key(o->p, SECTION_WHEN, i, scratch)))
      return of_when(o, x, i);
  for (uint32_t i = 0; i < o->p->every_count; i++)
    if (o->p->everys[i].of == x->s.of && slice_eq(key, section_key(o->p, SECTION_EVERY, i, scratch))) {
      x->d.section = SECTION_EVERY;
      x->d.index = i;
      return by_ordinal(&o->p->everys[i].body, (uint32_t)x->a.ordinal, true);
    }
  for (uint32_t i = 0; i < o->p->on_count; i++)
    if (o->p->ons[i].of == x->s.of && slice_eq(key, section_key(o->p, SECTION_ON, i, scratch))) {
      x->d.section = SECTION_ON;
      x->d.index = i;
      x->d.said = said_of(o, x, scratch);
      return by_ordinal(&o->p->ons[i].body, (uint32_t)x->a.ordinal, true);
    }
  return NULL;
}

/* ---- which way is next ---- */

static bool asks(const outbox *o, const fallen *x, channel ch) {
  const scope *own = x->d.section == SECTION_LADDER ? &o->p->ladders[x->d.index].own : NULL;
  return ((o->p->policy.ask_before_channels | (own ? own->ask_before_channels : 0)) >> ch & 1) != 0;
}

/* Fills in the decision by the first way after the refused one that reaches somebody; false: there is none. */
static bool next_way(outbox *o, fallen *x, const action *act, const ready_message *m, arena *scratch) {
  const scope *own = x->d.section == SECTION_LADDER ? &o->p->ladders[x->d.index].own : NULL;
  uint32_t k = (uint32_t)x->a.way;
  while (k < act->way_count && (act->ways[k].ch != m->ch || to_customer(&act->ways[k]) != m->to_customer)) k++;
  for (action rest = *act; k + 1 < act->way_count;) {
    rest.ways = act->ways + k + 1;
    rest.way_count = act->way_count - k - 1;
    reach to = contact_reach(o->e, &rest, x->s.of, x->s.row, own);
    if (to.no_contact) return false;
    k = (uint32_t)(to.way - act->ways);
    if (to.way->ch == m->ch && slice_eq(to.to, m->to)) continue; /* the address that was just refused */
    x->d.act = act;
    x->d.way = to.way;
    x->d.to = to.to;
    event_values was;
    event_values_begin(o->e, x->s.row, x->d.said, &was);
    x->d.text = action_text(o->e, act, to.way, x->s.of, x->s.row, scratch);
    event_values_end(o->e, &was);
    x->asks = asks(o, x, to.way->ch);
    return true;
  }
  return false;
}

/* ---- the message's invoices ---- */

static fallen *room(fallen_list *l, arena *scratch) {
  if (l->n == l->cap) {
    l->cap = l->cap ? l->cap * 2 : 4;
    fallen *v = ARENA_ARRAY(scratch, l->cap, fallen);
    if (l->n) memcpy(v, l->v, l->n * sizeof *v);
    l->v = v;
  }
  l->v[l->n] = (fallen){0};
  return &l->v[l->n];
}

/* Takes it in where its action has a further way. */
static void take(outbox *o, fallen_list *l, const store_action *a, const ready_message *m, arena *scratch) {
  fallen *x = room(l, scratch);
  entity of = entity_of(a->entity.kind);
  uint32_t row = outbox_row(o, of, a->entity.id);
  if (row == VM_NO_ROW) return;
  x->a = *a;
  x->s = (subject){.of = of,
                   .row = row,
                   .number = a->entity.id,
                   .cycle = (int32_t)a->cycle,
                   .offset = a->offset,
                   .ordinal = (uint32_t)a->ordinal,
                   .track = a->track};
  x->d = (decision){.day = {a->on},
                    .ladder = a->ladder,
                    .rung = a->rung,
                    .customer = a->customer,
                    .customer_row = engine_customer(o->e, of, row),
                    .subject_count = 1};
  const action *act = action_of(o, x, scratch);
  if (act && act->kind == ACT_SEND && next_way(o, x, act, m, scratch)) l->n++;
}

/* The actions that joined the message: their own keys. */
static store_code take_joined(outbox *o, fallen_list *l, const ready_message *m, arena *scratch) {
  const slice columns[] = {SLICE("track"),  SLICE("kind"),    SLICE("entity"), SLICE("cycle"),
                           SLICE("offset"), SLICE("ordinal"), SLICE("way")};
  store_where where = {"lead", STORE_EQ, m->a.id, {0}};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 7, .where = &where, .where_count = 1};
  store_cursor *c;
  store_code code = store_scan(o->s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    store_action a = m->a;
    a.track = arena_slice(scratch, store_text(c, 0));
    a.entity = (store_entity){(store_entity_kind)store_int(c, 1), arena_slice(scratch, store_text(c, 2))};
    a.cycle = store_int(c, 3);
    a.offset = arena_slice(scratch, store_text(c, 4));
    a.ordinal = (int32_t)store_int(c, 5);
    a.way = (int32_t)store_int(c, 6);
    take(o, l, &a, m, scratch);
  }
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

static store_code note(outbox *o, const ready_message *m, const fallen *x, slice why, arena *scratch) {
  slice reason = arena_printf(scratch, "%s was refused: %.*s", outlet_name(m->ch), SLICE_ARG(why));
  o->tally[TALLY_INSTEAD]++;
  outbox_remember(o, TALLY_INSTEAD, x->a.entity.id, x->d.text, reason);
  store_event e = {
      SLICE("fallback"), SLICE("dun run"), arena_printf(scratch, "action %lld", (long long)m->a.id),
      arena_printf(scratch, "{\"refused\":\"%s\",\"channel\":\"%s\"}", outlet_name(m->ch), CHANNELS[x->d.way->ch])};
  return store_audit_append(o->s, &e);
}

store_code outbox_fall_back(outbox *o, const ready_message *m, slice why, arena *scratch) {
  fallen_list l = {0};
  take(o, &l, &m->a, m, scratch);
  store_code code = take_joined(o, &l, m, scratch);
  for (uint32_t i = 0; i < l.n && code == STORE_OK; i++) {
    fallen *x = &l.v[i];
    if (x->taken) continue;
    if (x->asks) {
      outbox_remember(o, TALLY_REJECTED, x->a.entity.id, x->d.text,
                      SLICE("it would go instead, and asks for approval first"));
      continue;
    }
    subject *s = ARENA_ARRAY(scratch, l.n, subject);
    s[0] = x->s;
    for (uint32_t k = i + 1; k < l.n; k++) {
      fallen *y = &l.v[k];
      bool joins = !y->taken && !y->asks && y->d.way->ch == x->d.way->ch && slice_eq(y->d.to, x->d.to);
      if (!joins) continue;
      y->taken = true;
      s[x->d.subject_count++] = y->s;
    }
    x->d.subjects = s;
    code = outbox_commit_way(o, &x->d, (uint32_t)(x->d.way - x->d.act->ways));
    if (code == STORE_OK) code = note(o, m, x, why, scratch);
  }
  return code;
}

store_code outbox_come_back(outbox *o, const store_untold *v, size_t n, arena *scratch) {
  store_code code = STORE_OK;
  for (size_t i = 0; i < n && code == STORE_OK; i++) {
    ready_message m = {0};
    action_state state;
    code = outbox_load(o, v[i].action, scratch, &m, &state);
    bool gone = code == STORE_END;
    if (gone) code = STORE_OK;
    if (code == STORE_OK && !gone && state == ACTION_rejected && m.ch != OUTLET_COUNT)
      code = outbox_fall_back(o, &m, SLICE("it came back"), scratch);
    if (code == STORE_OK) code = store_told(o->s, v[i].event, 2);
  }
  return code;
}
