/* A served store holds what `dun run` over everything would have stored: the policy and data of each conformance case,
 * and random policies, are taken through their days both ways, three ticks a day, with the same changes of the ledger
 * in between; after each tick the two stores say the same of actions, positions, arming, what is begun, cards and own
 * state.
 *
 * CASES=folder   other cases     CASE=name   one of them     SEEDS=n   so many random policies */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lang/base/text.h"
#include "lang/base/tz.h"
#include "runtime/cli/serve.h"
#include "runtime/outbox/approve.h"
#include "runtime/store/agenda.h"
#include "runtime/store/backup.h"
#include "runtime/world_fake.h"
#include "stdlib/channel/walk.h"
#include "stdlib/erp/csv.h"
#include "tests/diff/generate.h"
#include "tests/support/clock_changes.h"

enum { DAYS_MAX = 24, TICKS = 3 };
static const int64_t HOUR_NS = (int64_t)3600 * 1000000000;
static const int AT_HOUR[TICKS] = {3, 12, 21};

/* ---- a world with the real files and a clock of its own ---- */

static int64_t clock_ns;
static int64_t own_now(world *w) { return (void)w, clock_ns; }
static void own_sleep(world *w, int64_t ns) { (void)w, clock_ns += ns; }
static world_code (*real_write)(world *w, const char *path, slice bytes);
/* The messages' files are counted by their rows in the store; written they are not. */
#define NO_FOLDER "/nowhere"
static bool is_message(const char *path) { return strncmp(path, NO_FOLDER, sizeof NO_FOLDER - 1) == 0; }
static world_code own_write(world *w, const char *path, slice bytes) {
  return is_message(path) ? WORLD_OK : real_write(w, path, bytes);
}
static world_code own_folders(world *w, const char *path) {
  return is_message(path) ? WORLD_OK : world_posix()->make_folders(w, path);
}
static world_code own_append(world *w, const char *path, slice bytes) {
  return (void)w, (void)path, (void)bytes, WORLD_OK;
}
static world_code own_print(world *w, world_stream stream, slice words) {
  return (void)w, (void)stream, (void)words, WORLD_OK;
}
static unsigned own_asked(world *w, bool answered) { return (void)w, (void)answered, 0; }

typedef struct way {
  args a;
  store *s, *importer; /* another process's connection */
  char path[400];
  server v;
} way;

typedef struct lived {
  arena *perm;
  world w;
  world *templates;
  session x;
  char folder[256];
  way run, served;
  uint64_t parts, wholes, ticks;
} lived;

static slice file_text(arena *perm, const char *path) {
  slice all;
  world *w = world_posix();
  if (w->read_file(w, path, perm, &all) != WORLD_OK) fail_msg("%s: cannot be read", path);
  return all;
}

static void put_template(void *self, const action_place *at) {
  lived *l = self;
  for (uint32_t i = 0; i < at->act->way_count; i++) {
    const send_way *w = &at->act->ways[i];
    if (w->template_name.n == 0) continue;
    char path[400];
    snprintf(path, sizeof path, "templates/%.*s.%s.txt", SLICE_ARG(w->template_name), CHANNELS[w->ch]);
    world_fake_put_file(l->templates, path,
                        w->ch == CH_EMAIL ? SLICE("Subject: about\n\n{number}\n") : SLICE("{number}\n"));
  }
}

/* Every channel goes into files: the policies of the cases connect none. */
static bool open_policy(lived *l, const char *path) {
  diags d;
  diags_init(&d, l->perm);
  args *a = ARENA_NEW(l->perm, args);
  *a = (args){.perm = l->perm, .lang = LANG_EN, .lang_known = true};
  l->x = (session){0};
  if (session_compile(&l->x, a, &l->w, arena_slice(l->perm, slice_of(path))) != EXIT_FINE) return false;
  const outbox_need *needs;
  if (outbox_needs(l->x.c.program, l->perm, &needs)) return false;
  program_actions(l->x.c.program, put_template, l);
  templates_check(l->templates, l->perm, l->x.c.program, SLICE("templates"), &d, &l->x.templates);
  l->x.has_templates = true;
  return d.errors == 0;
}

static const char *work_folder(void) { return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"; }

static void begin_way(lived *l, way *v, const char *name) {
  store_error why;
  snprintf(v->path, sizeof v->path, "%s/%s.db", l->folder, name);
  v->a = *l->x.a;
  v->a.value[ARG_store] = (arg_value){.given = true, .text = slice_of(v->path)};
  if (store_open(&l->w, v->path, &v->s, &why) != STORE_OK || store_open(&l->w, v->path, &v->importer, &why) != STORE_OK)
    fail_msg("%s", why.text);
}

static void import(lived *l, way *v, const char *data) {
  const char *p = data;
  currency cur = l->x.c.program->cur;
  csv_options o = {.currency = cur == CURRENCY_NONE ? (slice){0} : slice_of(currency_code(cur))};
  csv_report r;
  arena *a = arena_new();
  if (csv_import(&l->w, v->importer, &p, 1, &o, a, &r) != CSV_DONE) fail_msg("%s: %s", data, r.error);
  arena_free(a);
}

/* ---- the two ways ---- */

static void must(store *s, store_code code) {
  if (code != STORE_OK) fail_msg("%s", store_why(s)->text);
}

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
  must(v->s, outbox_clock_begin(&o, &held));
  assert_false(held);
  must(v->s, outbox_recover(&o));
  must(v->s, store_begin(v->s));
  bool fits = tick_decide(&s, &o, tick_minute(&s, false), &plan) == EXIT_FINE;
  if (fits) {
    must(v->s, store_commit(v->s));
    must(v->s, outbox_ramp(&o));
    must(v->s, outbox_deliver(&o, NULL, NULL));
    must(v->s, outbox_clock_end(&o));
  } else {
    store_rollback(v->s);
  }
  outbox_close(&o);
  arena_free(perm);
  return fits;
}

static void served_tick(lived *l) {
  server *v = &l->served.v;
  assert_int_equal(serve_tick(v), EXIT_FINE);
  l->ticks++;
  if (v->looked_at == UINT32_MAX)
    l->wholes++;
  else if (v->looked_at)
    l->parts++;
}

/* ---- what the stores say ---- */

static void add_table(store *s, text *t, store_table table, const char *const *names) {
  slice columns[24];
  size_t n = 0;
  for (; names[n]; n++) columns[n] = slice_of(names[n]);
  store_query q = {.table = table, .columns = columns, .column_count = n};
  store_cursor *c;
  must(s, store_scan(s, &q, &c));
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
  must(s, store_scan(s, &q, &c));
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
  must(s, store_begin(s));
  must(s, store_writer_open(s, table, SLICE("test"), columns, n, &w));
  for (size_t i = 0; i < n; i++) {
    if (texts[i])
      store_put_text(w, i, slice_of(texts[i]));
    else
      store_put_int(w, i, numbers[i]);
  }
  must(s, store_put_row(w, &how));
  store_writer_close(w);
  must(s, store_commit(s));
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
  begin_way(l, &l->run, "run");
  begin_way(l, &l->served, "served");
  clock_ns = (int64_t)from.day * 24 * HOUR_NS + HOUR_NS;
  import(l, &l->run, data);
  import(l, &l->served, data);
  session base = l->x;
  base.a = &l->served.a;
  base.again = true;
  must(l->served.s, serve_begin(&l->served.v, &base, l->served.s));
  for (int32_t d = 0; d < days && fits; d++)
    for (int t = 0; t < TICKS && fits; t++) {
      clock_ns = ((int64_t)(from.day + d) * 24 + AT_HOUR[t]) * HOUR_NS;
      change_both(l, &r, from.day + d);
      int64_t at = clock_ns;
      fits = run_tick(l);
      clock_ns = at;
      if (!fits) continue;
      served_tick(l);
      compare(l, what, d, t);
    }
  store_close(l->run.importer);
  store_close(l->served.importer);
  store_close(l->run.s);
  store_close(l->served.s);
  unlink(l->run.path);
  unlink(l->served.path);
}

static void begin(lived *l) {
  memset(l, 0, sizeof *l);
  l->perm = arena_new();
  l->w = *world_posix();
  real_write = l->w.write_file;
  l->w.now_ns = l->w.monotonic_ns = own_now;
  l->w.sleep_ns = own_sleep;
  l->w.write_file = own_write;
  l->w.make_folders = own_folders;
  l->w.append_file = own_append;
  l->w.asked = own_asked;
  l->w.notify = NULL;
  if (!getenv("LOUD")) l->w.print = own_print;
  l->templates = world_fake_new(0);
  snprintf(l->folder, sizeof l->folder, "%s/dun-serve-XXXXXX", work_folder());
  assert_non_null(mkdtemp(l->folder));
}

static void end(lived *l) {
  char remove[300];
  snprintf(remove, sizeof remove, "rm -rf '%s'", l->folder);
  assert_int_equal(system(remove), 0);
  world_fake_free(l->templates);
  arena_free(l->perm);
}

/* ---- conformance cases ---- */

static civil_date day_after(slice words, const char *name) {
  const char *at = strstr(words.p, name);
  civil_date d;
  if (!at || !date_parse((slice){at + strlen(name) + 1, 10}, &d)) fail_msg("args: no %s", name);
  return d;
}

static bool one_case(const char *folder, uint64_t *parts, uint64_t *wholes) {
  lived *l = calloc(1, sizeof *l);
  char path[800], data[800];
  begin(l);
  snprintf(path, sizeof path, "%s/policy.dun", folder);
  snprintf(data, sizeof data, "%s/data", folder);
  bool fits = open_policy(l, path);
  if (fits) {
    snprintf(path, sizeof path, "%s/args", folder);
    slice words = slice_of(arena_copy(l->perm, file_text(l->perm, path)));
    civil_date from = day_after(words, "--from"), to = day_after(words, "--to");
    int32_t days = to.day - from.day + 1 < DAYS_MAX ? to.day - from.day + 1 : DAYS_MAX;
    live(l, folder, data, from, days, slice_hash(slice_of(folder)));
    *parts += l->parts;
    *wholes += l->wholes;
  }
  end(l);
  free(l);
  return fits;
}

static void same_over_the_cases(void **state) {
  (void)state;
  const char *cases = getenv("CASES") ? getenv("CASES") : "tests/conformance", *only = getenv("CASE");
  DIR *dir = opendir(cases);
  uint64_t parts = 0, wholes = 0;
  uint32_t n = 0;
  assert_non_null(dir);
  for (struct dirent *e; (e = readdir(dir));) {
    char folder[512], policy[600];
    snprintf(folder, sizeof folder, "%s/%s", cases, e->d_name);
    snprintf(policy, sizeof policy, "%s/policy.dun", folder);
    if (e->d_name[0] == '.' || access(policy, R_OK) != 0 || (only && strcmp(only, e->d_name) != 0)) continue;
    n += one_case(folder, &parts, &wholes);
  }
  closedir(dir);
  printf("%u cases; ticks of a part: %llu, of all: %llu\n", n, (unsigned long long)parts, (unsigned long long)wholes);
  assert_true(only || (n > 50 && parts > 300));
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
    begin(l);
    rng r = {seed * 7919};
    random_files(l, &r, policy, data);
    snprintf(what, sizeof what, "seed %u", seed);
    if (open_policy(l, policy)) {
      live(l, what, data, (civil_date){20520}, DAYS_MAX, seed);
      lived_through++;
      parts += l->parts;
      wholes += l->wholes;
    } else if (getenv("SEEDS"))
      printf("%s does not compile\n", what);
    end(l);
    free(l);
  }
  printf("%u of %u policies; ticks of a part: %llu, of all: %llu\n", lived_through, seeds, (unsigned long long)parts,
         (unsigned long long)wholes);
  assert_true(lived_through * 2 > seeds && parts > lived_through * 10);
}

/* ---- civil dates ---- */

enum { DATES_MAX = 16 };
typedef struct dates {
  int32_t v[DATES_MAX];
  uint32_t n;
} dates;

static void date_add(dates *d, int32_t day) {
  for (uint32_t i = 0; i < d->n; i++)
    if (d->v[i] == day) return;
  assert_true(d->n < DATES_MAX);
  d->v[d->n++] = day;
}

static void write_to(lived *l, const char *name, const char *words) {
  char path[700];
  snprintf(path, sizeof path, "%s/%s", l->folder, name);
  assert_int_equal(l->w.write_file(&l->w, path, slice_of(words)), WORLD_OK);
}

/* Every civil date that the clock showed has each track's action once, and no other date has any. */
static void each_date_once(store *s, const dates *seen, const char *zone) {
  const slice columns[] = {SLICE("track"), SLICE("on")};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 2};
  store_cursor *c;
  uint32_t n[3][DATES_MAX] = {{0}};
  must(s, store_scan(s, &q, &c));
  while (store_next(c) == STORE_ROW) {
    slice path = store_text(c, 0);
    uint32_t k = slice_eq(path, SLICE("ladder")) ? 0 : slice_eq(path, SLICE("every day")) ? 1 : 2;
    uint32_t i = 0;
    while (i < seen->n && seen->v[i] != (int32_t)store_int(c, 1)) i++;
    if (i == seen->n) fail_msg("%s: something was done on a day that never was", zone);
    n[k][i]++;
  }
  store_cursor_close(c);
  for (uint32_t i = 0; i < seen->n; i++) {
    /* A date that a zone never had is a day without a tick: its rule at an hour is made up for on the next one. */
    uint32_t rules = i > 0 && seen->v[i] - seen->v[i - 1] > 1 ? 3 : 2;
    if (n[0][i] != 1 || n[1][i] + n[2][i] != rules)
      fail_msg("%s: day %u of %u: %u rungs, %u and %u rules", zone, i, seen->n, n[0][i], n[1][i], n[2][i]);
  }
}

/* Ticks every half an hour, from two days before an instant to noon two days after it. */
static void through(const char *zone, int64_t around_s) {
  enum { DAY_S = 86400, HALF_HOUR_S = 1800 };
  lived *l = calloc(1, sizeof *l);
  char words[1024], path[500], day[DATE_TEXT_MAX];
  begin(l);
  const tz *z = world_load_zone(&l->w, slice_of(zone), l->perm);
  assert_non_null(z);
  civil_date first = tz_local(z, around_s - 2 * DAY_S).date, last = tz_local(z, around_s + 2 * DAY_S).date;
  size_t n = (size_t)snprintf(
      words, sizeof words,
      "policy \"Z\"\n  currency BRL\n  timezone \"%s\"\nladder l for invoices\n  at due log \"d\"\n", zone);
  for (int k = 1; k < 7; k++) n += (size_t)snprintf(words + n, sizeof words - n, "  at %dd log \"d%d\"\n", k, k);
  snprintf(words + n, sizeof words - n,
           "every day for invoices where open > 0\n  log \"e\"\nevery day at 00:30 for customers where name is not "
           "missing\n  log \"h\"\n");
  write_to(l, "policy.dun", words);
  snprintf(path, sizeof path, "%s/data", l->folder);
  assert_int_equal(l->w.make_folders(&l->w, path), WORLD_OK);
  write_to(l, "data/customers.csv", "id,name\nc,C\n");
  day[date_iso(first, day)] = 0;
  snprintf(words, sizeof words, "number,customer,amount,due,status,currency\nN,c,9.00,%s,open,BRL\n", day);
  write_to(l, "data/invoices.csv", words);
  char policy[500];
  snprintf(policy, sizeof policy, "%s/policy.dun", l->folder);
  assert_true(open_policy(l, policy));
  begin_way(l, &l->served, "served");
  clock_ns = (around_s - 2 * DAY_S) * 1000000000;
  import(l, &l->served, path);
  session base = l->x;
  base.a = &l->served.a;
  must(l->served.s, serve_begin(&l->served.v, &base, l->served.s));
  dates seen = {.n = 0};
  for (int64_t at = around_s - 2 * DAY_S; at <= tz_utc(z, last, 43200); at += HALF_HOUR_S) {
    clock_ns = at * 1000000000;
    date_add(&seen, tz_local(z, at).date.day);
    served_tick(l);
  }
  each_date_once(l->served.s, &seen, zone);
  store_close(l->served.importer);
  store_close(l->served.s);
  end(l);
  free(l);
}

static void each_civil_date_once(void **state) {
  (void)state;
  world *w = world_posix();
  arena *perm = arena_new();
  jumps *all = calloc(1, sizeof *all);
  find_zones(w, all, "/usr/share/zoneinfo", "", perm);
  through("America/Sao_Paulo", 1541300400);   /* 2018-11-04 has no midnight */
  through("Australia/Lord_Howe", 1712415600); /* half an hour back */
  through("Pacific/Apia", 1325239200);        /* 2011-12-30 was none */
  through("America/Sao_Paulo", 1835395200);   /* 29 February 2028 */
  uint32_t step = all->n > 60 && !getenv("ZONES") ? all->n / 60 : 1, lived_through = 0;
  for (uint32_t i = 0; i < all->n; i += step, lived_through++) through(all->zone[i], all->v[i].at);
  printf("%u changes of clocks, %u of them about midnight and unlike, %u lived through\n", all->all, all->n,
         lived_through);
  assert_true(all->all > 1000 && lived_through > 20);
  free(all);
  arena_free(perm);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(same_over_the_cases), cmocka_unit_test(same_over_random_policies),
                                     cmocka_unit_test(each_civil_date_once)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
