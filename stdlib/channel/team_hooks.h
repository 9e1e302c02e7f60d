/* What goes to a team through a chat program's webhook: which team goes by which channel, and the addresses.
 *
 * Invariants: the address is the secret; it is read from the environment when the channel opens, stands in no message
 * and no store, and goes to nobody but the host that it names. A message names its team. */
#ifndef DUN_CHANNEL_TEAM_HOOKS_H
#define DUN_CHANNEL_TEAM_HOOKS_H

#include "channel.h"
#include "stdlib/net/api.h"

/* Where an alert or an escalation goes: the team that it names (NULL: it names none), and how: as `via` says, else the
 * first of e-mail, Teams and Slack that the team has. */
typedef struct team_way {
  const team *team;
  channel ch;
  bool reached; /* the team has an address there */
} team_way;
team_way team_way_of(const program *p, const action *a);

typedef struct team_hook {
  slice name;
  api *a;
} team_hook;
typedef struct team_hooks {
  team_hook *v;
  size_t count;
} team_hooks;

/* One for each team that the policy tells something by that channel. False: *why says what is wrong. */
bool team_hooks_open(world *w, arena *perm, const program *p, channel ch, const char *service, team_hooks *out,
                     slice *why);
void team_hooks_close(team_hooks *h);
/* NULL: the policy has no such team any more. */
api *team_hooks_of(const team_hooks *h, slice name);
send_result team_hooks_nobody(void);

/* The lines of a message as far as `bytes_max` goes, each with `around` bytes more; *left_out: how many are not among
 * them. */
slice notice_lines(slice text, size_t bytes_max, size_t around, size_t *left_out);
/* "... and 12 more", in the policy's language. */
slice notice_more(dun_lang lang, size_t left_out, arena *perm);

#endif
