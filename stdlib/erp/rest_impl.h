/* Shared by the files of the connector by mapping: the open connection, calls. */
#ifndef DUN_ERP_REST_IMPL_H
#define DUN_ERP_REST_IMPL_H

#include "rest_map.h"
#include "stdlib/net/oauth.h"

struct erp {
  world *w;
  arena *perm;
  const rest_map *map;
  slice base;
  api *api;
  oauth *login; /* NULL: there is none */
  erp_feed *feed;
  uint64_t *page_hash; /* of each feed's last page */
};

void rest_add_query(text *t, slice name, slice value);
void rest_add_pairs(text *t, const rest_pairs *v, const rest_hole *holes, size_t n, arena *perm);
/* `more`: another header, or NULL. */
http_answer rest_get(erp *e, slice path, const http_header *more, arena *perm);
/* One row of the feed by its number. ERP_END: *row, or NULL where the ERP does not have it (any more). */
erp_code rest_one(erp *e, const rest_feed *f, slice source_id, const json **row, erp_failure *why, arena *perm);

send_result rest_write(erp *e, const erp_order *o, arena *perm);
send_result rest_find(erp *e, const erp_order *o, int64_t begun_s, arena *perm);

#endif
