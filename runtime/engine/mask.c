/* See mask.h. */
#include "mask.h"

#include <string.h>

#include "lang/check/types.h"
#include "lang/vm/kernels.h"

VM_CLONES void mask_open(const int8_t *restrict status, int8_t open_code, const int32_t *restrict open, uint32_t n,
                         uint8_t *restrict ok) {
  for (uint32_t i = 0; i < n; i++) ok[i] = (uint8_t)((status[i] == open_code) & (open[i] > 0));
}

VM_CLONES void mask_no(const uint8_t *restrict said, uint32_t n, uint8_t *restrict ok) {
  for (uint32_t i = 0; i < n; i++) ok[i] = (uint8_t)(ok[i] & (said[i] == TRI_NO));
}

VM_CLONES bool mask_undecided(const uint8_t *restrict said, const uint8_t *restrict ok, uint32_t n) {
  uint8_t any = 0;
  for (uint32_t i = 0; i < n; i++) any |= (uint8_t)(ok[i] & (said[i] == TRI_UNDECIDED));
  return any != 0;
}

VM_CLONES void mask_zero(const uint8_t *restrict v, uint32_t n, uint8_t *restrict ok) {
  for (uint32_t i = 0; i < n; i++) ok[i] = (uint8_t)(ok[i] & (v[i] == 0));
}

VM_CLONES void mask_at_least(const int32_t *restrict v, int32_t least, uint32_t n, uint8_t *restrict ok) {
  for (uint32_t i = 0; i < n; i++) ok[i] = (uint8_t)(ok[i] & (v[i] >= least));
}

VM_CLONES bool mask_any(const uint8_t *ok, uint32_t n) {
  uint8_t any = 0;
  for (uint32_t i = 0; i < n; i++) any |= ok[i];
  return any != 0;
}

VM_CLONES void mask_picks(uint16_t *pick, uint32_t n, uint16_t value) {
  for (uint32_t i = 0; i < n; i++) pick[i] = value;
}

VM_CLONES void mask_pick(const uint8_t *restrict said, uint32_t n, uint16_t nothing, uint16_t value,
                         uint16_t *restrict pick) {
  for (uint32_t i = 0; i < n; i++) pick[i] = (pick[i] == nothing) & (said[i] == TRI_YES) ? value : pick[i];
}

VM_CLONES void mask_above(mask_places t, const int16_t *restrict due, const uint16_t *restrict pick,
                          const int32_t *restrict pos, uint32_t n, uint8_t *restrict ok) {
  const int32_t *restrict v = t.v;
  int32_t from = t.from, width = t.width;
  for (uint32_t i = 0; i < n; i++) {
    int32_t k = due[i] - from;
    k = (k < 0) | (k > width) ? width : k;
    ok[i] = (uint8_t)(ok[i] & (v[(int32_t)pick[i] * (width + 1) + k] > pos[i]));
  }
}

uint32_t mask_list(const uint8_t *ok, uint32_t n, uint16_t *list) {
  uint32_t count = 0, i = 0;
  for (; i + 8 <= n; i += 8) {
    uint64_t w;
    memcpy(&w, ok + i, 8);
    for (; w; w &= w - 1) list[count++] = (uint16_t)(i + ((uint32_t)__builtin_ctzll(w) >> 3));
  }
  for (; i < n; i++)
    if (ok[i]) list[count++] = (uint16_t)i;
  return count;
}
