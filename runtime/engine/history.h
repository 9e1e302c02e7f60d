/* What Dun itself remembers of each entity: positions on its tracks, arming of standing rules, what waits, messages
 * sent. Loaded from the store, advanced by engine_apply, written back as changes (history_store.c). In a simulation it
 * starts empty and lives in memory alone. */
#ifndef DUN_ENGINE_HISTORY_H
#define DUN_ENGINE_HISTORY_H

#include "lang/check/program.h"
#include "timeline.h"

/* A track: all ladders of an entity kind are one, each `when` is its own. */
typedef struct track {
  entity of;
  uint32_t n;
  int32_t *pos;        /* highest place climbed in this cycle, PLACE_NONE; NULL for standing rules */
  uint64_t *climbed;   /* [n * words]: written offsets climbed in this cycle */
  int32_t *last_climb; /* day of the last climb, DATE_NONE_DAY: only where gaps are climbed one by one */
  uint8_t *disarmed;   /* standing rules */
  int32_t *fired;      /* day of the last firing, DATE_NONE_DAY; standing rules */
} track;

/* What is begun and not done, or waits: by track (or rule) and row. */
typedef struct partial {
  uint32_t track, row;
  uint32_t ladder;  /* index; what is begun on one ladder counts as climbed on another; 0 outside of ladders */
  uint16_t written; /* of its first entry: where a new due date puts it */
  int32_t place;    /* of the rung; the day of the occurrence for rules */
  uint64_t done, lines_done;
} partial;

/* An `every` or `on` occurrence that still waits. */
typedef struct pending {
  uint8_t section; /* section_kind */
  uint32_t index, row;
  int32_t day;
  int64_t seq; /* of the happening that an `on` answers; of a broken promise its day; 0: none */
  uint64_t done, lines_done;
  slice reply;
} pending;

typedef struct sent_message {
  struct sent_message *next; /* the one before it in time */
  int32_t day;
  channel ch;
  uint32_t ladder; /* index, or UINT32_MAX */
  uint32_t invoice_count;
  const uint32_t *invoices;
} sent_message;

/* A rung climbed without firing: the policy's new revision brought it too late, or a contract's new cycle begins above
 * it. */
typedef struct quiet_climb {
  uint32_t track, row, written;
  int32_t place;
} quiet_climb;

typedef struct history {
  arena *perm;
  uint32_t words; /* of a climbed bitmap */
  track *tracks;
  uint32_t track_count;
  int32_t *cycle;          /* per invoice: how often its due date changed */
  int32_t *contract_cycle; /* per contract: how often the date changed that its ladder counts from */
  uint8_t *stopped;        /* per invoice: off every ladder until the due date changes */
  uint8_t **silenced;      /* [ladder]: per invoice, stopped by the ladder's own `stop when`; NULL: it has none */
  uint32_t ladder_count;
  sent_message **sent; /* per customer, latest first; NULL where nothing looks */
  int32_t *replied;    /* per customer: day of the last reply, DATE_NONE_DAY */
  partial *partials;   /* open addressing; track UINT32_MAX: free */
  uint32_t partial_cap, partial_count;
  pending *pendings;
  uint32_t pending_count, pending_cap;
  quiet_climb *quiet; /* since the last revision, not stored yet */
  uint32_t quiet_count, quiet_cap;
  uint32_t messages_today; /* messages to customers sent today before this decision */
} history;

/* counts: rows per entity. */
history *history_new(arena *perm, const program *p, const timelines *t, const uint32_t counts[ENT_COUNT]);

/* One that may go its own way; `counts` as in history_new. What lies in the past of both stays shared. */
history *history_copy(arena *perm, const history *h, const uint32_t counts[ENT_COUNT]);

/* Tracks: 0 ladders of invoices, 1 ladders of contracts, then one per `when`. */
enum { TRACK_INVOICES, TRACK_CONTRACTS, TRACK_WHENS };
static inline uint32_t track_of_when(uint32_t when) { return TRACK_WHENS + when; }

static inline bool history_climbed(const history *h, const track *t, uint32_t row, uint32_t written) {
  return t->climbed[(size_t)row * h->words + written / 64] >> (written % 64) & 1;
}
static inline bool history_stopped(const history *h, uint32_t on, uint32_t row) {
  return h->silenced[on] && h->silenced[on][row];
}
static inline bool partial_begun(const partial *p) { return (p->done | p->lines_done) != 0; }

static inline int32_t history_cycle(const history *h, entity of, uint32_t row) {
  return of == ENT_INVOICE ? h->cycle[row] : of == ENT_CONTRACT ? h->contract_cycle[row] : 0;
}
/* Climbed without firing: to be stored. */
void history_add_quiet(history *h, const quiet_climb *q);

void history_climb(history *h, track *t, uint32_t row, uint32_t written, int32_t place);

partial *history_partial(history *h, uint32_t track, uint32_t row); /* NULL: none */
void history_set_partial(history *h, const partial *p);
void history_drop_partial(history *h, uint32_t track, uint32_t row);
void history_add_pending(history *h, const pending *p);

#endif
