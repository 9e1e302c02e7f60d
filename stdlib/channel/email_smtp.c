/* `connect email smtp "smtps://mail.example.com:465" from "Finance <finance@example.com>" with user ... and password
 * ...`
 *
 * `at_once "8"`: messages that are on their way at a time, over as many connections (3 where it is not said: some
 * servers take no more of one sender).
 *
 * smtps:// is TLS from the first byte; smtp:// demands STARTTLS, except with a server on this machine, or where the
 * address says `?tls=none`. A certificate of a house's own authority is named by the environment variable
 * SSL_CERT_FILE.
 *
 * Invariant: a password never goes over an unencrypted connection to another machine. */
#include "channel.h"
#include "stdlib/net/net.h"

enum { CONNECT_MS = 10000, TOTAL_MS = 20000, TOGETHER = 3, TOGETHER_MAX = 64 };

struct sender {
  world *w;
  mailbox from;
  mail_session *session;
};

typedef struct smtp_url {
  slice scheme, host, port;
  bool secure, no_tls;
} smtp_url;

static slice take_to(slice *s, const char *stops) {
  size_t n = 0;
  while (n < s->n && !strchr(stops, s->p[n])) n++;
  slice head = {s->p, n};
  *s = (slice){s->p + n, s->n - n};
  return head;
}

static bool host_valid(slice s) {
  for (size_t i = 0; i < s.n; i++) {
    char c = s.p[i];
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    if (!plain && !(c == ':' && s.p[0] == '[') && c != '[' && c != ']') return false;
  }
  return s.n > 0;
}

/* scheme://host[:port][/][?tls=none]; no user or password in it. */
static bool parse_url(slice s, smtp_url *out) {
  *out = (smtp_url){0};
  out->secure = slice_starts(s, SLICE("smtps://"));
  if (!out->secure && !slice_starts(s, SLICE("smtp://"))) return false;
  out->scheme = (slice){s.p, out->secure ? 8 : 7};
  s = (slice){s.p + out->scheme.n, s.n - out->scheme.n};
  if (s.n && s.p[0] == '[') {
    out->host = take_to(&s, "]");
    if (s.n == 0) return false;
    out->host.n++;
    s = (slice){s.p + 1, s.n - 1};
  } else {
    out->host = take_to(&s, ":/?");
  }
  if (s.n && s.p[0] == ':') {
    s = (slice){s.p + 1, s.n - 1};
    out->port = take_to(&s, "/?");
    if (out->port.n == 0 || out->port.n > 5) return false;
    for (size_t i = 0; i < out->port.n; i++)
      if (out->port.p[i] < '0' || out->port.p[i] > '9') return false;
  }
  if (s.n && s.p[0] == '/') s = (slice){s.p + 1, s.n - 1};
  out->no_tls = slice_eq(s, SLICE("?tls=none"));
  return host_valid(out->host) && (s.n == 0 || (out->no_tls && !out->secure));
}

static bool loopback(slice host) {
  return slice_eq(host, SLICE("localhost")) || slice_eq(host, SLICE("[::1]")) || slice_starts(host, SLICE("127."));
}

static sender *fail(slice *why, slice text) {
  *why = text;
  return NULL;
}

/* user and password; both or none. */
static bool credentials(world *w, arena *perm, const connection *c, mail_server *server, slice *why) {
  slice user = {0}, variable;
  secret password;
  bool has_user = connection_setting(w, c, "user", &user, &variable);
  if (!has_user && variable.n) {
    *why = arena_printf(perm, "the environment variable %.*s is not set", SLICE_ARG(variable));
    return false;
  }
  bool has_password = connection_secret(w, perm, c, "password", &password, &variable);
  if (!has_password && variable.n) {
    *why = arena_printf(perm, "the environment variable %.*s is not set", SLICE_ARG(variable));
    return false;
  }
  if (has_user != has_password) {
    *why = SLICE("`with user ... and password from env ...` needs both");
    return false;
  }
  if (!has_user) return true;
  server->user = arena_copy(perm, user);
  server->password = password;
  return true;
}

static sender *open_smtp(world *w, arena *perm, const sender_options *o, slice *why) {
  const connection *c = o->connect;
  smtp_url url;
  slice from, variable;
  mail_server server = {.connect_ms = CONNECT_MS, .total_ms = TOTAL_MS};
  sender *s = ARENA_NEW(perm, sender);
  if (!w->net) return fail(why, SLICE("this program has no network here"));
  if (!parse_url(c->url, &url))
    return fail(
        why, SLICE("the server is written smtps://HOST:465 or smtp://HOST:587, with `?tls=none` to send unencrypted"));
  if (!connection_setting(w, c, "from", &from, &variable))
    return fail(why, SLICE("it needs a sender: from \"Finance <finance@example.com>\""));
  if (!mailbox_parse(arena_slice(perm, from), &s->from))
    return fail(why, SLICE("the sender is written \"Name <address@example.com>\""));
  if (!credentials(w, perm, c, &server, why)) return NULL;
  bool here = loopback(url.host);
  if (url.no_tls && server.user && !here)
    return fail(why, SLICE("a password is not sent unencrypted: take `?tls=none` away, or the user"));
  server.tls = url.secure   ? MAIL_TLS_ALWAYS
               : url.no_tls ? MAIL_TLS_NONE
               : here       ? MAIL_TLS_IF_OFFERED
                            : MAIL_TLS_STARTTLS;
  slice port = url.port.n ? url.port : url.secure ? SLICE("465") : SLICE("587");
  slice domain = email_domain(s->from.address);
  server.url = arena_printf(perm, "%.*s%.*s:%.*s/%.*s", SLICE_ARG(url.scheme), SLICE_ARG(url.host), SLICE_ARG(port),
                            SLICE_ARG(domain))
                   .p;
  server.ca_file = w->env(w, "SSL_CERT_FILE");
  if (server.ca_file && !*server.ca_file) server.ca_file = NULL;
  s->w = w;
  channel_rate rate;
  if (!connection_rate(w, &EMAIL_SMTP, c, &rate, why)) return NULL;
  server.at_once = rate.together;
  s->session = w->net->mail_open(&server);
  return s->session ? s : fail(why, SLICE("the mail library cannot be set up with it"));
}

/* What a report comes to. Only what surely left nothing behind may be tried again. */
static send_outcome outcome_of(const mail_report *r) {
  if (r->end == MAIL_OK) return SEND_ACCEPTED;
  if (r->end != MAIL_REPLY) return r->phase >= MAIL_BODY ? SEND_UNKNOWN : SEND_DOWN;
  if (r->reply < 500) return SEND_RETRY;
  /* Up to the sender's address it is about us, then about this message. */
  return r->phase <= MAIL_SENDER ? SEND_DOWN : SEND_REJECTED;
}

static slice detail_of(const mail_report *r, arena *perm) {
  static const char *const WORDS[] = {
      [MAIL_OK] = "accepted by the mail server",
      [MAIL_NO_HOST] = "the mail server's name cannot be resolved",
      [MAIL_REFUSED] = "the mail server cannot be reached",
      [MAIL_TIMEOUT] = "the mail server did not answer in time",
      [MAIL_LOST] = "the connection to the mail server broke",
      [MAIL_NO_TLS] = "the mail server offers no encryption that can be used",
      [MAIL_BAD_CERTIFICATE] = "the mail server's certificate is not valid",
      [MAIL_LOGIN] = "the mail server refused user or password",
      [MAIL_REPLY] = "the mail server refused",
      [MAIL_BROKEN] = "the mail server's answer makes no sense",
  };
  static const char *const WHERE[] = {
      [MAIL_CONNECTING] = " while connecting", [MAIL_GREETING] = " before the message",
      [MAIL_SENDER] = " the sender",           [MAIL_RECIPIENT] = " the recipient",
      [MAIL_DATA] = " to take the message",    [MAIL_BODY] = " after the message left",
      [MAIL_ANSWERED] = " the message",
  };
  static const char *const WHEN[] = {
      [MAIL_CONNECTING] = " while connecting",     [MAIL_GREETING] = " before the message",
      [MAIL_SENDER] = " before the message",       [MAIL_RECIPIENT] = " before the message",
      [MAIL_DATA] = " before the message",         [MAIL_BODY] = " after the message left",
      [MAIL_ANSWERED] = " after the message left",
  };
  bool when = r->end == MAIL_TIMEOUT || r->end == MAIL_LOST;
  const char *suffix = when ? WHEN[r->phase] : r->end == MAIL_REPLY ? WHERE[r->phase] : "";
  if (r->reply < 400) return arena_printf(perm, "%s%s", WORDS[r->end], suffix);
  return arena_printf(perm, "%s%s: %d%s%s", WORDS[r->end], suffix, r->reply, r->status[0] ? " " : "", r->status);
}

/* The Message-ID. */
static slice name_smtp(sender *s, const channel_message *m, arena *perm) {
  return arena_printf(perm, "%.*s@%.*s", (int)(m->key.n < 32 ? m->key.n : 32), m->key.p,
                      SLICE_ARG(email_domain(s->from.address)));
}

static void send_all_smtp(sender *s, const channel_message *v, size_t n, send_result *out, arena *perm) {
  email *mails = ARENA_ARRAY(perm, n, email);
  mail_report *reports = ARENA_ARRAY(perm, n, mail_report);
  size_t *which = ARENA_ARRAY(perm, n, size_t), count = 0;
  int64_t now_s = s->w->now_ns(s->w) / 1000000000;
  for (size_t i = 0; i < n; i++) {
    const channel_message *m = v + i;
    slice id = name_smtp(s, m, perm);
    out[i] = (send_result){.outcome = SEND_REJECTED, .detail = SLICE("not one valid e-mail address")};
    if (!email_address_valid(m->to)) continue;
    mails[count] = (email){.from = s->from,
                           .to = {m->to_name, m->to},
                           .subject = m->subject,
                           .text = m->text,
                           .html = m->html,
                           .message_id = id,
                           .now_s = now_s,
                           .parts = m->parts,
                           .part_count = m->part_count};
    which[count++] = i;
  }
  if (count) s->w->net->mail_send(s->session, mails, count, reports, perm);
  for (size_t i = 0; i < count; i++)
    out[which[i]] = (send_result){
        .outcome = outcome_of(reports + i), .provider_id = mails[i].message_id, .detail = detail_of(reports + i, perm)};
}

static send_result send_smtp(sender *s, const channel_message *m, arena *perm) {
  send_result r;
  send_all_smtp(s, m, 1, &r, perm);
  return r;
}

static void close_smtp(sender *s) {
  if (s) s->w->net->mail_close(s->session);
}

static bool check_smtp(sender *s, void (*say)(void *self, bool fine, slice what, slice remedy), void *self,
                       arena *perm) {
  if (!s->w->net->mail_greet) return true;
  mail_report r = s->w->net->mail_greet(s->session);
  bool fine = r.end == MAIL_OK;
  say(self, fine, fine ? SLICE("the mail server answers and lets us in") : detail_of(&r, perm),
      fine ? (slice){0} : SLICE("look at the address, the port, user and password of the connect line"));
  return fine;
}

const channel_driver EMAIL_SMTP = {.kind = "email",
                                   .vendor = "smtp",
                                   .channels = 1u << CH_EMAIL,
                                   .real = true,
                                   .open = open_smtp,
                                   .send = send_smtp,
                                   .send_all = send_all_smtp,
                                   .close = close_smtp,
                                   .rate = {.per_minute = 600, .at_once = 20, .together = TOGETHER},
                                   .together_max = TOGETHER_MAX,
                                   .name = name_smtp,
                                   .check = check_smtp,
                                   .parts_max = EMAIL_PARTS_BYTES_MAX};
