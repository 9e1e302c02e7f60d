/* Without a connect line messages become files in the outbox folder: .eml for e-mail (any mail client opens it), .txt
 * for the other channels. Nothing is sent, everything can be read.
 *
 * Invariant: a file is whole or not there, and one that is there is never overwritten with other content. */
#include "channel.h"
#include "lang/base/text.h"
#include "stdlib/net/email.h"

enum { NAME_PART_MAX = 40, COPIES_MAX = 99, LEFT_AFTER_MINUTES = 60 };

struct sender {
  world *w;
  slice folder, policy;
};

static bool letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* ---- what a run that was killed left ---- */

/* "2026-03-08-C1-A-1-54770afa.eml.tmp-Xy12aB": a name that file_name makes, and what write_file puts behind it. */
static bool is_left_over(slice name) {
  static const char MARK[] = WORLD_TEMPORARY;
  const size_t mark = sizeof MARK - 1, ends = 4, random = 6, day = 10, behind = ends + mark + random;
  if (name.n <= day + behind) return false;
  for (size_t i = 0; i < random; i++)
    if (!letter_or_digit(name.p[name.n - random + i])) return false;
  slice of = {name.p, name.n - behind + ends};
  if (!slice_eq((slice){of.p + of.n, mark}, slice_of(MARK))) return false;
  civil_date written;
  if (!date_parse((slice){of.p, day}, &written) || of.p[day] != '-') return false;
  slice kind = {of.p + of.n - ends, ends};
  return slice_eq(kind, SLICE(".eml")) || slice_eq(kind, SLICE(".txt"));
}

static bool is_old(world *w, const char *path) {
  world_file *f;
  if (w->open_file(w, path, &f) != WORLD_OK) return false;
  bool old = w->now_ns(w) - w->file_changed_ns(w, f) > (int64_t)LEFT_AFTER_MINUTES * 60 * 1000000000;
  w->close_file(w, f);
  return old;
}

/* Another run may be writing right now, so only what is an hour old goes; what cannot be removed harms nobody. */
static void remove_left_overs(const sender *s) {
  arena *own = arena_new();
  slice *names;
  size_t n = 0;
  if (s->w->list_folder(s->w, arena_copy(own, s->folder), own, &names, &n) != WORLD_OK) n = 0;
  for (size_t i = 0; i < n; i++) {
    if (!is_left_over(names[i])) continue;
    const char *path = arena_printf(own, "%.*s/%.*s", SLICE_ARG(s->folder), SLICE_ARG(names[i])).p;
    world_code removed = is_old(s->w, path) ? s->w->remove_file(s->w, path) : WORLD_OK;
    (void)removed;
  }
  arena_free(own);
}

static sender *open_files(world *w, arena *perm, const sender_options *o, slice *why) {
  sender *s = ARENA_NEW(perm, sender);
  *s = (sender){w, o->outbox, o->policy};
  world_code code = w->make_folders(w, arena_copy(perm, o->outbox));
  if (code == WORLD_OK) remove_left_overs(s);
  if (code == WORLD_OK) return s;
  *why = arena_printf(perm, "the folder %.*s: %s", SLICE_ARG(o->outbox), world_code_text(code));
  return NULL;
}

/* Letters, digits, `_` and `-`; everything else is one `-`, so that no name leads out of the folder. */
static void name_part(text *t, slice s) {
  size_t n = 0;
  for (size_t i = 0; i < s.n && n < NAME_PART_MAX; i++) {
    char c = s.p[i];
    bool plain = letter_or_digit(c) || c == '_';
    if (!plain && (t->n == 0 || t->p[t->n - 1] == '-')) continue;
    text_char(t, plain ? c : '-');
    n++;
  }
  if (t->n && t->p[t->n - 1] != '-') text_char(t, '-');
}

static slice file_name(const channel_message *m, arena *perm) {
  char day[DATE_TEXT_MAX];
  text t = text_new(perm);
  text_add(&t, (slice){day, date_iso(m->day, day)});
  text_char(&t, '-');
  name_part(&t, m->customer);
  name_part(&t, m->number);
  text_add(&t, (slice){m->key.p, m->key.n < 8 ? m->key.n : 8});
  return text_slice(&t);
}

static slice content_of(const sender *s, const channel_message *m, arena *perm) {
  if (m->ch != CH_EMAIL)
    return arena_printf(perm, "To: %.*s%s%.*s\n\n%.*s\n", SLICE_ARG(m->to_name), m->to_name.n ? " " : "",
                        SLICE_ARG(m->to), SLICE_ARG(m->text));
  mailbox from = {s->policy.n ? s->policy : SLICE("Dun"), SLICE("dun@dun.invalid")}, to = {m->to_name, m->to};
  slice id = arena_printf(perm, "%.*s@dun.invalid", (int)(m->key.n < 32 ? m->key.n : 32), m->key.p);
  email e = {.from = from,
             .to = to,
             .subject = m->subject,
             .text = m->text,
             .html = m->html,
             .message_id = id,
             .now_s = s->w->now_ns(s->w) / 1000000000,
             .unsent = true,
             .parts = m->parts,
             .part_count = m->part_count};
  return email_bytes(&e, perm);
}

/* The nth file of that name. */
static slice copy_name(const channel_message *m, int copy, arena *perm) {
  slice name = file_name(m, perm);
  const char *more = copy == 1 ? "" : arena_printf(perm, "-%d", copy).p;
  return arena_printf(perm, "%s%s.%s", name.p, more, m->ch == CH_EMAIL ? "eml" : "txt");
}

/* The same but for the moment at which it was written. */
static bool same(slice a, slice b) {
  static const char DATE[] = "Date: ";
  size_t n = sizeof DATE - 1;
  if (a.n < n || b.n < n || memcmp(a.p, DATE, n) != 0 || memcmp(b.p, DATE, n) != 0) return slice_eq(a, b);
  const char *x = memchr(a.p, '\n', a.n), *y = memchr(b.p, '\n', b.n);
  return x && y && slice_eq((slice){x, a.n - (size_t)(x - a.p)}, (slice){y, b.n - (size_t)(y - b.p)});
}

static send_result accepted(slice file, const char *how) {
  return (send_result){.outcome = SEND_ACCEPTED, .provider_id = file, .detail = slice_of(how)};
}

static send_result failed(arena *perm, world_code code) {
  return (send_result){.outcome = SEND_DOWN,
                       .detail = arena_printf(perm, "the file cannot be written: %s", world_code_text(code))};
}

static send_result send_file(sender *s, const channel_message *m, arena *perm) {
  if (m->ch == CH_EMAIL && !email_address_valid(m->to))
    return (send_result){.outcome = SEND_REJECTED, .detail = SLICE("not one valid e-mail address")};
  slice content = content_of(s, m, perm);
  for (int copy = 1; copy <= COPIES_MAX; copy++) {
    slice file = copy_name(m, copy, perm), there;
    const char *path = arena_printf(perm, "%.*s/%s", SLICE_ARG(s->folder), file.p).p;
    world_code code = s->w->read_file(s->w, path, perm, &there);
    if (code == WORLD_OK && same(there, content)) return accepted(file, "already there");
    if (code == WORLD_OK) continue;
    if (code != WORLD_NOT_FOUND) return failed(perm, code);
    code = s->w->write_file(s->w, path, content);
    if (code != WORLD_OK) return failed(perm, code);
    return accepted(file, "written to a file");
  }
  return (send_result){.outcome = SEND_REJECTED, .detail = SLICE("too many files of that name")};
}

/* A file is whole or not there, so nobody need be asked. */
static send_result find_file(sender *s, const channel_message *m, int64_t begun_s, arena *perm) {
  (void)begun_s;
  slice content = content_of(s, m, perm);
  for (int copy = 1; copy <= COPIES_MAX; copy++) {
    slice file = copy_name(m, copy, perm), there;
    world_code code =
        s->w->read_file(s->w, arena_printf(perm, "%.*s/%s", SLICE_ARG(s->folder), file.p).p, perm, &there);
    if (code == WORLD_OK && same(there, content)) return accepted(file, "the file is there");
    if (code == WORLD_NOT_FOUND) return (send_result){.outcome = SEND_RETRY, .detail = SLICE("no file was written")};
    if (code != WORLD_OK) break;
  }
  return (send_result){.outcome = SEND_UNKNOWN, .detail = SLICE("the folder cannot be read")};
}

static void close_files(sender *s) { (void)s; }

const channel_driver OUTBOX_FILES = {.kind = "files",
                                     .channels = 1u << CH_EMAIL | 1u << CH_WHATSAPP | 1u << CH_SMS,
                                     .open = open_files,
                                     .send = send_file,
                                     .close = close_files,
                                     .find = find_file,
                                     .parts_max = EMAIL_PARTS_BYTES_MAX};
