/* See erp_order.h. */
#include "erp_order.h"

#include <string.h>

#include "stdlib/net/json.h"

static const char *const OF[] = {
    [STORE_ENTITY_CUSTOMER] = "customer", [STORE_ENTITY_INVOICE] = "invoice", [STORE_ENTITY_CONTRACT] = "contract"};
enum { OF_COUNT = sizeof OF / sizeof *OF };

static void put(json_writer *w, const char *name, slice value) {
  if (value.n) json_put_text(w, name, value);
}

slice erp_order_text(const erp_order *o, arena *perm) {
  char day[DATE_TEXT_MAX], sum[MONEY_TEXT_MAX];
  json_writer *w = json_write(perm);
  json_begin_object(w, NULL);
  put(w, "do", slice_of(ACTIONS[o->kind].words));
  put(w, "of", slice_of(OF[o->of]));
  put(w, "number", o->number);
  put(w, "source_id", o->source_id);
  put(w, "customer", o->customer);
  put(w, "customer_source_id", o->customer_source_id);
  if (o->has_amount) {
    slice plain = {sum, money_plain(o->amount, sum)};
    const char *space = memchr(plain.p, ' ', plain.n);
    put(w, "amount", space ? (slice){plain.p, (size_t)(space - plain.p)} : plain);
    put(w, "currency", slice_of(currency_code(o->amount.cur)));
  }
  if (o->has_date) put(w, "date", (slice){day, date_iso(o->date, day)});
  put(w, "mark", o->text);
  put(w, "computed", o->how);
  json_end(w);
  return json_written(w);
}

static bool kind_of(slice words, action_kind *out) {
  for (int k = 0; k < ACT_COUNT; k++)
    if (slice_eq(words, slice_of(ACTIONS[k].words))) {
      *out = (action_kind)k;
      return true;
    }
  return false;
}

static bool of_kind(slice word, store_entity_kind *out) {
  for (int k = 0; k < OF_COUNT; k++)
    if (slice_eq(word, slice_of(OF[k]))) {
      *out = (store_entity_kind)k;
      return true;
    }
  return false;
}

bool erp_order_read(slice text, arena *perm, erp_order *out) {
  slice why;
  const json *j = json_parse(text, perm, &why);
  *out = (erp_order){.number = json_text_at(j, "number"),
                     .source_id = json_text_at(j, "source_id"),
                     .customer = json_text_at(j, "customer"),
                     .customer_source_id = json_text_at(j, "customer_source_id"),
                     .text = json_text_at(j, "mark"),
                     .how = json_text_at(j, "computed")};
  if (!kind_of(json_text_at(j, "do"), &out->kind) || !of_kind(json_text_at(j, "of"), &out->of)) return false;
  slice sum = json_text_at(j, "amount"), day = json_text_at(j, "date");
  out->has_amount = sum.n > 0;
  out->has_date = day.n > 0;
  currency cur = currency_find(json_text_at(j, "currency"));
  if (out->has_amount && (cur == CURRENCY_NONE || money_parse(sum, cur, &out->amount) != MONEY_OK)) return false;
  return !out->has_date || date_parse(day, &out->date);
}
