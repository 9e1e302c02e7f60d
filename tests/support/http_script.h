/* A network that answers calls over HTTP with what the test says, in order, and keeps what it was asked, word for word:
 * pieces joined as the real one joins them, secrets too. Failures fail the running cmocka test. */
#ifndef DUN_TESTS_HTTP_SCRIPT_H
#define DUN_TESTS_HTTP_SCRIPT_H

#include "stdlib/net/net.h"

enum { SCRIPT_MAX = 64 };

typedef struct scripted_answer {
  int status; /* 0: none comes: `end` and `phase` say what happens */
  http_end end;
  http_phase phase;
  const char *header, *value; /* one of the answer; NULL: none */
  const char *body;
} scripted_answer;

typedef struct scripted_request {
  const char *method, *url, *body, *type, *proof, *user, *password;
  const char *headers; /* all of them, "Name: value\n" each, but for the proof */
  int64_t at_ns;
} scripted_request;

typedef struct http_script {
  scripted_answer answer[SCRIPT_MAX];
  size_t answers;
  scripted_request asked[SCRIPT_MAX];
  size_t count;
  arena *perm;
  world *w;
} http_script;

extern http_script script;

/* Puts the scripted network into the world. */
void script_begin(world *w);
void script_end(void);
/* The next answer. */
void script_answer(int status, const char *body);
void script_add(scripted_answer a);
/* The last request; one must have been made. */
const scripted_request *script_last(void);

#endif
