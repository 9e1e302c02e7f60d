/* See erase.h. One table says which columns are personal and how a row finds its customer.
 *
 * Invariant: nothing that names, addresses or quotes the person is left in any table but `revision` (the policy's text)
 * and `event` (which never had any); every row stays. */
#include "erase.h"

#include <assert.h>
#include <stdio.h>

#include "runtime/hash.h"
#include "store_impl.h"

/* ?1 the customer's row, ?2 its old id, ?3 its new one. In this order: what is found by the old id comes before the
 * rows that give it up. */
#define MINE "(SELECT id FROM action WHERE customer = ?2)"
#define INVOICES "(SELECT number FROM invoice WHERE customer_row = ?1)"
#define CONTRACTS "(SELECT number FROM contract WHERE customer_row = ?1)"
#define NOTES                                                                                                          \
  "(SELECT coalesce(lead, id) FROM action WHERE customer = ?2)" /* a digest to our own people names many customers */

static const struct step {
  const char *sql;
  size_t counted; /* offset in store_erased; 0: not counted (row is not) */
} STEPS[] = {
#define AT(field) offsetof(store_erased, field)
    {"UPDATE message SET recipient = '', recipient_name = '', subject = '', text = '', html = '', gaps = '', "
     "form = '' "
     "WHERE action IN " NOTES,
     AT(messages)},
    {"UPDATE message_part SET name = '', source = '', gap = '', bytes = x'' WHERE message IN " NOTES, 0},
    {"UPDATE attempt SET provider_id = NULL, detail = NULL, asked_by = '' WHERE action IN " MINE, 0},
    {"UPDATE provider_event SET detail = '', provider_id = 'erased ' || id WHERE action IN " MINE, 0},
    {"DELETE FROM search_word WHERE (kind = 0 AND row = ?1) OR (kind = 2 AND row IN (SELECT id FROM card WHERE "
     "customer = ?2))",
     0},
    {"DELETE FROM customer_face WHERE row = ?1", 0},
    {"UPDATE card_face SET words = '' WHERE row IN (SELECT id FROM card WHERE customer = ?2)", 0},
    {"UPDATE card_event SET words = '' WHERE card IN (SELECT id FROM card WHERE customer = ?2)", 0},
    {"UPDATE card SET title = '', customer = ?3 WHERE customer = ?2", AT(cards)},
    {"UPDATE agreement SET note = '', reason = '', customer = ?3 WHERE customer = ?2", 0},
    {"UPDATE card SET entity = ?3 WHERE kind = 0 AND entity = ?2", 0},
    {"UPDATE approval SET what = 'erased', customer = ?3 WHERE customer = ?2", 0},
    {"UPDATE approval SET entity = ?3 WHERE kind = 0 AND entity = ?2", 0},
    {"UPDATE activation_row SET entity = ?3 WHERE customer = ?2 AND entity = ?2", 0},
    {"UPDATE activation_row SET customer = ?3 WHERE customer = ?2", 0},
    /* A server's words, which may quote an address; it says them again. */
    {"UPDATE channel_state SET reason = '' WHERE reason <> ''", 0},
    {"UPDATE pause SET name = ?3, reason = '' WHERE scope = 'customer' AND name = ?2", 0},
    {"UPDATE position SET entity = ?3 WHERE kind = 0 AND entity = ?2", 0},
    {"UPDATE anchor SET entity = ?3 WHERE kind = 0 AND entity = ?2", 0},
    {"UPDATE armed SET entity = ?3 WHERE kind = 0 AND entity = ?2", 0},
    {"UPDATE begun SET entity = ?3 WHERE kind = 0 AND entity = ?2", 0},
    {"DELETE FROM waiting WHERE customer = ?2", 0},
    {"DELETE FROM heard WHERE customer = ?2", 0},
    {"DELETE FROM wish WHERE customer = ?2", 0},
    {"DELETE FROM recheck WHERE source_id = ?2 OR source_id IN (SELECT source_id FROM customer WHERE row = ?1)", 0},
    {"DELETE FROM own_state WHERE kind = 0 AND entity = ?2", 0},
    {"UPDATE happening SET entity = ?3, value = 'erased ' || seq, said = NULL WHERE kind IN ('erp event', 'document "
     "signed', "
     "'document refused', 'document expired') AND entity = ?2",
     0},
    {"UPDATE happening SET value = 'erased ' || seq, said = NULL WHERE kind IN ('reply', 'opt out', 'opt in') AND "
     "entity "
     "IN " INVOICES,
     AT(replies)},
    {"UPDATE action SET recipient = '', action = 'erased', computed = '', leased_by = '', reason = '', resend_by = '', "
     "message_hash = '', customer = ?3 WHERE customer = ?2",
     AT(actions)},
    {"UPDATE action SET entity = ?3 WHERE kind = 0 AND entity = ?2", 0},
    {"UPDATE invoice SET payment_link = NULL, boleto = NULL, pix = NULL, tags = NULL, custom = NULL, source_id = NULL "
     "WHERE customer_row = ?1",
     AT(invoices)},
    {"UPDATE contract SET custom = NULL, source_id = NULL WHERE customer_row = ?1", AT(contracts)},
    {"UPDATE customer SET id = ?3, name = NULL, segment = NULL, state = NULL, language = NULL, timezone = NULL, "
     "email = NULL, phone = NULL, whatsapp = NULL, owner = NULL, tags = NULL, since = NULL, custom = NULL, "
     "source_id = NULL WHERE row = ?1",
     0},
#undef AT
};

static store_code one_int(store *s, db_stmt *q, int64_t *value) {
  store_code code = store_one_int(s, q, value);
  return code == STORE_ROW ? STORE_OK : code;
}

static store_code row_of(store *s, slice id, int64_t *row) {
  db_stmt *q;
  store_code code = store_prepared(s, "SELECT row FROM customer WHERE id = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, id);
  return one_int(s, q, row);
}

store_code store_customer_open(store *s, slice id, int64_t *open) {
  int64_t row;
  db_stmt *q;
  store_code code = row_of(s, id, &row);
  if (code != STORE_OK) return code;
  code = store_prepared(s, "SELECT count(*) FROM invoice WHERE customer_row = ?1 AND status = 'open' AND open > 0", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, row);
  return one_int(s, q, open);
}

/* ---- the key of an erased id ---- */

static const char SALT_KEY[] = "erase.salt";

/* Made when the first customer is erased; without it nobody was. */
static store_code salt_of(store *s, bool make, arena *perm, slice *salt) {
  store_code code = store_state_get(s, slice_of(SALT_KEY), perm, salt);
  if (code != STORE_END || !make) return code;
  uint8_t bytes[HASH_BYTES];
  char hex[HASH_HEX_MAX];
  if (s->w->random(s->w, bytes, sizeof bytes) != WORLD_OK) {
    s->why.code = STORE_IO;
    snprintf(s->why.text, sizeof s->why.text, "this machine gives no random numbers; nothing was erased");
    return STORE_IO;
  }
  hash_hex(bytes, hex);
  *salt = arena_slice(perm, slice_of(hex));
  return store_state_set(s, slice_of(SALT_KEY), *salt);
}

static void key_of(slice salt, slice id, uint8_t out[HASH_BYTES]) {
  hasher *h = hash_begin();
  hash_add_field(h, salt);
  hash_add_field(h, id);
  hash_end(h, out);
}

store_code store_any_erased(store *s, bool *yes) {
  db_stmt *q;
  int64_t any = 0;
  store_code code = store_prepared(s, "SELECT EXISTS (SELECT 1 FROM erased)", &q);
  if (code == STORE_OK) code = one_int(s, q, &any);
  *yes = any != 0;
  return code;
}

store_code store_was_erased(store *s, slice id, bool *yes) {
  arena *scratch = arena_new();
  slice salt;
  *yes = false;
  store_code code = salt_of(s, false, scratch, &salt);
  if (code == STORE_OK) {
    uint8_t key[HASH_BYTES];
    db_stmt *q;
    int64_t found;
    key_of(salt, id, key);
    code = store_prepared(s, "SELECT 1 FROM erased WHERE key = ?1", &q);
    if (code == STORE_OK) {
      db_bind_blob(q, 1, key, sizeof key);
      code = one_int(s, q, &found);
      *yes = code == STORE_OK;
    }
  }
  arena_free(scratch);
  return code == STORE_END ? STORE_OK : code;
}

static store_code remember(store *s, int64_t row, slice id) {
  arena *scratch = arena_new();
  slice salt;
  db_stmt *q;
  uint8_t key[HASH_BYTES];
  store_code code = salt_of(s, true, scratch, &salt);
  if (code == STORE_OK)
    code = store_prepared(s, "INSERT OR IGNORE INTO erased (key, customer_row, at) VALUES (?1, ?2, ?3)", &q);
  if (code == STORE_OK) {
    key_of(salt, id, key);
    db_bind_blob(q, 1, key, sizeof key);
    db_bind_int(q, 2, row);
    db_bind_int(q, 3, store_now_us(s));
    code = store_do(s, q);
  }
  arena_free(scratch);
  return code;
}

store_code store_erase_customer(store *s, slice id, store_erased *out) {
  *out = (store_erased){.row = 0};
  if (!store_in_transaction(s)) return store_misuse(s, "a person is erased inside a transaction", SLICE(""));
  store_code code = row_of(s, id, &out->row);
  if (code != STORE_OK) return code;
  code = db_script(s->d, "PRAGMA secure_delete = ON") == STORE_OK ? remember(s, out->row, id) : store_failed(s);
  char name[40];
  slice as = {name, (size_t)snprintf(name, sizeof name, "erased-%lld", (long long)out->row)};
  for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS && code == STORE_OK; i++) {
    db_stmt *q;
    if (db_prepare(s->d, STEPS[i].sql, &q) != STORE_OK) return store_failed(s);
    const int last = db_parameters(q);
    if (last >= 1) db_bind_int(q, 1, out->row);
    if (last >= 2) db_bind_text(q, 2, id);
    if (last >= 3) db_bind_text(q, 3, as);
    code = store_do(s, q);
    if (code == STORE_OK && STEPS[i].counted)
      memcpy((char *)out + STEPS[i].counted, &(int64_t){db_changes(s->d)}, sizeof(int64_t));
    db_finish(q);
  }
  return code;
}

store_code store_card_emptied(store *s, int64_t card) {
  db_stmt *q;
  store_code code = store_prepared(s, "UPDATE card SET title = '' WHERE id = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, card);
  return store_do(s, q);
}

store_code store_erase_settle(store *s) {
  db_stmt *q;
  if (db_prepare(s->d, "PRAGMA wal_checkpoint(TRUNCATE)", &q) != STORE_OK) return store_failed(s);
  store_code code = db_step(q);
  bool busy = code == STORE_ROW && db_int(q, 0) != 0;
  if (code != STORE_ROW && code != STORE_END) code = store_failed(s);
  db_finish(q);
  return busy ? STORE_LOCKED : code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}
