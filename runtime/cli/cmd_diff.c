/* dun diff: what another revision of the policy says and does otherwise. */
#include "commands.h"
#include "diff_find.h"

int cmd_diff(const args *a, world *w) {
  diff_found f;
  world_code why = WORLD_OK;
  int status = diff_find(a, w, NULL, &f);
  if (status == EXIT_FINE) {
    bool fine = diff_for_machines(a) ? diff_write(&f.r, &why) : diff_show(&f.r, &why);
    if (!fine && why != WORLD_CLOSED)
      status = COMPLAIN(&f.now.s, EXIT_WORLD, CANNOT_WRITE_RESULT, texts_world(f.now.s.lang, a->perm, why));
    else if (a->value[ARG_exit_code].given && !diff_is_empty(&f.r))
      status = EXIT_FINDINGS;
  }
  diff_found_close(&f);
  return status;
}
