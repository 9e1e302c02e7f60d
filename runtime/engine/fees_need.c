/* Which actions need the late fee and the interest, and wait where they cannot be told: a sum that is wrong cannot be
 * taken back. See fees.h. */
#include "fees.h"
#include "undecided.h"

static bool shows_fees(const engine *e, const text_pieces *t) {
  for (uint32_t i = 0; i < t->count; i++) {
    uint16_t use = t->pieces[i].use;
    if (use == NO_USE || e->p->uses[use].field >= FIELD_COUNT) continue;
    if (FIELDS[e->p->uses[use].field].source == SRC_FEE) return true;
  }
  return false;
}

static bool template_shows_fees(const program *p, slice name) {
  for (uint32_t i = 0; i < p->fee_template_count; i++)
    if (slice_eq(p->fee_templates[i], name)) return true;
  return false;
}

bool fees_lack(engine *e, const action *a, const send_way *w, entity of, uint32_t row) {
  if (!e->fees_may_lack || of != ENT_INVOICE) return false;
  bool shows = a->kind == ACT_CHARGE_INTEREST || shows_fees(e, &a->body);
  if (w) shows |= w->with & WITH_FEES || shows_fees(e, &w->inline_text) || template_shows_fees(e->p, w->template_name);
  money m;
  uint32_t field = shows ? FIELD_INVOICE_TOTAL : FIELD_INVOICE_FINE;
  if (!shows && a->kind != ACT_CHARGE_FEE) return false;
  if (fees_of(e, field, row, &m) == FEES_KNOWN) return false;
  undecided_fees(e, row);
  return true;
}
