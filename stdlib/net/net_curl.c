/* The network through libcurl; the only file that includes its header. SMTP: the message is built with curl's MIME, one
 * handle keeps its connection over messages.
 *
 * Invariant: nothing of the environment (proxies, .netrc) changes where a message goes; certificates are always
 * verified; how far a message came is read off the commands and answers themselves. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

#include "net.h"

struct mail_session {
  CURL *curl;
  mail_report report; /* of the message at hand */
  bool over;          /* curl takes its leave after a failure: what it says and hears then is no part of the report */
};

/* "550 5.1.1 No such user": the code and the enhanced code; the rest may hold an address and is not kept. */
static void note_reply(mail_report *r, const char *s, size_t n) {
  if (n < 4 || s[0] < '2' || s[0] > '5') return;
  for (size_t i = 0; i < 3; i++)
    if (s[i] < '0' || s[i] > '9') return;
  r->reply = (s[0] - '0') * 100 + (s[1] - '0') * 10 + (s[2] - '0');
  r->status[0] = 0;
  size_t k = 0;
  while (4 + k < n && k + 1 < sizeof r->status && ((s[4 + k] >= '0' && s[4 + k] <= '9') || s[4 + k] == '.')) k++;
  if (k < 5 || s[5] != '.' || s[4] != s[0]) return;
  memcpy(r->status, s + 4, k);
  r->status[k] = 0;
}

static void note_command(mail_report *r, const char *s, size_t n) {
  static const struct {
    const char *verb;
    mail_phase phase;
  } verbs[] = {{"EHLO", MAIL_GREETING},
               {"HELO", MAIL_GREETING},
               {"MAIL FROM", MAIL_SENDER},
               {"RCPT TO", MAIL_RECIPIENT},
               {"DATA", MAIL_DATA}};
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
    size_t k = strlen(verbs[i].verb);
    if (n < k || memcmp(s, verbs[i].verb, k) != 0 || r->phase >= MAIL_BODY) continue;
    r->phase = verbs[i].phase;
  }
  r->reply = 0;
  r->status[0] = 0;
}

static int watch(CURL *curl, curl_infotype kind, char *s, size_t n, void *self) {
  (void)curl;
  mail_session *m = self;
  if (kind == CURLINFO_HEADER_OUT && n >= 4 && memcmp(s, "QUIT", 4) == 0 && m->report.phase > MAIL_CONNECTING)
    m->over = true;
  if (m->over) return 0;
  if (kind == CURLINFO_HEADER_IN) {
    note_reply(&m->report, s, n);
    if (m->report.phase == MAIL_BODY && m->report.reply >= 200) m->report.phase = MAIL_ANSWERED;
  } else if (kind == CURLINFO_HEADER_OUT) {
    note_command(&m->report, s, n);
  } else if (kind == CURLINFO_DATA_OUT) {
    m->report.phase = MAIL_BODY;
    m->report.reply = 0;
    m->report.status[0] = 0;
  }
  return 0;
}

static mail_session *open_session(const mail_server *server) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return NULL;
  mail_session *s = calloc(1, sizeof *s);
  CURL *c = s ? curl_easy_init() : NULL;
  if (!c) {
    free(s);
    curl_global_cleanup();
    return NULL;
  }
  static const curl_usessl tls[] = {
      [MAIL_TLS_ALWAYS] = CURLUSESSL_ALL,
      [MAIL_TLS_STARTTLS] = CURLUSESSL_ALL,
      [MAIL_TLS_IF_OFFERED] = CURLUSESSL_TRY,
      [MAIL_TLS_NONE] = CURLUSESSL_NONE,
  };
  s->curl = c;
  bool set =
      curl_easy_setopt(c, CURLOPT_URL, server->url) == CURLE_OK &&
      curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps") == CURLE_OK &&
      curl_easy_setopt(c, CURLOPT_USE_SSL, (long)tls[server->tls]) == CURLE_OK &&
      curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
      curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
      curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
      (!server->ca_file || curl_easy_setopt(c, CURLOPT_CAINFO, server->ca_file) == CURLE_OK) &&
      (!server->user || (curl_easy_setopt(c, CURLOPT_USERNAME, server->user) == CURLE_OK &&
                         curl_easy_setopt(c, CURLOPT_PASSWORD, secret_reveal(&server->password)) == CURLE_OK)) &&
      curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK && curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
      curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, server->connect_ms) == CURLE_OK &&
      curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, server->total_ms) == CURLE_OK &&
      /* Also bounds the leave-taking after a failure, which the one above does not. */
      curl_easy_setopt(c, CURLOPT_SERVER_RESPONSE_TIMEOUT, (server->total_ms + 999) / 1000) == CURLE_OK &&
      curl_easy_setopt(c, CURLOPT_UPLOAD, 1L) == CURLE_OK && curl_easy_setopt(c, CURLOPT_VERBOSE, 1L) == CURLE_OK &&
      curl_easy_setopt(c, CURLOPT_DEBUGFUNCTION, watch) == CURLE_OK &&
      curl_easy_setopt(c, CURLOPT_DEBUGDATA, s) == CURLE_OK;
  if (set) return s;
  curl_easy_cleanup(c);
  free(s);
  curl_global_cleanup();
  return NULL;
}

static void close_session(mail_session *s) {
  if (!s) return;
  curl_easy_cleanup(s->curl);
  free(s);
  curl_global_cleanup();
}

static bool add_part(curl_mime *mime, const char *type, slice body, arena *scratch) {
  curl_mimepart *part = curl_mime_addpart(mime);
  slice lines = email_crlf(body, scratch);
  return part && curl_mime_data(part, lines.n ? lines.p : "", lines.n) == CURLE_OK &&
         curl_mime_type(part, type) == CURLE_OK && curl_mime_encoder(part, "quoted-printable") == CURLE_OK;
}

static struct curl_slist *add_line(struct curl_slist *list, const char *line, bool *ok) {
  struct curl_slist *longer = *ok ? curl_slist_append(list, line) : NULL;
  if (!longer) *ok = false;
  return longer ? longer : list;
}

static mail_end end_of(CURLcode code, const mail_report *r) {
  /* An answer from 400 on to a command, or to the whole message, is the server's word whatever curl makes of it. */
  bool refused = r->reply >= 400 && (r->phase >= MAIL_SENDER && r->phase != MAIL_BODY);
  if (code == CURLE_OK || (r->phase == MAIL_ANSWERED && r->reply < 400)) return MAIL_OK;
  if (refused) return MAIL_REPLY;
  if (code == CURLE_COULDNT_RESOLVE_HOST) return MAIL_NO_HOST;
  if (code == CURLE_COULDNT_CONNECT) return MAIL_REFUSED;
  if (code == CURLE_OPERATION_TIMEDOUT) return MAIL_TIMEOUT;
  if (code == CURLE_USE_SSL_FAILED || code == CURLE_SSL_CONNECT_ERROR) return MAIL_NO_TLS;
  if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE) return MAIL_BAD_CERTIFICATE;
  if (code == CURLE_LOGIN_DENIED) return MAIL_LOGIN;
  if (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING || code == CURLE_PARTIAL_FILE)
    return MAIL_LOST;
  return r->reply >= 400 ? MAIL_REPLY : MAIL_BROKEN;
}

static mail_report send_mail(mail_session *s, const email *m, arena *scratch) {
  s->report = (mail_report){.phase = MAIL_CONNECTING};
  s->over = false;
  slice lines[EMAIL_HEADERS_MAX];
  size_t n = email_headers(m, scratch, lines);
  bool ok = true;
  struct curl_slist *headers = NULL, *to = NULL;
  for (size_t i = 0; i < n; i++) headers = add_line(headers, lines[i].p, &ok);
  headers = add_line(headers, "Content-Type: multipart/alternative", &ok);
  slice from = arena_printf(scratch, "<%.*s>", SLICE_ARG(m->from.address));
  to = add_line(to, arena_printf(scratch, "<%.*s>", SLICE_ARG(m->to.address)).p, &ok);
  curl_mime *mime = curl_mime_init(s->curl);
  ok = ok && mime && add_part(mime, "text/plain; charset=utf-8", m->text, scratch);
  ok = ok && (m->html.n == 0 || add_part(mime, "text/html; charset=utf-8", m->html, scratch));
  ok = ok && curl_easy_setopt(s->curl, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
       curl_easy_setopt(s->curl, CURLOPT_MIMEPOST, mime) == CURLE_OK &&
       curl_easy_setopt(s->curl, CURLOPT_MAIL_FROM, from.p) == CURLE_OK &&
       curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, to) == CURLE_OK;
  if (ok)
    s->report.end = end_of(curl_easy_perform(s->curl), &s->report);
  else
    s->report.end = MAIL_BROKEN;
  /* The handle must not keep what is freed now. */
  curl_easy_setopt(s->curl, CURLOPT_HTTPHEADER, NULL);
  curl_easy_setopt(s->curl, CURLOPT_MIMEPOST, NULL);
  curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, NULL);
  curl_slist_free_all(headers);
  curl_slist_free_all(to);
  curl_mime_free(mime);
  return s->report;
}

const struct world_net net_curl = {.mail_open = open_session, .mail_send = send_mail, .mail_close = close_session};
