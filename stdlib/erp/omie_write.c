/* Orders carried out in Omie. Each is: look whether it was done before, do it, and where the answer leaves doubt, look
 * again. Looking is what makes an order count once; Omie has no key for most of them.
 *
 * Invariants: nothing is written without a look before it; ACCEPTED is said only of what Omie confirmed or of what was
 * seen there; RETRY only where it surely was not done. How each kind looks is in omie_look.c. */
#include <string.h>

#include "omie_look.h"

enum { SETTLED_SECONDS = 120 }; /* after that Omie is no longer at a request whose answer got lost */

static send_result result(send_outcome outcome, slice detail) {
  return (send_result){.outcome = outcome, .detail = detail};
}

/* ---- what an answer to a writing call says ---- */

typedef struct acted {
  bool doubt; /* only a look can tell */
  send_result r;
} acted;

static acted read_acted(erp *e, const omie_answer *a, arena *perm) {
  if (a->root) {
    slice code = json_text_at(a->root, "codigo_status"), other = json_text_at(a->root, "cCodStatus");
    if (!code.n) code = other;
    if (code.n && !slice_eq(code, SLICE("0")))
      return (acted){.r = result(SEND_REJECTED, arena_printf(perm, "Omie answers status %.*s", SLICE_ARG(code)))};
    return (acted){.r = result(SEND_ACCEPTED, (slice){0})};
  }
  if (a->fault) {
    acted x = {.r = result(SEND_RETRY, slice_of(a->fault->words))};
    x.r.retry_s = a->fault->wait_s;
    switch (a->fault->writing) {
    case OMIE_W_REJECTED: x.r.outcome = SEND_REJECTED; break;
    case OMIE_W_RETRY: break;
    case OMIE_W_DOWN: x.r.outcome = SEND_DOWN; break;
    case OMIE_W_LOOK: x.doubt = true; break;
    }
    return x;
  }
  acted x = {.r = api_outcome(e->group[OMIE_WRITES], &a->http, perm)};
  x.doubt = x.r.outcome == SEND_UNKNOWN || x.r.outcome == SEND_ACCEPTED; /* accepted, but in no form that is known */
  if (x.r.outcome == SEND_ACCEPTED)
    x.r = result(SEND_UNKNOWN, SLICE("its answer is not in the form that is documented"));
  return x;
}

/* After a doubt: what Omie has now. That it does not have it is no proof while it may still be at it; after "the same
 * request again" it was this one that was not taken. */
static send_result settle_doubt(omie_job *j, const omie_answer *a, send_result r) {
  omie_seen seen = j->kind->look(j, true);
  if (seen.is == OMIE_DONE) {
    send_result done = result(SEND_ACCEPTED, SLICE("seen in Omie"));
    done.provider_id = seen.id;
    return done;
  }
  bool redundant = a->fault && strcmp(a->fault->code, "6") == 0;
  if (redundant && seen.is == OMIE_NOT_DONE) {
    r.outcome = SEND_RETRY;
    return r;
  }
  r.outcome = SEND_UNKNOWN;
  r.retry_s = 0;
  return r;
}

/* What a look that ended the order comes to. */
static send_result of_seen(const omie_seen *seen) {
  send_result r = result(SEND_RETRY, seen->why);
  switch (seen->is) {
  case OMIE_DONE:
    r.outcome = SEND_ACCEPTED;
    r.provider_id = seen->id;
    if (!r.detail.n) r.detail = SLICE("it was so in Omie already");
    break;
  case OMIE_IMPOSSIBLE: r.outcome = SEND_REJECTED; break;
  case OMIE_CANNOT_TELL: r.outcome = SEND_DOWN; break; /* nothing was written; what stands there cannot be seen */
  case OMIE_NO_ANSWER:
    r.outcome = SEND_DOWN;
    r.retry_s = seen->wait_s;
    break;
  case OMIE_NOT_DONE: break;
  }
  return r;
}

static send_result carry_out(omie_job *j) {
  omie_seen seen = j->kind->look(j, false);
  if (seen.is != OMIE_NOT_DONE) return of_seen(&seen);
  omie_answer a = j->kind->act(j);
  acted x = read_acted(j->e, &a, j->perm);
  if (x.doubt) return settle_doubt(j, &a, x.r);
  if (x.r.outcome == SEND_ACCEPTED && a.root) x.r.provider_id = omie_number_of(a.root);
  return x.r;
}

/* ---- contracts of a customer ---- */

/* The worst of several: what was not done decides. */
static bool worse(send_outcome a, send_outcome b) {
  static const int RANK[SEND_OUTCOME_COUNT] = {
      [SEND_ACCEPTED] = 0, [SEND_REJECTED] = 1, [SEND_RETRY] = 2, [SEND_DOWN] = 3, [SEND_UNKNOWN] = 4};
  return RANK[a] > RANK[b];
}

typedef send_result one_contract(omie_job *j, int64_t begun_s);

static send_result each_contract(omie_job *j, one_contract *one, int64_t begun_s) {
  slice *ids;
  size_t n;
  omie_seen seen = omie_contracts_of(j, &ids, &n);
  if (seen.is != OMIE_DONE) return of_seen(&seen);
  if (n == 0) return result(SEND_REJECTED, SLICE("it hangs on no contract in Omie"));
  send_result all = result(SEND_ACCEPTED, (slice){0});
  for (size_t i = 0; i < n; i++) {
    omie_job single = *j;
    single.contract = ids[i];
    send_result r = one(&single, begun_s);
    if (i == 0 || worse(r.outcome, all.outcome)) all = r;
  }
  return all;
}

static send_result write_one(omie_job *j, int64_t begun_s) {
  (void)begun_s;
  return carry_out(j);
}

/* A customer's service, and an invoice's, is that of contracts. */
static bool is_of_contracts(const omie_job *j) { return j->kind->of_contract; }

send_result omie_write(erp *e, const erp_order *o, arena *perm) {
  omie_job j;
  slice why;
  if (!omie_job_of(e, o, perm, &j, &why)) return result(SEND_REJECTED, why);
  return is_of_contracts(&j) ? each_contract(&j, write_one, 0) : carry_out(&j);
}

/* ---- what came of it ---- */

static send_result find_one(omie_job *j, int64_t begun_s) {
  omie_seen seen = j->kind->look(j, true);
  int64_t now_s = j->e->w->now_ns(j->e->w) / 1000000000;
  if (seen.is == OMIE_DONE) return of_seen(&seen);
  bool surely_not = seen.is == OMIE_NOT_DONE || seen.is == OMIE_IMPOSSIBLE;
  if (surely_not && now_s - begun_s >= SETTLED_SECONDS) return result(SEND_RETRY, SLICE("it is not in Omie"));
  return result(SEND_UNKNOWN, seen.why.n ? seen.why : SLICE("Omie may still be at it"));
}

send_result omie_find(erp *e, const erp_order *o, int64_t begun_s, arena *perm) {
  omie_job j;
  slice why;
  if (!omie_job_of(e, o, perm, &j, &why)) return result(SEND_RETRY, why);
  return is_of_contracts(&j) ? each_contract(&j, find_one, begun_s) : find_one(&j, begun_s);
}
