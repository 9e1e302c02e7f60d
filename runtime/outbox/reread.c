/* See reread.h. */
#include "reread.h"

#include <stdlib.h>

#include "gate.h"
#include "runtime/store/message.h"
#include "runtime/store/origin.h"
#include "stdlib/net/settings.h"

static int64_t now_us(const outbox *o) { return o->w->now_ns(o->w) / 1000; }
static const int64_t MINUTE_US = 60000000;

/* ---- the lines ---- */

bool outbox_rereads_open(outbox *o, slice *why) {
  const program *p = o->p;
  struct outbox_rereads *r = ARENA_NEW(o->perm, struct outbox_rereads);
  *r = (struct outbox_rereads){.v = ARENA_ARRAY(o->perm, p->connection_count + 1, reread_line)};
  o->rereads = r;
  for (uint32_t i = 0; i < p->connection_count; i++) {
    const connection *c = p->connections + i;
    const erp_driver *d = slice_eq(c->kind, SLICE("erp")) ? erp_driver_of(c->vendor) : NULL;
    slice value, variable;
    if (!d || !d->read) continue;
    int64_t keeps = REREAD_MINUTES * MINUTE_US;
    if (connection_setting(o->w, c, "reread", &value, &variable)) keeps = setting_interval_us(value);
    if (keeps == 0) {
      *why = arena_printf(o->perm, "`reread` of the connect line of %.*s is a time such as \"10 minutes\"",
                          SLICE_ARG(c->vendor));
      return false;
    }
    r->v[r->count++] = (reread_line){.connect = c, .driver = d, .keeps_us = keeps};
  }
  return true;
}

void outbox_rereads_close(outbox *o) {
  for (size_t i = 0; o->rereads && i < o->rereads->count; i++) {
    reread_line *l = o->rereads->v + i;
    if (l->open && l->driver->hurry) l->driver->hurry(l->open, false);
    if (l->open && !l->lent && l->driver->close) l->driver->close(l->open);
    l->open = NULL;
  }
}

static reread_line *line_of(const outbox *o, slice from) {
  for (size_t i = 0; o->rereads && i < o->rereads->count; i++)
    if (slice_eq(from, slice_of(o->rereads->v[i].driver->vendor))) return o->rereads->v + i;
  return NULL;
}

/* Reaches nobody yet. */
static bool open_line(outbox *o, reread_line *l) {
  slice why = {0};
  if (l->open || l->down) return l->open != NULL;
  if (o->erp_lent) l->open = o->erp_lent(o->erp_lender, l->connect);
  l->lent = l->open != NULL;
  if (!l->open) l->open = l->driver->open(o->w, o->perm, l->connect, &why);
  if (l->open && l->driver->hurry) l->driver->hurry(l->open, true);
  l->down = !l->open;
  if (l->down) l->why = why;
  return l->open != NULL;
}

/* ---- is it fresh ---- */

static store_code is_fresh(outbox *o, const reread_line *l, const store_origin *at, bool *yes) {
  int64_t synced = 0, now = now_us(o), from = now - l->keeps_us;
  *yes = at->read_us >= from && at->read_us <= now;
  if (*yes) return STORE_OK;
  store_code code = store_synced_from(o->s, at->source, &synced);
  *yes = synced >= from && synced <= now;
  return code;
}

/* The row and its line; *l NULL: nobody is to be asked for it. */
static store_code find_row(outbox *o, store_table table, slice id, arena *scratch, store_origin *at, reread_line **l) {
  *l = NULL;
  if (!o->rereads || !o->rereads->count) return STORE_OK;
  store_code code = store_origin_of(o->s, table, id, scratch, at);
  if (code != STORE_OK) return code == STORE_END ? STORE_OK : code;
  reread_line *found = line_of(o, at->source);
  if (!found || (open_line(o, found) && !erp_reads_alone(found->driver, found->open, table))) return STORE_OK;
  *l = found;
  return STORE_OK;
}

store_code outbox_fresh(outbox *o, store_table table, slice id, arena *scratch, slice *why) {
  reread_line *l;
  store_origin at;
  bool fresh;
  store_code code = find_row(o, table, id, scratch, &at, &l);
  if (code != STORE_OK || !l) return code;
  code = is_fresh(o, l, &at, &fresh);
  if (code != STORE_OK || fresh) return code;
  slice reason = l->why;
  for (size_t i = 0; i < o->rereads->failed_count; i++)
    if (o->rereads->failed[i].table == table && o->rereads->failed[i].row == at.row) reason = o->rereads->failed[i].why;
  const char *words = l->driver->words;
  *why = reason.n ? arena_printf(scratch, "%s cannot be asked whether the invoice is still open: %.*s", words,
                                 SLICE_ARG(reason))
                  : arena_printf(scratch, "%s is asked first whether the invoice is still open", words);
  return STORE_OK;
}

store_code outbox_contact_moves(outbox *o, slice customer, arena *scratch, bool *yes) {
  reread_line *l;
  store_origin at;
  store_code code = find_row(o, STORE_T_customer, customer, scratch, &at, &l);
  *yes = code == STORE_OK && l && l->driver->contact_moves;
  return code;
}

/* ---- what is to be read ---- */

typedef struct wanted {
  store_table table;
  store_origin at;
  reread_line *line;
  bool read;
  int64_t asked_us;
} wanted;

typedef struct wanted_list {
  outbox *o;
  arena *perm;
  wanted *v;
  size_t n, room;
} wanted_list;

static store_code want(wanted_list *w, store_table table, slice id) {
  wanted x = {.table = table};
  bool fresh = true;
  store_code code = find_row(w->o, table, id, w->perm, &x.at, &x.line);
  if (code == STORE_OK && x.line) code = is_fresh(w->o, x.line, &x.at, &fresh);
  if (code != STORE_OK || !x.line || fresh || x.line->down) return code;
  for (size_t i = 0; i < w->n; i++)
    if (w->v[i].table == table && w->v[i].at.row == x.at.row) return STORE_OK;
  if (w->n == w->room) {
    w->room = w->room ? w->room * 2 : 64;
    wanted *v = ARENA_ARRAY(w->perm, w->room, wanted);
    if (w->n) memcpy(v, w->v, w->n * sizeof *v);
    w->v = v;
  }
  w->v[w->n++] = x;
  return STORE_OK;
}

/* Where nothing but this keeps the message back: as the gate will see it once it is claimed. */
static store_code want_of(wanted_list *w, int64_t id) {
  outbox *o = w->o;
  ready_message m = {0};
  action_state state;
  gate_case g = {.o = o, .m = &m, .scratch = w->perm, .now_us = now_us(o)};
  int row = 0;
  store_code code = outbox_load(o, id, w->perm, &m, &state);
  if (code == STORE_END || (code == STORE_OK && (m.ch == OUTLET_COUNT || !o->ch[m.ch].sender))) return STORE_OK;
  if (code == STORE_OK) code = gate_look(&g);
  for (slice why = {0}; code == STORE_OK && row < GATE_ROW_COUNT; row++) {
    if (row != GATE_ROW_lease) code = gate_ask(&g, (gate_row)row, &why);
    if (why.n) break;
  }
  if (code != STORE_OK || row != GATE_ROW_fresh) return code;
  for (size_t i = 0; i < g.told_count && code == STORE_OK; i++) code = want(w, STORE_T_invoice, g.told[i].invoice);
  bool moves = false;
  if (code == STORE_OK) code = outbox_contact_moves(o, m.a.customer, w->perm, &moves);
  return code == STORE_OK && moves ? want(w, STORE_T_customer, m.a.customer) : code;
}

/* ---- reading ---- */

static void note_failure(outbox *o, const wanted *x, slice why) {
  struct outbox_rereads *r = o->rereads;
  if (r->failed_count == r->failed_room) {
    r->failed_room = r->failed_room ? r->failed_room * 2 : 16;
    reread_failure *v = ARENA_ARRAY(o->perm, r->failed_room, reread_failure);
    if (r->failed_count) memcpy(v, r->failed, r->failed_count * sizeof *v);
    r->failed = v;
  }
  r->failed[r->failed_count++] = (reread_failure){x->table, x->at.row, why};
}

/* How long a service lets an ERP be after it failed: "UNTIL WHY". */
static slice rest_key(const reread_line *l, arena *scratch) {
  return arena_printf(scratch, "reread %s rests", l->driver->vendor);
}
static store_code rest(outbox *o, const reread_line *l, arena *scratch) {
  if (!o->again_us) return STORE_OK; /* a person who runs it again is not to wait */
  int64_t until_us = now_us(o) + REREAD_REST_MINUTES * MINUTE_US;
  slice value = arena_printf(scratch, "%lld %.*s", (long long)until_us, SLICE_ARG(l->why));
  store_code code = store_begin(o->s);
  return code == STORE_OK ? outbox_end(o, store_state_set(o->s, rest_key(l, scratch), value)) : code;
}
static store_code does_rest(outbox *o, reread_line *l, arena *scratch) {
  slice value;
  if (!o->again_us || l->down) return STORE_OK;
  store_code code = store_state_get(o->s, rest_key(l, scratch), scratch, &value);
  if (code != STORE_OK || !value.n) return code == STORE_END ? STORE_OK : code;
  char *end, *text = arena_copy(scratch, value);
  int64_t until = strtoll(text, &end, 10), now = now_us(o);
  l->down = now < until && until - now <= REREAD_REST_MINUTES * MINUTE_US;
  if (l->down) l->why = arena_slice(o->perm, slice_of(*end ? end + 1 : end));
  return STORE_OK;
}

/* One after the other: the connector keeps its limits. A row that cannot be read keeps its own messages back; an ERP
 * that cannot be reached is not asked for the others. */
static store_code read_all(outbox *o, wanted_list *w, void (*step)(void *self), void *self) {
  int failures = 0;
  store_code code = STORE_OK;
  for (size_t i = 0; i < w->n && code == STORE_OK && !world_is_to_end(o->w); i++) {
    wanted *x = w->v + i;
    erp_failure f = {0};
    bool there;
    if (x->line->down) continue;
    x->asked_us = now_us(o);
    erp_code came =
        erp_read_again(o->s, x->line->driver, x->line->open, x->table, x->at.source_id, &there, w->perm, &f);
    x->read = came == ERP_END;
    failures = x->read ? 0 : failures + 1;
    if (step) step(self);
    if (x->read) continue;
    slice why = arena_slice(o->perm, f.why);
    bool slow = now_us(o) - x->asked_us > (int64_t)REREAD_SLOW_SECONDS * 1000000;
    note_failure(o, x, why);
    if (came != ERP_LATER && !slow && failures < REREAD_FAILURES_MAX) continue;
    x->line->down = true;
    x->line->why = why;
    code = rest(o, x->line, w->perm);
  }
  return code;
}

/* In one transaction: what dies before it is read once more. */
static store_code note_read(outbox *o, const wanted_list *w) {
  store_code code = store_begin(o->s);
  if (code != STORE_OK) return code;
  for (size_t i = 0; i < w->n && code == STORE_OK; i++) {
    const wanted *x = w->v + i;
    if (!x->read) continue;
    code = store_read_alone(o->s, x->table, x->at.row, x->asked_us);
    o->rereads->read++;
  }
  return outbox_end(o, code);
}

/* Whether some ERP was not read in whole lately. */
static store_code any_stale(outbox *o, arena *scratch, bool *yes) {
  store_code code = STORE_OK;
  *yes = false;
  for (size_t i = 0; o->rereads && i < o->rereads->count && code == STORE_OK && !*yes; i++) {
    store_origin at = {.source = slice_of(o->rereads->v[i].driver->vendor)};
    bool fresh = true;
    code = is_fresh(o, o->rereads->v + i, &at, &fresh);
    if (code == STORE_OK && !fresh) code = does_rest(o, o->rereads->v + i, scratch);
    *yes |= !fresh;
  }
  return code;
}

store_code outbox_reread(outbox *o, int64_t after, size_t room, void (*step)(void *self), void *self) {
  bool stale = false;
  if (!o->rereads || !o->rereads->count) return STORE_OK;
  arena *perm = arena_new();
  wanted_list w = {.o = o, .perm = perm};
  store_due *due = ARENA_ARRAY(perm, room, store_due);
  size_t n = 0;
  store_code code = any_stale(o, perm, &stale);
  if (code == STORE_OK && stale) code = store_due_next(o->s, after, perm, due, room, &n);
  for (size_t i = 0; i < n && code == STORE_OK; i++) code = want_of(&w, due[i].id);
  if (code == STORE_OK && w.n) store_notice_on(o->s, o->today.day);
  if (code == STORE_OK && w.n) code = read_all(o, &w, step, self);
  if (code == STORE_OK && w.n) code = note_read(o, &w);
  arena_free(perm);
  return code;
}

bool outbox_look_again(outbox *o) {
  uint32_t kept = 0;
  if (!o->news_waits || !o->rereads || !o->rereads->read) return false;
  for (uint32_t i = 0; i < o->remark_count; i++)
    if (o->remarks[i].tally != TALLY_WAITING) o->remarks[kept++] = o->remarks[i];
  o->remark_count = kept;
  o->tally[TALLY_WAITING] = o->tally[TALLY_DEFERRED] = 0; /* counted anew */
  o->news_waits = false;
  o->hours = NULL; /* of the facts of before */
  return true;
}
