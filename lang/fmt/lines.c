/* Words to lines. A line that would pass LINE_COLUMNS is broken at its best place: before the outermost `otherwise`,
 * `then`, `or`, ... that fits, the last of equals. Where there is none it stays long. */
#include "lang/base/utf8.h"
#include "lang/fmt/internal.h"

void line_begin(printer *p, size_t indent, bool blank) {
  if (p->out.n) text_char(&p->out, '\n');
  if (p->out.n && blank) text_char(&p->out, '\n');
  text_repeat(&p->out, ' ', indent);
  p->column = indent;
  p->commented = false;
}

void line_pad(printer *p, size_t column, size_t least) {
  size_t n = column > p->column + least ? column - p->column : least;
  text_repeat(&p->out, ' ', n);
  p->column += n;
}

static void comment_text(printer *p) {
  slice all = {p->src->text.p + p->next->at.from, p->next->at.to - p->next->at.from};
  text_add(&p->out, slice_trim(all));
  p->end = p->next->at.to > p->end ? p->next->at.to : p->end;
  p->commented = true;
  p->next = p->next->next;
}

void line_comment_behind(printer *p) {
  text_cstr(&p->out, "  ");
  comment_text(p);
}

void line_comment(printer *p, size_t indent, bool blank) {
  line_begin(p, indent, blank);
  comment_text(p);
}

static void put_words(printer *p, const words *w, size_t from, size_t to) {
  for (size_t i = from; i < to; i++) {
    if (i > from && !w->at[i].glued) text_char(&p->out, ' ');
    text_add(&p->out, w->at[i].text);
  }
  p->column += words_width(w, from, to);
}

/* Where the line that begins with word `i` ends: `to`, or the word that the next line begins with. */
static size_t line_end(const printer *p, const words *w, size_t i, size_t to) {
  size_t columns = p->column, best = to;
  for (size_t k = i; k < to; k++) {
    const word *at = &w->at[k];
    bool fits = columns <= LINE_COLUMNS;
    if (k > i && at->rank != RANK_NEVER) {
      if (best == to || (fits && at->rank >= w->at[best].rank)) best = k;
    }
    if (!fits && best < to) return best;
    columns += utf8_width(at->text) + (k > i && !at->glued);
  }
  return columns <= LINE_COLUMNS ? to : best;
}

static void begin_with(printer *p, const word *first, size_t indent) {
  line_begin(p, first->dedent ? indent : indent + INDENT, false);
}

static void put_broken(printer *p, const words *w, size_t from, size_t to, size_t indent) {
  for (size_t i = from; i < to;) {
    size_t end = line_end(p, w, i, to);
    put_words(p, w, i, end);
    if (end < to) begin_with(p, &w->at[end], indent);
    i = end;
  }
}

void line_words(printer *p, const words *w, size_t indent) {
  for (size_t i = 0; i < w->n;) {
    size_t to = i + 1;
    while (to < w->n && !(w->at[to].legal && p->next && p->next->at.from < w->at[to].from)) to++;
    put_broken(p, w, i, to, indent);
    if (to < w->n) {
      while (p->next && p->next->at.from < w->at[to].from) {
        if (!p->next->own_line && !p->commented)
          line_comment_behind(p);
        else
          line_comment(p, indent + INDENT, false);
      }
      begin_with(p, &w->at[to], indent);
    }
    i = to;
  }
}
