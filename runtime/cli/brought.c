/* See brought.h. */
#include "brought.h"

#include "lang/base/text.h"

static void say_line(world *w, slice line) { world_printf(w, WORLD_STDERR, "%.*s\n", SLICE_ARG(line)); }

void brought_noticed(const args *a, dun_lang lang, world *w, const uint64_t noticed[STORE_HAPPENING_COUNT]) {
  text all = text_new(a->perm);
  for (int h = 0; h < STORE_HAPPENING_COUNT; h++) {
    if (!noticed[h]) continue;
    slice what = texts_said(lang, a->perm, slice_of(store_happening_name((store_happening)h)));
    text_printf(&all, "%s%llu × %.*s", all.n ? ", " : "", (unsigned long long)noticed[h], SLICE_ARG(what));
  }
  if (all.n) say_line(w, TEXTS(lang, a->perm, NOTICED, text_slice(&all)));
}

/* The last batch that ended something of Dun's own state; where it is given, `said` gets what later ones ended. */
static store_code own_ended(const args *a, dun_lang lang, store *s, int64_t after, int64_t *last, text *said,
                            uint32_t *count) {
  enum { SHOWN_MAX = 10 };
  const slice columns[] = {SLICE("entity"), SLICE("what"), SLICE("ended")};
  const store_where where[] = {{"ended", STORE_NOT_NULL, 0, {0}}};
  store_query q = {.table = STORE_T_own_state, .columns = columns, .column_count = 3, .where = where, .where_count = 1};
  store_cursor *c;
  slice entity = {0}, what = {0};
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    int64_t batch = store_int(c, 2);
    if (batch > *last) *last = batch;
    if (!said || batch <= after) continue;
    if (slice_eq(entity, store_text(c, 0)) && slice_eq(what, store_text(c, 1))) continue; /* set on several days */
    entity = arena_slice(a->perm, store_text(c, 0));
    what = arena_slice(a->perm, store_text(c, 1));
    if (++*count > SHOWN_MAX) continue;
    bool tag = slice_starts(what, SLICE("tag "));
    slice is = tag ? arena_printf(a->perm, "\"%.*s\"", (int)what.n - 4, what.p + 4)
                   : texts_field(lang, a->perm, arena_printf(a->perm, "contract.%.*s", SLICE_ARG(what)));
    text_printf(said, "%s%.*s %.*s", said->n ? ", " : "", SLICE_ARG(entity), SLICE_ARG(is));
  }
  store_cursor_close(c);
  if (said && *count > SHOWN_MAX)
    text_printf(said, ", %.*s", SLICE_ARG(TEXTS(lang, a->perm, AND_MORE, texts_number(a->perm, *count - SHOWN_MAX))));
  return code == STORE_END ? STORE_OK : code;
}

void brought_before(const args *a, store *s, brought_ended *b) {
  b->last = 0;
  b->known = own_ended(a, a->lang, s, 0, &b->last, NULL, NULL) == STORE_OK;
}

void brought_after(const args *a, dun_lang lang, world *w, store *s, const brought_ended *b) {
  int64_t last = 0;
  uint32_t count = 0;
  text ended = text_new(a->perm);
  if (!b->known || own_ended(a, lang, s, b->last, &last, &ended, &count) != STORE_OK || count == 0) return;
  say_line(w, TEXTS(lang, a->perm, OWN_ENDED, text_slice(&ended)));
}
