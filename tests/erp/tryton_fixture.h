/* The connector to Tryton over a scripted network, and a store. Failures fail the running cmocka test. */
#ifndef DUN_TESTS_TRYTON_FIXTURE_H
#define DUN_TESTS_TRYTON_FIXTURE_H

#include "../support/http_script.h"
#include "runtime/world_fake.h"
#include "stdlib/erp/tryton_impl.h"

typedef struct tryton_case {
  world *w;
  store *s;
  arena *perm;
  erp *e;
  connection c;
  setting settings[5];
} tryton_case;

/* 2026-03-05T12:00Z; user "dun", password "pa"ss". With another setting, or NULL. */
tryton_case *tryton_begin(const char *name, const char *value);
void tryton_line(tryton_case *f, const char *name, const char *value);
void tryton_end(tryton_case *f);
void tryton_answer_login(void);
void tryton_answer_company(void);     /* the login, and company 1 with euros */
void tryton_customer(tryton_case *f); /* C1 */
/* A column of a row by its key; "-": it has none, "no row". */
void tryton_row_has(tryton_case *f, store_table table, const char *key, const char *name, const char *expected);
void tryton_has(tryton_case *f, const char *number, const char *name, const char *expected); /* of an invoice */

/* Values as Tryton writes them. */
#define DAY(y, m, d) "{\"__class__\":\"date\",\"year\":" #y ",\"month\":" #m ",\"day\":" #d "}"
#define DEC(text) "{\"__class__\":\"Decimal\",\"decimal\":\"" text "\"}"

#endif
