/* Between the files of the screen: screen.c (batches), screen_hold.c (what withholds rows), screen_rung.c (which rung
 * of a ladder), screen_rules.c (`every`, `on` and what still waits). */
#ifndef DUN_ENGINE_SCREEN_H
#define DUN_ENGINE_SCREEN_H

#include "engine.h"

typedef struct batch {
  const uint32_t *rows; /* NULL: first, first + 1, ... */
  uint32_t first, n;
} batch;
static inline uint32_t batch_row(const batch *b, uint32_t i) { return b->rows ? b->rows[i] : b->first + i; }

typedef struct screening {
  arena *perm;
  firing_list *out;
  day_plan *plan;
} screening;

/* A row standing before a ladder's or bounded `when`'s rungs. */
typedef struct rung_seat {
  section_kind section;
  uint32_t index;
  entity of;
  uint32_t row, track;
  int32_t anchor;
  rung_times times;
  const scope *own; /* of the ladder; NULL for a `when` */
} rung_seat;

/* Adds the firing of the rung that this row fires today, if any (LANGUAGE.md 5, "Which rung fires"). */
void screen_rung(engine *e, screening *s, const rung_seat *seat);
/* The first entry of the rung that it would fire; -1: none. The highest place that counts as climbed. */
int32_t screen_chosen(engine *e, const rung_seat *s);
int32_t screen_position(const engine *e, const rung_seat *s);
/* Whether some `every` rule is to be done today: it looks at all rows. */
bool screen_every_due(const engine *e, const day_input *in);
/* Whether the rule has this day; one by a field's date has any. */
bool screen_every_on(const every_rule *r, civil_date day);
/* `every` rules of the day, `on` rules of its events, and occurrences that waited. */
void screen_rules(engine *e, screening *s, const day_input *in);

/* ok[i]: nothing that concerns the whole policy withholds the row. Notes what is undecided, adds the plan's stops. */
void screen_hold(engine *e, screening *s, const batch *b, entity of, uint8_t *ok);
/* Some ladder, `when` or stop looks at rows of this kind. */
bool screen_has_work(const engine *e, entity of);
bool screen_eligible(engine *e, screening *s, entity of, uint32_t row);
bool screen_promised(const engine *e, const scope *s, uint32_t row);
bool screen_below_minimum(const engine *e, const scope *s, uint32_t row);

#endif
