/* The picture of a policy before it is drawn: its ladders and rules as tracks of steps over days, each step the lines
 * of a rung in words. The SVG and the terminal draw the one model.
 *
 * Invariant: every rung, guard, branch, action and fallback of the program is a row of the model, in the order in which
 * they are looked at. */
#ifndef DUN_CLI_SHOW_H
#define DUN_CLI_SHOW_H

#include "lang/fmt/prose.h"
#include "texts.h"

enum { SHOW_NO_ICON = -1, SHOW_PEOPLE = CH_COUNT, SHOW_ICONS };

typedef enum show_row_kind {
  SHOW_GUARD,     /* if ... */
  SHOW_OTHERWISE, /* otherwise[, if ...] */
  SHOW_ACTION,
  SHOW_FALLBACK /* where the action above it cannot reach them */
} show_row_kind;

typedef struct show_row {
  show_row_kind kind;
  int icon; /* a channel, SHOW_PEOPLE, or SHOW_NO_ICON */
  bool under_guard;
  slice text;
} show_row;

typedef struct show_step {
  slice when;     /* "3 days before the due date" */
  int32_t *place; /* tenths of days from the anchor, of each time; business days and months about as long as they are */
  slice *mark;    /* the same as written: "5bd" */
  uint32_t times; /* 0: no place on a line */
  unsigned icons; /* bit per channel, SHOW_PEOPLE */
  const show_row *row;
  uint32_t rows;
} show_step;

typedef struct show_track {
  slice name, whom; /* whom: a sentence; may be empty */
  slice anchor;     /* what stands at day 0; empty: no line of days */
  prose_sentences held, sent;
  const show_step *step; /* by place */
  uint32_t steps;
} show_track;

typedef struct show_model {
  dun_lang lang;
  slice title;
  prose_sentences held, sent;
  const show_track *track;
  uint32_t tracks;
} show_model;

show_model show_model_of(arena *perm, const program *p, slice name, dun_lang lang);

/* All the times of a track on its line of days, in order: at[i] in [0, length], where it stands; a stretch of days much
 * longer than the others is shortened. */
typedef struct show_mark {
  int32_t place;
  slice text;
  unsigned icons;
  int at;
} show_mark;
typedef struct show_line {
  show_mark *v;
  uint32_t n;
  int zero;          /* where the anchor stands */
  const int *broken; /* where a stretch was shortened */
  uint32_t breaks;
} show_line;
show_line show_line_of(arena *perm, const show_track *t, int length);

/* Places near `at`, in order, each at least room[i] wide, centred, within [0, length]: false where there is no room. */
bool show_spread(arena *perm, int *at, const int *room, uint32_t n, int length);

/* A text in lines of at most `columns`; words longer than a line are cut. */
prose_sentences show_wrap(arena *perm, slice s, size_t columns);

/* What a reader who does not see the picture of a track hears: its steps in order. */
slice show_said(arena *perm, const show_track *t);
slice show_svg(arena *perm, const show_model *m, bool alone);
/* Lines of a terminal; `ascii`: no box drawing. */
slice show_terminal(arena *perm, const show_model *m, size_t columns, bool ascii);
slice show_prose(arena *perm, const prose *words, size_t columns);
slice show_page(arena *perm, const show_model *m, const prose *words);

#endif
