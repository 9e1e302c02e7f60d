/* What the routes of customers, of invoices and the search share. */
#ifndef DUN_API_LEDGER_H
#define DUN_API_LEDGER_H

#include "api.h"
#include "runtime/store/invoices.h"
#include "runtime/store/timeline.h"

/* An amount in minor units of a currency by its code; null where there is no such currency. */
void ledger_put_money(json_writer *w, const char *name, int64_t minor, slice code);
/* "red;blue" as a list. */
void ledger_put_set(json_writer *w, const char *name, slice set);
/* `next`: the key of the page behind, null at the end. */
void ledger_put_next(json_writer *w, slice next);
/* A list's page; a key that is none is the asker's fault, and is answered so. */
bool ledger_listed(api_call *c, store_code code);
/* A yes of the query: "1", "true". */
bool ledger_flag(const api_call *c, const char *name);
/* One of the texts, by its place; -1: it is none of them, which is answered. Not there: 0. */
int ledger_choice(api_call *c, const char *name, const char *const *of, size_t n);
/* A row of the list of invoices. */
void ledger_put_invoice(api_call *c, const char *name, const invoice_line *v);
/* Entries of a timeline, as the query asks for them (`kinds`, `limit`, `after`); `ask` has whose. */
void ledger_put_timeline(api_call *c, timeline_ask *ask);
/* Why an invoice goes out today or not, in the person's language: the members of `explanation` (invoice_why.c). False:
 * it was answered. */
bool ledger_put_why(api_call *c, const invoice_line *v, const slice *words, uint32_t word_count);
/* When each contract is billed next by the policy; none: it is not. */
typedef struct ledger_bills {
  const contract_line *v;
  civil_date *next;
  size_t n;
} ledger_bills;
bool ledger_next_bills(api_call *c, int64_t customer_row, ledger_bills *b);

#endif
