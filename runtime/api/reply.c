/* See api.h: what a request comes to. */
#include <stdio.h>

#include "api.h"

slice api_said(const api_call *c, slice english) { return texts_said(c->lang, c->perm, english); }

static void fail(api_call *c, int status, const char *code, const char *field, slice english) {
  if (c->answered) return;
  json_writer *w = json_write(c->perm);
  json_begin_object(w, NULL);
  json_begin_object(w, "error");
  json_put_text(w, "code", slice_of(code));
  json_put_text(w, "message", api_said(c, english));
  if (field) json_put_text(w, "field", slice_of(field));
  json_end(w);
  json_end(w);
  c->answer->status = status;
  c->answer->body = json_written(w);
  c->answered = true;
}

void api_fail(api_call *c, int status, const char *code, slice english) { fail(c, status, code, NULL, english); }

void api_wrong(api_call *c, const char *field, slice english) { fail(c, 422, "wrong", field, english); }

bool api_stored(api_call *c, store_code code) {
  if (code == STORE_OK || code == STORE_ROW) return true;
  store_rollback(c->s);
  if (code == STORE_LOCKED) {
    c->answer->retry_s = 1;
    api_fail(c, 503, "busy", SLICE("the store is busy: try again in a moment"));
    return false;
  }
  c->w->log(c->w, WORLD_ERROR, arena_printf(c->perm, "the page's store: %s", store_why(c->s)->text));
  if (code == STORE_FULL)
    api_fail(c, 503, "busy", SLICE("there is no room left for the store: nothing was changed"));
  else
    api_fail(c, 500, "broken", SLICE("the store cannot be read or written: the service's log says why"));
  return false;
}

void api_plain(api_call *c, const char *content_type, const char *name, slice body) {
  c->answer->type = content_type;
  c->answer->body = body;
  c->answered = true;
  if (name) api_put_header(c, "Content-Disposition", arena_printf(c->perm, "attachment; filename=\"%s\"", name));
}

void api_nothing(api_call *c) {
  c->answer->status = 204;
  c->answer->type = NULL;
  c->answered = true;
}

void api_status(api_call *c, int status) { c->answer->status = status; }

void api_put_header(api_call *c, const char *name, slice value) {
  if (c->header_count == c->header_room) {
    c->header_room = c->header_room ? c->header_room * 2 : 8;
    http_header *more = ARENA_ARRAY(c->perm, c->header_room, http_header);
    for (size_t i = 0; i < c->header_count; i++) more[i] = c->headers[i];
    c->headers = more;
  }
  c->headers[c->header_count++] = (http_header){slice_of(name), value};
}

void api_put_money(json_writer *w, const char *name, money m) {
  char digits[MONEY_TEXT_MAX];
  size_t n = money_plain(m, digits);
  json_begin_object(w, name);
  json_put_text(w, "amount", (slice){digits, n});
  json_put_text(w, "currency", slice_of(currency_code(m.cur)));
  json_end(w);
}

void api_put_day(json_writer *w, const char *name, int32_t day) {
  char iso[DATE_TEXT_MAX];
  if (day == DATE_NONE_DAY)
    json_put_null(w, name);
  else
    json_put_text(w, name, (slice){iso, date_iso((civil_date){day}, iso)});
}

void api_put_instant(json_writer *w, const char *name, int64_t us) {
  char iso[DATE_TEXT_MAX], whole[DATE_TEXT_MAX + 16];
  int64_t s = us / 1000000;
  if (!us) {
    json_put_null(w, name);
    return;
  }
  (void)date_iso((civil_date){(int32_t)(s / 86400)}, iso);
  int n = snprintf(whole, sizeof whole, "%s", iso);
  n += snprintf(whole + n, sizeof whole - (size_t)n, "T%02d:%02d:%02dZ", (int)(s / 3600 % 24), (int)(s / 60 % 60),
                (int)(s % 60));
  json_put_text(w, name, (slice){whole, (size_t)n});
}

store_code api_log(api_call *c, const char *kind, slice subject, slice detail) {
  store_event e = {slice_of(kind), c->who.login, subject, detail.n ? detail : SLICE("{}")};
  return store_audit_append(c->s, &e);
}
