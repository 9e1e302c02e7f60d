/* libcrypto without memory: whichever of its first requests is refused, a hash is the right one or the process says so
 * and ends with status 4. Each try is a process of its own: the library sets itself up once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/crypto.h>

#include "runtime/hash.h"

enum { DENSE = 400, STEP = 17, OUT_OF_MEMORY = 4, WRONG = 9, NOTHING_REFUSED = 10 };
static long asked, refused_at;

static void *ask(size_t n, const char *file, int line) {
  (void)file;
  (void)line;
  return ++asked == refused_at ? NULL : malloc(n);
}
static void *ask_again(void *p, size_t n, const char *file, int line) {
  (void)file;
  (void)line;
  return ++asked == refused_at ? NULL : realloc(p, n);
}
static void give_back(void *p, const char *file, int line) {
  (void)file;
  (void)line;
  free(p);
}

static int child(long n) {
  uint8_t hash[HASH_BYTES];
  char hex[HASH_HEX_MAX];
  refused_at = n;
  hash_of(SLICE("abc"), hash);
  hash_hex(hash, hex);
  if (strcmp(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") != 0) return WRONG;
  return asked < n ? NOTHING_REFUSED : 0;
}

static void each_refusal_ends_in_words(void **state) {
  (void)state;
  long n = 1, ended = 0;
  for (int status = 0;; n += n < DENSE ? 1 : STEP) {
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
      close(STDERR_FILENO);
      _exit(child(n));
    }
    assert_true(waitpid(pid, &status, 0) == pid);
    if (!WIFEXITED(status)) fail_msg("request %ld refused: the process ended by signal %d", n, WTERMSIG(status));
    if (WEXITSTATUS(status) == NOTHING_REFUSED) break;
    if (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != OUT_OF_MEMORY)
      fail_msg("request %ld refused: status %d", n, WEXITSTATUS(status));
    ended += WEXITSTATUS(status) == OUT_OF_MEMORY;
  }
  assert_true(n > DENSE && ended > 10);
  print_message("%ld requests, %ld of those refused end the process\n", n, ended);
}

int main(void) {
  if (!CRYPTO_set_mem_functions(ask, ask_again, give_back)) return 1;
  const struct CMUnitTest tests[] = {cmocka_unit_test(each_refusal_ends_in_words)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
