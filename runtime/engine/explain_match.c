/* What the reader asked for: rungs ("5d", "3d before"), ladders and rules by their names, actions by how they begin
 * ("send whatsapp"), in the reader's language or in English. */
#include "action_text.h"
#include "explain_parts.h"
#include "lang/base/utf8.h"
#include "lang/syntax/keyword.h"

/* `text` begins with the words, and they end where a word of it does. */
static bool begins_with(slice text, slice words) {
  return words.n > 0 && slice_starts(text, words) && (text.n == words.n || text.p[words.n] == ' ');
}

static bool is_action(const explaining *x, slice text, slice word) {
  if (begins_with(text, word)) return true;
  const explain_asked *a = x->asked;
  return a->in_words && begins_with(a->in_words(a->self, x->perm, text), word);
}

/* "5d"; "3d before" is -3d, "due" is 0d. */
static bool is_rung(const explaining *x, const rung *r, slice word) {
  if (!r) return false;
  if (utf8_fold_eq(word, r->written)) return true;
  if (slice_eq(r->written, SLICE("0d"))) return utf8_fold_eq(word, SLICE("due"));
  if (r->written.n < 2 || r->written.p[0] != '-') return false;
  slice days = {r->written.p + 1, r->written.n - 1};
  if (!begins_with(word, days) || word.n == days.n) return false;
  slice rest = {word.p + days.n + 1, word.n - days.n - 1};
  return begins_with(rest, SLICE("before")) || begins_with(rest, kw_text(KW_BEFORE, x->asked->lang));
}

static slice name_of(const explaining *x, section_kind section, uint32_t index) {
  switch (section) {
  case SECTION_LADDER: return x->e->p->ladders[index].name;
  case SECTION_WHEN: return x->e->p->whens[index].name;
  case SECTION_EVERY: return x->e->p->everys[index].header;
  case SECTION_ON: return x->e->p->ons[index].header;
  }
  return (slice){0};
}

static bool means(const explaining *x, section_kind section, uint32_t index, const rung *r, slice text, slice word) {
  slice name = name_of(x, section, index);
  return is_rung(x, r, word) || (name.n && utf8_fold_eq(name, word)) || is_action(x, text, word);
}

/* An action counts by every way that it may go. */
static bool step_means(const explaining *x, const explain_step *s, slice word) {
  if (means(x, s->section, s->index, s->r, s->text, word)) return true;
  for (uint32_t i = 0; i < s->act->way_count; i++)
    if (is_action(x, action_text(x->e, s->act, &s->act->ways[i], ENT_INVOICE, x->row, x->perm), word)) return true;
  return false;
}

bool explain_wanted(const explaining *x, section_kind section, uint32_t index, const rung *r, slice text) {
  for (uint32_t i = 0; i < x->asked->word_count; i++)
    if (!means(x, section, index, r, text, x->asked->words[i])) return false;
  return true;
}

bool explain_match(explaining *x, slice *unknown) {
  const explain_asked *a = x->asked;
  uint32_t found = 0;
  for (uint32_t i = 0; i < x->step_count; i++) {
    explain_step *s = &x->steps[i];
    s->asked = a->word_count > 0;
    for (uint32_t k = 0; k < a->word_count; k++) s->asked = s->asked && step_means(x, s, a->words[k]);
    found += s->asked;
  }
  if (found || !a->word_count) return true;
  for (uint32_t k = 0; k < a->word_count; k++) {
    bool known = false;
    for (uint32_t i = 0; i < x->step_count && !known; i++) known = step_means(x, &x->steps[i], a->words[k]);
    *unknown = a->words[k];
    if (!known) break;
  }
  return false;
}
