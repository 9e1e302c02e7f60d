/* See mail_read.h. The library parses; what is kept of it is copied out, and nothing of it stays. */
#include "mail_read.h"

#include <gmime/gmime.h>

#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "mail_html.h"

typedef struct reading {
  arena *perm;
  mail *out;
  text plain, html; /* of the parts that are read */
  unsigned parts;
} reading;

/* ---- texts ---- */

/* UTF-8, line ends alone, no other control characters. */
static void add_clean(text *t, slice s, size_t most) {
  for (size_t i = 0; i < s.n && t->n < most;) {
    uint32_t cp;
    i += utf8_decode((slice){s.p + i, s.n - i}, &cp);
    if (cp == '\r' && i < s.n && s.p[i] == '\n') continue;
    if (cp == '\r') cp = '\n';
    if (cp != '\n' && cp != '\t' && (cp < ' ' || (cp >= 0x7f && cp < 0xa0))) continue;
    text_rune(t, cp);
  }
}

static slice one_line(slice s, size_t most, arena *perm) {
  text t = text_new(perm);
  add_clean(&t, s, most);
  for (size_t i = 0; i < t.n; i++)
    if (t.p[i] == '\n' || t.p[i] == '\t') t.p[i] = ' ';
  return slice_trim(text_slice(&t));
}

static slice kept(reading *r, const char *s) {
  enum { HEADER_MAX = 1000 };
  return s ? one_line(slice_of(s), HEADER_MAX, r->perm) : (slice){0};
}

static slice header(reading *r, GMimeObject *o, const char *name) { return kept(r, g_mime_object_get_header(o, name)); }

/* ---- ids ---- */

static void add_id(slice *v, size_t *n, slice id) {
  enum { ID_MAX = 512 };
  if (id.n == 0 || id.n > ID_MAX || *n == MAIL_IDS_MAX) return;
  for (size_t i = 0; i < *n; i++)
    if (slice_eq(v[i], id)) return;
  v[(*n)++] = id;
}

/* From the last to the first. */
static void add_ids(reading *r, const char *written, slice *v, size_t *n) {
  GMimeReferences *refs = written ? g_mime_references_parse(NULL, written) : NULL;
  if (!refs) return;
  for (int i = g_mime_references_length(refs); i-- > 0;)
    add_id(v, n, kept(r, g_mime_references_get_message_id(refs, i)));
  g_mime_references_free(refs);
}

/* "Message-ID: <...>" in a text of headers, or of a report that quotes them. */
static void ids_in_text(reading *r, slice s) {
  while (s.n) {
    const char *end = memchr(s.p, '\n', s.n);
    size_t n = end ? (size_t)(end - s.p) : s.n;
    slice line = slice_trim((slice){s.p, n});
    while (line.n && (line.p[0] == '>' || line.p[0] == ' ')) line = (slice){line.p + 1, line.n - 1};
    s = end ? (slice){end + 1, s.n - n - 1} : (slice){0};
    bool names = utf8_fold_starts(line, SLICE("message-id:")) || utf8_fold_starts(line, SLICE("original-message-id:"));
    const char *open = names ? memchr(line.p, '<', line.n) : NULL;
    if (names && !open && s.n) { /* folded behind its name */
      const char *next = memchr(s.p, '\n', s.n);
      line = slice_trim((slice){s.p, next ? (size_t)(next - s.p) : s.n});
      open = line.n && line.p[0] == '<' ? line.p : NULL;
    }
    if (!open) continue;
    size_t left = (size_t)(line.p + line.n - open - 1);
    const char *close = memchr(open + 1, '>', left);
    if (close)
      add_id(r->out->about, &r->out->about_count, arena_slice(r->perm, (slice){open + 1, (size_t)(close - open - 1)}));
  }
}

/* ---- parts ---- */

/* The decoded bytes of a part, at most so many. */
static slice content(reading *r, GMimePart *p, size_t most) {
  GMimeDataWrapper *w = g_mime_part_get_content(p);
  if (!w) return (slice){0};
  GMimeStream *mem = g_mime_stream_mem_new();
  (void)g_mime_data_wrapper_write_to_stream(w, mem);
  GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(mem));
  size_t n = bytes->len < most ? bytes->len : most;
  slice out = n ? arena_slice(r->perm, (slice){(const char *)bytes->data, n}) : (slice){0};
  g_object_unref(mem);
  return out;
}

/* "Name: value" of a block of fields, unfolded. */
static slice field(slice block, const char *name, arena *perm) {
  slice wanted = slice_of(name), out = {0};
  bool inside = false;
  while (block.n) {
    const char *end = memchr(block.p, '\n', block.n);
    size_t n = end ? (size_t)(end - block.p) : block.n;
    slice line = {block.p, n};
    block = end ? (slice){end + 1, block.n - n - 1} : (slice){0};
    bool folded = line.n && (line.p[0] == ' ' || line.p[0] == '\t');
    if (folded && inside) out = arena_printf(perm, "%.*s %.*s", SLICE_ARG(out), SLICE_ARG(slice_trim(line)));
    if (folded) continue;
    if (inside) break;
    inside = line.n > wanted.n && line.p[wanted.n] == ':' && utf8_fold_eq((slice){line.p, wanted.n}, wanted);
    if (inside) out = slice_trim((slice){line.p + wanted.n + 1, line.n - wanted.n - 1});
  }
  return one_line(out, 1000, perm);
}

/* "rfc822; somebody@example.com" */
static slice behind_type(slice s) {
  const char *at = s.n ? memchr(s.p, ';', s.n) : NULL;
  return at ? slice_trim((slice){at + 1, (size_t)(s.p + s.n - at - 1)}) : s;
}

/* "relayed (to a mailer that tells nothing)" */
static slice first_word(slice s) {
  size_t n = 0;
  while (n < s.n && s.p[n] != ' ' && s.p[n] != '(') n++;
  return (slice){s.p, n};
}

/* "5.1.1 (bad address)" */
static slice status_alone(slice s) {
  size_t n = 0;
  while (n < s.n && ((s.p[n] >= '0' && s.p[n] <= '9') || s.p[n] == '.')) n++;
  return (slice){s.p, n};
}

/* Blocks of fields with empty lines between: first about the message, then one a recipient. */
static void delivery_report(reading *r, slice s) {
  text t = text_new(r->perm);
  add_clean(&t, s, MAIL_TEXT_MAX);
  s = text_slice(&t);
  r->out->is_report = true;
  while (s.n) {
    const char *end = memmem(s.p, s.n, "\n\n", 2);
    slice block = {s.p, end ? (size_t)(end - s.p) + 1 : s.n};
    s = end ? (slice){end + 2, s.n - block.n - 1} : (slice){0};
    slice action = first_word(field(block, "Action", r->perm));
    if (action.n == 0 || r->out->status_count == MAIL_STATUSES_MAX) continue;
    r->out->status[r->out->status_count++] =
        (mail_status){behind_type(field(block, "Final-Recipient", r->perm)), action,
                      status_alone(field(block, "Status", r->perm)), field(block, "Diagnostic-Code", r->perm)};
  }
}

/* What a mail reader says of itself (RFC 8098). */
static void reader_report(reading *r, slice s) {
  text t = text_new(r->perm);
  add_clean(&t, s, MAIL_TEXT_MAX);
  r->out->is_report = true;
  r->out->displayed = utf8_fold_contains(field(text_slice(&t), "Disposition", r->perm), SLICE("displayed"));
  ids_in_text(r, text_slice(&t));
}

static void words(reading *r, GMimeTextPart *p, bool html) {
  text *to = html ? &r->html : &r->plain;
  char *decoded = g_mime_text_part_get_text(p);
  slice s = decoded ? slice_of(decoded) : content(r, GMIME_PART(p), MAIL_TEXT_MAX * 4);
  if (to->n && to->n < MAIL_TEXT_MAX) text_char(to, '\n');
  add_clean(to, s, html ? MAIL_TEXT_MAX * 4 : MAIL_TEXT_MAX);
  g_free(decoded);
}

static void leaf(reading *r, GMimePart *p) {
  GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(p));
  bool status = g_mime_content_type_is_type(type, "message", "delivery-status") ||
                g_mime_content_type_is_type(type, "message", "global-delivery-status");
  if (status) return delivery_report(r, content(r, p, MAIL_TEXT_MAX));
  if (g_mime_content_type_is_type(type, "message", "disposition-notification"))
    return reader_report(r, content(r, p, MAIL_TEXT_MAX));
  bool headers = g_mime_content_type_is_type(type, "text", "rfc822-headers") ||
                 g_mime_content_type_is_type(type, "message", "global-headers");
  if (headers) return ids_in_text(r, content(r, p, MAIL_TEXT_MAX));
  if (!GMIME_IS_TEXT_PART(p) || g_mime_part_is_attachment(p)) return;
  bool html = g_mime_content_type_is_type(type, "text", "html");
  if (html || g_mime_content_type_is_type(type, "text", "plain")) words(r, GMIME_TEXT_PART(p), html);
}

static void walk(reading *r, GMimeObject *o, unsigned depth) {
  if (!o || depth > MAIL_DEPTH_MAX || r->parts++ > MAIL_PARTS_MAX) return;
  if (GMIME_IS_MULTIPART(o)) {
    int n = g_mime_multipart_get_count(GMIME_MULTIPART(o));
    for (int i = 0; i < n; i++) walk(r, g_mime_multipart_get_part(GMIME_MULTIPART(o), i), depth + 1);
  } else if (GMIME_IS_MESSAGE_PART(o)) { /* enclosed: what somebody else wrote */
    GMimeMessage *m = g_mime_message_part_get_message(GMIME_MESSAGE_PART(o));
    if (m) add_id(r->out->about, &r->out->about_count, kept(r, g_mime_message_get_message_id(m)));
  } else if (GMIME_IS_PART(o)) {
    leaf(r, GMIME_PART(o));
  }
}

/* ---- the headers ---- */

static void first_address(reading *r, InternetAddressList *l, slice *name, slice *address) {
  int n = l ? internet_address_list_length(l) : 0;
  for (int i = 0; i < n && !address->n; i++) {
    InternetAddress *a = internet_address_list_get_address(l, i);
    if (!INTERNET_ADDRESS_IS_MAILBOX(a)) continue;
    *address = kept(r, internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(a)));
    if (name) *name = kept(r, internet_address_get_name(a));
  }
}

/* Of automatic answers, lists and bulk mail beside Auto-Submitted (RFC 3834) and Precedence. */
static bool marked(GMimeObject *o) {
  static const char *const NAMES[] = {"X-Autoreply",  "X-Autorespond", "X-Autoresponder", "X-AutoReply-From",
                                      "X-Auto-Reply", "List-Id",       "X-Loop",          "X-FC-MachineGenerated"};
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
    if (g_mime_object_get_header(o, NAMES[i])) return true;
  return false;
}

static void headers(reading *r, GMimeMessage *m) {
  GMimeObject *o = GMIME_OBJECT(m);
  mail *out = r->out;
  first_address(r, g_mime_message_get_from(m), &out->from_name, &out->from);
  first_address(r, g_mime_message_get_to(m), NULL, &out->to);
  out->message_id = kept(r, g_mime_message_get_message_id(m));
  out->subject = kept(r, g_mime_message_get_subject(m));
  out->date = header(r, o, "Date");
  GDateTime *date = g_mime_message_get_date(m);
  if (date) out->date_s = g_date_time_to_unix(date);
  add_ids(r, g_mime_object_get_header(o, "In-Reply-To"), out->ids, &out->id_count);
  add_ids(r, g_mime_object_get_header(o, "References"), out->ids, &out->id_count);
  out->auto_submitted = header(r, o, "Auto-Submitted");
  out->precedence = header(r, o, "Precedence");
  out->from_nobody = slice_eq(header(r, o, "Return-Path"), SLICE("<>"));
  out->marked_automatic = marked(o);
  add_ids(r, g_mime_object_get_header(o, "X-Failed-Message-Id"), out->about, &out->about_count);
}

static GMimeMessage *parse(slice bytes) {
  g_mime_init();
  GMimeStream *s = g_mime_stream_mem_new_with_buffer(bytes.p, bytes.n);
  GMimeParser *p = g_mime_parser_new_with_stream(s);
  GMimeMessage *m = g_mime_parser_construct_message(p, NULL);
  g_object_unref(p);
  g_object_unref(s);
  return m;
}

bool mail_read(slice bytes, arena *perm, mail *out) {
  reading r = {.perm = perm, .out = out, .plain = text_new(perm), .html = text_new(perm)};
  *out = (mail){0};
  if (bytes.n > MAIL_BYTES_MAX) bytes.n = MAIL_BYTES_MAX;
  GMimeMessage *m = bytes.n ? parse(bytes) : NULL;
  if (!m) return false;
  headers(&r, m);
  walk(&r, g_mime_message_get_mime_part(m), 0);
  g_object_unref(m);
  slice plain = text_slice(&r.plain);
  out->text = slice_trim(plain).n ? plain : mail_html_text(text_slice(&r.html), MAIL_TEXT_MAX, perm);
  ids_in_text(&r, out->text);
  return out->from.n || out->message_id.n || out->date.n || out->is_report;
}
