/* See guard.h. */
#include "guard.h"

#include <arpa/inet.h>
#include <strings.h>

const char *guard_words(guard_finding f) {
  static const char *const WORDS[] = {
#define GUARD(id, words) words,
      GUARDS(GUARD)
#undef GUARD
  };
  return WORDS[f];
}

static slice header(const door_request *r, const char *name) {
  for (size_t i = 0; i < r->header_count; i++)
    if (slice_eq(r->headers[i].name, slice_of(name))) return slice_trim(r->headers[i].value);
  return (slice){0};
}

static bool same_name(slice a, slice b) { return a.n == b.n && (a.n == 0 || strncasecmp(a.p, b.p, a.n) == 0); }

static slice behind(slice s, slice head) {
  return slice_starts(s, head) ? (slice){s.p + head.n, s.n - head.n} : (slice){0};
}

static slice place_in(slice url) {
  slice https = behind(url, SLICE("https://"));
  return https.n ? https : behind(url, SLICE("http://"));
}

/* Without its port and the brackets of an address. */
static slice name_in(slice host) {
  size_t n = host.n;
  while (n > 0 && host.p[n - 1] >= '0' && host.p[n - 1] <= '9') n--;
  if (n > 0 && n < host.n && host.p[n - 1] == ':') host.n = n - 1;
  if (host.n > 1 && host.p[0] == '[' && host.p[host.n - 1] == ']') return (slice){host.p + 1, host.n - 2};
  return host;
}

/* Nobody else can give a number to a name of his own: it is looked up nowhere. */
static bool is_number(slice name) {
  char text[64];
  unsigned char room[sizeof(struct in6_addr)];
  if (name.n == 0 || name.n >= sizeof text) return false;
  memcpy(text, name.p, name.n);
  text[name.n] = 0;
  return inet_pton(AF_INET, text, room) == 1 || inet_pton(AF_INET6, text, room) == 1;
}

static bool is_ours(const guard *g, slice host) {
  slice name = name_in(host);
  return same_name(name, SLICE("localhost")) || is_number(name) ||
         (g->public_url.n && same_name(host, place_in(g->public_url)));
}

guard_finding guard_looks(const guard *g, const door_request *r) {
  slice host = header(r, "host"), origin = header(r, "origin"), site = header(r, "sec-fetch-site");
  if (!is_ours(g, host)) return GUARD_NAME;
  if (slice_eq(r->method, SLICE("GET")) || slice_eq(r->method, SLICE("HEAD"))) return GUARD_FINE;
  bool from_us = slice_eq(site, SLICE("same-origin")) || slice_eq(site, SLICE("none")) || !site.n;
  bool here = !origin.n || same_name(place_in(origin), host) || (g->public_url.n && same_name(origin, g->public_url));
  return from_us && here ? GUARD_FINE : GUARD_PLACE;
}
