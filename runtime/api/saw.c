/* Who looks at personal data is stored before it is shown. */
#include "runtime/store/saw.h"

#include "people.h"

bool api_saw(api_call *c, const char *what, slice subject) {
  int64_t row;
  bool known;
  store_code code = saw_find(c->s, c->who.id, slice_of(what), subject, &row, &known);
  if (code == STORE_END) return true; /* there is no such: nothing can be shown of it */
  if (!api_stored(c, code)) return false;
  if (known || !c->who.id) return true;
  code = store_begin(c->s);
  if (code == STORE_OK) code = saw_put(c->s, c->who.id, slice_of(what), row);
  if (code == STORE_OK) code = store_commit(c->s);
  return api_stored(c, code);
}
