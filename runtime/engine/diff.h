/* What another revision of a policy would do otherwise: both programs decide the same days over the same facts and
 * history, by the simulation that every command uses, and what they decide is compared action by action, invoice by
 * invoice. Nothing is decided here.
 *
 * Invariants: an act of either side is in one item exactly, or is one that both do (same day, words and recipient). The
 * result does not hang on the order in which the ledger's rows stand. */
#ifndef DUN_ENGINE_DIFF_H
#define DUN_ENGINE_DIFF_H

#include "runtime/store/store.h"
#include "simulate.h"

enum { DIFF_DAYS_MAX = 366 };

/* One action about one invoice, contract or customer. Of a message that is about several each has one, with the words
 * of the message and the step that made it speak of this one. */
typedef struct diff_act {
  entity of;
  uint32_t row; /* in the facts of either side: they are the same ledger's */
  uint32_t customer;
  int32_t day;
  action_kind kind;
  channel ch;          /* of a message, else CH_COUNT */
  slice template_name; /* of a message; empty: written in the policy */
  slice text, to;      /* as a plan prints them */
  slice ladder, rung;
  bool no_contact; /* nobody can be reached: nothing goes out */
  uint32_t order;  /* in which it was decided */
  bool known;      /* of diff_compare: its counterpart is found */
} diff_act;

typedef struct diff_acts {
  arena *perm;
  diff_act *v;
  uint32_t n, cap;
} diff_acts;

/* DIFF_KIND(id, word in csv and json) */
#define DIFF_KINDS(DIFF_KIND)                                                                                          \
  DIFF_KIND(GAINED, "gained")   /* the later policy alone does it */                                                   \
  DIFF_KIND(LOST, "lost")       /* the earlier one alone */                                                            \
  DIFF_KIND(MOVED, "moved")     /* the same words to the same recipient, on another day */                             \
  DIFF_KIND(CHANGED, "changed") /* on the same day the same kind of action: another channel, template, recipient */
typedef enum diff_kind {
#define DIFF_KIND(id, word) DIFF_##id,
  DIFF_KINDS(DIFF_KIND)
#undef DIFF_KIND
      DIFF_KIND_COUNT
} diff_kind;
extern const char *const DIFF_WORDS[DIFF_KIND_COUNT];

typedef struct diff_item {
  diff_kind kind;
  const diff_act *was, *now; /* NULL: gained, lost */
} diff_item;

/* Of the day that counts for it: the later policy's where it does it. */
static inline const diff_act *diff_shown(const diff_item *i) { return i->now ? i->now : i->was; }
/* Whether either side does it on the day. */
static inline bool diff_on(const diff_item *i, int32_t day) {
  return (i->was && i->was->day == day) || (i->now && i->now->day == day);
}

typedef struct effect_diff {
  const diff_act *was, *now; /* by entity and day */
  uint32_t was_n, now_n;
  const diff_item *v; /* by day, then entity */
  uint32_t n;
} effect_diff;

/* Who waits for it: how far it is, and whether to give up; either may be NULL. */
typedef struct diff_watch {
  void (*progress)(void *self, uint32_t done, uint32_t days);
  bool (*ends)(void *self);
  void *self;
} diff_watch;

/* Goes through the days `from` to `to` with the engine, whose facts and history change. `live`: simulate.h. `watch`
 * NULL: nobody waits. */
void diff_record(engine *e, const happening_list *events, civil_date from, civil_date to, bool live,
                 const diff_watch *watch, diff_acts *out);

/* Both over one ledger; the lists are sorted in place. The result lives in `perm` and points into them. */
void diff_compare(arena *perm, diff_acts *was, diff_acts *now, effect_diff *out);

/* An invoice that gets one template more than once, counted with what was sent before. */
typedef struct diff_twice {
  uint32_t row, customer;
  slice template_name;
  int32_t before; /* the last day on which it was sent, else that of the first in the days gone through */
  int32_t again;
} diff_twice;

/* A message of an invoice that the store has: a template that it got. */
typedef struct diff_sent {
  uint32_t row;
  int32_t day;
  slice template_name;
} diff_sent;
typedef struct diff_sent_list {
  diff_sent *v;
  uint32_t n, cap;
} diff_sent_list;
STORE_MUST store_code diff_sent_load(store *s, const facts *f, arena *perm, diff_sent_list *out);

/* The invoices that the later policy sends a template oftener than the earlier one does, and that have or get it more
 * than once: what the change makes them read twice. By invoice. */
uint32_t diff_find_twice(arena *perm, const effect_diff *d, const diff_sent_list *sent, const diff_twice **out);

#endif
