/* Approved templates of a provider beside what a policy's files fill: for `dun doctor`, before a message finds it out.
 *
 * Invariant: nothing is sent and nothing changed at the provider. */
#ifndef DUN_CHANNEL_APPROVED_H
#define DUN_CHANNEL_APPROVED_H

#include "channel.h"
#include "stdlib/net/api.h"
#include "stdlib/net/json.h"

/* A template as the provider has it. */
typedef struct form_there {
  slice status;     /* the provider's word, in any case: "APPROVED" */
  uint32_t texts;   /* how many values its text takes */
  bool header;      /* one in its header */
  bool media;       /* its header is a picture, a film or a document */
  bool named;       /* its values have names in place of numbers */
  uint32_t buttons; /* a bit each whose address takes a value: 1 the first */
} form_there;

/* Looks for {{1}}, {{2}}, ... in a text: the highest; *named: {{customer}} is among them. */
uint32_t approved_places(slice words, bool *named);
/* Says that all is well, or each thing that is not. */
void approved_compare(const form_asked *asked, const form_there *there, channel_say *say, void *self, arena *perm);
/* *other: the languages in which there is one of that name; empty: in none. */
void approved_missing(const form_asked *asked, slice other, channel_say *say, void *self, arena *perm);

/* Meta's list of templates of a WhatsApp Business account: `list` is its path. Each of `v` is judged. `words`: of an
 * answer that is no list. */
typedef slice approved_words(void *self, const http_answer *answer, arena *perm);
void approved_at_meta(api *a, slice list, const form_asked *v, size_t n, approved_words *words, void *words_self,
                      channel_say *say, void *self, arena *perm);
/* Twilio's content templates, by their SID. `whatsapp`: approved by Meta too. */
void approved_at_twilio(api *a, bool whatsapp, const form_asked *v, size_t n, channel_say *say, void *self,
                        arena *perm);

#endif
