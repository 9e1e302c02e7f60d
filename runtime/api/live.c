/* The stream of changes that an open page listens to: runtime/serve/live.h. */
#include "runtime/serve/live.h"

#include "api.h"
#include "people.h"

void live_get(api_call *c) {
  bool head = slice_eq(c->request->method, SLICE("HEAD"));
  stream *s = head ? NULL : live_join(c->house->live, people_session_token(c), api_header(c, "last-event-id"));
  if (!s && !head) {
    c->answer->retry_s = 30;
    api_fail(c, 429, "too_many", SLICE("too many pages are open: close one"));
    return;
  }
  api_plain(c, "text/event-stream", NULL, (slice){0});
  api_put_header(c, "X-Accel-Buffering", SLICE("no")); /* nginx would keep it until there is more */
  c->answer->goes_on = s;
}
