/* Loops over the rows of a batch that the screen keeps or drops: a byte a row, 1 kept. Each is one plain loop without a
 * branch, so that the compiler makes vectors of it; what needs a look at a row's other facts happens for the few left.
 */
#ifndef DUN_ENGINE_MASK_H
#define DUN_ENGINE_MASK_H

#include <stdbool.h>
#include <stdint.h>

/* ok[i] = status[i] is `open_code` and open[i] > 0. */
void mask_open(const int8_t *status, int8_t open_code, const int32_t *open, uint32_t n, uint8_t *ok);
/* `said`: what a condition says of each row (tri). Drops what does not say no; what is undecided is noted by the caller
 * first. */
void mask_no(const uint8_t *said, uint32_t n, uint8_t *ok);
bool mask_undecided(const uint8_t *said, const uint8_t *ok, uint32_t n);
void mask_zero(const uint8_t *v, uint32_t n, uint8_t *ok);
void mask_at_least(const int32_t *v, int32_t least, uint32_t n, uint8_t *ok);
bool mask_any(const uint8_t *ok, uint32_t n);
void mask_picks(uint16_t *pick, uint32_t n, uint16_t value);
/* pick[i] = value where nothing was picked and the condition holds. */
void mask_pick(const uint8_t *said, uint32_t n, uint16_t nothing, uint16_t value, uint16_t *pick);

/* Drops the rows whose place is not above their position: table[pick * (width + 1) + due - from], the last cell of each
 * pick standing for every other date. */
typedef struct mask_places {
  const int32_t *v;
  int32_t from, width;
} mask_places;
void mask_above(mask_places t, const int16_t *due, const uint16_t *pick, const int32_t *pos, uint32_t n, uint8_t *ok);

/* The rows kept. */
uint32_t mask_list(const uint8_t *ok, uint32_t n, uint16_t *list);

#endif
