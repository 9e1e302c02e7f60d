/* The decider: (program, facts, history, today) -> decisions. It is pure: no clock, no store, no I/O; what it decides
 * is a list, and `engine_apply` alone changes the history. Plan, run, simulate, tests and backtest all go through
 * engine_decide.
 *
 * A day goes: screen (which rows fire which rung or rule) -> lines (guards, approval, recipient, window) -> join
 * (messages of one customer, limits) -> decisions. */
#ifndef DUN_ENGINE_ENGINE_H
#define DUN_ENGINE_ENGINE_H

#include "decision.h"
#include "facts.h"
#include "history.h"
#include "lang/compile.h"
#include "places.h"
#include "timeline.h"

/* One occurrence of something with lines: a rung of a ladder, a standing rule, an `every`, an event. */
typedef struct firing {
  section_kind section;
  uint32_t index; /* in the program's list of that section */
  entity of;
  uint32_t row;
  uint32_t track; /* of history; NO_TRACK for every and on */
  bool has_place;
  bool skipped;   /* lower rungs were not climbed */
  bool fresh;     /* decided for the first time: nothing of it was done or waited before */
  bool kept_back; /* by the guard (approvals.h): it stays fresh */
  int32_t place;
  int32_t day;                /* its own day: a rung's first day, an occurrence's date */
  rung_times times;           /* of its ladder, for a rung */
  int32_t entry, entry_count; /* entries of `times` at this place */
  uint64_t done;              /* actions done, by flat index over its lines */
  uint64_t lines_done;        /* lines finished */
  uint32_t line_count;
  slice reply;  /* text of the reply of an `on reply`; what an ERP's event says */
  int64_t seq;  /* as in pending */
  int32_t told; /* of an event that is news: the day on which it happened; else 0 */
} firing;
enum { NO_TRACK = UINT32_MAX, FIRING_ACTIONS_MAX = 64 };

/* An event of the day, for `on` rules. */
typedef struct occurrence {
  event_kind kind;
  entity of;
  uint32_t row;
  slice text;
  slice name;  /* EV_ERP: "sap order created" */
  int64_t seq; /* of its happening in the store; of a broken promise its day; 0: none */
  int32_t day; /* on which it happened, of one of the store; else 0 */
} occurrence;

/* An `every` rule's days that are to be done now: those of it between two, both included. A rule that bills is done for
 * each of them, any other for the latest alone. */
typedef struct every_due {
  uint32_t index;
  int32_t from, to;
  int32_t since; /* the rule's first day: of contracts that no run has seen, periods from then on are billed */
} every_due;

/* Rows of tracks. */
typedef struct track_row {
  uint32_t track, row;
} track_row;
typedef struct row_list {
  track_row *v;
  uint32_t n, cap;
} row_list;

/* UNBILLED(id, words): why a period of a contract is not billed. */
#define UNBILLED_REASONS(UNBILLED)                                                                                     \
  UNBILLED(CONDITION, "the rule's condition does not hold")                                                            \
  UNBILLED(UNDECIDED, "the rule's condition cannot be decided: something is missing")                                  \
  UNBILLED(BILLING_HELD, "its billing is held")                                                                        \
  UNBILLED(POLICY_HOLDS, "the policy holds it")
typedef enum unbilled_why {
#define UNBILLED(id, words) UNBILLED_##id,
  UNBILLED_REASONS(UNBILLED)
#undef UNBILLED
      UNBILLED_COUNT
} unbilled_why;
extern const char *const UNBILLED_WORDS[UNBILLED_COUNT];

/* A billing period that was skipped: it is never billed later by itself. */
typedef struct unbilled_period {
  uint32_t rule, contract;
  int32_t day; /* the period's first */
  unbilled_why why;
} unbilled_period;
typedef struct unbilled_list {
  unbilled_period *v;
  uint32_t n, cap;
} unbilled_list;

/* What people have to be asked for as a whole (approvals.h). */
typedef struct plan_guard {
  bool held;          /* until the plan is approved */
  bool part;          /* only what no run has looked at is held, and that is what is counted here */
  bool returned;      /* among that is what the last run should have sent already */
  uint32_t held_n;    /* messages that it holds: they stand behind plan.messages */
  uint32_t all, late; /* messages to customers that the guard saw */
  uint32_t asked;     /* messages of the day that are more than may go without asking; 0: they are not */
} plan_guard;

/* What a decided day is: `decisions` go out, `waiting` do not (why stands in each); both sorted as they are printed. */
typedef struct day_plan {
  civil_date today;
  const struct candidate *candidates; /* lines.h: every action looked at, settled */
  uint32_t candidate_count;
  const struct joined *messages; /* those that share a message or are counted by a limit */
  uint32_t message_count;
  decision *decisions;
  uint32_t decision_count;
  decision *waiting;
  uint32_t waiting_count;
  firing *firings; /* what was looked at, with `done` and `lines_done` after this day */
  uint32_t firing_count;
  row_list stops; /* invoices that leave their tracks today; `track`: the ladder whose own stop it is, or NO_LADDER */
  row_list arms;  /* standing rules armed again: `row`s of `track`s */
  row_list drops; /* what waited for a rung or rule and is no more */
  plan_guard guarded;
  unbilled_list unbilled;
} day_plan;

/* A payment of the events, until it is reversed: what "payment reversed" without an amount takes back. */
typedef struct payment_made {
  uint32_t row;
  int64_t amount;         /* 0: reversed */
  int64_t fine, interest; /* what of it went to these, not to the balance: `payments settle` */
  bool beside;            /* the invoice was not open: it paid nothing, and its reversal owes nothing */
  bool seen;              /* noticed in a changed row, told by nobody: it counts for interest alone */
  int32_t day;
  uint32_t before; /* the invoice's payment before it, index + 1; 0: none */
} payment_made;

/* All of it waits for a person: nothing of the day is stored, so that it is as if it had never been decided. */
static inline bool plan_held_whole(const day_plan *p) { return p->guarded.held && !p->guarded.part; }

struct line_ref;

/* The channels in each text of a set's dictionary, as bits. */
typedef struct channel_sets {
  uint8_t *bits;
  uint32_t count, cap;
} channel_sets;

/* The opening of a channel found last, where it is the same for every customer. */
typedef struct opening_known {
  const scope *own;
  int32_t day, first, minute; /* day DATE_NONE_DAY: none yet */
} opening_known;

/* Days between due date and payment of a customer's paid invoices. */
typedef struct delay_sum {
  int64_t days;
  uint32_t invoices;
  bool told; /* the ledger brings the mean itself */
} delay_sum;

typedef struct price_log price_log;
typedef struct anchor_dates anchor_dates;

typedef struct engine {
  arena *perm;
  const compiled *c;
  const program *p;
  facts *f;
  history *h;
  timelines *tl;
  calendar *cal;
  vm *m;
  int32_t today;
  int32_t minute; /* of today, until which `every ... at` rules are due: the whole day unless a run says its own */
  const struct tz *zone; /* the policy's, and by code of customer.timezone; NULL: windows are read in one zone */
  const struct tz *const *zones; /* a zone that nobody knows is NULL: the policy's */
  struct engine_leave *leave;    /* approvals.h: what people said; NULL: nobody was asked */
  bool *churned;                 /* per contract: an event said so; NULL: of none */
  bool reads_promised, reads_fees, reads_totals;
  bool fees_may_lack;        /* a rate or a currency may be missing that fine and interest need */
  uint32_t *payment_of;      /* per invoice: its last payment, index + 1; NULL until something is paid */
  const exchange_day *rates; /* of the day; NULL: the policy has none */
  exchange_day *day_rates;   /* the same, to be renewed */
  int32_t rates_day;
  fee_terms fee;    /* of the policy, with the rates of its series */
  currency fee_cur; /* of its sums */
  bool fee_bound;
  struct charged *charged; /* charges.c: per invoice; NULL: nothing yet */
  place_table places;
  channel_sets opted_out, opted_in;
  opening_known openings[CH_COUNT];
  uint32_t firings_before;           /* of the last day decided: the next begins with room for as many */
  struct undecided_field *undecided; /* undecided.h: one per use, and more */
  uint32_t undecided_count;
  delay_sum *delays;     /* per customer, where average_delay is read; NULL until an invoice is paid */
  anchor_dates *anchors; /* anchors.c; NULL: no ladder of contracts counts from a date of theirs */
  bool anchors_stale;    /* some of those dates may have changed */
  uint32_t *renewed;     /* rows in a new cycle whose positions are not placed yet */
  uint32_t renewed_count, renewed_cap;
  payment_made *payments; /* in the order in which they came */
  uint32_t payment_count, payment_cap;
  const struct live *live; /* live.h: what earlier runs left; NULL in a simulation */
  /* NULL, or told of each branch looked at and what its guard said (yes where it has none): coverage of tests. */
  void (*watch)(void *self, const struct line_ref *l, uint32_t branch, tri guard);
  void *watch_self;
  /* Contracts' prices (prices.c). */
  const struct series_book *series; /* published indices and rates */
  price_log *prices;                /* NULL: the program adjusts none */
  int32_t
      *every_since; /* [every_count]: the rule's first activation; DATE_NONE_DAY: unknown, as far back as one likes */
  struct figure_missing *figures; /* that an adjustment asked for in vain, each once */
  uint32_t figure_count, figure_cap;
  bool computes; /* the program bills or adjusts: decisions have sums */
  bool supposes; /* a simulation: what is not published yet is taken to be there on its day, and changes no price */
  struct known_text *texts; /* open addressing by address */
  uint32_t text_cap, text_count;
} engine;

typedef enum engine_status {
  ENGINE_OK,
  ENGINE_TWO_CURRENCIES /* no currency line, and the data have two */
} engine_status;

/* `h` may be empty (history_new). The facts stay the caller's and may be changed between days. */
engine_status engine_new(arena *perm, const compiled *c, facts *f, history *h, engine **out)
    __attribute__((warn_unused_result));

/* Where customers have clocks of their own (LANGUAGE.md 6, `send between`). Files are not the engine's: `load` gives a
 * zone by its name, NULL where there is none. */
typedef const struct tz *(*zone_source)(void *self, slice name);
void engine_zones(engine *e, zone_source load, void *self);

/* Rows to look at, by entity. Without `rows`: n of them from `first` on, all where n is 0. */
typedef struct row_set {
  const uint32_t *rows;
  uint32_t n, first;
} row_set;

typedef struct day_input {
  civil_date today;
  row_set look[ENT_COUNT];
  const occurrence *events;
  uint32_t event_count;
  bool everys_after_start; /* `every` rules run today (false while only facts are caught up) */
  const every_due *dues;   /* a live run: which of them, and for which days; NULL: all, for today */
  uint32_t due_count;
} day_input;

/* What is decided lives in `perm`. The engine's history is read, not changed. */
void engine_decide(engine *e, const day_input *in, arena *perm, day_plan *out);
/* The same in its two steps, for who needs no list: everything but `decisions` and `waiting`, then those. */
void engine_settle(engine *e, const day_input *in, arena *perm, day_plan *out);
void engine_tell(engine *e, arena *perm, day_plan *plan);

/* A settled day one decision at a time, in the order in which it is printed: of a large ledger the list alone is kept.
 */
typedef struct plan_item {
  uint32_t lead;    /* candidate */
  uint32_t message; /* index of plan.messages, ITEM_ALONE */
} plan_item;
enum { ITEM_ALONE = UINT32_MAX };
typedef struct plan_list {
  plan_item *going, *waiting;
  uint32_t going_count, waiting_count;
} plan_list;
void engine_list(engine *e, const day_plan *plan, arena *perm, plan_list *out);
decision engine_decision(engine *e, const day_plan *plan, plan_item t, arena *perm);
/* Takes the plan's outcome into the history: positions, arming, messages, what still waits. */
void engine_apply(engine *e, const day_plan *plan);

/* Of it only what is begun or waits, and what is so no more. */
void engine_keep(engine *e, const day_plan *plan);

/* The first day after `today` on which anything can happen to this row by time alone; INT32_MAX: never. */
int32_t engine_wake(engine *e, entity of, uint32_t row, int32_t today);

/* `promised` and the fee fields of an invoice, as they are today. */
void engine_refresh_row(engine *e, uint32_t row);

/* A changed due date: a new cycle (LANGUAGE.md 5). Called after the facts have the new date; engine_cycles, called once
 * all that happened on that day is among the facts, places what was climbed against it: which ladder the invoice is on
 * may hang on any of them. */
void engine_due_changed(engine *e, uint32_t row);
void engine_cycles(engine *e, int32_t today);

/* The same for contracts, whose cycle goes with the date that their ladder counts from: a date that is not the one seen
 * last begins a new one. */
void engine_anchors(engine *e, int32_t today);

/* Recomputes totals of a customer (SRC_TOTAL fields) where the program reads them. */
void engine_totals(engine *e, uint32_t customer, int32_t today);
bool engine_reads_totals(const engine *e);

/* An invoice's payments, the last one first; NULL: there is none (before). */
const payment_made *payments_last(const engine *e, uint32_t invoice);
const payment_made *payments_before(const engine *e, const payment_made *p);

/* The exchange rates of the day become those of `e->rates`. */
void engine_rates(engine *e, int32_t today);

/* ---- between the files of the engine ---- */

void anchors_init(engine *e);
/* What an entity climbed on its ladders, placed against the dates that they count from now. */
void engine_place_again(engine *e, entity of, uint32_t row, int32_t today);

void bind_again(engine *e); /* after facts.moved */
tri engine_cond(engine *e, uint32_t id, uint32_t row);
void engine_conds(engine *e, uint32_t id, const uint32_t *rows, uint32_t first, uint32_t n, uint8_t *out);
/* Counts a row whose condition is undecided, under the fields that are missing. */
void engine_note_undecided(engine *e, uint32_t id, uint32_t row);
int32_t engine_anchor(const engine *e, const ladder *l, uint32_t row); /* DATE_NONE_DAY: none */
uint32_t engine_customer(const engine *e, entity of, uint32_t row);
/* The ladder that an entity climbs today: NO_LADDER without one. */
uint32_t engine_ladder(engine *e, entity of, uint32_t row, bool note);
enum { NO_LADDER = UINT32_MAX };

void unbilled_add(arena *perm, unbilled_list *l, const unbilled_period *p);

/* Growing list of firings. */
typedef struct firing_list {
  arena *perm;
  firing *v;
  uint32_t n, cap;
} firing_list;
firing *firing_add(firing_list *l);
void firing_reserve(firing_list *l, uint32_t cap);

void row_list_add(arena *perm, row_list *l, uint32_t track_id, uint32_t row);

/* Fills `out` and the plan's stops, arms and drops. */
void engine_screen(engine *e, const day_input *in, arena *perm, firing_list *out, day_plan *plan);
void engine_lines(engine *e, arena *perm, firing_list *firings, day_plan *out);

/* The lines of a firing, flat: calls back in order with the flat index of the line's first action. */
typedef struct line_ref {
  const line *l;
  uint32_t first_action; /* flat */
  const rung *r;         /* NULL outside of rungs */
} line_ref;
uint32_t firing_lines(const engine *e, const firing *f, line_ref *out, uint32_t max);
const scope *firing_scope(const engine *e, const firing *f); /* of its ladder; NULL without one */
/* The key of a section's actions in the store: "ladder", the `when`'s name, the header of an `every` (without its hour)
 * or `on`; of several with one header and kind of rows the second is "#2". */
slice section_key(const program *p, section_kind section, uint32_t index, arena *perm);

/* Texts without holes, kept by the address of their action or way. */
slice engine_known_text(const engine *e, const void *key);
void engine_keep_text(engine *e, const void *key, slice text);

#endif
