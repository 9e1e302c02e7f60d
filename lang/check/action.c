/* Lines and actions: the struct of each action filled from its tree, and what an action needs of the rows it runs over.
 */
#include "lang/check/internal.h"

#include "lang/base/suggest.h"
#include "lang/check/words.h"

const action_info ACTIONS[ACT_COUNT] = {
#define ACTION(id, words, customer, internal, needs, hurts, about_open)                                                \
  [ACT_##id] = {words, customer, internal, hurts, about_open, needs},
#include "lang/check/actions.def"
#undef ACTION
};

const char *const CHANNELS[CH_COUNT] = {"email", "whatsapp", "sms", "teams", "slack"};

static action_kind contract_kind(kw op) {
  if (op == KW_HOLD_BILLING) return ACT_HOLD_BILLING;
  if (op == KW_RELEASE_BILLING) return ACT_RELEASE_BILLING;
  if (op == KW_PAUSE_CONTRACT) return ACT_PAUSE_CONTRACT;
  if (op == KW_RESUME_CONTRACT) return ACT_RESUME_CONTRACT;
  if (op == KW_END_CONTRACT) return ACT_END_CONTRACT;
  return ACT_RENEW_CONTRACT;
}

static action_kind kind_of(const ast *n) {
  switch ((int)n->kind) {
  case AST_SEND: return ACT_SEND;
  case AST_ALERT: return ACT_ALERT;
  case AST_ESCALATE: return ACT_ESCALATE;
  case AST_OPEN_CARD: return ACT_OPEN_CARD;
  case AST_MOVE_CARD: return ACT_MOVE_CARD;
  case AST_CLOSE_CARD: return ACT_CLOSE_CARD;
  case AST_CHARGE: return n->op == KW_INTEREST ? ACT_CHARGE_INTEREST : ACT_CHARGE_FEE;
  case AST_UPDATE_DUE: return ACT_UPDATE_DUE;
  case AST_WRITE_OFF: return ACT_WRITE_OFF;
  case AST_SUSPEND: return ACT_SUSPEND_SERVICE;
  case AST_RESUME: return ACT_RESUME_SERVICE;
  case AST_MARK: return n->op == KW_UNMARK ? ACT_UNMARK : ACT_MARK;
  case AST_TAG: return n->op == KW_UNTAG_CUSTOMER ? ACT_UNTAG : ACT_TAG;
  case AST_LOG: return ACT_LOG;
  case AST_WEBHOOK: return ACT_CALL_WEBHOOK;
  case AST_BILL: return ACT_BILL_CONTRACT;
  case AST_CONTRACT_ACTION: return contract_kind(n->op);
  case AST_ADJUST: return ACT_ADJUST_PRICE;
  case AST_DOCUMENT: return ACT_CREATE_DOCUMENT;
  case AST_SIGNATURE: return ACT_SEND_FOR_SIGNATURE;
  default: return ACT_COUNT;
  }
}

/* A fee is charged on an invoice, a contract is billed: not every row has one. */
static void check_rows(checker *c, const ast *n, action_kind kind) {
  entity needs = ENT_CUSTOMER;
  if (kind == ACT_CHARGE_FEE || kind == ACT_CHARGE_INTEREST || kind == ACT_UPDATE_DUE || kind == ACT_WRITE_OFF)
    needs = ENT_INVOICE;
  if (kind >= ACT_BILL_CONTRACT && kind <= ACT_ADJUST_PRICE) needs = ENT_CONTRACT;
  if (entity_leads_to(c->of, needs)) return;
  slice written = {c->p->sources[n->at.file].text.p + n->at.from, n->at.to - n->at.from};
  REPORT(c, E0331, n->at, NO_HINT, written, entity_text(needs, c->lang));
}

static void body_of(checker *c, const ast *holder, action *out) {
  const ast *t = holder ? ast_kid(holder, AST_TEXT) : NULL;
  if (!t) return;
  out->body = pieces_build(c, t);
  out->has_body = true;
}

static slice first_text(checker *c, const ast *n) {
  const ast *t = ast_kid(n, AST_TEXT);
  return t ? keep(c, t->text) : NO_HINT;
}

/* `escalate to owner`: the tree does not keep `to`; the keyword's words before the recipient do. */
static bool wrote_to(checker *c, const ast *n, const ast *who) {
  const source *s = &c->p->sources[n->at.file];
  for (uint32_t i = n->at.from; i < who->at.from; i++)
    if (s->text.p[i] == ' ' || s->text.p[i] == '\t') {
      while (i < who->at.from && (s->text.p[i] == ' ' || s->text.p[i] == '\t')) i++;
      return i < who->at.from;
    }
  return false;
}

static void alert_build(checker *c, const ast *n, action *out) {
  const ast *via = ast_kid(n, AST_VIA);
  channel ch;
  out->name = keep(c, n->text);
  body_of(c, n, out);
  if (via && channel_of(via->kid, &ch)) out->via = slice_of(CHANNELS[ch]);
  if (name_map_get(&c->teams_by_name, 0, n->text) != NAME_NONE) return;
  *VEC_PUSH(c->scratch, &c->alerts, const ast *) = n;
}

static void card_build(checker *c, const ast *n, action *out) {
  const ast *priority = ast_kid(n, AST_PRIORITY), *due = ast_kid(n, AST_DUE_IN);
  uint16_t use;
  out->name = first_text(c, n);
  body_of(c, ast_kid(n, AST_TITLED), out);
  if (priority) {
    out->priority = word_find(WORD_PRIORITY, priority->text, c->lang);
    if (!out->priority.n) {
      slice names[3] = {word_text(WORD_PRIORITY, 0, c->lang), word_text(WORD_PRIORITY, 1, c->lang),
                        word_text(WORD_PRIORITY, 2, c->lang)};
      slice all =
          arena_printf(c->scratch, "%.*s, %.*s, %.*s", SLICE_ARG(names[0]), SLICE_ARG(names[1]), SLICE_ARG(names[2]));
      span at = span_name(c, priority);
      mend_choice(c, REPORT(c, E0123, at, hint(c, HINT_ONE_OF, all), priority->text), at, names, 3);
    }
  }
  const ast *who = ast_kid(n, AST_FOR_WHO);
  if (who) out->who = who_text(c, who->kid && who->kid->kind == AST_WHO ? who->kid : who, &out->who_quoted, &use);
  if (due && due->kid) {
    out->has_due_in = true;
    out->due_in = (duration){due->kid->value.duration.count, due->kid->value.duration.unit};
  }
}

static void update_due_build(checker *c, const ast *n, action *out) {
  const ast *to = ast_kid(n, AST_TO);
  if (!to || !to->kid) return;
  const expr *e = expr_whole(c, to->kid);
  if (e->ty == TY_ERROR) return;
  if (e->ty != TY_DATE) {
    REPORT(c, E0212, to->kid->at, NO_HINT, type_text(e->ty, c->lang));
    return;
  }
  out->value = c->values.n;
  *VEC_PUSH(c->perm, &c->values, const expr *) = e;
}

void action_build(checker *c, const ast *n, action *out) {
  *out = (action){.kind = kind_of(n), .at = n->at, .value = NO_VALUE, .name_use = NO_USE, .ordinal = c->ordinal++};
  if (out->kind == ACT_COUNT) { /* an error that the parser has reported */
    out->kind = ACT_LOG;
    return;
  }
  check_rows(c, n, out->kind);
  switch ((int)n->kind) {
  case AST_SEND: send_build(c, n, out); break;
  case AST_ALERT: alert_build(c, n, out); break;
  case AST_ESCALATE: {
    const ast *who = ast_kid(n, AST_WHO);
    out->name = who_text(c, who, &out->name_quoted, &out->name_use);
    out->to_written = who && wrote_to(c, n, who);
    body_of(c, n, out);
    break;
  }
  case AST_OPEN_CARD: card_build(c, n, out); break;
  case AST_LOG: body_of(c, n, out); break;
  case AST_UPDATE_DUE: update_due_build(c, n, out); break;
  case AST_MOVE_CARD:
  case AST_TAG:
  case AST_DOCUMENT: out->name = first_text(c, n); break;
  case AST_MARK: out->name = keep(c, n->text); break;
  case AST_WEBHOOK:
    out->name = keep(c, n->text);
    out->rest = canonical_items(c, ast_kid(n, AST_WITH), &out->items, &out->item_count);
    break;
  case AST_BILL:
    out->rest = canonical_prorated(c, ast_kid(n, AST_PRORATED));
    out->prorated = prorated_build(c, ast_kid(n, AST_PRORATED));
    break;
  case AST_ADJUST:
    out->rest = canonical_adjust(c, n);
    out->adjust = adjust_build(c, n);
    break;
  default: break;
  }
}

/* ---- lines ---- */

static void branch_build(checker *c, const ast *n, entity of, branch *out) {
  out->guard = cond_of(c, ast_kid(n, AST_COND), of);
  c->of = of;
  uint32_t count = 0;
  for (const ast *kid = n->kid; kid; kid = kid->next) count += ast_class_of(kid->kind) == AST_CLASS_ACTION;
  action *v = ARENA_ARRAY(c->perm, count + 1, action);
  for (const ast *kid = n->kid; kid; kid = kid->next)
    if (ast_class_of(kid->kind) == AST_CLASS_ACTION) {
      action_build(c, kid, &v[out->action_count++]);
      c->document_made |= kid->kind == AST_DOCUMENT;
      if (kid->kind == AST_SIGNATURE && !c->document_made && files_whole(c)) REPORT(c, E0353, kid->at, NO_HINT);
    }
  out->actions = v;
}

/* An undecided guard lets neither branch run: say which fields can do that. */
static void warn_missing(checker *c, const line *l) {
  if (l->branch_count < 2) return;
  for (uint32_t b = 0; b < l->branch_count; b++) {
    if (l->branches[b].guard == NO_COND) continue;
    const cond *k = VEC_AT(&c->conds, cond, l->branches[b].guard);
    for (uint32_t i = 0; i < k->use_count; i++) {
      const field_use *use = VEC_AT(&c->uses, field_use, k->uses[i]);
      if (program_can_miss(c->p, use->field) && !cond_asks_missing(k->e, k->uses[i]))
        REPORT(c, W0023, k->at, NO_HINT, field_text(c, use->field));
    }
  }
}

static void line_build(checker *c, const ast *n, entity of, line *out) {
  uint32_t count = 0;
  for (const ast *kid = n->kid; kid; kid = kid->next) count += kid->kind == AST_BRANCH;
  branch *v = ARENA_ARRAY(c->perm, count + 1, branch);
  out->at = n->at;
  out->branches = v;
  for (const ast *kid = n->kid; kid; kid = kid->next)
    if (kid->kind == AST_BRANCH) branch_build(c, kid, of, &v[out->branch_count++]);
  warn_missing(c, out);
}

/* The lines among a section's kids; ordinals count through all of them. */
lines lines_build(checker *c, const ast *section, entity of) {
  lines out = {NULL, 0};
  uint32_t count = 0;
  for (const ast *kid = section->kid; kid; kid = kid->next) count += kid->kind == AST_LINE;
  line *v = ARENA_ARRAY(c->perm, count + 1, line);
  c->ordinal = 0;
  for (const ast *kid = section->kid; kid; kid = kid->next)
    if (kid->kind == AST_LINE) line_build(c, kid, of, &v[out.count++]);
  out.v = v;
  if (c->ordinal > SECTION_ACTIONS_MAX)
    REPORT(c, E0338, section->at, NO_HINT, arena_printf(c->scratch, "%d", SECTION_ACTIONS_MAX));
  return out;
}

void check_does(checker *c, const ast *section, const lines *body) {
  if (!body->count && files_whole(c)) REPORT(c, E0350, section->at, NO_HINT);
}
