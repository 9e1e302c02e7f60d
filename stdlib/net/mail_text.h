/* What passes between us and a mail server, line by line, as a report of how far a message came. Pure. */
#ifndef DUN_NET_MAIL_TEXT_H
#define DUN_NET_MAIL_TEXT_H

#include "net.h"

/* "550 5.1.1 No such user": the code and the enhanced code; the rest may hold an address and is not kept. */
void mail_note_reply(mail_report *r, slice line);
void mail_note_command(mail_report *r, slice line);

#endif
