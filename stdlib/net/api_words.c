/* See api.h: what an answer comes to, and the words for it. */
#include "api_impl.h"

#include <strings.h>

#include "lang/base/date.h"
#include "lang/base/text.h"

enum { WAIT_S_MAX = 7 * 86400 };

slice http_header_of(const http_answer *answer, const char *name) {
  slice wanted = slice_of(name);
  for (size_t i = 0; i < answer->header_count; i++) {
    slice its = answer->headers[i].name;
    if (its.n == wanted.n && strncasecmp(its.p, name, its.n) == 0) return answer->headers[i].value;
  }
  return (slice){0};
}

/* ---- waiting ---- */

/* Digits, rounded up over a decimal point; -1: something else. */
static int64_t whole(slice s) {
  int64_t n = 0;
  size_t i = 0;
  for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++) n = n < INT64_MAX / 100 ? n * 10 + (s.p[i] - '0') : n;
  if (i == 0 || (i < s.n && s.p[i] != '.')) return -1;
  return i < s.n ? n + 1 : n;
}

static int number_at(slice s, size_t from, size_t n) {
  int value = 0;
  for (size_t i = from; i < from + n; i++) {
    if (i >= s.n || s.p[i] < '0' || s.p[i] > '9') return -1;
    value = value * 10 + (s.p[i] - '0');
  }
  return value;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110). False: it is none. */
bool http_date(slice s, int64_t *seconds) {
  static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (s.n != 29 || memcmp(s.p + 25, " GMT", 4) != 0 || s.p[3] != ',') return false;
  int month = 0;
  while (month < 12 && memcmp(MONTHS + 3 * month, s.p + 8, 3) != 0) month++;
  int day = number_at(s, 5, 2), year = number_at(s, 12, 4), h = number_at(s, 17, 2), m = number_at(s, 20, 2);
  int sec = number_at(s, 23, 2);
  if (month == 12 || year < 1970 || !date_valid(year, month + 1, day) || h < 0 || h > 23 || m < 0 || m > 59 ||
      sec < 0 || sec > 60)
    return false;
  *seconds = (int64_t)date_of(year, month + 1, day).day * 86400 + h * 3600 + m * 60 + sec;
  return true;
}

int64_t http_retry_after_s(const http_answer *answer, int64_t now_s) {
  /* The milliseconds' and the reset's names are those of services that have no Retry-After. */
  static const struct {
    const char *name;
    int64_t unit; /* of a second */
  } NAMES[] = {
      {"retry-after", 1},       {"retry-after-ms", 1000},  {"x-ms-retry-after-ms", 1000}, {"ratelimit-reset", 1},
      {"x-ratelimit-reset", 1}, {"x-rate-limit-reset", 1}, {"x-ratelimit-reset-after", 1}};
  int64_t wait = -1;
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES && wait < 0; i++) {
    slice value = http_header_of(answer, NAMES[i].name);
    int64_t at;
    if (value.n == 0) continue;
    if (http_date(value, &at))
      wait = at > now_s ? at - now_s : 0;
    else
      wait = whole(value);
    if (wait > 1000000000 && NAMES[i].unit == 1) wait = wait > now_s ? wait - now_s : 0; /* a moment, since 1970 */
    if (wait > 0) wait = (wait + NAMES[i].unit - 1) / NAMES[i].unit;
  }
  return wait < 0 ? 0 : wait < WAIT_S_MAX ? wait : WAIT_S_MAX;
}

/* ---- words ---- */

slice api_words(const api *a, const http_answer *answer, arena *perm) {
  static const char *const WORDS[] = {
      [HTTP_NO_HOST] = "%s cannot be reached: its host's name cannot be resolved",
      [HTTP_REFUSED] = "%s cannot be reached: the connection was refused",
      [HTTP_TIMEOUT] = "%s did not answer in time",
      [HTTP_LOST] = "the connection to %s broke",
      [HTTP_BAD_CERTIFICATE] = "the certificate of %s is not valid",
      [HTTP_NO_TLS] = "%s offers no encryption that can be used",
      [HTTP_TOO_LONG] = "the answer of %s is longer than is taken",
      [HTTP_GUARDED] = "the address of %s may not be called",
      [HTTP_BROKEN] = "the answer of %s makes no sense",
  };
  static const char *const MORE[] = {
      [HTTP_CONNECTING] = "", [HTTP_SENDING] = "; the request had left", [HTTP_ANSWERED] = "; the request had left"};
  const char *service = a->o.service;
  if (answer->end == HTTP_OK && answer->status == 401 && a->refused.n) return arena_slice(perm, a->refused);
  if (answer->end == HTTP_OK) return arena_printf(perm, "%s answered %d", service, answer->status);
  bool more = answer->end == HTTP_TIMEOUT || answer->end == HTTP_LOST;
  text t = text_new(perm);
  const char *words = WORDS[answer->end], *hole = strstr(words, "%s");
  text_add(&t, (slice){words, (size_t)(hole - words)});
  text_cstr(&t, service);
  text_cstr(&t, hole + 2);
  if (more) text_cstr(&t, MORE[answer->phase]);
  return text_slice(&t);
}

/* ---- outcomes ---- */

static send_outcome outcome_of_status(int status, bool told_when) {
  if (status >= 200 && status < 300) return SEND_ACCEPTED;
  if (status == 408 || status == 425 || status == 429 || (status == 503 && told_when)) return SEND_RETRY;
  if (status == 401 || status == 403 || status == 404 || status == 407) return SEND_DOWN;
  if (status >= 300 && status < 400) return SEND_DOWN; /* it has moved: the address is ours to put right */
  return status >= 400 && status < 500 ? SEND_REJECTED : SEND_UNKNOWN;
}

send_result api_outcome(const api *a, const http_answer *answer, arena *perm) {
  send_result r = {.detail = api_words(a, answer, perm)};
  bool settings = answer->end == HTTP_BAD_CERTIFICATE || answer->end == HTTP_NO_TLS || answer->end == HTTP_GUARDED ||
                  answer->end == HTTP_BROKEN;
  bool told = http_header_of(answer, "retry-after").n > 0;
  if (answer->end == HTTP_OK)
    r.outcome = outcome_of_status(answer->status, told);
  else if (answer->phase != HTTP_CONNECTING)
    r.outcome = SEND_UNKNOWN;
  else
    r.outcome = settings ? SEND_DOWN : SEND_RETRY;
  if (r.outcome == SEND_RETRY) r.retry_s = http_retry_after_s(answer, a->w->now_ns(a->w) / 1000000000);
  return r;
}
