/* An explanation in words: what `dun explain` prints and what the page shows are the same sentences.
 *
 * Invariant: nothing is decided here; runtime/engine/explain.h answers, and what the outbox would say beside it. */
#ifndef DUN_CLI_EXPLAIN_WORDS_H
#define DUN_CLI_EXPLAIN_WORDS_H

#include "runtime/engine/explain.h"
#include "session.h"

typedef struct explain_question {
  slice question, answer, because;
  bool term; /* a part of the condition before it */
} explain_question;

/* A step of the policy that was asked for; of an explanation as a whole those that go or wait. */
typedef struct explain_stage {
  slice place, text, state, why;
  bool asked, goes; /* goes: today, or it waits */
  int32_t day;      /* of a rung: from when on it is the current one; DATE_NONE_DAY */
  const rung *r;    /* NULL outside of rungs */
} explain_stage;

enum { OUTBOX_SAYS = 3 };

typedef struct explain_words {
  explain x; /* what it is made of */
  dun_lang lang;
  slice head, verdict;
  const slice *why;                  /* x.why_count of them */
  slice outbox[OUTBOX_SAYS];         /* what the gate would say of a message that leaves now; empty: nothing */
  const explain_stage *stages;       /* x.step_count of them */
  const explain_question *questions; /* x.n of them */
  slice change;                      /* empty: none was sought */
  slice next;                        /* one sentence: when next, if nothing else happens; or that nothing comes */
} explain_words;

/* `row` of the session's facts; `words`: the steps asked for (explain.h). EXIT_USAGE: *unknown is a word that means
 * none; EXIT_WORLD: the store failed. Nothing is printed. */
int explain_in_words(session *s, uint32_t row, const slice *words, uint32_t word_count, dun_lang lang,
                     explain_words *in, slice *unknown);

#endif
