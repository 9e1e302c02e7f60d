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
#include "mail_in.h"
#include "replies.h"
#include "stdlib/net/mail_place.h"

enum { CONNECT_MS = 10000, TOTAL_MS = 20000, TOGETHER = 3, TOGETHER_MAX = 64 };

struct sender {
  world *w;
  mailbox from;
  slice answers_to, leave_to; /* addresses; empty: the sender, and nobody */
  bool leave;                 /* messages say how to get no more of them */
  mail_session *session;
};

static sender *fail(slice *why, slice text) {
  *why = text;
  return NULL;
}

/* Where answers go, and whether messages say how to get no more of them: `unsubscribe "off"`. */
static bool answers(world *w, arena *perm, const sender_options *o, sender *s, slice *why) {
  const connection *box = o->p ? replies_line(o->p) : NULL;
  slice value, variable;
  s->answers_to = arena_slice(perm, replies_address(w, box));
  if (box) s->leave_to = s->answers_to.n ? s->answers_to : s->from.address;
  s->leave = true;
  if (!connection_setting(w, o->connect, "unsubscribe", &value, &variable)) return true;
  s->leave = slice_eq(value, SLICE("on"));
  if (s->leave || slice_eq(value, SLICE("off"))) return true;
  *why = SLICE("`unsubscribe` is \"on\" or \"off\"");
  return false;
}

static sender *open_smtp(world *w, arena *perm, const sender_options *o, slice *why) {
  const connection *c = o->connect;
  mail_place at;
  slice from, variable;
  mail_server server = {.connect_ms = CONNECT_MS, .total_ms = TOTAL_MS};
  sender *s = ARENA_NEW(perm, sender);
  if (!w->net) return fail(why, SLICE("this program has no network here"));
  if (!mail_place_read(c->url, "smtp", &at) || at.path.n)
    return fail(
        why, SLICE("the server is written smtps://HOST:465 or smtp://HOST:587, with `?tls=none` to send unencrypted"));
  if (!connection_setting(w, c, "from", &from, &variable))
    return fail(why, SLICE("it needs a sender: from \"Finance <finance@example.com>\""));
  if (!mailbox_parse(arena_slice(perm, from), &s->from))
    return fail(why, SLICE("the sender is written \"Name <address@example.com>\""));
  if (!mail_place_server(w, perm, c, &at, &server, why) || !answers(w, perm, o, s, why)) return NULL;
  slice port = at.port.n ? at.port : at.secure ? SLICE("465") : SLICE("587");
  slice domain = email_domain(s->from.address);
  server.url = arena_printf(perm, "%.*s%.*s:%.*s/%.*s", SLICE_ARG(at.scheme), SLICE_ARG(at.host), SLICE_ARG(port),
                            SLICE_ARG(domain))
                   .p;
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
  if (r->reply < 400) return arena_printf(perm, "%s%s", mail_end_words(r->end), suffix);
  return arena_printf(perm, "%s%s: %d%s%s", mail_end_words(r->end), suffix, r->reply, r->status[0] ? " " : "",
                      r->status);
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
    out[i].detail = SLICE("messages to this address came back: there is no such address");
    if (m->unreached) continue;
    mails[count] = (email){.from = s->from,
                           .to = {m->to_name, m->to},
                           .subject = m->subject,
                           .text = m->text,
                           .html = m->html,
                           .message_id = id,
                           .reply_to = s->answers_to,
                           .thread = {m->thread[0], m->thread[1]},
                           .now_s = now_s,
                           .parts = m->parts,
                           .part_count = m->part_count};
    if (m->to_customer && s->leave) {
      mails[count].leave_url = m->leave_url;
      mails[count].leave_address = s->leave_to;
      mails[count].leave_subject = mail_unsubscribe_subject(id, perm);
    }
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
