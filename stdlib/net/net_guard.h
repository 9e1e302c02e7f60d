/* What an address that somebody wrote may make this program reach: for webhooks and every other call over HTTP. Pure:
 * the caller resolves the name, asks here, and connects to just the address that was asked about.
 *
 * Invariant: only https, only hosts that the policy lists, and of these only addresses of the public internet: a name
 * that leads to this machine, to the network around it or to a cloud's metadata service is refused, however the address
 * is written. */
#ifndef DUN_NET_NET_GUARD_H
#define DUN_NET_NET_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "lang/base/slice.h"

/* NET_VERDICT(id, what it says to the person who wrote the address) */
#define NET_VERDICTS(NET_VERDICT)                                                                                      \
  NET_VERDICT(FINE, "it may be called")                                                                                \
  NET_VERDICT(NOT_A_URL, "the address is written https://HOST/PATH")                                                   \
  NET_VERDICT(NOT_HTTPS, "only https:// addresses are called: what is sent is nobody else's to read")                  \
  NET_VERDICT(HAS_USER, "the address has a user or a password in it: take them out")                                   \
  NET_VERDICT(ODD_HOST, "the host is not written as a name or as a plain address")                                     \
  NET_VERDICT(NOT_LISTED, "the host is not among those that may be called")                                            \
  NET_VERDICT(NOWHERE, "the host's name leads to no address")                                                          \
  NET_VERDICT(NOT_PUBLIC, "the host is an address of this machine or of its own network: only the internet is called")

typedef enum net_verdict {
#define NET_VERDICT(id, words) NET_##id,
  NET_VERDICTS(NET_VERDICT)
#undef NET_VERDICT
      NET_VERDICT_COUNT
} net_verdict;

const char *net_verdict_words(net_verdict v);

/* An IPv4 address takes the last 4 of the 16 bytes, as in ::ffff:a.b.c.d. */
typedef struct net_address {
  uint8_t v[16];
} net_address;

net_address net_address_v4(const uint8_t bytes[4]);
/* Four decimal numbers without leading zeros, or IPv6 as in RFC 4291 without a zone; nothing that only some programs
 * read as an address (0x7f.1, 2130706433, 0177.0.0.1). */
bool net_address_parse(slice text, net_address *out);
/* Of the public internet: neither this machine, nor a private, link-local, shared, documentation, benchmark, multicast
 * or reserved range, nor a way to wrap one of these, nor a cloud's metadata service. */
bool net_address_is_public(const net_address *a);

/* What is called: slices of the url. */
typedef struct net_target {
  slice host; /* without brackets */
  uint16_t port;
} net_target;

/* Before anything is resolved. `hosts`: names as written in a policy, `example.com`, `example.com:8443` or
 * `*.example.com` (every name below it, not itself). */
net_verdict net_guard_url(slice url, const slice *hosts, size_t count, net_target *out);
/* The same for an address of the user's own settings: any host, also of a house's own network; unencrypted only where
 * nothing leaves this machine. */
net_verdict net_guard_own_url(slice url, net_target *out);
/* After the name was resolved, about every address that it leads to: one that is not public refuses all, else the next
 * look-up may take it. The call goes to one of these and follows no redirect. */
net_verdict net_guard_resolved(const net_address *v, size_t count);

#endif
