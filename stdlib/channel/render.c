/* Rendering a compiled template, and how values are written for a reader. See template.h.
 *
 * Invariant: one pass over the pieces; a value goes straight through its piece's escape into the result. */
#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "lang/check/words.h"
#include "template_impl.h"

typedef struct render {
  const template *t;
  const template_source *source;
  dun_lang lang;
  arena *perm;
  template_gaps *gaps;
  text out;
  bool too_long;
} render;

void template_gap(template_gaps *gaps, arena *perm, slice name) {
  for (size_t i = 0; i < gaps->count; i++)
    if (slice_eq(gaps->v[i], name)) return;
  if (gaps->count == gaps->room) {
    gaps->room = gaps->room ? gaps->room * 2 : 4;
    slice *v = ARENA_ARRAY(perm, gaps->room, slice);
    if (gaps->count) memcpy(v, gaps->v, gaps->count * sizeof *v);
    gaps->v = v;
  }
  gaps->v[gaps->count++] = name;
}

/* ---- values in words ---- */

static slice decimal_words(decimal d, dun_lang lang, arena *perm) {
  char s[DECIMAL_TEXT_MAX];
  size_t n = decimal_text(decimal_trim(d), s);
  for (size_t i = 0; i < n && lang != LANG_EN; i++)
    if (s[i] == '.') s[i] = ',';
  return arena_slice(perm, (slice){s, n});
}

static slice percent_words(decimal d, dun_lang lang, arena *perm) {
  int64_t n;
  if (d.scale >= 2)
    d.scale = (uint8_t)(d.scale - 2);
  else if (!__builtin_mul_overflow(d.n, pow10_i64(2u - d.scale), &n))
    d = (decimal){n, 0};
  slice s = decimal_words(d, lang, perm);
  return arena_printf(perm, "%.*s%%", SLICE_ARG(s));
}

static slice days_words(int32_t days, dun_lang lang, arena *perm) {
  static const char *const one[LANG_COUNT] = {"day", "dia", "día"}, *const many[LANG_COUNT] = {"days", "dias", "días"};
  return arena_printf(perm, "%d %s", days, days == 1 || days == -1 ? one[lang] : many[lang]);
}

static slice set_words(slice members, arena *perm) {
  text t = text_new(perm);
  for (size_t i = 0; i < members.n; i++) {
    if (members.p[i] == ';')
      text_cstr(&t, ", ");
    else
      text_char(&t, members.p[i]);
  }
  return text_slice(&t);
}

slice template_value_text(const template_value *v, dun_lang lang, arena *perm) {
  static const char *const yes[LANG_COUNT] = {"yes", "sim", "sí"}, *const no[LANG_COUNT] = {"no", "não", "no"};
  char s[MONEY_TEXT_MAX > DATE_TEXT_MAX ? MONEY_TEXT_MAX : DATE_TEXT_MAX];
  switch (v->ty) {
  case TY_TEXT:
  case TY_TIME: return v->text;
  case TY_SET: return set_words(v->text, perm);
  case TY_MONEY: return arena_slice(perm, (slice){s, money_text(v->money, lang, s)});
  case TY_NUMBER: return decimal_words(v->number, lang, perm);
  case TY_PERCENT: return percent_words(v->number, lang, perm);
  case TY_DURATION: return days_words(v->days, lang, perm);
  case TY_DATE: return arena_slice(perm, (slice){s, date_text(v->date, lang, s)});
  case TY_BOOL: return slice_of(v->yes ? yes[lang] : no[lang]);
  case TY_ERROR: break;
  }
  return (slice){0};
}

/* Whether there is something to show: `{if fine}` is about a fine that is not zero. */
static bool shows(const template_value *v) {
  switch (v->ty) {
  case TY_TEXT:
  case TY_TIME:
  case TY_SET: return v->text.n > 0;
  case TY_MONEY: return v->money.minor != 0;
  case TY_NUMBER:
  case TY_PERCENT: return v->number.n != 0;
  case TY_DURATION: return v->days != 0;
  case TY_DATE: return !date_is_none(v->date);
  case TY_BOOL: return v->yes;
  case TY_ERROR: break;
  }
  return false;
}

bool template_total(const template_source *from, template_field field, dun_lang lang, arena *perm, slice *out) {
  static const char *const and[LANG_COUNT] = {" and ", " e ", " y "};
  money sum[CURRENCY_COUNT];
  uint32_t sums = 0;
  for (uint32_t i = 0; i < from->subjects; i++) {
    template_value v;
    if (!from->get(from->self, i, field, &v)) return false; /* a sum over part of them would be a wrong sum */
    uint32_t at = 0;
    while (at < sums && sum[at].cur != v.money.cur) at++;
    if (at == sums)
      sum[sums++] = v.money;
    else if (!money_add(sum[at], v.money, &sum[at]))
      return false;
  }
  text t = text_new(perm);
  for (uint32_t i = 0; i < sums; i++) {
    char s[MONEY_TEXT_MAX];
    if (i > 0) text_cstr(&t, i + 1 == sums ? and[lang] : ", ");
    text_add(&t, (slice){s, money_text(sum[i], lang, s)});
  }
  *out = text_slice(&t);
  return sums > 0;
}

static bool is_total(template_field f) { return f.of == ENT_INVOICE && f.field == FIELD_INVOICE_TOTAL; }

bool template_lone_value(const template *t, const template_source *from, template_value *out) {
  if (t->count != 1 || t->v[0].kind != PIECE_FIELD || !from->get(from->self, 0, t->v[0].field, out)) return false;
  for (uint32_t i = 1; is_total(t->v[0].field) && i < from->subjects; i++) {
    template_value v;
    if (!from->get(from->self, i, t->v[0].field, &v) || v.money.cur != out->money.cur ||
        !money_add(out->money, v.money, &out->money))
      return false;
  }
  return true;
}

/* ---- escapes ---- */

slice template_escape_html(slice s, arena *perm) {
  text t = text_new(perm);
  for (size_t i = 0; i < s.n; i++) {
    char c = s.p[i];
    if (c == '&')
      text_cstr(&t, "&amp;");
    else if (c == '<')
      text_cstr(&t, "&lt;");
    else if (c == '>')
      text_cstr(&t, "&gt;");
    else if (c == '"')
      text_cstr(&t, "&quot;");
    else if (c == '\'')
      text_cstr(&t, "&#39;");
    else if ((unsigned char)c >= ' ' || c == '\n' || c == '\t')
      text_char(&t, c);
  }
  return text_slice(&t);
}

slice template_escape_line(slice s, arena *perm) {
  text t = text_new(perm);
  for (size_t i = 0; i < s.n;) {
    uint32_t cp;
    size_t n = utf8_decode((slice){s.p + i, s.n - i}, &cp);
    bool control = cp < ' ' || (cp >= 0x7f && cp < 0xa0) || cp == 0x2028 || cp == 0x2029;
    if (control)
      text_char(&t, ' ');
    else
      text_add(&t, (slice){s.p + i, n});
    i += n;
  }
  return text_slice(&t);
}

/* Plain text stays as it is, but for control characters that no message holds. */
static slice escape_text(slice s, arena *perm) {
  text t = text_new(perm);
  for (size_t i = 0; i < s.n; i++)
    if ((unsigned char)s.p[i] >= ' ' || s.p[i] == '\n' || s.p[i] == '\t')
      if (s.p[i] != 0x7f) text_char(&t, s.p[i]);
  return text_slice(&t);
}

/* A whole address: only of kinds that open a page, a mail or a call; everything else is no link. */
static bool link_is_safe(slice s) {
  static const char *const SCHEMES[] = {"https://", "http://", "mailto:", "tel:"};
  for (size_t i = 0; i < s.n; i++)
    if ((unsigned char)s.p[i] <= ' ') return false;
  for (size_t i = 0; i < sizeof SCHEMES / sizeof *SCHEMES; i++)
    if (utf8_fold_starts(s, slice_of(SCHEMES[i]))) return true;
  return false;
}

static slice escape_link_part(slice s, arena *perm) {
  static const char HEX[] = "0123456789ABCDEF";
  text t = text_new(perm);
  for (size_t i = 0; i < s.n; i++) {
    unsigned char c = (unsigned char)s.p[i];
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~", c);
    if (plain && c) {
      text_char(&t, (char)c);
    } else {
      text_char(&t, '%');
      text_char(&t, HEX[c >> 4]);
      text_char(&t, HEX[c & 15]);
    }
  }
  return text_slice(&t);
}

static void put(render *r, slice s) {
  if (r->too_long || r->out.n + s.n > RENDERED_BYTES_MAX) {
    r->too_long = true;
    return;
  }
  text_add(&r->out, s);
}

static void put_value(render *r, const piece *x, slice s) {
  switch (x->escape) {
  case ESCAPE_LINE: put(r, template_escape_line(s, r->perm)); return;
  case ESCAPE_TEXT: put(r, escape_text(s, r->perm)); return;
  case ESCAPE_HTML: put(r, template_escape_html(s, r->perm)); return;
  case ESCAPE_LINK_PART: put(r, escape_link_part(s, r->perm)); return;
  case ESCAPE_LINK:
    if (link_is_safe(s))
      put(r, template_escape_html(s, r->perm));
    else
      template_gap(r->gaps, r->perm, x->literal);
    return;
  }
}

slice template_qr_image(slice cid, arena *perm) {
  return arena_printf(perm, "<img src=\"cid:%.*s\" alt=\"Pix\" width=\"220\" height=\"220\">", SLICE_ARG(cid));
}

/* ---- the pass ---- */

static void picture(render *r, const piece *x, uint32_t subject) {
  slice cid;
  if (!r->source->qr || !r->source->qr(r->source->self, subject, &cid))
    template_gap(r->gaps, r->perm, SLICE("pix_qr"));
  else if (x->escape == ESCAPE_LINK)
    put(r, arena_printf(r->perm, "cid:%.*s", SLICE_ARG(cid)));
  else
    put(r, template_qr_image(cid, r->perm));
}

/* A field with fixed values is written in the reader's language. */
static slice fixed_word(template_field f, slice value, dun_lang lang) {
  if (f.field >= FIELD_COUNT || FIELDS[f.field].ty != TY_TEXT || !FIELDS[f.field].values[0]) return value;
  unsigned i = word_index(WORD_VALUE, value, LANG_EN);
  return i < word_count(WORD_VALUE) ? word_text(WORD_VALUE, i, lang) : value;
}

static void field(render *r, const piece *x, uint32_t subject, bool in_each) {
  const template_source *s = r->source;
  slice words;
  if (is_total(x->field) && !in_each && s->subjects > 1) {
    if (template_total(s, x->field, r->lang, r->perm, &words))
      put_value(r, x, words);
    else
      template_gap(r->gaps, r->perm, x->literal);
    return;
  }
  template_value v;
  if (!s->get(s->self, subject, x->field, &v)) {
    template_gap(r->gaps, r->perm, x->literal);
    return;
  }
  words = template_value_text(&v, r->lang, r->perm);
  put_value(r, x, v.ty == TY_TEXT ? fixed_word(x->field, words, r->lang) : words);
}

/* Blocks nest at most TEMPLATE_DEPTH_MAX deep. */
static void pieces(render *r, uint32_t from, uint32_t to, uint32_t subject, bool in_each) {
  for (uint32_t i = from; i < to && !r->too_long;) {
    const piece *x = r->t->v + i++;
    template_value v;
    switch (x->kind) {
    case PIECE_LITERAL: put(r, x->literal); break;
    case PIECE_FIELD: field(r, x, subject, in_each); break;
    case PIECE_QR: picture(r, x, subject); break;
    case PIECE_TODAY:
      v = (template_value){.ty = TY_DATE, .date = r->source->today};
      put_value(r, x, template_value_text(&v, r->lang, r->perm));
      break;
    case PIECE_EACH:
      for (uint32_t n = 0; n < r->source->subjects && !r->too_long; n++) pieces(r, i, x->next, n, true);
      i = x->next;
      break;
    case PIECE_IF:
      if (!r->source->get(r->source->self, subject, x->field, &v) || !shows(&v)) i = x->next;
      break;
    case PIECE_END: break;
    }
  }
}

bool template_render(const template *t, const template_source *from, dun_lang lang, arena *perm, template_gaps *gaps,
                     slice *out) {
  render r = {.t = t, .source = from, .lang = lang, .perm = perm, .gaps = gaps, .out = text_new(perm)};
  pieces(&r, 0, t->count, 0, false);
  *out = r.too_long ? (slice){0} : text_slice(&r.out);
  return !r.too_long;
}

dun_lang template_language(slice tag, dun_lang otherwise) {
  static const char *const TAGS[LANG_COUNT] = {"en", "pt", "es"};
  size_t n = 0;
  while (n < tag.n && tag.p[n] != '-' && tag.p[n] != '_') n++;
  for (int i = 0; i < LANG_COUNT; i++)
    if (utf8_fold_eq((slice){tag.p, n}, slice_of(TAGS[i]))) return (dun_lang)i;
  return otherwise;
}
