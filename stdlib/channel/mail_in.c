/* See mail_in.h. */
#include "mail_in.h"

#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "stdlib/net/email.h"

typedef enum words_kind { AUTOMATIC, CUT, WROTE, DAEMON, DELAYED, FAILED } words_kind;

static const struct {
  words_kind kind;
  const char *words;
} WORDS[] = {
#define MAIL_WORDS(kind, words) {kind, words},
#include "mail_words.def"
#undef MAIL_WORDS
};

typedef bool compares(slice a, slice b);

static bool any_word(words_kind kind, slice s, compares *how) {
  for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
    if (WORDS[i].kind == kind && how(s, slice_of(WORDS[i].words))) return true;
  return false;
}

static bool ends(slice s, slice tail) {
  return s.n >= tail.n && utf8_fold_eq((slice){s.p + s.n - tail.n, tail.n}, tail);
}

/* ---- the words of a reply ---- */

static slice take_row(slice *rest) {
  const char *end = memchr(rest->p, '\n', rest->n);
  slice row = {rest->p, end ? (size_t)(end - rest->p) : rest->n};
  *rest = end ? (slice){end + 1, rest->n - row.n - 1} : (slice){0};
  return row;
}

/* "On 2 March 2026, Finance <finance@acme.example>" and "wrote:" may stand on up to three lines. */
static bool quote_begins(slice row, slice rest, unsigned *rows) {
  static const char *const FIRST[] = {"on ", "em ", "el ", "am ", "le ", "a "};
  enum { LINES_MAX = 3 };
  *rows = 0;
  if (any_word(WROTE, row, ends)) return true;
  bool begins = false;
  for (size_t i = 0; i < sizeof FIRST / sizeof *FIRST; i++) begins |= utf8_fold_starts(row, slice_of(FIRST[i]));
  for (*rows = 1; begins && *rows < LINES_MAX && rest.n; (*rows)++)
    if (any_word(WROTE, slice_trim(take_row(&rest)), ends)) return true;
  return false;
}

/* "From: ..." and one of its companions on a row below: what Outlook puts above the quoted message. */
static bool headers_begin(slice row, slice rest) {
  static const char *const BELOW[] = {
      "sent:", "to:",   "date:",  "enviado:",    "enviada em:", "enviado em:", "enviada:",
      "para:", "data:", "fecha:", "enviado el:", "*sent:*",     "gesendet:"};
  bool from = utf8_fold_starts(row, SLICE("from:")) || utf8_fold_starts(row, SLICE("de:")) ||
              utf8_fold_starts(row, SLICE("*from:*")) || utf8_fold_starts(row, SLICE("*de:*")) ||
              utf8_fold_starts(row, SLICE("von:"));
  for (int k = 0; from && k < 3 && rest.n; k++) {
    slice below = slice_trim(take_row(&rest));
    for (size_t i = 0; i < sizeof BELOW / sizeof *BELOW; i++)
      if (utf8_fold_starts(below, slice_of(BELOW[i]))) return true;
  }
  return false;
}

slice mail_answer(slice said, arena *perm) {
  text out = text_new(perm);
  for (slice rest = said; rest.n;) {
    slice whole = take_row(&rest), row = slice_trim(whole);
    unsigned rows;
    bool any = slice_trim(text_slice(&out)).n > 0;
    if (row.n && row.p[0] == '>') continue;
    bool signature = slice_eq(row, SLICE("--")) && whole.n <= row.n + 2;
    if (signature || any_word(CUT, row, utf8_fold_starts) || headers_begin(row, rest)) break;
    if (quote_begins(row, rest, &rows)) {
      if (any) break;
      while (rows-- && rest.n) (void)take_row(&rest); /* the answer stands below what it quotes */
      continue;
    }
    text_add(&out, whole);
    text_char(&out, '\n');
  }
  return slice_trim(text_slice(&out));
}

/* ---- what kind it is ---- */

static void mention(mail_sorted *out, const slice *v, size_t n) {
  for (size_t i = 0; i < n && out->id_count < MAIL_MENTIONED_MAX; i++) {
    bool known = false;
    for (size_t k = 0; k < out->id_count; k++) known |= slice_eq(out->ids[k], v[i]);
    if (!known) out->ids[out->id_count++] = v[i];
  }
}

static bool digit(char c) { return c >= '0' && c <= '9'; }

/* "5.1.1" somewhere in a mail server's words, its class 4 or 5; empty: none. The last one is behind the way there. */
static slice status_in(slice s) {
  slice found = {0};
  for (size_t i = 0; i + 5 <= s.n; i++) {
    if ((s.p[i] != '4' && s.p[i] != '5') || s.p[i + 1] != '.' || (i && (digit(s.p[i - 1]) || s.p[i - 1] == '.')))
      continue;
    size_t n = i + 2, k = 0, dots = 0;
    for (; n < s.n && (digit(s.p[n]) || (s.p[n] == '.' && digit(s.p[n - 1]) && dots == 0)); n++) {
      dots += s.p[n] == '.';
      k = s.p[n] == '.' ? 0 : k + 1;
    }
    bool address = n < s.n && s.p[n] == '.' && n + 1 < s.n && digit(s.p[n + 1]); /* 5.1.1.9: of a machine */
    if (dots == 1 && k > 0 && k <= 3 && digit(s.p[i + 2]) && !address) found = (slice){s.p + i, n - i};
    i = n - 1;
  }
  return found;
}

static slice local_part(slice address) {
  const char *at = address.n ? memchr(address.p, '@', address.n) : NULL;
  return at ? (slice){address.p, (size_t)(at - address.p)} : address;
}

static void failed(mail_sorted *out, slice status, arena *perm) {
  out->state = "rejected";
  out->detail = status.n ? arena_printf(perm, "it came back: %.*s", SLICE_ARG(status)) : SLICE("it came back");
  out->no_address = slice_starts(status, SLICE("5.1."));
}

/* One recipient has one message: what was given up counts, else what is known best. */
static void read_statuses(const mail *m, arena *perm, mail_sorted *out) {
  const mail_status *fails = NULL, *delays = NULL;
  bool delivered = false, passed = false;
  for (size_t i = 0; i < m->status_count; i++) {
    const mail_status *s = m->status + i;
    if (utf8_fold_eq(s->action, SLICE("failed"))) fails = s;
    if (utf8_fold_eq(s->action, SLICE("delayed"))) delays = s;
    delivered |= utf8_fold_eq(s->action, SLICE("delivered"));
    passed |= utf8_fold_eq(s->action, SLICE("relayed")) || utf8_fold_eq(s->action, SLICE("expanded"));
  }
  out->sort = MAIL_IS_REPORT;
  if (fails) return failed(out, fails->status, perm);
  if (m->displayed)
    out->state = "read", out->detail = SLICE("the reader says so");
  else if (delivered)
    out->state = "delivered";
  else if (delays)
    out->state = "accepted", out->detail = arena_printf(perm, "delayed: %.*s", SLICE_ARG(delays->status));
  else if (passed)
    out->state = "accepted", out->detail = SLICE("passed on");
  else
    out->sort = m->status_count ? MAIL_IS_UNCLEAR : MAIL_IS_MACHINE;
}

/* The words of a mail server that sends no report (RFC 3464): qmail, old Exchange, gateways. */
static void read_server_words(const mail *m, arena *perm, mail_sorted *out) {
  enum { LOOKED_AT = 4000 };
  slice head = {m->text.p, m->text.n < LOOKED_AT ? m->text.n : LOOKED_AT}, status = status_in(head);
  out->sort = MAIL_IS_REPORT;
  if (any_word(DELAYED, m->subject, utf8_fold_contains) || any_word(DELAYED, head, utf8_fold_contains)) {
    out->state = "accepted";
    out->detail = SLICE("delayed");
  } else if ((status.n && status.p[0] == '5') || any_word(FAILED, m->subject, utf8_fold_contains) ||
             any_word(FAILED, head, utf8_fold_contains)) {
    failed(out, status, perm);
  } else {
    out->sort = MAIL_IS_UNCLEAR;
  }
}

static slice without_re(slice s) {
  static const char *const MARKS[] = {"re:", "res:", "rv:", "fw:", "fwd:", "enc:", "aw:"};
  for (bool again = true; again;) {
    again = false;
    for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++) {
      slice mark = slice_of(MARKS[i]);
      if (!utf8_fold_starts(s, mark)) continue;
      s = slice_trim((slice){s.p + mark.n, s.n - mark.n});
      again = true;
    }
  }
  return s;
}

static bool is_machine(const mail *m) {
  bool submitted = m->auto_submitted.n && !utf8_fold_starts(m->auto_submitted, SLICE("no"));
  return submitted || m->from_nobody || m->marked_automatic || m->from.n == 0 ||
         utf8_fold_one_of("bulk|junk|list|auto_reply|auto-reply", m->precedence) ||
         any_word(AUTOMATIC, without_re(m->subject), utf8_fold_starts);
}

static const char UNSUBSCRIBE[] = "unsubscribe ";

slice mail_unsubscribe_subject(slice id, arena *perm) {
  return arena_printf(perm, "%s%.*s", UNSUBSCRIBE, SLICE_ARG(local_part(id)));
}

/* A mail program's own answer to List-Unsubscribe: the subject names the message. */
static bool wants_out(const mail *m, slice own, arena *perm, mail_sorted *out) {
  slice rest = m->subject, name = slice_of(UNSUBSCRIBE);
  if (!utf8_fold_starts(rest, name)) return false;
  rest = slice_trim((slice){rest.p + name.n, rest.n - name.n});
  for (size_t i = 0; i < rest.n; i++)
    if (!digit(rest.p[i]) && (rest.p[i] < 'a' || rest.p[i] > 'f')) return false;
  if (rest.n != 32) return false;
  out->sort = MAIL_IS_WORDS;
  out->wish = OPT_OUT;
  out->text = SLICE("unsubscribe");
  slice id = arena_printf(perm, "%.*s@%.*s", SLICE_ARG(rest), SLICE_ARG(email_domain(own)));
  mention(out, &id, 1);
  return true;
}

void mail_sort_of(const mail *m, slice own, arena *perm, mail_sorted *out) {
  *out = (mail_sorted){.sort = MAIL_IS_WORDS};
  if (m->status_count || m->is_report) {
    read_statuses(m, perm, out);
  } else if (any_word(DAEMON, local_part(m->from), utf8_fold_starts)) {
    read_server_words(m, perm, out);
  } else if (own.n && utf8_fold_eq(m->from, own)) {
    out->sort = MAIL_IS_OWN;
    return;
  } else if (wants_out(m, own, perm, out)) {
    return;
  } else if (is_machine(m)) {
    out->sort = MAIL_IS_MACHINE;
  }
  bool about = out->sort == MAIL_IS_REPORT || out->sort == MAIL_IS_UNCLEAR;
  if (about) mention(out, m->about, m->about_count);
  mention(out, m->ids, m->id_count);
  if (!about) mention(out, m->about, out->sort == MAIL_IS_MACHINE ? m->about_count : 0);
  if (out->sort == MAIL_IS_MACHINE && !out->state)
    out->state = "accepted", out->detail = SLICE("an automatic answer came");
  if (out->sort != MAIL_IS_WORDS) return;
  out->text = mail_answer(m->text, perm);
  slice subject = without_re(m->subject);
  out->wish = out->text.n ? opt_wish_of(out->text) : opt_wish_of(subject);
  if (!out->text.n) out->text = subject;
}
