/* A network that is a script, in a world whose clock moves by sleeping alone: what left, and when, is kept. */
#ifndef DUN_TESTS_API_NET_H
#define DUN_TESTS_API_NET_H

#include "runtime/world_fake.h"
#include "stdlib/net/api.h"

#define S INT64_C(1000000000)
#define START (INT64_C(1772460000) * S) /* 2026-03-02T14:00:00Z */
#define SAME(s, expected) assert_true(slice_eq((s), slice_of(expected)))

typedef struct api_sent {
  int64_t at_ns;
  slice method, url, headers, body; /* headers: "Name: value\n" each */
} api_sent;

enum { SENT_MAX = 4000 };
typedef struct api_script {
  world *w;
  arena *perm;
  http_options o;
  api_sent log[SENT_MAX];
  size_t count, rounds, most_at_once;
  int64_t takes_ns; /* a round */
  http_answer (*answer)(const api_sent *s, size_t nth);
} api_script;
extern api_script api_net;

int api_net_begin(void **state);
int api_net_end(void **state);

http_answer answer_with(int status, const char *name, const char *value);
http_answer answer_of(int status);
http_answer answer_says(int status, const char *body);
http_answer answer_broken(http_end e, http_phase phase);

api *api_net_open(api_options o); /* answered with 200 where nothing else is said */
http_answer api_net_ask(api *a, bool safe);
int64_t api_net_passed_s(void); /* since the first call left */

#endif
