/* See signature.h. */
#include "signature.h"

#include "lang/base/date.h"
#include "stdlib/net/json.h"
#include "stdlib/net/sign.h"

static const channel_driver *const SERVICES[] = {&SIGNATURE_DOCUSIGN, &SIGNATURE_CLICKSIGN, NULL};

const channel_driver *signature_driver_of(slice vendor) {
  for (const channel_driver *const *d = SERVICES; *d; d++)
    if (slice_eq(vendor, slice_of((*d)->vendor))) return *d;
  return NULL;
}

bool signature_read(const channel_message *m, const char *vendor, arena *perm, signature_order *out, slice *why) {
  static const char *const TAGS[LANG_COUNT] = {[LANG_EN] = "en", [LANG_PT] = "pt", [LANG_ES] = "es"};
  slice ignored;
  const json *j = json_parse(m->text, perm, &ignored);
  *out = (signature_order){.document = json_text_at(j, "document"),
                           .title = json_text_at(j, "title"),
                           .file = json_text_at(j, "file"),
                           .name = json_text_at(j, "signer.name"),
                           .email = json_text_at(j, "signer.email")};
  for (int l = 0; l < LANG_COUNT; l++)
    if (slice_eq(json_text_at(j, "language"), slice_of(TAGS[l]))) out->language = (dun_lang)l;
  *why = SLICE("the policy has no such `connect signature` line any more");
  if (!slice_eq(m->to, slice_of(vendor))) return false;
  *why = SLICE("its words are no order");
  if (!out->document.n || !out->title.n || !out->file.n || !out->name.n) return false;
  *why = SLICE("the signer has not one valid e-mail address");
  if (!email_address_valid(out->email)) return false;
  *why = SLICE("its document is not there");
  if (!m->part_count || !m->parts[0].bytes.n) return false;
  out->pdf = m->parts[0].bytes;
  return true;
}

slice signature_base64(slice prefix, slice bytes, arena *perm) {
  slice base64 = sign_base64(bytes, perm);
  return arena_printf(perm, "%.*s%.*s", SLICE_ARG(prefix), SLICE_ARG(base64));
}

/* Two digits; -1: they are none. */
static int two(slice s, size_t at) {
  if (at + 2 > s.n || s.p[at] < '0' || s.p[at] > '9' || s.p[at + 1] < '0' || s.p[at + 1] > '9') return -1;
  return (s.p[at] - '0') * 10 + s.p[at + 1] - '0';
}

int64_t signature_moment(slice s) {
  civil_date day;
  if (s.n < 19 || s.p[10] != 'T' || !date_parse((slice){s.p, 10}, &day)) return 0;
  int hour = two(s, 11), minute = two(s, 14), second = two(s, 17);
  if (hour < 0 || minute < 0 || second < 0) return 0;
  int64_t at = (int64_t)day.day * 86400 + hour * 3600 + minute * 60 + second;
  size_t zone = s.n >= 6 ? s.n - 6 : 0;
  if (s.n >= 25 && (s.p[zone] == '+' || s.p[zone] == '-') && two(s, zone + 1) >= 0 && two(s, zone + 4) >= 0) {
    int64_t off = two(s, zone + 1) * 3600 + two(s, zone + 4) * 60;
    at += s.p[zone] == '-' ? off : -off;
  }
  return at;
}
