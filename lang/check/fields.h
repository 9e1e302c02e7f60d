/* Looking fields up: by name and by path, from a context, in the file's language or in English. Stateless: the built-in
 * fields are a constant table, custom fields are passed in. Templates (`{customer.name}`) are checked with this too. */
#ifndef DUN_CHECK_FIELDS_H
#define DUN_CHECK_FIELDS_H

#include "lang/check/program.h"

typedef enum field_status {
  FIELD_FOUND,
  FIELD_NO_NAME, /* the entity has no such field */
  FIELD_NO_HEAD, /* `custmer.name`: no entity is called so */
  FIELD_TOO_FAR  /* an entity that the context does not lead to: a customer has many invoices */
} field_status;

typedef struct field_ref {
  field_status status;
  entity of;
  uint16_t field;  /* field_id, or FIELD_COUNT + index into the custom fields; when found */
  uint32_t head_n; /* bytes of the path's head (0: a bare name), to underline the part that is wrong */
} field_ref;

/* A field of the entity by its bare name (or alias); FIELD_COUNT where there is none. */
uint16_t field_by_name(entity of, slice name, dun_lang lang);
/* A path (`amount`, `customer.segment`) seen from a context. */
field_ref field_by_path(const custom_field *custom, uint32_t count, entity context, slice path, dun_lang lang);
/* The entity that a path's head names; ENT_COUNT where it names none. */
entity entity_by_name(slice name, dun_lang lang);
/* `contract` leads to its customer, an invoice to both, a customer to nothing else. */
bool entity_leads_to(entity context, entity of);
slice entity_text(entity of, dun_lang lang);
/* The field of the entity that is meant by a name which it has not: what another language or another program calls so,
 * else the nearest to a misspelt one. As the language writes it; empty where none is near. */
slice field_nearest(const custom_field *custom, uint32_t count, entity of, slice wrong, dun_lang lang);

/* The type in words: "money", "dinheiro", "dinero". */
slice type_text(type ty, dun_lang lang);

#endif
