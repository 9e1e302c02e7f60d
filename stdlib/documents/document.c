/* `create document "addendum"`: the page of an order becomes a PDF, which the store keeps with its action
 * (runtime/outbox/settle.c). No connect line: it is made on this machine, and nothing leaves it.
 *
 * Invariants: what is kept is made of the page that was decided, and made once; what a run left in the middle has done
 * nothing outside and is done again. */
#include "pdf.h"
#include "runtime/hash.h"
#include "signature.h"

struct sender {
  world *w;
};

static sender *open_documents(world *w, arena *perm, const sender_options *o, slice *why) {
  (void)o;
  sender *s = ARENA_NEW(perm, sender);
  *s = (sender){.w = w};
  if (pdf_can(w, why)) return s;
  return NULL;
}

static void close_documents(sender *s) { (void)s; }

static slice fingerprint(slice bytes, arena *perm) {
  uint8_t hash[HASH_BYTES];
  char hex[HASH_HEX_MAX];
  hash_of(bytes, hash);
  hash_hex(hash, hex);
  return arena_printf(perm, "sha256:%s", hex);
}

static send_result make(sender *s, const channel_message *m, arena *perm) {
  static const send_outcome OF[] = {[PDF_MADE] = SEND_ACCEPTED,
                                    [PDF_NO_PROGRAM] = SEND_DOWN,
                                    [PDF_LATER] = SEND_RETRY,
                                    [PDF_REFUSED] = SEND_REJECTED};
  pdf p = pdf_from_html(s->w, m->html, perm);
  send_result r = {.outcome = OF[p.code], .detail = p.why, .file = p.bytes};
  if (p.code == PDF_MADE) r.provider_id = fingerprint(p.bytes, perm);
  return r;
}

static send_result find_document(sender *s, const channel_message *m, int64_t begun_s, arena *perm) {
  (void)s;
  (void)m;
  (void)begun_s;
  (void)perm;
  return (send_result){.outcome = SEND_RETRY, .detail = SLICE("it had not been made yet")};
}

const channel_driver DOCUMENT_PDF = {
    .kind = "documents", .open = open_documents, .send = make, .close = close_documents, .find = find_document};
