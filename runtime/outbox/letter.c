/* What an e-mail to a customer says beside its words. See outbox_letter_heads. */
#include "outbox.h"
#include "stdlib/channel/leave.h"
#include "stdlib/channel/unreached.h"

store_code outbox_letter_heads(outbox *o, ready_message *m, slice key, arena *scratch) {
  secret its;
  if (m->ch != (outlet)CH_EMAIL || !m->to_customer || !o->ch[m->ch].driver->real) return STORE_OK;
  store_code code = store_thread_of(o->s, m->a.id, slice_of(outlet_name(m->ch)), m->to, scratch, m->thread);
  /* A person who has it sent again knows better. */
  if (code == STORE_OK && !m->resend_by.n) code = unreached_is(o->s, m->to, o->today.day, scratch, &m->unreached);
  if (code != STORE_OK || !o->public_url.n) return code;
  code = leave_secret(o->w, o->s, true, scratch, &its);
  if (code == STORE_OK && secret_is_there(&its)) m->leave_url = leave_link(&its, o->public_url, key, scratch);
  return code;
}
