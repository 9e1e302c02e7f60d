/* The rates that a policy names, read beside it, and what was not decided for want of one. */
#include "lang/base/path.h"
#include "runtime/engine/report.h"
#include "session.h"
#include "stdlib/erp/csv_rates.h"

static const text_id FAULTS[] = {
#define RATES_FAULT(id) [RATES_##id] = TXT_RATES_##id,
    RATES_FAULTS(RATES_FAULT)
#undef RATES_FAULT
};

/* Beside the policy; in a project, whose policies have a folder of their own, else in the project's. */
slice session_rates_path(session *s) {
  slice beside = path_join(s->perm, s->policy_folder, s->c.program->rates_file);
  slice above = path_join(s->perm, path_join(s->perm, s->policy_folder, SLICE("..")), s->c.program->rates_file);
  world_file *f;
  if (s->w->open_file(s->w, arena_copy(s->perm, beside), &f) != WORLD_OK) {
    if (s->w->open_file(s->w, arena_copy(s->perm, above), &f) != WORLD_OK) return beside;
    beside = above;
  }
  s->w->close_file(s->w, f);
  return beside;
}

int session_rates(session *s) {
  if (!s->c.program->rates_file.n) return EXIT_FINE;
  slice path = session_rates_path(s);
  rates_fault fault;
  const exchange *x = csv_rates(s->w, arena_copy(s->perm, path), s->perm, &fault);
  if (!x) {
    slice what = fault.kind == RATES_UNREADABLE ? texts_world(s->lang, s->perm, fault.code) : fault.cell;
    slice said[] = {path, texts_number(s->perm, fault.line), what};
    return session_complain(s, EXIT_COMPILE, texts_of(s->lang, s->perm, FAULTS[fault.kind], 3, said));
  }
  program *bound = ARENA_NEW(s->perm, program);
  *bound = *s->c.program;
  bound->exchange = x;
  s->c.program = bound;
  return EXIT_FINE;
}

void session_say_undecided(session *s, const report_undecided *v, uint32_t count) {
  const program *p = s->c.program;
  for (uint32_t i = 0; i < count; i++) {
    const report_undecided *u = &v[i];
    slice field = texts_field(s->lang, s->perm, u->field);
    slice a = slice_of(currency_code(u->a)), b = slice_of(currency_code(u->b));
    switch (u->why) {
    case UNDECIDED_MISSING: SAY_COUNT(s, WORLD_STDERR, UNDECIDED, u->rows, field); break;
    case UNDECIDED_CURRENCIES: SAY_COUNT(s, WORLD_STDERR, UNDECIDED_CURRENCIES, u->rows, field, a, b); break;
    case UNDECIDED_NO_EXCHANGE:
      SAY_COUNT(s, WORLD_STDERR, UNDECIDED_NO_EXCHANGE, u->rows, field, a, b, p->rates_file);
      break;
    case UNDECIDED_NO_RATE: SAY_COUNT(s, WORLD_STDERR, UNDECIDED_NO_RATE, u->rows, field, p->fee_series); break;
    case UNDECIDED_WHY_COUNT: break;
    }
  }
}
