/* See curl_mail.h. */
#include "curl_mail.h"

#include <curl/curl.h>

bool curl_mail_rules(void *curl, const mail_server *server, const char *protocols) {
  static const curl_usessl tls[] = {
      [MAIL_TLS_ALWAYS] = CURLUSESSL_ALL,
      [MAIL_TLS_STARTTLS] = CURLUSESSL_ALL,
      [MAIL_TLS_IF_OFFERED] = CURLUSESSL_TRY,
      [MAIL_TLS_NONE] = CURLUSESSL_NONE,
  };
  CURL *c = curl;
  bool bearer = secret_is_there(&server->bearer);
  return curl_easy_setopt(c, CURLOPT_URL, server->url) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, protocols) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_USE_SSL, (long)tls[server->tls]) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
         (!server->ca_file || curl_easy_setopt(c, CURLOPT_CAINFO, server->ca_file) == CURLE_OK) &&
         (!server->user || curl_easy_setopt(c, CURLOPT_USERNAME, server->user) == CURLE_OK) &&
         (!server->user || bearer ||
          curl_easy_setopt(c, CURLOPT_PASSWORD, secret_reveal(&server->password)) == CURLE_OK) &&
         (!bearer || curl_easy_setopt(c, CURLOPT_XOAUTH2_BEARER, secret_reveal(&server->bearer)) == CURLE_OK) &&
         curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK && curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, server->connect_ms) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, server->total_ms) == CURLE_OK &&
         /* Also bounds the leave-taking after a failure, which the one above does not. */
         curl_easy_setopt(c, CURLOPT_SERVER_RESPONSE_TIMEOUT, (server->total_ms + 999) / 1000) == CURLE_OK;
}

mail_end curl_mail_end(int code) {
  if (code == CURLE_OK) return MAIL_OK;
  if (code == CURLE_COULDNT_RESOLVE_HOST) return MAIL_NO_HOST;
  if (code == CURLE_COULDNT_CONNECT) return MAIL_REFUSED;
  if (code == CURLE_OPERATION_TIMEDOUT) return MAIL_TIMEOUT;
  if (code == CURLE_USE_SSL_FAILED || code == CURLE_SSL_CONNECT_ERROR) return MAIL_NO_TLS;
  if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE) return MAIL_BAD_CERTIFICATE;
  if (code == CURLE_LOGIN_DENIED) return MAIL_LOGIN;
  if (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING || code == CURLE_PARTIAL_FILE)
    return MAIL_LOST;
  return MAIL_BROKEN;
}
