/* The table of channel drivers. See channel.h. */
#include "channel.h"

static const channel_driver *const DRIVERS[] = {&EMAIL_SMTP, &SMS_TWILIO, &WHATSAPP_TWILIO, &WHATSAPP_CLOUD, &OUTBOX_FILES};

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

/* "30 per minute" */
static bool rate_read(slice s, channel_rate *out) {
  static const struct {
    slice unit;
    uint32_t seconds;
  } UNITS[] = {{SLICE("per second"), 1}, {SLICE("per minute"), 60}, {SLICE("per hour"), 3600}};
  uint32_t n = 0;
  size_t i = 0;
  for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && n < 100000; i++) n = n * 10 + (uint32_t)(s.p[i] - '0');
  slice unit = slice_trim((slice){s.p + i, s.n - i});
  for (size_t k = 0; n && n < 100000 && k < sizeof UNITS / sizeof *UNITS; k++) {
    if (!slice_eq(unit, UNITS[k].unit)) continue;
    uint32_t a_minute = (n * 60 + UNITS[k].seconds - 1) / UNITS[k].seconds;
    *out = (channel_rate){a_minute, UNITS[k].seconds == 1 ? n : 1};
    return true;
  }
  return false;
}

bool connection_rate(world *w, const channel_driver *d, const connection *c, channel_rate *out) {
  slice value, variable;
  *out = d->rate;
  return !c || !connection_setting(w, c, "rate", &value, &variable) || rate_read(slice_trim(value), out);
}
