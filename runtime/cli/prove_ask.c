#include "prove_ask.h"
bool prove_ask(const struct args *a, world *w, int *status) {
  (void)a, (void)w, (void)status;
  return false;
}
