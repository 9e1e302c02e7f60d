/* See rows.h. */
#include "rows.h"

#include "lang/base/text.h"

const out_column ROWS[ROW_COLUMNS] = {
    {"date", "date", OUT_DATE, true},   {"entity", "invoice", OUT_TEXT, true}, {"customer", "customer", OUT_TEXT, false},
    {"ladder", "ladder", OUT_TEXT, false}, {"rung", "rung", OUT_TEXT, true},   {"action", "what happens", OUT_TEXT, false},
    {"to", "to", OUT_TEXT, false}};

void row_of(const decision *d, slice values[ROW_COLUMNS], arena *perm) {
  char day[DATE_TEXT_MAX];
  values[0] = arena_slice(perm, (slice){day, date_iso(d->day, day)});
  if (d->subject_count == 1) {
    values[1] = d->subjects[0].number;
  } else {
    text entity_names = text_new(perm);
    for (uint32_t i = 0; i < d->subject_count; i++) {
      if (i) text_char(&entity_names, ' ');
      text_add(&entity_names, d->subjects[i].number);
    }
    values[1] = text_slice(&entity_names);
  }
  values[2] = d->customer;
  values[3] = d->ladder;
  values[4] = d->rung;
  values[5] = d->text;
  values[6] = d->to;
}
