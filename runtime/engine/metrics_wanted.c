/* See metrics_wanted.h. */
#include "metrics_wanted.h"

static const char *const NAMES[LIST_COUNT] = {
#define LIST(id) #id,
    LISTS_OF_BOOKS(LIST) LISTS_OF_STORE(LIST)
#undef LIST
};

const char *metrics_list_name(list_id l) { return NAMES[l]; }

static int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static slice unescaped(slice s, arena *perm) {
  char *out = arena_alloc(perm, s.n + 1);
  size_t n = 0;
  for (size_t i = 0; i < s.n; i++) {
    bool coded = s.p[i] == '%' && i + 2 < s.n + 0 && hex(s.p[i + 1]) >= 0 && hex(s.p[i + 2]) >= 0;
    out[n++] = coded ? (char)(hex(s.p[i + 1]) * 16 + hex(s.p[i + 2])) : s.p[i];
    if (coded) i += 2;
  }
  return (slice){out, n};
}

static bool whole(slice s, int64_t *out) {
  decimal d;
  if (s.n == 0 || s.n > 18 || decimal_parse(s, &d) != NUMBER_OK || d.scale != 0) return false;
  *out = d.n;
  return true;
}

static bool take_day(slice s, civil_date *out) {
  int64_t day;
  if (!whole(s, &day) || day < DATE_DAY_MIN || day > DATE_DAY_MAX) return false;
  *out = (civil_date){(int32_t)day};
  return true;
}

static bool take_bucket(slice s, int *out) {
  int64_t n;
  if (slice_eq(s, SLICE("overdue"))) {
    *out = BUCKET_OVERDUE;
    return true;
  }
  if (!whole(s, &n) || n < 0 || n > METRICS_EDGES_MAX + 1) return false;
  *out = (int)n;
  return true;
}

static bool take_list(slice s, list_id *out) {
  for (int i = 0; i < LIST_COUNT; i++)
    if (slice_eq(s, slice_of(NAMES[i]))) {
      *out = (list_id)i;
      return true;
    }
  return false;
}

static bool take_one(metrics_wanted *w, slice name, slice value, arena *perm) {
  const struct {
    const char *name;
    slice *to;
  } TEXTS[] = {
      {"state", &w->state},     {"rung", &w->rung},   {"channel", &w->channel}, {"template", &w->template_name},
      {"segment", &w->segment}, {"owner", &w->owner}, {"one", &w->one},         {"two", &w->two}};
  if (slice_eq(name, SLICE("list"))) return take_list(value, &w->list);
  if (slice_eq(name, SLICE("bucket"))) return take_bucket(value, &w->bucket);
  if (slice_eq(name, SLICE("customer"))) return whole(value, &w->customer);
  if (slice_eq(name, SLICE("from"))) return take_day(value, &w->from);
  if (slice_eq(name, SLICE("to"))) return take_day(value, &w->to);
  if (slice_eq(name, SLICE("recovered"))) return w->recovered = true;
  if (slice_eq(name, SLICE("currency"))) return (w->cur = currency_find(value)) != CURRENCY_NONE;
  w->by_segment |= slice_eq(name, SLICE("segment"));
  w->by_owner |= slice_eq(name, SLICE("owner"));
  w->by_rung |= slice_eq(name, SLICE("rung"));
  w->by_channel |= slice_eq(name, SLICE("channel"));
  w->by_template |= slice_eq(name, SLICE("template"));
  for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++)
    if (slice_eq(name, slice_of(TEXTS[i].name))) {
      *TEXTS[i].to = unescaped(value, perm);
      return true;
    }
  return false;
}

bool metrics_wanted_read(slice s, const metrics_asked *a, arena *perm, metrics_wanted *out) {
  *out = (metrics_wanted){.list = LIST_COUNT, .cur = CURRENCY_NONE, .bucket = BUCKET_ANY, .from = a->from, .to = a->to};
  while (s.n) {
    size_t n = 0, eq = 0;
    while (n < s.n && s.p[n] != '&') n++;
    while (eq < n && s.p[eq] != '=') eq++;
    slice value = eq < n ? (slice){s.p + eq + 1, n - eq - 1} : (slice){0};
    if (!take_one(out, (slice){s.p, eq}, value, perm)) return false;
    s = n < s.n ? (slice){s.p + n + 1, s.n - n - 1} : (slice){0};
  }
  return out->list != LIST_COUNT && out->from.day <= out->to.day && out->to.day - out->from.day <= METRICS_DAYS_MAX;
}

bool metrics_key_read(slice s, int64_t key[3]) {
  for (int k = 0; k < 3; k++) {
    size_t n = 0;
    while (n < s.n && s.p[n] != '.') n++;
    if (!whole((slice){s.p, n}, &key[k]) || (k < 2) != (n < s.n)) return false;
    s = n < s.n ? (slice){s.p + n + 1, s.n - n - 1} : (slice){0};
  }
  return true;
}
