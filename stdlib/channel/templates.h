/* The templates of a policy's folder: found, compiled and checked once, then picked by name, channel and the customer's
 * language. */
#ifndef DUN_CHANNEL_TEMPLATES_H
#define DUN_CHANNEL_TEMPLATES_H

#include "form.h"
#include "runtime/world.h"
#include "template.h"

/* In place of a channel: the page of a document, `templates/NAME.document[.LANG].html`. */
#define TEMPLATE_DOCUMENT CH_COUNT

/* One template in one language. */
typedef struct message_template {
  slice name;
  channel ch;
  entity context;    /* what the messages are about; one file may serve several */
  slice lang;        /* of the file's name, "pt"; empty: whatever is not written for */
  template *subject; /* e-mail only */
  template *text;    /* NULL: it is a document's page alone */
  template *html;    /* NULL: text alone */
  const form *form;  /* the provider's approved template that it goes as; NULL: none */
  uint16_t file;     /* the source of its text, of its page; UINT16_MAX: it has none */
  uint16_t page;
} message_template;

typedef struct template_set {
  const message_template *v;
  uint32_t count;
  const source *sources; /* the policy's and then the templates': what diagnostics point into */
  uint32_t source_count;
  const template_field *fields; /* all that they read, each once */
  uint32_t field_count;
  /* Where the files of an invoice are, from the line `connect attachments`; NULL: it does not say. */
  const template *invoice_pdf, *boleto_pdf;
} template_set;

/* Loads and checks every template that the policy names, from `folder`. Errors go into `d`, at the place in the policy
 * (no such template) or in the template. What compiled is in *out, also after errors. */
void templates_check(world *w, arena *perm, const program *p, slice folder, diags *d, template_set *out);

/* The one for a customer's language ("pt-BR"): that tag, else its language, else the one without a language, else the
 * policy's language, else the first. NULL: there is none of that name. */
const message_template *templates_pick(const template_set *set, slice name, channel ch, entity context, slice customer,
                                       dun_lang policy);

/* Whether it is written in a customer's language ("pt-BR"): in that tag, or in its language. */
bool templates_speaks(const message_template *m, slice customer);

/* The program with the templates' fields among its uses, so that loading its facts loads them too. Ids stay the same.
 */
const program *templates_program(arena *perm, const program *p, const template_set *set);

#endif
