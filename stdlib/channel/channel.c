/* The table of channel drivers. See channel.h. */
#include "channel.h"

static const channel_driver *const DRIVERS[] = {&EMAIL_SMTP,     &EMAIL_OUTLOOK, &SMS_TWILIO, &WHATSAPP_TWILIO,
                                                &WHATSAPP_CLOUD, &TEAM_TEAMS,    &TEAM_SLACK, &OUTBOX_FILES};

const channel_driver *channel_driver_of(const program *p, channel ch, const connection **connect) {
  *connect = NULL;
  for (uint32_t i = 0; i < p->connection_count; i++)
    if (slice_eq(p->connections[i].kind, slice_of(CHANNELS[ch]))) *connect = p->connections + i;
  /* an array of pointers: NOLINTNEXTLINE(bugprone-sizeof-expression) */
  for (size_t i = 0; i < sizeof DRIVERS / sizeof *DRIVERS; i++) {
    const channel_driver *d = DRIVERS[i];
    if (!(d->channels >> ch & 1) || !d->vendor == !!*connect) continue;
    if (!*connect || slice_eq((*connect)->vendor, slice_of(d->vendor))) return d;
  }
  return NULL;
}

bool connection_rate(world *w, const channel_driver *d, const connection *c, channel_rate *out) {
  slice value, variable;
  *out = d->rate;
  return !c || !connection_setting(w, c, "rate", &value, &variable) ||
         setting_rate(value, &out->per_minute, &out->at_once);
}
