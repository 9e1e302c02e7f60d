/* Standing rules as they were on the morning of a day that is over. The store has whether each is armed today and since
 * when; of before that it has the rules' actions.
 *
 * Invariant: a rule that fired before the day, and was armed again on it or later without firing in between, was not
 * armed; one that fired on it or later was. Where it fired on both sides it is taken to have been armed. */
#include "live.h"

typedef struct firings {
  int32_t *last; /* by row: day of the last one before the day at hand, DATE_NONE_DAY */
  bool *later;   /* by row: it fired on that day or after */
} firings;

static store_code firings_load(engine *e, store *s, const row_names *names, int32_t before, firings *of_track,
                               arena *scratch) {
  const slice columns[] = {SLICE("track"), SLICE("kind"), SLICE("entity"), SLICE("on")};
  const store_where where = {"track", STORE_NE, 0, SLICE("ladder")};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 4, .where = &where, .where_count = 1};
  store_cursor *c;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    entity of = entity_of_kind(store_int(c, 1));
    uint32_t k = track_find(e, store_text(c, 0), of, scratch), row = row_names_find(&names[of], store_text(c, 2));
    if (k == UINT32_MAX || row == VM_NO_ROW || !of_track[k].last) continue;
    int32_t day = (int32_t)store_int(c, 3);
    if (day >= before)
      of_track[k].later[row] = true;
    else if (day > of_track[k].last[row])
      of_track[k].last[row] = day;
  }
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

/* Those that were armed again since. */
static store_code rearmed_load(engine *e, store *s, const row_names *names, int32_t before, const firings *of_track,
                               arena *scratch) {
  const slice columns[] = {SLICE("rule"), SLICE("kind"), SLICE("entity")};
  const store_where where[] = {{"since", STORE_GE, before, {0}}, {"armed", STORE_EQ, 1, {0}}};
  store_query q = {.table = STORE_T_armed, .columns = columns, .column_count = 3, .where = where, .where_count = 2};
  store_cursor *c;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    entity of = entity_of_kind(store_int(c, 1));
    uint32_t k = track_find(e, store_text(c, 0), of, scratch), row = row_names_find(&names[of], store_text(c, 2));
    if (k == UINT32_MAX || row == VM_NO_ROW || !of_track[k].last) continue;
    if (of_track[k].last[row] == DATE_NONE_DAY || of_track[k].later[row]) continue;
    e->h->tracks[k].disarmed[row] = true;
    e->h->tracks[k].fired[row] = of_track[k].last[row];
  }
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

store_code standing_as_of(engine *e, store *s, const row_names names[ENT_COUNT], int32_t before, arena *scratch) {
  firings *of_track = ARENA_ARRAY(scratch, e->h->track_count, firings);
  bool any = false;
  for (uint32_t k = 0; k < e->h->track_count; k++) {
    const track *t = &e->h->tracks[k];
    if (!t->disarmed) continue;
    any = true;
    of_track[k] = (firings){ARENA_ARRAY(scratch, t->n + 1, int32_t), ARENA_ARRAY(scratch, t->n + 1, bool)};
    for (uint32_t row = 0; row < t->n; row++) of_track[k].last[row] = DATE_NONE_DAY;
  }
  if (!any) return STORE_OK;
  store_code code = firings_load(e, s, names, before, of_track, scratch);
  return code == STORE_OK ? rearmed_load(e, s, names, before, of_track, scratch) : code;
}
