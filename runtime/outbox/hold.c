/* What the policy and the facts of today say about a message that was decided before: the gate's clauses that need the
 * engine. */
#include "gate.h"
#include "lang/base/tz.h"
#include "runtime/engine/contact.h"
#include "runtime/engine/events.h"
#include "runtime/engine/screen.h"

typedef struct zone {
  slice name;
  const tz *z;
} zone;

struct outbox_hours {
  row_names names[ENT_COUNT];
  zone *zones;
  uint32_t zone_count, zone_room;
};

static struct outbox_hours *hours_of(outbox *o) {
  if (o->hours) return o->hours;
  o->hours = ARENA_NEW(o->perm, struct outbox_hours);
  for (int of = 0; of < ENT_COUNT; of++) o->hours->names[of] = row_names_of(o->perm, &o->e->f->t[of]);
  return o->hours;
}

uint32_t outbox_row(outbox *o, entity of, slice number) { return row_names_find(&hours_of(o)->names[of], number); }

static const tz *zone_of(outbox *o, slice name) {
  struct outbox_hours *h = o->hours;
  for (uint32_t i = 0; i < h->zone_count; i++)
    if (slice_eq(h->zones[i].name, name)) return h->zones[i].z;
  if (h->zone_count == h->zone_room) {
    h->zone_room = h->zone_room ? h->zone_room * 2 : 8;
    zone *v = ARENA_ARRAY(o->perm, h->zone_room, zone);
    if (h->zone_count) memcpy(v, h->zones, h->zone_count * sizeof *v);
    h->zones = v;
  }
  const tz *z = world_load_zone(o->w, name, o->perm);
  h->zones[h->zone_count++] = (zone){arena_slice(o->perm, name), z};
  return z;
}

/* A promise holds only where the policy, or the ladder, says so. */
static bool promise_holds(const outbox *o, const scope *s, uint32_t row) {
  return s->hold_promised && screen_promised(o->e, s, row);
}

/* Holds of the policy and of the invoice's ladder; undecided holds. */
static bool held(outbox *o, uint32_t row) {
  day_plan none = {.today = o->today};
  firing_list firings = {.perm = o->perm};
  screening s = {o->perm, &firings, &none};
  if (!screen_eligible(o->e, &s, ENT_INVOICE, row) || promise_holds(o, &o->p->policy, row)) return true;
  uint32_t l = engine_ladder(o->e, ENT_INVOICE, row, false);
  if (l == NO_LADDER) return false;
  const scope *own = &o->p->ladders[l].own;
  for (uint32_t i = 0; i < own->holds.count; i++)
    if (o->p->conds[own->holds.v[i]].of == ENT_INVOICE && engine_cond(o->e, own->holds.v[i], row) != TRI_NO)
      return true;
  return promise_holds(o, own, row);
}

static bool has_windows(const program *p) {
  bool any = p->policy.windows.count > 0;
  for (uint32_t i = 0; i < p->ladder_count; i++) any |= p->ladders[i].own.windows.count > 0;
  return any;
}

/* The clock where the customer is; NULL: no zone can be read. */
static const tz *clock_of(outbox *o, uint32_t customer) {
  slice name = fact_text(o->e->f, FIELD_CUSTOMER_TIMEZONE, customer);
  const tz *z = name.n ? zone_of(o, name) : NULL;
  return z ? z : zone_of(o, o->p->timezone.n ? o->p->timezone : SLICE("UTC"));
}

/* What of the policy's windows counts for a message: of the lead's ladder where it has one. */
typedef struct hours_at {
  entity of;
  uint32_t row;
  const scope *own;
} hours_at;

static hours_at hours_for(outbox *o, const ready_message *m, uint32_t customer, uint32_t invoice) {
  if (invoice == VM_NO_ROW) return (hours_at){ENT_CUSTOMER, customer, NULL};
  uint32_t l = engine_ladder(o->e, ENT_INVOICE, invoice, false);
  return (hours_at){ENT_INVOICE, invoice, l == NO_LADDER || m->a.ladder.n == 0 ? NULL : &o->p->ladders[l].own};
}

static bool open_then(outbox *o, const ready_message *m, const hours_at *h, local_time t) {
  return contact_open_at(o->e, h->of, h->row, m->ch, h->own, t.date.day, t.second / 60);
}

/* Whether the channel's hours are open now where the customer is, for the message's lead and by its ladder. */
static bool open_now(outbox *o, const ready_message *m, uint32_t customer, uint32_t invoice) {
  if (customer == VM_NO_ROW || !has_windows(o->p)) return true;
  const tz *z = clock_of(o, customer);
  if (!z) return false;
  hours_at h = hours_for(o, m, customer, invoice);
  return open_then(o, m, &h, tz_local(z, o->w->now_ns(o->w) / 1000000000));
}

slice outbox_hold(outbox *o, const slice *invoices, size_t count) {
  (void)hours_of(o);
  for (size_t i = 0; i < count; i++) {
    uint32_t row = outbox_row(o, ENT_INVOICE, invoices[i]);
    if (row == VM_NO_ROW) return SLICE("the invoice is not in the ledger any more");
    if (fact_int(o->e->f, FIELD_INVOICE_STATUS, row) != STATUS_OPEN || fact_int(o->e->f, FIELD_INVOICE_OPEN, row) <= 0)
      return SLICE("the invoice is settled");
    if (held(o, row)) return SLICE("the policy holds the invoice now");
  }
  return (slice){0};
}

bool outbox_hours_open(outbox *o, const ready_message *m, const slice *invoices, size_t count) {
  uint32_t lead = count ? outbox_row(o, ENT_INVOICE, invoices[0]) : VM_NO_ROW;
  return open_now(o, m, outbox_row(o, ENT_CUSTOMER, m->a.customer), lead);
}

/* On a day whose clock changes, each minute of it: hours may be left out, or begin twice. */
static int64_t first_open_minute(outbox *o, const ready_message *m, const hours_at *h, const tz *z, int64_t from_s,
                                 int64_t to_s) {
  for (int64_t at = from_s; at < to_s; at += 60 - (at % 60 + 60) % 60)
    if (open_then(o, m, h, tz_local(z, at))) return at;
  return INT64_MAX;
}

/* On any other, an opening begins where some window does, or with its day. */
static int64_t first_opening(outbox *o, const ready_message *m, const hours_at *h, const tz *z, civil_date day,
                             int64_t after_s) {
  const window_list *lists[] = {&o->p->policy.windows, h->own ? &h->own->windows : NULL};
  int64_t best = INT64_MAX, begins = tz_utc(z, day, 0), ends = tz_utc(z, (civil_date){day.day + 1}, 0);
  if (tz_offset(z, begins) != tz_offset(z, ends - 1))
    return first_open_minute(o, m, h, z, begins > after_s ? begins : after_s + 1, ends);
  for (int k = 0; k < 2; k++)
    for (uint32_t i = 0; lists[k] && i <= lists[k]->count; i++) {
      bool hours = i < lists[k]->count && lists[k]->v[i].has_hours;
      int64_t at = tz_utc(z, day, hours ? lists[k]->v[i].from_min * 60 : 0);
      if (at > after_s && at < best && open_then(o, m, h, tz_local(z, at))) best = at;
    }
  return best;
}

int64_t outbox_hours_next(outbox *o, const ready_message *m, const slice *invoices, size_t count) {
  enum { DAYS = 30, HOUR_S = 3600 };
  int64_t now_s = o->w->now_ns(o->w) / 1000000000;
  uint32_t customer = outbox_row(o, ENT_CUSTOMER, m->a.customer);
  const tz *z = customer == VM_NO_ROW ? NULL : clock_of(o, customer);
  if (!z) return (now_s + HOUR_S) * 1000000;
  hours_at h = hours_for(o, m, customer, count ? outbox_row(o, ENT_INVOICE, invoices[0]) : VM_NO_ROW);
  int32_t today = tz_local(z, now_s).date.day;
  for (int32_t d = today; d < today + DAYS; d++) {
    int64_t at = first_opening(o, m, &h, z, (civil_date){d}, now_s);
    if (at != INT64_MAX) return at * 1000000;
  }
  return (now_s + (int64_t)DAYS * 24 * HOUR_S) * 1000000;
}
