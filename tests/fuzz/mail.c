/* E-mail that comes in: whatever the bytes are, reading ends, what comes out of it is text within its limits, and a
 * report fails a message only where it says that it was given up. The same bytes are answers of a mailbox's server:
 * asking ends, and no more is kept than was asked for. */
#include "fuzz.h"

#include "lang/base/utf8.h"
#include "stdlib/channel/mail_in.h"
#include "stdlib/net/imap.h"
#include "stdlib/net/mail_html.h"

static void is_text(slice s, size_t most) {
  MUST(s.n <= most + 4);
  MUST(s.n == 0 || (utf8_valid(s) && !memchr(s.p, 0, s.n)));
}

static void mailed(slice bytes, arena *perm) {
  enum { LINE = 1000 };
  mail m;
  mail_sorted v;
  if (!mail_read(bytes, perm, &m)) return;
  const slice lines[] = {m.from_name, m.from, m.to, m.message_id, m.subject, m.date, m.auto_submitted, m.precedence};
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
    is_text(lines[i], LINE);
    MUST(!lines[i].n || !memchr(lines[i].p, '\n', lines[i].n));
  }
  for (size_t i = 0; i < m.id_count; i++) is_text(m.ids[i], LINE);
  for (size_t i = 0; i < m.about_count; i++) is_text(m.about[i], LINE);
  is_text(m.text, MAIL_TEXT_MAX + 16);
  mail_sort_of(&m, SLICE("f@acme.example"), perm, &v);
  is_text(v.text, MAIL_TEXT_MAX + 16);
  is_text(v.detail, 100);
  MUST(v.id_count <= MAIL_MENTIONED_MAX);
  MUST(v.sort != MAIL_IS_WORDS || (!v.state && !m.status_count && !m.is_report));
  MUST(v.wish == OPT_NONE || v.sort == MAIL_IS_WORDS);
  MUST(!v.detail.n || !memchr(v.detail.p, '@', v.detail.n));
}

static slice server;
static bool say(imap_line *l, slice bytes) { return !l || bytes.n; }
static size_t hear(imap_line *l, char *room, size_t n) {
  (void)l;
  size_t k = server.n < n ? server.n : n;
  memcpy(room, server.p, k);
  server = (slice){server.p + k, server.n - k};
  return k;
}

static void asked(slice bytes, arena *perm) {
  enum { ROOM = 4, MOST = 64 };
  static const struct world_net NET = {.imap_say = say, .imap_hear = hear};
  imap_folder f;
  imap_item v[ROOM];
  size_t n;
  slice why = {0}, body;
  uint32_t uid;
  server = bytes;
  imap *m = imap_over(&NET, NULL, perm);
  (void)imap_examine(m, bytes.n < 40 ? bytes : SLICE("INBOX"), &f, &why);
  (void)imap_since(m, (civil_date){20000}, &uid, &why);
  (void)imap_list(m, 1, v, ROOM, &n, &why);
  MUST(n <= ROOM);
  for (size_t i = 1; i < n; i++) MUST(v[i - 1].uid < v[i].uid);
  (void)imap_read(m, 1, MOST, perm, &body, &why);
  server = bytes;
  m = imap_over(&NET, NULL, perm);
  (void)imap_read(m, 1, MOST, perm, &body, &why);
  imap_logout(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  arena *perm = arena_new();
  slice bytes = {(const char *)data, size};
  mailed(bytes, perm);
  asked(bytes, perm);
  (void)mail_html_text(bytes, 1000, perm);
  arena_free(perm);
  return 0;
}
