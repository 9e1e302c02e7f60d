/* `team finance is slack webhook from env "SLACK_FINANCE_URL"`: notices to our own people through an incoming webhook.
 *
 * Slack takes no idempotency key and cannot be asked for a message: where its answer is missing a person looks into the
 * channel.
 *
 * Invariant: nothing that a notice holds becomes a mention, a link or a format of Slack's. */
#include "answer_words.h"
#include "lang/base/text.h"
#include "stdlib/net/json.h"
#include "team_hooks.h"

enum { TEXT_BYTES_MAX = 30000 }; /* Slack takes 40,000 characters, and & becomes five */

static const char SERVICE[] = "Slack";

static const answer_word ROWS[] = {
#define SLACK_WORD(word, outcome, en, pt, es) {word, SEND_##outcome, en},
#include "slack.def"
#undef SLACK_WORD
};
static const answer_words TABLE = {ROWS, sizeof ROWS / sizeof *ROWS};

struct sender {
  team_hooks hooks;
  dun_lang lang;
};

static sender *open_slack(world *w, arena *perm, const sender_options *o, slice *why) {
  sender *s = ARENA_NEW(perm, sender);
  *s = (sender){.lang = o->p->lang};
  return team_hooks_open(w, perm, o->p, CH_SLACK, SERVICE, &s->hooks, why) ? s : NULL;
}

static void close_slack(sender *s) {
  if (s) team_hooks_close(&s->hooks);
}

/* The three signs that Slack reads as more than themselves. */
static void add_escaped(text *t, slice s) {
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] == '&')
      text_cstr(t, "&amp;");
    else if (s.p[i] == '<')
      text_cstr(t, "&lt;");
    else if (s.p[i] == '>')
      text_cstr(t, "&gt;");
    else
      text_char(t, s.p[i]);
  }
}

static slice words_of(const sender *s, const channel_message *m, arena *perm) {
  size_t left_out;
  text t = text_new(perm);
  slice shown = notice_lines(m->text, TEXT_BYTES_MAX / 5, 0, &left_out);
  add_escaped(&t, m->subject);
  text_char(&t, '\n');
  add_escaped(&t, shown);
  if (left_out) text_add(&t, notice_more(s->lang, left_out, perm));
  return text_slice(&t);
}

static send_result send_slack(sender *s, const channel_message *m, arena *perm) {
  api *a = team_hooks_of(&s->hooks, m->to);
  if (!a) return team_hooks_nobody();
  json_writer *w = json_write(perm);
  json_begin_object(w, NULL);
  json_put_text(w, "text", words_of(s, m, perm));
  json_put_bool(w, "mrkdwn", false);
  json_put_bool(w, "unfurl_links", false);
  json_put_bool(w, "unfurl_media", false);
  json_end(w);
  http_piece body = {.text = json_written(w)};
  api_request call = {.method = "POST", .type = "application/json", .body = &body, .body_count = 1};
  http_answer answer = api_ask(a, &call, perm);
  slice word = slice_trim(answer.body);
  bool taken = answer.end == HTTP_OK && answer.status >= 200 && answer.status < 300;
  if (taken && !slice_eq(word, SLICE("ok")))
    return (send_result){.outcome = SEND_UNKNOWN, .detail = SLICE("Slack's answer is not `ok`")};
  return answer_outcome(a, &answer, TABLE, SERVICE, word, perm);
}

const channel_driver TEAM_SLACK = {.kind = "slack",
                                   .channels = 1u << CH_SLACK,
                                   .real = true,
                                   .open = open_slack,
                                   .send = send_slack,
                                   .close = close_slack,
                                   .rate = {.per_minute = 60, .at_once = 1},
                                   .each_alone = true};
