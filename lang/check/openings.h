/* When messages may leave: the minutes of a day that sending windows leave open. Which windows apply is the caller's to
 * say: a `for C` may need a row. Lines of one scope add up, different scopes intersect (LANGUAGE.md 6). */
#ifndef DUN_CHECK_OPENINGS_H
#define DUN_CHECK_OPENINGS_H

#include "lang/check/program.h"

enum { DAY_MINUTES = 24 * 60, MINUTE_WORDS = (DAY_MINUTES + 63) / 64 };

typedef struct open_minutes {
  uint64_t v[MINUTE_WORDS];
} open_minutes;

typedef bool window_applies(void *self, const window *w);

/* All of them. */
void openings_all(open_minutes *m);
/* Takes away what the windows of a list leave closed on that day of the recipient's calendar. */
void openings_intersect(const calendar *cal, const window_list *l, window_applies *applies, void *self, civil_date day,
                        open_minutes *open);
/* The first open minute from `first` on, or -1. */
int32_t openings_first(const open_minutes *m, int32_t first);

static inline bool openings_at(const open_minutes *m, int32_t minute) { return m->v[minute / 64] >> (minute % 64) & 1; }

#endif
