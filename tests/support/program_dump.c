/* The typed program as text, one fact a line: what the golden tests compare. Conditions print as expressions in
 * brackets, so that no precedence is left to guess. */
#include "printed.h"

#include "lang/base/text.h"
#include "lang/check/fields.h"
#include "lang/check/program.h"

typedef struct dump {
  text t;
  const program *p;
} dump;

/* ---- expressions ---- */

static const char *const OPS[X_OP_COUNT] = {
    [X_AND] = "and",
    [X_OR] = "or",
    [X_NOT] = "not",
    [X_EQ] = "=",
    [X_NE] = "!=",
    [X_LT] = "<",
    [X_LE] = "<=",
    [X_GT] = ">",
    [X_GE] = ">=",
    [X_IN] = "in",
    [X_CONTAINS] = "contains",
    [X_STARTS] = "starts",
    [X_HAS] = "has",
    [X_MISSING] = "missing",
    [X_ADD] = "+",
    [X_SUB] = "-",
    [X_MUL] = "*",
    [X_DIV] = "/",
    [X_NEG] = "neg",
};

static const char *unit(duration d) {
  static const char *const UNITS[UNIT_COUNT] = {"d", "bd", "w", "mo", "y"};
  return UNITS[d.unit];
}

static void put_duration(text *t, duration d) { text_printf(t, "%d%s", (int)d.n, unit(d)); }

static void put_decimal(text *t, decimal d) {
  char digits[DECIMAL_TEXT_MAX];
  text_add(t, (slice){digits, decimal_text(d, digits)});
}

static void put_quoted(text *t, slice s, bool exact) {
  text_printf(t, "%s\"%.*s\"", exact ? "exactly " : "", SLICE_ARG(s));
}

static slice use_name(const program *p, uint16_t use) {
  const field_use *u = &p->uses[use];
  return u->field < FIELD_COUNT ? slice_of(FIELDS[u->field].name[LANG_EN]) : p->custom[u->field - FIELD_COUNT].name;
}

static void put_use(dump *d, uint16_t use) {
  const field_use *u = &d->p->uses[use];
  slice name = use_name(d->p, use);
  if (u->of != u->context) text_printf(&d->t, "%.*s.", SLICE_ARG(entity_text(u->of, LANG_EN)));
  text_add(&d->t, name);
}

static void put_leaf(dump *d, const expr *e) {
  char iso[DATE_TEXT_MAX];
  switch ((int)e->op) {
  case X_FIELD: put_use(d, e->use); break;
  case X_TODAY: text_cstr(&d->t, "today"); break;
  case X_BOOL: text_cstr(&d->t, e->yes ? "yes" : "no"); break;
  case X_MONEY:
    put_decimal(&d->t, e->num);
    text_printf(&d->t, " %s", e->cur == CURRENCY_NONE ? "money" : currency_code(e->cur));
    break;
  case X_NUMBER: put_decimal(&d->t, e->num); break;
  case X_DURATION: put_duration(&d->t, e->dur); break;
  case X_DATE:
    date_iso(e->date, iso);
    text_cstr(&d->t, iso);
    break;
  case X_TEXT: put_quoted(&d->t, e->text, e->exact); break;
  default: break;
  }
}

static void put_expr(dump *d, const expr *e) {
  if (e->op <= X_TEXT) {
    put_leaf(d, e);
    return;
  }
  text_printf(&d->t, "(%s ", OPS[e->op]);
  put_expr(d, e->a);
  if (e->b) {
    text_char(&d->t, ' ');
    put_expr(d, e->b);
  }
  for (uint32_t i = 0; i < e->count; i++) {
    text_char(&d->t, ' ');
    put_quoted(&d->t, e->list[i], e->list_exact[i]);
  }
  text_char(&d->t, ')');
}

static void put_cond(dump *d, uint32_t id) {
  if (id == NO_COND)
    text_cstr(&d->t, "always");
  else {
    text_printf(&d->t, "c%u ", id);
    put_expr(d, d->p->conds[id].e);
  }
}

static void put_conds(dump *d) {
  for (uint32_t i = 0; i < d->p->cond_count; i++) {
    const cond *k = &d->p->conds[i];
    text_printf(&d->t, "cond c%u of %.*s ", i, SLICE_ARG(entity_text(k->of, LANG_EN)));
    put_expr(d, k->e);
    text_cstr(&d->t, " reads");
    for (uint32_t u = 0; u < k->use_count; u++) {
      text_char(&d->t, ' ');
      put_use(d, k->uses[u]);
    }
    for (uint32_t a = 0; a < k->atom_count; a++) {
      text_cstr(&d->t, " at ");
      put_use(d, k->atoms[a].use);
      text_char(&d->t, '+');
      put_duration(&d->t, k->atoms[a].plus);
    }
    text_printf(&d->t, "%s%s%s\n", k->daily ? " daily" : "", k->reads_totals ? " totals" : "",
                k->reads_state ? " state" : "");
  }
}

/* ---- actions ---- */

static void put_pieces(dump *d, text_pieces pieces) {
  text_char(&d->t, '"');
  for (uint32_t i = 0; i < pieces.count; i++) {
    if (pieces.pieces[i].use == NO_USE) {
      text_add(&d->t, pieces.pieces[i].literal);
      continue;
    }
    text_char(&d->t, '{');
    put_use(d, pieces.pieces[i].use);
    text_char(&d->t, '}');
  }
  text_char(&d->t, '"');
}

static void put_way(dump *d, const send_way *w, bool first) {
  text_printf(&d->t, "%s%s ", first ? " " : " or else ", CHANNELS[w->ch]);
  if (w->template_name.n)
    text_printf(&d->t, "template \"%.*s\"", SLICE_ARG(w->template_name));
  else
    put_pieces(d, w->inline_text);
  if (w->to.n) text_printf(&d->t, " to %.*s", SLICE_ARG(w->to));
  if (w->with) text_printf(&d->t, " with %u", w->with);
}

static void put_action(dump *d, const action *a) {
  text_printf(&d->t, "    %u %s", a->ordinal, ACTIONS[a->kind].words);
  for (uint32_t i = 0; i < a->way_count; i++) put_way(d, &a->ways[i], i == 0);
  if (a->to_written) text_cstr(&d->t, " to");
  if (a->name.n) text_printf(&d->t, " %.*s", SLICE_ARG(a->name));
  if (a->has_body) {
    text_char(&d->t, ' ');
    put_pieces(d, a->body);
  }
  if (a->via.n) text_printf(&d->t, " via %.*s", SLICE_ARG(a->via));
  if (a->priority.n) text_printf(&d->t, " priority %.*s", SLICE_ARG(a->priority));
  if (a->who.n) text_printf(&d->t, " for %.*s", SLICE_ARG(a->who));
  if (a->has_due_in) {
    text_cstr(&d->t, " due in ");
    put_duration(&d->t, a->due_in);
  }
  if (a->value != NO_VALUE) {
    text_cstr(&d->t, " to ");
    put_expr(d, d->p->values[a->value]);
  }
  if (a->rest.n) text_printf(&d->t, " %.*s", SLICE_ARG(a->rest));
  text_char(&d->t, '\n');
}

static void put_lines(dump *d, lines body) {
  for (uint32_t l = 0; l < body.count; l++)
    for (uint32_t b = 0; b < body.v[l].branch_count; b++) {
      const branch *br = &body.v[l].branches[b];
      text_cstr(&d->t, b ? "   otherwise " : "   if ");
      put_cond(d, br->guard);
      text_char(&d->t, '\n');
      for (uint32_t a = 0; a < br->action_count; a++) put_action(d, &br->actions[a]);
    }
}

static void put_rungs(dump *d, const rung *v, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    text_printf(&d->t, "  at %.*s\n", SLICE_ARG(v[i].written));
    put_lines(d, v[i].body);
  }
}

/* ---- settings ---- */

static void put_list(dump *d, const char *name, uint32_list l) {
  for (uint32_t i = 0; i < l.count; i++) {
    text_printf(&d->t, "  %s ", name);
    put_cond(d, l.v[i]);
    text_char(&d->t, '\n');
  }
}

static void put_window(dump *d, const window *w) {
  text_printf(&d->t, "  send channels %x days %02x%s%s", w->channels, w->days, w->business_days ? " business" : "",
              w->named_days ? " named" : "");
  if (w->has_hours)
    text_printf(&d->t, " %02d:%02d-%02d:%02d", w->from_min / 60, w->from_min % 60, w->to_min / 60, w->to_min % 60);
  text_cstr(&d->t, " for ");
  put_cond(d, w->cond);
  text_char(&d->t, '\n');
}

static void put_scope(dump *d, const scope *s) {
  static const char *const PER[] = {"customer", "channel", "invoice"};
  static const char *const GAP[] = {"latest", "one by one", "nothing"};
  put_list(d, "hold", s->holds);
  if (s->hold_promised) {
    text_cstr(&d->t, "  hold while promised plus ");
    put_duration(&d->t, s->promised_grace);
    text_char(&d->t, '\n');
  }
  put_list(d, "stop", s->stops);
  put_list(d, "ask", s->asks);
  if (s->ask_before_kinds || s->ask_before_channels)
    text_printf(&d->t, "  ask before %x channels %x\n", s->ask_before_kinds, s->ask_before_channels);
  for (uint32_t i = 0; i < s->windows.count; i++) put_window(d, &s->windows.v[i]);
  for (uint32_t i = 0; i < s->limits.count; i++)
    text_printf(&d->t, "  limit %u per %ud per %s\n", s->limits.v[i].count, s->limits.v[i].days,
                PER[s->limits.v[i].per]);
  if (s->silence_after_reply_days) text_printf(&d->t, "  silence %ud\n", s->silence_after_reply_days);
  if (s->opt_in) text_printf(&d->t, "  opt in %x\n", s->opt_in);
  if (s->has_together) text_printf(&d->t, "  together %s\n", s->together ? "yes" : "no");
  if (s->has_ignore) {
    text_cstr(&d->t, "  ignore below ");
    put_decimal(&d->t, s->ignore_below);
    text_printf(&d->t, " %s\n", currency_code(s->ignore_currency));
  }
  if (s->has_gap) {
    text_printf(&d->t, "  gap %s ", GAP[s->gap]);
    put_duration(&d->t, s->gap_spacing);
    text_char(&d->t, '\n');
  }
}

static void put_fee(dump *d, const program *p) {
  const fee_terms *f = &p->fee;
  text_cstr(&d->t, "  fee ");
  put_decimal(&d->t, f->fee_percent);
  text_char(&d->t, '%');
  for (size_t i = 0; i < f->tier_count; i++)
    text_printf(&d->t, " from %lld: %lld", (long long)f->tiers[i].from_minor, (long long)f->tiers[i].sum_minor);
  if (f->fee_capped) text_printf(&d->t, " max %lld", (long long)f->fee_max_minor);
  for (size_t i = 0; i < f->rate_count; i++) {
    text_cstr(&d->t, " rate ");
    put_decimal(&d->t, f->rates[i].value);
  }
  if (p->fee_series.n) {
    text_printf(&d->t, " series \"%.*s\" plus ", SLICE_ARG(p->fee_series));
    put_decimal(&d->t, f->spread);
  }
  text_printf(&d->t, " unit %d days %d/%d base %d due %d tolerance %d deferred %d round %d at %d%s%s\n", (int)f->unit,
              (int)f->days, f->divisor, (int)f->base, (int)f->due_rule, f->tolerance_days, f->deferred_days,
              (int)f->round, (int)f->round_at, f->compound ? " compound" : "", f->rate_locked ? " locked" : "");
}

static void put_policy(dump *d) {
  static const char *const DUE[] = {"exact", "move", "late after"};
  const program *p = d->p;
  text_printf(&d->t, "policy \"%.*s\" currency %s timezone %.*s calendar %.*s due %s\n", SLICE_ARG(p->name),
              currency_code(p->cur), SLICE_ARG(p->timezone), SLICE_ARG(p->calendar), DUE[p->due]);
  for (uint32_t i = 0; i < p->holiday_count; i++) {
    char iso[DATE_TEXT_MAX];
    date_iso(p->holidays[i].date, iso);
    text_printf(&d->t, "  holiday %s \"%.*s\"\n", iso, SLICE_ARG(p->holidays[i].name));
  }
  if (p->ask_before_sending_more_than)
    text_printf(&d->t, "  ask before %u messages\n", p->ask_before_sending_more_than);
  if (p->has_expire) {
    text_cstr(&d->t, "  expire ");
    put_duration(&d->t, p->expire);
    text_char(&d->t, '\n');
  }
  if (p->has_fee) put_fee(d, p);
  if (p->settle.n) text_printf(&d->t, "  settle %.*s\n", SLICE_ARG(p->settle));
  if (p->rates_file.n) text_printf(&d->t, "  rates \"%.*s\"\n", SLICE_ARG(p->rates_file));
  if (p->prorated.n) text_printf(&d->t, "  %.*s\n", SLICE_ARG(p->prorated));
  put_scope(d, &p->policy);
}

/* ---- sections ---- */

static void put_ladder(dump *d, const ladder *l) {
  text_printf(&d->t, "%sladder %.*s of %.*s where ", l->none ? "no " : "", SLICE_ARG(l->name),
              SLICE_ARG(entity_text(l->of, LANG_EN)));
  put_cond(d, l->where);
  if (l->anchor != NO_USE) {
    text_cstr(&d->t, " from ");
    put_use(d, l->anchor);
  }
  text_char(&d->t, '\n');
  put_scope(d, &l->own);
  put_rungs(d, l->rungs, l->rung_count);
}

static void put_when(dump *d, const when_rule *w) {
  text_printf(&d->t, "when %.*s of %.*s %s ", SLICE_ARG(w->name), SLICE_ARG(entity_text(w->of, LANG_EN)),
              w->standing ? "standing" : "bounded");
  put_cond(d, w->cond);
  if (w->again) {
    text_cstr(&d->t, " again ");
    put_duration(&d->t, w->again_every);
  }
  text_char(&d->t, '\n');
  put_lines(d, w->body);
  put_rungs(d, w->rungs, w->rung_count);
}

static void put_triggers(dump *d) {
  for (uint32_t i = 0; i < d->p->every_count; i++) {
    const every_rule *e = &d->p->everys[i];
    text_printf(&d->t, "%.*s of %.*s where ", SLICE_ARG(e->header), SLICE_ARG(entity_text(e->of, LANG_EN)));
    put_cond(d, e->where);
    text_char(&d->t, '\n');
    put_lines(d, e->body);
  }
  for (uint32_t i = 0; i < d->p->on_count; i++) {
    const on_rule *o = &d->p->ons[i];
    text_printf(&d->t, "%.*s of %.*s for ", SLICE_ARG(o->header), SLICE_ARG(entity_text(o->of, LANG_EN)));
    put_cond(d, o->where);
    text_char(&d->t, '\n');
    put_lines(d, o->body);
  }
}

static void put_connections(dump *d) {
  for (uint32_t i = 0; i < d->p->team_count; i++) {
    const team *t = &d->p->teams[i];
    text_printf(&d->t, "team %.*s email %.*s teams %.*s slack %.*s\n", SLICE_ARG(t->name), SLICE_ARG(t->email),
                SLICE_ARG(t->teams_env), SLICE_ARG(t->slack_env));
  }
  for (uint32_t i = 0; i < d->p->connection_count; i++) {
    const connection *k = &d->p->connections[i];
    text_printf(&d->t, "connect %.*s %.*s \"%.*s\"\n", SLICE_ARG(k->kind), SLICE_ARG(k->vendor), SLICE_ARG(k->url));
    for (uint32_t s = 0; s < k->setting_count; s++)
      text_printf(&d->t, "  %.*s %s\"%.*s\"\n", SLICE_ARG(k->settings[s].key), k->settings[s].from_env ? "env " : "",
                  SLICE_ARG(k->settings[s].value));
  }
}

/* ---- tests ---- */

static void put_given(dump *d, const test_row *row) {
  for (uint32_t i = 0; i < row->count; i++) {
    const test_given *g = &row->fields[i];
    slice name =
        g->field < FIELD_COUNT ? slice_of(FIELDS[g->field].name[LANG_EN]) : d->p->custom[g->field - FIELD_COUNT].name;
    text_printf(&d->t, " %.*s ", SLICE_ARG(name));
    if (g->value)
      put_leaf(d, g->value);
    else if (g->missing)
      text_cstr(&d->t, "missing");
    for (uint32_t k = 0; k < g->set_count; k++) put_quoted(&d->t, g->set[k], false);
  }
  text_char(&d->t, '\n');
}

static void put_day(dump *d, const char *words, civil_date day) {
  char iso[DATE_TEXT_MAX];
  text_printf(&d->t, "%s%.*s", words, (int)date_iso(day, iso), iso);
}

static void put_event(dump *d, const test_event *e) {
  static const char *const NAMES[] = {
#define TEST_EVENT(id, word, of, ty) #id,
      TEST_EVENTS(TEST_EVENT)
#undef TEST_EVENT
  };
  put_day(d, "  on ", e->day);
  text_printf(&d->t, " %s", NAMES[e->kind]);
  if (e->value) {
    text_char(&d->t, ' ');
    put_leaf(d, e->value);
  }
  if (e->kind == TEST_PROMISED || e->kind == TEST_DUE_CHANGED) put_day(d, " ", e->date);
  if (e->text.n) text_printf(&d->t, " \"%.*s\"", SLICE_ARG(e->text));
  text_char(&d->t, '\n');
}

static void put_test(dump *d, const policy_test *t) {
  text_printf(&d->t, "test \"%.*s\" of %.*s", SLICE_ARG(t->name), SLICE_ARG(entity_text(t->of, LANG_EN)));
  put_day(d, " from ", t->first);
  put_day(d, " to ", t->last);
  text_cstr(&d->t, t->has_until ? " until\n" : "\n");
  for (uint32_t i = 0; i < t->invoice_count; i++) {
    text_printf(&d->t, "  invoice %s", currency_code(t->invoices[i].cur));
    put_given(d, &t->invoices[i]);
  }
  text_cstr(&d->t, "  customer");
  put_given(d, &t->customer);
  if (t->has_contract) {
    text_printf(&d->t, "  contract %s", currency_code(t->contract.cur));
    put_given(d, &t->contract);
  }
  for (uint32_t i = 0; i < t->event_count; i++) put_event(d, &t->events[i]);
  for (uint32_t i = 0; i < t->expect_count; i++) {
    put_day(d, "  on ", t->expects[i].day);
    text_cstr(&d->t, t->expects[i].count ? " expect\n" : " expect nothing\n");
    for (uint32_t a = 0; a < t->expects[i].count; a++) put_action(d, &t->expects[i].actions[a]);
  }
}

static void put_pattern(dump *d, const action_pattern *p) {
  text_cstr(&d->t, "    ");
  for (unsigned k = 0; k < ACT_COUNT; k++)
    if (p->kinds >> k & 1) text_printf(&d->t, "%s%s", d->t.p[d->t.n - 1] == ' ' ? "" : ", ", ACTIONS[k].words);
  if (p->channels) text_printf(&d->t, " channels %u", p->channels);
  if (p->template_name.n) text_printf(&d->t, " template \"%.*s\"", SLICE_ARG(p->template_name));
  if (p->name.n) text_printf(&d->t, " name \"%.*s\"", SLICE_ARG(p->name));
  text_char(&d->t, '\n');
}

static void put_guarantee(dump *d, const guarantee *g) {
  static const char *const KINDS[GUARANTEE_COUNT] = {
#define GUARANTEE(id) #id,
      GUARANTEES(GUARANTEE)
#undef GUARANTEE
  };
  text_printf(&d->t, "guarantee %s: %.*s\n", KINDS[g->kind], SLICE_ARG(g->written));
  for (uint32_t i = 0; i < g->limits.count; i++)
    text_printf(&d->t, "  limit %u in %u days per %u\n", g->limits.v[i].count, g->limits.v[i].days,
                (unsigned)g->limits.v[i].per);
  for (uint32_t i = 0; i < g->pattern_count; i++) put_pattern(d, &g->patterns[i]);
  if (g->kind == GUARANTEE_REACHES) {
    text_cstr(&d->t, "  by ");
    put_duration(&d->t, g->by);
    text_printf(&d->t, "%s\n", g->unless_held ? " unless held" : "");
  }
  if (g->where != NO_COND) text_printf(&d->t, "  where #%u\n", g->where);
  if (g->except != NO_COND) text_printf(&d->t, "  unless #%u\n", g->except);
  if (g->kind == GUARANTEE_QUIET)
    text_printf(&d->t, "  %s %s %02x%s%s\n", g->messages_only ? "messages" : "all", g->outside ? "outside" : "on",
                g->weekdays, g->business_days ? " business days" : "", g->holidays ? " holidays" : "");
  put_list(d, "for", g->conds);
}

slice program_dump(const program *p, arena *perm) {
  dump d = {text_new(perm), p};
  put_policy(&d);
  for (uint32_t i = 0; i < p->ladder_count; i++) put_ladder(&d, &p->ladders[i]);
  for (uint32_t i = 0; i < p->when_count; i++) put_when(&d, &p->whens[i]);
  put_triggers(&d);
  put_connections(&d);
  for (uint32_t i = 0; i < p->test_count; i++) put_test(&d, &p->tests[i]);
  for (uint32_t i = 0; i < p->guarantee_count; i++) put_guarantee(&d, &p->guarantees[i]);
  put_conds(&d);
  return text_slice(&d.t);
}
