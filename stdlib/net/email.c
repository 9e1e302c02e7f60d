/* See email.h. RFC 5322 (format), 2045 (quoted-printable, base64), 2046 (multipart), 2047 (encoded words), 2183 and
 * 2231 (files and their names), 2387 (related), 2392 (cid), 3834 (automatic).
 */
#include "email.h"

#include "lang/base/date.h"
#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "sign.h"

enum { LINE_MAX_COLUMNS = 76, WORD_MAX = 75 };

bool email_address_valid(slice s) {
  const char *at = s.n ? memchr(s.p, '@', s.n) : NULL;
  if (!at || at == s.p || s.n > EMAIL_ADDRESS_MAX) return false;
  slice domain = {at + 1, (size_t)(s.p + s.n - at - 1)};
  if (domain.n == 0 || domain.p[0] == '.' || domain.p[domain.n - 1] == '.') return false;
  for (size_t i = 0; i < s.n; i++) {
    unsigned char c = (unsigned char)s.p[i];
    if (c <= ' ' || c >= 0x7f || strchr("\"(),:;<>[\\]", c)) return false;
    if (c == '@' && s.p + i != at) return false;
    if (c == '.' && i + 1 < s.n && (s.p[i + 1] == '.' || s.p[i + 1] == '@')) return false;
  }
  return s.p[0] != '.' && s.p[0] != '-'; /* a leading dash could be read as an option by some other program */
}

slice email_domain(slice address) {
  const char *at = address.n ? memchr(address.p, '@', address.n) : NULL;
  return at ? (slice){at + 1, (size_t)(address.p + address.n - at - 1)} : (slice){0};
}

bool mailbox_parse(slice s, mailbox *out) {
  s = slice_trim(s);
  const char *open = s.n ? memchr(s.p, '<', s.n) : NULL;
  *out = (mailbox){{0}, s};
  if (open) {
    if (s.p[s.n - 1] != '>') return false;
    out->address = (slice){open + 1, (size_t)(s.p + s.n - open - 2)};
    out->name = slice_trim((slice){s.p, (size_t)(open - s.p)});
    if (out->name.n >= 2 && out->name.p[0] == '"' && out->name.p[out->name.n - 1] == '"')
      out->name = (slice){out->name.p + 1, out->name.n - 2};
  }
  return email_address_valid(out->address);
}

/* ---- headers ---- */

static bool plain_ascii(slice s) {
  for (size_t i = 0; i < s.n; i++)
    if ((unsigned char)s.p[i] < ' ' || (unsigned char)s.p[i] >= 0x7f) return false;
  return true;
}

static bool has(slice s, const char *needle) { return s.n && memmem(s.p, s.n, needle, strlen(needle)); }

/* One character in the Q encoding. */
static size_t q_encode(slice c, char *out) {
  static const char HEX[] = "0123456789ABCDEF";
  size_t n = 0;
  for (size_t i = 0; i < c.n; i++) {
    unsigned char b = (unsigned char)c.p[i];
    if ((b >= '0' && b <= '9') || (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z') || (b && strchr("!*+-/", b))) {
      out[n++] = (char)b;
    } else if (b == ' ') {
      out[n++] = '_';
    } else {
      out[n++] = '=';
      out[n++] = HEX[b >> 4];
      out[n++] = HEX[b & 15];
    }
  }
  return n;
}

/* Encoded words, each whole characters and at most WORD_MAX long, one a line. */
static slice encoded_words(slice s, size_t used, arena *perm) {
  text t = text_new(perm);
  size_t line = used;
  bool open = false;
  for (size_t i = 0; i < s.n;) {
    uint32_t cp;
    size_t n = utf8_decode((slice){s.p + i, s.n - i}, &cp);
    char shown[4];
    slice c = {s.p + i, n};
    /* Control characters would be line breaks to somebody. */
    if (cp < ' ' || (cp >= 0x7f && cp < 0xa0)) c = SLICE(" ");
    if (cp == 0xfffd) c = (slice){shown, utf8_encode(cp, shown)};
    char q[12];
    size_t k = q_encode(c, q);
    if (open && line + k + 2 > WORD_MAX) {
      text_cstr(&t, "?=\r\n ");
      open = false;
      line = 1;
    }
    if (!open) {
      text_cstr(&t, "=?UTF-8?Q?");
      line += 10;
      open = true;
    }
    text_add(&t, (slice){q, k});
    line += k;
    i += n;
  }
  if (open) text_cstr(&t, "?=");
  return text_slice(&t);
}

slice email_header_text(slice s, size_t used, arena *perm) {
  if (plain_ascii(s) && used + s.n <= LINE_MAX_COLUMNS && !has(s, "=?")) return s;
  return encoded_words(s, used, perm);
}

static slice header_mailbox(const char *name, const mailbox *m, arena *perm) {
  text t = text_new(perm);
  text_printf(&t, "%s: ", name);
  if (m->name.n == 0) {
    text_add(&t, m->address);
    return text_slice(&t);
  }
  if (plain_ascii(m->name) && m->name.n < 60 && !has(m->name, "=?")) {
    text_char(&t, '"');
    for (size_t i = 0; i < m->name.n; i++) {
      if (m->name.p[i] == '"' || m->name.p[i] == '\\') text_char(&t, '\\');
      text_char(&t, m->name.p[i]);
    }
    text_char(&t, '"');
  } else {
    text_add(&t, encoded_words(m->name, t.n, perm));
  }
  text_printf(&t, "\r\n <%.*s>", SLICE_ARG(m->address));
  return text_slice(&t);
}

static slice header_date(int64_t now_s, arena *perm) {
  static const char *const DAYS[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  static const char *const MONTHS[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  int64_t days = now_s / 86400, s = now_s % 86400;
  if (s < 0) days--, s += 86400;
  civil_date d = {(int32_t)days};
  int year, month, day;
  date_parts(d, &year, &month, &day);
  return arena_printf(perm, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000", DAYS[date_weekday(d)], day,
                      MONTHS[month - 1], year, (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
}

/* What others call a message may hold anything. */
static bool id_fits(slice s) {
  for (size_t i = 0; i < s.n; i++)
    if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] >= 0x7f || s.p[i] == '<' || s.p[i] == '>') return false;
  return s.n > 0 && s.n < 900;
}

static size_t thread_headers(const email *m, arena *perm, slice *out) {
  bool two = id_fits(m->thread[0]) && !slice_eq(m->thread[0], m->thread[1]);
  if (!id_fits(m->thread[1])) return 0;
  out[0] = arena_printf(perm, "In-Reply-To: <%.*s>", SLICE_ARG(m->thread[1]));
  out[1] = two ? arena_printf(perm, "References: <%.*s>\r\n <%.*s>", SLICE_ARG(m->thread[0]), SLICE_ARG(m->thread[1]))
               : arena_printf(perm, "References: <%.*s>", SLICE_ARG(m->thread[1]));
  return 2;
}

/* The address first that needs no person to look at a page. */
static size_t leave_headers(const email *m, arena *perm, slice *out) {
  bool page = id_fits(m->leave_url), mail = email_address_valid(m->leave_address);
  slice url = page ? arena_printf(perm, "<%.*s>", SLICE_ARG(m->leave_url)) : SLICE(""), to = SLICE("");
  if (mail) {
    text t = text_new(perm);
    text_printf(&t, "<mailto:%.*s?subject=", SLICE_ARG(m->leave_address));
    for (size_t i = 0; i < m->leave_subject.n; i++) {
      char c = m->leave_subject.p[i];
      bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (plain)
        text_char(&t, c);
      else
        text_printf(&t, "%%%02X", (unsigned)(unsigned char)c);
    }
    text_char(&t, '>');
    to = text_slice(&t);
  }
  if (!page && !mail) return 0;
  out[0] =
      arena_printf(perm, "List-Unsubscribe: %.*s%s%.*s", SLICE_ARG(url), page && mail ? ",\r\n " : "", SLICE_ARG(to));
  if (page) out[1] = SLICE("List-Unsubscribe-Post: List-Unsubscribe=One-Click");
  return page ? 2 : 1;
}

size_t email_headers(const email *m, arena *perm, slice out[EMAIL_HEADERS_MAX]) {
  size_t n = 0;
  slice subject = email_header_text(m->subject, strlen("Subject: "), perm);
  out[n++] = header_date(m->now_s, perm);
  out[n++] = header_mailbox("From", &m->from, perm);
  out[n++] = header_mailbox("To", &m->to, perm);
  out[n++] = arena_printf(perm, "Subject: %.*s", SLICE_ARG(subject));
  out[n++] = arena_printf(perm, "Message-ID: <%.*s>", SLICE_ARG(m->message_id));
  out[n++] = SLICE("Auto-Submitted: auto-generated");
  if (email_address_valid(m->reply_to)) out[n++] = arena_printf(perm, "Reply-To: <%.*s>", SLICE_ARG(m->reply_to));
  n += thread_headers(m, perm, out + n);
  n += leave_headers(m, perm, out + n);
  if (m->unsent) out[n++] = SLICE("X-Unsent: 1");
  return n;
}

/* ---- body ---- */

slice email_crlf(slice s, arena *perm) {
  text t = text_new(perm);
  for (size_t i = 0; i < s.n; i++) {
    unsigned char c = (unsigned char)s.p[i];
    if (c == '\n')
      text_cstr(&t, "\r\n");
    else if ((c >= ' ' && c != 0x7f) || c == '\t')
      text_char(&t, (char)c);
  }
  return text_slice(&t);
}

/* Quoted-printable of lines that end with CRLF. */
static void quoted_printable(text *t, slice s) {
  size_t column = 0;
  for (size_t i = 0; i < s.n; i++) {
    unsigned char c = (unsigned char)s.p[i];
    if (c == '\r' && i + 1 < s.n && s.p[i + 1] == '\n') {
      text_cstr(t, "\r\n");
      column = 0;
      i++;
      continue;
    }
    bool line_ends = i + 1 == s.n || s.p[i + 1] == '\r';
    bool plain = (c > ' ' && c < 0x7f && c != '=') || ((c == ' ' || c == '\t') && !line_ends);
    /* One column stays free for the soft break. */
    if (column + (plain ? 1 : 3) > LINE_MAX_COLUMNS - 1) {
      text_cstr(t, "=\r\n");
      column = 0;
    }
    if (plain)
      text_char(t, (char)c);
    else
      text_printf(t, "=%02X", c);
    column += plain ? 1 : 3;
  }
}

/* Nested parts have boundaries of their own. "=_" occurs in no quoted-printable text and in no base64. */
typedef struct part_writer {
  text *t;
  const email *m;
  slice id;
  arena *perm;
} part_writer;

static slice boundary(const part_writer *w, const char *of) {
  return arena_printf(w->perm, "=_dun_%s%.*s", of, SLICE_ARG(w->id));
}

static void words_part(const part_writer *w, const char *type, slice body) {
  text_printf(w->t, "Content-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", type);
  quoted_printable(w->t, email_crlf(body, w->perm));
  text_cstr(w->t, "\r\n");
}

static void begin_multipart(const part_writer *w, const char *kind, slice mark) {
  text_printf(w->t, "Content-Type: %s; boundary=\"%.*s\"\r\n\r\n", kind, SLICE_ARG(mark));
}
static void next_part(const part_writer *w, slice mark) { text_printf(w->t, "--%.*s\r\n", SLICE_ARG(mark)); }
static void end_multipart(const part_writer *w, slice mark) { text_printf(w->t, "--%.*s--\r\n", SLICE_ARG(mark)); }

/* ---- files ---- */

static bool attribute_char(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~", c));
}

enum { NAME_PIECE_MAX = 54 };

/* filename="..." where the name is plain and short, else filename*0*=UTF-8''...: pieces of whole characters. */
static void file_name(text *t, slice name) {
  static const char HEX[] = "0123456789ABCDEF";
  bool plain = name.n && name.n <= NAME_PIECE_MAX;
  for (size_t i = 0; i < name.n && plain; i++)
    plain = name.p[i] >= ' ' && name.p[i] < 0x7f && !strchr("\"\\/%", name.p[i]);
  if (plain || !name.n) {
    text_printf(t, ";\r\n filename=\"%.*s\"", SLICE_ARG(name));
    return;
  }
  size_t column = 0, piece = 0;
  for (size_t i = 0; i < name.n;) {
    uint32_t cp;
    size_t n = utf8_decode((slice){name.p + i, name.n - i}, &cp);
    if (piece == 0 || column + 3 * n > NAME_PIECE_MAX) {
      text_printf(t, ";\r\n filename*%zu*=%s", piece, piece == 0 ? "UTF-8''" : "");
      piece++;
      column = 0;
    }
    for (size_t k = i; k < i + n; k++) {
      unsigned char c = (unsigned char)name.p[k];
      bool itself = attribute_char(c);
      if (itself)
        text_char(t, (char)c);
      else
        text_printf(t, "%%%c%c", HEX[c >> 4], HEX[c & 15]);
      column += itself ? 1 : 3;
    }
    i += n;
  }
}

static void base64_lines(text *t, slice bytes, arena *perm) {
  slice all = sign_base64(bytes, perm);
  for (size_t i = 0; i < all.n; i += LINE_MAX_COLUMNS) {
    text_add(t, (slice){all.p + i, all.n - i < LINE_MAX_COLUMNS ? all.n - i : LINE_MAX_COLUMNS});
    text_cstr(t, "\r\n");
  }
}

/* "application/pdf": anything else than a plain type is bytes. */
static slice plain_type(slice s) {
  bool fine = s.n && s.n < 80;
  size_t slashes = 0;
  for (size_t i = 0; i < s.n; i++) {
    fine &= attribute_char((unsigned char)s.p[i]) || s.p[i] == '/' || s.p[i] == '+';
    slashes += s.p[i] == '/';
  }
  return fine && slashes == 1 ? s : SLICE("application/octet-stream");
}

static void file_part(const part_writer *w, const email_part *p, bool shown) {
  slice type = plain_type(p->type);
  text_printf(w->t, "Content-Type: %.*s\r\nContent-Transfer-Encoding: base64\r\n", SLICE_ARG(type));
  if (shown) text_printf(w->t, "Content-ID: <%.*s>\r\n", SLICE_ARG(p->cid));
  text_printf(w->t, "Content-Disposition: %s", shown ? "inline" : "attachment");
  file_name(w->t, p->name);
  text_cstr(w->t, "\r\n\r\n");
  base64_lines(w->t, p->bytes, w->perm);
}

/* What would be inside of the page is an attachment where there is no page. */
static bool is_shown(const email *m, const email_part *p) { return p->cid.n && m->html.n; }

static size_t parts_shown(const email *m) {
  size_t n = 0;
  for (size_t i = 0; i < m->part_count; i++) n += is_shown(m, m->parts + i);
  return n;
}

static void files(const part_writer *w, slice mark, bool shown) {
  for (size_t i = 0; i < w->m->part_count; i++) {
    if (is_shown(w->m, w->m->parts + i) != shown) continue;
    next_part(w, mark);
    file_part(w, w->m->parts + i, shown);
  }
}

/* The page, with the pictures that it shows. */
static void page(const part_writer *w) {
  slice mark = boundary(w, "r_");
  if (parts_shown(w->m) == 0) {
    words_part(w, "text/html", w->m->html);
    return;
  }
  begin_multipart(w, "multipart/related;\r\n type=\"text/html\"", mark);
  next_part(w, mark);
  words_part(w, "text/html", w->m->html);
  files(w, mark, true);
  end_multipart(w, mark);
}

static void words(const part_writer *w) {
  slice mark = boundary(w, "");
  begin_multipart(w, "multipart/alternative", mark);
  next_part(w, mark);
  words_part(w, "text/plain", w->m->text);
  if (w->m->html.n) {
    next_part(w, mark);
    page(w);
  }
  end_multipart(w, mark);
}

slice email_bytes(const email *m, arena *perm) {
  slice headers[EMAIL_HEADERS_MAX];
  size_t n = email_headers(m, perm, headers);
  text t = text_new(perm);
  for (size_t i = 0; i < n; i++) {
    text_add(&t, headers[i]);
    text_cstr(&t, "\r\n");
  }
  part_writer w = {&t, m, {m->message_id.p, m->message_id.n < 24 ? m->message_id.n : 24}, perm};
  text_cstr(&t, "MIME-Version: 1.0\r\n");
  if (parts_shown(m) == m->part_count) {
    words(&w);
    return text_slice(&t);
  }
  slice mark = boundary(&w, "m_");
  begin_multipart(&w, "multipart/mixed", mark);
  next_part(&w, mark);
  words(&w);
  files(&w, mark, false);
  end_multipart(&w, mark);
  return text_slice(&t);
}
