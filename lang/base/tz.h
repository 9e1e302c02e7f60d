/* Time zones from TZif bytes (RFC 8536, versions 1 to 4, with the POSIX rule of the footer for times after the last
 * transition). Reading the file is the runtime's: here are only bytes in memory. */
#ifndef DUN_BASE_TZ_H
#define DUN_BASE_TZ_H

#include <stdint.h>

#include "arena.h"
#include "date.h"
#include "slice.h"

typedef struct tz tz;

typedef struct local_time {
  civil_date date;
  int32_t second; /* of the day, 0 to 86399 */
} local_time;

/* Copied into `perm`; NULL where the bytes are no well-formed TZif. */
tz *tz_parse(arena *perm, slice name, const void *bytes, size_t size);
/* A zone that is always UTC. */
tz *tz_utc_zone(arena *perm);
slice tz_name(const tz *z);

/* Seconds east of UTC at that instant (seconds since 1970-01-01T00:00:00Z). */
int32_t tz_offset(const tz *z, int64_t utc_s);
local_time tz_local(const tz *z, int64_t utc_s);
/* The instant at which a clock there shows this: in a gap the first instant after it, in an overlap the first of the
 * two. */
int64_t tz_utc(const tz *z, civil_date d, int32_t second_of_day);

#endif
