/* Messages that a provider takes only as a template of its own, approved before: WhatsApp's. A template's file names it
 * above the words that people read, and says what its places are filled with:
 *
 *   Template: payment_reminder pt_BR       name and language; of Twilio its content SID (HX...) alone
 *   1: {customer.name}                     {{1}}, {{2}} ... of the approved text, each once and in order
 *   2: {each invoice}{number}: {open}; {end}
 *   Header: {number}
 *   Button 1: {payment_link}               what is put behind the address of its first button
 *
 *   Olá, {customer.name} ...               the approved text, as people see it in plans and approvals
 *
 * Invariant: a form is rendered once, when its message is decided, and stored with it: what was approved is what is
 * sent. */
#ifndef DUN_CHANNEL_FORM_H
#define DUN_CHANNEL_FORM_H

#include "template.h"

enum { FORM_VALUES_MAX = 60, FORM_BUTTONS_MAX = 10 };

typedef enum form_place { FORM_TEXT, FORM_HEADER, FORM_BUTTON } form_place;

typedef struct form_line {
  form_place place;
  uint32_t at; /* from 1, of its place */
  template *value;
} form_line;

/* As a file says it. */
typedef struct form {
  slice name, lang;
  const form_line *v; /* of the text in order, then the header, then buttons */
  uint32_t count;
  span name_at;
} form;

/* Reads the lines above the words. *body: where the words begin; 0: the file has no such lines. NULL: it has none, or
 * what is wrong went into `d`. */
const form *form_compile(arena *perm, const program *p, entity context, dun_lang names, slice file_text, uint16_t file,
                         diags *d, size_t *body);

/* Filled in, as it is kept with the message. False: a value would be too long. */
bool form_render(const form *f, const template_source *from, dun_lang lang, arena *perm, template_gaps *gaps,
                 slice *out) __attribute__((warn_unused_result));

/* ---- of a message ---- */

typedef struct form_value {
  form_place place;
  uint32_t at;
  slice text; /* in words, on one line */
  slice currency;
  int64_t minor; /* an amount, where it has a currency: `text` says it */
  bool is_date;  /* a date: `text` says it */
} form_value;

typedef struct filled_form {
  slice name, lang;
  const form_value *v;
  size_t count;
} filled_form;

/* What form_render wrote; false: it is none. */
bool form_read(slice s, arena *perm, filled_form *out);
/* What keeps any provider from taking it: a value is empty. Empty: nothing does. */
slice form_flaw(const filled_form *f, arena *perm);

#endif
