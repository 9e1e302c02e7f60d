/* See net_guard.h. */
#include "net_guard.h"

#include <string.h>

const char *net_verdict_words(net_verdict v) {
  static const char *const WORDS[] = {
#define NET_VERDICT(id, words) words,
      NET_VERDICTS(NET_VERDICT)
#undef NET_VERDICT
  };
  return WORDS[v];
}

/* ---- addresses ---- */

/* A range: the bytes, and how many bits of them count. */
typedef struct range {
  uint8_t v[16];
  unsigned bits;
} range;

static const range NOT_PUBLIC_4[] = {
    {{0}, 8},                 /* "this" network */
    {{10}, 8},                /* private */
    {{100, 64}, 10},          /* shared by a provider's customers; a cloud's metadata */
    {{127}, 8},               /* this machine */
    {{169, 254}, 16},         /* link-local; metadata of most clouds */
    {{172, 16}, 12},          /* private */
    {{192, 0, 0}, 24},        /* protocols; a cloud's metadata */
    {{192, 0, 2}, 24},        /* documentation */
    {{192, 88, 99}, 24},      /* relays of 6to4 */
    {{192, 168}, 16},         /* private */
    {{198, 18}, 15},          /* benchmarks */
    {{198, 51, 100}, 24},     /* documentation */
    {{203, 0, 113}, 24},      /* documentation */
    {{168, 63, 129, 16}, 32}, /* a cloud's host, seen from inside of it */
    {{224}, 4},               /* multicast */
    {{240}, 4},               /* reserved; broadcast */
};
static const range GLOBAL_6 = {{0x20}, 3};
static const range NOT_PUBLIC_6[] = {
    {{0x20, 0x01}, 23},             /* protocols: Teredo, ORCHID, benchmarks */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x20, 0x02}, 16},             /* 6to4: wraps any IPv4 address */
    {{0x3f, 0xff}, 20},             /* documentation */
};
/* An IPv4 address is at their end, and it decides. */
static const range WRAPPED_4[] = {
    {{[10] = 0xff, [11] = 0xff}, 96}, /* ::ffff:a.b.c.d */
    {{0x00, 0x64, 0xff, 0x9b}, 96},   /* 64:ff9b::a.b.c.d, through a translator */
};

static bool within(const uint8_t *address, const range *r) {
  unsigned whole = r->bits / 8, rest = r->bits % 8;
  if (memcmp(address, r->v, whole) != 0) return false;
  uint8_t mask = (uint8_t)(0xff << (8 - rest));
  return rest == 0 || (address[whole] & mask) == (r->v[whole] & mask);
}
static bool within_any(const uint8_t *address, const range *v, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (within(address, v + i)) return true;
  return false;
}
#define COUNT(a) (sizeof(a) / sizeof *(a))

bool net_address_is_public(const net_address *a) {
  if (within_any(a->v, WRAPPED_4, COUNT(WRAPPED_4))) return !within_any(a->v + 12, NOT_PUBLIC_4, COUNT(NOT_PUBLIC_4));
  return within(a->v, &GLOBAL_6) && !within_any(a->v, NOT_PUBLIC_6, COUNT(NOT_PUBLIC_6));
}

net_address net_address_v4(const uint8_t bytes[4]) {
  net_address a = {{[10] = 0xff, [11] = 0xff}};
  memcpy(a.v + 12, bytes, 4);
  return a;
}

static bool digit(char c) { return c >= '0' && c <= '9'; }

static bool parse_v4(slice s, uint8_t out[4]) {
  size_t at = 0;
  for (int part = 0; part < 4; part++) {
    size_t from = at;
    unsigned n = 0;
    while (at < s.n && digit(s.p[at]) && at - from < 4) n = n * 10 + (unsigned)(s.p[at++] - '0');
    if (at == from || n > 255 || (at - from > 1 && s.p[from] == '0')) return false;
    out[part] = (uint8_t)n;
    if (part < 3 && (at >= s.n || s.p[at++] != '.')) return false;
  }
  return at == s.n;
}

static int hex(char c) {
  if (digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Groups up to `::` or the end, each two bytes, the last maybe as a.b.c.d. False: something else. */
static bool parse_groups(slice s, uint8_t out[16], size_t *n) {
  *n = 0;
  for (size_t at = 0; at < s.n;) {
    size_t from = at;
    unsigned group = 0;
    while (at < s.n && hex(s.p[at]) >= 0 && at - from < 5) group = group * 16 + (unsigned)hex(s.p[at++]);
    if (at < s.n && s.p[at] == '.') {
      if (*n > 12 || !parse_v4((slice){s.p + from, s.n - from}, out + *n)) return false;
      *n += 4;
      return true;
    }
    if (at == from || at - from > 4 || *n > 14) return false;
    out[(*n)++] = (uint8_t)(group >> 8);
    out[(*n)++] = (uint8_t)group;
    if (at == s.n) break;
    if (s.p[at++] != ':' || at == s.n) return false;
  }
  return true;
}

static bool parse_v6(slice s, uint8_t out[16]) {
  uint8_t head[16], tail[16];
  size_t head_n, tail_n = 0, gap = s.n;
  memset(out, 0, 16);
  for (size_t i = 0; i + 1 < s.n && gap == s.n; i++)
    if (s.p[i] == ':' && s.p[i + 1] == ':') gap = i;
  if (!parse_groups((slice){s.p, gap}, head, &head_n)) return false;
  if (gap == s.n) {
    memcpy(out, head, head_n);
    return head_n == 16;
  }
  if (!parse_groups((slice){s.p + gap + 2, s.n - gap - 2}, tail, &tail_n) || head_n + tail_n > 14) return false;
  memcpy(out, head, head_n);
  memcpy(out + 16 - tail_n, tail, tail_n);
  return true;
}

bool net_address_parse(slice text, net_address *out) {
  uint8_t v4[4];
  if (parse_v4(text, v4)) {
    *out = net_address_v4(v4);
    return true;
  }
  return parse_v6(text, out->v);
}

/* ---- urls ---- */

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

static bool same_name(slice a, slice b) {
  if (a.n != b.n) return false;
  for (size_t i = 0; i < a.n; i++)
    if (lower(a.p[i]) != lower(b.p[i])) return false;
  return true;
}

static bool starts(slice s, const char *head) {
  size_t n = strlen(head);
  return s.n >= n && same_name((slice){s.p, n}, (slice){head, n});
}

/* Letters, digits and hyphens between dots, the last part with a letter first: no number in disguise. */
static bool is_name(slice s) {
  bool letter = false;
  size_t part = 0;
  for (size_t i = 0; i < s.n; i++) {
    char c = lower(s.p[i]);
    bool alphabetic = c >= 'a' && c <= 'z';
    if (!alphabetic && !digit(c) && c != '-' && (c != '.' || part == 0)) return false;
    if (part == 0) letter = alphabetic;
    part = c == '.' ? 0 : part + 1;
  }
  return part > 0 && letter && s.n <= 253;
}

static bool read_port(slice s, uint16_t *out) {
  unsigned n = 0;
  for (size_t i = 0; i < s.n; i++) {
    if (!digit(s.p[i]) || i > 4) return false;
    n = n * 10 + (unsigned)(s.p[i] - '0');
  }
  *out = (uint16_t)n;
  return s.n > 0 && n > 0 && n <= 65535;
}

/* HOST, HOST:PORT, [V6] or [V6]:PORT. */
static bool split(slice s, uint16_t usual, slice *host, uint16_t *port) {
  size_t end = 0;
  *port = usual;
  bool bracket = s.n && s.p[0] == '[';
  while (end < s.n && s.p[end] != (bracket ? ']' : ':')) end++;
  if (bracket && end == s.n) return false;
  *host = bracket ? (slice){s.p + 1, end - 1} : (slice){s.p, end};
  end += bracket;
  if (end == s.n) return host->n > 0;
  return s.p[end] == ':' && host->n > 0 && read_port((slice){s.p + end + 1, s.n - end - 1}, port);
}

static bool listed(slice host, uint16_t port, slice row) {
  slice name;
  uint16_t its = 443;
  if (!split(row, 443, &name, &its) || its != port) return false;
  if (name.n > 2 && name.p[0] == '*' && name.p[1] == '.') {
    slice below = {name.p + 1, name.n - 1};
    return host.n > below.n && same_name((slice){host.p + host.n - below.n, below.n}, below);
  }
  return same_name(host, name);
}

/* Scheme, host and port of an address that is written as it should be. */
static net_verdict read_url(slice url, bool *secure, net_target *out) {
  *secure = starts(url, "https://");
  if (!*secure && !starts(url, "http://")) return NET_NOT_A_URL;
  size_t scheme = *secure ? 8 : 7, n = 0;
  slice s = {url.p + scheme, url.n - scheme};
  while (n < s.n && s.p[n] != '/' && s.p[n] != '?' && s.p[n] != '#') {
    if (s.p[n] == '@') return NET_HAS_USER;
    if (s.p[n] <= ' ' || s.p[n] == '\\' || s.p[n] == '%' || (unsigned char)s.p[n] >= 127) return NET_ODD_HOST;
    n++;
  }
  /* What a header would be split by. */
  for (size_t i = n; i < s.n; i++)
    if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 127) return NET_NOT_A_URL;
  if (!split((slice){s.p, n}, *secure ? 443 : 80, &out->host, &out->port)) return NET_ODD_HOST;
  net_address literal;
  return net_address_parse(out->host, &literal) || is_name(out->host) ? NET_FINE : NET_ODD_HOST;
}

net_verdict net_guard_url(slice url, const slice *hosts, size_t count, net_target *out) {
  net_address literal;
  bool secure;
  net_verdict v = read_url(url, &secure, out);
  if (v == NET_FINE && !secure) v = NET_NOT_HTTPS;
  if (v != NET_FINE) return v;
  if (net_address_parse(out->host, &literal) && !net_address_is_public(&literal)) return NET_NOT_PUBLIC;
  for (size_t i = 0; i < count; i++)
    if (listed(out->host, out->port, hosts[i])) return NET_FINE;
  return NET_NOT_LISTED;
}

net_verdict net_guard_own_url(slice url, net_target *out) {
  static const net_address ONE_6 = {{[15] = 1}};
  net_address a;
  bool secure;
  net_verdict v = read_url(url, &secure, out);
  if (v != NET_FINE || secure) return v;
  bool here = same_name(out->host, SLICE("localhost"));
  if (net_address_parse(out->host, &a))
    here = memcmp(&a, &ONE_6, sizeof a) == 0 || (within(a.v, &WRAPPED_4[0]) && a.v[12] == 127);
  return here ? NET_FINE : NET_NOT_HTTPS;
}

net_verdict net_guard_resolved(const net_address *v, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!net_address_is_public(v + i)) return NET_NOT_PUBLIC;
  return count ? NET_FINE : NET_NOWHERE;
}
