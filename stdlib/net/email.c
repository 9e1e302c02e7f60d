/* See email.h. RFC 5322 (format), 2045 (quoted-printable), 2046 (alternative), 2047 (encoded words), 3834 (automatic).
 */
#include "email.h"

#include "lang/base/date.h"
#include "lang/base/text.h"
#include "lang/base/utf8.h"

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

size_t email_headers(const email *m, arena *perm, slice out[EMAIL_HEADERS_MAX]) {
  size_t n = 0;
  slice subject = email_header_text(m->subject, strlen("Subject: "), perm);
  out[n++] = header_date(m->now_s, perm);
  out[n++] = header_mailbox("From", &m->from, perm);
  out[n++] = header_mailbox("To", &m->to, perm);
  out[n++] = arena_printf(perm, "Subject: %.*s", SLICE_ARG(subject));
  out[n++] = arena_printf(perm, "Message-ID: <%.*s>", SLICE_ARG(m->message_id));
  out[n++] = SLICE("Auto-Submitted: auto-generated");
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

static void part(text *t, const char *boundary, const char *type, slice body, arena *perm) {
  text_printf(t, "--%s\r\nContent-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
              boundary, type);
  quoted_printable(t, email_crlf(body, perm));
  text_cstr(t, "\r\n");
}

slice email_bytes(const email *m, arena *perm) {
  slice headers[EMAIL_HEADERS_MAX];
  size_t n = email_headers(m, perm, headers);
  text t = text_new(perm);
  for (size_t i = 0; i < n; i++) {
    text_add(&t, headers[i]);
    text_cstr(&t, "\r\n");
  }
  /* "=_" occurs in no quoted-printable text. */
  slice id = {m->message_id.p, m->message_id.n < 24 ? m->message_id.n : 24};
  slice boundary = arena_printf(perm, "=_dun_%.*s", SLICE_ARG(id));
  text_printf(&t, "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n", boundary.p);
  part(&t, boundary.p, "text/plain", m->text, perm);
  if (m->html.n) part(&t, boundary.p, "text/html", m->html, perm);
  text_printf(&t, "--%s--\r\n", boundary.p);
  return text_slice(&t);
}
