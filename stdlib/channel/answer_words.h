/* What a service's answer in words comes to: a table of the words that it uses, and the HTTP status for all others.
 *
 * Invariant: no detail repeats what a service wrote but for a word of its table. */
#ifndef DUN_CHANNEL_ANSWER_WORDS_H
#define DUN_CHANNEL_ANSWER_WORDS_H

#include "stdlib/net/api.h"

/* A row of a table of words (slack.def, teams.def, outlook.def). */
typedef struct answer_word {
  const char *word;
  send_outcome outcome;
  const char *words;
} answer_word;
typedef struct answer_words {
  const answer_word *v;
  size_t count;
} answer_words;

/* NULL: it has no row. */
const answer_word *answer_word_of(answer_words table, slice word);
/* Of an answer that is none of 2xx the word decides, where it has a row: its detail is then "Slack: no_service (...)".
 */
send_result answer_outcome(const api *a, const http_answer *answer, answer_words table, const char *service, slice word,
                           arena *perm);

#endif
