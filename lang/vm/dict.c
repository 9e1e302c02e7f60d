/* Predicates on texts and sets: evaluated once for each entry of the column's dictionary, then tested by code. The
 * table follows a dictionary that has grown. */
#include "lang/vm/machine.h"

static bool holds(const code_const *k, code_rel rel, slice s) {
  for (uint32_t i = 0; i < k->count; i++) {
    bool exact = k->exact && k->exact[i];
    if (k->literal_first ? code_text_holds(rel, exact, k->texts[i], s) : code_text_holds(rel, exact, s, k->texts[i]))
      return true;
  }
  return false;
}

static void extend(vm *m, const code_op *o, bound *b, const vm_dict *d) {
  if (d->count > b->table_room) {
    uint32_t room = d->count + d->count / 2 + 16;
    uint8_t *table = arena_alloc(m->perm, room);
    if (b->table_count) memcpy(table, b->table, b->table_count);
    b->table = table, b->table_room = room;
  }
  for (uint32_t i = b->table_count; i < d->count; i++)
    b->table[i] = holds(&m->code->consts[o->y], (code_rel)o->rel, d->v[i]) ? TRI_YES : TRI_NO;
  b->table_count = d->count;
}

/* Runs of `t` in the table: the first one's ends, and how many codes there are (counted up to 4). */
typedef struct runs {
  uint32_t count, codes, from, to;
  int64_t code[3];
} runs;

static runs find_runs(const uint8_t *v, uint32_t n, tri t) {
  runs r = {0};
  for (uint32_t i = 0; i < n; i++) {
    if (v[i] != t) continue;
    if (i == 0 || v[i - 1] != t) {
      if (r.count++ == 0) r.from = i;
    }
    if (r.count == 1) r.to = i;
    if (r.codes < 3) r.code[r.codes] = i;
    if (r.codes < 4) r.codes++;
  }
  return r;
}

void vm_bind_text(vm *m, const code_op *o, bound *b) {
  const vm_column *c = &m->columns[o->x];
  extend(m, o, b, c->dict);
  bool misses = vm_column_misses(c);
  for (int side = 0; side < 2; side++) { /* the codes that hold, then those that do not */
    runs r = find_runs(b->table, b->table_count, side ? TRI_NO : TRI_YES);
    if (r.count <= 1) {
      vm_bind_range(b, c, r.count ? (int128)r.from : 1, r.count ? (int128)r.to : 0, side);
      return;
    }
    if (r.codes > 3) continue;
    if (r.codes == 2) r.code[2] = r.code[1];
    b->t = (vm_test){.code = {r.code[0], r.code[1], r.code[2]}};
    b->t.yes = side ? TRI_NO : TRI_YES, b->t.no = side ? TRI_YES : TRI_NO;
    b->test = VM_TESTS[misses ? TEST_CODES_MISSING : TEST_CODES][c->phys];
    return;
  }
  b->t.table = b->table;
  b->test = VM_TESTS[misses ? TEST_TABLE_MISSING : TEST_TABLE][c->phys];
}
