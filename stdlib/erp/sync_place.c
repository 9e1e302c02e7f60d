/* See sync_place.h. The keys of sync_state: "sync VENDOR FEED" while a round is under way, and behind it " mark",
 * " whole", " seen 000001". */
#include "sync_place.h"

#include <stdio.h>
#include <string.h>

enum { KEY_MAX = 160 };
static const char *const STAGES[] = {"", "pages", "gone"};

static slice key_of(const sync_place *p, const char *what, char room[KEY_MAX]) {
  int n = snprintf(room, KEY_MAX, "sync %s %s%s", p->vendor, p->feed, what);
  return (slice){room, (size_t)n};
}

static store_code get(const sync_place *p, const char *what, arena *scratch, slice *value) {
  char room[KEY_MAX];
  *value = (slice){0};
  store_code code = store_state_get(p->s, key_of(p, what, room), scratch, value);
  return code == STORE_END ? STORE_OK : code;
}

static int64_t number(slice s) {
  int64_t n = 0;
  for (size_t i = 0; i < s.n && i < 18 && s.p[i] >= '0' && s.p[i] <= '9'; i++) n = n * 10 + (s.p[i] - '0');
  return n;
}

/* The text up to the next tab. */
static slice field(slice *rest) {
  size_t n = 0;
  while (n < rest->n && rest->p[n] != '\t') n++;
  slice f = {rest->p, n};
  *rest = n < rest->n ? (slice){rest->p + n + 1, rest->n - n - 1} : (slice){rest->p + n, 0};
  return f;
}

static void read_text(sync_place *p) {
  slice rest = {p->text, p->text_n}, stage = field(&rest);
  p->stage = SYNC_IDLE;
  for (int i = SYNC_PAGES; i <= SYNC_GONE; i++)
    if (slice_eq(stage, slice_of(STAGES[i]))) p->stage = (sync_stage)i;
  p->pages = (uint64_t)number(field(&rest));
  p->since = field(&rest);
  p->next = field(&rest);
  p->place = field(&rest);
}

store_code sync_place_load(sync_place *p, store *s, const char *vendor, const char *feed, arena *scratch) {
  slice value;
  p->s = s;
  p->vendor = vendor;
  p->feed = feed;
  store_code code = get(p, "", scratch, &value);
  if (code != STORE_OK) return code;
  p->text_n = value.n < sizeof p->text ? value.n : 0;
  memcpy(p->text, value.p, p->text_n);
  read_text(p);
  code = get(p, " mark", scratch, &value);
  if (code != STORE_OK) return code;
  if (value.n >= sizeof p->mark_text) value.n = 0;
  if (value.n) memcpy(p->mark_text, value.p, value.n);
  p->mark = (slice){p->mark_text, value.n};
  code = get(p, " whole", scratch, &value);
  p->whole_on = number(value);
  return code;
}

store_code sync_place_is_ours(const sync_place *p, arena *scratch, bool *ours) {
  slice value;
  store_code code = get(p, "", scratch, &value);
  *ours = code == STORE_OK && slice_eq(value, (slice){p->text, p->text_n});
  return code;
}

static bool plain(slice s) {
  for (size_t i = 0; i < s.n; i++)
    if ((unsigned char)s.p[i] < ' ') return false;
  return true;
}

bool sync_place_fits(slice since, slice next, slice place) {
  return plain(since) && plain(next) && plain(place) && since.n + next.n + place.n < SYNC_PLACE_MAX - 64;
}

store_code sync_place_move(sync_place *p, sync_stage stage, uint64_t pages, slice since, slice next, slice place) {
  char text[SYNC_PLACE_MAX], room[KEY_MAX];
  int n = snprintf(text, sizeof text, "%s\t%llu\t%.*s\t%.*s\t%.*s", STAGES[stage], (unsigned long long)pages,
                   SLICE_ARG(since), SLICE_ARG(next), SLICE_ARG(place));
  p->text_n = (size_t)n;
  memcpy(p->text, text, p->text_n);
  read_text(p);
  return store_state_set(p->s, key_of(p, "", room), (slice){p->text, p->text_n});
}

static slice seen_key(const sync_place *p, uint64_t page, char room[KEY_MAX]) {
  char what[32];
  snprintf(what, sizeof what, " seen %06llu", (unsigned long long)page);
  return key_of(p, what, room);
}

store_code sync_place_end(sync_place *p, int64_t today) {
  char room[KEY_MAX], day[24];
  store_code code = store_state_set(p->s, key_of(p, " mark", room), p->next);
  memcpy(p->mark_text, p->next.p, p->next.n);
  p->mark = (slice){p->mark_text, p->next.n};
  for (uint64_t page = 1; code == STORE_OK && page <= p->pages; page++)
    code = store_state_set(p->s, seen_key(p, page, room), (slice){0});
  if (today) {
    int n = snprintf(day, sizeof day, "%lld", (long long)today);
    if (code == STORE_OK) code = store_state_set(p->s, key_of(p, " whole", room), (slice){day, (size_t)n});
    p->whole_on = today;
  }
  p->stage = SYNC_IDLE;
  p->text_n = 0;
  return code == STORE_OK ? store_state_set(p->s, key_of(p, "", room), (slice){0}) : code;
}

store_code sync_place_saw(sync_place *p, slice ranges) {
  char room[KEY_MAX];
  return store_state_set(p->s, seen_key(p, p->pages + 1, room), ranges);
}

store_code sync_place_seen(const sync_place *p, row_set *out, arena *scratch) {
  char room[KEY_MAX];
  store_code code = STORE_OK;
  for (uint64_t page = 1; code == STORE_OK && page <= p->pages; page++) {
    slice value = {0};
    arena_reset(scratch);
    code = store_state_get(p->s, seen_key(p, page, room), scratch, &value);
    if (code == STORE_END) code = STORE_OK;
    if (code == STORE_OK && !row_set_read(out, value)) code = STORE_CORRUPT;
  }
  return code;
}
