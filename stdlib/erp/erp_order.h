/* An order to an ERP in words that are kept: canonical JSON (members in a fixed order, no blanks; what the order does
 * not have is not there). What is read back is what was written: a person approves the words, and the words are carried
 * out. */
#ifndef DUN_ERP_ERP_ORDER_H
#define DUN_ERP_ERP_ORDER_H

#include "erp.h"

/* {"do":"charge fee","of":"invoice","number":"F-1","source_id":"700001","customer":"101","customer_source_id":"101",
 * "amount":"20.00","currency":"BRL","date":"2026-03-10"}; the key stands beside it. */
slice erp_order_text(const erp_order *o, arena *perm);
/* False: it is none. */
bool erp_order_read(slice text, arena *perm, erp_order *out);

#endif
