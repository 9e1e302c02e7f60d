/* A difference for people: a page on a terminal, or the comment of a pull request. The comment is bounded, since a
 * place that takes it is; it holds numbers of invoices and customers, never names, and nothing in it is read as markup.
 */
#include "diff_result.h"
#include "lang/base/text.h"
#include "lang/base/utf8.h"

enum { FILES_SHOWN = 20, DIFF_LINES = 40, STEPS_SHOWN = 60, DAYS_SHOWN = 40, TWICE_SHOWN = 20 };
/* Of a comment, which may have 65,536 characters: up to where rules are written, and texts of files; the longest cell.
 */
enum { RULES_BYTES = 24000, FILES_BYTES = 36000, CELL_COLUMNS = 120 };

/* By this a workflow finds its comment again. */
#define MARKER "<!-- dun diff -->"

typedef struct page {
  const diff_result *r;
  session *s;
  arena *perm;
  bool md;
  size_t bytes; /* written so far, but for tables */
  world_code why;
} page;

static void put(page *p, slice s) {
  p->bytes += s.n;
  if (p->why == WORLD_OK && s.n) p->why = p->s->w->print(p->s->w, WORLD_STDOUT, s);
}

#define PUT(p, ...) put((p), arena_printf((p)->perm, __VA_ARGS__))
#define WORDS(p, id, ...) TEXTS((p)->s->lang, (p)->perm, id, __VA_ARGS__)

/* A text of the policy's or the ledger's own, as it is. */
static slice own(page *p, slice s) {
  static const char MARKUP[] = "&<>@#`*_~[]|\\";
  if (!p->md) return s;
  text t = text_new(p->perm);
  for (size_t i = 0; i < s.n; i++)
    if (strchr(MARKUP, s.p[i]))
      text_printf(&t, "&#%d;", s.p[i]);
    else
      text_char(&t, s.p[i] == '\n' || s.p[i] == '\r' ? ' ' : s.p[i]);
  return text_slice(&t);
}

static void heading(page *p, slice words) {
  if (p->md)
    PUT(p, "\n### %.*s\n\n", SLICE_ARG(words));
  else
    PUT(p, "\n%.*s\n", SLICE_ARG(words));
}

static void paragraph(page *p, slice words) { PUT(p, p->md ? "%.*s\n" : "  %.*s\n", SLICE_ARG(words)); }

static void fold(page *p, slice words) {
  PUT(p, p->md ? "\n<details><summary>%.*s</summary>\n\n" : "\n%.*s\n", SLICE_ARG(words));
}

static void fold_end(page *p) {
  if (p->md) put(p, SLICE("\n</details>\n"));
}

static slice side_name(page *p, const diff_side *s) {
  slice name = own(p, s->name);
  if (!s->id.n || slice_starts(s->id, s->name)) return name;
  return arena_printf(p->perm, "%.*s (%.7s)", SLICE_ARG(name), s->id.p);
}

static void more(page *p, uint32_t n) {
  if (n) paragraph(p, WORDS(p, AND_MORE, texts_number(p->perm, n)));
}

/* ---- rules ---- */

static slice kind_word(const page *p, policy_change_kind kind) {
  static const text_id WORDS_OF[POLICY_CHANGE_COUNT] = {
      [POLICY_ADDED] = TXT_DIFF_ADDED,          [POLICY_REMOVED] = TXT_DIFF_REMOVED,
      [POLICY_CHANGED] = TXT_DIFF_CHANGED_RULE, [POLICY_MOVED] = TXT_DIFF_MOVED_RULE,
      [POLICY_RENAMED] = TXT_DIFF_RENAMED,      [POLICY_REORDERED] = TXT_DIFF_REORDERED};
  return slice_of(texts_word(p->s->lang, WORDS_OF[kind]));
}

static void rule_line(page *p, policy_change_kind kind, slice words) {
  slice word = kind_word(p, kind);
  PUT(p, p->md ? "- **%.*s**" : "    %.*s", SLICE_ARG(word));
  PUT(p, words.n ? ": %.*s\n" : "%.*s\n", SLICE_ARG(words));
}

static void under(page *p, slice words) { PUT(p, p->md ? "  - %.*s\n" : "      %.*s\n", SLICE_ARG(words)); }

/* "5 days after the due date: we send ..." */
static slice led(page *p, slice lead, slice said) {
  slice a = own(p, lead), b = own(p, said);
  return lead.n && said.n ? arena_printf(p->perm, "%.*s: %.*s", SLICE_ARG(a), SLICE_ARG(b)) : lead.n ? a : b;
}

static void rule(page *p, const policy_change *c) {
  switch (c->kind) {
  case POLICY_ADDED: rule_line(p, c->kind, led(p, c->lead, c->now)); return;
  case POLICY_REMOVED: rule_line(p, c->kind, led(p, c->lead_was, c->was)); return;
  case POLICY_RENAMED: rule_line(p, c->kind, WORDS(p, DIFF_RENAMED_FROM, own(p, c->was))); return;
  case POLICY_REORDERED:
    rule_line(p, c->kind, c->lead.n ? WORDS(p, DIFF_STANDS_AFTER, own(p, c->lead)) : WORDS(p, DIFF_STANDS_FIRST));
    return;
  case POLICY_CHANGED:
    rule_line(p, c->kind, own(p, c->lead));
    under(p, WORDS(p, DIFF_WAS, own(p, c->was)));
    under(p, WORDS(p, DIFF_NOW, own(p, c->now)));
    return;
  case POLICY_MOVED: {
    bool same = slice_eq(c->was, c->now);
    rule_line(p, c->kind, same ? own(p, c->now) : (slice){0});
    under(p, WORDS(p, DIFF_WAS, same ? own(p, c->lead_was) : led(p, c->lead_was, c->was)));
    under(p, WORDS(p, DIFF_NOW, same ? own(p, c->lead) : led(p, c->lead, c->now)));
    return;
  }
  case POLICY_CHANGE_COUNT: return;
  }
}

static void rules(page *p) {
  const policy_change_list *l = &p->r->rules;
  heading(p, slice_of(texts_word(p->s->lang, TXT_DIFF_RULES)));
  if (p->r->was.absent) paragraph(p, WORDS(p, NO_POLICY_THEN, side_name(p, &p->r->was)));
  if (p->r->now.absent) paragraph(p, WORDS(p, NO_POLICY_NOW, side_name(p, &p->r->now)));
  if (!l->n) paragraph(p, WORDS(p, DIFF_NO_RULE));
  uint32_t i = 0;
  for (; i < l->n && !(p->md && p->bytes > RULES_BYTES); i++) {
    bool begins = i == 0 || !slice_eq(l->v[i].section, l->v[i - 1].section);
    slice title = own(p, l->v[i].section);
    if (begins && title.n) PUT(p, p->md ? "\n**%.*s**\n\n" : "  %.*s\n", SLICE_ARG(title));
    rule(p, &l->v[i]);
  }
  more(p, l->n - i);
}

/* ---- files ---- */

static uint32_t longest_fence(slice s) {
  uint32_t best = 2, run = 0;
  for (size_t i = 0; i < s.n; i++) {
    run = s.p[i] == '`' ? run + 1 : 0;
    if (run > best) best = run;
  }
  return best + 1;
}

/* The first lines of a text diff, without the names above it. */
static void text_lines(page *p, slice diff) {
  uint32_t n = 0, left = 0, fence = longest_fence(diff);
  text t = text_new(p->perm);
  if (p->md) text_repeat(&t, '`', fence);
  if (p->md) text_cstr(&t, "diff\n");
  for (uint32_t line_no = 0; diff.n; line_no++) {
    const char *end = memchr(diff.p, '\n', diff.n);
    slice one = {diff.p, end ? (size_t)(end - diff.p) : diff.n};
    diff = end ? (slice){end + 1, diff.n - one.n - 1} : (slice){0};
    if (line_no < 2) continue;
    if (n == DIFF_LINES) {
      left++;
      continue;
    }
    n++;
    text_printf(&t, p->md ? "%.*s\n" : "      %.*s\n", SLICE_ARG(one));
  }
  if (p->md) text_repeat(&t, '`', fence);
  if (p->md) text_char(&t, '\n');
  put(p, text_slice(&t));
  if (left) paragraph(p, TEXTS_COUNT(p->s->lang, p->perm, DIFF_MORE_LINES, left));
}

static void file(page *p, const file_change *f) {
  static const text_id KINDS[DIFF_FILE_COUNT] = {
#define FILE_KIND(id, folder, ends, word) TXT_DIFF_##id,
      DIFF_FILE_KINDS(FILE_KIND)
#undef FILE_KIND
  };
  slice kind = slice_of(texts_word(p->s->lang, KINDS[f->of])), name = own(p, f->name);
  slice plus = texts_number(p->perm, f->added), minus = texts_number(p->perm, f->removed);
  slice said = f->kind == POLICY_ADDED     ? WORDS(p, DIFF_FILE_ADDED, kind, name)
               : f->kind == POLICY_REMOVED ? WORDS(p, DIFF_FILE_REMOVED, kind, name)
                                           : WORDS(p, DIFF_FILE_CHANGED, kind, name, plus, minus);
  slice users = f->users.n ? WORDS(p, DIFF_USED_BY, own(p, f->users)) : WORDS(p, DIFF_USED_BY_NONE);
  if (f->of == DIFF_FILE_TEMPLATE) said = arena_printf(p->perm, "%.*s; %.*s", SLICE_ARG(said), SLICE_ARG(users));
  bool shows = f->kind == POLICY_CHANGED && f->diff.n && !(p->md && p->bytes + f->diff.n > FILES_BYTES);
  if (p->md && shows) {
    fold(p, said);
    text_lines(p, f->diff);
    fold_end(p);
    return;
  }
  PUT(p, p->md ? "- %.*s\n" : "  %.*s\n", SLICE_ARG(said));
  if (shows) text_lines(p, f->diff);
}

static void business_days(page *p) {
  const files_diff *f = &p->r->files;
  if (!f->day_count) return;
  slice a = texts_number(p->perm, (uint64_t)f->year), b = texts_number(p->perm, (uint64_t)f->year + 1);
  slice words = WORDS(p, DIFF_BUSINESS_DAYS, a, b);
  PUT(p, p->md ? "\n**%.*s**\n\n" : "  %.*s\n", SLICE_ARG(words));
  for (uint32_t i = 0; i < f->day_count && i < DAYS_SHOWN; i++) {
    char day[DATE_TEXT_MAX];
    slice said = {day, date_text(f->days[i].day, p->s->lang, day)}, name = own(p, f->days[i].name);
    if (name.n) said = arena_printf(p->perm, "%.*s (%.*s)", SLICE_ARG(said), SLICE_ARG(name));
    said = f->days[i].business ? WORDS(p, DIFF_DAY_OPENED, said) : WORDS(p, DIFF_DAY_CLOSED, said);
    PUT(p, p->md ? "- %.*s\n" : "    %.*s\n", SLICE_ARG(said));
  }
  more(p, f->day_count > DAYS_SHOWN ? f->day_count - DAYS_SHOWN : 0);
}

static void files(page *p) {
  const files_diff *f = &p->r->files;
  if (!f->file_count && !f->day_count) return;
  heading(p, slice_of(texts_word(p->s->lang, TXT_DIFF_FILES)));
  uint32_t shown = p->md && f->file_count > FILES_SHOWN ? FILES_SHOWN : f->file_count;
  for (uint32_t i = 0; i < shown; i++) file(p, &f->files[i]);
  more(p, f->file_count - shown);
  business_days(p);
}

/* ---- the effect ---- */

static out_column titled(page *p, const char *name, text_id title, out_kind kind) {
  return (out_column){name, texts_word(p->s->lang, title), kind, true};
}

static out *table(page *p, const out_column *columns, size_t n) {
  return out_begin(p->s->w, p->s->a->format, columns, n);
}

static void table_end(page *p, out *o) {
  world_code why;
  if (!out_end(o, &why) && p->why == WORLD_OK) p->why = why;
}

static slice sums(page *p, const diff_total *t) {
  text all = text_new(p->perm);
  for (uint32_t i = 0; i < t->open_count; i++) {
    char buffer[MONEY_TEXT_MAX];
    if (all.n) text_cstr(&all, " + ");
    text_add(&all, (slice){buffer, money_text(t->open[i], p->s->lang, buffer)});
  }
  if (t->too_large) text_printf(&all, " %s", texts_word(p->s->lang, TXT_DIFF_TOO_LARGE));
  return text_slice(&all);
}

static slice effect_word(const page *p, unsigned kind) {
  static const text_id IDS[] = {
#define DIFF_KIND(id, word) TXT_DIFF_##id,
      DIFF_KINDS(DIFF_KIND)
#undef DIFF_KIND
          TXT_DIFF_ALL};
  return slice_of(texts_word(p->s->lang, IDS[kind]));
}

static void totals(page *p) {
  const char *days = WORDS(p, DIFF_C_DAYS, texts_number(p->perm, p->r->day_count)).p;
  const out_column columns[] = {titled(p, "actions", TXT_DIFF_C_KIND, OUT_TEXT),
                                titled(p, "today", TXT_DIFF_C_TODAY, OUT_NUMBER),
                                {"days", arena_copy(p->perm, slice_of(days)), OUT_NUMBER, true},
                                titled(p, "invoices", TXT_DIFF_C_INVOICES, OUT_NUMBER),
                                titled(p, "customers", TXT_DIFF_C_CUSTOMERS, OUT_NUMBER),
                                titled(p, "open", TXT_OPEN_TITLE, OUT_NUMBER)};
  out *o = table(p, columns, 6);
  for (unsigned k = 0; k <= DIFF_ANY; k++) {
    diff_total all = diff_total_of(p->perm, &p->r->sums, k, false),
               today = diff_total_of(p->perm, &p->r->sums, k, true);
    slice row[] = {effect_word(p, k),
                   texts_number(p->perm, today.acts),
                   texts_number(p->perm, all.acts),
                   texts_number(p->perm, all.invoices),
                   texts_number(p->perm, all.customers),
                   sums(p, &all)};
    out_row(o, row);
  }
  table_end(p, o);
}

static slice with_today(page *p, uint32_t all, uint32_t today) {
  if (!all) return (slice){0};
  return today ? arena_printf(p->perm, "%u (%u)", all, today) : arena_printf(p->perm, "%u", all);
}

static void steps(page *p) {
  const diff_step *v;
  uint32_t n = diff_steps(p->perm, &p->r->sums, &v), shown = p->md && n > STEPS_SHOWN ? STEPS_SHOWN : n;
  out_column columns[2 + DIFF_KIND_COUNT] = {titled(p, "rung", TXT_RUNG_TITLE, OUT_TEXT),
                                             titled(p, "by", TXT_DIFF_C_BY, OUT_TEXT)};
  for (unsigned k = 0; k < DIFF_KIND_COUNT; k++)
    columns[2 + k] = (out_column){DIFF_WORDS[k], arena_copy(p->perm, effect_word(p, k)), OUT_NUMBER, true};
  fold(p, WORDS(p, DIFF_STEPS, texts_number(p->perm, p->r->day_count)));
  out *o = table(p, columns, 2 + DIFF_KIND_COUNT);
  for (uint32_t i = 0; i < shown; i++) {
    slice on = own(p, v[i].ladder), step = own(p, v[i].rung);
    slice row[2 + DIFF_KIND_COUNT] = {on.n ? arena_printf(p->perm, "%.*s %.*s", SLICE_ARG(on), SLICE_ARG(step)) : step,
                                      p->md ? v[i].by : texts_said(p->s->lang, p->perm, v[i].by)};
    for (unsigned k = 0; k < DIFF_KIND_COUNT; k++) row[2 + k] = with_today(p, v[i].all[k], v[i].today[k]);
    out_row(o, row);
  }
  table_end(p, o);
  more(p, n - shown);
  fold_end(p);
}

/* `2026-03-07 send email template "final"`; to whom stays where it is. */
static slice act_words(page *p, const diff_act *a) {
  if (!a) return (slice){0};
  slice said = texts_said(p->s->lang, p->perm, a->text), day = diff_day(a, p->perm);
  bool cut = p->md && utf8_width(said) > CELL_COLUMNS;
  said = own(p, cut ? arena_printf(p->perm, "%.*s…", SLICE_ARG(utf8_head(said, CELL_COLUMNS))) : said);
  if (a->no_contact) said = WORDS(p, DIFF_NO_CONTACT, said);
  return arena_printf(p->perm, "%.*s %.*s", SLICE_ARG(day), SLICE_ARG(said));
}

static slice money_words(page *p, const diff_act *a) {
  char buffer[MONEY_TEXT_MAX];
  int64_t open = a->of == ENT_INVOICE ? p->r->sums.open[a->row] : FACT_MISSING;
  if (open == FACT_MISSING) return (slice){0};
  return arena_slice(p->perm,
                     (slice){buffer, money_text((money){open, p->r->sums.f->cur[a->row]}, p->s->lang, buffer)});
}

/* On paper that leaves the house a customer is a number; at home it has a name. */
static slice customer_words(page *p, const diff_act *a) {
  slice name =
      p->md || a->customer == VM_NO_ROW ? (slice){0} : fact_text(p->r->sums.f, FIELD_CUSTOMER_NAME, a->customer);
  return name.n ? name : own(p, diff_customer(p->r, a));
}

static void samples(page *p, diff_kind kind) {
  const diff_item *v[DIFF_SAMPLES];
  uint32_t n = diff_samples(p->perm, &p->r->sums, kind, DIFF_SAMPLES, v);
  if (!n) return;
  const out_column columns[] = {
      titled(p, "customer", TXT_CUSTOMER_TITLE, OUT_TEXT), titled(p, "invoice", TXT_INVOICE_TITLE, OUT_TEXT),
      titled(p, "open", TXT_OPEN_TITLE, OUT_NUMBER), titled(p, "before", TXT_DIFF_C_WAS, OUT_TEXT),
      titled(p, "after", TXT_DIFF_C_NOW, OUT_TEXT)};
  fold(p, WORDS(p, DIFF_EXAMPLES, effect_word(p, kind)));
  out *o = table(p, columns, 5);
  for (uint32_t i = 0; i < n; i++) {
    const diff_act *a = diff_shown(v[i]);
    slice row[] = {customer_words(p, a), own(p, diff_number(p->r, a)), money_words(p, a), act_words(p, v[i]->was),
                   act_words(p, v[i]->now)};
    out_row(o, row);
  }
  table_end(p, o);
  fold_end(p);
}

static void twice(page *p) {
  uint32_t n = p->r->twice_count, shown = n > TWICE_SHOWN ? TWICE_SHOWN : n;
  if (!n) return;
  const out_column columns[] = {
      titled(p, "invoice", TXT_INVOICE_TITLE, OUT_TEXT), titled(p, "template", TXT_DIFF_C_TEMPLATE, OUT_TEXT),
      titled(p, "first", TXT_DIFF_C_FIRST, OUT_DATE), titled(p, "again", TXT_DIFF_C_AGAIN, OUT_DATE)};
  fold(p, TEXTS_COUNT(p->s->lang, p->perm, DIFF_TWICE, n));
  out *o = table(p, columns, 4);
  for (uint32_t i = 0; i < shown; i++) {
    const diff_twice *t = &p->r->twice[i];
    char first[DATE_TEXT_MAX], again[DATE_TEXT_MAX];
    slice row[] = {own(p, p->r->sums.f->t[ENT_INVOICE].number[t->row]),
                   own(p, t->template_name),
                   {first, date_iso((civil_date){t->before}, first)},
                   {again, date_iso((civil_date){t->again}, again)}};
    out_row(o, row);
  }
  table_end(p, o);
  more(p, n - shown);
  fold_end(p);
}

static void effect(page *p) {
  const diff_result *r = p->r;
  char first[DATE_TEXT_MAX], last[DATE_TEXT_MAX];
  heading(p, slice_of(texts_word(p->s->lang, TXT_DIFF_EFFECT)));
  if (!r->effect) {
    paragraph(p, WORDS(p, DIFF_NO_STORE));
    return;
  }
  slice from = {first, date_iso(r->today, first)};
  slice to = {last, date_iso(date_add_days(r->today, (int32_t)r->day_count - 1), last)};
  slice said[] = {own(p, r->ledger),
                  from,
                  texts_number(p->perm, r->day_count),
                  to,
                  texts_number(p->perm, r->acts.was_n),
                  texts_number(p->perm, r->acts.now_n)};
  paragraph(p, texts_of(p->s->lang, p->perm, TXT_DIFF_LEDGER, 6, said));
  if (!r->acts.n) {
    paragraph(p, WORDS(p, DIFF_NO_EFFECT));
    return;
  }
  put(p, SLICE("\n"));
  totals(p);
  twice(p);
  steps(p);
  for (diff_kind k = 0; k < DIFF_KIND_COUNT; k++) samples(p, k);
}

bool diff_show(const diff_result *r, world_code *why) {
  page p = {.r = r, .s = r->s, .perm = r->s->perm, .md = r->s->a->format == OUT_md};
  slice head = WORDS(&p, DIFF_HEAD, side_name(&p, &r->was), side_name(&p, &r->now));
  if (p.md)
    PUT(&p, "%s\n## %s\n\n%.*s\n", MARKER, texts_word(r->s->lang, TXT_DIFF_TITLE), SLICE_ARG(head));
  else
    PUT(&p, "%.*s\n", SLICE_ARG(head));
  rules(&p);
  files(&p);
  effect(&p);
  *why = p.why;
  return p.why == WORLD_OK;
}
