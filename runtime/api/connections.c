/* /api/connections...: each connect line of the policy in force: its last check, its last sync and what is behind, what
 * its channel may send and whether it rests, where its webhooks come in. A check is `dun doctor`'s, beside the requests
 * (jobs.h); a sync is asked of the service's loop (runtime/store/looks.h).
 *
 * Invariant: no secret and no value of a setting is shown; names of variables are, to administrators. */
#include <stdlib.h>

#include "api.h"
#include "connections.h"
#include "runtime/cli/serve_erp.h"
#include "runtime/cli/serve_mail.h"
#include "runtime/cli/session.h"
#include "runtime/outbox/outbox.h"
#include "runtime/store/checks.h"
#include "runtime/store/looks.h"
#include "runtime/store/origin.h"
#include "stdlib/erp/erp.h"
#include "stdlib/net/settings.h"

slice connections_line(arena *perm, const connection *c) {
  return arena_printf(perm, "%.*s %.*s", SLICE_ARG(c->kind), SLICE_ARG(c->vendor));
}

static bool is_kind(const connection *c, const char *kind) { return slice_eq(c->kind, slice_of(kind)); }

/* ---- its last check ---- */

bool connections_put_check(api_call *c, slice con) {
  json_writer *w = c->out;
  store_check k;
  slice why;
  store_code code = store_check_of(c->s, con, c->perm, &k);
  if (code == STORE_END) {
    json_put_null(w, "check");
    return true;
  }
  if (!api_stored(c, code)) return false;
  int64_t now = c->w->now_ns(c->w) / 1000;
  bool stuck = slice_eq(k.state, CHECK_RUNNING) && now - k.begun_us > (int64_t)CHECK_MINUTES * 60 * 1000000;
  const json *all = json_parse(k.findings, c->perm, &why);
  json_begin_object(w, "check");
  json_put_text(w, "state", stuck ? CHECK_BROKEN : k.state);
  json_put_text(w, "by", k.by);
  api_put_instant(w, "begun", k.begun_us);
  api_put_instant(w, "ended", k.ended_us);
  json_begin_list(w, "findings");
  for (size_t i = 0; i < json_count(all); i++) {
    const json *f = json_item(all, i);
    json_begin_object(w, NULL);
    json_put_text(w, "where", json_text_at(f, "where"));
    json_put_bool(w, "fine", json_true(json_at(f, "fine")));
    json_put_text(w, "what", api_said(c, json_text_at(f, "what")));
    json_put_text(w, "remedy", api_said(c, json_text_at(f, "remedy")));
    json_end(w);
  }
  json_end(w);
  json_end(w);
  return true;
}

/* ---- what it reads ---- */

/* "1795400000000000 the words": since when and why it cannot be read. */
static bool put_failed(api_call *c, slice con) {
  slice value = {0};
  store_code code = store_state_get(c->s, arena_printf(c->perm, "failed: %.*s", SLICE_ARG(con)), c->perm, &value);
  if (code != STORE_END && !api_stored(c, code)) return false;
  if (code == STORE_END) {
    json_put_null(c->out, "failed");
    return true;
  }
  char *rest, *at = arena_copy(c->perm, value);
  int64_t since = strtoll(at, &rest, 10);
  json_begin_object(c->out, "failed");
  api_put_instant(c->out, "since", since);
  json_put_text(c->out, "why", api_said(c, slice_trim(slice_of(rest))));
  json_end(c->out);
  return true;
}

static int64_t every_minutes(api_call *c, const connection *con, int64_t otherwise) {
  slice value, variable;
  if (!connection_setting(c->w, con, "interval", &value, &variable)) return otherwise;
  int64_t us = setting_interval_us(value);
  return us ? (us + 59999999) / 60000000 : otherwise;
}

static bool put_reads(api_call *c, const connection *con, slice name) {
  json_writer *w = c->out;
  bool reads_erp = is_kind(con, "erp"), asked;
  store_line_state at;
  int64_t whole = 0, minutes = every_minutes(c, con, reads_erp ? SERVE_SYNC_MINUTES : SERVE_MAIL_MINUTES);
  if (!reads_erp && !is_kind(con, "replies")) {
    json_put_null(w, "reads");
    return true;
  }
  store_code code = store_line_state_of(c->s, name, con->vendor, &at);
  if (code == STORE_OK && reads_erp) code = store_synced_from(c->s, con->vendor, &whole);
  if (code == STORE_OK) code = store_look_waits(c->s, name, &asked);
  if (!api_stored(c, code)) return false;
  json_begin_object(w, "reads");
  api_put_instant(w, "last", whole);
  json_put_int(w, "every_minutes", minutes);
  json_put_bool(w, "asked", asked);
  json_put_int(w, "behind", at.rechecks);
  json_put_int(w, "hinted", at.hinted);
  if (!put_failed(c, name)) return false;
  json_end(w);
  return true;
}

/* ---- what it sends ---- */

static bool put_sends(api_call *c, const connection *con) {
  json_writer *w = c->out;
  const program *p = c->policy->c.program;
  const connection *of;
  channel_rate rate;
  store_channel ch;
  slice why;
  outlet by = outlet_named(con->kind);
  const channel_driver *d = by == OUTLET_COUNT ? NULL : outlet_driver_of(p, by, &of);
  if (!d || !connection_rate(c->w, d, con, &rate, &why)) {
    json_put_null(w, "sends");
    return true;
  }
  if (!api_stored(c, store_channel_get(c->s, slice_of(outlet_name(by)), c->perm, &ch))) return false;
  int64_t now = c->w->now_ns(c->w) / 1000;
  json_begin_object(w, "sends");
  json_put_text(w, "outlet", slice_of(outlet_name(by)));
  json_put_int(w, "per_minute", rate.per_minute);
  json_put_int(w, "at_once", rate.at_once);
  json_put_int(w, "together", rate.together ? rate.together : 1);
  json_put_bool(w, "used", outlets_used(p) >> by & 1);
  json_put_int(w, "failed_in_row", ch.failed_in_row);
  json_put_int(w, "unknown_in_row", ch.unknown_in_row);
  json_put_bool(w, "rests", ch.rest_until_us > now);
  api_put_instant(w, "rest_until", ch.rest_until_us > now ? ch.rest_until_us : 0);
  if (c->who.role >= API_OPERATOR) json_put_text(w, "reason", api_said(c, ch.reason));
  json_end(w);
  return true;
}

/* ---- what comes in ---- */

static bool put_hook(api_call *c, const connection *con, slice name) {
  json_writer *w = c->out;
  bool signs, needs_token = is_kind(con, "erp");
  store_line_state at;
  slice variable = {0};
  secret token;
  if (!door_reader(c->policy->c.program, con, &signs)) {
    json_put_null(w, "hook");
    return true;
  }
  if (!api_stored(c, store_line_state_of(c->s, name, con->vendor, &at))) return false;
  bool on = !needs_token || connection_secret(c->w, c->perm, con, "token", &token, &variable);
  slice path = arena_printf(c->perm, "/hooks/%.*s/%.*s%s", SLICE_ARG(con->kind), SLICE_ARG(con->vendor),
                            needs_token ? "/{token}" : "");
  json_begin_object(w, "hook");
  json_put_bool(w, "on", on);
  json_put_text(w, "path", path);
  if (c->house->public_url.n)
    json_put_text(w, "address", arena_printf(c->perm, "%.*s%.*s", SLICE_ARG(c->house->public_url), SLICE_ARG(path)));
  else
    json_put_null(w, "address");
  json_put_bool(w, "signs_address", signs);
  api_put_instant(w, "last", at.hook_us);
  json_end(w);
  return true;
}

/* Names of variables and whether they are set; a value that stands in the line is shown to nobody here. */
static void put_settings(api_call *c, const connection *con) {
  json_writer *w = c->out;
  json_begin_list(w, "settings");
  for (uint32_t i = 0; i < con->setting_count && c->who.role >= API_ADMIN; i++) {
    const setting *s = con->settings + i;
    const char *value = s->from_env ? c->w->env(c->w, arena_copy(c->perm, s->value)) : "";
    json_begin_object(w, NULL);
    json_put_text(w, "key", s->key);
    if (s->from_env)
      json_put_text(w, "variable", s->value);
    else
      json_put_null(w, "variable");
    json_put_bool(w, "set", !s->from_env || (value && *value));
    json_end(w);
  }
  json_end(w);
}

/* ---- all of them ---- */

static bool put_line(api_call *c, const connection *con) {
  json_writer *w = c->out;
  slice name = connections_line(c->perm, con);
  const erp_driver *driver = is_kind(con, "erp") ? erp_driver_of(con->vendor) : NULL;
  json_begin_object(w, NULL);
  json_put_text(w, "line", name);
  json_put_text(w, "kind", con->kind);
  json_put_text(w, "vendor", driver ? slice_of(driver->words) : con->vendor);
  if (!put_reads(c, con, name) || !put_sends(c, con) || !put_hook(c, con, name) || !connections_put_check(c, name))
    return false;
  put_settings(c, con);
  json_end(w);
  return true;
}

/* Teams, and what makes documents: they are no lines with a vendor, and checked together. */
static bool put_others(api_call *c) {
  json_writer *w = c->out;
  const program *p = c->policy->c.program;
  bool documents = outlets_used(p) >> OUTLET_DOCUMENTS & 1;
  if (p->team_count == 0 && !documents) {
    json_put_null(w, "others");
    return true;
  }
  json_begin_object(w, "others");
  json_put_text(w, "line", CONNECTIONS_OTHERS);
  json_begin_list(w, "teams");
  for (uint32_t i = 0; i < p->team_count; i++) json_put_text(w, NULL, p->teams[i].name);
  json_end(w);
  json_put_bool(w, "documents", documents);
  if (!connections_put_check(c, CONNECTIONS_OTHERS)) return false;
  json_end(w);
  return true;
}

void connections_get(api_call *c) {
  json_writer *w = c->out;
  const program *p = c->policy->c.program;
  int64_t synced;
  if (!api_stored(c, store_synced_at(c->s, &synced))) return;
  api_put_instant(w, "synced", synced);
  json_put_bool(w, "public_url", c->house->public_url.n > 0);
  json_begin_list(w, "rows");
  for (uint32_t i = 0; i < p->connection_count; i++)
    if (!put_line(c, p->connections + i)) return;
  json_end(w);
  (void)put_others(c);
}

const connection *connections_find(const api_call *c, slice con) {
  const program *p = c->policy->c.program;
  for (uint32_t i = 0; i < p->connection_count; i++)
    if (slice_eq(con, connections_line(c->perm, p->connections + i))) return p->connections + i;
  return NULL;
}

void connections_sync(api_call *c) {
  slice con;
  if (!api_text(c, "line", 200, true, &con)) return;
  const connection *k = connections_find(c, con);
  if (!k) {
    api_fail(c, 404, "not_there", SLICE("the policy has no such connection"));
    return;
  }
  if (!is_kind(k, "erp") && !is_kind(k, "replies")) {
    api_fail(c, 409, "not_so", SLICE("nothing is read from this connection"));
    return;
  }
  store_code code = store_begin(c->s);
  if (code == STORE_OK) code = store_look_ask(c->s, con);
  if (code == STORE_OK) code = api_log(c, "sync asked", con, (slice){0});
  if (code == STORE_OK) code = store_commit(c->s);
  if (api_stored(c, code)) api_status(c, 202);
}
