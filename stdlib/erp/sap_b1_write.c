/* What goes back into SAP Business One: due dates, dunning levels and blocks, activities.
 *
 * Invariants: a document is changed as it was read (If-Match), and read again afterwards where SAP Business One may
 * have left the value as it was; an activity carries the decision's key, by which it is found again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sap_b1_impl.h"

enum { TRIES_MAX = 3, KEY_SHOWN = 16, DETAILS_MAX = 100, LEVEL_MAX = 10 };

/* ---- what an order is about ---- */

/* "7/2": document 7, installment 2 (0: the whole). False: it is none of the ERP's. */
static bool read_source(slice s, int64_t *entry, int64_t *installment) {
  char room[48], *end;
  *installment = 0;
  if (s.n == 0 || s.n >= sizeof room || s.p[0] < '0' || s.p[0] > '9') return false;
  memcpy(room, s.p, s.n);
  room[s.n] = 0;
  *entry = strtoll(room, &end, 10);
  if (*end == '/') *installment = strtoll(end + 1, &end, 10);
  return *end == 0;
}

static send_result said(send_outcome outcome, const char *detail) {
  return (send_result){.outcome = outcome, .detail = slice_of(detail)};
}

static send_result outcome_of(erp *e, const sap_answer *a, arena *perm) {
  send_result r = api_outcome(e->api, &a->http, perm);
  if (!a->error || a->http.end != HTTP_OK) return r;
  r.detail = sap_error_words(a->error, a->http.status, a->code, perm);
  switch (a->error->writing) {
  case SAP_W_REJECTED: r.outcome = SEND_REJECTED; break;
  case SAP_W_RETRY:
  case SAP_W_LOOK: r.outcome = SEND_RETRY; break; /* LOOK: it was changed by others each time, nothing was done */
  case SAP_W_DOWN: r.outcome = SEND_DOWN; break;
  case SAP_W_UNKNOWN: r.outcome = SEND_UNKNOWN; break;
  }
  return r;
}

/* A question whose answer is missing leaves nothing done. */
static send_result not_read(erp *e, const sap_answer *a, arena *perm) {
  send_result r = outcome_of(e, a, perm);
  if (r.outcome == SEND_UNKNOWN) r.outcome = SEND_RETRY;
  return r;
}

/* ---- documents ---- */

/* What a document is to become. */
typedef struct change {
  enum { CHANGE_DUE, CHANGE_BLOCK, CHANGE_DUNNED } kind;
  int64_t entry, installment;
  civil_date date;
  bool on;       /* CHANGE_BLOCK */
  int64_t level; /* CHANGE_DUNNED; 0: the next one */
} change;

static slice iso(civil_date d, arena *perm) {
  char day[DATE_TEXT_MAX];
  return arena_slice(perm, (slice){day, date_iso(d, day)});
}

static const json *installment_of(const json *doc, int64_t id) {
  const json *all = json_at(doc, "DocumentInstallments");
  int64_t its;
  for (size_t i = 0; i < json_count(all); i++)
    if (json_int(json_at(json_item(all, i), "InstallmentId"), &its) && (its == id || (id == 0 && i == 0)))
      return json_item(all, i);
  return NULL;
}

static bool is_on(slice written, civil_date d) {
  civil_date its;
  return sap_date(written, &its) && its.day == d.day;
}

/* Whether the document is so already. */
static bool is_done(const erp *e, const json *doc, const change *c) {
  const json *part = installment_of(doc, c->installment);
  int64_t level = 0;
  switch (c->kind) {
  case CHANGE_BLOCK: return slice_eq(json_text_at(doc, "BlockDunning"), SLICE("tYES")) == c->on;
  case CHANGE_DUE:
    return part && !e->whole_installments ? is_on(json_text_at(part, "DueDate"), c->date)
                                          : is_on(json_text_at(doc, "DocDueDate"), c->date);
  case CHANGE_DUNNED:
    (void)json_int(json_at(part, "DunningLevel"), &level);
    return is_on(json_text_at(part, "LastDunningDate"), c->date) && (c->level == 0 || level == c->level);
  }
  return false;
}

static void put_part(json_writer *w, const json *part, const change *c, arena *perm) {
  int64_t id = 1, level = 0;
  (void)json_int(json_at(part, "InstallmentId"), &id);
  (void)json_int(json_at(part, "DunningLevel"), &level);
  json_begin_list(w, "DocumentInstallments");
  json_begin_object(w, NULL);
  json_put_int(w, "InstallmentId", id);
  if (c->kind == CHANGE_DUE) json_put_text(w, "DueDate", iso(c->date, perm));
  if (c->kind == CHANGE_DUNNED) {
    json_put_int(w, "DunningLevel", c->level ? c->level : level < LEVEL_MAX ? level + 1 : LEVEL_MAX);
    json_put_text(w, "LastDunningDate", iso(c->date, perm));
  }
  json_end(w);
  json_end(w);
}

/* A document with one installment has its date in two places; both are to say the same. */
static slice patch_of(const erp *e, const json *doc, const change *c, arena *perm) {
  json_writer *w = json_write(perm);
  const json *part = installment_of(doc, c->installment);
  bool one = json_count(json_at(doc, "DocumentInstallments")) <= 1;
  json_begin_object(w, NULL);
  if (c->kind == CHANGE_BLOCK) json_put_text(w, "BlockDunning", c->on ? SLICE("tYES") : SLICE("tNO"));
  if (c->kind == CHANGE_DUE && (one || e->whole_installments || !part))
    json_put_text(w, "DocDueDate", iso(c->date, perm));
  if (part && c->kind != CHANGE_BLOCK && (c->kind == CHANGE_DUNNED || one || !e->whole_installments))
    put_part(w, part, c, perm);
  json_end(w);
  return json_written(w);
}

static sap_answer read_document(erp *e, int64_t entry, slice *etag, arena *perm) {
  sap_answer a = sap_get(e, sap_path(e, perm, "/Invoices(%lld)", (long long)entry), perm);
  *etag = http_header_of(&a.http, "etag");
  if (!etag->n) *etag = json_text(json_member(a.root, SLICE("@odata.etag")));
  if (!etag->n) *etag = json_text(json_member(a.root, SLICE("odata.etag")));
  return a;
}

/* A write that is answered and left the date as it was is no write. */
static send_result verified(erp *e, const change *c, arena *perm) {
  slice etag;
  sap_answer a = read_document(e, c->entry, &etag, perm);
  if (!a.root) return (send_result){.outcome = SEND_ACCEPTED, .detail = SLICE("it could not be read again")};
  if (is_done(e, a.root, c)) return (send_result){.outcome = SEND_ACCEPTED};
  return said(SEND_REJECTED, "SAP Business One took the change and left the document as it was");
}

static send_result change_document(erp *e, const change *c, arena *perm) {
  send_result r = {0};
  for (int i = 0; i < TRIES_MAX; i++) {
    slice etag;
    sap_answer doc = read_document(e, c->entry, &etag, perm);
    if (!doc.root) return not_read(e, &doc, perm);
    if (is_done(e, doc.root, c)) return (send_result){.outcome = SEND_ACCEPTED};
    sap_answer a = sap_send(e, "PATCH", sap_path(e, perm, "/Invoices(%lld)", (long long)c->entry),
                            patch_of(e, doc.root, c, perm), etag, true, perm);
    r = outcome_of(e, &a, perm);
    if (r.outcome == SEND_ACCEPTED) return verified(e, c, perm);
    if (!a.error || a.error->writing != SAP_W_LOOK) return r;
  }
  return r;
}

/* ---- partners ---- */

static send_result block_partner(erp *e, slice customer, bool on, arena *perm) {
  slice key = sap_query(sap_quoted(customer, perm), perm);
  slice path = sap_path(e, perm, "/BusinessPartners(%.*s)", SLICE_ARG(key));
  sap_answer a =
      sap_send(e, "PATCH", path, on ? SLICE("{\"BlockDunning\":\"tYES\"}") : SLICE("{\"BlockDunning\":\"tNO\"}"),
               (slice){0}, true, perm);
  return outcome_of(e, &a, perm);
}

/* ---- activities ---- */

/* "[dun 0123456789abcdef]": by it an activity is found again. */
static slice tag_of(const erp_order *o, arena *perm) {
  return arena_printf(perm, "[dun %.*s]", (int)(o->key.n < KEY_SHOWN ? o->key.n : KEY_SHOWN), o->key.p);
}

static slice head_of(slice s, size_t max) {
  if (s.n <= max) return s;
  while (max && ((unsigned char)s.p[max] & 0xc0) == 0x80) max--; /* never half a character */
  return (slice){s.p, max};
}

static slice customer_of(const erp_order *o) { return o->customer_source_id.n ? o->customer_source_id : o->customer; }

/* `mark call`: NULL where the order opens none. */
static const char *activity_of(const erp_order *o) {
  static const struct {
    const char *mark, *kind;
  } MARKED[] = {{"call", "cn_Conversation"}, {"task", "cn_Task"}, {"note", "cn_Note"}, {"meeting", "cn_Meeting"}};
  if (o->kind == ACT_OPEN_CARD) return "cn_Task";
  if (o->kind == ACT_ESCALATE) return "cn_Conversation";
  for (size_t i = 0; o->kind == ACT_MARK && i < sizeof MARKED / sizeof *MARKED; i++)
    if (slice_eq(o->text, slice_of(MARKED[i].mark))) return MARKED[i].kind;
  return NULL;
}

static send_result add_activity(erp *e, const erp_order *o, arena *perm) {
  json_writer *w = json_write(perm);
  slice about =
      o->kind == ACT_MARK ? arena_printf(perm, "%.*s %.*s", SLICE_ARG(o->text), SLICE_ARG(o->number)) : o->text;
  slice tag = tag_of(o, perm), note = head_of(about, DETAILS_MAX - tag.n - 1);
  int64_t entry, installment;
  json_begin_object(w, NULL);
  json_put_text(w, "CardCode", customer_of(o));
  json_put_text(w, e->version == 1 ? "Activity" : "ActivityProperty", slice_of(activity_of(o)));
  json_put_text(w, "ActivityDate", iso(o->date, perm));
  json_put_text(w, "StartDate", iso(o->date, perm));
  if (o->kind == ACT_ESCALATE) json_put_text(w, "Priority", SLICE("pr_High"));
  json_put_text(w, "Details", arena_printf(perm, "%.*s%s%.*s", SLICE_ARG(note), note.n ? " " : "", SLICE_ARG(tag)));
  json_put_text(w, "Notes", arena_printf(perm, "%.*s\n%.*s", SLICE_ARG(o->number), SLICE_ARG(o->text)));
  if (read_source(o->source_id, &entry, &installment)) { /* 13: an A/R invoice */
    json_put_text(w, "DocType", SLICE("13"));
    json_put_text(w, "DocEntry", arena_printf(perm, "%lld", (long long)entry));
  }
  json_end(w);
  sap_answer a = sap_send(e, "POST", sap_path(e, perm, "/Activities"), json_written(w), (slice){0}, false, perm);
  send_result r = outcome_of(e, &a, perm);
  if (r.outcome == SEND_ACCEPTED) r.provider_id = json_text_at(a.root, "ActivityCode");
  return r;
}

static send_result find_activity(erp *e, const erp_order *o, arena *perm) {
  slice tag = tag_of(o, perm);
  slice filter = arena_printf(perm, "CardCode eq %.*s and ActivityDate eq '%.*s'",
                              SLICE_ARG(sap_quoted(customer_of(o), perm)), SLICE_ARG(iso(o->date, perm)));
  slice path =
      sap_path(e, perm, "/Activities?$select=ActivityCode,Details&$filter=%.*s", SLICE_ARG(sap_query(filter, perm)));
  while (path.n) {
    sap_answer a = sap_get(e, path, perm);
    if (!a.root) return said(SEND_UNKNOWN, "the activities could not be read");
    const json *rows = sap_rows(&a);
    for (size_t i = 0; i < json_count(rows); i++) {
      slice details = json_text_at(json_item(rows, i), "Details");
      if (details.n && memmem(details.p, details.n, tag.p, tag.n))
        return (send_result){.outcome = SEND_ACCEPTED, .provider_id = json_text_at(json_item(rows, i), "ActivityCode")};
    }
    path = sap_next(e, &a, perm);
  }
  return said(SEND_RETRY, "SAP Business One does not have it");
}

/* ---- marks ---- */

/* `mark dunned`, `mark dunning_level_2`, `mark dunning_blocked`, `mark customer_blocked`; `mark call` is above. */
typedef enum mark_kind { MARK_NONE, MARK_DUNNED, MARK_BLOCKED, MARK_CUSTOMER } mark_kind;

static mark_kind mark_of(const erp_order *o, int64_t *level) {
  static const slice LEVEL = {"dunning_level_", 14};
  *level = 0;
  if (slice_eq(o->text, SLICE("dunned"))) return MARK_DUNNED;
  if (slice_eq(o->text, SLICE(SAP_B1_BLOCKED))) return MARK_BLOCKED;
  if (slice_eq(o->text, SLICE("customer_blocked"))) return MARK_CUSTOMER;
  if (!slice_starts(o->text, LEVEL) || o->text.n == LEVEL.n || o->text.n > LEVEL.n + 2) return MARK_NONE;
  for (size_t i = LEVEL.n; i < o->text.n; i++) {
    if (o->text.p[i] < '0' || o->text.p[i] > '9') return MARK_NONE;
    *level = *level * 10 + (o->text.p[i] - '0');
  }
  return *level >= 1 && *level <= LEVEL_MAX ? MARK_DUNNED : MARK_NONE;
}

#define MARKS                                                                                                          \
  "SAP Business One has the marks dunned, dunning_level_1 to _10, dunning_blocked, customer_blocked, call, task, "     \
  "note "                                                                                                              \
  "and meeting"

slice sap_refuses(const erp_order *o, arena *perm) {
  int64_t level;
  (void)perm;
  bool invoice = o->of == STORE_ENTITY_INVOICE;
  if (activity_of(o)) return (slice){0};
  if (o->kind == ACT_UPDATE_DUE) return invoice ? (slice){0} : SLICE("SAP Business One does this to invoices alone");
  mark_kind mark = mark_of(o, &level);
  if (mark == MARK_NONE) return SLICE(MARKS);
  if (mark == MARK_DUNNED && o->kind == ACT_UNMARK)
    return SLICE("SAP Business One takes no dunning level back: dunning_blocked and customer_blocked can be unmarked");
  return invoice || mark == MARK_CUSTOMER ? (slice){0} : SLICE("SAP Business One does this to invoices alone");
}

static bool change_of(const erp_order *o, mark_kind mark, int64_t level, change *out) {
  *out = (change){.date = o->date, .on = o->kind == ACT_MARK, .level = level};
  if (!read_source(o->source_id, &out->entry, &out->installment)) return false;
  out->kind = o->kind == ACT_UPDATE_DUE ? CHANGE_DUE : mark == MARK_BLOCKED ? CHANGE_BLOCK : CHANGE_DUNNED;
  return true;
}

static send_result write_mark(erp *e, const erp_order *o, arena *perm) {
  int64_t level;
  change c;
  mark_kind mark = mark_of(o, &level);
  if (mark == MARK_CUSTOMER) return block_partner(e, customer_of(o), o->kind == ACT_MARK, perm);
  if (mark == MARK_NONE || (mark == MARK_DUNNED && o->kind == ACT_UNMARK)) return said(SEND_REJECTED, MARKS);
  if (!change_of(o, mark, level, &c)) return said(SEND_REJECTED, "it is no invoice of SAP Business One");
  return change_document(e, &c, perm);
}

send_result sap_write(erp *e, const erp_order *o, arena *perm) {
  change c;
  if (activity_of(o)) return add_activity(e, o, perm);
  switch ((int)o->kind) {
  case ACT_MARK:
  case ACT_UNMARK: return write_mark(e, o, perm);
  case ACT_UPDATE_DUE:
    if (change_of(o, MARK_NONE, 0, &c)) return change_document(e, &c, perm);
    return said(SEND_REJECTED, "it is no invoice of SAP Business One");
  default: return said(SEND_REJECTED, "SAP Business One does not do that");
  }
}

/* Of a change nothing is lost by doing it again: it is looked at, and then either there or surely not. */
send_result sap_find(erp *e, const erp_order *o, int64_t begun_s, arena *perm) {
  (void)begun_s;
  int64_t level;
  change c;
  slice etag;
  if (activity_of(o)) return find_activity(e, o, perm);
  mark_kind mark = mark_of(o, &level);
  if (mark == MARK_CUSTOMER) return said(SEND_RETRY, "the same block twice is one");
  if (!change_of(o, mark, level, &c)) return said(SEND_RETRY, "nothing was written");
  sap_answer a = read_document(e, c.entry, &etag, perm);
  if (!a.root) return said(SEND_UNKNOWN, "the document could not be read");
  return is_done(e, a.root, &c) ? (send_result){.outcome = SEND_ACCEPTED}
                                : said(SEND_RETRY, "the document is as it was");
}
