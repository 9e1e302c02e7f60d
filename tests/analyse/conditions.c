/* See conditions.h. Constants are few, so that conditions meet at them. */
#include "tests/analyse/conditions.h"

static const char *const ORDER[] = {"=", "!=", "<", "<=", ">", ">=", "<", ">="};
static const char *const TEXT_FIELDS[] = {"customer.segment", "kind", "customer.segment"};
static const char *const WORDS[] = {"a", "A", "b", "ab", "ABC", "cab", ""};
static const char *const MONEY[] = {"amount", "open", "contract.price", "amount"};
static const char *const STATES[] = {"disputed", "flag", "contract.auto_renew", "disputed"};
static const char *const MISSING[] = {
    "customer.segment",   "kind", "score", "flag", "issued", "grace", "customer.risk", "installment", "contract.price",
    "contract.auto_renew"};

#define ANY(r, list) list[rng_below(r, sizeof list / sizeof *list)]

static void amounts(rng *r, condition_kind k, text *t) {
  static const char *const cents[] = {"5", "5.5", "0", "10", "4.99", "12"};
  const char *cur = k.currencies ? (rng_one_in(r, 3) ? " EUR" : rng_one_in(r, 2) ? " BRL" : "") : "";
  const char *f = ANY(r, MONEY);
  if (rng_one_in(r, 5))
    text_printf(t, "%s between %s and %s", f, ANY(r, cents), ANY(r, cents));
  else if (k.plain || rng_one_in(r, 2))
    text_printf(t, "%s %s %s%s", f, ANY(r, ORDER), ANY(r, cents), cur);
  else if (rng_one_in(r, 3))
    text_printf(t, "%s %s %s", f, ANY(r, ORDER), ANY(r, MONEY));
  else if (rng_one_in(r, 3))
    text_printf(t, "%s * 2 %s %s + %s", f, ANY(r, ORDER), ANY(r, cents), ANY(r, cents));
  else if (rng_one_in(r, 6))
    text_printf(t, "%s %s open * installment", f, ANY(r, ORDER));
  else
    text_printf(t, "%s %s %s %s %s", f, ANY(r, ORDER), ANY(r, MONEY), rng_one_in(r, 2) ? "+" : "-", ANY(r, cents));
}

static void dates(rng *r, condition_kind k, text *t) {
  static const char *const days[] = {"2026-03-02", "2026-03-05", "2026-02-27", "2026-03-09"};
  static const char *const field[] = {"due", "issued", "due"};
  if (k.plain || rng_one_in(r, 4))
    text_printf(t, "%s %s %s", ANY(r, field), ANY(r, ORDER), ANY(r, days));
  else if (rng_one_in(r, 4))
    text_printf(t, "today %s %s", ANY(r, ORDER), ANY(r, days));
  else if (rng_one_in(r, 3))
    text_printf(t, "%s %s today %s %ud", ANY(r, field), ANY(r, ORDER), rng_one_in(r, 2) ? "+" : "-", rng_below(r, 6));
  else if (rng_one_in(r, 2))
    text_printf(t, "due - issued %s %ud", ANY(r, ORDER), rng_below(r, 6));
  else
    text_printf(t, "%s %s due", ANY(r, field), ANY(r, ORDER));
}

static void days(rng *r, condition_kind k, text *t) {
  static const char *const units[] = {"d", "d", "w", "bd", "mo"};
  uint32_t unit = rng_below(r, k.whole_days ? 3 : 5);
  if (rng_one_in(r, 4))
    text_printf(t, "grace %s %ud", ANY(r, ORDER), rng_below(r, 8));
  else if (!k.plain && rng_one_in(r, 12))
    text_printf(t, "overdue %s grace", ANY(r, ORDER));
  else
    text_printf(t, "overdue %s %u%s", ANY(r, ORDER), rng_below(r, unit < 2 ? 12 : 3), units[unit]);
}

static void texts(rng *r, text *t) {
  static const char *const parts[] = {"contains", "starts with"};
  const char *f = ANY(r, TEXT_FIELDS), *exact = rng_one_in(r, 4) ? "exactly " : "";
  switch (rng_below(r, 6)) {
  case 0: text_printf(t, "%s in (\"%s\", %s\"%s\")", f, ANY(r, WORDS), exact, ANY(r, WORDS)); break;
  case 1: text_printf(t, "%s not in (\"%s\", \"%s\")", f, ANY(r, WORDS), ANY(r, WORDS)); break;
  case 2: text_printf(t, "%s %s \"%s\"", f, ANY(r, parts), ANY(r, WORDS)); break;
  case 3: text_printf(t, "customer.tags has \"%s\"", rng_one_in(r, 2) ? "vip" : "late"); break;
  case 4: text_printf(t, "status %s %s", rng_one_in(r, 2) ? "is" : "is not", rng_one_in(r, 2) ? "open" : "paid"); break;
  default: text_printf(t, "%s %s %s\"%s\"", f, rng_one_in(r, 2) ? "=" : "!=", exact, ANY(r, WORDS)); break;
  }
}

static void leaf(rng *r, condition_kind k, text *t) {
  if (k.currencies && rng_one_in(r, 4)) {
    text_printf(t, "currency %s %s", rng_one_in(r, 2) ? "is" : "is not", rng_one_in(r, 2) ? "EUR" : "BRL");
    return;
  }
  switch (rng_below(r, 9)) {
  case 0:
  case 1: amounts(r, k, t); break;
  case 2: dates(r, k, t); break;
  case 3: days(r, k, t); break;
  case 4: texts(r, t); break;
  case 5: text_cstr(t, ANY(r, STATES)); break;
  case 6: text_printf(t, "%s %s missing", ANY(r, MISSING), rng_one_in(r, 2) ? "is" : "is not"); break;
  case 7:
    if (rng_one_in(r, 2))
      text_printf(t, "score %s %u.5", ANY(r, ORDER), rng_below(r, 4));
    else
      text_printf(t, "customer.risk %s %u%%", ANY(r, ORDER), rng_below(r, 4));
    break;
  default:
    text_printf(t, "%s %s %u", rng_one_in(r, 2) ? "installment" : "customer.overdue_count", ANY(r, ORDER),
                rng_below(r, 4));
    break;
  }
}

void condition_random(rng *r, condition_kind k, int depth, text *t) {
  if (depth <= 0 || rng_one_in(r, 6)) {
    if (rng_one_in(r, 5)) text_cstr(t, "not ");
    leaf(r, k, t);
    return;
  }
  text_char(t, '(');
  condition_random(r, k, depth - 1, t);
  text_cstr(t, rng_one_in(r, 2) ? " and " : " or ");
  condition_random(r, k, depth - 1, t);
  text_char(t, ')');
}
