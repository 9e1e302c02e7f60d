/* What api.c and api_words.c share. */
#ifndef DUN_NET_API_IMPL_H
#define DUN_NET_API_IMPL_H

#include "api.h"

struct api {
  world *w;
  arena *perm;
  api_options o;
  slice base; /* without a slash at its end; empty: it is hidden */
  http_client *client;
  http_header *extra; /* of the connect line */
  size_t extra_count;
  uint32_t burst;   /* calls that may leave together */
  int64_t apart_ns; /* between two of them in the long run; 0: any number */
  int64_t next_ns;  /* when the next one may leave that is not of the burst */
  int64_t patience_ns;
  long hurry_ms;        /* 0: a call has its usual time */
  int64_t unhurried_ns; /* the patience that comes back then */
  api_proof proof;
  unsigned logins; /* how often; 0: not yet */
  int64_t login_ends_ns;
  bool logging_in;
  slice refused; /* why the last login failed */
  /* The service asked everybody to come again later. */
  int64_t closed_until_ns;
  int closed_status;
};

#endif
