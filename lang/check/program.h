/* The typed program: what the checker makes of the AST, what the emitter, the decider and the analyser read.
 * Everything lives in the arena of the compile; it is immutable and holds no pointer to the AST. Texts point into the
 * sources or the arena. Lists are arrays with counts; indices into them are stable and serve as ids. */
#ifndef DUN_CHECK_PROGRAM_H
#define DUN_CHECK_PROGRAM_H

#include "lang/base/allocation.h"
#include "lang/base/calendar.h"
#include "lang/base/fee.h"
#include "lang/base/indexation.h"
#include "lang/base/proration.h"
#include "lang/check/expr.h"

/* ---- actions ---- */

typedef enum action_needs {
  NEEDS_NOTHING,
  NEEDS_CHANNEL,
  NEEDS_TEAM,
  NEEDS_ERP,
  NEEDS_WEBHOOK,
  NEEDS_DOCUMENTS,
  NEEDS_SIGNATURE
} action_needs;

typedef enum action_kind {
#define ACTION(id, words, customer, internal, needs, hurts, about_open) ACT_##id,
#include "actions.def"
#undef ACTION
  ACT_COUNT
} action_kind;

typedef struct action_info {
  const char *words;
  bool to_customer, internal, hurts;
  bool about_open; /* nothing to do once its invoice is settled or has another balance */
  action_needs needs;
} action_info;
extern const action_info ACTIONS[ACT_COUNT];

typedef enum channel { CH_EMAIL, CH_WHATSAPP, CH_SMS, CH_TEAMS, CH_SLACK, CH_COUNT } channel;
extern const char *const CHANNELS[CH_COUNT]; /* canonical English names */

enum { /* `with` of a send */
       WITH_PAYMENT_LINK = 1,
       WITH_BOLETO = 2,
       WITH_PIX = 4,
       WITH_FEES = 8,
       WITH_INVOICE_PDF = 16,
       WITH_STATEMENT = 32,
};

/* One way to send: the first of an action, or one after `or else`. */
typedef struct send_way {
  channel ch;
  slice template_name; /* empty: inline */
  text_pieces inline_text;
  slice to; /* as written: "", owner, rep, a field or a text */
  bool to_quoted;
  uint16_t to_use;  /* of a field; NO_USE */
  unsigned with;    /* WITH_... */
  slice with_words; /* the same as written, canonical: "pix, boleto" */
  span at;
} send_way;

typedef struct action {
  action_kind kind;
  span at;
  const send_way *ways; /* ACT_SEND: in order of preference */
  uint32_t way_count;
  /* alert TEAM, escalate [to] WHO, open card in BOARD, move card to COLUMN, mark NAME, tag "x", webhook NAME, document
   * NAME */
  slice name;
  bool name_quoted;  /* escalate "Ana" */
  uint16_t name_use; /* escalate to a field's value; NO_USE */
  bool to_written;   /* `escalate to owner`, not `escalate owner` */
  text_pieces body;  /* alert and escalate text, log text, card title */
  bool has_body;
  slice via;      /* alert ... via teams */
  slice priority; /* high, normal, low; "" unsaid */
  slice who;      /* open card ... for WHO */
  bool who_quoted;
  bool has_due_in;
  duration due_in;
  uint32_t value;        /* update due date in erp to VALUE: index into program.values or NO_VALUE */
  slice rest;            /* the canonical English text of clauses that have no member of their own */
  const uint16_t *items; /* call webhook ... with X, Y: indices into program.uses */
  uint32_t item_count;
  const price_adjustment *adjust;  /* adjust price by ...; else NULL */
  const price_proration *prorated; /* bill contract prorated by ...; NULL: the policy's */
  uint32_t ordinal;                /* position among all actions of its rung or section: part of the idempotency key */
} action;

/* `[if C] ACTIONS [otherwise ...]`; the chain of otherwise-branches is a list. A branch without guard is last. */
typedef struct branch {
  uint32_t guard; /* cond id or NO_COND */
  const action *actions;
  uint32_t action_count;
} branch;

typedef struct line {
  const branch *branches;
  uint32_t branch_count;
  span at;
} line;

typedef struct lines {
  const line *v;
  uint32_t count;
} lines;

/* ---- when ---- */

/* A place of a ladder: base after the anchor (negative: before), plus `times` steps of a repeat. */
typedef struct offset {
  duration base, step;
  int32_t times;
} offset;

typedef struct rung {
  offset off;
  slice written; /* "5bd", "-3d", "0d", "17d": the key of "a written offset once climbed" */
  lines body;
  span at;
  bool repeated; /* it comes from, or begins, a `then every` */
} rung;

/* Times of day are minutes from midnight; to is exclusive; days: bit 0 Monday ... bit 6 Sunday. */
typedef struct window {
  unsigned channels; /* bit per channel; 0: every channel */
  uint8_t days;
  bool business_days; /* business days of the calendar only */
  bool named_days;    /* days were written by name: a named weekday that is a holiday is closed */
  bool has_days, has_hours;
  uint16_t from_min, to_min;
  uint32_t cond; /* `for C`, or NO_COND */
  span at;
} window;

typedef enum limit_per { PER_CUSTOMER, PER_CHANNEL, PER_INVOICE } limit_per;
typedef struct limit {
  uint32_t count;
  uint32_t days; /* calendar days ending today */
  limit_per per;
  unsigned channels; /* 0: any */
  span at;
} limit;

typedef enum gap_mode { GAP_LATEST, GAP_ONE_BY_ONE, GAP_NOTHING } gap_mode;
typedef enum due_rule { DUE_EXACT, DUE_MOVE, DUE_LATE_AFTER } due_rule;

typedef struct uint32_list {
  const uint32_t *v;
  uint32_t count;
} uint32_list;

typedef struct window_list {
  const window *v;
  uint32_t count;
} window_list;

typedef struct limit_list {
  const limit *v;
  uint32_t count;
} limit_list;

/* What may be said for the whole policy (before its first ladder) or inside a ladder for it alone. */
typedef struct scope {
  uint32_list holds;            /* cond ids: hold while C */
  bool hold_promised;           /* hold while promised [plus grace] */
  duration promised_grace;      /* 0d unless said */
  uint32_list stops;            /* stop when C */
  uint32_list asks;             /* ask for approval when C */
  uint32_t ask_before_kinds;    /* bit per action_kind: ask for approval before ... */
  unsigned ask_before_channels; /* ask for approval before send whatsapp: bit per channel, only where ACT_SEND is not
                                   whole */
  window_list windows;
  limit_list limits;
  uint32_t silence_after_reply_days; /* 0: none */
  unsigned opt_in;                   /* bit per channel */
  bool has_together, together;       /* together by customer / one message per invoice */
  bool has_ignore;
  decimal ignore_below;
  currency ignore_currency; /* CURRENCY_NONE: each invoice's own */
  bool has_gap;
  gap_mode gap;
  duration gap_spacing; /* one by one every N; 1d unless said */
} scope;

typedef struct ladder {
  slice name;
  entity of;
  uint32_t where;  /* cond id or NO_COND */
  uint16_t anchor; /* a use of TY_DATE; NO_USE: due for invoices */
  bool none;       /* `no ladder for C` */
  scope own;
  const rung *rungs; /* in the order written, repeats spelled out */
  uint32_t rung_count;
  span at;
} ladder;

/* Header words of a section, canonical English, up to `for`: "every month on day 1", "on payment in full". */
typedef struct when_rule {
  slice name; /* empty: unnamed */
  entity of;
  uint32_t cond; /* the whole condition less its bound on overdue when it has one; NO_COND: nothing is left */
  uint32_t full; /* the whole condition */
  bool standing; /* without a bound on overdue */
  bool again;    /* again every ... */
  duration again_every;
  lines body;        /* of a standing rule */
  const rung *rungs; /* of a bounded one: the first is the bound */
  uint32_t rung_count;
  uint32_t seq; /* order in the file among whens, everys and ons */
  span at;
} when_rule;

typedef enum every_kind { EVERY_DAY, EVERY_WEEK, EVERY_MONTH, EVERY_YEAR } every_kind;
typedef struct every_rule {
  every_kind kind;
  entity of;
  uint8_t days;    /* EVERY_WEEK: bit per weekday */
  int32_t day;     /* EVERY_MONTH: 1..31, or 0 for the last day */
  int32_t month;   /* EVERY_YEAR on a date: 1..12 with `day` */
  uint16_t on_use; /* EVERY_YEAR on a field; else NO_USE */
  bool has_time;
  uint16_t at_min;
  uint32_t where; /* includes `unless` */
  lines body;
  slice header;
  uint32_t seq;
  span at;
} every_rule;

typedef enum event_kind {
#define EVENT(id, words) EV_##id,
#include "events.def"
#undef EVENT
  EV_COUNT
} event_kind;
extern const char *const EVENTS[EV_COUNT]; /* canonical English words after `on` */

typedef struct on_rule {
  event_kind kind;
  entity of;
  slice containing; /* on reply containing "..." */
  slice what;       /* EV_ERP: "sap order created" */
  uint32_t where;   /* for C */
  lines body;
  slice header;
  uint32_t seq;
  span at;
} on_rule;

/* team finance is "a@b" and teams webhook from env "X" */
typedef struct team {
  slice name, email, teams_env, slack_env;
  span at;
} team;

/* connect email smtp "smtps://..." from "..." with user "..." and password from env "X" */
typedef struct setting {
  slice key, value;
  bool from_env;
} setting;
typedef struct connection {
  slice kind;   /* erp, email, whatsapp, sms, teams, ... */
  slice vendor; /* omie, smtp, twilio, ... */
  slice url;
  const setting *settings; /* from, user, password, key, secret, ... */
  uint32_t setting_count;
  const slice *events; /* of an ERP: what rules ask of it, "sap order created" */
  uint32_t event_count;
  slice folder; /* of the file that the line stands in: what its settings name is looked for from there */
  span at;
} connection;

/* ---- tests beside the policy ---- */

/* A value of a test's invoice, customer or contract: a literal, a set, or missing. */
typedef struct test_given {
  uint16_t field; /* field_id, or FIELD_COUNT + index into program.custom */
  bool missing;
  const expr *value; /* X_MONEY X_NUMBER X_BOOL X_DATE X_TEXT; NULL where missing or a set */
  const slice *set;
  uint32_t set_count;
  span at;
} test_given;

/* One row of a test's ledger. */
typedef struct test_row {
  const test_given *fields; /* each once */
  uint32_t count;
  currency cur; /* of its amounts */
  span at;
} test_row;

typedef struct test_expect {
  civil_date day;
  const action *actions; /* joined by `then`; none: `expect nothing` */
  uint32_t count;
  span at;
} test_expect;

/* TEST_EVENT(id, keyword, whose it is, type of its value) */
#define TEST_EVENTS(TEST_EVENT)                                                                                        \
  TEST_EVENT(PAID, PAID, INVOICE, MONEY)                                                                               \
  TEST_EVENT(PAYMENT_REVERSED, PAYMENT_REVERSED, INVOICE, ERROR)                                                       \
  TEST_EVENT(DISPUTED, DISPUTED, INVOICE, ERROR)                                                                       \
  TEST_EVENT(DISPUTE_RESOLVED, DISPUTE_RESOLVED, INVOICE, ERROR)                                                       \
  TEST_EVENT(PROMISED, PROMISED, INVOICE, DATE)                                                                        \
  TEST_EVENT(REPLIED, REPLIED, INVOICE, TEXT)                                                                          \
  TEST_EVENT(CHURNED, CHURNED, CONTRACT, ERROR)                                                                        \
  TEST_EVENT(OPTED_OUT, OPTED_OUT, INVOICE, TEXT)                                                                      \
  TEST_EVENT(DUE_CHANGED, DUE_CHANGED, INVOICE, DATE)

typedef enum test_event_kind {
#define TEST_EVENT(id, word, of, ty) TEST_##id,
  TEST_EVENTS(TEST_EVENT)
#undef TEST_EVENT
      TEST_EVENT_COUNT
} test_event_kind;

typedef struct test_event {
  test_event_kind kind;
  civil_date day;
  const expr *value; /* X_MONEY: the sum paid; NULL: all of it, or unsaid */
  civil_date date;   /* promised, or the new due date */
  slice text;        /* of a reply; the channel opted out of */
  span at;
} test_event;

typedef struct policy_test {
  slice name;
  dun_lang lang; /* of its file */
  const test_row *invoices;
  uint32_t invoice_count;
  test_row customer; /* there always is one */
  bool has_contract;
  test_row contract;
  entity of; /* what the holes of expected texts are fields of: the invoice, else the contract, else the customer */
  const test_expect *expects;
  uint32_t expect_count;
  const test_event *events; /* in the order written */
  uint32_t event_count;
  civil_date first, last; /* of all its lines */
  bool has_until;
  span until_at;
  span at;
} policy_test;

/* ---- what the policy promises ---- */

/* What an action is known by; what is unsaid fits any. */
typedef struct action_pattern {
  uint32_t kinds;      /* bit per action_kind; never 0 */
  unsigned channels;   /* of ACT_SEND: bit per channel; 0: any */
  slice template_name; /* of ACT_SEND */
  slice name;          /* of a card its board or column; of the others as action.name; owner and rep are one */
  span at;
} action_pattern;

/* GUARANTEE(id): the sentences there are. A guarantee decides nothing: `dun prove` and `dun check` ask whether it
 * holds. */
#define GUARANTEES(GUARANTEE)                                                                                          \
  GUARANTEE(AT_MOST) /* at most 2 messages per customer per 7d */                                                      \
  GUARANTEE(REACHES) /* every open invoice [where C] reaches "Legal" by 60d [unless held [or C] | unless C] */         \
  GUARANTEE(QUIET)   /* nothing on sunday, no messages outside business days [for C] */                                \
  GUARANTEE(NEVER)   /* never send whatsapp [for C] */
typedef enum guarantee_kind {
#define GUARANTEE(id) GUARANTEE_##id,
  GUARANTEES(GUARANTEE)
#undef GUARANTEE
      GUARANTEE_COUNT
} guarantee_kind;

typedef struct guarantee {
  guarantee_kind kind;
  span at;
  slice written;                  /* as it stands in the file */
  dun_lang lang;                  /* of that file */
  limit_list limits;              /* AT_MOST */
  const action_pattern *patterns; /* REACHES: any of them; NEVER: none of them */
  uint32_t pattern_count;
  duration by;                  /* REACHES: after the due date */
  uint32_t where;               /* REACHES: cond id or NO_COND */
  uint32_t except;              /* REACHES: `unless C` */
  bool unless_held;             /* REACHES: what a hold of the policy kept back is excused */
  bool messages_only;           /* QUIET: of what is done, messages to customers alone */
  bool outside;                 /* QUIET: on all days but these */
  uint8_t weekdays;             /* QUIET: bit 0 Monday */
  bool business_days, holidays; /* QUIET: those of the calendar besides */
  uint32_list conds;            /* QUIET, NEVER: `for C`, for each kind of rows that it fits; none: for all */
} guarantee;

/* Where the policy names a published series: whether there is one is asked by `dun check`. */
typedef struct named_series {
  slice name;
  span at;
} named_series;

enum { FEE_SUM_DECIMALS = 4 }; /* of sums whose currency only the data know: no currency has more */

typedef struct program {
  slice name; /* of the policy, may be empty */
  dun_lang lang;
  currency cur;   /* CURRENCY_NONE: the data's one currency */
  slice timezone; /* empty: UTC */
  slice calendar; /* their names, as written; empty: every weekday Monday to Friday is a business day */
  const struct embedded *const *calendars; /* a business day is one in all of them */
  uint32_t calendar_count;
  const struct embedded *calendar_table; /* what their `include` lines name */
  const named_series *series_named;
  uint32_t series_named_count;
  const struct embedded *series_table; /* the project's published series; NULL: none */
  const holiday *holidays;             /* the struct of lang/base/calendar.h */
  uint32_t holiday_count;
  due_rule due;
  bool has_fee;
  fee_terms fee;
  span fee_at;      /* its sentence */
  currency fee_cur; /* of its sums; CURRENCY_NONE: the data's, and they are counted with FEE_SUM_DECIMALS */
  slice fee_series; /* `plus interest "ECB" plus 8% per year`: the series whose rates stand in fee.rates once bound;
                       fee.spread is the 8% */
  slice settle;     /* `payments settle interest then fine then principal`: the words in English; empty: unsaid */
  slice rates_file; /* `rates from "FILE"` */
  const struct exchange *exchange; /* what stands in it, once bound; NULL: no rates */
  const slice *fee_templates;      /* templates that show fine, interest or total, once they are loaded */
  uint32_t fee_template_count;
  slice prorated; /* `prorated by actual days inclusive`, canonical English; a `bill contract` that says so itself has
                     it in `rest` */
  settle_order settle_parts;             /* of `settle`; count 0: unsaid */
  const price_proration *proration;      /* of `prorated`; NULL: unsaid */
  uint32_t ask_before_sending_more_than; /* 0: unsaid */
  bool has_expire;
  duration expire;

  scope policy;
  const ladder *ladders;
  uint32_t ladder_count;
  const when_rule *whens;
  uint32_t when_count;
  const every_rule *everys;
  uint32_t every_count;
  const on_rule *ons;
  uint32_t on_count;

  const cond *conds;
  uint32_t cond_count;
  const expr *const *values;
  uint32_t value_count;
  const field_use *uses;
  uint32_t use_count;
  const custom_field *custom;
  uint32_t custom_count;

  const team *teams;
  uint32_t team_count;
  const connection *connections;
  uint32_t connection_count;
  const policy_test *tests;
  uint32_t test_count;
  const guarantee *guarantees;
  uint32_t guarantee_count;

  const source *sources;
  uint32_t source_count;
} program;

/* Whether what goes this way is a message to the customer, so that limits, windows, opt-in and opt-out concern it: not
 * to the account owner, a team or an address of our own. */
bool program_way_to_customer(const program *p, const send_way *w);

/* The policy's business days: its calendars and its `holiday` lines, in `perm`. */
calendar *program_calendar(const program *p, arena *perm);

/* Whether the action, sent by this way where it is a message, is what the pattern says. */
bool pattern_fits(const action_pattern *p, const action *a, const send_way *way);

/* The same condition of one program, written the same way. */
bool expr_same(const expr *a, const expr *b);

/* Whether `X is missing` (or `is not missing`) is asked of this use somewhere in the condition. */
bool cond_asks_missing(const expr *e, uint16_t use);

/* Whether a row may lack this field: a custom one always may, the late fee and what hangs on it where they need rates.
 */
bool program_can_miss(const program *p, uint32_t field);

#endif
