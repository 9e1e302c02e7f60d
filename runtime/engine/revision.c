/* See revision.h. */
#include "revision.h"

#include <stdio.h>
#include <stdlib.h>

#include "lang/base/path.h"
#include "lang/base/text.h"

typedef struct offsets {
  slice *v;
  uint32_t n;
} offsets;

static void add_offsets(offsets *o, const rung *r, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) o->v[o->n++] = r[i].written;
}

/* What the old policy had on this track: all ladders of an entity are one, a `when` is known by its name. */
static offsets old_offsets(const program *old, const program *now, uint32_t track_id, entity of, arena *perm) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < old->ladder_count; i++) n += old->ladders[i].rung_count;
  for (uint32_t i = 0; i < old->when_count; i++) n += old->whens[i].rung_count;
  offsets o = {ARENA_ARRAY(perm, n + 1, slice), 0};
  if (track_id < TRACK_WHENS) {
    for (uint32_t i = 0; i < old->ladder_count; i++)
      if (old->ladders[i].of == of) add_offsets(&o, old->ladders[i].rungs, old->ladders[i].rung_count);
    return o;
  }
  slice name = now->whens[track_id - TRACK_WHENS].name;
  for (uint32_t i = 0; i < old->when_count; i++)
    if (old->whens[i].of == of && slice_eq(old->whens[i].name, name))
      add_offsets(&o, old->whens[i].rungs, old->whens[i].rung_count);
  return o;
}

static bool has_offset(const offsets *o, slice written) {
  for (uint32_t i = 0; i < o->n; i++)
    if (slice_eq(o->v[i], written)) return true;
  return false;
}

static void climb_quietly(engine *e, uint32_t track_id, uint32_t row, const rung_time *r) {
  history_climb(e->h, &e->h->tracks[track_id], row, r->written, r->place);
  history_add_quiet(e->h, &(quiet_climb){track_id, row, r->written, r->place});
}

static void settle_row(engine *e, uint32_t track_id, uint32_t row, const bool *is_new) {
  const track *t = &e->h->tracks[track_id];
  if (t->pos[row] == PLACE_NONE) return; /* not on the track yet: it joins at its current rung */
  uint32_t list = UINT32_MAX;
  int32_t anchor = DATE_NONE_DAY;
  if (track_id >= TRACK_WHENS) {
    list = timelines_when(e->p, track_id - TRACK_WHENS);
    anchor = (int32_t)fact_int(e->f, FIELD_INVOICE_DUE, row);
  } else {
    uint32_t l = engine_ladder(e, t->of, row, false);
    if (l == NO_LADDER) return;
    list = timelines_ladder(l);
    anchor = engine_anchor(e, &e->p->ladders[l], row);
  }
  if (anchor == DATE_NONE_DAY) return;
  rung_times r = timeline_at(e->tl, list, anchor);
  for (uint32_t i = 0; i < r.n; i++) /* its own day is no past: it fires today like any other */
    if (is_new[r.v[i].written] && r.v[i].day < e->today && !history_climbed(e->h, t, row, r.v[i].written))
      climb_quietly(e, track_id, row, &r.v[i]);
}

static void settle_track(engine *e, const program *old, uint32_t track_id, arena *perm) {
  const track *t = &e->h->tracks[track_id];
  if (!t->pos || t->n == 0) return;
  offsets before = old_offsets(old, e->p, track_id, t->of, perm);
  uint32_t n = timelines_written_count(e->tl);
  bool *is_new = ARENA_ARRAY(perm, n + 1, bool), any = false;
  for (uint32_t i = 0; i < n; i++) any |= is_new[i] = !has_offset(&before, timelines_written(e->tl, i));
  if (!any || before.n == 0) return;
  for (uint32_t row = 0; row < t->n; row++) settle_row(e, track_id, row, is_new);
}

static const slice IN_FORCE = {"revision in force", 17};

store_code revision_in_force(store *s, int64_t id) {
  char digits[24];
  int n = snprintf(digits, sizeof digits, "%lld", (long long)id);
  return store_state_set(s, IN_FORCE, (slice){digits, (size_t)n});
}

/* The text of the revision that ran last (going back to an older one makes that one the last); empty: there is none. */
static store_code last_revision(store *s, arena *perm, slice *text_of) {
  *text_of = (slice){0};
  slice id;
  store_code code = store_state_get(s, IN_FORCE, perm, &id);
  if (code != STORE_OK) return code == STORE_END ? STORE_OK : code;
  const slice columns[] = {SLICE("text")};
  store_where where = {.column = "id", .op = STORE_EQ, .i = strtoll(arena_copy(perm, id), NULL, 10)};
  store_query q = {.table = STORE_T_revision, .columns = columns, .column_count = 1, .where = &where, .where_count = 1};
  store_cursor *c;
  code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) *text_of = arena_slice(perm, store_text(c, 0));
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

/* ---- a revision as one text ---- */

/* No policy begins so: a text that does is several files. */
static const slice SEVERAL = {"== the files of one policy ==\n", 30};

static bool is_own(const struct embedded *e) {
  for (const struct embedded *k = stdlib_calendars; k->name; k++)
    if (k->text == e->text) return false;
  return true;
}

static void add_part(text *t, slice name, slice bytes) {
  text_printf(t, "== %zu %.*s ==\n", bytes.n, SLICE_ARG(name));
  text_add(t, bytes);
  text_char(t, '\n');
}

slice revision_text(const program *p, arena *perm) {
  bool calendars = false;
  for (uint32_t i = 0; i < p->calendar_count; i++) calendars = calendars || is_own(p->calendars[i]);
  if (p->source_count == 1 && !calendars) return p->sources[0].text;
  text t = text_new(perm);
  text_add(&t, SEVERAL);
  slice folder = path_folder(p->sources[0].name);
  add_part(&t, path_base(p->sources[0].name), p->sources[0].text);
  for (uint32_t i = 1; i < p->source_count; i++)
    add_part(&t, path_from(perm, folder, p->sources[i].name), p->sources[i].text);
  /* One may include another: all or none. */
  for (const struct embedded *e = p->calendar_table; calendars && e->name && is_own(e); e++)
    add_part(&t, arena_printf(perm, "%s.cal", e->name), slice_of(e->text));
  return text_slice(&t);
}

typedef struct parts {
  source *files;
  uint32_t count;
  struct embedded *calendars;
} parts;

/* One part off the front; false: the text has another shape. */
static bool take_part(slice *rest, slice *name, slice *bytes) {
  const char *end = memchr(rest->p, '\n', rest->n);
  size_t head = end ? (size_t)(end - rest->p) : 0, n = 0, i = 3;
  if (head < 8 || memcmp(rest->p, "== ", 3) != 0 || memcmp(end - 3, " ==", 3) != 0) return false;
  for (; rest->p[i] >= '0' && rest->p[i] <= '9' && n <= rest->n; i++) n = n * 10 + (size_t)(rest->p[i] - '0');
  if (rest->p[i] != ' ' || i + 4 > head || n >= rest->n - head - 1) return false;
  *name = (slice){rest->p + i + 1, head - i - 4};
  *bytes = (slice){end + 1, n};
  size_t taken = head + 1 + n + 1;
  *rest = (slice){rest->p + taken, rest->n - taken};
  return true;
}

static parts parts_of(slice all, arena *perm) {
  parts out = {.files = ARENA_NEW(perm, source), .count = 1};
  out.files[0] = (source){SLICE("the previous revision"), all};
  if (!slice_starts(all, SEVERAL)) return out;
  slice rest = {all.p + SEVERAL.n, all.n - SEVERAL.n}, name, bytes;
  size_t n = 0, calendars = 0, fixed = 0;
  for (slice r = rest; r.n && take_part(&r, &name, &bytes);) n++;
  while (stdlib_calendars[fixed].name) fixed++;
  out.files = ARENA_ARRAY(perm, n + 1, source);
  out.calendars = ARENA_ARRAY(perm, n + fixed + 1, struct embedded);
  for (out.count = 0; rest.n && take_part(&rest, &name, &bytes);) {
    if (name.n > 4 && slice_eq((slice){name.p + name.n - 4, 4}, SLICE(".cal")))
      out.calendars[calendars++] =
          (struct embedded){arena_copy(perm, (slice){name.p, name.n - 4}), arena_copy(perm, bytes)};
    else
      out.files[out.count++] = (source){name, bytes};
  }
  memcpy(out.calendars + calendars, stdlib_calendars, fixed * sizeof *out.calendars);
  return out;
}

/* The text of the revision that took effect last before the day. */
static store_code revision_before(store *s, civil_date day, arena *perm, slice *text_of) {
  *text_of = (slice){0};
  const slice columns[] = {SLICE("text")};
  const store_where where = {"effective_on", STORE_LT, day.day, {0}};
  store_query q = {.table = STORE_T_revision, .columns = columns, .column_count = 1, .where = &where, .where_count = 1};
  store_cursor *c;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) *text_of = arena_slice(perm, store_text(c, 0));
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

static void settle_after(engine *e, slice before, slice policy_text, civil_date today, arena *perm) {
  if (before.n == 0 || slice_eq(before, policy_text)) return;
  parts old_parts = parts_of(before, perm);
  compile_options o = {.calendars = old_parts.calendars};
  diags d;
  compiled old;
  diags_init(&d, perm);
  if (!compile_with(perm, old_parts.files, old_parts.count, &o, &d, &old))
    return; /* an older dun read it: nothing is known of its rungs */
  e->today = today.day;
  for (uint32_t k = 0; k < e->h->track_count; k++) settle_track(e, old.program, k, perm);
}

store_code revision_settle(engine *e, store *s, slice policy_text, civil_date today, arena *perm) {
  slice before;
  store_code code = last_revision(s, perm, &before);
  if (code == STORE_OK) settle_after(e, before, policy_text, today, perm);
  return code;
}

store_code revision_settle_as_of(engine *e, store *s, slice policy_text, civil_date day, arena *perm) {
  slice before;
  store_code code = revision_before(s, day, perm, &before);
  if (code == STORE_OK) settle_after(e, before, policy_text, day, perm);
  return code;
}
