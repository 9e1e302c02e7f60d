/* See mail_place.h. */
#include "mail_place.h"

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

bool mail_place_read(slice s, const char *protocol, mail_place *out) {
  slice name = slice_of(protocol);
  *out = (mail_place){0};
  if (!slice_starts(s, name)) return false;
  out->secure = s.n > name.n && s.p[name.n] == 's';
  out->scheme = (slice){s.p, name.n + out->secure + 3};
  if (s.n < out->scheme.n || memcmp(s.p + out->scheme.n - 3, "://", 3) != 0) return false;
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
  out->path = take_to(&s, "?");
  out->no_tls = slice_eq(s, SLICE("?tls=none"));
  return host_valid(out->host) && (s.n == 0 || (out->no_tls && !out->secure));
}

static bool loopback(slice host) {
  return slice_eq(host, SLICE("localhost")) || slice_eq(host, SLICE("[::1]")) || slice_starts(host, SLICE("127."));
}

/* Both or none. */
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
  if (has_user != (has_password || secret_is_there(&server->bearer))) {
    *why = SLICE("`with user ... and password from env ...` needs both");
    return false;
  }
  if (!has_user) return true;
  server->user = arena_copy(perm, user);
  server->password = password;
  return true;
}

bool mail_place_server(world *w, arena *perm, const connection *c, const mail_place *at, mail_server *server,
                       slice *why) {
  if (!credentials(w, perm, c, server, why)) return false;
  bool here = loopback(at->host);
  if (at->no_tls && server->user && !here) {
    *why = SLICE("a password is not sent unencrypted: take `?tls=none` away, or the user");
    return false;
  }
  server->tls = at->secure   ? MAIL_TLS_ALWAYS
                : at->no_tls ? MAIL_TLS_NONE
                : here       ? MAIL_TLS_IF_OFFERED
                             : MAIL_TLS_STARTTLS;
  server->ca_file = w->env(w, "SSL_CERT_FILE");
  if (server->ca_file && !*server->ca_file) server->ca_file = NULL;
  return true;
}

const char *mail_end_words(mail_end e) {
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
  return WORDS[e];
}
