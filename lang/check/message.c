/* What goes to people: texts with holes, recipients, channels, and the ways of a `send`. */
#include "lang/check/internal.h"

#include "lang/base/suggest.h"
#include "lang/base/text.h"
#include "lang/check/words.h"

/* ---- texts ---- */

/* A define may stand in a hole where it names one field. */
static uint16_t hole_use(checker *c, const ast *hole) {
  uint32_t i = name_map_get(&c->defines_by_name, 0, hole->text);
  if (i != NAME_NONE) {
    define *def = VEC_AT(&c->defines, define, i);
    const ast *body = def->body->kid;
    bool field = body && (body->kind == AST_FIELD || (body->kind == AST_NAME && !name_define(c, body)));
    def->used = true;
    if (!field) {
      REPORT(c, E0128, span_name(c, hole), NO_HINT, hole->text);
      return NO_USE;
    }
    hole = body;
  }
  field_ref r = name_resolve(c, hole, hole->text);
  return r.status == FIELD_FOUND ? use_field(c, r.of, r.field) : (uint16_t)NO_USE;
}

text_pieces pieces_build(checker *c, const ast *n) {
  text_pieces t = {NULL, 0};
  uint32_t count = 0;
  for (const ast *kid = n->kid; kid; kid = kid->next) count++;
  text_piece *v = ARENA_ARRAY(c->perm, count + 1, text_piece);
  for (const ast *kid = n->kid; kid; kid = kid->next) {
    text_piece *piece = &v[t.count++];
    piece->use = NO_USE;
    if (kid->kind == AST_HOLE)
      piece->use = hole_use(c, kid);
    else
      piece->literal = keep(c, kid->text);
  }
  t.pieces = v;
  return t;
}

/* ---- who and where ---- */

/* owner, rep, a field (`use`), an address or a name; `quoted`: it was written as a text. */
slice who_text(checker *c, const ast *who, bool *quoted, uint16_t *use) {
  *use = NO_USE;
  const ast *n = who ? who->kid : NULL;
  *quoted = n && n->kind == AST_TEXT;
  if (!n) return NO_HINT;
  if (*quoted) return keep(c, n->text);
  slice word = word_find(WORD_WHO, n->text, c->lang);
  if (word.n) return keep(c, word);
  field_ref r = name_look(c, n->text);
  if (r.head_n == 0 && r.status != FIELD_FOUND) return keep(c, n->text);
  r = name_resolve(c, n, n->text);
  if (r.status != FIELD_FOUND) return NO_HINT;
  slice path = canonical_path(c, r);
  if (slice_eq(path, SLICE("customer.owner"))) return SLICE("owner");
  *use = use_field(c, r.of, r.field);
  return path;
}

bool channel_of(const ast *n, channel *out) {
  if (!n) return false;
  if (n->op == KW_EMAIL)
    *out = CH_EMAIL;
  else if (n->op == KW_WHATSAPP)
    *out = CH_WHATSAPP;
  else if (n->op == KW_SMS)
    *out = CH_SMS;
  else if (n->op == KW_TEAMS)
    *out = CH_TEAMS;
  else if (n->op == KW_SLACK)
    *out = CH_SLACK;
  else
    return false;
  return true;
}

bool channel_to_customer(checker *c, const ast *n, channel *out) {
  if (!channel_of(n, out)) return false;
  if (*out == CH_EMAIL || *out == CH_WHATSAPP || *out == CH_SMS) return true;
  REPORT(c, E0125, n->at, NO_HINT, n->text);
  return false;
}

/* `to customer.email` is to the customer. */
bool program_way_to_customer(const program *p, const send_way *w) {
  if (w->to.n == 0 || slice_eq(w->to, SLICE("customer"))) return true;
  uint16_t field = w->to_use == NO_USE ? FIELD_COUNT : p->uses[w->to_use].field;
  return field == FIELD_CUSTOMER_EMAIL || field == FIELD_CUSTOMER_PHONE || field == FIELD_CUSTOMER_WHATSAPP;
}

/* ---- the ways of a send ---- */

static void extras(checker *c, const ast *with, send_way *w) {
  text written = text_new(c->scratch);
  w->with = 0;
  for (const ast *item = with->kid; item; item = item->next) {
    unsigned n = word_count(WORD_EXTRA), i = word_index(WORD_EXTRA, item->text, c->lang);
    if (i < n) {
      if (w->with >> i & 1) continue;
      w->with |= 1u << i;
      if (written.n) text_cstr(&written, ", ");
      text_add(&written, word_canonical(WORD_EXTRA, i));
      continue;
    }
    slice names[8];
    slice all = NO_HINT;
    for (i = 0; i < n && i < 8; i++) {
      names[i] = word_text(WORD_EXTRA, i, c->lang);
      all = arena_printf(c->scratch, "%.*s%s%.*s", SLICE_ARG(all), i ? ", " : "", SLICE_ARG(names[i]));
    }
    size_t near = did_you_mean(item->text, names, i);
    slice how = near < i ? hint_mean(c, names[near]) : hint(c, HINT_ONE_OF, all);
    mend_choice(c, REPORT(c, E0121, item->at, how, item->text), item->at, near < i ? &names[near] : names,
                near < i ? 1 : i);
  }
  w->with_words = keep(c, text_slice(&written));
}

/* `or else email` without a template sends the same message by that channel. */
static void way_build(checker *c, const ast *n, const send_way *before, send_way *w) {
  const ast *template = ast_kid(n, AST_TEMPLATE), *inline_text = ast_kid(n, AST_TEXT);
  const ast *to = ast_kid(n, AST_TO), *with = ast_kid(n, AST_WITH);
  w->at = n->at;
  (void)channel_to_customer(c, ast_kid(n, AST_CHANNEL), &w->ch);
  if (template && template->kid)
    w->template_name = keep(c, template->kid->text);
  else if (inline_text)
    w->inline_text = pieces_build(c, inline_text);
  else if (before) {
    w->template_name = before->template_name;
    w->inline_text = before->inline_text;
    w->with = before->with;
    w->with_words = before->with_words;
  }
  w->to_use = NO_USE;
  if (to) w->to = who_text(c, to->kid && to->kid->kind == AST_WHO ? to->kid : to, &w->to_quoted, &w->to_use);
  if (with) extras(c, with, w);
}

void send_build(checker *c, const ast *n, action *out) {
  uint32_t count = 0;
  for (const ast *way = n; way; way = ast_kid(way, AST_ELSE)) count++;
  send_way *ways = ARENA_ARRAY(c->perm, count, send_way);
  uint32_t i = 0;
  for (const ast *way = n; way; way = ast_kid(way, AST_ELSE), i++) way_build(c, way, i ? &ways[i - 1] : NULL, &ways[i]);
  out->ways = ways;
  out->way_count = count;
}
