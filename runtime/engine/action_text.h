/* An action in canonical English with its holes filled, as plans print it: `send email template "final"`. */
#ifndef DUN_ENGINE_ACTION_TEXT_H
#define DUN_ENGINE_ACTION_TEXT_H

#include "engine.h"

/* In `perm`. `way`: of a send. Texts without holes are rendered once per engine. */
slice action_text(engine *e, const action *a, const send_way *way, entity of, uint32_t row, arena *perm);

/* A text with its holes filled, without quotes: machine values (1500.00, 2026-03-31, 5d); a missing one is empty. */
slice text_filled(engine *e, const text_pieces *t, uint32_t row, arena *perm);
/* One value so. */
slice fact_plain(engine *e, const field_use *use, uint32_t row, arena *perm);

/* The date that `update due date in erp to VALUE` names; DATE_NONE: none, or it is missing for the row. */
civil_date action_date(engine *e, const action *a, uint32_t row);

#endif
