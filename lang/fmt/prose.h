/* A policy as prose: what it does, in sentences that a reader of finance checks it by, in English, Portuguese or
 * Spanish. Made of the typed program, so that a file in one language reads in every other, what is included is in it
 * and a name of a definition stands for what it means. Pure.
 *
 * Invariant: nothing is silent. Every member of the program that the policy's text decides is in a sentence: another
 * number, text, word or line gives another prose (tests/show). What the policy leaves unsaid and yet happens (a gap,
 * messages that go together) is said as well. */
#ifndef DUN_FMT_PROSE_H
#define DUN_FMT_PROSE_H

#include "lang/check/program.h"

typedef enum prose_kind {
  PROSE_TITLE,   /* the policy's name; the first block, once */
  PROSE_HEADING, /* of a section */
  PROSE_TEXT,    /* a paragraph */
  PROSE_ITEM     /* of a list; `lead` may say what it is about */
} prose_kind;

typedef struct prose_block {
  prose_kind kind;
  slice lead; /* "3 days before the due date"; empty: none */
  slice text; /* behind a lead it begins small */
  span at;    /* what of the policy it says; from == to: no one place */
} prose_block;

typedef struct prose {
  const prose_block *v;
  uint32_t n;
} prose;

prose prose_of(arena *perm, const program *p, dun_lang lang);

/* Parts of it, for a hover or the label of a picture. */
slice prose_condition(arena *perm, const program *p, uint32_t id, dun_lang lang);
/* The lines of a rung or a rule, as sentences. */
slice prose_lines(arena *perm, const program *p, const lines *body, dun_lang lang);
/* "3 days before the due date"; `anchor`: ladder.anchor */
slice prose_offset(arena *perm, const program *p, duration off, uint16_t anchor, dun_lang lang);
/* One action, said as a thing to do: "send an e-mail from the template “reminder” to the customer". Of a message that
 * has a fallback the first way alone; prose_send says one way by itself. */
slice prose_action(arena *perm, const program *p, const action *a, dun_lang lang);
slice prose_send(arena *perm, const program *p, const send_way *way, dun_lang lang);
/* What begins the lines of a section that is no ladder: "Every month on day 1, for contracts where ...". */
slice prose_when(arena *perm, const program *p, const when_rule *w, dun_lang lang);
slice prose_every(arena *perm, const program *p, const every_rule *e, dun_lang lang);
slice prose_on(arena *perm, const program *p, const on_rule *o, dun_lang lang);
/* "send a message", "open card" */
slice prose_does(action_kind kind, dun_lang lang);
/* Of a ladder: "for open invoices where ..." */
slice prose_for_whom(arena *perm, const program *p, uint32_t ladder, dun_lang lang);
/* What a scope holds back, and when and how its messages go, each a sentence. `own`: of one ladder; else of the whole
 * policy, with what holds by default. */
typedef struct prose_sentences {
  const slice *v;
  uint32_t n;
} prose_sentences;
void prose_scope(arena *perm, const program *p, const scope *s, bool own, dun_lang lang, prose_sentences *held,
                 prose_sentences *sent);
/* Where the same lines stand at several times (`then every`): how many rungs from `i` on, in the order written. */
uint32_t prose_repeats(const rung *rungs, uint32_t count, uint32_t i);
/* When they are done: "30, 37 and 44 days after the due date". */
slice prose_times(arena *perm, const program *p, const rung *rungs, uint32_t n, uint16_t anchor, dun_lang lang);

#endif
