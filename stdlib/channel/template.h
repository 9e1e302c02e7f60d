/* Message templates: text with typed holes, compiled once into pieces and checked against the field table, then
 * rendered any number of times. `templates/NAME.CHANNEL[.LANG].txt` (and `.html` beside an e-mail's) is one template.
 *
 *   Subject: Invoice {number} is due on {due}          the first line of an e-mail's .txt, then an empty line
 *   {customer.name}  {total}  {today}                  holes: fields of lang/check/fields.def, of the entity at hand
 *   {each invoice} ... {end}                           once per invoice of a joined message
 *   {if payment_link} ... {end}                        where the value is there (a yes/no field: where it is yes)
 *   {pix_qr}                                           the QR code of {pix}, in a page: as text or as an image's src
 *   {{  }}                                             braces
 *
 * Invariant: what a hole is filled with is escaped for the place the hole stands in (header, HTML text, HTML attribute,
 * link, plain text) and never read again, neither as template nor as markup. A missing value leaves nothing behind but
 * an entry in the list of gaps. */
#ifndef DUN_CHANNEL_TEMPLATE_H
#define DUN_CHANNEL_TEMPLATE_H

#include "lang/check/program.h"

/* Limits; each is an error past it. */
enum {
  TEMPLATE_BYTES_MAX = 256 * 1024, /* of a file */
  TEMPLATE_DEPTH_MAX = 8,          /* blocks open at once */
  TEMPLATE_HOLES_MAX = 1000,       /* and blocks, of a file */
  RENDERED_BYTES_MAX = 1024 * 1024 /* of one part of a message */
};

typedef enum template_kind { TEMPLATE_HEADER, TEMPLATE_TEXT, TEMPLATE_HTML } template_kind;

typedef struct template template;

/* Compiles a text. Problems go into `d` at places of file `file` from `at` on; NULL where there was an error. `context`
 * is what a message is about: names without a dot are its fields; `names` the language they may be written in beside
 * English. */
template *template_compile(arena *perm, const program *p, entity context, template_kind kind, dun_lang names,
                           slice text, uint16_t file, uint32_t at, diags *d);
/* A text of the policy itself (`send sms "... {open}"`), already checked. */
template *template_inline(arena *perm, const program *p, text_pieces pieces);

/* A field that a template reads. */
typedef struct template_field {
  entity of;
  uint16_t field; /* field_id, or FIELD_COUNT + index into program.custom */
} template_field;

/* The fields it reads, each once. */
size_t template_fields(const template *t, const template_field **out);
/* Whether it shows the QR code of a Pix. */
bool template_has_qr(const template *t);
/* Whether it goes through the invoices of a joined message. */
bool template_has_each(const template *t);

/* ---- rendering ---- */

typedef struct template_value {
  type ty;
  slice text;     /* TY_TEXT, TY_SET (members separated by ';') */
  money money;    /* TY_MONEY */
  decimal number; /* TY_NUMBER, TY_PERCENT (0.02 for 2%) */
  civil_date date;
  int32_t days; /* TY_DURATION */
  bool yes;
} template_value;

/* Where values come from. Subject 0 leads the message; the others joined it. */
typedef struct template_source {
  void *self;
  /* False: missing. Texts must live as long as the rendering. */
  bool (*get)(void *self, uint32_t subject, template_field field, template_value *out);
  uint32_t subjects;
  civil_date today;
  /* The name (cid) of the picture of a subject's Pix; false: there is none. NULL: there are no pictures. */
  bool (*qr)(void *self, uint32_t subject, slice *cid);
} template_source;

/* Renders into `perm`. Names of holes that had no value are added to `gaps`, each once. False: the text would be longer
 * than RENDERED_BYTES_MAX. */
typedef struct template_gaps {
  slice *v;
  size_t count, room;
} template_gaps;
bool template_render(const template *t, const template_source *from, dun_lang lang, arena *perm, template_gaps *gaps,
                     slice *out) __attribute__((warn_unused_result));
void template_gap(template_gaps *gaps, arena *perm, slice name);

/* A value as a reader of the language writes it: "R$ 1.500,00", "10/03/2026", "5 dias". Not escaped. */
slice template_value_text(const template_value *v, dun_lang lang, arena *perm);
/* One total per currency of a money field over all subjects: "R$ 1.500,00 + US$ 40,00"; false where none has a value.
 */
bool template_total(const template_source *from, template_field field, dun_lang lang, arena *perm, slice *out);

/* Where a template is one hole and nothing else: its value. Of the total of several invoices the sum, where they are in
 * one currency. False: it is more than that, or there is no such value. */
bool template_lone_value(const template *t, const template_source *from, template_value *out);

/* The picture of a Pix in a page: <img src="cid:...">. */
slice template_qr_image(slice cid, arena *perm);
/* Escapes for HTML text and quoted attributes. */
slice template_escape_html(slice s, arena *perm);
/* On one line: control characters and line breaks become spaces. */
slice template_escape_line(slice s, arena *perm);

/* "pt-BR", "pt_BR", "PT" are Portuguese; `otherwise` for what is none of the three. */
dun_lang template_language(slice tag, dun_lang otherwise);

#endif
