/* GET /api/search: customers, invoices and cards that some words may mean, for the box above every page. */
#include "runtime/store/search.h"
#include "ledger.h"

enum { FOUND_ROWS = 10, ASKED_BYTES_MAX = 200 };

void search_get(api_call *c) {
  static const char *const KIND[] = {"customer", "invoice", "card"};
  store_found v[FOUND_ROWS];
  size_t n;
  slice asked = api_param(c, "q");
  if (asked.n > ASKED_BYTES_MAX) asked.n = ASKED_BYTES_MAX;
  if (!api_stored(c, store_search(c->s, asked, FOUND_ROWS, c->perm, v, &n))) return;
  json_begin_list(c->out, "rows");
  for (size_t i = 0; i < n; i++) {
    json_begin_object(c->out, NULL);
    json_put_text(c->out, "kind", slice_of(KIND[v[i].kind]));
    json_put_text(c->out, "id", v[i].id);
    bool invoice = v[i].kind == FOUND_INVOICE, customer = v[i].kind == FOUND_CUSTOMER;
    slice name = v[i].name.n ? v[i].name : customer ? v[i].id : v[i].customer_id;
    json_put_text(c->out, "title", invoice ? v[i].id : name);
    json_put_text(c->out, "detail", invoice ? name : customer ? v[i].id : v[i].customer_id);
    json_put_text(c->out, "status", v[i].status);
    if (invoice)
      ledger_put_money(c->out, "amount", v[i].open, v[i].currency);
    else
      json_put_null(c->out, "amount");
    api_put_day(c->out, "due", v[i].due);
    json_end(c->out);
  }
  json_end(c->out);
}
