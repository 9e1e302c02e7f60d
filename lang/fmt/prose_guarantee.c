/* What a policy guarantees, in sentences. */
#include "lang/fmt/prose_internal.h"

/* "send a message by WhatsApp from the template “final”", "open card “Legal”" */
static slice pattern(const teller *t, const action_pattern *x) {
  slice_list kinds = {.a = t->perm};
  for (unsigned k = 0; k < ACT_COUNT; k++) {
    if (!(x->kinds >> k & 1)) continue;
    slice does = prose_does((action_kind)k, t->lang);
    if (k == ACT_SEND && x->channels) does = TELL(t, PATTERN_NAMED, does, tell_channels(t, x->channels));
    if (k == ACT_SEND && x->template_name.n) does = TELL(t, PATTERN_TEMPLATE, does, tell_quoted(t, x->template_name));
    slices_add(&kinds, does);
  }
  slice s = tell_list(t, &kinds, PR_LIST_OR);
  return x->name.n ? TELL(t, PATTERN_NAMED, s, tell_quoted(t, x->name)) : s;
}

static slice patterns(const teller *t, const guarantee *g) {
  slice_list list = {.a = t->perm};
  for (uint32_t i = 0; i < g->pattern_count; i++) slices_add(&list, pattern(t, &g->patterns[i]));
  return tell_list(t, &list, PR_LIST_OR);
}

static slice reaches(const teller *t, const guarantee *g) {
  slice what = patterns(t, g);
  slice s = g->by.n ? TELL(t, REACHES, what, tell_duration(t, g->by)) : TELL(t, REACHES_DUE, what);
  if (g->where != NO_COND) s = TELL(t, IF_SO, s, tell_cond(t, g->where));
  if (g->except == NO_COND) return g->unless_held ? TELL(t, UNLESS_HELD, s) : s;
  slice but = tell_cond(t, g->except);
  return g->unless_held ? TELL(t, UNLESS_HELD_OR, s, but) : TELL(t, UNLESS_C, s, but);
}

/* Each way in which `for C` is meant: of invoices, of contracts, ... is said alike where it reads alike. */
static void with_conditions(const teller *t, const guarantee *g, slice s, slice_list *out) {
  for (uint32_t i = 0; i < g->conds.count; i++) slices_add_new(out, TELL(t, IF_SO, s, tell_cond(t, g->conds.v[i])));
  if (!g->conds.count) slices_add(out, s);
}

static slice quiet(const teller *t, const guarantee *g) {
  slice_list days = {.a = t->perm};
  if (g->business_days) slices_add(&days, tell_window_days(t, 0, true));
  if (g->weekdays) slices_add(&days, tell_window_days(t, g->weekdays, false));
  if (g->holidays) slices_add(&days, TELL(t, ON_HOLIDAYS));
  slice on = tell_list(t, &days, PR_LIST_AND);
  if (g->messages_only) return g->outside ? TELL(t, NO_MESSAGES_BUT, on) : TELL(t, NO_MESSAGES_ON, on);
  return g->outside ? TELL(t, NOTHING_BUT, on) : TELL(t, NOTHING_ON, on);
}

void tell_guarantee(const teller *t, const guarantee *g, slice_list *out) {
  switch (g->kind) {
  case GUARANTEE_AT_MOST:
    for (uint32_t i = 0; i < g->limits.count; i++) slices_add(out, tell_limit(t, &g->limits.v[i]));
    break;
  case GUARANTEE_REACHES: slices_add(out, reaches(t, g)); break;
  case GUARANTEE_QUIET: with_conditions(t, g, quiet(t, g), out); break;
  case GUARANTEE_NEVER: with_conditions(t, g, TELL(t, NEVER_DOES, patterns(t, g)), out); break;
  case GUARANTEE_COUNT: break;
  }
}
