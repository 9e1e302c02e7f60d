/* Who asks: the person of a request's session. */
#ifndef DUN_API_PEOPLE_H
#define DUN_API_PEOPLE_H

#include "api.h"

/* Fills in c->who, of the session's cookie; nobody where there is none, or it has ended. */
void people_recognise(api_call *c);

#endif
