/* See replies.h. */
#include "replies.h"

#include "lang/base/text.h"
#include "stdlib/net/mail_place.h"
#include "stdlib/net/oauth.h"

enum { CONNECT_MS = 10000, TOTAL_MS = 20000 };

struct replies {
  world *w;
  arena *perm, *session; /* `session`: of the connection at hand */
  const connection *connect;
  mail_place at;
  slice folder, where;
  oauth *login; /* NULL: user and password */
  imap_line *line;
  imap *mailbox;
};

const connection *replies_line(const program *p) {
  for (uint32_t i = 0; i < p->connection_count; i++)
    if (slice_eq(p->connections[i].kind, SLICE("replies"))) return p->connections + i;
  return NULL;
}

slice replies_address(world *w, const connection *c) {
  slice address, variable;
  mailbox parsed;
  if (!c || !connection_setting(w, c, "address", &address, &variable)) return (slice){0};
  return mailbox_parse(address, &parsed) ? parsed.address : (slice){0};
}

static int hex(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

/* As an address carries it: %20. */
static slice decoded(slice s, arena *perm) {
  text t = text_new(perm);
  for (size_t i = 0; i < s.n; i++) {
    int high = s.p[i] == '%' && i + 2 < s.n ? hex(s.p[i + 1]) : -1, low = high >= 0 ? hex(s.p[i + 2]) : -1;
    text_char(&t, low >= 0 ? (char)(high * 16 + low) : s.p[i]);
    if (low >= 0) i += 2;
  }
  return text_slice(&t);
}

static bool failed(slice *why, slice words) {
  *why = words;
  return false;
}

static bool id_valid(slice s) {
  for (size_t i = 0; i < s.n; i++) {
    char c = s.p[i];
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    if (!plain) return false;
  }
  return s.n > 0 && s.n <= 128;
}

/* Google Workspace: a service account that may act for the mailbox's user signs for itself. */
static bool open_google(replies *r, slice client, slice *why) {
  slice user;
  secret hidden;
  if (!connection_needs(r->w, r->perm, r->connect, "user", "user \"finance@example.com\"", &user, why) ||
      !connection_needs_secret(r->w, r->perm, r->connect, "key", "key from env \"GOOGLE_KEY\"", &hidden, why))
    return false;
  oauth_options *o = ARENA_NEW(r->perm, oauth_options);
  *o = (oauth_options){.service = "Google's login",
                       .connect = r->connect,
                       .url_key = "login",
                       .base = "https://oauth2.googleapis.com",
                       .path = SLICE("/token"),
                       .client_id = arena_slice(r->perm, client),
                       .client_secret = hidden,
                       .scope = SLICE("https://mail.google.com/"),
                       .user = arena_slice(r->perm, user),
                       .audience = SLICE("https://oauth2.googleapis.com/token")};
  r->login = oauth_open(r->w, r->perm, o, why);
  return r->login != NULL;
}

/* Microsoft 365 takes no passwords: the application proves who it is, and may read that mailbox. */
static bool open_login(replies *r, slice *why) {
  const connection *c = r->connect;
  slice tenant, client, variable;
  secret hidden;
  if (!connection_setting(r->w, c, "tenant", &tenant, &variable))
    return !connection_setting(r->w, c, "client", &client, &variable) || open_google(r, client, why);
  if (!connection_needs(r->w, r->perm, c, "client", "client \"the app's id\"", &client, why) ||
      !connection_needs_secret(r->w, r->perm, c, "secret", "secret from env \"MAIL_SECRET\"", &hidden, why))
    return false;
  if (!id_valid(tenant) || !id_valid(client))
    return failed(why, SLICE("`tenant` and `client` are what Microsoft Entra shows as the directory's and the "
                             "application's id"));
  oauth_options *o = ARENA_NEW(r->perm, oauth_options);
  *o = (oauth_options){.service = "Microsoft's login",
                       .connect = c,
                       .url_key = "login",
                       .base = "https://login.microsoftonline.com",
                       .path = arena_printf(r->perm, "/%.*s/oauth2/v2.0/token", SLICE_ARG(tenant)),
                       .client_id = arena_slice(r->perm, client),
                       .client_secret = hidden,
                       .scope = SLICE("https://outlook.office365.com/.default")};
  r->login = oauth_open(r->w, r->perm, o, why);
  return r->login != NULL;
}

/* With a token that is asked for now. */
static bool server_of(replies *r, bool ask, arena *perm, mail_server *out, slice *why) {
  *out = (mail_server){.connect_ms = CONNECT_MS, .total_ms = TOTAL_MS};
  if (r->login && ask) {
    api_proof proof = {0};
    if (!oauth_login(NULL, r->login, &proof, perm, why)) return false;
    out->bearer = proof.pieces[1].hidden;
  } else if (r->login) {
    out->bearer = secret_of(perm, SLICE("none yet"));
  }
  if (!mail_place_server(r->w, perm, r->connect, &r->at, out, why)) return false;
  if (!out->user) return failed(why, SLICE("its connect line needs: user \"...\" and password from env \"...\""));
  out->url = arena_printf(perm, "%.*s%.*s%s%.*s/", SLICE_ARG(r->at.scheme), SLICE_ARG(r->at.host),
                          r->at.port.n ? ":" : "", SLICE_ARG(r->at.port))
                 .p;
  return true;
}

static bool read_line(replies *r, slice *why) {
  const connection *c = r->connect;
  mail_server server;
  slice address, variable;
  mailbox parsed;
  if (!slice_eq(c->vendor, SLICE("imap"))) return failed(why, SLICE("nothing in this program speaks to it"));
  if (!r->w->net || !r->w->net->imap_open) return failed(why, SLICE("this program has no network here"));
  if (!mail_place_read(c->url, "imap", &r->at))
    return failed(why, SLICE("the mailbox is written imaps://HOST/INBOX or imap://HOST/INBOX"));
  if (connection_setting(r->w, c, "address", &address, &variable) && !mailbox_parse(address, &parsed))
    return failed(why, SLICE("`address` is the one address that answers go to"));
  r->folder = r->at.path.n ? decoded(r->at.path, r->perm) : SLICE("INBOX");
  r->where = arena_printf(r->perm, "%.*s/%.*s", SLICE_ARG(r->at.host), SLICE_ARG(r->folder));
  return open_login(r, why) && server_of(r, false, r->perm, &server, why);
}

replies *replies_open(world *w, arena *perm, const connection *c, slice *why) {
  replies *r = ARENA_NEW(perm, replies);
  *r = (replies){.w = w, .perm = perm, .connect = c};
  if (read_line(r, why)) return r;
  replies_close(r);
  return NULL;
}

static void hang_up(replies *r) {
  if (r->mailbox) imap_logout(r->mailbox);
  if (r->line) r->w->net->imap_close(r->line);
  if (r->session) arena_free(r->session);
  r->mailbox = NULL;
  r->line = NULL;
  r->session = NULL;
}

void replies_close(replies *r) {
  if (!r) return;
  hang_up(r);
  oauth_close(r->login);
  r->login = NULL;
}

imap *replies_begin(replies *r, imap_folder *folder, slice *why) {
  mail_server server;
  hang_up(r);
  r->session = arena_new();
  if (!server_of(r, true, r->session, &server, why)) return NULL;
  r->line = r->w->net->imap_open(&server);
  if (!r->line) {
    *why = SLICE("the mail library cannot be set up with it");
    return NULL;
  }
  mail_end end = r->w->net->imap_login(r->line);
  if (end != MAIL_OK) {
    *why = slice_of(mail_end_words(end));
    return NULL;
  }
  r->mailbox = imap_over(r->w->net, r->line, r->session);
  return imap_examine(r->mailbox, r->folder, folder, why) ? r->mailbox : NULL;
}

slice replies_where(const replies *r) { return r->where; }
