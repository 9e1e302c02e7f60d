/* Where a server listens; see http_server.h. */
#include <arpa/inet.h>
#include <sys/socket.h>

#include "http_server.h"

bool http_place_read(slice s, http_place *out) {
  size_t colon = s.n;
  uint32_t port = 0;
  *out = (http_place){.port = 0};
  while (colon > 0 && s.p[colon - 1] != ':') colon--;
  if (colon == 0 || colon == s.n || s.n - colon > 5) return false;
  for (size_t i = colon; i < s.n; i++) {
    if (s.p[i] < '0' || s.p[i] > '9') return false;
    port = port * 10 + (uint32_t)(s.p[i] - '0');
  }
  slice host = {s.p, colon - 1};
  if (host.n > 1 && host.p[0] == '[' && host.p[host.n - 1] == ']') {
    out->six = true;
    host = (slice){host.p + 1, host.n - 2};
  }
  if (slice_eq(host, SLICE("localhost"))) host = SLICE("127.0.0.1");
  if (port > UINT16_MAX || host.n == 0 || host.n >= sizeof out->address) return false;
  memcpy(out->address, host.p, host.n);
  out->port = (uint16_t)port;
  unsigned char room[sizeof(struct in6_addr)];
  if (inet_pton(out->six ? AF_INET6 : AF_INET, out->address, room) != 1) return false;
  out->loopback = out->six ? slice_eq(host, SLICE("::1")) : room[0] == 127;
  return true;
}

slice http_place_why_not(const http_place *at, const char *trouble, arena *perm) {
  if (strstr(trouble, "in use"))
    return arena_printf(perm,
                        "the port %u of %s is taken by another program: end that one, or give another with --listen",
                        at->port, at->address);
  if (strstr(trouble, "ermission"))
    return arena_printf(perm, "this user may not listen on port %u: give one above 1023 with --listen, behind a proxy",
                        at->port);
  if (strstr(trouble, "assign"))
    return arena_printf(perm, "%s is no address of this machine: give one that is with --listen", at->address);
  return arena_printf(perm, "nothing can listen on %s port %u", at->address, at->port);
}
