/* See action_text.h. Clause order is the canonical one of the formatter. */
#include "action_text.h"

#include "fees.h"
#include "lang/base/text.h"

slice fact_plain(engine *e, const field_use *use, uint32_t row, arena *perm) {
  uint32_t at = fact_row(e->f, use, row);
  if (at == VM_NO_ROW) return (slice){0};
  if (use->field == FIELD_INVOICE_CURRENCY) return slice_of(currency_code(e->f->cur[at]));
  if (use->field == FIELD_INVOICE_OVERDUE) return arena_printf(perm, "%dd", fees_overdue(e, at));
  char buffer[MONEY_TEXT_MAX > DATE_TEXT_MAX ? MONEY_TEXT_MAX : DATE_TEXT_MAX];
  if (use->field < FIELD_COUNT && FIELDS[use->field].source == SRC_FEE) {
    money m;
    if (fees_of(e, use->field, at, &m) != FEES_KNOWN) return (slice){0};
    return arena_slice(perm, (slice){buffer, money_plain(m, buffer)});
  }
  if (use->ty == TY_TEXT || use->ty == TY_SET) return fact_text(e->f, use->field, at);
  if (!fact_field(e->f, use->field)->loaded) return (slice){0};
  int64_t v = fact_int(e->f, use->field, at);
  if (v == FACT_MISSING) return (slice){0};
  switch (use->ty) {
  case TY_MONEY: {
    currency cur = fact_currency(e->f, use->field, at);
    if (cur >= CURRENCY_COUNT) cur = e->f->one_cur; /* a total over nothing */
    return arena_slice(perm, (slice){buffer, money_plain((money){v, cur}, buffer)});
  }
  case TY_DATE: return arena_slice(perm, (slice){buffer, date_iso((civil_date){(int32_t)v}, buffer)});
  case TY_BOOL: return v ? SLICE("yes") : SLICE("no");
  case TY_DURATION: return arena_printf(perm, "%dd", (int)v);
  case TY_NUMBER:
  case TY_PERCENT: {
    char number[DECIMAL_TEXT_MAX];
    decimal d = {v, fact_field(e->f, use->field)->c.millionths ? 6 : 0};
    return arena_slice(perm, (slice){number, decimal_text(decimal_trim(d), number)});
  }
  case TY_TIME:
  case TY_TEXT:
  case TY_SET:
  case TY_ERROR: break;
  }
  return (slice){0};
}

slice text_filled(engine *e, const text_pieces *t, uint32_t row, arena *perm) {
  text out = text_new(perm);
  for (uint32_t i = 0; i < t->count; i++) {
    const text_piece *p = &t->pieces[i];
    text_add(&out, p->use == NO_USE ? p->literal : fact_plain(e, &e->p->uses[p->use], row, perm));
  }
  return text_slice(&out);
}

static bool has_holes(const text_pieces *t) {
  for (uint32_t i = 0; i < t->count; i++)
    if (t->pieces[i].use != NO_USE) return true;
  return false;
}

static void quoted(text *out, slice s) {
  text_char(out, '"');
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] == '"' || s.p[i] == '\\') text_char(out, '\\');
    text_char(out, s.p[i]);
  }
  text_char(out, '"');
}

static void filled(engine *e, text *out, const text_pieces *t, uint32_t row) {
  quoted(out, text_filled(e, t, row, out->perm));
}

/* Owner, a team or a field stands bare, as it was written; an address stands in quotes. */
static void who(text *out, slice name, bool in_quotes) {
  bool word = name.n > 0 && !in_quotes;
  for (size_t i = 0; i < name.n; i++) {
    unsigned char c = (unsigned char)name.p[i];
    word &= c >= 0x80 || c == '_' || c == '.' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
  }
  if (word)
    text_add(out, name);
  else
    quoted(out, name);
}

static void send_text(engine *e, text *out, const send_way *w, uint32_t row) {
  text_printf(out, "send %s ", CHANNELS[w->ch]);
  if (w->template_name.n) {
    text_cstr(out, "template ");
    quoted(out, w->template_name);
  } else {
    filled(e, out, &w->inline_text, row);
  }
  if (w->to.n) {
    text_cstr(out, " to ");
    who(out, w->to, w->to_quoted);
  }
  if (w->with) text_printf(out, " with %.*s", SLICE_ARG(w->with_words));
}

static const char *const UNITS[] = {
    [UNIT_DAY] = "d", [UNIT_BUSINESS_DAY] = "bd", [UNIT_WEEK] = "w", [UNIT_MONTH] = "mo", [UNIT_YEAR] = "y"};

/* Names of boards, columns and tags are quoted texts; teams, people, marks and webhooks are words. */
static bool name_is_text(action_kind k) {
  return k == ACT_OPEN_CARD || k == ACT_MOVE_CARD || k == ACT_TAG || k == ACT_UNTAG || k == ACT_CREATE_DOCUMENT;
}

civil_date action_date(engine *e, const action *a, uint32_t row) {
  if (a->kind != ACT_UPDATE_DUE || a->value == NO_VALUE) return DATE_NONE;
  vm_value v = vm_value_of(e->m, a->value, row);
  return v.missing || v.ty != TY_DATE ? DATE_NONE : v.date;
}

static void other_text(engine *e, text *out, const action *a, uint32_t row) {
  text_cstr(out, ACTIONS[a->kind].words);
  if (a->kind == ACT_ESCALATE && a->to_written) text_cstr(out, " to");
  if (a->name.n) {
    text_char(out, ' ');
    if (name_is_text(a->kind))
      quoted(out, a->name);
    else
      who(out, a->name, a->name_quoted);
  }
  if (a->has_body) {
    text_cstr(out, a->kind == ACT_OPEN_CARD ? " titled " : " ");
    filled(e, out, &a->body, row);
  }
  if (a->via.n) text_printf(out, " via %.*s", SLICE_ARG(a->via));
  if (a->priority.n) text_printf(out, " priority %.*s", SLICE_ARG(a->priority));
  if (a->who.n) {
    text_cstr(out, " for ");
    who(out, a->who, a->who_quoted);
  }
  if (a->has_due_in) text_printf(out, " due in %d%s", a->due_in.n, UNITS[a->due_in.unit]);
  char day[DATE_TEXT_MAX];
  civil_date to = action_date(e, a, row);
  if (!date_is_none(to)) text_printf(out, " to %.*s", (int)date_iso(to, day), day);
  if (a->rest.n) text_printf(out, " %.*s", SLICE_ARG(a->rest));
}

static bool constant(const action *a, const send_way *w) {
  if (a->kind == ACT_SEND) return w->template_name.n || !has_holes(&w->inline_text);
  return !has_holes(&a->body) && a->value == NO_VALUE;
}

slice action_text(engine *e, const action *a, const send_way *way, entity of, uint32_t row, arena *perm) {
  (void)of;
  const void *key = a->kind == ACT_SEND ? (const void *)way : (const void *)a;
  bool same = constant(a, way);
  if (same) {
    slice known = engine_known_text(e, key);
    if (known.n) return known;
  }
  text out = text_new(same ? e->perm : perm);
  if (a->kind == ACT_SEND)
    send_text(e, &out, way, row);
  else
    other_text(e, &out, a, row);
  if (same) engine_keep_text(e, key, text_slice(&out));
  return text_slice(&out);
}
