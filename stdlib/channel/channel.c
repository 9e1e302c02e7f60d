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

static bool read_number(slice s, uint32_t most, uint32_t *out) {
  uint32_t n = 0;
  s = slice_trim(s);
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] < '0' || s.p[i] > '9' || n > most) return false;
    n = n * 10 + (uint32_t)(s.p[i] - '0');
  }
  *out = n;
  return n > 0 && n <= most;
}

bool connection_rate(world *w, const channel_driver *d, const connection *c, channel_rate *out, slice *why) {
  enum { AT_ONCE_MAX = 64 };
  slice value, variable;
  uint32_t most = d->together_max > d->rate.together ? d->together_max : d->rate.together;
  *out = d->rate;
  if (c && connection_setting(w, c, "rate", &value, &variable) &&
      !setting_rate(value, &out->per_minute, &out->at_once)) {
    *why = SLICE("the rate is written \"30 per minute\", or per second, or per hour");
    return false;
  }
  if (c && connection_setting(w, c, "at_once", &value, &variable)) {
    if (!read_number(value, AT_ONCE_MAX, &out->together)) {
      *why = SLICE("`at_once` is how many messages are on their way at a time: a number from 1 to 64");
      return false;
    }
    if (out->together > most) out->together = most ? most : 1;
  }
  return true;
}
