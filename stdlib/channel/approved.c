/* See approved.h. */
#include "approved.h"

#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "stdlib/net/http_text.h"

enum { PAGES_MAX = 20, PAGE_ROWS = 100 };

static const char LOOK[] = "look at its name and language in WhatsApp Manager, and at the first line of its file";

uint32_t approved_places(slice words, bool *named) {
  uint32_t most = 0;
  for (size_t i = 0; i + 4 < words.n; i++) {
    if (memcmp(words.p + i, "{{", 2) != 0) continue;
    uint32_t n = 0;
    size_t at = i + 2;
    while (at < words.n && n < 1000 && words.p[at] >= '0' && words.p[at] <= '9')
      n = n * 10 + (uint32_t)(words.p[at++] - '0');
    bool ends = at + 1 < words.n && memcmp(words.p + at, "}}", 2) == 0;
    *named |= at == i + 2;
    if (ends && n > most) most = n;
  }
  return most;
}

/* ---- beside each other ---- */

/* "payment_reminder pt_BR": as the first line of its file has it. */
static slice title(const form_asked *x, arena *perm) {
  return arena_printf(perm, "%.*s%s%.*s", SLICE_ARG(x->name), x->lang.n ? " " : "", SLICE_ARG(x->lang));
}

/* NULL: it can be sent. */
static const char *flaw_of(slice status) {
  static const struct {
    const char *word, *flaw;
  } FLAWS[] = {{"approved", NULL},
               {"pending", "waits for Meta's approval"},
               {"received", "waits for Meta's approval"},
               {"unsubmitted", "was never sent to Meta for approval"},
               {"in_appeal", "waits for Meta's approval"},
               {"rejected", "was refused by Meta"},
               {"paused", "rests at Meta for its low quality"},
               {"disabled", "is switched off at Meta"}};
  for (size_t i = 0; i < sizeof FLAWS / sizeof *FLAWS; i++)
    if (utf8_fold_eq(status, slice_of(FLAWS[i].word))) return FLAWS[i].flaw;
  return "is not approved";
}

void approved_missing(const form_asked *asked, slice other, channel_say *say, void *self, arena *perm) {
  slice name = title(asked, perm);
  slice what = other.n ? arena_printf(perm, "there is no template \"%.*s\", but one in \"%.*s\"", SLICE_ARG(name),
                                      SLICE_ARG(other))
                       : arena_printf(perm, "there is no template \"%.*s\"", SLICE_ARG(name));
  say(self, false, what, slice_of(LOOK));
}

typedef struct judging {
  channel_say *say;
  void *self;
  arena *perm;
  slice name;
  bool well;
} judging;

static void wrong(judging *j, slice what, const char *remedy) {
  j->say(j->self, false, what, slice_of(remedy));
  j->well = false;
}

static void judge_buttons(judging *j, uint32_t asked, uint32_t there) {
  for (uint32_t k = 0; k < 10; k++) {
    bool fills = asked >> k & 1, takes = there >> k & 1;
    if (fills == takes) continue;
    slice what = arena_printf(j->perm,
                              takes ? "button %u of the template \"%.*s\" takes a value, its file fills none"
                                    : "button %u of the template \"%.*s\" takes no value, its file fills one",
                              k + 1, SLICE_ARG(j->name));
    wrong(j, what, "its file has a line `Button 1: ...` for each button whose address ends in a value");
  }
}

void approved_compare(const form_asked *asked, const form_there *there, channel_say *say, void *self, arena *perm) {
  judging j = {say, self, perm, title(asked, perm), true};
  const char *flaw = flaw_of(there->status);
  if (flaw) wrong(&j, arena_printf(perm, "the template \"%.*s\" %s", SLICE_ARG(j.name), flaw), LOOK);
  if (there->named)
    wrong(&j, arena_printf(perm, "the values of the template \"%.*s\" have names", SLICE_ARG(j.name)),
          "make one whose values are numbers, and have that approved");
  else if (there->texts != asked->texts)
    wrong(&j,
          arena_printf(perm, "the text of the template \"%.*s\" takes %u values, its file fills %u", SLICE_ARG(j.name),
                       there->texts, asked->texts),
          "its file has a line for each value: `1: ...`, `2: ...`");
  if (there->media)
    wrong(&j, arena_printf(perm, "the template \"%.*s\" begins with a picture or a document", SLICE_ARG(j.name)),
          "have one approved whose header is text, or that has none");
  else if (there->header != asked->header)
    wrong(&j,
          arena_printf(perm,
                       there->header ? "the header of the template \"%.*s\" takes a value, its file fills none"
                                     : "the header of the template \"%.*s\" takes no value, its file fills one",
                       SLICE_ARG(j.name)),
          "its file has a line `Header: ...` where the header takes a value");
  judge_buttons(&j, asked->buttons, there->buttons);
  if (j.well)
    say(self, true,
        arena_printf(perm, "the template \"%.*s\" is approved, and takes what its file fills", SLICE_ARG(j.name)),
        (slice){0});
}

/* ---- Meta ---- */

static void read_component(const json *c, form_there *out) {
  slice kind = json_text_at(c, "type"), format = json_text_at(c, "format");
  const json *buttons = json_at(c, "buttons");
  bool ignored = false;
  if (utf8_fold_eq(kind, SLICE("body"))) out->texts = approved_places(json_text_at(c, "text"), &out->named);
  if (utf8_fold_eq(kind, SLICE("header"))) {
    out->header = approved_places(json_text_at(c, "text"), &out->named) > 0;
    out->media = format.n && !utf8_fold_eq(format, SLICE("text"));
  }
  for (size_t i = 0; i < json_count(buttons) && i < 10; i++)
    if (approved_places(json_text_at(json_item(buttons, i), "url"), &ignored)) out->buttons |= 1u << i;
}

static form_there at_meta(const json *row) {
  const json *parts = json_at(row, "components");
  form_there out = {.status = json_text_at(row, "status"),
                    .named = utf8_fold_eq(json_text_at(row, "parameter_format"), SLICE("named"))};
  for (size_t i = 0; i < json_count(parts); i++) read_component(json_item(parts, i), &out);
  return out;
}

/* `after`: the cursor that the page before ended with; its `next` would have the token in it. */
static slice page_path(slice list, slice name, slice after, arena *perm) {
  text path = text_new(perm);
  text_add(&path, list);
  text_printf(&path, "?fields=name,status,language,parameter_format,components&limit=%d&name=", PAGE_ROWS);
  http_percent(&path, name);
  if (after.n) text_cstr(&path, "&after=");
  http_percent(&path, after);
  return text_slice(&path);
}

/* *answer: of the page that failed. False: it did. */
static bool find_at_meta(api *a, slice list_path, const form_asked *x, const json **row, slice *other,
                         http_answer *answer, arena *perm) {
  text languages = text_new(perm);
  slice why, after = {0};
  *row = NULL;
  for (int page = 0; (page == 0 || after.n) && page < PAGES_MAX && !*row; page++) {
    const api_request call = {.method = "GET", .path = page_path(list_path, x->name, after, perm), .safe = true};
    *answer = api_ask(a, &call, perm);
    const json *j = answer->end == HTTP_OK && answer->status == 200 ? json_parse(answer->body, perm, &why) : NULL;
    const json *list = json_at(j, "data");
    if (json_kind_of(list) != JSON_LIST) return false;
    for (size_t i = 0; i < json_count(list) && !*row; i++) {
      const json *one = json_item(list, i);
      if (!slice_eq(json_text_at(one, "name"), x->name)) continue; /* the question is of names that begin so */
      slice lang = json_text_at(one, "language");
      if (slice_eq(lang, x->lang)) *row = one;
      text_printf(&languages, "%s%.*s", languages.n ? ", " : "", SLICE_ARG(lang));
    }
    after = json_at(j, "paging.next") ? json_text_at(j, "paging.cursors.after") : (slice){0};
  }
  *other = text_slice(&languages);
  return true;
}

void approved_at_meta(api *a, slice list, const form_asked *v, size_t n, approved_words *words, void *words_self,
                      channel_say *say, void *self, arena *perm) {
  for (size_t i = 0; i < n; i++) {
    const json *row;
    slice other;
    http_answer answer;
    if (!find_at_meta(a, list, v + i, &row, &other, &answer, perm))
      return say(self, false, words(words_self, &answer, perm),
                 SLICE("look at `account` of the connect line, and give the token whatsapp_business_management too"));
    if (!row) {
      approved_missing(v + i, other, say, self, perm);
      continue;
    }
    form_there there = at_meta(row);
    approved_compare(v + i, &there, say, self, perm);
  }
}

/* ---- Twilio ---- */

/* Every text below it. */
static void read_texts(const json *j, unsigned depth, form_there *out) {
  json_kind kind = json_kind_of(j);
  if (kind == JSON_TEXT) {
    uint32_t places = approved_places(json_text(j), &out->named);
    if (places > out->texts) out->texts = places;
  }
  if ((kind == JSON_LIST || kind == JSON_OBJECT) && depth < JSON_DEPTH_MAX)
    for (size_t i = 0; i < json_count(j); i++) read_texts(json_item(j, i), depth + 1, out);
}

static const json *ask_twilio(api *a, slice sid, const char *more, http_answer *answer, arena *perm) {
  slice why;
  const api_request call = {
      .method = "GET", .path = arena_printf(perm, "/v1/Content/%.*s%s", SLICE_ARG(sid), more), .safe = true};
  *answer = api_ask(a, &call, perm);
  return answer->end == HTTP_OK && answer->status == 200 ? json_parse(answer->body, perm, &why) : NULL;
}

void approved_at_twilio(api *a, bool whatsapp, const form_asked *v, size_t n, channel_say *say, void *self,
                        arena *perm) {
  for (size_t i = 0; i < n; i++) {
    http_answer answer;
    const json *content = ask_twilio(a, v[i].name, "", &answer, perm), *approval = NULL;
    if (answer.end == HTTP_OK && answer.status == 404) {
      approved_missing(v + i, (slice){0}, say, self, perm);
      continue;
    }
    if (content && whatsapp) approval = ask_twilio(a, v[i].name, "/ApprovalRequests", &answer, perm);
    if (!content || (whatsapp && !approval))
      return say(self, false, api_words(a, &answer, perm),
                 SLICE("look at the address, this machine's way out, and its firewall"));
    form_there there = {.status = whatsapp ? json_text_at(approval, "whatsapp.status") : SLICE("approved")};
    read_texts(json_at(content, "types"), 0, &there);
    approved_compare(v + i, &there, say, self, perm);
  }
}
