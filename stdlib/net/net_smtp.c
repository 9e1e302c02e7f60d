/* SMTP through libcurl. What goes is what email.h writes; messages go over several connections at once, which are kept
 * and used again.
 *
 * Invariant: how far a message came is read off the commands and answers themselves. */
#include <curl/curl.h>
#include <stdlib.h>
#include <strings.h>

#include "curl_mail.h"
#include "mail_text.h"
#include "net.h"

/* One of the messages that are on their way at a time; its handle serves one after another. */
typedef struct mail_call {
  CURL *curl;
  bool busy;
  size_t which;
  mail_report report;
  bool over; /* curl takes its leave after a failure: what it says and hears then is no part of the report */
  struct curl_slist *to;
  slice left; /* of the message */
} mail_call;

struct mail_session {
  CURLM *multi; /* keeps the connections: as many as there are calls */
  size_t count;
  mail_call call[];
};

static int watch(CURL *curl, curl_infotype kind, char *s, size_t n, void *self) {
  (void)curl;
  mail_call *m = self;
  if (kind == CURLINFO_HEADER_OUT && n >= 4 && memcmp(s, "QUIT", 4) == 0 && m->report.phase > MAIL_CONNECTING)
    m->over = true;
  if (m->over) return 0;
  if (kind == CURLINFO_HEADER_IN) {
    mail_note_reply(&m->report, (slice){s, n});
    if (m->report.phase == MAIL_BODY && m->report.reply >= 200) m->report.phase = MAIL_ANSWERED;
  } else if (kind == CURLINFO_HEADER_OUT) {
    mail_note_command(&m->report, (slice){s, n});
  } else if (kind == CURLINFO_DATA_OUT) {
    m->report.phase = MAIL_BODY;
    m->report.reply = 0;
    m->report.status[0] = 0;
  }
  return 0;
}

static bool set_server(mail_call *k, const mail_server *server) {
  CURL *c = k->curl;
  return curl_mail_rules(c, server, "smtp,smtps") && curl_easy_setopt(c, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_VERBOSE, 1L) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_DEBUGFUNCTION, watch) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_DEBUGDATA, k) == CURLE_OK && curl_easy_setopt(c, CURLOPT_PRIVATE, k) == CURLE_OK;
}

void net_mail_close(mail_session *s) {
  if (!s) return;
  for (size_t i = 0; i < s->count; i++) curl_easy_cleanup(s->call[i].curl);
  curl_multi_cleanup(s->multi);
  free(s);
  curl_global_cleanup();
}

mail_session *net_mail_open(const mail_server *server) {
  size_t count = server->at_once ? server->at_once : 1;
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return NULL;
  mail_session *s = calloc(1, sizeof *s + count * sizeof *s->call);
  if (!s) {
    curl_global_cleanup();
    return NULL;
  }
  s->count = count;
  s->multi = curl_multi_init();
  bool fine = s->multi && curl_multi_setopt(s->multi, CURLMOPT_MAXCONNECTS, (long)count) == CURLM_OK;
  for (size_t i = 0; i < count; i++) {
    s->call[i].curl = curl_easy_init();
    fine = fine && s->call[i].curl && set_server(s->call + i, server);
  }
  if (fine) return s;
  net_mail_close(s);
  return NULL;
}

static size_t give_bytes(char *to, size_t size, size_t n, void *self) {
  mail_call *k = self;
  n = size * n < k->left.n ? size * n : k->left.n;
  if (n) memcpy(to, k->left.p, n);
  k->left = (slice){k->left.p + n, k->left.n - n};
  return n;
}

static mail_end end_of(CURLcode code, const mail_report *r) {
  /* An answer from 400 on to a command, or to the whole message, is the server's word whatever curl makes of it. */
  bool refused = r->reply >= 400 && (r->phase >= MAIL_SENDER && r->phase != MAIL_BODY);
  if (code == CURLE_OK || (r->phase == MAIL_ANSWERED && r->reply < 400)) return MAIL_OK;
  if (refused) return MAIL_REPLY;
  mail_end end = curl_mail_end((int)code);
  return end == MAIL_BROKEN && r->reply >= 400 ? MAIL_REPLY : end;
}

/* What goes is what a .eml file of it would hold (email.h). */
static bool set_message(mail_call *k, const email *m, arena *scratch) {
  k->left = email_bytes(m, scratch);
  slice from = arena_printf(scratch, "<%.*s>", SLICE_ARG(m->from.address));
  k->to = curl_slist_append(NULL, arena_printf(scratch, "<%.*s>", SLICE_ARG(m->to.address)).p);
  return k->to && curl_easy_setopt(k->curl, CURLOPT_READFUNCTION, give_bytes) == CURLE_OK &&
         curl_easy_setopt(k->curl, CURLOPT_READDATA, k) == CURLE_OK &&
         curl_easy_setopt(k->curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)k->left.n) == CURLE_OK &&
         curl_easy_setopt(k->curl, CURLOPT_MAIL_FROM, from.p) == CURLE_OK &&
         curl_easy_setopt(k->curl, CURLOPT_MAIL_RCPT, k->to) == CURLE_OK;
}

static void end_mail(mail_call *k, mail_end end, mail_report *out) {
  out[k->which] = k->report;
  out[k->which].end = end;
  /* The handle must not keep what is freed now. */
  curl_easy_setopt(k->curl, CURLOPT_MAIL_RCPT, NULL);
  curl_slist_free_all(k->to);
  k->to = NULL;
  k->left = (slice){0};
  k->busy = false;
}

static void begin_mail(mail_session *s, mail_call *k, const email *m, size_t which, mail_report *out, arena *scratch) {
  k->report = (mail_report){.phase = MAIL_CONNECTING};
  k->over = false;
  k->busy = true;
  k->which = which;
  if (!set_message(k, m, scratch) || curl_multi_add_handle(s->multi, k->curl) != CURLM_OK)
    end_mail(k, MAIL_BROKEN, out);
}

void net_mail_send(mail_session *s, const email *v, size_t n, mail_report *out, arena *scratch) {
  size_t next = 0, busy = 0;
  do {
    busy = 0;
    for (size_t i = 0; i < s->count; i++) {
      mail_call *k = s->call + i;
      while (!k->busy && next < n) {
        begin_mail(s, k, v + next, next, out, scratch);
        next++;
      }
      busy += k->busy;
    }
    bool fine = net_curl_go_on(s->multi, busy);
    int left;
    for (CURLMsg *m; (m = curl_multi_info_read(s->multi, &left));) {
      mail_call *k = NULL;
      CURLcode code = m->data.result;
      CURL *curl = m->easy_handle;
      curl_easy_getinfo(curl, CURLINFO_PRIVATE, &k);
      mail_end end = end_of(code, &k->report);
      k->over = true;
      curl_multi_remove_handle(s->multi, curl);
      end_mail(k, end, out);
    }
    for (size_t i = 0; !fine && i < s->count; i++) {
      if (!s->call[i].busy) continue;
      s->call[i].over = true;
      curl_multi_remove_handle(s->multi, s->call[i].curl);
      end_mail(s->call + i, MAIL_BROKEN, out);
    }
  } while (busy || next < n);
}

mail_report net_mail_greet(mail_session *s) {
  mail_call *k = s->call;
  k->report = (mail_report){.phase = MAIL_CONNECTING};
  k->over = false;
  bool set = curl_easy_setopt(k->curl, CURLOPT_UPLOAD, 0L) == CURLE_OK &&
             curl_easy_setopt(k->curl, CURLOPT_CONNECT_ONLY, 1L) == CURLE_OK;
  k->report.end = set ? end_of(curl_easy_perform(k->curl), &k->report) : MAIL_BROKEN;
  return k->report;
}
