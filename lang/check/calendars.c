/* `calendar A, B`: which calendars the policy's business days come from. Several are one calendar: a business day is a
 * day that is one in all of them. */
#include "lang/base/suggest.h"
#include "lang/base/text.h"
#include "lang/check/internal.h"

enum { CALENDAR_NAMES_MAX = 256, NAMES_SHOWN_MAX = 12 };

static void no_such_calendar(checker *c, const ast *name) {
  slice names[CALENDAR_NAMES_MAX];
  size_t count = calendar_names(c->calendars, names, CALENDAR_NAMES_MAX);
  if (count > CALENDAR_NAMES_MAX) count = CALENDAR_NAMES_MAX;
  text all = text_new(c->scratch);
  for (size_t i = 0; i < count; i++) {
    char *written = arena_copy(c->scratch, names[i]);
    for (char *p = written; *p; p++)
      if (*p == '-') *p = '_'; /* as a policy writes it */
    names[i].p = written;
    if (i < NAMES_SHOWN_MAX) text_printf(&all, "%s%s", i ? ", " : "", written);
  }
  size_t near = did_you_mean(name->text, names, count);
  slice how = near < count ? hint_mean(c, names[near]) : hint(c, HINT_ONE_OF, text_slice(&all));
  mend(c, REPORT(c, E0117, name->at, how, name->text), name->at, near < count ? names[near] : NO_HINT);
}

/* A calendar of the project may have mistakes, which are reported here, where it is named. */
static calendar *built(checker *c, const struct embedded *e, const ast *name) {
  calendar_fault fault;
  calendar *cal = calendar_build(c->scratch, slice_of(e->text), c->calendars, &fault);
  if (!cal)
    REPORT(c, E0363, name->at, NO_HINT, slice_of(e->name), arena_printf(c->scratch, "%u", fault.line),
           slice_of(calendar_fault_text(fault.what, c->lang)));
  return cal;
}

void calendar_setting(checker *c, const ast *n) {
  const struct embedded **v = ARENA_ARRAY(c->perm, ast_count(n) + 1, const struct embedded *);
  calendar *all = NULL;
  text written = text_new(c->scratch);
  uint32_t count = 0;
  for (const ast *name = n->kid; name; name = name->next) {
    const struct embedded *e = calendar_find(c->calendars, name->text);
    if (!e) {
      no_such_calendar(c, name);
      continue;
    }
    calendar *cal = built(c, e, name);
    if (!cal) continue;
    if (all && !calendar_close_with(all, cal)) {
      REPORT(c, E0364, n->at, NO_HINT);
      return;
    }
    if (!all) all = cal;
    text_printf(&written, "%s%.*s", count ? ", " : "", SLICE_ARG(name->text));
    v[count++] = e;
  }
  c->p->calendar = keep(c, text_slice(&written));
  c->p->calendars = v;
  c->p->calendar_count = count;
}

calendar *program_calendar(const program *p, arena *perm) {
  calendar_fault fault;
  calendar *all = NULL;
  for (uint32_t i = 0; i < p->calendar_count; i++) {
    calendar *cal = calendar_build(perm, slice_of(p->calendars[i]->text), p->calendar_table, &fault);
    if (!cal || (all && !calendar_close_with(all, cal))) continue; /* a program with errors: it does not run */
    if (!all) all = cal, all->name = slice_of(p->calendars[i]->name);
  }
  if (!all) all = calendar_build(perm, SLICE("closed saturday sunday\n"), NULL, &fault);
  for (uint32_t i = 0; i < p->holiday_count; i++) calendar_add_holiday(all, p->holidays[i].date, p->holidays[i].name);
  return all;
}
