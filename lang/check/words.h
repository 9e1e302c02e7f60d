/* The words of words.def: what a word means where it stands, and how a language writes it. Stateless. */
#ifndef DUN_CHECK_WORDS_H
#define DUN_CHECK_WORDS_H

#include "lang/base/diag.h"

typedef enum word_group {
  WORD_VALUE,     /* values of fields: open, paid, active */
  WORD_EXTRA,     /* what `with` adds to a message, in the order of the bits WITH_... */
  WORD_WHO,       /* owner, rep */
  WORD_PRIORITY,  /* of a card */
  WORD_SETTLE,    /* what a payment settles */
  WORD_ENTITY,    /* the head of a path: customer.segment, in the order of `entity` */
  WORD_ALIAS,     /* another name of a field: balance for open */
  WORD_ERP_THING, /* of an ERP's event, `on sap order created`: what it is about */
  WORD_ERP_VERB   /* and what became of it */
} word_group;

/* The canonical word that `word` means in that language (or in English); empty where it means none of the group. */
slice word_find(word_group group, slice word, dun_lang lang);
/* Its position in the group, from 0; the group's count where it means none. */
unsigned word_index(word_group group, slice word, dun_lang lang);
unsigned word_count(word_group group);
/* Whether the i-th of a group may be written so in the language, or in English. */
bool word_means(word_group group, unsigned i, slice word, dun_lang lang);
/* The i-th of a group: its canonical form, and as the language writes it. */
slice word_canonical(word_group group, unsigned i);
slice word_text(word_group group, unsigned i, dun_lang lang);

#endif
