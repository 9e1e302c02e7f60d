/* Logging in through an OpenID provider: connect login oidc. */
#include "people.h"
#include "runtime/cli/session.h"
#include "stdlib/net/settings.h"

static const connection *provider_line(const api_call *c) {
  const program *p = c->policy->c.program;
  for (uint32_t i = p->connection_count; i-- > 0;)
    if (slice_eq(p->connections[i].kind, SLICE("login")) && slice_eq(p->connections[i].vendor, SLICE("oidc")))
      return p->connections + i;
  return NULL;
}

void people_put_provider(api_call *c) {
  const connection *its = provider_line(c);
  slice name, variable;
  if (!its) {
    json_put_null(c->out, "provider");
    return;
  }
  bool named = connection_setting(c->w, its, "name", &name, &variable);
  json_put_text(c->out, "provider", named ? name : SLICE(""));
}
