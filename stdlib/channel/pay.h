/* Payment codes in messages: which of an invoice's may reach a customer, and a static Pix of the house's own.
 *
 * A boleto's line and a Pix code are looked at before they go: check digits, sum, due date. What is wrong is left out
 * and reported.
 *
 * Invariant: nobody is sent a code that cannot be paid, or that asks for another sum than the message. */
#ifndef DUN_CHANNEL_PAY_H
#define DUN_CHANNEL_PAY_H

#include "lang/base/date.h"
#include "lang/base/money.h"
#include "stdlib/net/settings.h"

/* Who is paid by the house's own Pix: `connect pix static with receiver "KEY" and name "..." and city "..."`. */
typedef struct pay_receiver {
  slice key; /* as a Pix code has it; empty: there is no such line */
  slice name, city;
} pay_receiver;
/* False: *why says what is wrong in the line. */
bool pay_receiver_of(world *w, arena *perm, const program *p, pay_receiver *out, slice *why);
/* "12.345.678/0001-95" is "12345678000195"; False: it is no key of Pix (CPF, CNPJ, e-mail, +55 and a number, random).
 */
bool pay_key(slice written, arena *perm, slice *key);

/* What a message says of an invoice. */
typedef struct pay_bill {
  slice number;
  money open;
  bool asks_total;      /* the message asks for fine and interest as well (`with fees`) */
  bool shows_total;     /* it shows them */
  bool total_known;     /* false: what is due with fees cannot be told today */
  money total;          /* open, fine and interest, as of today */
  civil_date due;       /* of the ledger */
  civil_date due_moved; /* as `move due` moves it */
  civil_date today;
} pay_bill;

/* The line that is typed, with points and spaces; from it, or from the barcode's digits. False: *why. */
bool pay_boleto(const pay_bill *b, slice written, arena *perm, slice *typed, slice *why);
/* The ledger's code; where it has none, or a wrong one, and `own` is there: a static one of our own. False: *why, empty
 * where there is simply none. */
bool pay_pix(const pay_bill *b, const pay_receiver *own, slice written, arena *perm, slice *code, slice *why);
/* The reference in our own code: the number's letters and digits, its last 25. */
slice pay_reference(slice number, arena *perm);

#endif
