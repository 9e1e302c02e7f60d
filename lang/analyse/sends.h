/* When the messages of a ladder or a `when` leave, counted from an anchor date: what its rungs, the calendar and the
 * sending windows make of it for an invoice that stays open, is never held and can be reached on the first channel of
 * each message. Days are the policy's. */
#ifndef DUN_ANALYSE_SENDS_H
#define DUN_ANALYSE_SENDS_H

#include "lang/check/program.h"

/* Anchor dates are tried over four years, a whole round of leap years; with the calendar and the windows the same on
 * every day, one is enough. */
enum { ANCHOR_FIRST = 20454 /* 2026-01-01 */, ANCHORS_MAX = 1461 };

/* A ladder, or a `when` that is bound to `overdue`. */
typedef struct send_track {
  slice name;
  entity of;
  uint32_t ladder; /* its index, or UINT32_MAX */
  uint32_t cond;   /* what holds for the whole, or NO_COND */
  const scope *own;
  const rung *rungs;
  uint32_t rung_count;
  bool from_due;
} send_track;

typedef enum send_fate { SEND_GOES, SEND_NO_OPENING, SEND_AFTER_ANCHOR, SEND_OVERTAKEN } send_fate;

/* A message to the customer: an action `send` of a branch of a line of a rung. */
typedef struct send {
  const send_track *track;
  const rung *at;
  const line *in;
  uint32_t branch;
  const action *act;
  const send_way *way; /* the first */
  uint32_t order;      /* of all of its track, as they are written */
} send;

typedef struct send_day {
  const send *what;
  int32_t place;  /* calendar days from the anchor */
  int32_t day;    /* on which it leaves; where it does not, on which it would */
  int32_t until;  /* the day on which a higher rung takes its place; INT32_MAX: none does */
  const rung *by; /* that rung */
  send_fate fate;
} send_day;

typedef struct send_calendar send_calendar;

send_calendar *sends_calendar(arena *perm, const program *p);
/* Of the windows `for C` only those of this condition apply; NO_COND, as at first: none of them. */
void sends_look(send_calendar *c, uint32_t only);

/* All tracks of the program, ladders first; how many. */
uint32_t sends_tracks(arena *perm, const program *p, const send_track **out);
/* The messages of a track, in the order in which they are written. */
uint32_t sends_of(arena *perm, const program *p, const send_track *t, const send **out);

/* How many anchor dates from ANCHOR_FIRST on are to be tried: of a policy with very many rungs fewer than four years'.
 */
uint32_t sends_anchors(const program *p);
/* The anchor that a due date is: another one under `move due`. */
int32_t sends_anchor(const send_calendar *c, const send_track *t, int32_t day);
/* Fills `out`, one for each of the track's messages. */
void sends_from(send_calendar *c, const send_track *t, const send *v, uint32_t n, int32_t anchor, send_day *out);
/* The first day from `day` on that is open to the message; INT32_MAX: none within a year. */
int32_t sends_opening(send_calendar *c, const send *what, int32_t day);

/* "5bd", "3d before", "due". */
slice send_rung_words(arena *perm, const rung *r, dun_lang lang);

#endif
