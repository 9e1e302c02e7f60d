/* See serve_mail.h. */
#include "serve_mail.h"

#include "lang/base/text.h"
#include "runtime/store/checks.h"
#include "serve_erp.h"
#include "stdlib/net/settings.h"

static const int64_t MINUTE_US = 60000000;

static int64_t now_us(const session *s) { return s->w->now_ns(s->w) / 1000; }

bool serve_mail_find(serve_mail *x, world *w, const program *p, arena *perm, slice *why) {
  slice value, variable;
  *x = (serve_mail){.connect = replies_line(p), .every_us = SERVE_MAIL_MINUTES * MINUTE_US};
  if (!x->connect) return true;
  if (connection_setting(w, x->connect, "interval", &value, &variable)) x->every_us = setting_interval_us(value);
  if (x->every_us == 0) {
    *why = arena_printf(perm, "`interval` of the connect line of %.*s is a time such as \"5 minutes\"",
                        SLICE_ARG(x->connect->vendor));
    return false;
  }
  arena *scratch = arena_new();
  replies *r = replies_open(w, scratch, x->connect, why);
  if (!r) *why = arena_slice(perm, *why);
  replies_close(r);
  arena_free(scratch);
  return r != NULL;
}

void serve_mail_close(serve_mail *x) {
  replies_close(x->open);
  if (x->perm) arena_free(x->perm);
  x->open = NULL;
  x->perm = NULL;
}

static slice name(const session *s) { return texts_said(s->lang, s->perm, SLICE("the mailbox of replies")); }

/* The page shows it, too; where the store itself fails nothing more can be said there. */
static void keep(const serve_mail *x, session *s, slice why) {
  slice what = arena_printf(s->perm, "replies %.*s", SLICE_ARG(x->connect->vendor));
  if (store_line_failed(s->s, what, why) != STORE_OK)
    SAY(s, WORLD_STDERR, SERVE_ERP_FAILS, what, slice_of(store_why(s->s)->text));
}

/* A failure is said once, until it is over. */
static bool failed(serve_mail *x, session *s, slice why) {
  keep(x, s, why);
  if (!x->failing) SAY(s, WORLD_STDERR, SERVE_ERP_FAILS, name(s), texts_said(s->lang, s->perm, why));
  x->failing = true;
  return false;
}

static void say_came(session *s, const mailbox_round *r) {
  text all = text_new(s->perm);
  for (int c = MAILBOX_READ + 1; c < MAILBOX_COUNT_COUNT; c++)
    if (r->count[c])
      text_printf(&all, "%s%llu %.*s", all.n ? "; " : "", (unsigned long long)r->count[c],
                  SLICE_ARG(texts_said(s->lang, s->perm, slice_of(mailbox_count_words((mailbox_count)c)))));
  if (r->count[MAILBOX_READ])
    SAY(s, WORLD_STDERR, MAIL_CAME, texts_number(s->perm, r->count[MAILBOX_READ]), text_slice(&all));
}

bool serve_mail_read(serve_mail *x, session *s, bool now, bool *did) {
  slice why = {0};
  mailbox_round r;
  if (!x->connect || (!now && x->next_us > now_us(s))) return true;
  if (!x->perm) x->perm = arena_new();
  if (!x->open) x->open = replies_open(s->w, x->perm, x->connect, &why);
  if (!x->open) {
    x->next_us = now_us(s) + x->every_us;
    return failed(x, s, why);
  }
  bool fine;
  do {
    fine = mailbox_read(s->w, s->s, s->c.program, x->open, s->perm, &r, &why);
    *did |= r.count[MAILBOX_READ] > 0;
    say_came(s, &r);
  } while (fine && now && r.more && !world_is_to_end(s->w));
  x->next_us = fine && r.more ? 0 : now_us(s) + x->every_us;
  /* Of a connection nothing is kept: logins end, and a token is asked for anew. */
  serve_mail_close(x);
  if (!fine) return failed(x, s, why);
  keep(x, s, (slice){0});
  if (x->failing) SAY(s, WORLD_STDERR, SERVE_ERP_IS_BACK, name(s));
  x->failing = false;
  return true;
}
