/* Diagnostics: collecting, ordering, looking up. How one is drawn is in diag_render.c. Every text comes from diag.def.
 */
#include "diag.h"

#include <assert.h>

#include "text.h"
#include "utf8.h"

#define ARGS_MAX 3

static const struct {
  const char *name;
  diag_severity severity;
  const char *says[LANG_COUNT], *remedy[LANG_COUNT];
} rows[] = {
#define DIAG(code, severity, en, pt, es, fix_en, fix_pt, fix_es)                                                       \
  {#code, severity, {en, pt, es}, {fix_en, fix_pt, fix_es}},
#include "diag.def"
#undef DIAG
};
_Static_assert(sizeof rows / sizeof *rows == DIAG_COUNT, "a row for each code");

void diags_init(diags *d, arena *perm) { *d = (diags){.perm = perm}; }

static size_t slot_of(const diags *d, diag_code code, span at) {
  uint64_t h = (uint64_t)code << 48 ^ (uint64_t)at.file << 40 ^ (uint64_t)at.from << 20 ^ at.to;
  h *= UINT64_C(0x9e3779b97f4a7c15);
  size_t i = (size_t)(h >> 32) & (d->index_room - 1);
  for (; d->index[i]; i = (i + 1) & (d->index_room - 1)) {
    const diag *x = d->index[i];
    if (x->code == code && x->at.file == at.file && x->at.from == at.from && x->at.to == at.to) break;
  }
  return i;
}

/* Keeps the index at most half full. */
static void grow_index(diags *d, size_t count) {
  if (count * 2 < d->index_room) return;
  d->index_room = d->index_room ? d->index_room * 2 : 32;
  d->index = ARENA_ARRAY(d->perm, d->index_room, diag *);
  for (diag *x = d->first; x; x = x->next) d->index[slot_of(d, x->code, x->at)] = x;
}

diag *diag_add(diags *d, diag_code code, span at, slice hint, size_t argc, const slice *argv) {
  assert(code < DIAG_COUNT && argc <= ARGS_MAX);
  grow_index(d, d->errors + d->warnings + d->notes + 1);
  size_t slot = slot_of(d, code, at);
  if (d->index[slot]) return NULL;
  diag *x = ARENA_NEW(d->perm, diag);
  x->code = code;
  x->at = at;
  x->hint = arena_slice(d->perm, hint);
  for (size_t i = 0; i < argc; i++) x->arg[i] = arena_slice(d->perm, argv[i]);
  if (d->last)
    d->last->next = x;
  else
    d->first = x;
  d->last = d->index[slot] = x;
  switch (rows[code].severity) {
  case DIAG_ERROR: d->errors++; break;
  case DIAG_WARNING: d->warnings++; break;
  case DIAG_NOTE: d->notes++; break;
  }
  return x;
}

void diag_fix(diags *d, diag *x, span at, slice written) {
  if (!x) return;
  diag_edit *e = ARENA_NEW(d->perm, diag_edit), **end = &x->fix;
  while (*end) end = &(*end)->next;
  *e = (diag_edit){at, arena_slice(d->perm, written), NULL};
  *end = e;
}

void diag_fix_readings(diags *d, diag *x, span at, slice hint) {
  for (size_t i = 0, from = 0, open = 0; i < hint.n; i++) {
    if (hint.p[i] != '`') continue;
    if (open) diag_fix(d, x, at, (slice){hint.p + from, i - from});
    open = !open;
    from = i + 1;
  }
}

static bool stands_after(const diag *a, const diag *b) {
  if (a->at.file != b->at.file) return a->at.file > b->at.file;
  if (a->at.from != b->at.from) return a->at.from > b->at.from;
  return a->at.to > b->at.to;
}

/* Stable: of two at one place the one that was added first stays first. */
static diag *merge(diag *a, diag *b) {
  diag *head = NULL, **end = &head;
  while (a && b) {
    diag **from = stands_after(a, b) ? &b : &a;
    *end = *from;
    *from = (*from)->next;
    end = &(*end)->next;
  }
  *end = a ? a : b;
  return head;
}

void diags_sort(diags *d) {
  diag *run[64] = {0}; /* run[i] holds 2^i diagnostics or none */
  for (diag *x = d->first; x;) {
    diag *carry = x;
    x = x->next;
    carry->next = NULL;
    size_t i = 0;
    for (; run[i]; i++) {
      carry = merge(run[i], carry);
      run[i] = NULL;
    }
    run[i] = carry;
  }
  d->first = NULL;
  for (size_t i = 0; i < 64; i++) d->first = merge(run[i], d->first);
  d->last = d->first;
  while (d->last && d->last->next) d->last = d->last->next;
}

const char *diag_name(diag_code code) {
  assert(code < DIAG_COUNT);
  return rows[code].name;
}

diag_severity diag_severity_of(diag_code code) {
  assert(code < DIAG_COUNT);
  return rows[code].severity;
}

slice diag_remedy(diag_code code, dun_lang lang) {
  assert(code < DIAG_COUNT);
  return slice_of(rows[code].remedy[lang]);
}

slice diag_says(diag_code code, dun_lang lang) {
  assert(code < DIAG_COUNT);
  return slice_of(rows[code].says[lang]);
}

slice diag_text(const diag *d, dun_lang lang, arena *perm) {
  slice s = diag_says(d->code, lang);
  text out = text_new(perm);
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] == '{' && i + 2 < s.n && s.p[i + 2] == '}' && s.p[i + 1] >= '0' && s.p[i + 1] < '0' + ARGS_MAX) {
      text_add(&out, d->arg[s.p[i + 1] - '0']);
      i += 2;
    } else {
      text_char(&out, s.p[i]);
    }
  }
  return text_slice(&out);
}

diag_code diag_find(slice name) {
  for (int i = 0; i < DIAG_COUNT; i++)
    if (utf8_fold_eq(name, slice_of(rows[i].name))) return (diag_code)i;
  return DIAG_COUNT;
}
