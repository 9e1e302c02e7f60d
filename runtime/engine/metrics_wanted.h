/* What names the rows of a number: "list=open&currency=BRL&bucket=2&segment=gov". Between the files of the reports. */
#ifndef DUN_ENGINE_METRICS_WANTED_H
#define DUN_ENGINE_METRICS_WANTED_H

#include "metrics_report.h"

/* LIST(id): of the books; of the store */
#define LISTS_OF_BOOKS(LIST)                                                                                           \
  LIST(open) LIST(sales) LIST(payments) LIST(promises) LIST(messages) LIST(revenue) LIST(moved) LIST(leakage)
#define LISTS_OF_STORE(LIST) LIST(sent) LIST(unsent) LIST(opened) LIST(closed) LIST(replies) LIST(people)
typedef enum list_id {
#define LIST(id) LIST_##id,
  LISTS_OF_BOOKS(LIST) LISTS_OF_STORE(LIST)
#undef LIST
      LIST_COUNT
} list_id;
const char *metrics_list_name(list_id l);
enum { BUCKET_ANY = -1, BUCKET_OVERDUE = -2 };

typedef struct metrics_wanted {
  list_id list;
  currency cur; /* CURRENCY_NONE: any */
  int bucket;
  int64_t customer; /* 0: any */
  slice segment, owner, state, rung, channel, template_name, one, two;
  bool by_segment, by_owner, by_rung, by_channel, by_template, recovered;
  civil_date from, to;
} metrics_wanted;

/* Days that it does not say are the report's. False: it names nothing of ours. */
bool metrics_wanted_read(slice s, const metrics_asked *a, arena *perm, metrics_wanted *out)
    __attribute__((warn_unused_result));
/* "20450.12.0": the key of a row. */
bool metrics_key_read(slice s, int64_t key[3]) __attribute__((warn_unused_result));

#endif
