/* What an ERP tells of by itself, in the words of a policy: `on sap order created`. The catalogue is the groups
 * ERP_THING and ERP_VERB of words.def; a connector names its events by the canonical English of it. */
#ifndef DUN_CHECK_ERP_EVENTS_H
#define DUN_CHECK_ERP_EVENTS_H

#include "lang/base/arena.h"
#include "lang/base/diag.h"

/* "sap order created" of "sap pedido criado": the ERP's word (`erp` means any), the thing, what became of it. Empty
 * where it is not in the catalogue; *nearest is then what may have been meant, in that language, or empty. */
slice erp_event_canonical(arena *perm, slice words, dun_lang lang, slice *nearest);
/* The same event in another language's words; as it is where it is not in the catalogue. */
slice erp_event_in(arena *perm, slice words, dun_lang from, dun_lang to);
/* Whether a rule's event (canonical) is the one that a connector tells of: "erp order created" is any ERP's. */
bool erp_event_is(slice rule, slice told);

#endif
