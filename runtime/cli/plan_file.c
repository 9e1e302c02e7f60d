/* See plan_file.h. */
#include "plan_file.h"

#include <string.h>

#include "lang/base/text.h"
#include "rows.h"
#include "runtime/engine/digest.h"
#include "runtime/engine/revision.h"
#include "runtime/outbox/approve.h"
#include "runtime/world_git.h"
#include "stdlib/net/json.h"

static slice hex_of(const uint8_t hash[HASH_BYTES], arena *perm) {
  char hex[HASH_HEX_MAX];
  hash_hex(hash, hex);
  return arena_slice(perm, slice_of(hex));
}

static slice hashed(slice bytes, arena *perm) {
  uint8_t hash[HASH_BYTES];
  hash_of(bytes, hash);
  return hex_of(hash, perm);
}

/* ---- what it is decided on ---- */

/* The files that go with the policy: its templates, its rates of exchange, the project's published series. */
static slice templates_hash(session *s) {
  uint8_t hash[HASH_BYTES];
  hasher *h = hash_begin();
  slice path = s->c.program->rates_file.n ? session_rates_path(s) : (slice){0}, rates;
  if (path.n && s->w->read_file(s->w, arena_copy(s->perm, path), s->perm, &rates) == WORLD_OK) hash_add_field(h, rates);
  for (const struct embedded *e = s->series; e && e->name; e++) {
    hash_add_field(h, slice_of(e->name));
    hash_add_field(h, slice_of(e->text));
  }
  for (uint32_t i = s->source_count; i < s->templates.source_count; i++) /* behind the policy's own */
    hash_add_field(h, s->templates.sources[i].text);
  hash_end(h, hash);
  return hex_of(hash, s->perm);
}

/* What is decided on: the engine's facts and history, and the store's published series. */
static store_code facts_hash(const session *s, slice *made) {
  const slice columns[] = {SLICE("name"), SLICE("date"), SLICE("value"), SLICE("version")};
  store_query q = {.table = STORE_T_series, .columns = columns, .column_count = 4};
  store_cursor *c;
  uint8_t hash[HASH_BYTES];
  engine_digest(s->e, hash);
  store_code code = store_scan(s->s, &q, &c);
  if (code != STORE_OK) return code;
  hasher *h = hash_begin();
  hash_add(h, (slice){(const char *)hash, sizeof hash});
  while ((code = store_next(c)) == STORE_ROW) {
    hash_add_field(h, store_text(c, 0));
    hash_add_field(h, arena_printf(s->perm, "%lld %lld", (long long)store_int(c, 1), (long long)store_int(c, 3)));
    hash_add_field(h, store_text(c, 2));
  }
  store_cursor_close(c);
  hash_end(h, hash);
  *made = hex_of(hash, s->perm);
  return code == STORE_END ? STORE_OK : code;
}

/* Which store it is: the first entry of its log, which has the instant of its first import. */
static store_code lineage_hash(session *s, slice *made) {
  const slice columns[] = {SLICE("at"), SLICE("kind"), SLICE("detail")};
  store_query q = {.table = STORE_T_event, .columns = columns, .column_count = 3};
  store_cursor *c;
  uint8_t hash[HASH_BYTES];
  hasher *h = hash_begin();
  store_code code = store_scan(s->s, &q, &c);
  if (code == STORE_OK && (code = store_next(c)) == STORE_ROW) {
    hash_add_field(h, arena_printf(s->perm, "%lld", (long long)store_int(c, 0)));
    hash_add_field(h, store_text(c, 1));
    hash_add_field(h, store_text(c, 2));
  }
  if (code == STORE_ROW || code == STORE_END) store_cursor_close(c);
  hash_end(h, hash);
  *made = hex_of(hash, s->perm);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

/* The commit at hand, where every file of the policy is as it is there. */
static slice commit_of(session *s) {
  world_git_error why;
  slice folder = s->policy_folder.n ? s->policy_folder : SLICE(".");
  world_git *g = world_git_open(s->w, s->perm, arena_copy(s->perm, folder), SLICE("HEAD"), &why);
  if (!g) return (slice){0};
  world *then = world_git_world(g);
  bool same = true;
  for (uint32_t i = 0; i < s->source_count && same; i++) {
    slice text_of;
    world_code code = then->read_file(then, arena_copy(s->perm, s->sources[i].name), s->perm, &text_of);
    same = code == WORLD_OK && slice_eq(text_of, s->sources[i].text);
  }
  slice id = same ? arena_slice(s->perm, world_git_id(g)) : (slice){0};
  world_git_close(g);
  return id;
}

store_code plan_file_basis(session *s, int32_t minute, plan_file *made) {
  *made = (plan_file){.policy = s->policy_path,
                      .store = slice_of(session_store_url(s->a)),
                      .name = s->c.program->name,
                      .revision = hashed(revision_text(s->c.program, s->perm), s->perm),
                      .commit = commit_of(s),
                      .templates = templates_hash(s),
                      .day = s->today,
                      .minute = minute};
  store_code code = facts_hash(s, &made->facts);
  return code == STORE_OK ? lineage_hash(s, &made->lineage) : code;
}

/* ---- what is decided ---- */

static plan_row row_of(const session *s, const decision *d) {
  const subject *lead = &d->subjects[0];
  return (plan_row){
      .key = arena_printf(s->perm, "%.*s|%d|%.*s|%d|%.*s|%u", SLICE_ARG(lead->track), (int)lead->of,
                          SLICE_ARG(lead->number), lead->cycle, SLICE_ARG(lead->offset), lead->ordinal),
      .lead = lead->number,
      .entity = row_entity(d, s->perm),
      .customer = d->customer,
      .ladder = d->ladder,
      .rung = d->rung,
      .action = d->text,
      .to = d->to,
      .result = d->sum.how,
      .waits = slice_of(WAITS[d->wait]),
  };
}

void plan_file_rows(session *s, const day_plan *p, plan_file *made) {
  made->rows = ARENA_ARRAY(s->perm, (size_t)p->decision_count + p->waiting_count + 1, plan_row);
  made->going = p->decision_count;
  made->count = (size_t)p->decision_count + p->waiting_count;
  for (uint32_t i = 0; i < p->decision_count; i++) made->rows[i] = row_of(s, &p->decisions[i]);
  for (uint32_t i = 0; i < p->waiting_count; i++) made->rows[made->going + i] = row_of(s, &p->waiting[i]);
  if (p->guarded.held) made->held = outbox_plan_digest(p, s->perm);
}

/* ---- written ---- */

static void head(text *t, const char *name, slice value, arena *perm) {
  if (value.n)
    text_printf(t, "  \"%s\": \"%.*s\",\n", name, SLICE_ARG(json_escaped(value, perm)));
  else
    text_printf(t, "  \"%s\": null,\n", name);
}

static void add_row(text *t, const plan_row *r, bool last, arena *perm) {
  json_writer *w = json_write(perm);
  json_begin_object(w, NULL);
  json_put_text(w, "entity", r->entity);
  if (!slice_eq(r->lead, r->entity)) json_put_text(w, "lead", r->lead);
  json_put_text(w, "customer", r->customer);
  if (r->ladder.n) json_put_text(w, "ladder", r->ladder);
  json_put_text(w, "rung", r->rung);
  json_put_text(w, "action", r->action);
  json_put_text(w, "to", r->to);
  if (r->result.n) json_put_text(w, "result", r->result);
  if (r->waits.n) json_put_text(w, "waits", r->waits);
  json_put_text(w, "key", r->key);
  json_end(w);
  text_printf(t, "    %.*s%s\n", SLICE_ARG(json_written(w)), last ? "" : ",");
}

static void add_rows(text *t, const char *name, const plan_row *v, size_t n, arena *perm) {
  text_printf(t, "  \"%s\": [\n", name);
  for (size_t i = 0; i < n; i++) add_row(t, &v[i], i + 1 == n, perm);
  text_cstr(t, "  ],\n");
}

static const slice CHECKSUM = {"  \"checksum\": \"", 15};

slice plan_file_text(plan_file *f, arena *perm) {
  char day[DATE_TEXT_MAX];
  text t = text_new(perm);
  text_printf(&t, "{\n  \"%s\": %d,\n", PLAN_FILE_MARK, PLAN_FILE_VERSION);
  head(&t, "name", f->name, perm);
  head(&t, "policy", f->policy, perm);
  head(&t, "revision", f->revision, perm);
  head(&t, "commit", f->commit, perm);
  head(&t, "templates", f->templates, perm);
  head(&t, "store", f->store, perm);
  head(&t, "lineage", f->lineage, perm);
  head(&t, "facts", f->facts, perm);
  head(&t, "date", (slice){day, date_iso(f->day, day)}, perm);
  text_printf(&t, "  \"minute\": %d,\n", f->minute);
  head(&t, "held", f->held, perm);
  add_rows(&t, "goes", f->rows, f->going, perm);
  add_rows(&t, "waits", f->rows + f->going, f->count - f->going, perm);
  f->checksum = hashed(text_slice(&t), perm);
  text_add(&t, CHECKSUM);
  text_printf(&t, "%.*s\"\n}\n", SLICE_ARG(f->checksum));
  return text_slice(&t);
}

/* ---- read ---- */

static slice member(const json *j, const char *name) { return json_text(json_member(j, slice_of(name))); }

static plan_row read_row(const json *j) {
  plan_row r = {.key = member(j, "key"),
                .entity = member(j, "entity"),
                .lead = member(j, "lead"),
                .customer = member(j, "customer"),
                .ladder = member(j, "ladder"),
                .rung = member(j, "rung"),
                .action = member(j, "action"),
                .to = member(j, "to"),
                .result = member(j, "result"),
                .waits = member(j, "waits")};
  if (!r.lead.n) r.lead = r.entity;
  return r;
}

static void read_rows(const json *j, arena *perm, plan_file *made) {
  const json *goes = json_member(j, SLICE("goes")), *waits = json_member(j, SLICE("waits"));
  made->going = json_count(goes);
  made->count = made->going + json_count(waits);
  made->rows = ARENA_ARRAY(perm, made->count + 1, plan_row);
  for (size_t i = 0; i < made->count; i++)
    made->rows[i] = read_row(i < made->going ? json_item(goes, i) : json_item(waits, i - made->going));
}

/* Where the last line begins; the end of the text: it has none. */
static size_t sum_at(slice all) {
  for (size_t i = all.n; i-- > 0;)
    if (all.n - i >= CHECKSUM.n && memcmp(all.p + i, CHECKSUM.p, CHECKSUM.n) == 0) return i;
  return all.n;
}

static bool read_head(const json *j, plan_file *made) {
  int64_t minute = 0;
  *made = (plan_file){.policy = member(j, "policy"),
                      .store = member(j, "store"),
                      .name = member(j, "name"),
                      .revision = member(j, "revision"),
                      .commit = member(j, "commit"),
                      .templates = member(j, "templates"),
                      .lineage = member(j, "lineage"),
                      .facts = member(j, "facts"),
                      .held = member(j, "held"),
                      .checksum = member(j, "checksum")};
  bool whole = json_int(json_member(j, SLICE("minute")), &minute) && date_parse(member(j, "date"), &made->day);
  made->minute = (int32_t)minute;
  return whole;
}

bool plan_file_read(session *s, slice path, plan_file *made, int *status) {
  slice all, why;
  *status = EXIT_FINE;
  *made = (plan_file){0};
  if (s->w->read_file(s->w, arena_copy(s->perm, path), s->perm, &all) != WORLD_OK) return false;
  slice trimmed = slice_trim(all);
  if (!trimmed.n || trimmed.p[0] != '{') return false;
  const json *j = json_parse(all, s->perm, &why);
  int64_t version = 0;
  if (j && !json_int(json_member(j, slice_of(PLAN_FILE_MARK)), &version))
    *status = COMPLAIN(s, EXIT_USAGE, PF_NOT_A_PLAN, path);
  else if (j && version != PLAN_FILE_VERSION)
    *status = COMPLAIN(s, EXIT_USAGE, PF_VERSION, path, texts_number(s->perm, (uint64_t)version));
  else if (!j || !read_head(j, made) || !slice_eq(hashed((slice){all.p, sum_at(all)}, s->perm), made->checksum))
    *status = COMPLAIN(s, EXIT_USAGE, PF_ALTERED, path);
  else
    read_rows(j, s->perm, made);
  return true;
}
