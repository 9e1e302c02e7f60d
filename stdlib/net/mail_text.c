/* See mail_text.h. RFC 5321 (SMTP), 2034 (enhanced codes). */
#include "mail_text.h"

void mail_note_reply(mail_report *r, slice line) {
  const char *s = line.p;
  size_t n = line.n;
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

void mail_note_command(mail_report *r, slice line) {
  const char *s = line.p;
  size_t n = line.n;
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
