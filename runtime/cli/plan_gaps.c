/* See plan_gaps.h. */
#include "plan_gaps.h"

#include "lang/check/walk.h"
#include "runtime/outbox/compose.h"
#include "runtime/outbox/outbox.h"

static void look(void *self, const action_place *at) {
  bool *any = self;
  for (uint32_t i = 0; i < at->act->way_count; i++) *any |= at->act->ways[i].with != 0;
}

void plan_gaps_prepare(session *s) {
  bool any = false;
  program_actions(s->c.program, look, &any);
  if (!any || s->a->format != OUT_table || s->a->value[ARG_quiet].given) return;
  diags own;
  template_set set;
  diags_init(&own, s->perm);
  templates_check(s->w, s->perm, s->c.program, session_template_folder(s), &own, &set);
  if (own.errors) return; /* `dun check` and `dun run` say which */
  s->templates = set;
  s->has_templates = true;
}

void plan_gaps_say(session *s, const day_plan *p, const plan_item *v, uint32_t n) {
  if (!s->has_templates) return;
  outbox counts = {.perm = s->perm};
  pay_receiver own = {0};
  slice why;
  arena *scratch = arena_new();
  uint32_t looked = 0;
  if (!pay_receiver_of(s->w, s->perm, s->c.program, &own, &why)) own = (pay_receiver){0};
  for (uint32_t i = 0; i < n && looked < PLAN_GAPS_MESSAGES_MAX; i++) {
    decision d = engine_decision(s->e, p, v[i], scratch);
    composed m;
    if (d.act->kind == ACT_SEND && d.wait == WAIT_NONE && !d.no_contact) {
      looked++;
      if (compose_message(s->e, &s->templates, &d, &own, scratch, &m, &why)) outbox_count_gaps(&counts, &m.gaps);
    }
    arena_reset(scratch);
  }
  arena_free(scratch);
  for (uint32_t i = 0; i < counts.gap_count; i++) {
    slice without = session_gap_line(s, counts.gaps[i].name);
    world_printf(s->w, WORLD_STDERR, "%u %.*s\n", counts.gaps[i].messages, SLICE_ARG(without));
  }
}
