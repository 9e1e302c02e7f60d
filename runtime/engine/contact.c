/* See contact.h. */
#include "contact.h"

#include "lang/base/tz.h"
#include "lang/base/utf8.h"
#include "lang/check/openings.h"

/* ---- who ---- */

static const uint32_t CONTACT_FIELDS[CH_COUNT] = {[CH_EMAIL] = FIELD_CUSTOMER_EMAIL,
                                                  [CH_WHATSAPP] = FIELD_CUSTOMER_WHATSAPP,
                                                  [CH_SMS] = FIELD_CUSTOMER_PHONE,
                                                  [CH_TEAMS] = FIELD_COUNT,
                                                  [CH_SLACK] = FIELD_COUNT};

uint32_t contact_field(channel ch) { return CONTACT_FIELDS[ch]; }

/* Is the channel a member of a set like "email;sms"? Texts compare without regard to case. */
static bool set_has(slice set, const char *member) {
  for (size_t i = 0; i < set.n;) {
    size_t end = i;
    while (end < set.n && set.p[end] != ';') end++;
    slice one = slice_trim((slice){set.p + i, end - i});
    if (utf8_fold_eq(one, slice_of(member))) return true;
    i = end + 1;
  }
  return false;
}

static bool is_owner(slice who) { return slice_eq(who, SLICE("owner")) || slice_eq(who, SLICE("rep")); }

static slice field_value(const engine *e, uint16_t use, uint32_t row) {
  uint32_t at = fact_row(e->f, &e->p->uses[use], row);
  return at == VM_NO_ROW ? (slice){0} : fact_text(e->f, e->p->uses[use].field, at);
}

slice contact_escalation(const engine *e, entity of, uint32_t row, const action *a) {
  if (a->name_use != NO_USE) return field_value(e, a->name_use, row);
  return a->name_quoted ? a->name : contact_person(e, of, row, a->name);
}

slice contact_person(const engine *e, entity of, uint32_t row, slice who) {
  if (is_owner(who)) {
    uint32_t c = engine_customer(e, of, row);
    return c == VM_NO_ROW ? (slice){0} : fact_text(e->f, FIELD_CUSTOMER_OWNER, c);
  }
  for (uint32_t i = 0; i < e->p->team_count; i++)
    if (slice_eq(e->p->teams[i].name, who)) return e->p->teams[i].email;
  return memchr(who.p, '@', who.n) ? who : (slice){0};
}

slice contact_team(const engine *e, const action *a) {
  if (a->via.n && !slice_eq(a->via, slice_of(CHANNELS[CH_EMAIL]))) return (slice){0};
  for (uint32_t i = 0; i < e->p->team_count; i++)
    if (slice_eq(e->p->teams[i].name, a->name)) return e->p->teams[i].email;
  return (slice){0};
}

static bool to_customer(const send_way *w) { return w->to.n == 0 || slice_eq(w->to, SLICE("customer")); }

/* The channels of a set as bits. There are few different sets: those known are kept by their code. */
static unsigned channels_of(slice set) {
  unsigned bits = 0;
  if (set.n == 0) return 0;
  for (int ch = 0; ch < CH_COUNT; ch++) bits |= (unsigned)set_has(set, CHANNELS[ch]) << ch;
  return bits;
}

static void learn(engine *e, uint32_t field, channel_sets *s) {
  const dictionary *d = &fact_field(e->f, field)->dict;
  if (d->d.count > s->cap) {
    uint8_t *bits = arena_alloc(e->perm, (size_t)d->d.count * 2);
    if (s->count) memcpy(bits, s->bits, s->count);
    s->bits = bits;
    s->cap = d->d.count * 2;
  }
  for (; s->count < d->d.count; s->count++) s->bits[s->count] = (uint8_t)channels_of(d->v[s->count]);
}

void contact_learn(engine *e) {
  learn(e, FIELD_CUSTOMER_OPTED_OUT, &e->opted_out);
  learn(e, FIELD_CUSTOMER_OPTED_IN, &e->opted_in);
}

static bool in_set(const engine *e, uint32_t field, const channel_sets *s, uint32_t customer, channel ch) {
  const fact_column *c = &e->f->t[ENT_CUSTOMER].fields[field];
  if (!c->loaded) return false;
  int64_t code = column_get(&c->c, customer);
  if (code == FACT_MISSING) return false;
  return (code < s->count ? s->bits[code] : channels_of(c->dict.v[code])) >> ch & 1;
}

static bool may_use(const engine *e, const scope *own, const send_way *w, uint32_t customer) {
  if (in_set(e, FIELD_CUSTOMER_OPTED_OUT, &e->opted_out, customer, w->ch)) return false;
  unsigned need = e->p->policy.opt_in | (own ? own->opt_in : 0);
  return !(need >> w->ch & 1) || in_set(e, FIELD_CUSTOMER_OPTED_IN, &e->opted_in, customer, w->ch);
}

static const void *cell(const column *c, uint32_t row) {
  return (const char *)c->data + ((size_t)row << (unsigned)c->phys);
}

void contact_fetch(const engine *e, entity of, uint32_t row, bool near) {
  uint32_t customer = engine_customer(e, of, row);
  if (customer == VM_NO_ROW) return;
  const fact_column *fields = e->f->t[ENT_CUSTOMER].fields, *mail = &fields[FIELD_CUSTOMER_EMAIL];
  if (!mail->loaded) return;
  if (near) {
    int64_t code = column_get(&mail->c, customer);
    if (code != FACT_MISSING) __builtin_prefetch(&mail->dict.v[code]);
    return;
  }
  __builtin_prefetch(cell(&mail->c, customer));
  if (fields[FIELD_CUSTOMER_OPTED_OUT].loaded) __builtin_prefetch(cell(&fields[FIELD_CUSTOMER_OPTED_OUT].c, customer));
}

reach contact_reach(const engine *e, const action *a, entity of, uint32_t row, const scope *own) {
  uint32_t customer = engine_customer(e, of, row);
  for (uint32_t i = 0; i < a->way_count; i++) {
    const send_way *w = &a->ways[i];
    if (!to_customer(w)) {
      slice to = w->to_use != NO_USE ? field_value(e, w->to_use, row)
                 : w->to_quoted      ? w->to
                                     : contact_person(e, of, row, w->to);
      if (to.n == 0 && w->to_use == NO_USE && !is_owner(w->to)) to = w->to; /* a team without an address */
      bool theirs = program_way_to_customer(e->p, w);
      if (to.n && (!theirs || may_use(e, own, w, customer))) return (reach){w, to, false, theirs};
      continue;
    }
    if (customer == VM_NO_ROW || CONTACT_FIELDS[w->ch] == FIELD_COUNT) continue;
    slice to = fact_text(e->f, CONTACT_FIELDS[w->ch], customer);
    if (to.n && may_use(e, own, w, customer)) return (reach){w, to, false, true};
  }
  return (reach){&a->ways[0], SLICE("no contact"), true, false};
}

/* ---- when ---- */

/* A `for C` of the whole policy stands once for each kind of row that has its fields. */
static bool window_applies_to(engine *e, const window *w, entity of, uint32_t row, channel ch) {
  if (w->channels && !(w->channels >> ch & 1)) return false;
  if (w->cond == NO_COND) return true;
  if (e->p->conds[w->cond].of != of) return false;
  tri t = engine_cond(e, w->cond, row);
  if (t == TRI_UNDECIDED) engine_note_undecided(e, w->cond, row);
  return t != TRI_NO;
}

/* Whose windows are asked for. */
typedef struct window_asker {
  engine *e;
  entity of;
  uint32_t row;
  channel ch;
} window_asker;

static bool asker_applies(void *self, const window *w) {
  const window_asker *a = self;
  return window_applies_to(a->e, w, a->of, a->row, a->ch);
}

/* False: nothing limits the day. The day is one of the recipient's calendar. */
static bool open_on(engine *e, entity of, uint32_t row, channel ch, const scope *own, int32_t day, open_minutes *open) {
  const window_list *pol = &e->p->policy.windows;
  if (pol->count == 0 && (!own || own->windows.count == 0)) return false;
  window_asker asker = {e, of, row, ch};
  openings_all(open);
  openings_intersect(e->cal, pol, asker_applies, &asker, (civil_date){day}, open);
  if (own) openings_intersect(e->cal, &own->windows, asker_applies, &asker, (civil_date){day}, open);
  return true;
}

/* First open minute from `first` on, or -1. */
static int32_t open_minute(engine *e, entity of, uint32_t row, channel ch, const scope *own, int32_t day,
                           int32_t first) {
  open_minutes open;
  return open_on(e, of, row, ch, own, day, &open) ? openings_first(&open, first) : first;
}

/* The customer's zone where it is not the policy's; NULL: the policy's. */
static const struct tz *zone_of(const engine *e, entity of, uint32_t row) {
  uint32_t customer = e->zones ? engine_customer(e, of, row) : VM_NO_ROW;
  int64_t code = customer == VM_NO_ROW ? FACT_MISSING : fact_int(e->f, FIELD_CUSTOMER_TIMEZONE, customer);
  return code == FACT_MISSING ? NULL : e->zones[code];
}

/* No window has a condition: what is open hangs on the channel and the day alone. */
static bool same_for_all(const engine *e, const scope *own) {
  const window_list *l[2] = {&e->p->policy.windows, own ? &own->windows : NULL};
  for (int k = 0; k < 2 && l[k]; k++)
    for (uint32_t i = 0; i < l[k]->count; i++)
      if (l[k]->v[i].cond != NO_COND) return false;
  return true;
}

/* The policy's civil day covers parts of two days of a customer elsewhere: either may be open. */
int32_t contact_opening(engine *e, entity of, uint32_t row, channel ch, const scope *own, int32_t day, int32_t first) {
  if (e->p->policy.windows.count == 0 && (!own || own->windows.count == 0)) return first;
  const struct tz *z = zone_of(e, of, row);
  if (!z && same_for_all(e, own)) {
    opening_known *k = &e->openings[ch];
    if (k->own != own || k->day != day || k->first != first)
      *k = (opening_known){own, day, first, open_minute(e, of, row, ch, own, day, first)};
    return k->minute;
  }
  if (!z) return open_minute(e, of, row, ch, own, day, first);
  int64_t start = tz_utc(e->zone, (civil_date){day}, 0), to = tz_utc(e->zone, (civil_date){day + 1}, 0);
  int64_t from = tz_utc(e->zone, (civil_date){day}, first * 60);
  local_time at = tz_local(z, from);
  int32_t minute = (at.second + 59) / 60, last = tz_local(z, to - 1).date.day;
  for (int32_t d = at.date.day; d <= last; d++, minute = 0) {
    int32_t k = open_minute(e, of, row, ch, own, d, minute);
    int64_t when = k < 0 ? to : tz_utc(z, (civil_date){d}, k * 60);
    if (when < to) return (int32_t)((when - start) / 60);
  }
  return -1;
}

bool contact_open_at(engine *e, entity of, uint32_t row, channel ch, const scope *own, int32_t day, int32_t minute) {
  open_minutes open;
  return !open_on(e, of, row, ch, own, day, &open) || openings_at(&open, minute);
}

int32_t contact_first_opening(engine *e, entity of, uint32_t row, channel ch, const scope *own, int32_t day) {
  for (int32_t d = day; d < day + 366; d++)
    if (contact_opening(e, of, row, ch, own, d, 0) >= 0) return d;
  return INT32_MAX;
}

/* ---- how often ---- */

bool contact_silent(const engine *e, const scope *own, uint32_t customer) {
  uint32_t days = e->p->policy.silence_after_reply_days;
  if (own && own->silence_after_reply_days > days) days = own->silence_after_reply_days;
  if (!days || customer == VM_NO_ROW) return false;
  int32_t replied = e->h->replied[customer];
  return replied != DATE_NONE_DAY && e->today < replied + (int32_t)days;
}

static bool about(const uint32_t *invoices, uint32_t n, uint32_t invoice) {
  for (uint32_t i = 0; i < n; i++)
    if (invoices[i] == invoice) return true;
  return false;
}

/* Messages to this customer within the limit's days, today's included. */
static uint32_t count(const engine *e, const limit *l, const message *m, uint32_t ladder_only, uint32_t invoice,
                      const message *today, uint32_t today_count) {
  uint32_t n = 0;
  bool by_channel = l->per == PER_CHANNEL, by_invoice = l->per == PER_INVOICE;
  for (uint32_t i = 0; i < today_count; i++) {
    const message *o = &today[i];
    if (l->channels && !(l->channels >> o->ch & 1)) continue;
    if ((by_channel && o->ch != m->ch) || (ladder_only != NO_LADDER && o->ladder != ladder_only)) continue;
    n += !by_invoice || about(o->invoices, o->invoice_count, invoice);
  }
  for (const sent_message *o = e->h->sent ? e->h->sent[m->customer] : NULL; o; o = o->next) {
    if (o->day <= e->today - (int32_t)l->days) break;
    if (l->channels && !(l->channels >> o->ch & 1)) continue;
    if ((by_channel && o->ch != m->ch) || (ladder_only != NO_LADDER && o->ladder != ladder_only)) continue;
    n += !by_invoice || about(o->invoices, o->invoice_count, invoice);
  }
  return n;
}

/* The first of the list that the message does not pass; NULL: it passes. */
static const limit *over(const engine *e, const limit_list *l, uint32_t ladder_only, const message *m, bool per_invoice,
                         uint32_t invoice, const message *today, uint32_t today_count) {
  for (uint32_t i = 0; i < l->count; i++) {
    const limit *lim = &l->v[i];
    if ((lim->per == PER_INVOICE) != per_invoice) continue;
    if (lim->channels && !(lim->channels >> m->ch & 1)) continue;
    if (count(e, lim, m, ladder_only, invoice, today, today_count) >= lim->count) return lim;
  }
  return NULL;
}

static const limit *over_any(const engine *e, const message *m, bool per_invoice, uint32_t invoice,
                             const message *today, uint32_t n) {
  const limit *of_policy = over(e, &e->p->policy.limits, NO_LADDER, m, per_invoice, invoice, today, n);
  if (of_policy || m->ladder == NO_LADDER) return of_policy;
  return over(e, &e->p->ladders[m->ladder].own.limits, m->ladder, m, per_invoice, invoice, today, n);
}

const limit *contact_limit_met(const engine *e, const message *m, uint32_t invoice, const message *today,
                               uint32_t today_count) {
  const limit *l = over_any(e, m, false, 0, today, today_count);
  return l ? l : over_any(e, m, true, invoice, today, today_count);
}

bool contact_over_limit(const engine *e, const message *m, const message *today, uint32_t today_count) {
  return over_any(e, m, false, 0, today, today_count) != NULL;
}

bool contact_invoice_over_limit(const engine *e, const message *m, uint32_t invoice, const message *today,
                                uint32_t today_count) {
  return over_any(e, m, true, invoice, today, today_count) != NULL;
}
