/* The audit log outside of its store: a file that anybody can check without it. One JSON object a line, an entry each,
 * in one way of writing alone, and a last line that counts them:
 *
 *   {"seq":1,"at":1772000000000000,"kind":"import","actor":"dun
 * import","subject":"...","detail":"{...}","hash":"9f86..."}
 *   {"entries":1,"head":"9f86..."}
 *
 * `hash` is SHA-256 over the hash before it and every other field (see audit.c). A changed bit is a changed text, a
 * line that is not written in the one way, or a hash that does not fit: each is found. */
#ifndef DUN_STORE_AUDIT_H
#define DUN_STORE_AUDIT_H

#include "lang/base/text.h"
#include "store.h"

typedef struct audit_chain {
  int64_t seq;
  uint8_t hash[STORE_HASH_BYTES];
} audit_chain; /* zero: before the first entry */

/* The operating system's user whose acts this process stores from now on: the number stands in each entry's detail, for
 * a name is what somebody says. */
void store_login_set(store *s, int64_t login);
/* From now on nobody's is known. */
void store_login_forget(store *s);

/* Moves the chain on by one entry. */
void audit_link(audit_chain *c, int64_t at_us, const store_event *e);

/* The entry that the chain has just reached, as a line. */
void audit_line(text *out, const audit_chain *c, int64_t at_us, const store_event *e);
void audit_last_line(text *out, const audit_chain *c);

/* The whole log as such a file's text, checked on the way. *broken_at: as store_audit_verify. */
STORE_MUST store_code audit_export(store *s, text *out, int64_t *broken_at);

/* Reads such a file. *entries: how many lines fit; true: all of it does. False: *line is the first that does not, 1
 * being the first. `head` gets the last hash, in hex. */
bool audit_verify_file(slice file, int64_t *entries, int64_t *line, char head[STORE_HASH_BYTES * 2 + 1]);

#endif
