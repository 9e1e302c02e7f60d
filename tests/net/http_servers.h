/* The servers of server.py, started and stopped. */
#ifndef DUN_TESTS_HTTP_SERVERS_H
#define DUN_TESTS_HTTP_SERVERS_H

int http_servers_start(void **state);
int http_servers_stop(void **state);
int http_server_port(const char *name);
const char *http_server_file(const char *name); /* "ca.pem", "wrong.pem" */

#endif
