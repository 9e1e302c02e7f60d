/* `dun doctor`, the policy's connections: what each line says, whether its variables are set, the address, the
 * certificate, the other side's clock, and whatever harmless can be asked behind it. See doctor.h. */
#include "doctor.h"
#include "lang/base/suggest.h"
#include "lang/base/text.h"
#include "runtime/outbox/enclose.h"
#include "runtime/outbox/outbox.h"
#include "serve_erp.h"
#include "serve_mail.h"
#include "stdlib/documents/pdf.h"
#include "stdlib/erp/erp.h"
#include "stdlib/net/net_guard.h"
#include "stdlib/net/oidc.h"
#include "stdlib/net/settings.h"
#include "stdlib/net/sign.h"

enum { PATIENCE_SECONDS = 10 }; /* with one call: a person waits */

static bool is_kind(const connection *c, const char *kind) { return slice_eq(c->kind, slice_of(kind)); }

/* ---- what every line has ---- */

/* All of the line's variables, at once: who sets them one by one asks again each time. */
static bool check_variables(doctor *d, const setting *v, uint32_t n) {
  session *s = d->s;
  bool all = true;
  for (uint32_t i = 0; i < n; i++) {
    const char *value = v[i].from_env ? s->w->env(s->w, arena_copy(s->perm, v[i].value)) : "set";
    if (value && *value) continue;
    all = false;
    doctor_find(d, false, arena_printf(s->perm, "the environment variable %.*s is not set", SLICE_ARG(v[i].value)),
                SLICE("set it in the environment that dun runs in"));
  }
  return all;
}

/* What a line may say (vendor NULL: every line of the kind): those of connectors whose settings are
 * theirs alone. `SHARED` beside, of all that are called over HTTP. */
static const struct line_settings {
  const char *kind, *vendor, *names;
} SETTINGS[] = {
    {"erp", "omie", "key|secret|token|payment|write_off_account|interval|reread"},
    {"erp", "sap_b1", "company|user|password|version|installments|numbers|currency|page|token|interval|reread"},
    {"erp", "tryton", "database|user|password|company|category|numbers|page|interval|reread"},
    {"sms", "twilio", "from|account|token|callback|country|at_once"},
    {"whatsapp", "twilio", "from|account|token|callback|country|at_once"},
    {"whatsapp", "cloud", "phone|account|token|secret|verify_token|version|country|at_once"},
    {"email", "outlook", "from|mailbox|tenant|client|secret|login|at_once|unsubscribe"},
    {"webhook", NULL, "from|secret|network"},
    {"pix", "static", "receiver|name|city"},
    {"login", "oidc", "client|secret|scope|name"},
    {"attachments", "files", "invoice_pdf|boleto_pdf|hosts"},
};
static const char SHARED[] = "url|rate|headers|ca";

static size_t add_names(const char *names, slice *list) {
  size_t n = 0;
  for (slice rest = slice_of(names); rest.n;) {
    size_t i = 0;
    while (i < rest.n && rest.p[i] != '|') i++;
    list[n++] = (slice){rest.p, i};
    rest = i < rest.n ? (slice){rest.p + i + 1, rest.n - i - 1} : (slice){0};
  }
  return n;
}

/* A setting that nothing reads is a slip of the pen: what it was to say is not said. */
static void check_names(doctor *d, const connection *c) {
  enum { NAMES_MAX = 32 };
  arena *perm = d->s->perm;
  slice names[NAMES_MAX];
  size_t n = 0;
  for (size_t i = 0; i < sizeof SETTINGS / sizeof *SETTINGS && n == 0; i++)
    if (is_kind(c, SETTINGS[i].kind) && (!SETTINGS[i].vendor || slice_eq(c->vendor, slice_of(SETTINGS[i].vendor))))
      n = add_names(SETTINGS[i].names, names);
  if (n == 0) return;
  n += add_names(SHARED, names + n);
  for (uint32_t i = 0; i < c->setting_count; i++) {
    slice key = c->settings[i].key;
    bool known = false;
    for (size_t k = 0; k < n; k++) known |= slice_eq(key, names[k]);
    size_t near = known ? n : did_you_mean(key, names, n);
    if (known) continue;
    doctor_find(d, false, arena_printf(perm, "nothing reads its `%.*s`", SLICE_ARG(key)),
                near < n ? arena_printf(perm, "write `%.*s`", SLICE_ARG(names[near]))
                         : SLICE("docs/connections.md has what the line may say"));
  }
}

/* The address's scheme and host alone, with a slash: whatever answers there tells the time. */
static slice origin(slice url, arena *perm) {
  size_t i = 0;
  while (i + 2 < url.n && !(url.p[i] == ':' && url.p[i + 1] == '/' && url.p[i + 2] == '/')) i++;
  for (i += 3; i < url.n && url.p[i] != '/' && url.p[i] != '?';) i++;
  return arena_printf(perm, "%.*s/", (int)(i < url.n ? i : url.n), url.p);
}

/* Where the line, or the driver, says that it is; connections that are no HTTP have none. */
static slice address_of(doctor *d, const connection *c, const char *known) {
  slice url = c->url, variable;
  if (!url.n && !connection_setting(d->s->w, c, "url", &url, &variable)) url = slice_of(known);
  return slice_starts(url, SLICE("http://")) || slice_starts(url, SLICE("https://")) ? url : (slice){0};
}

/* Whether the host answers; *allowed as in doctor_ask. */
static bool check_host(doctor *d, slice url, const slice *allowed) {
  static const struct {
    http_end end;
    slice what, remedy;
  } ENDS[] = {{HTTP_NO_HOST, SLICE("its host's name leads to no address"), SLICE("look at how the address is written")},
              {HTTP_REFUSED, SLICE("nothing listens at its address"), SLICE("look at the address and its port")},
              {HTTP_BAD_CERTIFICATE, SLICE("its certificate is not valid"),
               SLICE("look at the address; where a house's own authority signed it, name its file: ca \"ca.pem\", or "
                     "SSL_CERT_FILE")},
              {HTTP_GUARDED,
               SLICE("its address is one of this machine or of its own network: only the internet is called, unless "
                     "the line says `network private`"),
               SLICE("look at where its host's name leads")}};
  http_answer a = doctor_ask(d, origin(url, d->s->perm), allowed);
  if (a.end == HTTP_OK || a.status) {
    doctor_check_clock(d, &a);
    return true;
  }
  for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++)
    if (a.end == ENDS[i].end) {
      doctor_find(d, false, ENDS[i].what, ENDS[i].remedy);
      return false;
    }
  doctor_find(d, false, SLICE("it cannot be reached"),
              SLICE("look at the address, this machine's way out, and its firewall"));
  return false;
}

static bool check_address(doctor *d, const connection *c, const char *known) {
  slice url = address_of(d, c, known);
  return !url.n || check_host(d, url, NULL);
}

static void check_hook(doctor *d, const connection *c, hook_reader *reads, bool signs) {
  slice variable;
  secret token;
  const arg_value *url = &d->s->a->value[ARG_public_url];
  if (!reads) return;
  if (is_kind(c, "erp") && !connection_secret(d->s->w, d->s->perm, c, "token", &token, &variable))
    return doctor_fine(d, "its webhooks are off: the line has no `token`");
  if (signs && !url->given)
    doctor_find(d, false, SLICE("its webhooks need the public address"), SLICE("give --public-url https://HOST"));
}

/* ---- ERPs ---- */

static void check_erp(doctor *d, const connection *c) {
  session *s = d->s;
  slice why = {0};
  const erp_driver *driver = erp_driver_of(c->vendor);
  if (!driver)
    return doctor_find(d, false, SLICE("nothing in this program speaks to it"),
                       SLICE("`dun sync` says what can be connected"));
  erp *e = driver->open(s->w, s->perm, c, &why);
  if (!e) return doctor_find(d, false, why, (slice){0});
  if (driver->patience) driver->patience(e, PATIENCE_SECONDS);
  unsigned before = d->wrong;
  bool there = check_address(d, c, driver->address);
  bool well = !there || !driver->check || driver->check(e, doctor_find, d, s->perm);
  if (!well && d->wrong == before) doctor_find(d, false, SLICE("it does not let us in"), (slice){0});
  driver->close(e);
  check_hook(d, c, driver->hook, false);
}

/* ---- channels ---- */

/* The approved templates that the policy's messages go as, each once. */
static size_t forms_of(const template_set *set, channel ch, form_asked **list, arena *perm) {
  size_t n = 0;
  *list = ARENA_ARRAY(perm, set->count + 1, form_asked);
  for (uint32_t i = 0; i < set->count; i++) {
    const form *f = set->v[i].form;
    if (set->v[i].ch != ch || !f) continue;
    form_asked x = {.name = f->name, .lang = f->lang};
    for (uint32_t k = 0; k < f->count; k++) {
      x.texts += f->v[k].place == FORM_TEXT;
      x.header |= f->v[k].place == FORM_HEADER;
      if (f->v[k].place == FORM_BUTTON && f->v[k].at > 0) x.buttons |= 1u << (f->v[k].at - 1);
    }
    bool seen = false;
    for (size_t k = 0; k < n; k++) {
      const form_asked *y = *list + k;
      seen |= slice_eq(x.name, y->name) && slice_eq(x.lang, y->lang) && x.texts == y->texts && x.header == y->header &&
              x.buttons == y->buttons;
    }
    if (!seen) (*list)[n++] = x;
  }
  return n;
}

static void check_sender(doctor *d, const connection *c, outlet o, const channel_driver *driver, sender *x) {
  session *s = d->s;
  channel_rate rate;
  slice why;
  form_asked *forms;
  if (!connection_rate(s->w, driver, c, &rate, &why)) doctor_find(d, false, why, (slice){0});
  if (!check_address(d, c, driver->address)) return;
  bool well = true;
  if (driver->check)
    well = driver->check(x, doctor_find, d, s->perm);
  else
    doctor_fine(d, "its connect line is complete");
  size_t n = well && driver->check_forms ? forms_of(&s->templates, (channel)o, &forms, s->perm) : 0;
  if (n) driver->check_forms(x, forms, n, doctor_find, d, s->perm);
}

/* A channel, or a service that one line is of. */
static void check_outlet(doctor *d, const connection *c, outlet out_by) {
  session *s = d->s;
  slice why = {0};
  const connection *of;
  const channel_driver *driver = outlet_driver_of(s->c.program, out_by, &of);
  if (driver && of != c)
    return doctor_find(d, false, SLICE("another line below it is used in its place"), SLICE("leave one of them out"));
  if (!driver)
    return doctor_find(d, false, SLICE("nothing in this program speaks to it"),
                       SLICE("docs/connections.md lists what can be connected"));
  sender_options o = {.connect = c, .policy = s->c.program->name, .p = s->c.program};
  sender *x = driver->open(s->w, s->perm, &o, &why);
  if (!x) return doctor_find(d, false, why, (slice){0});
  check_sender(d, c, out_by, driver, x);
  driver->close(x);
  check_hook(d, c, driver->hook, driver->hook_signs_address);
}

/* ---- mailboxes that are read ---- */

/* Is the mailbox reached, are we let in, is the folder there; reads no message. */
static void check_replies(doctor *d, const connection *c) {
  session *s = d->s;
  slice why = {0}, interval, variable;
  imap_folder folder;
  replies *r = replies_open(s->w, s->perm, c, &why);
  if (!r) return doctor_find(d, false, why, (slice){0});
  if (connection_setting(s->w, c, "interval", &interval, &variable) && !setting_interval_us(interval))
    doctor_find(d, false, SLICE("its `interval` cannot be read"), SLICE("write it like \"5 minutes\""));
  bool fine = replies_begin(r, &folder, &why) != NULL;
  doctor_find(d, fine, fine ? SLICE("the mailbox answers, lets us in, and has the folder") : why,
              SLICE("look at the address, the folder, user and password of the connect line"));
  replies_close(r);
}

/* ---- the login of the page ---- */

/* What the provider says of itself; nobody logs in. */
static void check_login(doctor *d, const connection *c) {
  slice why = {0}, url;
  if (!slice_eq(c->vendor, SLICE("oidc")))
    return doctor_find(d, false, SLICE("nothing in this program speaks to it"),
                       SLICE("docs/connections.md lists what can be connected"));
  oidc *o = oidc_open(d->s->w, d->s->perm, c, &why);
  if (o && oidc_begin(o, SLICE("doctor"), SLICE("http://127.0.0.1"), d->s->perm, &url, &why))
    return doctor_fine(d, "the provider answers, and says where to log in");
  doctor_find(d, false, why, SLICE("look at the provider's address and at the client that it knows this program by"));
}

/* ---- webhooks ---- */

/* The line as if it were the policy's only one, so that each says what is wrong with it. Its host alone is asked:
 * what is posted to a webhook does something. */
/* One without an address is for what comes in: its secret is all that it has. */
static bool comes_in_alone(doctor *d, const connection *c) {
  slice why;
  secret own;
  sign_key key;
  bool calls = c->url.n > 0;
  for (uint32_t i = 0; i < c->setting_count; i++)
    calls |= slice_eq(c->settings[i].key, SLICE("url")) || slice_eq(c->settings[i].key, SLICE("from"));
  if (calls) return false;
  if (!connection_needs_secret(d->s->w, d->s->perm, c, "secret", "secret from env \"WEBHOOK_SECRET\"", &own, &why))
    doctor_find(d, false, why, (slice){0});
  else if (!sign_key_base64(d->s->perm, &own, "whsec_", &key))
    doctor_find(d, false,
                slice_of("`secret` is written whsec_ and then base64: what the receiver shows, or a new one of "
                         "24 random bytes"),
                (slice){0});
  else
    doctor_fine(d, "it has no address, and tells nobody; what it signs comes in");
  return true;
}

static void check_webhook(doctor *d, const connection *c) {
  session *s = d->s;
  if (comes_in_alone(d, c)) return;
  slice why = {0}, url = c->url, variable, network;
  net_target target;
  program alone = *s->c.program;
  alone.connections = c;
  alone.connection_count = 1;
  sender_options o = {.policy = alone.name, .p = &alone};
  sender *x = ORDER_WEBHOOK.open(s->w, s->perm, &o, &why);
  if (!x) {
    slice head = arena_printf(s->perm, "connect webhook %.*s: ", SLICE_ARG(c->vendor));
    if (slice_starts(why, head)) why = (slice){why.p + head.n, why.n - head.n};
    return doctor_find(d, false, why, (slice){0});
  }
  ORDER_WEBHOOK.close(x);
  if (!url.n && !connection_setting(s->w, c, "url", &url, &variable))
    (void)connection_setting(s->w, c, "from", &url, &variable);
  bool own = connection_setting(s->w, c, "network", &network, &variable) && !slice_eq(network, SLICE("public"));
  if (net_guard_own_url(url, &target) != NET_FINE) return;
  slice host = target.port == 443 ? target.host : arena_printf(s->perm, "%.*s:%d", SLICE_ARG(target.host), target.port);
  if (check_host(d, url, own ? NULL : &host))
    doctor_fine(d, "its host answers; nothing was posted, so that whether it is taken there shows with the first call");
}

/* ---- documents ---- */

/* What makes documents is on this machine: a page is made into one, and thrown away. */
static void check_documents(doctor *d) {
  if (!(outlets_used(d->s->c.program) >> OUTLET_DOCUMENTS & 1)) return;
  d->where = slice_of(outlet_name(OUTLET_DOCUMENTS));
  pdf made = pdf_from_html(d->s->w, SLICE("<!doctype html><title>dun</title><p>dun"), d->s->perm);
  doctor_find(d, made.code == PDF_MADE, made.code == PDF_MADE ? SLICE("PDFs can be made here") : made.why, (slice){0});
}

/* ---- payment means and files ---- */

static void check_pix(doctor *d) {
  pay_receiver own;
  slice why;
  bool fine = pay_receiver_of(d->s->w, d->s->perm, d->s->c.program, &own, &why);
  doctor_find(d, fine, fine ? SLICE("its key, name and city make a Pix code") : why, (slice){0});
}

static void check_files(doctor *d, const connection *c) {
  slice why;
  if (!enclose_line_right(d->s->c.program, &why)) return doctor_find(d, false, why, (slice){0});
  bool fine = connection_path(d->s->w, d->s->perm, c, c->url.n ? c->url : SLICE("."), &why) != NULL;
  doctor_find(d, fine, fine ? SLICE("its folder is there") : why, (slice){0});
}

/* ---- teams ---- */

static bool host_is(slice host, const char *end) {
  slice s = slice_of(end);
  return slice_eq(host, s) ||
         (host.n > s.n && host.p[host.n - s.n - 1] == '.' && slice_eq((slice){host.p + host.n - s.n, s.n}, s));
}

static void check_team(doctor *d, const team *t, const char *chat_name, slice variable) {
  session *s = d->s;
  net_target target;
  if (!variable.n) return;
  d->where = arena_printf(s->perm, "team %.*s, %s", SLICE_ARG(t->name), chat_name);
  const setting address = {SLICE("address"), variable, true};
  if (!check_variables(d, &address, 1)) return;
  slice url = slice_of(s->w->env(s->w, arena_copy(s->perm, variable)));
  net_verdict v = net_guard_own_url(url, &target);
  if (v != NET_FINE)
    return doctor_find(d, false, slice_of(net_verdict_words(v)),
                       SLICE("the variable holds the webhook's whole address, as Teams or Slack shows it"));
  bool slack = host_is(target.host, "slack.com"), teams = strcmp(chat_name, "teams") == 0;
  if (slack && teams)
    return doctor_find(d, false, SLICE("the address is one of Slack"),
                       SLICE("write `slack webhook` in the team's line"));
  if (teams && (host_is(target.host, "webhook.office.com") || host_is(target.host, "outlook.office.com")))
    return doctor_find(d, false,
                       SLICE("the address is an Office 365 connector's: Microsoft has taken these out of use"),
                       SLICE("make a workflow `Post to a channel when a webhook request is received` in Teams, and use "
                             "its address"));
  if (check_host(d, url, NULL))
    doctor_fine(d, "its host answers; nothing was posted, so that whether it is taken there shows with the first call");
}

/* ---- all of them ---- */

void doctor_line(doctor *d, const connection *c) {
  d->where = arena_printf(d->s->perm, "%.*s %.*s", SLICE_ARG(c->kind), SLICE_ARG(c->vendor));
  check_names(d, c);
  if (!check_variables(d, c->settings, c->setting_count)) return;
  if (is_kind(c, "erp")) return check_erp(d, c);
  if (is_kind(c, "webhook")) return check_webhook(d, c);
  if (is_kind(c, "replies")) return check_replies(d, c);
  if (is_kind(c, "pix")) return check_pix(d);
  if (is_kind(c, "attachments")) return check_files(d, c);
  if (is_kind(c, "login")) return check_login(d, c);
  for (int ch = 0; ch < CH_COUNT; ch++)
    if (is_kind(c, CHANNELS[ch])) return check_outlet(d, c, (outlet)ch);
  if (is_kind(c, outlet_name(OUTLET_SIGNATURE))) return check_outlet(d, c, OUTLET_SIGNATURE);
  (void)check_address(d, c, NULL);
}

void doctor_others(doctor *d) {
  const program *p = d->s->c.program;
  for (uint32_t i = 0; i < p->team_count; i++) {
    check_team(d, p->teams + i, "teams", p->teams[i].teams_env);
    check_team(d, p->teams + i, "slack", p->teams[i].slack_env);
  }
  check_documents(d);
}

void doctor_connections(doctor *d) {
  const program *p = d->s->c.program;
  for (uint32_t i = 0; i < p->connection_count; i++) doctor_line(d, p->connections + i);
  doctor_others(d);
}
