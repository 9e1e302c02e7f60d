/* See imap.h. An answer is read line by line; a literal in it ({n} and n bytes) is put aside, so that nothing in a
 * message can be taken for an answer of the server. */
#include "imap.h"

#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "sign.h"

struct imap {
  const struct world_net *net;
  imap_line *line;
  arena *perm;
  unsigned tag;
  bool broken;
  uint64_t heard; /* bytes of the answers to the command at hand */
  uint32_t literal_max;
  size_t at, n; /* of `in` */
  char in[16384];
};

/* One answer of the server: its text, with {} in place of each literal, and the first literal. */
typedef struct answer {
  slice text, literal;
  bool has_literal;
} answer;

static slice WHY_BROKEN(void) { return SLICE("the connection to the mailbox's server broke"); }

imap *imap_over(const struct world_net *net, imap_line *line, arena *perm) {
  imap *m = ARENA_NEW(perm, imap);
  m->net = net;
  m->line = line;
  m->perm = perm;
  return m;
}

/* ---- bytes ---- */

static int next(imap *m) {
  if (m->broken) return -1;
  if (m->at == m->n) {
    m->at = 0;
    m->n = m->net->imap_hear(m->line, m->in, sizeof m->in);
    if (m->n == 0 || m->n > sizeof m->in) {
      m->broken = true;
      m->n = 0;
      return -1;
    }
  }
  return (unsigned char)m->in[m->at++];
}

/* Up to the end of the line, which is left out. */
static bool read_line(imap *m, text *out) {
  for (int c = next(m); c >= 0; c = next(m)) {
    if (c == '\n') {
      if (out->n && out->p[out->n - 1] == '\r') out->n--;
      return true;
    }
    if (out->n == IMAP_LINE_MAX || ++m->heard > IMAP_ANSWERS_MAX) break;
    text_char(out, (char)c);
  }
  m->broken = true;
  return false;
}

/* "{123}" at the end of the line. */
static bool literal_follows(const text *t, uint32_t *bytes) {
  uint64_t n = 0, unit = 1;
  size_t i = t->n;
  if (i < 3 || t->p[--i] != '}') return false;
  for (; i > 0 && t->p[i - 1] >= '0' && t->p[i - 1] <= '9' && unit <= 1000000000; i--, unit *= 10)
    n += (uint64_t)(t->p[i - 1] - '0') * unit;
  *bytes = n <= UINT32_MAX ? (uint32_t)n : UINT32_MAX;
  return i > 0 && unit > 1 && t->p[i - 1] == '{';
}

static bool read_literal(imap *m, uint32_t bytes, arena *perm, slice *out) {
  if (bytes > m->literal_max) {
    m->broken = true;
    return false;
  }
  char *room = arena_room(perm, bytes + 1u, 1);
  for (uint32_t i = 0; i < bytes; i++) {
    int c = next(m);
    if (c < 0) return false;
    room[i] = (char)c;
  }
  room[bytes] = 0;
  *out = (slice){room, bytes};
  return true;
}

static bool read_answer(imap *m, arena *perm, answer *out) {
  enum { LITERALS_MAX = 16 };
  text t = text_new(perm);
  *out = (answer){.has_literal = false};
  for (int i = 0; i <= LITERALS_MAX; i++) {
    uint32_t bytes;
    slice literal;
    if (!read_line(m, &t)) return false;
    if (!literal_follows(&t, &bytes)) {
      out->text = text_slice(&t);
      return true;
    }
    while (t.p[t.n - 1] != '{') t.n--;
    text_char(&t, '}');
    if (!read_literal(m, bytes, perm, &literal)) return false;
    if (!out->has_literal) out->literal = literal;
    out->has_literal = true;
  }
  m->broken = true;
  return false;
}

/* ---- words ---- */

/* The next word: up to a space or a bracket. */
static slice word(slice *rest) {
  size_t i = 0, n;
  while (i < rest->n && (rest->p[i] == ' ' || rest->p[i] == '(' || rest->p[i] == ')')) i++;
  for (n = i; n < rest->n && rest->p[n] != ' ' && rest->p[n] != '(' && rest->p[n] != ')';) n++;
  slice w = {rest->p + i, n - i};
  *rest = (slice){rest->p + n, rest->n - n};
  return w;
}

static bool number(slice s, uint64_t *out) {
  *out = 0;
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] < '0' || s.p[i] > '9' || *out > UINT64_MAX / 100) return false;
    *out = *out * 10 + (uint64_t)(s.p[i] - '0');
  }
  return s.n > 0;
}

/* The number behind the word `name`, wherever it stands in the answer; 0: there is none. */
static uint64_t number_behind(slice s, const char *name) {
  uint64_t n;
  while (s.n) {
    slice w = word(&s);
    if (w.n && w.p[0] == '[') w = (slice){w.p + 1, w.n - 1};
    if (!utf8_fold_eq(w, slice_of(name))) continue;
    w = word(&s);
    if (w.n && w.p[w.n - 1] == ']') w.n--;
    return number(w, &n) ? n : 0;
  }
  return 0;
}

/* ---- a command ---- */

typedef void taker(void *self, const answer *a);

/* Its untagged answers go to `take`, one by one. *ok: the server carried it out. False: the connection is of no more
 * use. */
static bool command(imap *m, slice what, taker *take, void *self, bool *ok) {
  arena *scratch = arena_new();
  slice tag = arena_printf(m->perm, "D%u", ++m->tag);
  slice all = arena_printf(scratch, "%.*s %.*s\r\n", SLICE_ARG(tag), SLICE_ARG(what));
  bool over = false;
  *ok = false;
  m->heard = 0;
  if (!m->broken && !m->net->imap_say(m->line, all)) m->broken = true;
  while (!m->broken && !over) {
    answer a;
    arena_reset(scratch);
    if (!read_answer(m, scratch, &a)) break;
    slice rest = a.text, first = word(&rest);
    if (slice_eq(first, tag)) {
      *ok = utf8_fold_eq(word(&rest), SLICE("OK"));
      over = true;
    } else if (slice_eq(first, SLICE("*"))) {
      a.text = rest;
      if (utf8_fold_eq(word(&rest), SLICE("BYE"))) m->broken = true;
      if (take) take(self, &a);
    }
  }
  arena_free(scratch);
  return over;
}

/* ---- a folder's name (RFC 3501, 5.1.3) ---- */

static void add_utf7(text *t, slice s, arena *perm) {
  text wide = text_new(perm);
  for (size_t i = 0; i < s.n;) {
    uint32_t cp;
    i += utf8_decode((slice){s.p + i, s.n - i}, &cp);
    uint32_t low = cp - 0x10000;
    uint16_t unit[2] = {(uint16_t)cp, 0};
    if (cp >= 0x10000) unit[0] = (uint16_t)(0xd800 + (low >> 10)), unit[1] = (uint16_t)(0xdc00 + (low & 0x3ff));
    for (int k = 0; k < (cp >= 0x10000 ? 2 : 1); k++) {
      text_char(&wide, (char)(unit[k] >> 8));
      text_char(&wide, (char)(unit[k] & 0xff));
    }
  }
  slice b = sign_base64(text_slice(&wide), perm);
  text_char(t, '&');
  for (size_t i = 0; i < b.n && b.p[i] != '='; i++) text_char(t, b.p[i] == '/' ? ',' : b.p[i]);
  text_char(t, '-');
}

/* Quoted. */
static bool folder_name(slice s, arena *perm, slice *out) {
  text t = text_new(perm);
  if (s.n == 0 || s.n > IMAP_FOLDER_MAX || !utf8_valid(s)) return false;
  text_char(&t, '"');
  for (size_t i = 0; i < s.n;) {
    unsigned char c = (unsigned char)s.p[i];
    size_t n = i;
    while (n < s.n && (unsigned char)s.p[n] >= 0x80) n++;
    if (c < ' ' || c == 0x7f) return false;
    if (n > i) {
      add_utf7(&t, (slice){s.p + i, n - i}, perm);
      i = n;
      continue;
    }
    if (c == '"' || c == '\\') text_char(&t, '\\');
    text_char(&t, (char)c);
    if (c == '&') text_char(&t, '-');
    i++;
  }
  text_char(&t, '"');
  *out = text_slice(&t);
  return true;
}

static void take_folder(void *self, const answer *a) {
  imap_folder *f = self;
  uint64_t validity = number_behind(a->text, "UIDVALIDITY"), following = number_behind(a->text, "UIDNEXT");
  if (validity && validity <= UINT32_MAX) f->validity = (uint32_t)validity;
  if (following && following <= UINT32_MAX) f->next = (uint32_t)following;
}

bool imap_examine(imap *m, slice folder, imap_folder *out, slice *why) {
  slice name;
  bool ok = false;
  *out = (imap_folder){0, 0};
  if (!folder_name(folder, m->perm, &name)) {
    *why = SLICE("the folder's name in its address cannot be read");
    return false;
  }
  if (!command(m, arena_printf(m->perm, "EXAMINE %.*s", SLICE_ARG(name)), take_folder, out, &ok))
    *why = WHY_BROKEN();
  else if (!ok)
    *why = SLICE("the mailbox has no such folder, or it may not be read");
  else if (!out->validity)
    *why = SLICE("the mailbox's server does not number its messages for good (UIDVALIDITY)");
  return ok && out->validity;
}

/* ---- its messages ---- */

static void take_lowest(void *self, const answer *a) {
  uint32_t *lowest = self;
  slice rest = a->text;
  uint64_t n;
  if (!utf8_fold_eq(word(&rest), SLICE("SEARCH"))) return;
  while (rest.n)
    if (number(word(&rest), &n) && n && n <= UINT32_MAX && (!*lowest || n < *lowest)) *lowest = (uint32_t)n;
}

static bool refused(bool over, bool ok, slice *why) {
  if (!over)
    *why = WHY_BROKEN();
  else if (!ok)
    *why = SLICE("the mailbox's server refused to list its messages");
  return !over || !ok;
}

bool imap_since(imap *m, civil_date day, uint32_t *uid, slice *why) {
  static const char *const MONTHS[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  int year, month, d;
  bool ok;
  date_parts(day, &year, &month, &d);
  *uid = 0;
  slice what = arena_printf(m->perm, "UID SEARCH SINCE %d-%s-%04d", d, MONTHS[month - 1], year);
  bool over = command(m, what, take_lowest, uid, &ok);
  return !refused(over, ok, why);
}

typedef struct lister {
  imap_item *v;
  size_t room, n;
  uint32_t from;
} lister;

/* In the order of their numbers; the highest go where there is no room. `n:*` always has the last message, too. */
static void take_item(void *self, const answer *a) {
  lister *l = self;
  slice rest = a->text;
  (void)word(&rest);
  if (!utf8_fold_eq(word(&rest), SLICE("FETCH"))) return;
  uint64_t uid = number_behind(rest, "UID"), bytes = number_behind(rest, "RFC822.SIZE");
  if (uid < l->from || uid == 0 || uid > UINT32_MAX) return;
  size_t i = l->n;
  while (i > 0 && l->v[i - 1].uid > uid) i--;
  if (i == l->room || (i > 0 && l->v[i - 1].uid == uid)) return;
  size_t kept = l->n < l->room ? l->n : l->room - 1;
  memmove(l->v + i + 1, l->v + i, (kept - i) * sizeof *l->v);
  l->v[i] = (imap_item){(uint32_t)uid, bytes};
  l->n = kept + 1;
}

bool imap_list(imap *m, uint32_t from, imap_item *out, size_t room, size_t *count, slice *why) {
  lister l = {out, room, 0, from};
  bool ok;
  slice what = arena_printf(m->perm, "UID FETCH %u:* (UID RFC822.SIZE)", from);
  bool over = command(m, what, take_item, &l, &ok);
  *count = l.n;
  return !refused(over, ok, why);
}

typedef struct reader {
  uint32_t uid;
  arena *perm;
  slice bytes;
} reader;

static slice quoted(slice s, arena *perm) {
  const char *open = s.n ? memmem(s.p, s.n, "> \"", 3) : NULL;
  text t = text_new(perm);
  if (!open) return (slice){0};
  for (const char *p = open + 3; p < s.p + s.n && *p != '"'; p++) {
    if (*p == '\\' && p + 1 < s.p + s.n) p++;
    text_char(&t, *p);
  }
  return text_slice(&t);
}

static void take_bytes(void *self, const answer *a) {
  reader *r = self;
  slice rest = a->text;
  (void)word(&rest);
  if (!utf8_fold_eq(word(&rest), SLICE("FETCH")) || number_behind(rest, "UID") != r->uid) return;
  if (a->has_literal)
    r->bytes = arena_slice(r->perm, a->literal);
  else if (!r->bytes.n)
    r->bytes = quoted(rest, r->perm);
}

bool imap_read(imap *m, uint32_t uid, uint32_t most, arena *perm, slice *bytes, slice *why) {
  reader r = {uid, perm, {0}};
  bool ok;
  slice what = arena_printf(m->perm, "UID FETCH %u (UID BODY.PEEK[]<0.%u>)", uid, most);
  m->literal_max = most;
  bool over = command(m, what, take_bytes, &r, &ok);
  m->literal_max = 0;
  *bytes = r.bytes;
  return !refused(over, ok, why);
}

void imap_logout(imap *m) {
  bool ok;
  if (!m->broken) (void)command(m, SLICE("LOGOUT"), NULL, NULL, &ok);
}
