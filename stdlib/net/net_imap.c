/* A connection to a mailbox's server: libcurl connects, encrypts, verifies the certificate and logs in; what is said
 * then are bytes, in imap.c's words.
 *
 * Invariant: no wait is longer than the server's `total_ms`. */
#include <curl/curl.h>
#include <poll.h>
#include <stdlib.h>

#include "curl_mail.h"

struct imap_line {
  CURL *curl;
  long wait_ms;
};

imap_line *net_imap_open(const mail_server *server) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return NULL;
  imap_line *l = calloc(1, sizeof *l);
  CURL *c = l ? curl_easy_init() : NULL;
  if (c) {
    l->curl = c;
    l->wait_ms = server->total_ms;
    if (curl_mail_rules(c, server, "imap,imaps") && curl_easy_setopt(c, CURLOPT_CONNECT_ONLY, 1L) == CURLE_OK) return l;
    curl_easy_cleanup(c);
  }
  free(l);
  curl_global_cleanup();
  return NULL;
}

mail_end net_imap_login(imap_line *l) { return curl_mail_end((int)curl_easy_perform(l->curl)); }

/* Until bytes can be read, or written. */
static bool wait_for(imap_line *l, short what) {
  curl_socket_t s;
  if (curl_easy_getinfo(l->curl, CURLINFO_ACTIVESOCKET, &s) != CURLE_OK || s == CURL_SOCKET_BAD) return false;
  struct pollfd p = {.fd = s, .events = what};
  return poll(&p, 1, (int)l->wait_ms) > 0;
}

bool net_imap_say(imap_line *l, slice bytes) {
  while (bytes.n) {
    size_t sent = 0;
    CURLcode code = curl_easy_send(l->curl, bytes.p, bytes.n, &sent);
    if (code == CURLE_AGAIN ? !wait_for(l, POLLOUT) : code != CURLE_OK) return false;
    bytes = (slice){bytes.p + sent, bytes.n - sent};
  }
  return true;
}

size_t net_imap_hear(imap_line *l, char *room, size_t n) {
  for (;;) {
    size_t got = 0;
    CURLcode code = curl_easy_recv(l->curl, room, n, &got);
    if (code == CURLE_OK) return got;
    if (code != CURLE_AGAIN || !wait_for(l, POLLIN)) return 0;
  }
}

void net_imap_close(imap_line *l) {
  if (!l) return;
  curl_easy_cleanup(l->curl);
  free(l);
  curl_global_cleanup();
}
