/* A channel's connect line as a test writes it, its sender in a world without a network but a script (http_script.h).
 */
#ifndef DUN_TESTS_SENDER_FIXTURE_H
#define DUN_TESTS_SENDER_FIXTURE_H

#include "runtime/world_fake.h"
#include "stdlib/channel/channel.h"
#include "tests/support/http_script.h"

enum { SENDER_SETTINGS = 8 };

typedef struct sender_fixture {
  arena *a;
  world *w; /* its clock stands at `now_s` */
  setting settings[SENDER_SETTINGS];
  connection c;
  const channel_driver *d;
  sender *s; /* after sender_open; NULL: `why` says */
  slice why;
} sender_fixture;

sender_fixture *sender_begin(const channel_driver *d, const char *kind, int64_t now_s);
void sender_end(sender_fixture *f);
/* A setting of the line, or another value of one that is there; `env`: from the variable of that name. */
void sender_set(sender_fixture *f, const char *key, const char *value, bool env);
void sender_open(sender_fixture *f);

#endif
