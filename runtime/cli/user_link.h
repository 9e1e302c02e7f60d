/* One-time links by which people set a password, as the command line makes them: printed once, stored as a hash. */
#ifndef DUN_CLI_USER_LINK_H
#define DUN_CLI_USER_LINK_H

#include "session.h"

/* Where the page is, for who makes a link without a service; within no transaction. */
STORE_MUST store_code user_note_address(store *s, slice address);
/* A link for a person, 0: the first one. In a transaction; *url is to be shown once. EXIT_FINE, or it was said. */
int user_make_link(session *s, store *to, int64_t person, slice by, slice *url, int64_t *ends_at);
/* Of a service that begins: where there is nobody yet, a link for the first person is printed. */
void user_first_link(session *s, store *to, slice address);

#endif
