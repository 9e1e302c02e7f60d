/* The page's own files: the shell for every address that the page knows, and under /page/VERSION/ what it loads, which
 * a browser may keep for ever, since another build has another version.
 *
 * Invariant: nothing of these depends on who asks; no personal datum is in them. */
#ifndef DUN_API_PAGE_FILES_H
#define DUN_API_PAGE_FILES_H

#include "api.h"

bool page_is_of(slice path);
void page_answer(api_call *c);

#endif
