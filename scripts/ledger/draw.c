/* What the demo's customers are called, what they owe and how they pay (ledger.h). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/base/date.h"
#include "ledger.h"

const segment_row SEGMENT_ROWS[SEG_COUNT] = {
#define SEGMENT(name, count, weight, median, slow, bad) {#name, count, weight, median, slow, bad},
    SEGMENTS(SEGMENT)
#undef SEGMENT
};

uint64_t next_random(uint64_t *r) {
  uint64_t z = *r += 0x9E3779B97F4A7C15;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return z ^ z >> 31;
}

uint64_t stream(uint64_t seed, uint64_t kind, uint64_t index) {
  uint64_t s = seed ^ kind << 56 ^ index * 0xD1342543DE82EF95;
  return next_random(&s);
}

int32_t between(uint64_t *r, int32_t low, int32_t high) {
  return low + (int32_t)(next_random(r) % (uint64_t)((int64_t)high - low + 1));
}

bool chance(uint64_t *r, int percent) { return between(r, 0, 99) < percent; }

const char *pick(uint64_t *r, const char *const *list) {
  int32_t n = 0;
  while (list[n]) n++;
  return list[between(r, 0, n - 1)];
}

/* Log-normal with sigma 0.8, in thousandths of the median: exp(0.8 z) every 0.3 of z from -2.4 to 2.4. */
static int64_t log_normal(uint64_t *r, int64_t median) {
  static const int32_t at[] = {147,  186,  237,  301,  383,  487,  619,  787, 1000,
                               1271, 1616, 2054, 2612, 3320, 4221, 5366, 6821};
  int32_t z = -5994; /* thousandths; twelve uniform numbers add up to a normal one */
  for (int i = 0; i < 12; i++) z += between(r, 0, 999);
  if (z < -2399) z = -2399;
  if (z > 2399) z = 2399;
  int32_t from = (z + 2400) / 300, part = (z + 2400) % 300;
  int64_t times = at[from] + (int64_t)(at[from + 1] - at[from]) * part / 300;
  return median * times / 1000;
}

/* ---- customers ---- */

static bool name_taken(const ledger *l, size_t before, const char *name) {
  for (size_t i = 0; i < before; i++)
    if (strcmp(l->customers[i].name, name) == 0) return true;
  return false;
}

/* %s of a table's row replaced; the rows hold no other conversion. */
static void fill(char *out, const char *form, const char *word) {
  const char *hole = strstr(form, "%s");
  snprintf(out, TEXT_MAX, "%.*s%s%s", (int)(hole - form), form, word, hole + 2);
}

static void draw_name(uint64_t *r, customer *c) {
  switch (c->seg) {
  case SEG_smb:
    if (chance(r, 12))
      snprintf(c->name, TEXT_MAX, "%s %s", pick(r, FIRST_NAMES), pick(r, LAST_NAMES));
    else if (chance(r, 10))
      snprintf(c->name, TEXT_MAX, "%s, %s & Filhos Ltda", pick(r, LAST_NAMES), pick(r, LAST_NAMES));
    else
      snprintf(c->name, TEXT_MAX, "%s %s%s", pick(r, SMALL_TRADES), pick(r, CORES), chance(r, 40) ? " ME" : " Ltda");
    return;
  case SEG_mid: snprintf(c->name, TEXT_MAX, "%s %s Ltda", pick(r, MIDDLE_TRADES), pick(r, CORES)); return;
  case SEG_enterprise: fill(c->name, pick(r, LARGE_FORMS), pick(r, CORES)); return;
  case SEG_gov: fill(c->name, pick(r, PUBLIC_BODIES), pick(r, TOWNS)); return;
  case SEG_COUNT: break;
  }
}

/* The plain letter under an accented one: the second byte of its UTF-8 form, after C3. */
static char unaccented(unsigned char second) {
  static const char plain[] = "aaaaaaaceeeeiiiidnooooo_ouuuuyps"; /* U+00C0..U+00DF; U+00E0..U+00FF alike */
  return plain[(second - 0x80) % 32];
}

/* "Padaria São Bento Ltda" -> "padaria-sao-bento": a domain label, without the legal form. */
static void make_slug(customer *c) {
  size_t n = 0;
  for (const unsigned char *p = (const unsigned char *)c->name; *p && n + 1 < TEXT_MAX; p++) {
    char letter = *p == 0xC3 && p[1] ? unaccented(*++p) : (char)*p;
    if (letter >= 'A' && letter <= 'Z') letter = (char)(letter - 'A' + 'a');
    bool plain = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
    if (plain)
      c->slug[n++] = letter;
    else if (n > 0 && c->slug[n - 1] != '-')
      c->slug[n++] = '-';
  }
  while (n > 0 && c->slug[n - 1] == '-') n--;
  c->slug[n] = '\0';
  static const char *const forms[] = {"-ltda", "-me", "-s-a", "-s-r-l", "-llc", "-inc", "-ltd"};
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    size_t length = strlen(forms[i]);
    if (n > length && strcmp(c->slug + n - length, forms[i]) == 0) c->slug[n - length] = '\0';
  }
}

static void make_customers(ledger *l) {
  size_t abroad = 0, i = 0;
  for (segment seg = 0; seg < SEG_COUNT; seg++)
    for (int k = 0; k < SEGMENT_ROWS[seg].count; k++, i++) {
      customer *c = &l->customers[i];
      uint64_t r = stream(l->seed, 1, i);
      snprintf(c->id, sizeof c->id, "C%04zu", i + 1);
      c->seg = seg;
      int32_t draw = between(&r, 0, 99);
      int slow = SEGMENT_ROWS[seg].slow_percent, bad = SEGMENT_ROWS[seg].bad_percent;
      c->pays = draw < bad ? PAYS_BADLY : draw < bad + slow ? PAYS_LATE : PAYS_ON_TIME;
      if (seg == SEG_mid && k % 9 == 4 && FOREIGNERS[abroad].name) c->abroad = &FOREIGNERS[abroad++];
      do
        if (c->abroad)
          snprintf(c->name, TEXT_MAX, "%s", c->abroad->name);
        else
          draw_name(&r, c);
      while (name_taken(l, i, c->name));
      make_slug(c);
    }
}

/* ---- invoices ---- */

static const customer *draw_customer(const ledger *l, uint64_t *r) {
  int32_t all = 0;
  for (segment seg = 0; seg < SEG_COUNT; seg++) all += SEGMENT_ROWS[seg].count * SEGMENT_ROWS[seg].weight;
  int32_t draw = between(r, 0, all - 1);
  for (size_t i = 0; i < CUSTOMERS; i++) {
    draw -= SEGMENT_ROWS[l->customers[i].seg].weight;
    if (draw < 0) return &l->customers[i];
  }
  return &l->customers[CUSTOMERS - 1];
}

/* Six in ten fall due on a customary day of the month. */
static int32_t draw_due(int32_t today, uint64_t *r) {
  static const int customary[] = {5, 10, 15, 20, 25, 28};
  int32_t due = today + between(r, -DAYS_BEFORE, DAYS_AFTER);
  if (!chance(r, 60)) return due;
  civil_date d = date_anchor_month((civil_date){due}, 0, customary[between(r, 0, 5)]);
  return d.day > today + DAYS_AFTER || d.day < today - DAYS_BEFORE ? due : d.day;
}

static int32_t draw_payment(uint64_t *r, const invoice *v) {
  switch (v->of->pays) {
  case PAYS_ON_TIME: return v->due + (chance(r, 88) ? between(r, -4, 1) : between(r, 2, 14));
  case PAYS_LATE: return v->due + between(r, 0, 70);
  case PAYS_BADLY: return chance(r, 50) ? INT32_MAX : v->due + between(r, 15, 140);
  }
  return v->due;
}

static void draw_invoice(ledger *l, size_t i) {
  static const int terms[] = {14, 21, 28, 28, 30, 30, 30, 45, 60};
  invoice *v = &l->invoices[i];
  uint64_t *r = &v->random;
  *r = stream(l->seed, 2, i);
  v->of = draw_customer(l, r);
  v->due = draw_due(l->today, r);
  v->issued = v->due - terms[between(r, 0, 8)];
  if (v->issued > l->today) v->issued = l->today - between(r, 0, 6);
  v->cents = log_normal(r, SEGMENT_ROWS[v->of->seg].median_cents);
  if (chance(r, 35)) v->cents = (v->cents + 500) / 1000 * 1000; /* a round price */
  if (v->cents < 1500) v->cents = 1500;
  v->promise = DATE_NONE_DAY;
  v->pays_on = draw_payment(r, v);
  v->cancelled = chance(r, 2);
  v->open_cents = v->cents;
  if (v->cancelled || v->pays_on <= l->today) {
    v->open_cents = v->cancelled ? v->cents : 0;
    return;
  }
  if (v->due >= l->today) return;
  if (chance(r, 20)) v->open_cents = v->cents - v->cents * between(r, 20, 80) / 100;
  if (chance(r, 2)) v->open_cents = between(r, 1, 499); /* what a bank fee or a rounding left over */
  v->disputed = chance(r, 7);
  if (!v->disputed && chance(r, 12)) v->promise = l->today + between(r, -5, 14);
}

static int by_issue(const void *a, const void *b) {
  const invoice *x = a, *y = b;
  if (x->issued != y->issued) return x->issued < y->issued ? -1 : 1;
  return x->random < y->random ? -1 : x->random > y->random;
}

static void make_invoices(ledger *l) {
  for (size_t i = 0; i < INVOICES; i++) draw_invoice(l, i);
  qsort(l->invoices, INVOICES, sizeof *l->invoices, by_issue);
  for (size_t i = 0; i < INVOICES; i++)
    snprintf(l->invoices[i].number, sizeof l->invoices[i].number, "NF-%05zu", i + 10001);
}

/* ---- what happens in the weeks after ---- */

static happening *happens(ledger *l, const invoice *v, int32_t on, const char *kind) {
  static happening beyond;
  if (on > l->today + DAYS_AHEAD || on <= l->today || l->happening_count == EVENTS_MAX) return &beyond;
  happening *h = &l->happenings[l->happening_count++];
  *h = (happening){.on = on, .kind = kind, .of = v};
  return h;
}

static void money_value(happening *h, int64_t cents) {
  snprintf(h->value, TEXT_MAX, "%" PRId64 ".%02d", cents / 100, (int)(cents % 100));
}

static void date_value(happening *h, int32_t day) {
  char text[DATE_TEXT_MAX];
  date_iso((civil_date){day}, text);
  snprintf(h->value, TEXT_MAX, "%s", text);
}

static void pay(ledger *l, const invoice *v) {
  uint64_t r = v->random;
  if (v->pays_on == INT32_MAX) return;
  int64_t first = 0;
  int32_t early = v->pays_on - between(&r, 3, 9);
  if (early > l->today && chance(&r, 7)) {
    first = v->open_cents * between(&r, 25, 60) / 100;
    if (early <= l->today + DAYS_AHEAD) money_value(happens(l, v, early, "payment"), first);
  }
  money_value(happens(l, v, v->pays_on, "payment"), v->open_cents - first);
  if (chance(&r, 1)) { /* the bank takes a payment back */
    money_value(happens(l, v, v->pays_on + 2, "payment reversed"), v->open_cents - first);
    money_value(happens(l, v, v->pays_on + 16, "payment"), v->open_cents - first);
  }
}

static void make_happenings(ledger *l) {
  for (size_t i = 0; i < INVOICES; i++) {
    const invoice *v = &l->invoices[i];
    if (v->cancelled || v->pays_on <= l->today) continue;
    uint64_t r = v->random ^ 0x5DEECE66D;
    pay(l, v);
    bool late = v->pays_on > v->due + 5;
    if (v->disputed) happens(l, v, l->today + between(&r, 4, 25), "dispute resolved");
    if (!late) continue;
    if (chance(&r, 14)) date_value(happens(l, v, v->due + between(&r, 3, 9), "promise"), v->due + between(&r, 12, 22));
    if (!v->disputed && chance(&r, 4)) {
      int32_t on = v->due + between(&r, 2, 8);
      happens(l, v, on, "dispute");
      happens(l, v, on + between(&r, 6, 18), "dispute resolved");
    }
    if (chance(&r, 3)) date_value(happens(l, v, v->due + between(&r, 2, 6), "due date changed"), v->due + 30);
    if (chance(&r, 8))
      snprintf(happens(l, v, v->due + between(&r, 2, 20), "reply")->value, TEXT_MAX, "%s", pick(&r, REPLIES));
    if (chance(&r, 1)) snprintf(happens(l, v, v->due + between(&r, 6, 12), "opt out")->value, TEXT_MAX, "whatsapp");
  }
}

static int by_day(const void *a, const void *b) {
  const happening *x = a, *y = b;
  if (x->on != y->on) return x->on < y->on ? -1 : 1;
  int n = strcmp(x->of->number, y->of->number);
  return n ? n : strcmp(x->kind, y->kind);
}

void ledger_draw(ledger *l, uint64_t seed, int32_t today) {
  *l = (ledger){.seed = seed, .today = today};
  make_customers(l);
  make_invoices(l);
  make_happenings(l);
  qsort(l->happenings, l->happening_count, sizeof *l->happenings, by_day);
}
