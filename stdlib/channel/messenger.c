/* See messenger.h. */
#include "messenger.h"

#include "lang/base/utf8.h"

const provider_code *provider_code_of(provider_codes table, int64_t code) {
  for (size_t i = 0; i < table.count; i++)
    if (table.v[i].code == code) return table.v + i;
  return NULL;
}

slice provider_code_words(provider_codes table, const char *service, int64_t code, arena *perm) {
  const provider_code *row = provider_code_of(table, code);
  if (row) return arena_printf(perm, "%s %lld: %s", service, (long long)code, row->words);
  return code != NO_CODE ? arena_printf(perm, "%s %lld", service, (long long)code) : (slice){0};
}

send_result messenger_outcome(const api *a, const http_answer *answer, provider_codes table, const char *service,
                              const json *code, arena *perm) {
  int64_t n = NO_CODE;
  bool coded = answer->end == HTTP_OK && answer->status >= 400 && json_int(code, &n);
  const provider_code *row = coded ? provider_code_of(table, n) : NULL;
  send_result r = api_outcome(a, answer, perm);
  if (coded) r.detail = provider_code_words(table, service, n, perm);
  if (row) r.outcome = row->outcome;
  return r;
}

static send_result refused_for(const char *why) {
  return (send_result){.outcome = SEND_REJECTED, .detail = slice_of(why)};
}

void messenger_send_all(sender *s, api *a, const messenger_way *way, const channel_message *v, size_t n,
                        send_result *out, arena *perm) {
  api_request *calls = ARENA_ARRAY(perm, n, api_request);
  http_answer *answers = ARENA_ARRAY(perm, n, http_answer);
  size_t *which = ARENA_ARRAY(perm, n, size_t), count = 0;
  for (size_t i = 0; i < n; i++)
    if (way->ask(s, v + i, calls + count, out + i, perm)) which[count++] = i;
  if (count) api_ask_all(a, calls, count, answers, perm);
  for (size_t i = 0; i < count; i++) out[which[i]] = way->told(s, answers + i, perm);
}

bool messenger_country(world *w, arena *perm, const connection *c, slice *country, slice *why) {
  slice variable;
  *country = (slice){0};
  if (!connection_setting(w, c, "country", country, &variable)) {
    if (variable.n) *why = arena_printf(perm, "the environment variable %.*s is not set", SLICE_ARG(variable));
    return variable.n == 0;
  }
  *country = arena_slice(perm, *country);
  if (phone_country_known(*country)) return true;
  *why = SLICE("`country` is a code like \"BR\", of a country whose numbers dun knows; else leave it out, and write "
               "numbers with +");
  return false;
}

bool messenger_to(const channel_message *m, slice country, char to[PHONE_TEXT_MAX], send_result *refused) {
  phone_fault fault = phone_read(m->to, m->country, country, to);
  if (fault != PHONE_FINE) *refused = refused_for(phone_fault_words(fault));
  return fault == PHONE_FINE;
}

bool messenger_content_of(const channel_message *m, int64_t now_s, size_t words_max, arena *perm,
                          messenger_content *out, send_result *refused) {
  *out = (messenger_content){.has_form = m->form.n > 0};
  if (out->has_form) {
    slice flaw = form_read(m->form, perm, &out->form) ? form_flaw(&out->form, perm)
                                                      : SLICE("the approved template's values cannot be read");
    if (flaw.n) *refused = (send_result){.outcome = SEND_REJECTED, .detail = flaw};
    return flaw.n == 0;
  }
  bool open = m->heard_s && now_s - m->heard_s < WHATSAPP_OPEN_SECONDS - WHATSAPP_MARGIN_SECONDS;
  if (m->ch == CH_WHATSAPP && !open) {
    *refused = refused_for("WhatsApp takes free words only within 24 hours of the customer's last message: name an "
                           "approved template in the first line of the template's file");
    return false;
  }
  out->words = slice_trim(m->text);
  if (utf8_count(out->words) > words_max) {
    *refused = (send_result){
        .outcome = SEND_REJECTED,
        .detail = arena_printf(perm, "the message is longer than %zu characters: shorten its template", words_max)};
    return false;
  }
  if (out->words.n == 0) *refused = refused_for("the message is empty");
  return out->words.n > 0;
}
