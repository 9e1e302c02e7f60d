/* GET /api/shell: what stands around every page: whose policy this is, where and when we are, whether sending is
 * paused. */
#include "api.h"
#include "lang/base/calendar.h"
#include "runtime/cli/session.h"
#include "runtime/store/today.h"

enum { SHELL_PAUSES_MAX = 100 };

/* What pauses more than one customer. */
static bool put_paused(api_call *c) {
  store_pause v[SHELL_PAUSES_MAX];
  size_t n;
  int64_t paused = 0;
  if (!api_stored(c, store_pauses_open(c->s, c->perm, v, SHELL_PAUSES_MAX, &n))) return false;
  for (size_t i = 0; i < n; i++) paused += v[i].scope != PAUSE_customer;
  json_put_int(c->out, "paused", paused);
  return true;
}

void shell_get(api_call *c) {
  const program *p = c->policy->c.program;
  const char *environment = c->w->env(c->w, "DUN_ENVIRONMENT");
  slice path = c->policy->policy_path;
  json_put_text(c->out, "policy", p->name.n ? p->name : path);
  json_put_text(c->out, "timezone", p->timezone.n ? p->timezone : SLICE("UTC"));
  json_put_text(c->out, "environment", environment ? slice_trim(slice_of(environment)) : (slice){0});
  api_put_day(c->out, "today", api_today(c).day);
  (void)put_paused(c);
}
