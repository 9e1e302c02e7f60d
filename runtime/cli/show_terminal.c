/* The picture and the prose on a terminal: lines of at most so many columns. */
#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "show.h"

typedef struct strokes {
  const char *line, *late, *dot, *anchor, *broken, *guard, *otherwise, *under, *action, *fallback, *minus;
} strokes;

static const strokes BOX = {"─", "━", "●", "◆", "╱╱", "┌ ", "├ ", "│ ", "• ", "↳ ", "−"};
static const strokes ASCII = {"-", "=", "o", "#", "//", "+ ", "+ ", "| ", "* ", "> ", "-"};

typedef struct pen {
  text out;
  arena *perm;
  size_t columns;
  const strokes *s;
} pen;

enum { INDENT = 2, HANG = 4 };

/* The text in lines; the first behind `head`, the others behind as many blanks. */
static void put(pen *p, size_t indent, slice head, slice s) {
  size_t hang = indent + utf8_width(head), room = p->columns > hang + 20 ? p->columns - hang : 20;
  prose_sentences cut = show_wrap(p->perm, s, room);
  for (uint32_t i = 0; i < cut.n; i++) {
    text_repeat(&p->out, ' ', i ? hang : indent);
    if (!i) text_add(&p->out, head);
    text_add(&p->out, cut.v[i]);
    text_char(&p->out, '\n');
  }
}

/* ---- the line of days ---- */

static slice plain_mark(const pen *p, slice mark) {
  if (!slice_starts(mark, SLICE("−"))) return mark;
  return arena_printf(p->perm, "%s%.*s", p->s->minus, (int)(mark.n - strlen("−")), mark.p + strlen("−"));
}

/* Labels at their places, one behind the other with blanks between. */
static void labels(pen *p, const show_line *l, const int *at) {
  size_t column = 0;
  text_repeat(&p->out, ' ', INDENT);
  for (uint32_t i = 0; i < l->n; i++) {
    slice mark = plain_mark(p, l->v[i].text);
    int from = at[i] - (int)utf8_width(mark) / 2;
    if (from > (int)column) text_repeat(&p->out, ' ', (size_t)from - column), column = (size_t)from;
    text_add(&p->out, mark);
    column += utf8_width(mark);
  }
  text_char(&p->out, '\n');
}

/* The stretches of the line: what each column shows. */
static void stroke_line(pen *p, const show_line *l, const int *at, int zero, const int *broken, int length) {
  const char **cell = ARENA_ARRAY(p->perm, (size_t)length + 2, const char *);
  for (int x = 0; x < length; x++) cell[x] = x < zero ? p->s->line : p->s->late;
  for (uint32_t i = 0; i < l->breaks; i++)
    if (broken[i] >= 0 && broken[i] + 1 < length) cell[broken[i]] = p->s->broken, cell[broken[i] + 1] = "";
  if (zero < length) cell[zero] = p->s->anchor;
  for (uint32_t i = 0; i < l->n; i++)
    if (at[i] < length) cell[at[i]] = p->s->dot;
  if (zero < length) cell[zero] = p->s->anchor;
  text_repeat(&p->out, ' ', INDENT);
  for (int x = 0; x < length; x++) {
    if (cell[x] == p->s->dot && x && cell[x - 1] == p->s->broken) cell[x - 1] = p->s->line;
    text_cstr(&p->out, cell[x]);
  }
  text_char(&p->out, '\n');
}

/* Where a day between two marks stands once the marks have been moved apart. */
static int between(const show_line *l, const int *at, int x) {
  uint32_t i = 0;
  while (i < l->n && l->v[i].at < x) i++;
  int a = i ? l->v[i - 1].at : 0, b = i < l->n ? l->v[i].at : x, to_a = i ? at[i - 1] : 0, to_b = i < l->n ? at[i] : x;
  if (i && i == l->n) return to_a + (x - a);
  return b > a ? to_a + (int)((int64_t)(x - a) * (to_b - to_a) / (b - a)) : to_b;
}

static void line_of_days(pen *p, const show_track *t) {
  int length = (int)p->columns - 2 * INDENT;
  show_line l = show_line_of(p->perm, t, length - 1);
  int *at = ARENA_ARRAY(p->perm, l.n + 2, int), *room = ARENA_ARRAY(p->perm, l.n + 2, int);
  for (uint32_t i = 0; i < l.n; i++) {
    at[i] = l.v[i].at;
    room[i] = (int)utf8_width(l.v[i].text) + 2;
  }
  if (!l.n) return;
  bool labelled = show_spread(p->perm, at, room, l.n, length); /* else the steps below say every day */
  int zero = between(&l, at, l.zero);
  for (uint32_t i = 0; i < l.n; i++)
    if (l.v[i].place == 0) zero = at[i];
  int *broken = ARENA_ARRAY(p->perm, l.breaks + 1, int);
  for (uint32_t i = 0; i < l.breaks; i++) broken[i] = between(&l, at, l.broken[i]);
  if (labelled) labels(p, &l, at);
  stroke_line(p, &l, at, zero, broken, length);
  slice name = t->anchor;
  int from = zero - (int)utf8_width(name) / 2, last = length - (int)utf8_width(name);
  if (from > last) from = last;
  text_repeat(&p->out, ' ', INDENT + (size_t)(from > 0 ? from : 0));
  text_add(&p->out, name);
  text_char(&p->out, '\n');
}

/* ---- steps ---- */

static void row(pen *p, const show_row *r) {
  slice under = r->under_guard ? slice_of(p->s->under) : SLICE("");
  const char *mark = r->kind == SHOW_GUARD       ? p->s->guard
                     : r->kind == SHOW_OTHERWISE ? p->s->otherwise
                     : r->kind == SHOW_FALLBACK  ? p->s->fallback
                                                 : p->s->action;
  slice head = arena_printf(p->perm, "%.*s%s%s", SLICE_ARG(under), r->kind == SHOW_FALLBACK ? "  " : "", mark);
  put(p, HANG, head, r->text);
}

static void sentences(pen *p, const char *title, const prose_sentences *s, size_t indent) {
  if (!s->n) return;
  if (title) put(p, indent, SLICE(""), slice_of(title));
  for (uint32_t i = 0; i < s->n; i++) put(p, indent + (title ? 2 : 0), slice_of(p->s->action), s->v[i]);
}

static void track(pen *p, const show_track *t) {
  text_char(&p->out, '\n');
  put(p, 0, SLICE(""), t->name);
  if (t->whom.n) put(p, INDENT, SLICE(""), t->whom);
  sentences(p, NULL, &t->held, INDENT);
  sentences(p, NULL, &t->sent, INDENT);
  if (t->anchor.n && t->steps) {
    text_char(&p->out, '\n');
    line_of_days(p, t);
  }
  for (uint32_t i = 0; i < t->steps; i++) {
    text_char(&p->out, '\n');
    put(p, INDENT, SLICE(""), t->step[i].when);
    for (uint32_t r = 0; r < t->step[i].rows; r++) row(p, &t->step[i].row[r]);
  }
}

slice show_terminal(arena *perm, const show_model *m, size_t columns, bool ascii) {
  pen p = {text_new(perm), perm, columns, ascii ? &ASCII : &BOX};
  put(&p, 0, SLICE(""), m->title);
  text_char(&p.out, '\n');
  sentences(&p, texts_word(m->lang, TXT_SHOW_HELD), &m->held, 0);
  sentences(&p, texts_word(m->lang, TXT_SHOW_SENT), &m->sent, 0);
  for (uint32_t i = 0; i < m->tracks; i++) track(&p, &m->track[i]);
  return text_slice(&p.out);
}

slice show_prose(arena *perm, const prose *words, size_t columns) {
  pen p = {text_new(perm), perm, columns, &BOX};
  for (uint32_t i = 0; i < words->n; i++) {
    const prose_block *b = &words->v[i];
    slice says = b->lead.n ? arena_printf(perm, "%.*s: %.*s", SLICE_ARG(b->lead), SLICE_ARG(b->text)) : b->text;
    switch (b->kind) {
    case PROSE_TITLE: put(&p, 0, SLICE(""), says); break;
    case PROSE_HEADING:
      text_char(&p.out, '\n');
      put(&p, 0, SLICE(""), says);
      break;
    case PROSE_TEXT: put(&p, INDENT, SLICE(""), says); break;
    case PROSE_ITEM: put(&p, INDENT, SLICE("- "), says); break;
    }
  }
  return text_slice(&p.out);
}
