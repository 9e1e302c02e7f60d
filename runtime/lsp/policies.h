/* The policies that open documents are part of: each compiled as `dun check` would, of what is on the screen, and kept
 * until something that it is made of changes. */
#ifndef DUN_LSP_POLICIES_H
#define DUN_LSP_POLICIES_H

#include "documents.h"
#include "lang/query/query.h"
#include "runtime/cli/session.h"

enum { POLICY_LISTS = 3 };

typedef struct policy {
  slice path;   /* of its first file */
  bool fresh;   /* nothing it is made of has changed since it was compiled */
  bool checked; /* its lints and templates were looked at since */
  bool told;    /* its diagnostics were published since */
  arena *perm;
  session s;
  diags said[POLICY_LISTS]; /* of the compile and the lints, of the templates, of the project; sources of the session's
                               first, then of its templates */
  slice trouble;            /* why it could not be read; empty: it was */
  query q;
  line_table *lines; /* one per file of the query */
  query_lists lists;
  query glance; /* the same with one document as it is now: policy_glance */
  arena *glance_perm;
  const document *glanced; /* which; NULL: it has changed since */
} policy;

typedef struct policies {
  arena *perm;
  overlay *w;
  documents *open;
  bool no_store; /* the project's customers are not looked at */
  policy *v;
  uint32_t n, room;
} policies;

/* The policy that a document is part of, compiled; NULL: the document is no policy. *file: which of its files. */
policy *policy_of_document(policies *p, document *d, uint16_t *file);
/* For who answers between two keystrokes: the document is read as it is now, all else as it was compiled last. NULL:
 * nothing is known of it yet. */
const query *policy_glance(policies *p, document *d, policy **x, uint16_t *file);
/* Compiled anew where it is not fresh. */
void policy_refresh(policies *p, policy *x);
/* The rest of what `dun check` says: what takes longer than a keystroke allows. */
void policy_check(policies *p, policy *x);
/* A file changed: the policies that may be made of it are no longer fresh. `path` empty: any file may have. */
void policies_changed(policies *p, slice path);
/* Which policy a document belongs to is to be looked for again. */
void policies_look_again(policies *p);

#endif
