/* See answer_words.h. */
#include "answer_words.h"

const answer_word *answer_word_of(answer_words table, slice word) {
  for (size_t i = 0; i < table.count; i++)
    if (slice_eq(word, slice_of(table.v[i].word))) return table.v + i;
  return NULL;
}

send_result answer_outcome(const api *a, const http_answer *answer, answer_words table, const char *service, slice word,
                           arena *perm) {
  send_result r = api_outcome(a, answer, perm);
  const answer_word *row = answer->end == HTTP_OK && answer->status >= 300 ? answer_word_of(table, word) : NULL;
  if (!row) return r;
  r.outcome = row->outcome;
  r.detail = arena_printf(perm, "%s: %s (%s)", service, row->words, row->word);
  if (r.outcome == SEND_RETRY && !r.retry_s) r.retry_s = http_retry_after_s(answer, 0);
  return r;
}
