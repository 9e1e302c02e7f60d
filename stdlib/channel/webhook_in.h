/* What another program of the house tells by itself, signed as Standard Webhooks 1.0 says, with the secret of its
 * `connect webhook` line: at /hooks/webhook/NAME. */
#ifndef DUN_CHANNEL_WEBHOOK_IN_H
#define DUN_CHANNEL_WEBHOOK_IN_H

#include "stdlib/net/hook.h"

/* The rows that it names are an ERP's: `as` of an event has the vendor, empty where it says none. */
hook_reader webhook_in;

#endif
