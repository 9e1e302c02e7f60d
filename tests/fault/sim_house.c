/* The house of a seed: its calendar, its ERP and what happens there, its policy and how that is edited.
 *
 * The civil calendar is computed here anew, from the rules of two zones, so that it can contradict the program's. */
#include <unistd.h>

#include "sim.h"

/* ---- the civil calendar ---- */

/* Days since 1970 of a date (Howard Hinnant's days_from_civil). */
static int32_t day_of(int y, int m, int d) {
  y -= m <= 2;
  int era = y / 400, yoe = y - era * 400, doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}
static void parts_of(int32_t day, int *y, int *m, int *d) {
  int z = day + 719468, era = z / 146097, doe = z - era * 146097;
  int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365, doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  int mp = (5 * doy + 2) / 153;
  *d = doy - (153 * mp + 2) / 5 + 1;
  *m = mp + (mp < 10 ? 3 : -9);
  *y = yoe + era * 400 + (*m <= 2);
}
static int32_t last_sunday(int y, int m) {
  int32_t last = day_of(y, m, 31);
  return last - (last + 4) % 7;
}

int32_t sim_offset(const sim *s, const char *zone, int64_t utc_s) {
  (void)zone;
  if (s->brazil) {
    /* Midnight of 18 February, of 4 November 2018 and of 17 February 2019; no summer time since. */
    int64_t first = (int64_t)day_of(2018, 2, 18) * DAY_S + 2 * 3600,
            second = (int64_t)day_of(2018, 11, 4) * DAY_S + 3 * 3600,
            third = (int64_t)day_of(2019, 2, 17) * DAY_S + 2 * 3600;
    return utc_s < first || (utc_s >= second && utc_s < third) ? -2 * 3600 : -3 * 3600;
  }
  int y, m, d;
  parts_of((int32_t)(utc_s / DAY_S), &y, &m, &d);
  int64_t begin = (int64_t)last_sunday(y, 3) * DAY_S + 3600, end = (int64_t)last_sunday(y, 10) * DAY_S + 3600;
  return utc_s >= begin && utc_s < end ? 3600 : 0;
}

int32_t sim_day(const sim *s, int64_t utc_s) { return (int32_t)((utc_s + sim_offset(s, NULL, utc_s)) / DAY_S); }

int64_t sim_instant(const sim *s, int32_t day, int32_t second) {
  int64_t local = (int64_t)day * DAY_S + second, utc = local - sim_offset(s, NULL, local + 3600);
  return local - sim_offset(s, NULL, utc);
}

/* Around a change of the clocks, or a leap day. */
static int32_t begins(sim *s) {
  static const struct {
    bool brazil;
    int y, m, d;
  } DATES[] = {{true, 2018, 10, 22},  {true, 2018, 2, 5},   {true, 2024, 2, 19},  {false, 2026, 3, 18},
               {false, 2026, 10, 12}, {false, 2024, 2, 20}, {false, 2027, 12, 20}};
  uint32_t k = sim_below(&s->chance, sizeof DATES / sizeof *DATES);
  s->brazil = DATES[k].brazil;
  return day_of(DATES[k].y, DATES[k].m, DATES[k].d);
}

/* ---- the ERP ---- */

static int invoice_new(sim *s, int of, int32_t due) {
  if (s->invoice_count == INVOICES_MAX) return -1;
  int64_t amount = 5000 + (int64_t)sim_below(&s->chance, 60) * 2500;
  if (sim_chance(&s->chance, 60)) amount = 1000000 + (int64_t)sim_below(&s->chance, 9) * 1000;
  s->invoices[s->invoice_count] =
      (invoice){.customer = of, .amount = amount, .open = amount, .due = due, .born = s->today, .plain = true};
  return s->invoice_count++;
}

static int customer_new(sim *s, bool reachable) {
  customer *c = &s->customers[s->customer_count];
  *c = (customer){0};
  if (reachable || !sim_chance(&s->chance, 40)) snprintf(c->email, sizeof c->email, "c%d@x.example", s->customer_count);
  c->opted_out = !reachable && sim_chance(&s->chance, 30);
  return s->customer_count++;
}

void sim_house_new(sim *s) {
  s->first_day = begins(s);
  s->today = s->first_day;
  s->hours = sim_chance(&s->chance, 500);
  s->limited = sim_chance(&s->chance, 330);
  s->joined = sim_chance(&s->chance, 300);
  s->asks_big = sim_chance(&s->chance, 300);
  s->expires = sim_chance(&s->chance, 300);
  s->fallback = sim_chance(&s->chance, 300);
  s->ask_more_than = sim_chance(&s->chance, 250) ? 4 + sim_below(&s->chance, 12) : 0;
  s->served = sim_chance(&s->chance, 300);
  s->together = 1 + (int)sim_below(&s->chance, TOGETHER_MAX);
  s->servers_wanted = sim_chance(&s->chance, 300) ? 2 : 1;
  bool backlog = sim_chance(&s->chance, 500);
  for (int i = 0; i < s->size.customers; i++) {
    int c = customer_new(s, false);
    for (uint32_t k = sim_below(&s->chance, 3); k < 3; k++) {
      int32_t off = backlog ? (int32_t)sim_below(&s->chance, 45) - 25 : 4 + (int32_t)sim_below(&s->chance, 25);
      (void)invoice_new(s, c, s->first_day + off);
    }
  }
}

int sim_canary(sim *s, int32_t due) {
  if (s->customer_count == CUSTOMERS_MAX) return -1;
  int n = invoice_new(s, customer_new(s, true), due);
  if (n >= 0) {
    s->invoices[n].amount = s->invoices[n].open = 12300;
    s->invoices[n].from = s->today;
  }
  return n;
}

void sim_pay(sim *s, int i, bool whole) {
  invoice *v = &s->invoices[i];
  if (v->paid) return;
  v->plain = false;
  v->open = whole ? 0 : v->open / 2;
  v->paid = whole;
}

static void invoice_day(sim *s, int i) {
  invoice *v = &s->invoices[i];
  if (v->from) return;
  uint64_t *c = &s->chance;
  if (v->paid) {
    if (!sim_chance(c, 4)) return;
    v->paid = false; /* the payment was reversed */
    v->open = v->amount;
    return;
  }
  if (sim_chance(c, v->due < s->today ? 50 : 15)) sim_pay(s, i, true);
  if (sim_chance(c, 8)) sim_pay(s, i, false);
  if (sim_chance(c, v->disputed ? 200 : 5)) v->disputed = !v->disputed, v->plain = false;
  if (v->due <= s->today && sim_chance(c, 10)) v->promise = s->today + 2 + (int32_t)sim_below(c, 5), v->plain = false;
  /* A changed due date closes the promise. */
  if (sim_chance(c, 5)) v->due += 5 + (int32_t)sim_below(c, 15), v->promise = 0, v->plain = false;
}

void sim_house_day(sim *s) {
  uint64_t *c = &s->chance;
  for (int i = 0; i < s->invoice_count; i++) invoice_day(s, i);
  for (int k = 0; k < s->size.customers; k++) {
    if (sim_chance(c, 12)) invoice_new(s, k, s->today + 2 + (int32_t)sim_below(c, 20));
    if (sim_chance(c, 2)) s->customers[k].opted_out = !s->customers[k].opted_out;
    if (sim_chance(c, 2) && s->customers[k].email[0])
      snprintf(s->customers[k].email, sizeof s->customers[k].email, "c%d.%d@x.example", k, s->today - s->first_day);
  }
}

static void date_cell(FILE *f, int32_t day) {
  int y, m, d;
  parts_of(day, &y, &m, &d);
  fprintf(f, ",%04d-%02d-%02d", y, m, d);
}

static FILE *open_to_write(const sim *s, const char *name) {
  char path[160];
  snprintf(path, sizeof path, "%s/%s", s->folder, name);
  FILE *f = fopen(path, "w");
  if (!f) abort();
  return f;
}

void sim_export(sim *s) {
  FILE *f = open_to_write(s, "data/customers.csv");
  fprintf(f, "id,name,email,opted_out\n");
  for (int i = 0; i < s->customer_count; i++)
    fprintf(f, "C%d,Customer %d,%s,%s\n", i, i, s->customers[i].email, s->customers[i].opted_out ? "email" : "");
  fclose(f);
  f = open_to_write(s, "data/invoices.csv");
  fprintf(f, "number,customer,currency,amount,open,status,disputed,due,promise\n");
  for (int i = 0; i < s->invoice_count; i++) {
    const invoice *v = &s->invoices[i];
    fprintf(f, "A-%d,C%d,BRL,%lld.%02lld,%lld.%02lld,%s,%s", i, v->customer, (long long)v->amount / 100,
            (long long)v->amount % 100, (long long)v->open / 100, (long long)v->open % 100, v->paid ? "paid" : "open",
            v->disputed ? "yes" : "no");
    date_cell(f, v->due);
    if (v->promise)
      date_cell(f, v->promise);
    else
      fprintf(f, ",");
    fprintf(f, "\n");
  }
  fclose(f);
}

/* ---- the policy ---- */

typedef struct rung {
  const char *mark, *when;
  int32_t place;
} rung;

static size_t rungs_of(const sim *s, rung out[8]) {
  size_t n = 0;
  out[n++] = (rung){"3b", "3d before due", -3};
  out[n++] = (rung){"0d", "due", 0};
  out[n++] = (rung){"2d", "2d", 2};
  if (s->moved_rung)
    out[n++] = (rung){"6d", "6d", 6};
  else
    out[n++] = (rung){"5d", "5d", 5};
  if (s->extra_rung) out[n++] = (rung){"7d", "7d", 7};
  out[n++] = (rung){"9d", "9d", 9};
  return n;
}

int32_t sim_rung_place(const sim *s, const char *mark) {
  rung v[8];
  size_t n = rungs_of(s, v);
  for (size_t i = 0; i < n; i++)
    if (strcmp(v[i].mark, mark) == 0) return v[i].place;
  return INT32_MIN;
}

bool sim_write_text(const sim *s, const char *name, const char *text) {
  FILE *f = open_to_write(s, name);
  fputs(text, f);
  return fclose(f) == 0;
}

static void settings(const sim *s, FILE *f) {
  fprintf(f, "policy \"Sim\"\n  currency BRL\n  timezone \"%s\"\n", s->brazil ? "America/Sao_Paulo" : "Europe/Lisbon");
  if (s->hours) fprintf(f, "  send between 08:00 and 20:00\n");
  if (s->limited) fprintf(f, "  limit each customer to 1 message per day and 4 per week\n");
  if (!s->joined) fprintf(f, "  one message per invoice\n");
  if (s->expires) fprintf(f, "  expire 2d after planned time\n");
  if (s->ask_more_than) fprintf(f, "  ask before sending more than %u messages\n", s->ask_more_than);
  if (s->asks_big) fprintf(f, "  ask for approval when amount > 9_000\n");
  fprintf(f,
          "connect email smtp \"smtps://mail.example:465\" from \"Finance <f@acme.example>\" with at_once \"%d\"\n"
          "team finance is \"finance@acme.example\"\n"
          "hold while disputed\nhold while promised\n",
          s->together);
}

void sim_policy(sim *s) {
  static const char *const WORDS[] = {"Please pay", "A reminder", "We ask you to pay"};
  static const char *const LADDERS[] = {"standard", "usual"};
  rung v[8];
  size_t n = rungs_of(s, v);
  FILE *f = open_to_write(s, "policy.dun");
  settings(s, f);
  fprintf(f, "ladder %s for invoices\n", LADDERS[s->ladder_name]);
  for (size_t i = 0; i < n; i++)
    fprintf(f, "  at %s send email \"%s R=%s N={number} D={due} O={open}\"%s\n", v[i].when, WORDS[s->wording],
            v[i].mark, s->fallback ? " or else email \"R=fb N={number}\" to finance" : "");
  fprintf(f, "  at 14d alert finance \"late {number}\"\n  at 20d open card in \"Collections\"\n");
  fprintf(f, "on payment in full send email \"R=thx N={number}\"\n");
  fprintf(f, "on dispute log \"disputed {number}\"\n");
  fprintf(f, "every week on monday for invoices where overdue >= 3d\n  log \"weekly {number}\"\n");
  fclose(f);
}
