/* The policies that open documents are part of: each compiled as `dun check` would, of what is on the screen, and kept
 * until something that it is made of changes. */
#ifndef DUN_LSP_POLICIES_H
#define DUN_LSP_POLICIES_H

#include "documents.h"
#include "lang/query/query.h"
#include "runtime/cli/session.h"

typedef struct policy {
  slice path; /* of its first file */
  bool fresh; /* nothing it is made of has changed since */
  bool told;  /* its diagnostics were published since */
  arena *perm;
  session s;         /* what `dun check` found; its diags are of the policy alone */
  diags in_templates;
  slice trouble;     /* why it could not be read; empty: it was */
  query q;
  line_table *lines; /* one per file of the query */
  query_lists lists;
} policy;

typedef struct policies {
  arena *perm;
  overlay *w;
  documents *open;
  policy *v;
  uint32_t n, room;
} policies;

/* The policy that a document is part of, compiled; NULL: the document is no policy. *file: which of its files. */
policy *policy_of(policies *p, document *d, uint16_t *file);
/* Compiled anew where it is not fresh. */
void policy_refresh(policies *p, policy *x);
/* A file changed: the policies that may be made of it are no longer fresh. `path` empty: any file may have. */
void policies_changed(policies *p, slice path);
/* Which policy a document belongs to is to be looked for again. */
void policies_look_again(policies *p);

#endif
