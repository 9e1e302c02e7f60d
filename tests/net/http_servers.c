/* See http_servers.h. */
#include "tests/net/http_servers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/child.h"

enum { PORTS = 7 };

static char folder[64];
static child server;
static struct {
  char name[32];
  int port;
} ports[PORTS];

int http_server_port(const char *name) {
  for (int i = 0; i < PORTS; i++)
    if (strcmp(ports[i].name, name) == 0) return ports[i].port;
  fprintf(stderr, "no server %s\n", name);
  abort();
}

const char *http_server_file(const char *name) {
  static char path[128];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static int in_folder(const char *what) {
  char row[1200];
  snprintf(row, sizeof row, "cd %s && %s", folder, what);
  return system(row) == 0 ? 0 : -1;
}

/* An authority of our own with a certificate for this machine and one for another host; an authority that signed
 * nothing. */
static int make_certificates(void) {
  return in_folder(
      "for ca in ca wrong; do openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-$ca -keyout $ca.key "
      "-out $ca.pem 2>/dev/null || exit 1; done; "
      "openssl req -newkey rsa:2048 -nodes -subj /CN=http.test -keyout key.pem -out cert.csr 2>/dev/null && "
      "printf 'subjectAltName=IP:127.0.0.1,DNS:localhost' > ext && printf 'subjectAltName=DNS:other.test' > ext2 && "
      "for c in 'cert ext' 'other ext2'; do set -- $c; openssl x509 -req -days 2 -in cert.csr -CA ca.pem -CAkey ca.key "
      "-CAcreateserial -extfile $2 -out $1.pem 2>/dev/null || exit 1; done");
}

int http_servers_start(void **state) {
  (void)state;
  int count = 0;
  snprintf(folder, sizeof folder, "/tmp/dun-http-XXXXXX");
  if (!mkdtemp(folder) || make_certificates() != 0) return -1;
  if (!child_begin(&server, "tests/net/server.py", (const char *[]){folder, NULL})) return -1;
  char row[64];
  while (fgets(row, sizeof row, server.says)) {
    if (strncmp(row, "ready", 5) == 0) break;
    if (count < PORTS && sscanf(row, "%31s %d", ports[count].name, &ports[count].port) == 2) count++;
  }
  return count == PORTS ? 0 : -1;
}

int http_servers_stop(void **state) {
  (void)state;
  child_end(&server);
  char row[128];
  snprintf(row, sizeof row, "rm -rf %s", folder);
  return system(row);
}
