/* The audit log read by key: a page of it, by kind, actor, subject and time; each through an index. */
#ifndef DUN_STORE_AUDIT_LIST_H
#define DUN_STORE_AUDIT_LIST_H

#include "store.h"

typedef struct audit_entry {
  int64_t seq, at;
  slice kind, actor, subject, detail;
} audit_entry;

typedef struct audit_filter {
  slice kind, actor, subject; /* empty: any */
  int64_t from_us, to_us;     /* `to_us` not included; 0: no bound */
} audit_filter;

/* Newest first, of those before `before` (0: all); *more: there are others. */
STORE_MUST store_code audit_list(store *s, const audit_filter *f, int64_t before, uint32_t limit, arena *perm,
                                 audit_entry *out, size_t *count, bool *more);

enum { AUDIT_KINDS_MAX = 100 };
/* The kinds that there are, in their order. */
STORE_MUST store_code audit_kinds(store *s, arena *perm, slice *out, size_t *count);

/* store_audit_verify of one state of the store, whoever writes meanwhile; `head`: the last entry's hash, hex. */
STORE_MUST store_code audit_whole(store *s, arena *perm, int64_t *entries, int64_t *broken_at, slice *head);

#endif
