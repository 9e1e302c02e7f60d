/* See walk.h. */
#include "lang/check/walk.h"

typedef void visit_fn(void *self, const action_place *at);

static void in_lines(const lines *body, action_place at, visit_fn *visit, void *self) {
  for (uint32_t i = 0; i < body->count; i++)
    for (uint32_t b = 0; b < body->v[i].branch_count; b++)
      for (uint32_t a = 0; a < body->v[i].branches[b].action_count; a++) {
        at.act = body->v[i].branches[b].actions + a;
        at.guard = body->v[i].branches[b].guard;
        visit(self, &at);
      }
}

static void in_rungs(const rung *rungs, uint32_t count, action_place at, visit_fn *visit, void *self) {
  for (uint32_t i = 0; i < count; i++) {
    at.rung = rungs[i].written;
    in_lines(&rungs[i].body, at, visit, self);
  }
}

void program_actions(const program *p, visit_fn *visit, void *self) {
  bool joins = !p->policy.has_together || p->policy.together;
  for (uint32_t i = 0; i < p->ladder_count; i++) {
    const ladder *l = p->ladders + i;
    action_place at = {
        .of = l->of, .section = l->name, .joins = l->own.has_together ? l->own.together : joins, .where = l->where};
    in_rungs(l->rungs, l->rung_count, at, visit, self);
  }
  for (uint32_t i = 0; i < p->when_count; i++) {
    const when_rule *w = p->whens + i;
    action_place at = {
        .of = w->of, .section = w->name.n ? w->name : SLICE("when"), .joins = joins && !w->standing, .where = w->cond};
    in_lines(&w->body, at, visit, self);
    in_rungs(w->rungs, w->rung_count, at, visit, self);
  }
  for (uint32_t i = 0; i < p->every_count; i++)
    in_lines(&p->everys[i].body,
             (action_place){.of = p->everys[i].of, .section = p->everys[i].header, .where = p->everys[i].where}, visit,
             self);
  for (uint32_t i = 0; i < p->on_count; i++) {
    const on_rule *o = p->ons + i;
    in_lines(&o->body,
             (action_place){.of = o->of, .section = o->header, .answers = o->kind == EV_REPLY, .where = o->where},
             visit, self);
  }
}
