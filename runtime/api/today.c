/* GET /api/today...: what goes out today, what is held and why, by groups; and each group's rows. All of it is read
 * from indices: nothing is decided here. */
#include "today.h"
#include "lang/base/tz.h"
#include "outbox_rows.h"
#include "runtime/cli/session.h"
#include "runtime/outbox/approve.h"
#include "runtime/store/asked.h"
#include "runtime/store/waiting.h"

#include <stdlib.h>

/* ---- what is asked as a whole ---- */

static bool is_part(const asked_row *r, const char *part) { return slice_eq(r->part, slice_of(part)); }

/* What is open over the rows of a step, by currency; of all steps where `step` is NULL. */
static void put_sums(json_writer *w, const asked_row *v, size_t n, const asked_row *step) {
  json_begin_list(w, "open");
  for (currency cur = 0; cur < CURRENCY_COUNT; cur++) {
    money sum = {0, cur};
    bool any = false;
    for (size_t i = 0; i < n; i++) {
      const asked_row *r = v + i;
      if (!is_part(r, "money") || currency_find(r->currency) != cur) continue;
      if (step && (!slice_eq(r->step, step->step) || !slice_eq(r->channel, step->channel))) continue;
      sum.minor += r->amount;
      any = true;
    }
    if (any) api_put_money(w, NULL, sum);
  }
  json_end(w);
}

static void put_steps(api_call *c, const asked_row *v, size_t n) {
  json_writer *w = c->out;
  json_begin_list(w, "steps");
  for (size_t i = 0; i < n; i++) {
    if (!is_part(v + i, "step")) continue;
    json_begin_object(w, NULL);
    json_put_text(w, "step", v[i].step);
    json_put_text(w, "outlet", v[i].channel);
    json_put_int(w, "messages", v[i].messages);
    put_sums(w, v, n, v + i);
    json_end(w);
  }
  json_end(w);
  json_begin_list(w, "own");
  for (size_t i = 0; i < n; i++) {
    if (!is_part(v + i, "own")) continue;
    json_begin_object(w, NULL);
    json_put_text(w, "what", api_said(c, v[i].step));
    json_put_int(w, "count", v[i].messages);
    json_end(w);
  }
  json_end(w);
}

/* The largest, and samples: a row with messages begins one, those without add further currencies to it. */
static void put_examples(api_call *c, const char *part, const asked_row *v, size_t n) {
  json_writer *w = c->out;
  json_begin_list(w, part);
  for (size_t i = 0; i < n; i++) {
    const asked_row *r = v + i;
    if (!is_part(r, part) || r->messages == 0) continue;
    json_begin_object(w, NULL);
    json_put_text(w, "customer", r->customer);
    json_put_text(w, "name", rows_customer_name(c, r->customer));
    json_put_text(w, "invoice", r->entity);
    json_put_int(w, "invoices", r->messages);
    json_put_text(w, "step", r->step);
    json_put_text(w, "outlet", r->channel);
    json_begin_list(w, "open");
    for (size_t k = i; k < n && is_part(v + k, part) && (k == i || v[k].messages == 0); k++)
      api_put_money(w, NULL, (money){v[k].amount, currency_find(v[k].currency)});
    json_end(w);
    json_end(w);
  }
  json_end(w);
}

static bool put_plan(api_call *c) {
  json_writer *w = c->out;
  plan_asked p;
  asked_row *v;
  size_t n;
  if (!api_stored(c, store_plan_asked(c->s, c->perm, &p))) return false;
  if (p.id == 0) {
    json_put_null(w, "plan");
    return true;
  }
  if (!api_stored(c, store_plan_rows(c->s, p.id, c->perm, &v, &n))) return false;
  json_begin_object(w, "plan");
  json_put_text(w, "digest", p.digest);
  json_put_text(w, "policy", p.policy);
  json_put_text(w, "why", api_said(c, p.why));
  api_put_day(w, "day", p.on);
  json_put_int(w, "messages", p.messages);
  json_put_int(w, "late", p.late);
  json_put_text(w, "by", p.by);
  json_put_bool(w, "rejected", p.rejected);
  put_sums(w, v, n, NULL);
  put_steps(c, v, n);
  put_examples(c, "largest", v, n);
  put_examples(c, "sample", v, n);
  json_end(w);
  return true;
}

static bool put_allowance(api_call *c) {
  json_writer *w = c->out;
  day_asked d;
  bool any;
  if (!api_stored(c, store_day_asked(c->s, c->perm, &d, &any))) return false;
  if (!any || d.on < api_today(c).day) {
    json_put_null(w, "allowance");
    return true;
  }
  json_begin_object(w, "allowance");
  api_put_day(w, "day", d.on);
  json_put_int(w, "messages", d.asked);
  json_put_int(w, "most", d.most);
  json_put_text(w, "by", d.by);
  json_put_bool(w, "rejected", d.rejected);
  json_end(w);
  return true;
}

static bool put_ramp(api_call *c) {
  json_writer *w = c->out;
  store_ramp r;
  store_code code = store_ramp_open(c->s, c->perm, &r);
  if (code != STORE_END && !api_stored(c, code)) return false;
  if (code == STORE_END || r.waiting == 0) {
    json_put_null(w, "ramp");
    return true;
  }
  json_begin_object(w, "ramp");
  json_put_int(w, "total", r.total);
  json_put_int(w, "out", r.total - r.waiting);
  json_put_int(w, "waiting", r.waiting);
  json_put_int(w, "step", r.step);
  json_put_int(w, "steps", RAMP_STEPS);
  api_put_instant(w, "next", r.step_at_us ? r.step_at_us + (int64_t)RAMP_STEP_MINUTES * 60 * 1000000 : 0);
  json_end(w);
  return true;
}

bool today_put_pauses(api_call *c) {
  json_writer *w = c->out;
  store_pause v[PAUSES_SHOWN_MAX];
  size_t n;
  if (!api_stored(c, store_pauses_open(c->s, c->perm, v, PAUSES_SHOWN_MAX, &n))) return false;
  json_begin_list(w, "pauses");
  for (size_t i = 0; i < n; i++) {
    json_begin_object(w, NULL);
    json_put_text(w, "scope", slice_of(pause_scope_name(v[i].scope)));
    json_put_text(w, "name", v[i].name);
    if (v[i].scope == PAUSE_customer) json_put_text(w, "customer", rows_customer_name(c, v[i].name));
    json_put_text(w, "by", v[i].by);
    json_put_bool(w, "own", slice_eq(v[i].by, PAUSE_BY_DUN)); /* Dun set it itself */
    json_put_text(w, "reason", api_said(c, v[i].reason));
    api_put_instant(w, "since", v[i].at_us);
    json_end(w);
  }
  json_end(w);
  return true;
}

/* ---- groups ---- */

static bool put_groups(api_call *c) {
  json_writer *w = c->out;
  today_group *g;
  size_t n;
  bool more;
  if (!api_stored(c, store_today_groups(c->s, c->perm, &g, &n, &more))) return false;
  json_begin_list(w, "groups");
  for (size_t i = 0; i < n; i++) {
    json_begin_object(w, NULL);
    rows_put_key(w, &g[i].key);
    json_put_int(w, "count", g[i].count);
    json_put_int(w, "last", g[i].last);
    rows_put_sums(w, "open", &g[i].open);
    json_end(w);
  }
  json_end(w);
  json_put_bool(w, "more", more);
  return true;
}

static bool put_line_groups(api_call *c) {
  json_writer *w = c->out;
  line_group *g;
  size_t n;
  bool more;
  if (!api_stored(c, store_line_groups(c->s, c->perm, &g, &n, &more))) return false;
  json_begin_list(w, "lines");
  for (size_t i = 0; i < n; i++) {
    json_begin_object(w, NULL);
    json_put_text(w, "reason", g[i].reason);
    json_put_text(w, "words", api_said(c, g[i].reason));
    json_put_text(w, "step", g[i].step);
    json_put_int(w, "count", g[i].count);
    json_put_int(w, "last", g[i].last);
    rows_put_sums(w, "open", &g[i].amount);
    json_end(w);
  }
  json_end(w);
  json_put_bool(w, "lines_more", more);
  return true;
}

static bool put_counts(api_call *c) {
  json_writer *w = c->out;
  today_count *v;
  size_t n;
  int64_t moving;
  civil_date today = api_today(c);
  slice zone = c->policy->c.program->timezone;
  const tz *z = world_load_zone(c->w, zone.n ? zone : SLICE("UTC"), c->perm);
  int64_t midnight = z ? tz_utc(z, today, 0) : (int64_t)today.day * 86400;
  if (!api_stored(c, store_today_moving(c->s, &moving))) return false;
  json_put_int(w, "moving", moving);
  if (!api_stored(c, store_today_sent(c->s, today.day, c->perm, &v, &n))) return false;
  json_begin_list(w, "sent");
  for (size_t i = 0; i < n; i++) {
    json_begin_object(w, NULL);
    json_put_text(w, "outlet", v[i].outlet);
    json_put_text(w, "state", slice_of(action_state_name(v[i].state)));
    json_put_int(w, "count", v[i].count);
    json_end(w);
  }
  json_end(w);
  if (!api_stored(c, store_today_stopped(c->s, midnight * 1000000, c->perm, &v, &n))) return false;
  json_begin_list(w, "stopped");
  for (size_t i = 0; i < n; i++) {
    json_begin_object(w, NULL);
    json_put_text(w, "state", slice_of(action_state_name(v[i].state)));
    json_put_text(w, "reason", api_said(c, v[i].reason));
    json_put_int(w, "count", v[i].count);
    json_end(w);
  }
  json_end(w);
  return true;
}

static bool put_waits(api_call *c) {
  json_writer *w = c->out;
  waiting_group *g;
  size_t n;
  if (!api_stored(c, store_waiting_groups(c->s, c->perm, &g, &n))) return false;
  json_begin_list(w, "waits");
  for (size_t i = 0; i < n; i++) {
    json_begin_object(w, NULL);
    json_put_text(w, "why", g[i].why);
    json_put_text(w, "words", api_said(c, g[i].why));
    json_put_text(w, "step", g[i].step);
    json_put_text(w, "outlet", g[i].outlet);
    json_put_int(w, "count", g[i].count);
    api_put_instant(w, "seen", g[i].seen_us);
    rows_put_sums(w, "open", &g[i].open);
    json_end(w);
  }
  json_end(w);
  return true;
}

/* ---- the page ---- */

/* The loop looks at every whole minute; it wrote down when it looked last. */
static bool put_clock(api_call *c) {
  json_writer *w = c->out;
  slice value = {0};
  store_code code = store_state_get(c->s, SLICE("clock seen"), c->perm, &value);
  if (code != STORE_END && !api_stored(c, code)) return false;
  int64_t now = c->w->now_ns(c->w) / 1000, minute = 60000000;
  api_put_day(w, "day", api_today(c).day);
  api_put_instant(w, "now", now);
  api_put_instant(w, "looked", code == STORE_END ? 0 : strtoll(arena_copy(c->perm, value), NULL, 10));
  api_put_instant(w, "next", (now / minute + 1) * minute);
  json_put_text(w, "as_of", arena_printf(c->perm, "%lld", (long long)now));
  json_put_text(w, "policy", c->policy->c.program->name);
  json_put_bool(w, "real", outbox_is_real(c->policy->c.program));
  return true;
}

void today_get(api_call *c) {
  (void)(put_clock(c) && today_put_pauses(c) && put_plan(c) && put_allowance(c) && put_ramp(c) && put_line_groups(c) &&
         put_groups(c) && put_waits(c) && put_counts(c));
}

static void put_next(json_writer *w, bool more, int64_t key, arena *perm) {
  json_end(w);
  if (more)
    json_put_text(w, "next", arena_printf(perm, "%lld", (long long)key));
  else
    json_put_null(w, "next");
}

void today_messages(api_call *c) {
  today_key key;
  uint32_t most;
  int64_t after;
  size_t n;
  if (!rows_key(c, NULL, &key) || !rows_after(c, &most, &after)) return;
  message_row *v = ARENA_ARRAY(c->perm, most, message_row);
  outbox_filter f = {.key = &key};
  if (!api_stored(c, store_outbox_page(c->s, &f, after, c->perm, v, most, &n))) return;
  json_begin_list(c->out, "rows");
  for (size_t i = 0; i < n; i++)
    if (!rows_put_message(c, NULL, v + i)) return;
  put_next(c->out, n == most, n ? v[n - 1].id : 0, c->perm);
}

void today_put_line(api_call *c, const line_row *r) {
  json_writer *w = c->out;
  currency cur = currency_find(r->currency);
  json_begin_object(w, NULL);
  json_put_int(w, "id", r->id);
  api_put_day(w, "day", r->on);
  json_put_text(w, "customer", r->customer);
  json_put_text(w, "name", r->name.n ? r->name : r->customer);
  json_put_text(w, "invoice", r->entity);
  json_put_text(w, "step", r->step);
  json_put_text(w, "what", api_said(c, r->what));
  json_put_text(w, "reason", api_said(c, r->reason));
  json_put_text(w, "by", r->by);
  json_begin_list(w, "open");
  if (cur != CURRENCY_NONE) api_put_money(w, NULL, (money){r->amount, cur});
  json_end(w);
  json_end(w);
}

void today_lines(api_call *c) {
  uint32_t most;
  int64_t after;
  size_t n;
  if (!rows_after(c, &most, &after)) return;
  line_row *v = ARENA_ARRAY(c->perm, most, line_row);
  if (!api_stored(c, store_lines_page(c->s, api_param(c, "reason"), api_param(c, "step"), after, c->perm, v, most, &n)))
    return;
  json_begin_list(c->out, "rows");
  for (size_t i = 0; i < n; i++) today_put_line(c, v + i);
  put_next(c->out, n == most, n ? v[n - 1].id : 0, c->perm);
}

void today_waits(api_call *c) {
  json_writer *w = c->out;
  uint32_t most;
  int64_t after;
  size_t n;
  if (!rows_after(c, &most, &after)) return;
  waiting_row *v = ARENA_ARRAY(c->perm, most, waiting_row);
  if (!api_stored(c, store_waiting_page(c->s, api_param(c, "why"), api_param(c, "step"), api_param(c, "outlet"), after,
                                        c->perm, v, most, &n)))
    return;
  json_begin_list(w, "rows");
  for (size_t i = 0; i < n; i++) {
    currency cur = currency_find(v[i].w.currency);
    json_begin_object(w, NULL);
    json_put_int(w, "id", v[i].id);
    json_put_text(w, "customer", v[i].w.customer);
    json_put_text(w, "name", v[i].name.n ? v[i].name : v[i].w.customer);
    json_put_text(w, "invoice", v[i].w.entity);
    json_put_text(w, "step", v[i].w.step);
    json_put_text(w, "outlet", v[i].w.outlet);
    json_put_text(w, "what", api_said(c, v[i].w.what));
    json_put_text(w, "why", v[i].w.why);
    json_put_text(w, "words", api_said(c, v[i].w.why));
    json_put_int(w, "count", v[i].w.rows);
    api_put_day(w, "day", v[i].w.on);
    json_begin_list(w, "open");
    if (cur != CURRENCY_NONE) api_put_money(w, NULL, (money){v[i].w.open, cur});
    json_end(w);
    json_end(w);
  }
  put_next(w, n == most, n ? v[n - 1].id : 0, c->perm);
}
