/* dun show: a policy as a picture and as prose, for who reviews it. */
#include "commands.h"
#include "lang/base/text.h"
#include "session.h"
#include "show.h"

enum { COLUMNS = 100, COLUMNS_MIN = 40 }; /* where no terminal says how wide it is */

static slice name_of(const session *s) {
  const program *p = s->c.program;
  if (p->name.n) return p->name;
  slice path = s->policy_path;
  for (size_t i = path.n; i-- > 0;)
    if (path.p[i] == '/' && i + 1 < path.n) return (slice){path.p + i + 1, path.n - i - 1};
  return path;
}

static size_t columns_of(world *w) {
  int columns = w->is_terminal(w, WORLD_STDOUT) ? w->terminal_columns(w) : 0;
  if (columns <= 0) return COLUMNS;
  return columns < COLUMNS_MIN ? COLUMNS_MIN : (size_t)columns;
}

/* A locale that says its characters and means others than UTF-8. One that says nothing is taken for UTF-8, as all other
 * output is. */
static bool ascii_only(world *w) {
  static const char *const NAMES[] = {"LC_ALL", "LC_CTYPE", "LANG"};
  const char *value = NULL;
  for (size_t i = 0; i < 3 && !(value && *value); i++) value = w->env(w, NAMES[i]);
  if (!value || !*value) return false;
  return !strcasestr(value, "utf-8") && !strcasestr(value, "utf8");
}

/* ---- prose in other forms ---- */

static void md_text(text *t, slice s) {
  for (size_t i = 0; i < s.n; i++) {
    if (strchr("\\`*_{}[]<>#|", s.p[i])) text_char(t, '\\');
    text_char(t, s.p[i]);
  }
}

static slice markdown(arena *perm, const prose *words) {
  static const char *const HEAD[] = {
      [PROSE_TITLE] = "# ", [PROSE_HEADING] = "## ", [PROSE_TEXT] = "", [PROSE_ITEM] = "- "};
  text t = text_new(perm);
  for (uint32_t i = 0; i < words->n; i++) {
    const prose_block *b = &words->v[i];
    bool listed = b->kind == PROSE_ITEM && words->v[i - 1].kind == PROSE_ITEM;
    if (i && !listed) text_char(&t, '\n');
    text_cstr(&t, HEAD[b->kind]);
    if (b->lead.n) {
      text_cstr(&t, "**");
      md_text(&t, b->lead);
      text_cstr(&t, "**: ");
    }
    md_text(&t, b->text);
    text_char(&t, '\n');
  }
  return text_slice(&t);
}

static int rows(session *s, const prose *words) {
  static const char *const KINDS[] = {
      [PROSE_TITLE] = "title", [PROSE_HEADING] = "heading", [PROSE_TEXT] = "text", [PROSE_ITEM] = "item"};
  const out_column columns[] = {
      {"kind", NULL, OUT_TEXT, true}, {"when", NULL, OUT_TEXT, true}, {"says", NULL, OUT_TEXT, true}};
  out *o = out_begin(s->w, s->a->format, columns, 3);
  for (uint32_t i = 0; i < words->n; i++)
    out_row(o, (slice[]){slice_of(KINDS[words->v[i].kind]), words->v[i].lead, words->v[i].text});
  world_code why;
  return out_end(o, &why) || why == WORLD_CLOSED ? EXIT_FINE : EXIT_WORLD;
}

/* ---- files ---- */

static int write_to(session *s, arg_option which, slice bytes) {
  const char *path = s->a->value[which].text.p;
  world_code code = s->w->write_file(s->w, path, bytes);
  if (code != WORLD_OK)
    return COMPLAIN(s, EXIT_WORLD, CANNOT_WRITE, slice_of(path), texts_world(s->lang, s->perm, code));
  SAY(s, WORLD_STDERR, SHOW_WRITTEN, slice_of(path));
  return EXIT_FINE;
}

static int files(session *s, const show_model *m, const prose *words) {
  int status = EXIT_FINE;
  if (s->a->value[ARG_svg].given) status = write_to(s, ARG_svg, show_svg(s->perm, m, true));
  if (status == EXIT_FINE && s->a->value[ARG_html].given) status = write_to(s, ARG_html, show_page(s->perm, m, words));
  return status;
}

static void print(session *s, slice bytes) { world_printf(s->w, WORLD_STDOUT, "%.*s", SLICE_ARG(bytes)); }

static int on_terminal(session *s, const show_model *m, const prose *words) {
  slice as = s->a->value[ARG_show_as].text;
  bool picture = !slice_eq(as, SLICE("prose")), prose_too = !slice_eq(as, SLICE("picture"));
  size_t columns = columns_of(s->w);
  if (picture) print(s, show_terminal(s->perm, m, columns, ascii_only(s->w)));
  if (picture && prose_too) print(s, SLICE("\n"));
  if (prose_too) print(s, show_prose(s->perm, words, columns));
  return EXIT_FINE;
}

static int show(session *s) {
  const args *a = s->a;
  prose words = prose_of(s->perm, s->c.program, s->lang);
  show_model m = show_model_of(s->perm, s->c.program, name_of(s), s->lang);
  if (a->value[ARG_svg].given || a->value[ARG_html].given) return files(s, &m, &words);
  if (a->format == OUT_md) {
    print(s, markdown(s->perm, &words));
    return EXIT_FINE;
  }
  return a->format == OUT_table ? on_terminal(s, &m, &words) : rows(s, &words);
}

int cmd_show(const args *a, world *w) {
  session s;
  int status = session_compile(&s, a, w, a->word_count ? a->word[0] : (slice){0});
  if (status == EXIT_FINE) status = show(&s);
  session_close(&s);
  return status;
}
