/* Names: which field, define or value a word stands for. Built-in fields come from fields.def, custom ones from `field`
 * declarations; every path is looked up once and remembered. A define may be used only below the place where it stands,
 * so no cycle can be built. */
#include "lang/check/internal.h"
#include "lang/check/words.h"
#include "lang/syntax/idiom.h"

#include "lang/base/suggest.h"
#include "lang/base/utf8.h"

/* ---- declarations ---- */

static type declared_type(kw op) {
  if (op == KW_TYPE_NUMBER) return TY_NUMBER;
  if (op == KW_TYPE_MONEY) return TY_MONEY;
  if (op == KW_TYPE_DATE) return TY_DATE;
  if (op == KW_TYPE_TIME) return TY_TIME;
  if (op == KW_TYPE_DURATION) return TY_DURATION;
  if (op == KW_TYPE_PERCENT) return TY_PERCENT;
  if (op == KW_TYPE_YESNO) return TY_BOOL;
  if (op == KW_TYPE_SET) return TY_SET;
  return TY_TEXT;
}

/* `field invoice.project as text`: without an entity the invoice is meant. */
static void declare_field(checker *c, const ast *n) {
  slice name = n->text;
  entity of = ENT_INVOICE;
  const char *dot = memchr(name.p, '.', name.n);
  if (dot) {
    slice head = {name.p, (size_t)(dot - name.p)};
    of = entity_by_name(head, c->lang);
    name = (slice){dot + 1, name.n - head.n - 1};
    if (of == ENT_COUNT || memchr(name.p, '.', name.n)) {
      REPORT(c, E0127, span_name(c, n), NO_HINT, n->text);
      return;
    }
  }
  if (field_by_name(of, name, c->lang) != FIELD_COUNT) {
    REPORT(c, E0114, span_name(c, n), NO_HINT, n->text);
    return;
  }
  if (c->custom.n == CUSTOM_FIELDS_MAX) {
    REPORT(c, E0126, n->at, NO_HINT, arena_printf(c->scratch, "%d", CUSTOM_FIELDS_MAX));
    return;
  }
  if (name_map_add(c->scratch, &c->custom_by_name, (uint32_t)of, name, c->custom.n) != NAME_NONE) {
    REPORT(c, E0114, span_name(c, n), NO_HINT, n->text);
    return;
  }
  const ast *ty = ast_kid(n, AST_TYPE);
  *VEC_PUSH(c->perm, &c->custom, custom_field) =
      (custom_field){of, keep(c, name), ty ? declared_type(ty->op) : TY_TEXT};
}

static void declare_define(checker *c, const ast *n) {
  const ast *body = ast_kid(n, AST_COND);
  if (!body) return; /* a syntax error, reported */
  bool taken =
      field_by_name(ENT_INVOICE, n->text, c->lang) != FIELD_COUNT || entity_by_name(n->text, c->lang) != ENT_COUNT;
  if (taken || name_map_add(c->scratch, &c->defines_by_name, 0, n->text, c->defines.n) != NAME_NONE) {
    REPORT(c, E0114, span_name(c, n), NO_HINT, n->text);
    return;
  }
  *VEC_PUSH(c->scratch, &c->defines, define) =
      (define){.name = n->text, .body = body, .at = n->at, .name_at = span_name(c, n), .lang = c->lang};
}

static void declare(checker *c, const ast *n) {
  if (n->kind == AST_FIELD_DECL) declare_field(c, n);
  if (n->kind == AST_DEFINE) declare_define(c, n);
}

void names_collect(checker *c) { files_each(c, declare); }

/* A define that nothing uses is still read, over the rows where all of its names are known. */
void names_check_unused(checker *c, bool warn) {
  for (uint32_t i = 0; i < c->defines.n; i++) {
    define *def = VEC_AT(&c->defines, define, i);
    if (def->used) continue;
    c->lang = def->lang;
    if (warn && !def->early) diag_fix(c->d, REPORT(c, W0021, def->name_at, NO_HINT, def->name), def->at, NO_HINT);
    diags *real = c->d;
    for (entity of = ENT_INVOICE; of <= ENT_COUNT; of++) {
      bool last = of == ENT_COUNT;
      diags trial;
      diags_init(&trial, c->scratch);
      c->d = last ? real : &trial;
      c->of = last ? ENT_INVOICE : of;
      def->open = true;
      expr_whole(c, def->body->kid);
      def->open = false;
      c->d = real;
      if (!last && trial.errors == 0) break;
    }
  }
}

/* ---- look-ups ---- */

field_ref name_look(checker *c, slice path) {
  uint32_t salt = (uint32_t)c->of * LANG_COUNT + (uint32_t)c->lang;
  uint32_t at = name_map_get(&c->paths, salt, path);
  if (at != NAME_NONE) return *VEC_AT(&c->refs, field_ref, at);
  field_ref r = field_by_path(NULL, 0, c->of, path, c->lang);
  if (r.status == FIELD_NO_NAME) {
    size_t skip = r.head_n ? r.head_n + 1 : 0;
    uint32_t custom = name_map_get(&c->custom_by_name, (uint32_t)r.of, (slice){path.p + skip, path.n - skip});
    if (custom != NAME_NONE) {
      r.field = (uint16_t)(FIELD_COUNT + custom);
      r.status = entity_leads_to(c->of, r.of) ? FIELD_FOUND : FIELD_TOO_FAR;
    }
  }
  name_map_add(c->scratch, &c->paths, salt, path, c->refs.n);
  *VEC_PUSH(c->scratch, &c->refs, field_ref) = r;
  return r;
}

/* A bare name that another entity has: `segment` on an invoice is meant as customer.segment. */
static bool report_elsewhere(checker *c, const ast *n, slice path) {
  static const entity OTHERS[] = {ENT_CUSTOMER, ENT_CONTRACT, ENT_INVOICE};
  for (size_t i = 0; i < sizeof OTHERS / sizeof OTHERS[0]; i++) {
    entity of = OTHERS[i];
    if (of == c->of || field_by_name(of, path, c->lang) == FIELD_COUNT) continue;
    slice head = entity_text(of, c->lang);
    if (!entity_leads_to(c->of, of)) {
      REPORT(c, E0120, span_part(c, n, 0, path.n), NO_HINT, path, entity_text(c->of, c->lang), head);
      return true;
    }
    slice full = arena_printf(c->scratch, "%.*s.%.*s", SLICE_ARG(head), SLICE_ARG(path));
    span at = span_part(c, n, 0, path.n);
    mend(c, REPORT(c, E0119, at, hint(c, HINT_WRITE, full), path, head), at, full);
    return true;
  }
  return false;
}

/* A definition that could not be read is left out of the tree: its name is no mistake of its own. */
static bool lost_in(const checker *c, uint32_t f, slice path) {
  slice text = c->p->sources[f].text, word = kw_text(KW_DEFINE, c->files[f]->lang);
  for (size_t i = 0; i + word.n + 1 + path.n <= text.n; i++) {
    if (memcmp(text.p + i, word.p, word.n) != 0) continue;
    size_t at = i + word.n;
    while (at < text.n && text.p[at] == ' ') at++;
    if (at + path.n <= text.n && memcmp(text.p + at, path.p, path.n) == 0) return true;
  }
  return false;
}

static bool lost_define(const checker *c, slice path) {
  for (uint32_t f = 0; f < c->file_count; f++)
    if (!c->files[f]->ok && lost_in(c, f, path)) return true;
  return false;
}

static slice nearest_name(checker *c, slice path) {
  slice near = field_nearest(VEC_AT(&c->custom, custom_field, 0), c->custom.n, c->of, path, c->lang);
  if (near.n) return near;
  uint32_t n = c->defines.n < 1000 ? c->defines.n : 1000;
  slice *names = ARENA_ARRAY(c->scratch, n + 1, slice);
  for (uint32_t i = 0; i < n; i++) names[i] = VEC_AT(&c->defines, define, i)->name;
  size_t i = did_you_mean(path, names, n);
  return i < n ? names[i] : NO_HINT;
}

field_ref name_resolve(checker *c, const ast *n, slice path) {
  field_ref r = name_look(c, path);
  slice head = {path.p, r.head_n};
  slice tail = r.head_n ? (slice){path.p + r.head_n + 1, path.n - r.head_n - 1} : path;
  switch (r.status) {
  case FIELD_FOUND: break;
  case FIELD_NO_HEAD: {
    slice names[ENT_COUNT];
    for (unsigned i = 0; i < ENT_COUNT; i++) names[i] = entity_text((entity)i, c->lang);
    size_t i = did_you_mean(head, names, ENT_COUNT);
    slice how = i < ENT_COUNT ? hint_mean(c, names[i]) : hint(c, HINT_QUOTE_OR_FIELD, path);
    span at = span_part(c, n, 0, head.n);
    mend(c, REPORT(c, E0112, at, how, path), at, i < ENT_COUNT ? names[i] : NO_HINT);
    break;
  }
  case FIELD_NO_NAME:
    if (r.head_n) {
      slice near = field_nearest(VEC_AT(&c->custom, custom_field, 0), c->custom.n, r.of, tail, c->lang);
      bool shorter = field_by_path(NULL, 0, r.of, tail, c->lang).status == FIELD_FOUND; /* contract.customer.name */
      span at = span_part(c, n, r.head_n + 1, tail.n);
      diag *said = REPORT(c, E0112, at,
                          near.n    ? hint_mean(c, near)
                          : shorter ? hint(c, HINT_WRITE, tail)
                                    : hint(c, HINT_CUSTOM_FIELD, path),
                          path);
      if (near.n)
        mend(c, said, at, near);
      else if (shorter)
        mend(c, said, span_part(c, n, 0, path.n), tail);
    } else if (!lost_define(c, path) && !report_elsewhere(c, n, path)) {
      slice near = nearest_name(c, path), idiom = idiom_hint(path, false, NULL, false, c->lang);
      slice how = near.n ? hint_mean(c, near) : hint(c, HINT_QUOTE_OR_FIELD, path);
      span at = span_part(c, n, 0, path.n);
      mend(c, REPORT(c, E0112, at, idiom.n ? idiom : how, path), at,
           idiom.n ? idiom_fix(path, false, NULL, false, c->lang) : near);
    }
    break;
  case FIELD_TOO_FAR:
    REPORT(c, E0120, span_part(c, n, 0, path.n), NO_HINT, path, entity_text(c->of, c->lang),
           entity_text(r.of, c->lang));
    break;
  }
  return r;
}

define *name_define(checker *c, const ast *n) {
  if (n->kind != AST_NAME) return NULL;
  uint32_t i = name_map_get(&c->defines_by_name, 0, n->text);
  return i == NAME_NONE ? NULL : VEC_AT(&c->defines, define, i);
}

/* ---- what a condition reads ---- */

enum { READS_CUSTOMER = 1, READS_OTHER = 2 };

static unsigned reads_of(checker *c, const ast *n, uint32_t depth) {
  if (depth > COND_DEPTH_MAX) return READS_OTHER;
  if (n->kind == AST_FIELD || n->kind == AST_NAME) {
    define *def = name_define(c, n);
    if (def) {
      if (def->reads_known) return def->reads;
      def->reads_known = true; /* once each: definitions of definitions must not multiply; a cycle reads nothing here */
      def->reads = reads_of(c, def->body->kid, depth + 1);
      return def->reads;
    }
    field_ref r = name_look(c, n->text);
    if (r.status != FIELD_FOUND) return r.head_n ? READS_OTHER : 0;
    return r.of == ENT_CUSTOMER ? READS_CUSTOMER : READS_OTHER;
  }
  unsigned reads = 0;
  bool values = n->kind == AST_COMPARE || n->kind == AST_IN; /* a bare word after the first kid may be a value */
  for (const ast *kid = n->kid; kid; kid = kid->next) {
    if (values && kid != n->kid && reads == READS_CUSTOMER && kid->kind != AST_FIELD) {
      field_ref r =
          n->kid->kind == AST_FIELD ? name_look(c, n->kid->text) : (field_ref){FIELD_NO_NAME, ENT_COUNT, 0, 0};
      if (r.status == FIELD_FOUND && r.field < FIELD_COUNT && FIELDS[r.field].values[0]) continue;
    }
    reads |= reads_of(c, kid, depth + 1);
  }
  return reads;
}

bool reads_only_customer(checker *c, const ast *n) {
  entity of = c->of;
  c->of = ENT_INVOICE;
  unsigned reads = reads_of(c, n, 0);
  c->of = of;
  return reads == READS_CUSTOMER;
}
