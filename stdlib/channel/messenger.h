/* What channels to telephone numbers over HTTP have in common: the receiver's number, WhatsApp's 24 hours, what a
 * provider's code comes to.
 *
 * Invariant: of what is refused here nothing has left. */
#ifndef DUN_CHANNEL_MESSENGER_H
#define DUN_CHANNEL_MESSENGER_H

#include "channel.h"
#include "form.h"
#include "phone.h"
#include "stdlib/net/api.h"
#include "stdlib/net/json.h"

enum { WHATSAPP_OPEN_SECONDS = 24 * 3600, WHATSAPP_MARGIN_SECONDS = 60 };

/* A row of a provider's table of codes (twilio.def, whatsapp_cloud.def). */
typedef struct provider_code {
  int64_t code;
  send_outcome outcome;
  const char *words;
} provider_code;
typedef struct provider_codes {
  const provider_code *v;
  size_t count;
} provider_codes;
/* NULL: it has no row. */
const provider_code *provider_code_of(provider_codes table, int64_t code);
/* "Twilio 21211: the receiver's number is none"; the number alone where it has no row; NO_CODE: empty. */
enum { NO_CODE = -1 };
slice provider_code_words(provider_codes table, const char *service, int64_t code, arena *perm);

/* What an answer with a code comes to; a code without a row, and an answer without a code, are judged by how the call
 * went. `code` NULL: none. */
send_result messenger_outcome(const api *a, const http_answer *answer, provider_codes table, const char *service,
                              const json *code, arena *perm);

/* `with country "BR"`: for numbers without calling code of customers without country. False: *why. */
bool messenger_country(world *w, arena *perm, const connection *c, slice *country, slice *why);
/* The receiver. False: *refused says why nothing leaves. */
bool messenger_to(const channel_message *m, slice country, char to[PHONE_TEXT_MAX], send_result *refused);

/* Several messages over one service: `ask` makes the call of one (false: *refused says why nothing leaves), `told`
 * reads its answer. */
typedef struct messenger_way {
  bool (*ask)(sender *s, const channel_message *m, api_request *call, send_result *refused, arena *perm);
  send_result (*told)(const sender *s, const http_answer *answer, arena *perm);
} messenger_way;
void messenger_send_all(sender *s, api *a, const messenger_way *way, const channel_message *v, size_t n,
                        send_result *out, arena *perm);

/* What it goes as: an approved template, or free words where these may go: anywhere but on WhatsApp, and there within
 * 24 hours of the customer's last message. False: *refused says why nothing leaves. `words_max`: characters. */
typedef struct messenger_content {
  bool has_form;
  filled_form form;
  slice words;
} messenger_content;
bool messenger_content_of(const channel_message *m, int64_t now_s, size_t words_max, arena *perm,
                          messenger_content *out, send_result *refused);

#endif
