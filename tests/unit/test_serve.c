/* A served store holds what `dun run` over everything would have stored: the policy and data of each conformance case,
 * and random policies, are taken through their days both ways, three ticks a day, with the same changes of the ledger
 * in between; after each tick the two stores say the same of actions, positions, arming, what is begun, cards and own
 * state.
 *
 * CASES=folder   other cases     CASE=name   one of them     EVERY=n   each nth of them
 * SEEDS=n   so many random policies */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "lang/base/text.h"
#include "runtime/outbox/approve.h"
#include "runtime/store/agenda.h"
#include "runtime/store/backup.h"
#include "tests/diff/generate.h"
#include "tests/support/served.h"

enum { DAYS_MAX = 24, TICKS = 3 };
static const int64_t HOUR_NS = (int64_t)3600 * 1000000000;
static const int AT_HOUR[TICKS] = {3, 12, 21};

/* ---- the two ways ---- */

/* As cmd_run.c does it. False: the ledger and the policy do not go together. */
static bool run_tick(lived *l) {
  way *v = &l->run;
  arena *perm = arena_new();
  session s = l->x;
  day_plan plan = {0};
  slice why;
  bool held;
  s.a = &v->a;
  s.s = v->s;
  s.perm = perm;
  s.again = true;
  assert_int_equal(session_today(&s), EXIT_FINE);
  outbox o = {.w = &l->w,
              .s = v->s,
              .perm = perm,
              .p = s.c.program,
              .templates = &s.templates,
              .folder = SLICE(NO_FOLDER),
              .today = s.today};
  assert_true(outbox_open(&o, &why));
  lived_must(v->s, outbox_clock_begin(&o, &held));
  assert_false(held);
  lived_must(v->s, outbox_recover(&o));
  lived_must(v->s, store_begin(v->s));
  bool fits = tick_decide(&s, &o, tick_minute(&s, false), &plan) == EXIT_FINE;
  if (fits) {
    lived_must(v->s, store_commit(v->s));
    lived_must(v->s, outbox_ramp(&o));
    lived_must(v->s, outbox_deliver(&o, NULL, NULL));
    lived_must(v->s, outbox_clock_end(&o));
  } else {
    store_rollback(v->s);
  }
  outbox_close(&o);
  arena_free(perm);
  return fits;
}

/* ---- what the stores say ---- */

static void add_table(store *s, text *t, store_table table, const char *const *names) {
  slice columns[24];
  size_t n = 0;
  for (; names[n]; n++) columns[n] = slice_of(names[n]);
  store_query q = {.table = table, .columns = columns, .column_count = n};
  store_cursor *c;
  lived_must(s, store_scan(s, &q, &c));
  store_code code;
  while ((code = store_next(c)) == STORE_ROW) {
    text_printf(t, "%s", store_table_name(table));
    for (size_t i = 0; i < n; i++) {
      text_char(t, '|');
      text_add(t, store_text(c, i));
    }
    text_char(t, '\n');
  }
  store_cursor_close(c);
  assert_int_equal(code, STORE_END);
}

static slice said(store *s, arena *perm) {
  static const char *const ACTION[] = {"track",     "kind",     "entity",   "cycle",  "offset", "ordinal",
                                       "way",       "on",       "customer", "ladder", "rung",   "action",
                                       "recipient", "channel",  "template", "state",  "reason", "lead",
                                       "amount",    "computed", "expires",  NULL};
  static const char *const POSITION[] = {"track", "kind", "entity", "cycle", "offset", "place", NULL};
  static const char *const ARMED[] = {"rule", "kind", "entity", "armed", "since", NULL};
  static const char *const BEGUN[] = {"track", "kind",  "entity", "cycle", "offset",     "day",
                                      "seq",   "place", "ladder", "done",  "lines_done", NULL};
  static const char *const OWN[] = {"kind", "entity", "what", "since", "value", NULL};
  static const char *const MESSAGE[] = {"action", "recipient", "subject", "text", NULL};
  static const char *const CARD[] = {"board", "title", "assignee", "entity", NULL};
  static const char *const APPROVAL[] = {"track", "kind", "entity", "offset", "state", "asked_on", NULL};
  text t = text_new(perm);
  add_table(s, &t, STORE_T_action, ACTION);
  add_table(s, &t, STORE_T_position, POSITION);
  add_table(s, &t, STORE_T_armed, ARMED);
  add_table(s, &t, STORE_T_begun, BEGUN);
  add_table(s, &t, STORE_T_own_state, OWN);
  add_table(s, &t, STORE_T_message, MESSAGE);
  add_table(s, &t, STORE_T_card, CARD);
  add_table(s, &t, STORE_T_approval, APPROVAL);
  return text_slice(&t);
}

static void compare(lived *l, const char *what, int day, int tick) {
  arena *a = arena_new();
  slice x = said(l->run.s, a), y = said(l->served.s, a);
  if (!slice_eq(x, y)) {
    size_t i = 0;
    while (i < x.n && i < y.n && x.p[i] == y.p[i]) i++;
    while (i > 0 && x.p[i - 1] != '\n') i--;
    fail_msg("%s, day %d, tick %d: from here on\n  run:    %.*s\n  served: %.*s", what, day, tick,
             (int)(x.n - i < 400 ? x.n - i : 400), x.p + i, (int)(y.n - i < 400 ? y.n - i : 400), y.p + i);
  }
  arena_free(a);
}

/* ---- changes of the ledger, the same in both ---- */

typedef struct picked {
  char number[80], customer[80];
  int64_t open;
  int32_t due;
} picked;

static uint32_t invoices(store *s, picked *v, uint32_t room) {
  const slice columns[] = {SLICE("number"), SLICE("customer"), SLICE("open"), SLICE("due")};
  store_query q = {.table = STORE_T_invoice, .columns = columns, .column_count = 4};
  store_cursor *c;
  uint32_t n = 0;
  lived_must(s, store_scan(s, &q, &c));
  while (n < room && store_next(c) == STORE_ROW) {
    snprintf(v[n].number, sizeof v[n].number, "%.*s", SLICE_ARG(store_text(c, 0)));
    snprintf(v[n].customer, sizeof v[n].customer, "%.*s", SLICE_ARG(store_text(c, 1)));
    v[n].open = store_int(c, 2);
    v[n++].due = (int32_t)store_int(c, 3);
  }
  store_cursor_close(c);
  return n;
}

static void put(store *s, store_table table, const char *const *names, const int64_t *numbers, const char *const *texts,
                size_t n) {
  store_written columns[8];
  store_writer *w;
  store_put how;
  for (size_t i = 0; i < n; i++) columns[i] = (store_written){slice_of(names[i]), false};
  lived_must(s, store_begin(s));
  lived_must(s, store_writer_open(s, table, SLICE("test"), columns, n, &w));
  for (size_t i = 0; i < n; i++) {
    if (texts[i])
      store_put_text(w, i, slice_of(texts[i]));
    else
      store_put_int(w, i, numbers[i]);
  }
  lived_must(s, store_put_row(w, &how));
  store_writer_close(w);
  lived_must(s, store_commit(s));
}

static void change(store *s, uint32_t what, const picked *p, int32_t today, uint32_t k) {
  static const char *const OPEN[] = {"number", "customer", "open"}, *const DUE[] = {"number", "customer", "due"},
                           *const STATUS[] = {"number", "customer", "status", "open"};
  static const char *const HAPPENS[] = {"date", "kind", "invoice", "day", "value"}, *const OPT[] = {"id", "opted_out"};
  char day[DATE_TEXT_MAX];
  date_text((civil_date){today + 3}, LANG_EN, day);
  switch (what) {
  case 0:
    put(s, STORE_T_invoice, OPEN, (int64_t[]){0, 0, p->open / 2 + 1}, (const char *[]){p->number, p->customer, NULL},
        3);
    break;
  case 1:
    put(s, STORE_T_invoice, DUE, (int64_t[]){0, 0, today + (int32_t)(k % 9) - 4},
        (const char *[]){p->number, p->customer, NULL}, 3);
    break;
  case 2:
    put(s, STORE_T_invoice, STATUS, (int64_t[]){0, 0, 0, 0}, (const char *[]){p->number, p->customer, "paid", NULL}, 4);
    break;
  case 3:
    put(s, STORE_T_happening, HAPPENS, (int64_t[]){today, 0, 0, today + 3, 0},
        (const char *[]){NULL, "promise", p->number, NULL, day}, 5);
    break;
  case 4:
    put(s, STORE_T_happening, HAPPENS, (int64_t[]){today + (int32_t)(k % 3), 0, 0, 0, 0},
        (const char *[]){NULL, k % 2 ? "dispute" : "dispute resolved", p->number, NULL, ""}, 5);
    break;
  case 5:
    put(s, STORE_T_customer, OPT, (int64_t[]){0, 0}, (const char *[]){p->customer, k % 2 ? "email" : ""}, 2);
    break;
  case 6:
    put(s, STORE_T_happening, HAPPENS, (int64_t[]){today, 0, 0, 0, 0},
        (const char *[]){NULL, "reply", p->number, NULL, "hello"}, 5);
    break;
  default: break;
  }
}

static void change_both(lived *l, rng *r, int32_t today) {
  enum { INVOICES = 256 };
  static picked v[INVOICES];
  uint32_t n = invoices(l->run.importer, v, INVOICES);
  if (!n || !rng_one_in(r, 3)) return;
  uint32_t which = rng_below(r, n), what = rng_below(r, 7), k = rng_below(r, 100);
  store_notice_on(l->run.importer, today);
  store_notice_on(l->served.importer, today);
  change(l->run.importer, what, &v[which], today, k);
  change(l->served.importer, what, &v[which], today, k);
}

/* ---- days ---- */

static void live(lived *l, const char *what, const char *data, civil_date from, int32_t days, uint64_t seed) {
  rng r = {seed};
  bool fits = true;
  lived_way(l, &l->run, "run");
  lived_way(l, &l->served, "served");
  lived_clock_ns = (int64_t)from.day * 24 * HOUR_NS + HOUR_NS;
  lived_import(l, &l->run, data);
  lived_import(l, &l->served, data);
  session base = l->x;
  base.a = &l->served.a;
  base.again = true;
  lived_must(l->served.s, serve_begin(&l->served.v, &base, l->served.s));
  for (int32_t d = 0; d < days && fits; d++)
    for (int t = 0; t < TICKS && fits; t++) {
      lived_clock_ns = ((int64_t)(from.day + d) * 24 + AT_HOUR[t]) * HOUR_NS;
      change_both(l, &r, from.day + d);
      int64_t at = lived_clock_ns;
      fits = run_tick(l);
      lived_clock_ns = at;
      if (!fits) continue;
      lived_tick(l);
      compare(l, what, d, t);
    }
  store_close(l->run.importer);
  store_close(l->served.importer);
  store_close(l->run.s);
  store_close(l->served.s);
  unlink(l->run.path);
  unlink(l->served.path);
}

/* ---- conformance cases ---- */

static slice file_text(arena *perm, const char *path) {
  slice all;
  world *w = world_posix();
  if (w->read_file(w, path, perm, &all) != WORLD_OK) fail_msg("%s: cannot be read", path);
  return all;
}

static civil_date day_after(slice words, const char *name) {
  const char *at = strstr(words.p, name);
  civil_date d;
  if (!at || !date_parse((slice){at + strlen(name) + 1, 10}, &d)) fail_msg("args: no %s", name);
  return d;
}

static bool one_case(const char *folder, uint64_t *parts, uint64_t *wholes) {
  lived *l = calloc(1, sizeof *l);
  char path[800], data[800];
  lived_begin(l);
  snprintf(path, sizeof path, "%s/policy.dun", folder);
  snprintf(data, sizeof data, "%s/data", folder);
  bool fits = lived_policy(l, path);
  if (fits) {
    snprintf(path, sizeof path, "%s/args", folder);
    slice words = slice_of(arena_copy(l->perm, file_text(l->perm, path)));
    civil_date from = day_after(words, "--from"), to = day_after(words, "--to");
    int32_t days = to.day - from.day + 1 < DAYS_MAX ? to.day - from.day + 1 : DAYS_MAX;
    live(l, folder, data, from, days, slice_hash(slice_of(folder)));
    *parts += l->parts;
    *wholes += l->wholes;
  }
  lived_end(l);
  free(l);
  return fits;
}

static void same_over_the_cases(void **state) {
  (void)state;
  const char *cases = getenv("CASES") ? getenv("CASES") : "tests/conformance", *only = getenv("CASE");
  int step = getenv("EVERY") && atoi(getenv("EVERY")) > 0 ? atoi(getenv("EVERY")) : 1, seen = 0;
  DIR *dir = opendir(cases);
  uint64_t parts = 0, wholes = 0;
  uint32_t n = 0;
  assert_non_null(dir);
  for (struct dirent *e; (e = readdir(dir));) {
    char folder[512], policy[600];
    snprintf(folder, sizeof folder, "%s/%s", cases, e->d_name);
    snprintf(policy, sizeof policy, "%s/policy.dun", folder);
    if (e->d_name[0] == '.' || access(policy, R_OK) != 0 || (only && strcmp(only, e->d_name) != 0)) continue;
    if (seen++ % step) continue;
    n += one_case(folder, &parts, &wholes);
  }
  closedir(dir);
  printf("%u cases; ticks of a part: %llu, of all: %llu\n", n, (unsigned long long)parts, (unsigned long long)wholes);
  assert_true(only || (n > 50 / (uint32_t)step && parts > 300 / (uint64_t)step));
}

/* ---- random policies ---- */

static const char *const SETTINGS[] = {"hold while disputed\n",
                                       "hold while promised plus 1d\n",
                                       "limit each customer to 1 message per day\n",
                                       "limit each customer to 2 messages per 3 days\n",
                                       "silence for 4d after a reply\n",
                                       "ignore balances below 20.00\n",
                                       "one message per invoice\n",
                                       "stop when open > 900_000\n",
                                       "after a gap send one by one every 2d\n",
                                       "",
                                       "ask before sending more than 2 messages\n",
                                       "send between 08:00 and 18:00 on business days\n",
                                       "move due to the next business day\n",
                                       "late only after the next business day\n",
                                       "ask for approval when amount > 3_000\n"};
static const char *const WHERES[] = {"",
                                     " where amount >= 1_000",
                                     " where customer.overdue_total > 500",
                                     " where customer.overdue_count >= 2",
                                     " where customer.oldest_overdue > 3d",
                                     " where status is open and not disputed"};
static const char *const OFFSETS[] = {
    "at 3d before due", "at due", "at 1d", "at 3bd", "at 5d", "at 8d then every 4d, 2 more times", "at 15d", "at 1mo"};
static const char *const LINES[] = {
    "send email \"one {number}\"", "if open > 500 send email \"two {number}\" otherwise send email \"three {number}\"",
    "open card in \"Legal\"",      "tag customer \"late\" then send email \"four {number}\"",
    "escalate rep \"five\"",       "log \"six {number}\""};
static const char *const RULES[] = {
    "rule w1: when overdue >= 4d and customer.tags has \"late\" send email \"w {number}\"\n",
    "rule w2: when customer.overdue_total > 800 again every 5d open card in \"Big\"\n",
    "every day at 11:00 for invoices where overdue >= 6d\n  log \"e {number}\"\n",
    "every week on monday for customers where overdue_count > 0\n  log \"k {name}\"\n",
    "on partial payment open card in \"Part\"\n",
    "on promise broken send email \"broken {number}\"\n",
    "on reply open card in \"Talk\"\n"};
#define COUNT(v) (sizeof(v) / sizeof *(v))

static void random_files(lived *l, rng *r, char policy[300], char data[300]) {
  text t = text_new(l->perm);
  world *w = &l->w;
  text_printf(&t, "policy \"R\"\n  currency BRL\n  timezone \"America/Sao_Paulo\"\n  calendar brazil\n");
  for (size_t i = 0; i < COUNT(SETTINGS); i++)
    if (rng_one_in(r, 4)) text_cstr(&t, SETTINGS[i]);
  uint32_t ladders = 1 + rng_below(r, 2);
  for (uint32_t k = 0; k < ladders; k++) {
    text_printf(&t, "ladder l%u for invoices%s\n", k,
                k + 1 < ladders ? WHERES[1 + rng_below(r, COUNT(WHERES) - 1)] : WHERES[0]);
    for (size_t i = 0; i < COUNT(OFFSETS); i++)
      if (rng_one_in(r, 2) || i == 2) text_printf(&t, "  %s %s\n", OFFSETS[i], LINES[rng_below(r, COUNT(LINES))]);
  }
  for (size_t i = 0; i < COUNT(RULES); i++)
    if (rng_one_in(r, 3)) text_cstr(&t, RULES[i]);
  snprintf(policy, 300, "%s/policy.dun", l->folder);
  snprintf(data, 300, "%s/data", l->folder);
  assert_int_equal(w->write_file(w, policy, text_slice(&t)), WORLD_OK);
  text c = text_new(l->perm), v = text_new(l->perm);
  text_cstr(&c, "id,name,email,tags,timezone,owner\n");
  for (int i = 0; i < 12; i++)
    text_printf(&c, "c%d,Customer %d,c%d@x.example,,%s,rep@x.example\n", i, i, i, i % 4 ? "" : "Asia/Tokyo");
  text_cstr(&v, "number,customer,amount,due,status,currency\n");
  for (int i = 0; i < 40; i++) {
    civil_date due = {20500 + (int32_t)rng_below(r, 50)};
    text_printf(&v, "N-%d,c%u,%u.00,%04d-%02d-%02d,open,BRL\n", i, rng_below(r, 12), 10 + rng_below(r, 5000),
                date_year(due), date_month(due), date_day(due));
  }
  assert_int_equal(w->make_folders(w, data), WORLD_OK);
  char path[400];
  snprintf(path, sizeof path, "%s/customers.csv", data);
  assert_int_equal(w->write_file(w, path, text_slice(&c)), WORLD_OK);
  snprintf(path, sizeof path, "%s/invoices.csv", data);
  assert_int_equal(w->write_file(w, path, text_slice(&v)), WORLD_OK);
}

static void same_over_random_policies(void **state) {
  (void)state;
  uint32_t seeds = getenv("SEEDS") ? (uint32_t)atoi(getenv("SEEDS")) : 10, lived_through = 0;
  uint64_t parts = 0, wholes = 0;
  for (uint32_t seed = 1; seed <= seeds; seed++) {
    lived *l = calloc(1, sizeof *l);
    char policy[300], data[300], what[40];
    lived_begin(l);
    rng r = {seed * 7919};
    random_files(l, &r, policy, data);
    snprintf(what, sizeof what, "seed %u", seed);
    if (lived_policy(l, policy)) {
      live(l, what, data, (civil_date){20520}, DAYS_MAX, seed);
      lived_through++;
      parts += l->parts;
      wholes += l->wholes;
    } else if (getenv("SEEDS"))
      printf("%s does not compile\n", what);
    lived_end(l);
    free(l);
  }
  printf("%u of %u policies; ticks of a part: %llu, of all: %llu\n", lived_through, seeds, (unsigned long long)parts,
         (unsigned long long)wholes);
  assert_true(lived_through * 2 > seeds && parts > lived_through * 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(same_over_the_cases),
                                     cmocka_unit_test(same_over_random_policies)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
