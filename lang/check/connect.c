/* Teams and connections. Secrets never stand in a policy: a key whose name says that it is one must come from the
 * environment. */
#include "lang/check/setting.h"

#include "lang/check/internal.h"

#include "lang/base/path.h"
#include "lang/base/text.h"
#include "lang/base/utf8.h"

/* ---- secrets ---- */

bool setting_is_secret(slice key) {
  static const char *const PARTS[] = {"password",
                                      "secret",
                                      "token",
                                      "key",
                                      "credential",
                                      "senha",
                                      "segredo",
                                      "chave",
                                      "clave",
                                      "secreto",
                                      "contrase\xc3\xb1"
                                      "a",
                                      "webhook"};
  for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++)
    if (utf8_fold_contains(key, slice_of(PARTS[i]))) return true;
  return false;
}

/* A password inside of an address: smtp://user:password@host */
static bool url_has_password(slice url) {
  for (size_t i = 0; i + 3 <= url.n; i++) {
    if (memcmp(url.p + i, "://", 3) != 0) continue;
    bool colon = false;
    for (i += 3; i < url.n && url.p[i] != '/'; i++) {
      if (url.p[i] == '@') return colon;
      colon = colon || url.p[i] == ':';
    }
    return false;
  }
  return false;
}

static void report_secret(checker *c, const ast *value, slice key) {
  slice words = kw_text(KW_FROM_ENV, c->lang);
  text name = text_new(c->scratch);
  text_printf(&name, "%.*s \"", SLICE_ARG(words));
  for (size_t i = 0; i < key.n; i++)
    text_char(&name, key.p[i] >= 'a' && key.p[i] <= 'z' ? (char)(key.p[i] - 32) : key.p[i]);
  text_char(&name, '"');
  mend(c, REPORT(c, E0321, value->at, hint(c, HINT_FROM_ENV, NO_HINT), key), value->at, text_slice(&name));
}

/* ---- teams ---- */

void team_build(checker *c, const ast *n) {
  team t = {.name = keep(c, n->text), .at = n->at};
  if (name_map_add(c->scratch, &c->teams_by_name, 0, n->text, c->teams.n) != NAME_NONE) {
    REPORT(c, E0114, span_name(c, n), NO_HINT, n->text);
    return;
  }
  for (const ast *a = ast_kid(n, AST_TEAM_ADDRESS); a; a = ast_next(a, AST_TEAM_ADDRESS)) {
    const ast *env = ast_kid(a, AST_FROM_ENV), *literal = ast_kid(a, AST_TEXT);
    const ast *value = env ? env->kid : literal;
    bool teams = utf8_fold_eq(a->text, SLICE("teams")), slack = utf8_fold_eq(a->text, SLICE("slack"));
    if (!value) continue;
    if (teams || slack) {
      if (!env) report_secret(c, value, a->text); /* who knows the address of a webhook can post to it */
      *(teams ? &t.teams_env : &t.slack_env) = keep(c, value->text);
    } else if (a->text.n == 0 || utf8_fold_eq(a->text, SLICE("email")) || utf8_fold_eq(a->text, SLICE("correo"))) {
      if (!env && !memchr(value->text.p, '@', value->text.n)) REPORT(c, E0333, value->at, NO_HINT, value->text);
      t.email = keep(c, value->text);
    } else
      REPORT(c, E0333, a->at, NO_HINT, a->text);
  }
  *VEC_PUSH(c->perm, &c->teams, team) = t;
}

/* ---- connections ---- */

static setting setting_of(checker *c, const ast *holder, slice key) {
  const ast *env = ast_kid(holder, AST_FROM_ENV), *v = env ? env->kid : holder->kid;
  setting s = {.key = keep(c, key), .from_env = env != NULL};
  if (!v) return s;
  if (v->kind == AST_NUMBER) {
    char digits[DECIMAL_TEXT_MAX];
    s.value = keep(c, (slice){digits, decimal_text(v->value.number, digits)});
  } else
    s.value = keep(c, v->text);
  if (!env && setting_is_secret(key)) report_secret(c, v, key);
  return s;
}

void connect_build(checker *c, const ast *n) {
  const ast *vendor = ast_kid(n, AST_NAME), *url = ast_kid(n, AST_TEXT), *from = ast_kid(n, AST_FROM);
  const ast *with = ast_kid(n, AST_WITH);
  connection out = {.kind = keep(c, n->text), .at = n->at};
  out.folder = keep(c, path_folder(c->p->sources[n->at.file].name));
  vec settings = {0};
  if (vendor) out.vendor = keep(c, vendor->text);
  if (url) {
    out.url = keep(c, url->text);
    if (url_has_password(url->text)) report_secret(c, url, SLICE("password"));
  }
  if (from) *VEC_PUSH(c->perm, &settings, setting) = setting_of(c, from, SLICE("from"));
  for (const ast *key = with ? with->kid : NULL; key; key = key->next)
    *VEC_PUSH(c->perm, &settings, setting) = setting_of(c, key, key->text);
  out.settings = settings.v;
  out.setting_count = settings.n;
  *VEC_PUSH(c->perm, &c->connections, connection) = out;
}
