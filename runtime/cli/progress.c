/* See progress.h: drawn at most ten times a second, from one second on. */
#include "progress.h"

#include <stdio.h>

#include "lang/base/utf8.h"
#include "out.h"

#define SHOW_AFTER_NS 1000000000
#define REDRAW_NS 100000000
#define BAR_COLUMNS 24

void progress_begin(progress *p, world *w, const char *what, uint64_t total) {
  *p = (progress){.w = w, .what = what, .total = total, .begun_ns = w->monotonic_ns(w)};
  p->visible = w->is_terminal(w, WORLD_STDERR);
}

static void draw(progress *p, uint64_t done) {
  unsigned percent = p->total ? (unsigned)(done >= p->total ? 100 : (double)done * 100 / (double)p->total) : 0;
  char bar[BAR_COLUMNS * 3 + 1], *to = bar;
  for (unsigned i = 0; i < BAR_COLUMNS; i++) {
    const char *block = i * 100 < percent * BAR_COLUMNS ? "█" : "░";
    to += sprintf(to, "%s", block);
  }
  slice what = utf8_head(slice_of(p->what), 40);
  if (p->total)
    world_printf(p->w, WORLD_STDERR, "\r\x1b[K%.*s %s %3u%%", SLICE_ARG(what), bar, percent);
  else
    world_printf(p->w, WORLD_STDERR, "\r\x1b[K%.*s %llu", SLICE_ARG(what), (unsigned long long)done);
  p->drawn = true;
}

void progress_at(progress *p, uint64_t done) {
  if (!p->visible) return;
  int64_t now = p->w->monotonic_ns(p->w);
  if (now - p->begun_ns < SHOW_AFTER_NS || now - p->drawn_ns < REDRAW_NS) return;
  p->drawn_ns = now;
  draw(p, done);
}

void progress_end(progress *p) {
  if (p->drawn) world_printf(p->w, WORLD_STDERR, "\r\x1b[K");
  p->drawn = false;
}
