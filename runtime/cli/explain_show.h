/* An explanation as it is printed: prose for a person, one table of questions and answers for a program. */
#ifndef DUN_CLI_EXPLAIN_SHOW_H
#define DUN_CLI_EXPLAIN_SHOW_H

#include "runtime/engine/explain.h"
#include "session.h"

/* `words`: what was asked for beside the invoice. The exit status. */
int explain_show(session *s, uint32_t row, const slice *words, uint32_t word_count);

#endif
