/* The audit log as the page shows it: entries, whether they are whole, and who looked at personal data. */
#include "lang/base/tz.h"
#include "people.h"
#include "runtime/cli/session.h"
#include "runtime/store/audit_list.h"
#include "runtime/store/saw.h"

/* The instant at which a day begins where the policy is. */
static int64_t day_begins_us(const api_call *c, int32_t day) {
  const program *p = c->policy->c.program;
  const tz *z = world_load_zone(c->w, p->timezone.n ? p->timezone : SLICE("UTC"), c->perm);
  return tz_utc(z ? z : tz_utc_zone(c->perm), (civil_date){day}, 0) * 1000000;
}

/* `from` and `to`, both included; DATE_NONE_DAY: no bound. */
static bool days_wanted(api_call *c, civil_date *from, civil_date *to) {
  from->day = to->day = DATE_NONE_DAY;
  return api_param_day(c, "from", from) && api_param_day(c, "to", to);
}

static void put_entry(api_call *c, const audit_entry *e) {
  slice why;
  json_writer *w = c->out;
  const json *detail = json_parse(e->detail, c->perm, &why);
  json_begin_object(w, NULL);
  json_put_int(w, "seq", e->seq);
  api_put_instant(w, "at", e->at);
  json_put_text(w, "kind", e->kind);
  json_put_text(w, "actor", e->actor);
  json_put_text(w, "subject", e->subject);
  if (json_kind_of(detail) == JSON_OBJECT) {
    json_put_json(w, "detail", detail);
  } else {
    json_begin_object(w, "detail");
    json_end(w);
  }
  json_end(w);
}

static void put_next(api_call *c, slice next) {
  json_end(c->out);
  if (next.n)
    json_put_text(c->out, "next", next);
  else
    json_put_null(c->out, "next");
}

void audit_get(api_call *c) {
  uint32_t most;
  slice after;
  size_t n;
  bool more;
  int64_t before = 0;
  civil_date from, to;
  if (!api_rows_wanted(c, &most, &after) || !api_param_int(c, "after", 1, INT64_MAX, &before) ||
      !days_wanted(c, &from, &to))
    return;
  audit_filter f = {.kind = api_param(c, "kind"), .actor = api_param(c, "actor"), .subject = api_param(c, "subject")};
  if (from.day != DATE_NONE_DAY) f.from_us = day_begins_us(c, from.day);
  if (to.day != DATE_NONE_DAY) f.to_us = day_begins_us(c, to.day + 1);
  audit_entry *v = ARENA_ARRAY(c->perm, most, audit_entry);
  if (!api_stored(c, audit_list(c->s, &f, before, most, c->perm, v, &n, &more))) return;
  json_begin_list(c->out, "rows");
  for (size_t i = 0; i < n; i++) put_entry(c, v + i);
  put_next(c, more ? arena_printf(c->perm, "%lld", (long long)v[n - 1].seq) : (slice){0});
}

void audit_get_kinds(api_call *c) {
  slice kinds[AUDIT_KINDS_MAX];
  size_t n;
  if (!api_stored(c, audit_kinds(c->s, c->perm, kinds, &n))) return;
  json_begin_list(c->out, "kinds");
  for (size_t i = 0; i < n; i++) json_put_text(c->out, NULL, kinds[i]);
  json_end(c->out);
}

void audit_get_whole(api_call *c) {
  int64_t entries, broken_at, days;
  int32_t broken_day;
  slice head;
  json_writer *w = c->out;
  if (!api_stored(c, audit_whole(c->s, c->perm, &entries, &broken_at, &head)) ||
      !api_stored(c, saw_verify(c->s, &days, &broken_day)))
    return;
  json_put_bool(w, "whole", !broken_at && broken_day == DATE_NONE_DAY);
  json_put_int(w, "entries", entries);
  if (broken_at)
    json_put_int(w, "broken_at", broken_at);
  else
    json_put_null(w, "broken_at");
  if (head.n)
    json_put_text(w, "head", head);
  else
    json_put_null(w, "head");
  json_put_int(w, "sealed_days", days);
  api_put_day(w, "broken_day", broken_day);
}

void audit_get_reads(api_call *c) {
  uint32_t most;
  slice after, next;
  size_t n;
  civil_date from, to;
  if (!api_rows_wanted(c, &most, &after) || !days_wanted(c, &from, &to)) return;
  saw_filter f = {.what = api_param(c, "what"),
                  .subject = api_param(c, "subject"),
                  .login = api_param(c, "person"),
                  .from = from.day == DATE_NONE_DAY ? INT32_MIN : from.day,
                  .to = to.day == DATE_NONE_DAY ? INT32_MAX : to.day};
  saw_entry *v = ARENA_ARRAY(c->perm, most, saw_entry);
  if (!api_stored(c, saw_list(c->s, &f, after, most, c->perm, v, &n, &next))) return;
  json_begin_list(c->out, "rows");
  for (size_t i = 0; i < n; i++) {
    json_begin_object(c->out, NULL);
    api_put_day(c->out, "day", v[i].day);
    api_put_instant(c->out, "at", v[i].at);
    json_put_text(c->out, "person", v[i].login);
    json_put_text(c->out, "what", v[i].what);
    json_put_text(c->out, "subject", v[i].subject);
    json_end(c->out);
  }
  put_next(c, next);
}
