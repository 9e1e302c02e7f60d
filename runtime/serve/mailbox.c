/* See mailbox.h. */
#include "mailbox.h"

#include <inttypes.h>
#include <stdlib.h>

#include "inbox_people.h"
#include "runtime/hash.h"
#include "runtime/store/delivery.h"
#include "runtime/store/hooks.h"
#include "stdlib/channel/channel.h"
#include "stdlib/channel/mail_in.h"
#include "stdlib/channel/unreached.h"
#include "stdlib/net/email.h"

const connection MAILBOX_CONNECTION = {.kind = {"email", 5}, .vendor = {"imap", 4}};

const char *mailbox_count_words(mailbox_count c) {
  static const char *const WORDS[] = {
#define MAILBOX(id, words) words,
      MAILBOX_COUNTS(MAILBOX)
#undef MAILBOX
  };
  return WORDS[c];
}

slice mailbox_own_address(world *w, const program *p) {
  const connection *c;
  slice from, variable;
  mailbox parsed;
  (void)channel_driver_of(p, CH_EMAIL, &c);
  if (!c || !connection_setting(w, c, "from", &from, &variable) || !mailbox_parse(from, &parsed)) return (slice){0};
  return parsed.address;
}

/* ---- one message ---- */

/* The same message counts once, wherever it lies and whatever number it has. */
static slice id_of(const mail *m, slice bytes, arena *perm) {
  uint8_t digest[HASH_BYTES];
  char hex[HASH_HEX_MAX];
  slice names =
      arena_printf(perm, "%.*s\n%.*s\n%.*s", SLICE_ARG(m->message_id), SLICE_ARG(m->date), SLICE_ARG(m->from));
  hash_of(m->message_id.n ? names : bytes, digest);
  hash_hex(digest, hex);
  return arena_slice(perm, slice_of(hex));
}

/* Which of our messages it is about, the likeliest; empty: none. */
static store_code ours(store *s, const mail_sorted *v, arena *perm, slice *id) {
  *id = (slice){0};
  for (size_t i = 0; i < v->id_count && !id->n; i++) {
    store_answered a;
    store_code code = store_answered_by_id(s, v->ids[i], perm, &a);
    if (code != STORE_OK) return code;
    if (a.action) *id = v->ids[i];
  }
  return STORE_OK;
}

static mailbox_count count_of(const mail_sorted *v, bool about_ours) {
  switch (v->sort) {
  case MAIL_IS_WORDS: return v->wish == OPT_NONE ? MAILBOX_REPLIES : MAILBOX_WISHES;
  case MAIL_IS_REPORT: return about_ours ? MAILBOX_REPORTS : MAILBOX_STRANGE;
  case MAIL_IS_MACHINE: return MAILBOX_MACHINES;
  case MAIL_IS_UNCLEAR: return about_ours ? MAILBOX_UNCLEAR : MAILBOX_STRANGE;
  case MAIL_IS_OWN:
  case MAIL_SORT_COUNT: break;
  }
  return MAILBOX_STRANGE;
}

static hook_kind kind_of(const mail_sorted *v) {
  if (v->sort == MAIL_IS_UNCLEAR) return HOOK_UNCLEAR;
  if (v->sort != MAIL_IS_WORDS) return HOOK_STATUS;
  return v->wish == OPT_OUT ? HOOK_OPT_OUT : v->wish == OPT_IN ? HOOK_OPT_IN : HOOK_REPLY;
}

/* That there is no such address counts where the report failed our message; whoever writes from one has it. */
static store_code note_address(const inbox *b, const mail *m, const mail_sorted *v, slice about, arena *scratch) {
  store_answered a;
  store_claim c;
  slice to = {0}, id;
  bool known;
  store_code code = STORE_OK;
  int32_t today = inbox_today(b->w, b->p, scratch).day;
  if (v->sort == MAIL_IS_WORDS) {
    code = unreached_is(b->s, m->from, today, scratch, &known);
    if (code != STORE_OK || !known) return code;
  } else {
    if (!v->no_address) return STORE_OK;
    code = store_answered_to(b->s, about, scratch, &a, &to, &id);
    if (code == STORE_OK && a.action) code = store_claim_of(b->s, a.action, scratch, &c);
    if (code != STORE_OK || !a.action || !to.n || c.state != ACTION_rejected) return code;
  }
  code = store_begin(b->s);
  if (code != STORE_OK) return code;
  code = to.n ? unreached_mark(b->s, to, today, scratch) : unreached_clear(b->s, m->from, scratch);
  if (code == STORE_OK) return store_commit(b->s);
  store_rollback(b->s);
  return code;
}

store_code mailbox_take(const inbox *b, slice own, slice bytes, arena *scratch, mailbox_round *out) {
  mail *m = ARENA_NEW(scratch, mail);
  mail_sorted *v = ARENA_NEW(scratch, mail_sorted);
  slice about;
  out->count[MAILBOX_READ]++;
  if (!mail_read(bytes, scratch, m)) {
    out->count[MAILBOX_STRANGE]++;
    return STORE_OK;
  }
  mail_sort_of(m, own, scratch, v);
  store_code code = ours(b->s, v, scratch, &about);
  if (code != STORE_OK) return code;
  out->count[count_of(v, about.n > 0)]++;
  bool says = v->sort == MAIL_IS_WORDS ? m->from.n > 0 : about.n > 0 && (v->state || v->sort == MAIL_IS_UNCLEAR);
  if (!says) return STORE_OK;
  hook_event e = {.kind = kind_of(v),
                  .id = id_of(m, bytes, scratch),
                  .provider_id = about,
                  .state = v->state,
                  .detail = v->detail,
                  .from = m->from,
                  .text = v->sort == MAIL_IS_UNCLEAR ? m->subject : v->text,
                  .at_s = m->date_s};
  code = inbox_take(b, &(hook_events){.v = &e, .count = 1}, scratch);
  return code == STORE_OK ? note_address(b, m, v, about, scratch) : code;
}

/* ---- the place ---- */

typedef struct place {
  slice key;
  uint32_t validity, next; /* 0: it was never read */
  int32_t day;             /* of the last look */
  uint32_t tries;          /* at the message `next`, that nobody came back from */
} place;

static store_code load(store *s, const replies *r, arena *perm, place *x) {
  slice value = {0};
  *x = (place){.key = arena_printf(perm, "replies %.*s", SLICE_ARG(replies_where(r)))};
  store_code code = store_state_get(s, x->key, perm, &value);
  if (code != STORE_OK) return code == STORE_END ? STORE_OK : code;
  /* As `move` writes it: four numbers. */
  int64_t n[4] = {0};
  char *at = arena_copy(perm, value), *end = at;
  for (size_t i = 0; i < 4; i++, at = end) n[i] = strtoll(at, &end, 10);
  x->validity = (uint32_t)n[0];
  x->next = (uint32_t)n[1];
  x->day = (int32_t)n[2];
  x->tries = (uint32_t)n[3];
  return STORE_OK;
}

static store_code move(store *s, const place *x, arena *scratch) {
  slice value =
      arena_printf(scratch, "%" PRIu32 " %" PRIu32 " %" PRId32 " %" PRIu32, x->validity, x->next, x->day, x->tries);
  store_code code = store_begin(s);
  if (code != STORE_OK) return code;
  code = store_state_set(s, x->key, value);
  if (code == STORE_OK) return store_commit(s);
  store_rollback(s);
  return code;
}

/* A mailbox that was never read, or whose numbers mean other messages now, is read from a day on: what was taken then
 * is known by its ids. */
static bool first_place(store *s, imap *m, const imap_folder *folder, int32_t today, place *x, slice *why) {
  int64_t sent_us;
  uint32_t uid = 0;
  int32_t day = today - MAILBOX_FIRST_DAYS, sent;
  bool known = x->validity != 0;
  if (store_first_sent(s, SLICE("email"), &sent_us) != STORE_OK) {
    *why = slice_of(store_why(s)->text);
    return false;
  }
  sent = sent_us ? (int32_t)(sent_us / 86400000000) : today + 1;
  if (known)
    day = x->day - 1;
  else if (sent > day)
    day = sent - 1;
  bool any = known || sent_us != 0;
  if (any && !imap_since(m, (civil_date){day}, &uid, why)) return false;
  if (!uid && !folder->next) {
    *why = SLICE("the mailbox's server does not number its messages for good (UIDVALIDITY)");
    return false;
  }
  *x = (place){.key = x->key, .validity = folder->validity, .next = uid ? uid : folder->next, .day = today};
  return true;
}

/* ---- a round ---- */

typedef struct round {
  world *w;
  store *s;
  inbox b;
  slice own;
  imap *m;
  place at;
  arena *perm;
  mailbox_round *out;
  slice *why;
} round;

static bool broke(round *x, store_code code) {
  if (code != STORE_OK) *x->why = arena_slice(x->perm, slice_of(store_why(x->s)->text));
  return code != STORE_OK;
}

static bool take_one(round *x, const imap_item *item) {
  arena *scratch = arena_new();
  slice bytes = {0};
  bool fine = imap_read(x->m, item->uid, MAIL_BYTES_MAX, scratch, &bytes, x->why);
  if (!fine) *x->why = arena_slice(x->perm, *x->why);
  if (fine) fine = !broke(x, bytes.n ? mailbox_take(&x->b, x->own, bytes, scratch, x->out) : STORE_OK);
  if (fine) x->at.next = item->uid + 1;
  x->at.tries = 0; /* whatever came of it, the program lives */
  if (x->w->notify) x->w->notify(x->w, "WATCHDOG=1");
  store_code code = move(x->s, &x->at, scratch);
  arena_free(scratch);
  return fine && !broke(x, code);
}

/* A message is about to be read: should that end the program, the next round knows where. */
static bool mark(round *x, const imap_item *item, bool *leave_out) {
  *leave_out = x->at.next == item->uid && x->at.tries >= MAILBOX_TRIES_MAX;
  x->at.tries = x->at.next == item->uid ? x->at.tries + 1 : 1;
  x->at.next = item->uid;
  if (*leave_out) {
    x->w->log(x->w, WORLD_ERROR, SLICE("a message in the mailbox of replies ended dun several times; it is left out"));
    x->at.next++;
    x->at.tries = 0;
  }
  arena *scratch = arena_new();
  store_code code = move(x->s, &x->at, scratch);
  arena_free(scratch);
  return !broke(x, code);
}

static bool take_all(round *x) {
  enum { ROOM = 100 };
  imap_item v[ROOM];
  size_t n = ROOM, done = 0;
  int64_t until = x->w->monotonic_ns(x->w) + (int64_t)MAILBOX_SECONDS_MAX * 1000000000;
  bool late = false;
  while (n == ROOM && done < MAILBOX_ROUND_MAX && x->at.next && !late) {
    if (!imap_list(x->m, x->at.next, v, ROOM, &n, x->why)) return false;
    for (size_t i = 0; i < n && !late && !world_is_to_end(x->w); i++, done++) {
      bool leave_out;
      if (!mark(x, v + i, &leave_out) || (!leave_out && !take_one(x, v + i))) return false;
      late = x->w->monotonic_ns(x->w) >= until;
    }
    if (world_is_to_end(x->w)) break;
  }
  x->out->more = n == ROOM || late;
  return true;
}

bool mailbox_read(world *w, store *s, const program *p, replies *r, arena *perm, mailbox_round *out, slice *why) {
  imap_folder folder;
  *out = (mailbox_round){.more = false};
  round x = {.w = w,
             .s = s,
             .b = {w, s, p, &MAILBOX_CONNECTION},
             .own = mailbox_own_address(w, p),
             .perm = perm,
             .out = out,
             .why = why};
  int32_t today = inbox_today(w, p, perm).day;
  if (broke(&x, load(s, r, perm, &x.at))) return false;
  x.m = replies_begin(r, &folder, why);
  bool fine = x.m != NULL;
  if (fine && x.at.validity != folder.validity) fine = first_place(s, x.m, &folder, today, &x.at, why);
  if (fine) fine = take_all(&x);
  if (!fine) {
    *why = arena_slice(perm, *why);
    return false;
  }
  x.at.day = today;
  return !broke(&x, move(s, &x.at, perm));
}
