/* Settings of the whole policy: currency, time zone, calendar, holidays, due rule, approval volume, expiry. */
#include "lang/check/internal.h"

#include "lang/base/suggest.h"
#include "lang/base/text.h"
#include "lang/check/words.h"

static void currency_setting(checker *c, const ast *n) {
  if (currency_find(n->text) != CURRENCY_NONE) return; /* p->cur was set before anything else was read */
  slice codes[CURRENCY_COUNT];
  size_t count = 0;
  for (unsigned i = 1; i < CURRENCY_COUNT; i++) codes[count++] = slice_of(currency_code((currency)i));
  size_t near = did_you_mean(n->text, codes, count);
  slice meant = near < count ? codes[near] : NO_HINT;
  mend(c, REPORT(c, E0118, span_name(c, n), hint_mean(c, meant), n->text), span_name(c, n), meant);
}

/* UTC, or Area/City as the tz database writes it; whether it exists is seen where the database is. */
static void timezone_setting(checker *c, const ast *n) {
  const ast *t = ast_kid(n, AST_TEXT);
  if (!t) return;
  bool slash = memchr(t->text.p, '/', t->text.n) != NULL, blank = memchr(t->text.p, ' ', t->text.n) != NULL;
  bool utc = slice_eq(t->text, SLICE("UTC")) || slice_eq(t->text, SLICE("GMT"));
  if ((!slash && !utc) || blank) REPORT(c, E0122, t->at, NO_HINT, t->text);
  c->p->timezone = keep(c, t->text);
}

static void holiday_setting(checker *c, const ast *n) {
  const ast *day = ast_kid(n, AST_DATE), *name = ast_kid(n, AST_TEXT);
  if (!day) return;
  *VEC_PUSH(c->perm, &c->holidays, holiday) = (holiday){day->value.date, name ? keep(c, name->text) : NO_HINT};
}

static void due_setting(checker *c, const ast *n) {
  if (c->p->due != DUE_EXACT) REPORT(c, E0320, n->at, NO_HINT);
  c->p->due = n->kind == AST_MOVE_DUE ? DUE_MOVE : DUE_LATE_AFTER;
}

static void settle_setting(checker *c, const ast *n) {
  text t = text_new(c->scratch);
  c->p->settle_parts.count = 0;
  for (const ast *name = n->kid; name; name = name->next) {
    unsigned i = word_index(WORD_SETTLE, name->text, c->lang);
    if (i == word_count(WORD_SETTLE) ||
        !settle_order_add(&c->p->settle_parts, debt_part_find(word_canonical(WORD_SETTLE, i)))) {
      REPORT(c, E0124, name->at, NO_HINT, name->text);
      continue;
    }
    if (t.n) text_cstr(&t, " then ");
    text_add(&t, word_canonical(WORD_SETTLE, i));
  }
  c->p->settle = keep(c, text_slice(&t));
}

void policy_setting(checker *c, const ast *n) {
  int64_t count;
  switch ((int)n->kind) {
  case AST_CURRENCY: currency_setting(c, n); break;
  case AST_TIMEZONE: timezone_setting(c, n); break;
  case AST_CALENDAR: calendar_setting(c, n); break;
  case AST_HOLIDAY: holiday_setting(c, n); break;
  case AST_MOVE_DUE:
  case AST_LATE_ONLY: due_setting(c, n); break;
  case AST_ASK_VOLUME:
    if (whole_number(c, n->kid, 1, UINT32_MAX, &count)) c->p->ask_before_sending_more_than = (uint32_t)count;
    break;
  case AST_EXPIRE:
    if (!n->kid) break;
    c->p->has_expire = true;
    c->p->expire = (duration){n->kid->value.duration.count, n->kid->value.duration.unit};
    break;
  case AST_LATE_FEE: fee_setting(c, n); break;
  case AST_SETTLE: settle_setting(c, n); break;
  case AST_RATES:
    if (n->kid) c->p->rates_file = keep(c, n->kid->text);
    break;
  case AST_PRORATED:
    c->p->prorated = canonical_prorated(c, n);
    c->p->proration = prorated_build(c, n);
    break;
  default: break;
  }
}
