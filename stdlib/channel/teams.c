/* `team finance is teams webhook from env "TEAMS_FINANCE_URL"`: notices to our own people as an adaptive card, through
 * a Workflows webhook of Microsoft Teams.
 *
 * A workflow takes no idempotency key and cannot be asked for a message: where its answer is missing a person looks
 * into the channel.
 *
 * Invariant: what a notice holds is plain text of the card: no link and no format is made of it. */
#include "answer_words.h"
#include "lang/base/text.h"
#include "stdlib/net/json.h"
#include "team_hooks.h"

/* Teams takes 28 KB with all that is around a line. */
enum { TEXT_BYTES_MAX = 22000, LINE_BYTES = 90 };

static const char SERVICE[] = "Teams";

static const answer_word ROWS[] = {
#define TEAMS_WORD(word, outcome, en, pt, es) {word, SEND_##outcome, en},
#include "teams.def"
#undef TEAMS_WORD
};
static const answer_words TABLE = {ROWS, sizeof ROWS / sizeof *ROWS};

struct sender {
  team_hooks hooks;
  dun_lang lang;
};

static sender *open_teams(world *w, arena *perm, const sender_options *o, slice *why) {
  sender *s = ARENA_NEW(perm, sender);
  *s = (sender){.lang = o->p->lang};
  return team_hooks_open(w, perm, o->p, CH_TEAMS, SERVICE, &s->hooks, why) ? s : NULL;
}

static void close_teams(sender *s) {
  if (s) team_hooks_close(&s->hooks);
}

/* One paragraph of text runs: of these Teams reads no Markdown. */
static void put_line(json_writer *w, slice words, bool heading) {
  json_begin_object(w, NULL);
  json_put_text(w, "type", SLICE("RichTextBlock"));
  json_begin_list(w, "inlines");
  json_begin_object(w, NULL);
  json_put_text(w, "type", SLICE("TextRun"));
  json_put_text(w, "text", words);
  if (heading) json_put_text(w, "weight", SLICE("Bolder"));
  json_end(w);
  json_end(w);
  json_end(w);
}

static slice card_of(const sender *s, const channel_message *m, arena *perm) {
  size_t left_out;
  slice shown = notice_lines(m->text, TEXT_BYTES_MAX, LINE_BYTES, &left_out);
  json_writer *w = json_write(perm);
  json_begin_object(w, NULL);
  json_put_text(w, "type", SLICE("message"));
  json_begin_list(w, "attachments");
  json_begin_object(w, NULL);
  json_put_text(w, "contentType", SLICE("application/vnd.microsoft.card.adaptive"));
  json_begin_object(w, "content");
  json_put_text(w, "type", SLICE("AdaptiveCard"));
  json_put_text(w, "version", SLICE("1.4"));
  json_begin_list(w, "body");
  put_line(w, m->subject, true);
  for (size_t from = 0; from < shown.n;) {
    const char *end = memchr(shown.p + from, '\n', shown.n - from);
    size_t to = end ? (size_t)(end - shown.p) : shown.n;
    put_line(w, (slice){shown.p + from, to - from}, false);
    from = to + 1;
  }
  if (left_out) put_line(w, notice_more(s->lang, left_out, perm), false);
  json_end(w);
  json_end(w);
  json_end(w);
  json_end(w);
  json_end(w);
  return json_written(w);
}

static send_result send_teams(sender *s, const channel_message *m, arena *perm) {
  api *a = team_hooks_of(&s->hooks, m->to);
  if (!a) return team_hooks_nobody();
  http_piece body = {.text = card_of(s, m, perm)};
  api_request call = {.method = "POST", .type = "application/json", .body = &body, .body_count = 1};
  http_answer answer = api_ask(a, &call, perm);
  slice why;
  const json *j = answer.end == HTTP_OK && answer.body.n ? json_parse(answer.body, perm, &why) : NULL;
  return answer_outcome(a, &answer, TABLE, SERVICE, json_text_at(j, "error.code"), perm);
}

const channel_driver TEAM_TEAMS = {.kind = "teams",
                                   .channels = 1u << CH_TEAMS,
                                   .real = true,
                                   .open = open_teams,
                                   .send = send_teams,
                                   .close = close_teams,
                                   .rate = {.per_minute = 60, .at_once = 1},
                                   .each_alone = true};
