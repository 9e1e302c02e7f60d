/* Runs the tree-sitter grammar: `corpus trees FILE...` compares the trees of a corpus in tree-sitter's own format,
 * `corpus clean FILE...` looks for programs that it cannot read whole. What differs is shown; the last line is
 * `N passed, M failed`. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tree_sitter/api.h>

const TSLanguage *tree_sitter_dun(void);

static unsigned passed, failed;

static char *read_all(const char *path) {
  FILE *f = fopen(path, "rb");
  size_t room = 1 << 16, n = 0;
  char *text = malloc(room);
  while (f && text) {
    n += fread(text + n, 1, room - n - 1, f);
    if (n < room - 1) break;
    text = realloc(text, room *= 2);
  }
  if (!f || !text) {
    fprintf(stderr, "corpus: cannot read %s\n", path);
    exit(2);
  }
  fclose(f);
  text[n] = 0;
  return text;
}

static TSTree *tree_of(TSParser *p, const char *text, size_t n) {
  return ts_parser_parse_string(p, NULL, text, (uint32_t)n);
}

/* Runs of blanks as one, none before a bracket's end: how the trees are compared. */
static void squeeze(char *s) {
  char *to = s;
  for (const char *from = s; *from; from++) {
    bool blank = strchr(" \t\r\n", *from) != NULL;
    if (blank && (to == s || to[-1] == ' ')) continue;
    if (*from == ')' && to > s && to[-1] == ' ') to--;
    *to++ = blank ? ' ' : *from;
  }
  if (to > s && to[-1] == ' ') to--;
  *to = 0;
}

static char *line_of(char *from, const char *mark) {
  for (char *at = from; at; at = strchr(at, '\n'), at = at ? at + 1 : NULL)
    if (strncmp(at, mark, strlen(mark)) == 0) return at;
  return NULL;
}

static char *after_line(char *at) {
  char *end = strchr(at, '\n');
  return end ? end + 1 : at + strlen(at);
}

static void one_tree(TSParser *p, const char *name, size_t name_bytes, const char *program, size_t bytes, char *want) {
  TSTree *tree = tree_of(p, program, bytes);
  char *got = ts_node_string(ts_tree_root_node(tree));
  squeeze(got);
  squeeze(want);
  if (strcmp(got, want) == 0) {
    passed++;
  } else {
    failed++;
    printf("FAILED %.*s\nexpected %s\ngot      %s\n", (int)name_bytes, name, want, got);
  }
  free(got);
  ts_tree_delete(tree);
}

/* ===, a name, ===, the program, ---, its tree; and so on. */
static void trees(TSParser *p, const char *path) {
  char *text = read_all(path), *at = line_of(text, "===");
  while (at) {
    char *name = after_line(at), *head_end = line_of(name, "===");
    if (!head_end) break;
    char *program = after_line(head_end), *rule = line_of(program, "---");
    if (!rule) break;
    char *want = after_line(rule), *next = line_of(want, "===");
    if (next) next[-1] = 0;
    one_tree(p, name, strcspn(name, "\n"), program, (size_t)(rule - program), want);
    at = next;
  }
  free(text);
}

static bool show_error(TSNode n, const char *path) {
  if (strcmp(ts_node_type(n), "ERROR") == 0 || ts_node_is_missing(n)) {
    TSPoint at = ts_node_start_point(n);
    printf("FAILED %s:%u:%u: %s\n", path, at.row + 1, at.column + 1,
           ts_node_is_missing(n) ? "something is missing" : "not read");
    return true;
  }
  for (uint32_t i = 0; ts_node_has_error(n) && i < ts_node_child_count(n); i++)
    if (show_error(ts_node_child(n, i), path)) return true;
  return false;
}

static void clean(TSParser *p, const char *path) {
  char *text = read_all(path);
  TSTree *tree = tree_of(p, text, strlen(text));
  if (show_error(ts_tree_root_node(tree), path))
    failed++;
  else
    passed++;
  ts_tree_delete(tree);
  free(text);
}

int main(int n, char **v) {
  TSParser *p = ts_parser_new();
  if (!ts_parser_set_language(p, tree_sitter_dun())) {
    fputs("corpus: the parser is of another tree-sitter\n", stderr);
    return 2;
  }
  for (int i = 2; i < n; i++) (strcmp(v[1], "trees") == 0 ? trees : clean)(p, v[i]);
  ts_parser_delete(p);
  printf("%u passed, %u failed\n", passed, failed);
  return failed != 0;
}
