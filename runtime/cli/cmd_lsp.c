/* dun lsp: the language server of editors. */
#include "commands.h"
#include "runtime/lsp/server.h"

int cmd_lsp(const args *a, world *w) { return lsp_serve(a, w); }
