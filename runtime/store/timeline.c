/* See timeline.h. Each source gives its newest entries behind the key; the list is what is newest of all of them. */
#include "timeline.h"

#include <stdio.h>
#include <stdlib.h>

#include "lang/base/date.h"
#include "store_impl.h"

static const struct {
  const char *name, *happenings;
} KINDS[] = {
#define KIND(id, name, happenings) {name, happenings},
    TIMELINE_KINDS(KIND)
#undef KIND
};

const char *timeline_kind_name(timeline_kind k) { return KINDS[k].name; }

bool timeline_kind_find(slice name, timeline_kind *out) {
  for (int k = 0; k < TIMELINE_KIND_COUNT; k++)
    if (slice_eq(name, slice_of(KINDS[k].name))) {
      *out = (timeline_kind)k;
      return true;
    }
  return false;
}

#define BIT(kind) (UINT32_C(1) << (kind))
#define DAY_US "86400000000"
#define TEXT_AT "NULL, NULL, NULL"

/* Columns of every source: day, id, instant, what, entity, text, channel, state, reason, who, currency, amount, date,
 * observed. ?1 the customer's row, ?2 its id, ?3 and ?4 the key, ?5 how many, ?6 an invoice or NULL. Of happenings ?7
 * the kinds that are asked for, ?8 those that are left out where the rest is; of actions ?7 whether messages, ?8 notes,
 * ?9 others. */
#define HAPPENED(of)                                                                                                   \
  "SELECT h.date, h.seq, NULL, h.kind, h.entity, CASE WHEN h.kind IN ('reply', 'opt out', 'opt in') THEN h.value "     \
  "WHEN h.kind = 'erp event' THEN h.name END, NULL, NULL, NULL, h.batch, x.currency, h.amount, h.day, h.observed "     \
  "FROM " of " WHERE (h.date, h.seq) < (?3, ?4) AND (?6 IS NULL OR h.entity = ?6) AND (instr(?7, ';' || h.kind || "    \
  "';') > 0 OR instr(?8, ';' || h.kind || ';') = 0)"

typedef struct told_by {
  uint32_t kinds;
  const char *sql;
} told_by;

static const told_by SOURCES[] = {
    {BIT(TIMELINE_MESSAGE) | BIT(TIMELINE_NOTE) | BIT(TIMELINE_OTHER),
     "SELECT a.decided_on, a.id, coalesce(a.state_at, a.at), a.action, a.entity, m.subject, a.channel, a.state, "
     "a.reason, a.rung, CASE WHEN a.amount IS NULL THEN NULL ELSE a.currency END, a.amount, a.sent_on, m.action IS "
     "NULL FROM action a LEFT JOIN message m ON m.action = a.id "
     "WHERE a.customer = ?2 AND (a.decided_on, a.id) < (?3, ?4) AND a.lead IS NULL AND NOT EXISTS (SELECT 1 FROM card "
     "k WHERE k.action = a.id) AND (?6 IS NULL OR (a.kind = 1 AND "
     "a.entity = ?6) OR EXISTS (SELECT 1 FROM message_invoice v WHERE v.message = a.id AND v.invoice = ?6)) AND (CASE "
     "WHEN m.action IS NOT NULL THEN ?7 WHEN a.action LIKE 'note%' THEN ?8 ELSE ?9 END) ORDER BY a.decided_on DESC, "
     "a.id DESC LIMIT ?5"},
    {BIT(TIMELINE_REPLY) | BIT(TIMELINE_PROMISE) | BIT(TIMELINE_PAYMENT) | BIT(TIMELINE_DISPUTE) | BIT(TIMELINE_DUE) |
         BIT(TIMELINE_OTHER),
     "SELECT t.*, b.source FROM (" HAPPENED(
         "invoice x CROSS JOIN happening h ON x.customer_row = ?1 AND h.entity = "
         "x.number") " UNION ALL " HAPPENED("contract x CROSS JOIN happening h ON "
                                            "x.customer_row = ?1 AND "
                                            "h.entity = "
                                            "x.number") " UNION ALL " HAPPENED("(SELECT NULL AS currency) x CROSS JOIN "
                                                                               "happening h ON h.entity = ?2 AND "
                                                                               "h.kind IN ('erp event', "
                                                                               "'document signed', 'document refused', "
                                                                               "'document expired')") " ORDER BY 1 "
                                                                                                      "DESC, 2 "
                                                                                                      "DESC LIMIT "
                                                                                                      "?5) t LEFT "
                                                                                                      "JOIN batch "
                                                                                                      "b ON b.id = "
                                                                                                      "t.batch "
                                                                                                      "ORDER BY 1 "
                                                                                                      "DESC, 2 "
                                                                                                      "DESC"},
    {BIT(TIMELINE_CARD),
     "SELECT c.opened_on, c.id, NULL, c.title, c.entity, NULL, NULL, c.lane, NULL, c.assignee, NULL, NULL, "
     "c.closed_on, 0 FROM card c WHERE c.customer = ?2 AND (c.opened_on, c.id) < (?3, ?4) AND (?6 IS NULL OR (c.kind "
     "= 1 AND c.entity = ?6)) ORDER BY c.opened_on DESC, c.id DESC LIMIT ?5"},
    {BIT(TIMELINE_NOTE),
     "SELECT e.at / " DAY_US ", e.id, e.at, c.title, c.entity, e.words, NULL, NULL, NULL, e.actor, NULL, NULL, NULL, 0 "
     "FROM card c CROSS JOIN card_event e ON e.card = c.id WHERE c.customer = ?2 AND e.kind = 'comment' AND (e.at "
     "/ " DAY_US
     ", e.id) < (?3, ?4) AND (?6 IS NULL OR (c.kind = 1 AND c.entity = ?6)) ORDER BY 1 DESC, 2 DESC LIMIT ?5"},
    {BIT(TIMELINE_AGREEMENT),
     "SELECT g.proposed_at / " DAY_US ", g.id, g.proposed_at, 'agreement', g.invoice, g.note, NULL, g.state, g.reason, "
     "g.proposed_by, g.currency, g.open, (SELECT max(p.due) FROM agreement_part p WHERE p.agreement = g.id), 0 FROM "
     "agreement g WHERE g.customer = ?2 AND (g.proposed_at / " DAY_US ", g.id) < (?3, ?4) AND (?6 IS NULL OR g.invoice "
     "= ?6) ORDER BY 1 DESC, 2 DESC LIMIT ?5"},
};
enum { SOURCE_COUNT = sizeof SOURCES / sizeof *SOURCES };
enum { ACTIONS, HAPPENINGS, CARDS, COMMENTS, AGREEMENTS }; /* in this order */

typedef struct key {
  int64_t day, source, id;
} key;

typedef struct merging {
  store *s;
  const timeline_ask *ask;
  arena *perm;
  timeline_entry *v;
  key *at;
  size_t n;
} merging;

/* Newer first; then the order of the sources; then the later number. */
static bool stands_before(const key *a, const key *b) {
  if (a->day != b->day) return a->day > b->day;
  if (a->source != b->source) return a->source < b->source;
  return a->id > b->id;
}

static bool wants(const timeline_ask *a, timeline_kind k) { return !a->kinds || (a->kinds & BIT(k)); }

static timeline_kind kind_of(size_t from, db_stmt *q) {
  if (from == ACTIONS) {
    if (!db_int(q, 13)) return TIMELINE_MESSAGE;
    return slice_starts(db_text(q, 3), SLICE("note")) ? TIMELINE_NOTE : TIMELINE_OTHER;
  }
  if (from == CARDS) return TIMELINE_CARD;
  if (from == COMMENTS) return TIMELINE_NOTE;
  if (from == AGREEMENTS) return TIMELINE_AGREEMENT;
  char word[64];
  snprintf(word, sizeof word, ";%.*s;", SLICE_ARG(db_text(q, 3)));
  for (int k = 0; k < TIMELINE_KIND_COUNT; k++)
    if (strstr(KINDS[k].happenings, word)) return (timeline_kind)k;
  return TIMELINE_OTHER;
}

static timeline_entry read_entry(size_t from, db_stmt *q, timeline_kind kind, arena *perm) {
#define COPIED(i) arena_slice(perm, db_text(q, i))
  timeline_entry e = {.kind = kind, .day = (int32_t)db_int(q, 0), .id = db_int(q, 1), .at_us = db_int(q, 2)};
  e.what = COPIED(3);
  e.entity = COPIED(4);
  e.text = COPIED(5);
  e.channel = COPIED(6);
  e.state = COPIED(7);
  e.reason = COPIED(8);
  e.who = COPIED(from == HAPPENINGS ? 14 : 9);
  if (!db_is_null(q, 11)) e.currency = COPIED(10);
  e.amount = db_int(q, 11);
  e.date = db_is_null(q, 12) ? DATE_NONE_DAY : (int32_t)db_int(q, 12);
  e.observed = from == HAPPENINGS && db_int(q, 13);
  return e;
#undef COPIED
}

static void keep(merging *m, key k, size_t from, db_stmt *q, timeline_kind kind) {
  size_t at = m->n, room = m->ask->most + 1;
  while (at > 0 && stands_before(&k, &m->at[at - 1])) at--;
  if (at == room) return;
  if (m->n == room) m->n--;
  memmove(m->v + at + 1, m->v + at, (m->n - at) * sizeof *m->v);
  memmove(m->at + at + 1, m->at + at, (m->n - at) * sizeof *m->at);
  m->v[at] = read_entry(from, q, kind, m->perm);
  m->at[at] = k;
  m->n++;
}

/* The kinds of happenings of these kinds of entries. */
static slice happenings_of(uint32_t kinds, arena *perm) {
  slice all = {"", 0};
  for (int k = 0; k < TIMELINE_KIND_COUNT; k++)
    if (kinds & BIT(k)) all = arena_printf(perm, "%.*s%s", SLICE_ARG(all), KINDS[k].happenings);
  return all;
}

static void bind(const merging *m, db_stmt *q, const key *after, size_t from) {
  const timeline_ask *a = m->ask;
  int64_t id = after->source < (int64_t)from ? INT64_MAX : after->source > (int64_t)from ? 0 : after->id;
  db_bind_int(q, 1, a->customer_row);
  db_bind_text(q, 2, a->customer);
  db_bind_int(q, 3, after->day);
  db_bind_int(q, 4, id);
  db_bind_int(q, 5, (int64_t)a->most + 1);
  if (a->invoice.n)
    db_bind_text(q, 6, a->invoice);
  else
    db_bind_null(q, 6);
  if (from == HAPPENINGS) {
    db_bind_text(q, 7, happenings_of(a->kinds ? a->kinds : UINT32_MAX, m->perm));
    if (wants(a, TIMELINE_OTHER))
      db_bind_text(q, 8, happenings_of(UINT32_MAX, m->perm));
    else
      db_bind_null(q, 8);
  } else if (from == ACTIONS) {
    db_bind_int(q, 7, wants(a, TIMELINE_MESSAGE));
    db_bind_int(q, 8, wants(a, TIMELINE_NOTE));
    db_bind_int(q, 9, wants(a, TIMELINE_OTHER));
  }
}

static store_code take(merging *m, size_t from, const key *after) {
  db_stmt *q;
  store_code code = store_prepared(m->s, SOURCES[from].sql, &q);
  if (code != STORE_OK) return code;
  bind(m, q, after, from);
  while ((code = db_step(q)) == STORE_ROW) {
    timeline_kind kind = kind_of(from, q);
    key k = {db_int(q, 0), (int64_t)from, db_int(q, 1)};
    if (wants(m->ask, kind)) keep(m, k, from, q, kind);
  }
  code = store_ended(m->s, q, code);
  return code == STORE_END ? STORE_OK : code;
}

static bool key_read(slice text, arena *perm, key *out) {
  *out = (key){INT64_MAX, SOURCE_COUNT, 0};
  if (!text.n) return true;
  long long v[3] = {0};
  char *at = arena_copy(perm, text);
  for (int i = 0; i < 3; i++) {
    char *end;
    v[i] = strtoll(at, &end, 10);
    if (end == at || *end != (i < 2 ? ':' : 0)) return false;
    at = end + 1;
  }
  *out = (key){v[0], v[1], v[2]};
  return true;
}

store_code store_timeline(store *s, const timeline_ask *ask, arena *perm, timeline_list *out) {
  key after;
  *out = (timeline_list){0};
  if (!key_read(ask->after, perm, &after)) return store_misuse(s, "this is no key of a list", SLICE(""));
  merging m = {.s = s, .ask = ask, .perm = perm};
  m.v = ARENA_ARRAY(perm, ask->most + 2, timeline_entry);
  m.at = ARENA_ARRAY(perm, ask->most + 2, key);
  store_code code = STORE_OK;
  for (size_t i = 0; i < SOURCE_COUNT && code == STORE_OK; i++)
    if (!ask->kinds || (ask->kinds & SOURCES[i].kinds)) code = take(&m, i, &after);
  *out = (timeline_list){.v = m.v, .n = m.n};
  if (m.n <= ask->most) return code;
  out->n = ask->most;
  const key *last = &m.at[out->n - 1];
  out->next = arena_printf(perm, "%lld:%lld:%lld", (long long)last->day, (long long)last->source, (long long)last->id);
  return code;
}
