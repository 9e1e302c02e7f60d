/* `dun doctor`: every connection of the policy, the store, and this machine; a line a finding, fine or what to do.
 *
 * Invariant: nothing is sent, nothing is stored; no finding holds a secret or a personal datum. */
#include "commands.h"
#include "lang/base/path.h"
#include "lang/base/text.h"
#include "lang/base/tz.h"
#include "runtime/outbox/outbox.h"
#include "runtime/serve/service.h"
#include "serve_erp.h"
#include "serve_mail.h"
#include "session.h"
#include "stdlib/net/api.h"
#include "stdlib/net/net_guard.h"
#include "stdlib/net/settings.h"

enum { APART_SECONDS_MAX = 30, ASK_MS = 10000 };

typedef struct doctor {
  session *s;
  slice where; /* what the next finding is about: "sms twilio" */
  out *table;  /* NULL: plain lines */
  unsigned findings, wrong;
} doctor;

/* One finding. */
static void find(void *self, bool fine, slice what, slice remedy) {
  doctor *d = self;
  session *s = d->s;
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

static void fine(doctor *d, const char *what) { find(d, true, slice_of(what), (slice){0}); }

/* ---- this machine ---- */

static void check_zone(doctor *d) {
  session *s = d->s;
  slice zone = s->c.program->timezone.n ? s->c.program->timezone : SLICE("UTC");
  d->where = zone;
  bool there = world_load_zone(s->w, zone, s->perm) != NULL;
  find(d, there, there ? SLICE("the time zone is known here") : SLICE("this machine does not know the time zone"),
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
    if (must_be_there) find(d, false, slice_of(world_code_text(code)), SLICE("`dun import` or `dun sync` makes it"));
    return;
  }
  if (!writable)
    find(d, false, SLICE("this user may not write there"), SLICE("give it to the user that dun runs as"));
  else if (mode & 0006)
    find(d, false, SLICE("everybody on this machine may read or write it"), SLICE("take that away: chmod o-rwx"));
  else
    fine(d, what);
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
    find(d, writable && !open,
         !writable ? SLICE("this user may not write in the store's folder")
         : open    ? SLICE("everybody on this machine may put files into the store's folder")
                   : SLICE("the store's folder can be written in"),
         !writable ? SLICE("give it to the user that dun runs as") : SLICE("take that away: chmod o-w"));
  }
}

/* ---- connections ---- */

/* The address's scheme and host alone, with a slash: whatever answers there tells the time. */
static slice origin(slice url, arena *perm) {
  size_t i = 0;
  while (i + 2 < url.n && !(url.p[i] == ':' && url.p[i + 1] == '/' && url.p[i + 2] == '/')) i++;
  for (i += 3; i < url.n && url.p[i] != '/' && url.p[i] != '?';) i++;
  return arena_printf(perm, "%.*s/", (int)(i < url.n ? i : url.n), url.p);
}

/* Asks once, without any proof of who we are. */
static http_answer ask(doctor *d, slice url) {
  world *w = d->s->w;
  const char *ca = w->env(w, "SSL_CERT_FILE");
  http_options o = {
      .ca_file = ca && *ca ? ca : NULL, .connect_ms = ASK_MS, .total_ms = ASK_MS, .body_max = 1 << 20, .at_once = 1};
  http_client *c = w->net && w->net->http_open ? w->net->http_open(&o) : NULL;
  http_answer a = {.end = HTTP_BROKEN};
  http_piece piece = {.text = url};
  http_request r = {.method = "GET", .url = &piece, .url_count = 1};
  if (c) w->net->http_send(c, &r, 1, &a, d->s->perm);
  if (c) w->net->http_close(c);
  return a;
}

static void check_clock(doctor *d, const http_answer *a) {
  int64_t theirs, ours = d->s->w->now_ns(d->s->w) / 1000000000;
  if (!http_date(http_header_of(a, "date"), &theirs)) return;
  int64_t apart = ours > theirs ? ours - theirs : theirs - ours;
  if (apart <= APART_SECONDS_MAX) return fine(d, "its clock and this machine's agree");
  find(d, false, arena_printf(d->s->perm, "its clock and this machine's are %lld seconds apart", (long long)apart),
       SLICE("set this machine's clock: `timedatectl set-ntp true`, or install chrony"));
}

/* Where the line, or the driver, says that it is; connections that are no HTTP have none. */
static slice address_of(doctor *d, const connection *c, const char *known) {
  slice url = c->url, variable;
  if (!url.n && !connection_setting(d->s->w, c, "url", &url, &variable)) url = slice_of(known);
  return slice_starts(url, SLICE("http://")) || slice_starts(url, SLICE("https://")) ? url : (slice){0};
}

static void check_address(doctor *d, const connection *c, const char *known) {
  slice url = address_of(d, c, known);
  if (!url.n) return;
  http_answer a = ask(d, origin(url, d->s->perm));
  if (a.end == HTTP_OK || a.status) return check_clock(d, &a);
  find(d, false, a.end == HTTP_BAD_CERTIFICATE ? SLICE("its certificate is not valid") : SLICE("it cannot be reached"),
       SLICE("look at the address, this machine's way out, and its firewall"));
}

static void check_hook(doctor *d, const connection *c, hook_reader *reads, bool signs) {
  slice variable;
  secret token;
  const arg_value *url = &d->s->a->value[ARG_public_url];
  if (!reads) return;
  if (slice_eq(c->kind, SLICE("erp")) && !connection_secret(d->s->w, d->s->perm, c, "token", &token, &variable))
    return find(d, true, SLICE("its webhooks are off: the line has no `token`"), (slice){0});
  if (signs && !url->given)
    find(d, false, SLICE("its webhooks need the public address"), SLICE("give --public-url https://HOST"));
}

static void check_erp(doctor *d, const connection *c) {
  session *s = d->s;
  slice why = {0};
  const erp_driver *driver = erp_driver_of(c->vendor);
  if (!driver)
    return find(d, false, SLICE("nothing in this program speaks to it"),
                SLICE("`dun sync` says what can be connected"));
  erp *e = driver->open(s->w, s->perm, c, &why);
  if (!e) return find(d, false, why, (slice){0});
  check_address(d, c, driver->address);
  unsigned before = d->wrong;
  bool well = !driver->check || driver->check(e, find, d, s->perm);
  if (!well && d->wrong == before) find(d, false, SLICE("it does not let us in"), (slice){0});
  driver->close(e);
  check_hook(d, c, driver->hook, false);
}

static void check_channel(doctor *d, const connection *c, channel ch) {
  session *s = d->s;
  slice why = {0};
  const connection *of;
  const channel_driver *driver = channel_driver_of(s->c.program, ch, &of);
  channel_rate rate;
  if (!driver || of != c) return find(d, false, SLICE("nothing in this program speaks to it"), (slice){0});
  sender_options o = {.connect = c, .policy = s->c.program->name};
  sender *x = driver->open(s->w, s->perm, &o, &why);
  if (!x) return find(d, false, why, (slice){0});
  if (!connection_rate(s->w, driver, c, &rate, &why)) find(d, false, why, (slice){0});
  check_address(d, c, driver->address);
  if (driver->check)
    (void)driver->check(x, find, d, s->perm);
  else
    fine(d, "its connect line is complete");
  driver->close(x);
  check_hook(d, c, driver->hook, driver->hook_signs_address);
}

/* Is the mailbox reached, are we let in, is the folder there; reads no message. */
static void check_replies(doctor *d, const connection *c) {
  session *s = d->s;
  slice why = {0}, interval, variable;
  imap_folder folder;
  replies *r = replies_open(s->w, s->perm, c, &why);
  if (!r) return find(d, false, why, (slice){0});
  if (connection_setting(s->w, c, "interval", &interval, &variable) && !serve_interval_us(interval))
    find(d, false, SLICE("its `interval` cannot be read"), SLICE("write it like \"5 minutes\""));
  bool fine_now = replies_begin(r, &folder, &why) != NULL;
  find(d, fine_now, fine_now ? SLICE("the mailbox answers, lets us in, and has the folder") : why,
       fine_now ? (slice){0} : SLICE("look at the address, the folder, user and password of the connect line"));
  replies_close(r);
}

static void check_connections(doctor *d) {
  const program *p = d->s->c.program;
  for (uint32_t i = 0; i < p->connection_count; i++) {
    const connection *c = p->connections + i;
    d->where = arena_printf(d->s->perm, "%.*s %.*s", SLICE_ARG(c->kind), SLICE_ARG(c->vendor));
    if (slice_eq(c->kind, SLICE("erp"))) check_erp(d, c);
    if (slice_eq(c->kind, SLICE("replies"))) check_replies(d, c);
    for (int ch = 0; ch < CH_COUNT; ch++)
      if (slice_eq(c->kind, slice_of(CHANNELS[ch]))) check_channel(d, c, (channel)ch);
  }
}

/* ---- the way in ---- */

static void check_public_url(doctor *d) {
  session *s = d->s;
  slice url, why;
  if (!s->a->value[ARG_public_url].given) return;
  d->where = s->a->value[ARG_public_url].text;
  if (!service_public_url(d->where, &url, &why)) return find(d, false, why, (slice){0});
  http_answer a = ask(d, arena_printf(s->perm, "%.*s/health", SLICE_ARG(url)));
  bool well = a.end == HTTP_OK && a.status == 200;
  find(d, well, well ? SLICE("webhooks can come in there") : SLICE("/health is not answered there"),
       SLICE("is `dun serve` running, and does the proxy pass /health and /hooks/ on to it?"));
  if (well) check_clock(d, &a);
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
  check_connections(&d);
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
