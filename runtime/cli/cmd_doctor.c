/* `dun doctor`: every connection of the policy (doctor_lines.c), the store, and this machine; a line a finding, fine or
 * what to do. See doctor.h. */
#include "commands.h"
#include "doctor.h"
#include "lang/base/path.h"
#include "lang/base/text.h"
#include "lang/base/tz.h"
#include "runtime/serve/service.h"
#include "stdlib/net/api.h"

enum { APART_SECONDS_MAX = 30, ASK_MS = 10000 };

void doctor_find(void *self, bool fine, slice what, slice remedy) {
  doctor *d = self;
  session *s = d->s;
  if (fine) remedy = (slice){0};
  if (d->take) {
    d->findings++;
    d->wrong += !fine;
    d->take(d->take_self, d->where, fine, what, remedy);
    return;
  }
  slice said = texts_said(s->lang, s->perm, what), todo = texts_said(s->lang, s->perm, remedy);
  d->findings++;
  d->wrong += !fine;
  if (d->table) {
    slice row[] = {d->where, fine ? SLICE("fine") : SLICE("wrong"), what, remedy};
    out_row(d->table, row);
    return;
  }
  slice mark = slice_of(texts_word(s->lang, fine ? TXT_DOCTOR_FINE : TXT_DOCTOR_WRONG));
  world_printf(s->w, WORLD_STDOUT, "%.*s  %.*s: %.*s", SLICE_ARG(mark), SLICE_ARG(d->where), SLICE_ARG(said));
  if (!fine && todo.n) world_printf(s->w, WORLD_STDOUT, ". %.*s", SLICE_ARG(todo));
  world_printf(s->w, WORLD_STDOUT, "\n");
}

void doctor_fine(doctor *d, const char *what) { doctor_find(d, true, slice_of(what), (slice){0}); }

/* ---- this machine ---- */

static void check_zone(doctor *d) {
  session *s = d->s;
  slice zone = s->c.program->timezone.n ? s->c.program->timezone : SLICE("UTC");
  d->where = zone;
  bool there = world_load_zone(s->w, zone, s->perm) != NULL;
  doctor_find(d, there,
              there ? SLICE("the time zone is known here") : SLICE("this machine does not know the time zone"),
              there ? (slice){0} : SLICE("install the package tzdata"));
}

/* Names, addresses and debts are for nobody else to read. */
static void check_mode(doctor *d, const char *path, const char *what, bool must_be_there) {
  session *s = d->s;
  uint32_t mode;
  bool writable;
  if (!s->w->mode_of) return;
  d->where = slice_of(path);
  world_code code = s->w->mode_of(s->w, path, &mode, &writable);
  if (code != WORLD_OK) {
    if (must_be_there)
      doctor_find(d, false, slice_of(world_code_text(code)), SLICE("`dun import` or `dun sync` makes it"));
    return;
  }
  if (!writable)
    doctor_find(d, false, SLICE("this user may not write there"), SLICE("give it to the user that dun runs as"));
  else if (mode & 0006)
    doctor_find(d, false, SLICE("everybody on this machine may read or write it"),
                SLICE("take that away: chmod o-rwx"));
  else
    doctor_fine(d, what);
}

static slice folder_of(slice path) {
  while (path.n && path.p[path.n - 1] != '/') path.n--;
  return path.n > 1 ? (slice){path.p, path.n - 1} : path.n ? path : SLICE(".");
}

static void check_store(doctor *d) {
  session *s = d->s;
  slice url = slice_of(session_store_url(s->a));
  if (slice_starts(url, SLICE("sqlite:"))) url = (slice){url.p + 7, url.n - 7};
  const char *path = arena_copy(s->perm, url);
  check_mode(d, path, "the store is there, and nobody else's to read", true);
  d->where = folder_of(url);
  uint32_t mode;
  bool writable;
  if (s->w->mode_of && s->w->mode_of(s->w, arena_copy(s->perm, d->where), &mode, &writable) == WORLD_OK) {
    bool open = (mode & 0002) != 0 && !(mode & 01000);
    doctor_find(d, writable && !open,
                !writable ? SLICE("this user may not write in the store's folder")
                : open    ? SLICE("everybody on this machine may put files into the store's folder")
                          : SLICE("the store's folder can be written in"),
                !writable ? SLICE("give it to the user that dun runs as") : SLICE("take that away: chmod o-w"));
  }
}

/* ---- asking ---- */

http_answer doctor_ask(doctor *d, slice url, const slice *allowed) {
  world *w = d->s->w;
  const char *ca = w->env(w, "SSL_CERT_FILE");
  http_options o = {.ca_file = ca && *ca ? ca : NULL,
                    .connect_ms = ASK_MS,
                    .total_ms = ASK_MS,
                    .body_max = 1 << 20,
                    .at_once = 1,
                    .allowed = allowed,
                    .allowed_count = allowed ? 1 : 0};
  http_client *c = w->net && w->net->http_open ? w->net->http_open(&o) : NULL;
  http_answer a = {.end = HTTP_BROKEN};
  http_piece piece = {.text = url};
  http_request r = {.method = "GET", .url = &piece, .url_count = 1};
  if (c) w->net->http_send(c, &r, 1, &a, d->s->perm);
  if (c) w->net->http_close(c);
  return a;
}

void doctor_check_clock(doctor *d, const http_answer *a) {
  int64_t theirs, ours = d->s->w->now_ns(d->s->w) / 1000000000;
  if (!http_date(http_header_of(a, "date"), &theirs)) return;
  int64_t apart = ours > theirs ? ours - theirs : theirs - ours;
  if (apart <= APART_SECONDS_MAX) return doctor_fine(d, "its clock and this machine's agree");
  doctor_find(d, false,
              arena_printf(d->s->perm, "its clock and this machine's are %lld seconds apart", (long long)apart),
              SLICE("set this machine's clock: `timedatectl set-ntp true`, or install chrony"));
}

/* ---- the way in ---- */

static void check_public_url(doctor *d) {
  session *s = d->s;
  slice url, why;
  if (!s->a->value[ARG_public_url].given) return;
  d->where = s->a->value[ARG_public_url].text;
  if (!service_public_url(d->where, &url, &why)) return doctor_find(d, false, why, (slice){0});
  http_answer a = doctor_ask(d, arena_printf(s->perm, "%.*s/health", SLICE_ARG(url)), NULL);
  bool well = a.end == HTTP_OK && a.status == 200;
  doctor_find(d, well, well ? SLICE("webhooks can come in there") : SLICE("/health is not answered there"),
              SLICE("is `dun serve` running, and does the proxy pass /health and /hooks/ on to it?"));
  if (well) doctor_check_clock(d, &a);
}

static int examine(session *s) {
  static const out_column columns[] = {{.name = "where", .kind = OUT_TEXT},
                                       {.name = "state", .kind = OUT_TEXT},
                                       {.name = "finding", .kind = OUT_TEXT},
                                       {.name = "remedy", .kind = OUT_TEXT}};
  doctor d = {.s = s};
  world_code why;
  if (s->a->format != OUT_table) d.table = out_begin(s->w, s->a->format, columns, 4);
  check_zone(&d);
  check_store(&d);
  d.wrong += session_templates(s) != EXIT_FINE; /* said with its place in the file */
  doctor_connections(&d);
  check_public_url(&d);
  if (d.table && !out_end(d.table, &why) && why != WORLD_CLOSED)
    return COMPLAIN(s, EXIT_WORLD, CANNOT_WRITE_RESULT, texts_world(s->lang, s->perm, why));
  return d.wrong ? EXIT_FINDINGS : EXIT_FINE;
}

int cmd_doctor(const args *a, world *w) {
  session s;
  int status = session_compile(&s, a, w, a->word[0]);
  if (status == EXIT_FINE) status = examine(&s);
  session_close(&s);
  return status;
}
