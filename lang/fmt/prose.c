/* The prose of a whole policy: its sections in their order. */
#include "lang/fmt/prose.h"

#include "lang/check/fields.h"
#include "lang/fmt/prose_internal.h"

typedef struct book {
  teller t;
  prose_block *v;
  uint32_t n, room;
} book;

static void add(book *b, prose_block block) {
  if (b->n == b->room) {
    b->room = b->room ? b->room * 2 : 64;
    prose_block *more = ARENA_ARRAY(b->t.perm, b->room, prose_block);
    if (b->n) memcpy(more, b->v, b->n * sizeof *more);
    b->v = more;
  }
  b->v[b->n++] = block;
}

static void heading(book *b, slice words, span at) { add(b, (prose_block){PROSE_HEADING, {0}, words, at}); }
static void paragraph(book *b, slice words, span at) { add(b, (prose_block){PROSE_TEXT, {0}, words, at}); }
static void item(book *b, slice lead, slice words, span at) { add(b, (prose_block){PROSE_ITEM, lead, words, at}); }

static void section(book *b, prose_id title, const slice_list *sentences) {
  if (!sentences->n) return;
  heading(b, tell_fill(&b->t, title, 0, NULL), (span){0});
  for (uint32_t i = 0; i < sentences->n; i++) item(b, SLICE(""), tell_sentence(&b->t, sentences->v[i]), (span){0});
}

/* ---- the whole policy ---- */

static void calendar_words(const teller *t, slice_list *out) {
  slice_list names = {.a = t->perm};
  for (uint32_t i = 0; i < t->p->calendar_count; i++)
    slices_add(&names, tell_quoted(t, slice_of(t->p->calendars[i]->name)));
  slice all = tell_list(t, &names, PR_LIST_AND);
  slices_add(out, names.n == 0   ? TELL(t, NO_CALENDAR)
                  : names.n == 1 ? TELL(t, CALENDAR, all)
                                 : TELL(t, CALENDARS, all));
  for (uint32_t i = 0; i < t->p->holiday_count; i++) {
    const holiday *h = &t->p->holidays[i];
    slices_add(out, h->name.n ? TELL(t, HOLIDAY_NAMED, tell_date(t, h->date), tell_quoted(t, h->name))
                              : TELL(t, HOLIDAY, tell_date(t, h->date)));
  }
}

static void basics(book *b) {
  const teller *t = &b->t;
  const program *p = t->p;
  slice_list out = {.a = t->perm};
  slices_add(&out, p->cur == CURRENCY_NONE ? TELL(t, NO_CURRENCY) : TELL(t, CURRENCY, slice_of(currency_code(p->cur))));
  slices_add(&out, TELL(t, TIMEZONE, p->timezone.n ? p->timezone : SLICE("UTC")));
  calendar_words(t, &out);
  if (p->due == DUE_MOVE) slices_add(&out, TELL(t, DUE_MOVE));
  if (p->due == DUE_LATE_AFTER) slices_add(&out, TELL(t, DUE_LATE_AFTER));
  if (p->rates_file.n) slices_add(&out, TELL(t, RATES_FILE, tell_quoted(t, p->rates_file)));
  if (p->proration) slices_add(&out, TELL(t, PRORATED, tell_prorated(t, p->proration)));
  section(b, PR_H_BASICS, &out);
}

static slice counted_messages(const teller *t, uint32_t n) {
  slice number = tell_count(t, n);
  return n == 1 ? TELL(t, MESSAGE_ONE, number) : TELL(t, MESSAGE_MANY, number);
}

static void whole_scope(book *b) {
  const teller *t = &b->t;
  const program *p = t->p;
  slice_list held = {.a = t->perm}, sent = {.a = t->perm};
  slices_add(&held, TELL(t, ALWAYS_HELD));
  tell_scope(t, &p->policy, false, &held, &sent);
  if (p->ask_before_sending_more_than)
    slices_add(&held, TELL(t, ASK_VOLUME, counted_messages(t, p->ask_before_sending_more_than)));
  if (p->has_expire) slices_add(&sent, TELL(t, EXPIRE, tell_duration(t, p->expire)));
  section(b, PR_H_HOLDS, &held);
  section(b, PR_H_WINDOWS, &sent);
  slice_list fees = {.a = t->perm};
  tell_fee(t, &fees);
  section(b, PR_H_FEES, &fees);
}

/* ---- ladders ---- */

static int64_t place(const rung *r) {
  static const int64_t TENTHS[UNIT_COUNT] = {10, 14, 70, 304, 3652}; /* of a day: for the order alone */
  return r->off.base.n * TENTHS[r->off.base.unit] + (int64_t)r->off.step.n * r->off.times * TENTHS[r->off.step.unit];
}

/* The rungs in the order of time, those of one line together. */
static void rungs(book *b, const rung *v, uint32_t count, uint16_t anchor) {
  const teller *t = &b->t;
  uint32_t n = 0, *first = ARENA_ARRAY(t->perm, count + 1, uint32_t);
  for (uint32_t i = 0; i < count; i += prose_repeats(v, count, i)) {
    uint32_t at = n++;
    for (; at && place(&v[first[at - 1]]) > place(&v[i]); at--) first[at] = first[at - 1];
    first[at] = i;
  }
  for (uint32_t i = 0; i < n; i++) {
    const rung *r = &v[first[i]];
    uint32_t times = prose_repeats(v, count, first[i]);
    slice when = prose_times(t->perm, t->p, r, times, anchor, t->lang);
    item(b, when, tell_lines(t, &r->body), r->at);
  }
}

static slice for_whom(const teller *t, uint32_t index) {
  const ladder *l = &t->p->ladders[index];
  bool first = true;
  for (uint32_t i = 0; i < index; i++) first = first && t->p->ladders[i].of != l->of;
  slice s = l->of == ENT_INVOICE ? (first ? TELL(t, LADDER_FIRST) : TELL(t, LADDER_NEXT))
                                 : (first ? TELL(t, LADDER_CONTRACTS) : TELL(t, LADDER_CONTRACTS_NEXT));
  if (l->where == NO_COND) return s;
  return first ? TELL(t, WHERE_C, s, tell_cond(t, l->where)) : TELL(t, AND_WHERE, s, tell_cond(t, l->where));
}

slice prose_for_whom(arena *perm, const program *p, uint32_t index, dun_lang lang) {
  teller t = {perm, p, lang};
  return tell_large(&t, for_whom(&t, index));
}

static void own_scope(book *b, const ladder *l) {
  slice_list own = {.a = b->t.perm};
  tell_scope(&b->t, &l->own, true, &own, &own);
  if (!own.n) return;
  text all = text_new(b->t.perm);
  text_add(&all, TELL(&b->t, ON_THIS_LADDER));
  for (uint32_t i = 0; i < own.n; i++) {
    text_char(&all, ' ');
    slice s = tell_sentence(&b->t, own.v[i]);
    if (i == 0) s = arena_printf(b->t.perm, "%.*s.", SLICE_ARG(own.v[0]));
    text_add(&all, s);
  }
  paragraph(b, text_slice(&all), l->at);
}

static void ladder_section(book *b, uint32_t index) {
  const teller *t = &b->t;
  const ladder *l = &t->p->ladders[index];
  if (l->none) {
    heading(b, TELL(t, H_NO_LADDER), l->at);
    paragraph(b, tell_sentence(t, TELL(t, NO_LADDER, tell_cond(t, l->where))), l->at);
    return;
  }
  heading(b, TELL(t, H_LADDER, tell_quoted(t, l->name)), l->at);
  slice whom = TELL(t, LADDER_IS, for_whom(t, index));
  if (l->anchor != NO_USE) whom = TELL(t, COUNTING, whom, tell_field(t, l->anchor));
  paragraph(b, tell_sentence(t, whom), l->at);
  own_scope(b, l);
  if (!l->rung_count) paragraph(b, tell_sentence(t, TELL(t, LADDER_EMPTY)), l->at);
  rungs(b, l->rungs, l->rung_count, l->anchor);
}

/* ---- rules ---- */

static slice one_of(const teller *t, entity of) {
  return of == ENT_INVOICE ? TELL(t, ONE_INVOICE) : of == ENT_CUSTOMER ? TELL(t, ONE_CUSTOMER) : TELL(t, ONE_CONTRACT);
}

static slice when_words(const teller *t, const when_rule *w) {
  if (!w->standing) {
    slice whom = TELL(t, RULE_FOR, tell_entities(t, w->of));
    return w->cond == NO_COND ? whom : TELL(t, WHERE_C, whom, tell_cond(t, w->cond));
  }
  slice args[] = {one_of(t, w->of), tell_cond(t, w->full), w->again ? tell_duration(t, w->again_every) : SLICE("")};
  return tell_fill(t, w->again ? PR_RULE_AGAIN : PR_RULE_ONCE, 3, args);
}

static void when_section(book *b, const when_rule *w) {
  const teller *t = &b->t;
  heading(b, w->name.n ? TELL(t, H_RULE, tell_quoted(t, w->name)) : TELL(t, H_RULE_UNNAMED), w->at);
  if (w->standing) {
    item(b, tell_large(t, when_words(t, w)), tell_lines(t, &w->body), w->at);
    return;
  }
  paragraph(b, tell_sentence(t, when_words(t, w)), w->at);
  rungs(b, w->rungs, w->rung_count, NO_USE);
}

static slice every_when(const teller *t, const every_rule *e) {
  slice s = {0};
  switch (e->kind) {
  case EVERY_DAY: s = TELL(t, EVERY_DAY); break;
  case EVERY_WEEK:
    s = e->days ? TELL(t, EVERY_WEEK_ON, tell_days(t, e->days, PR_LIST_AND)) : TELL(t, EVERY_WEEK);
    break;
  case EVERY_MONTH: s = e->day ? TELL(t, EVERY_MONTH, tell_count(t, e->day)) : TELL(t, EVERY_MONTH_LAST); break;
  case EVERY_YEAR:
    s = e->on_use != NO_USE
            ? TELL(t, EVERY_YEAR_FIELD, tell_field(t, e->on_use))
            : TELL(t, EVERY_YEAR,
                   TELL(t, DAY_OF_MONTH, tell_count(t, e->day), slice_of(date_month_name(e->month, t->lang))));
    break;
  }
  if (!e->has_time) return s;
  slice at = tell_hour(t, e->at_min);
  return e->at_min / 60 == 1 ? TELL(t, AT_HOUR_ONE, s, at) : TELL(t, AT_HOUR, s, at);
}

static slice every_words(const teller *t, const every_rule *e) {
  slice s = TELL(t, FOR_EACH, every_when(t, e), tell_entities(t, e->of));
  return e->where == NO_COND ? s : TELL(t, WHERE_C, s, tell_cond(t, e->where));
}

static void everys(book *b) {
  const teller *t = &b->t;
  if (t->p->every_count) heading(b, TELL(t, H_EVERYS), (span){0});
  for (uint32_t i = 0; i < t->p->every_count; i++) {
    const every_rule *e = &t->p->everys[i];
    item(b, tell_large(t, every_words(t, e)), tell_lines(t, &e->body), e->at);
  }
}

static slice event_name(const teller *t, const on_rule *o) {
  static const prose_id ROWS[EV_COUNT] = {
#define EVENT(id, words) [EV_##id] = PR_EV_##id,
#include "lang/check/events.def"
#undef EVENT
  };
  if (o->kind == EV_REPLY && o->containing.n) return TELL(t, EV_REPLY_CONTAINING, tell_quoted(t, o->containing));
  slice what = tell_quoted(t, o->what);
  return tell_fill(t, ROWS[o->kind], 1, &what);
}

static slice event_words(const teller *t, const on_rule *o) {
  slice s = event_name(t, o);
  return o->where == NO_COND ? s : TELL(t, EVENT_WHERE, s, tell_cond(t, o->where));
}

static void events(book *b) {
  const teller *t = &b->t;
  if (t->p->on_count) heading(b, TELL(t, H_EVENTS), (span){0});
  for (uint32_t i = 0; i < t->p->on_count; i++) {
    const on_rule *o = &t->p->ons[i];
    item(b, tell_large(t, event_words(t, o)), tell_lines(t, &o->body), o->at);
  }
}

slice prose_when(arena *perm, const program *p, const when_rule *w, dun_lang lang) {
  teller t = {perm, p, lang};
  return tell_large(&t, when_words(&t, w));
}

slice prose_every(arena *perm, const program *p, const every_rule *e, dun_lang lang) {
  teller t = {perm, p, lang};
  return tell_large(&t, every_words(&t, e));
}

slice prose_on(arena *perm, const program *p, const on_rule *o, dun_lang lang) {
  teller t = {perm, p, lang};
  return tell_large(&t, event_words(&t, o));
}

static void guarantees(book *b) {
  if (b->t.p->guarantee_count) heading(b, TELL(&b->t, H_GUARANTEES), (span){0});
  for (uint32_t i = 0; i < b->t.p->guarantee_count; i++) {
    const guarantee *g = &b->t.p->guarantees[i];
    slice_list said = {.a = b->t.perm};
    tell_guarantee(&b->t, g, &said);
    for (uint32_t k = 0; k < said.n; k++) item(b, SLICE(""), tell_sentence(&b->t, said.v[k]), g->at);
  }
}

/* ---- what it is wired to ---- */

static void team_words(const teller *t, const team *m, slice_list *out) {
  slice_list at = {.a = t->perm};
  if (m->email.n) slices_add(&at, TELL(t, TEAM_AT, tell_quoted(t, m->email)));
  if (m->teams_env.n) slices_add(&at, TELL(t, TEAM_TEAMS, m->teams_env));
  if (m->slack_env.n) slices_add(&at, TELL(t, TEAM_SLACK, m->slack_env));
  slices_add(out, TELL(t, TEAM, tell_quoted(t, m->name), tell_list(t, &at, PR_LIST_AND)));
}

static void connection_words(const teller *t, const connection *c, slice_list *out) {
  slice name = c->vendor.n ? arena_printf(t->perm, "%.*s %.*s", SLICE_ARG(c->kind), SLICE_ARG(c->vendor)) : c->kind;
  slice s = TELL(t, CONNECTION, name);
  if (c->url.n) s = TELL(t, CONNECTION_URL, s, tell_quoted(t, c->url));
  slice_list with = {.a = t->perm};
  for (uint32_t i = 0; i < c->setting_count; i++) {
    const setting *x = &c->settings[i];
    slices_add(&with, x->from_env ? TELL(t, SETTING_ENV, x->key, x->value)
                                  : TELL(t, SETTING_IS, x->key, tell_quoted(t, x->value)));
  }
  slices_add(out, with.n ? TELL(t, CONNECTION_WITH, s, tell_list(t, &with, PR_LIST_AND)) : s);
}

static void wiring(book *b) {
  const teller *t = &b->t;
  slice_list out = {.a = t->perm};
  for (uint32_t i = 0; i < t->p->team_count; i++) team_words(t, &t->p->teams[i], &out);
  for (uint32_t i = 0; i < t->p->connection_count; i++) connection_words(t, &t->p->connections[i], &out);
  for (uint32_t i = 0; i < t->p->custom_count; i++) {
    const custom_field *f = &t->p->custom[i];
    slices_add(&out, TELL(t, FIELD_OWN, tell_own_field(t, f), type_text(f->ty, t->lang)));
  }
  section(b, PR_H_WIRING, &out);
}

static void tests(book *b) {
  const teller *t = &b->t;
  if (t->p->test_count) heading(b, TELL(t, H_TESTS), (span){0});
  for (uint32_t i = 0; i < t->p->test_count; i++) {
    const policy_test *test = &t->p->tests[i];
    item(b, tell_quoted(t, test->name), tell_test(t, test), test->at);
  }
}

prose prose_of(arena *perm, const program *p, dun_lang lang) {
  book b = {.t = {perm, p, lang}};
  const teller *t = &b.t;
  slice title = p->name.n ? TELL(t, POLICY, tell_quoted(t, p->name)) : TELL(t, POLICY_UNNAMED);
  add(&b, (prose_block){PROSE_TITLE, {0}, title, {0}});
  basics(&b);
  whole_scope(&b);
  for (uint32_t i = 0; i < p->ladder_count; i++) ladder_section(&b, i);
  for (uint32_t i = 0; i < p->when_count; i++) when_section(&b, &p->whens[i]);
  everys(&b);
  events(&b);
  guarantees(&b);
  wiring(&b);
  tests(&b);
  return (prose){b.v, b.n};
}
