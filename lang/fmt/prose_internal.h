/* Inside of the prose: its table, and its words. */
#ifndef DUN_FMT_PROSE_INTERNAL_H
#define DUN_FMT_PROSE_INTERNAL_H

#include "lang/base/text.h"
#include "lang/fmt/prose.h"

typedef enum prose_id {
#define PROSE(id, en, pt, es) PR_##id,
#define NOUN(field, en, pt, es)
#define STATE(field, en, en_not, pt, pt_not, es, es_not)
#define DOES(action, en, pt, es)
#include "lang/fmt/prose.def"
#undef PROSE
#undef NOUN
#undef STATE
#undef DOES
  PR_COUNT
} prose_id;

/* Who writes: what is said of which program, in which language. */
typedef struct teller {
  arena *perm;
  const program *p;
  dun_lang lang;
} teller;

typedef struct slice_list {
  arena *a;
  slice *v;
  uint32_t n, room;
} slice_list;

void slices_add(slice_list *l, slice s);
/* What is in it already stays there once. */
void slices_add_new(slice_list *l, slice s);

/* The row with its holes filled; prepositions join the article behind them. */
slice tell_fill(const teller *t, prose_id id, size_t argc, const slice *argv);
#define TELL(t, id, ...)                                                                                               \
  tell_fill((t), PR_##id, sizeof((slice[]){{NULL, 0} __VA_OPT__(, ) __VA_ARGS__}) / sizeof(slice) - 1,                 \
            (slice[]){{NULL, 0} __VA_OPT__(, ) __VA_ARGS__} + 1)

/* "a, b and c" by the row that joins the last two. */
slice tell_list(const teller *t, const slice_list *l, prose_id join);
/* The first letter large, a full stop behind: a sentence. */
slice tell_sentence(const teller *t, slice clause);
slice tell_large(const teller *t, slice clause);
slice tell_quoted(const teller *t, slice text);
slice tell_pieces(const teller *t, text_pieces text); /* in quotes, holes as {field} */
slice tell_number(const teller *t, decimal d);
slice tell_count(const teller *t, int64_t n);
slice tell_percent(const teller *t, decimal points);
slice tell_money(const teller *t, decimal amount, currency cur);
/* Minor units; `cur` CURRENCY_NONE: of FEE_SUM_DECIMALS. */
slice tell_sum(const teller *t, int64_t minor, currency cur);
slice tell_duration(const teller *t, duration d);
slice tell_date(const teller *t, civil_date d);
slice tell_hour(const teller *t, unsigned minute);
slice tell_field(const teller *t, uint16_t use);
slice tell_field_path(const teller *t, uint16_t use);
slice tell_entity(const teller *t, entity of);   /* "the invoice" */
slice tell_entities(const teller *t, entity of); /* "invoices" */
slice tell_own_field(const teller *t, const custom_field *f);
slice tell_noun(const teller *t, uint16_t field);
slice tell_by_channel(const teller *t, channel c);
slice tell_channels(const teller *t, unsigned channels); /* "by e-mail and by SMS" */
const char *tell_state(const teller *t, uint16_t field, bool yes);

/* prose_cond.c */
slice tell_expr(const teller *t, const expr *e);
slice tell_cond(const teller *t, uint32_t id);

/* prose_action.c */
slice tell_actions(const teller *t, const action *v, uint32_t n); /* "we send ..., then we ..." */
slice tell_lines(const teller *t, const lines *body);             /* sentences; the first begins small */
slice tell_prorated(const teller *t, const price_proration *p);

/* prose_scope.c, prose_fee.c */
void tell_scope(const teller *t, const scope *s, bool own, slice_list *holds, slice_list *messages);
void tell_fee(const teller *t, slice_list *out);
slice tell_days(const teller *t, unsigned mask, prose_id join);

slice tell_limit(const teller *t, const limit *l);
slice tell_window_days(const teller *t, unsigned weekdays, bool business_days);

/* prose_guarantee.c */
void tell_guarantee(const teller *t, const guarantee *g, slice_list *out);

/* prose_test.c */
slice tell_test(const teller *t, const policy_test *test);

#endif
