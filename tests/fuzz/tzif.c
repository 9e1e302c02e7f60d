/* Time zones: the bytes of a TZif file are not trusted. A zone that is read tells a time of day and an offset under a
 * day at every instant, and the instant of a time that a clock there shows is one at which it shows that time. */
#include "fuzz.h"

#include "lang/base/tz.h"

enum { DAY_S = 86400 };

static void check_at(const tz *z, int64_t utc_s) {
  int32_t offset_s = tz_offset(z, utc_s);
  MUST(offset_s > -DAY_S && offset_s < DAY_S);
  local_time shown = tz_local(z, utc_s);
  MUST(shown.second >= 0 && shown.second < DAY_S);
  int64_t first = tz_utc(z, shown.date, shown.second);
  MUST(first <= utc_s);
  local_time again = tz_local(z, first);
  MUST(date_eq(again.date, shown.date) && again.second == shown.second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  arena *perm = arena_new();
  const tz *z = tz_parse(perm, SLICE("fuzz"), data, size);
  if (z) {
    MUST(slice_eq(tz_name(z), SLICE("fuzz")));
    const int64_t from = -INT64_C(5000000000), to = INT64_C(20000000000), step = INT64_C(98765432);
    for (int64_t at = from; at < to; at += step) check_at(z, at);
    for (int hour = 0; hour < 24 * 366; hour += 5) check_at(z, INT64_C(4070908800) + hour * 3600); /* 2099 */
  }
  arena_free(perm);
  return 0;
}
