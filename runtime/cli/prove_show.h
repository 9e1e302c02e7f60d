/* What `dun prove` found, in words. An example is written as the `test` of a policy, in the policy's language, so that
 * it can be kept as it is; what no test says (what waits, which line breaks the guarantee) stands behind `#`. */
#ifndef DUN_CLI_PROVE_SHOW_H
#define DUN_CLI_PROVE_SHOW_H

#include "lang/base/text.h"
#include "runtime/engine/prove.h"
#include "session.h"

/* A guarantee stands at a line of a file and can be broken; a question is only asked, and the answer may be no. */
typedef enum prove_said { PROVE_SAID_GUARANTEE, PROVE_SAID_QUESTION } prove_said;

/* "given invoice amount 1000.00 due 2026-01-05", a line for each row, each after `indent` blanks. */
void prove_show_given(text *t, const program *p, const policy_test *example, unsigned indent);
/* "on 2026-01-06 expect send email template "overdue"" and what waits, a line each. */
void prove_show_steps(text *t, const program *p, dun_lang lang, const prove_timeline *l, unsigned indent);
/* The example in one line: "amount 1000.00, due 2026-01-05, customer.segment missing". */
slice prove_show_row(const program *p, const policy_test *example, arena *perm);
/* What was tried, in one sentence. */
slice prove_show_tried(dun_lang lang, const prove_bounds *b, arena *perm);
slice prove_show_number(arena *perm, uint64_t n); /* 12_345 */
slice prove_show_weekday(dun_lang lang, civil_date day);
/* In one line: why it is proven, what was tried, what breaks it. */
slice prove_show_why(const program *p, dun_lang lang, const prove_result *r, arena *perm);
const char *prove_verdict_word(prove_verdict v, prove_said as); /* canonical English */

#endif
