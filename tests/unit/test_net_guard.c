/* Which addresses a webhook may make this program call: every family, every way to write one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stdlib/net/net_guard.h"

static const struct {
  const char *text;
  int is; /* 1 public, 0 not, -1 no address */
} ADDRESSES[] = {
    {"8.8.8.8", 1},
    {"1.1.1.1", 1},
    {"203.0.112.255", 1},
    {"172.15.255.255", 1},
    {"172.32.0.0", 1},
    {"100.63.255.255", 1},
    {"100.128.0.0", 1},
    {"223.255.255.255", 1},
    {"168.63.129.17", 1},
    {"2606:4700:4700::1111", 1},
    {"2a00:1450:4001:81b::200e", 1},
    {"::ffff:8.8.8.8", 1},
    {"64:ff9b::8.8.8.8", 1},
    {"0.0.0.0", 0},
    {"10.0.0.1", 0},
    {"100.64.0.1", 0},
    {"100.100.100.200", 0},
    {"127.0.0.1", 0},
    {"127.255.255.254", 0},
    {"169.254.169.254", 0},
    {"172.16.0.1", 0},
    {"172.31.255.255", 0},
    {"192.0.0.192", 0},
    {"192.168.1.1", 0},
    {"198.19.0.1", 0},
    {"203.0.113.9", 0},
    {"168.63.129.16", 0},
    {"224.0.0.1", 0},
    {"255.255.255.255", 0},
    {"::", 0},
    {"::1", 0},
    {"::ffff:127.0.0.1", 0},
    {"::ffff:7f00:1", 0},
    {"::ffff:a9fe:a9fe", 0},
    {"::ffff:10.0.0.1", 0},
    {"::127.0.0.1", 0},
    {"::ffff:0:127.0.0.1", 0},
    {"64:ff9b::10.0.0.1", 0},
    {"64:ff9b:1::1", 0},
    {"fe80::1", 0},
    {"febf::1", 0},
    {"fec0::1", 0},
    {"fc00::1", 0},
    {"fd00:ec2::254", 0},
    {"ff02::1", 0},
    {"2001:db8::1", 0},
    {"2001::1", 0},
    {"2001:10::1", 0},
    {"2002:7f00:1::", 0},
    {"2002:808:808::1", 0},
    {"3fff::1", 0},
    {"4000::1", 0},
    {"", -1},
    {"127.1", -1},
    {"2130706433", -1},
    {"0x7f.0.0.1", -1},
    {"0177.0.0.1", -1},
    {"127.0.0.01", -1},
    {"127.0.0.256", -1},
    {"127.0.0.1.", -1},
    {"127.0.0.1 ", -1},
    {"1.2.3", -1},
    {"fe80::1%eth0", -1},
    {":::", -1},
    {"1:2:3:4:5:6:7", -1},
    {"1:2:3:4:5:6:7:8:9", -1},
    {"1::2::3", -1},
    {"12345::", -1},
    {"::1.2.3", -1},
    {"1:2:3:4:5:6:7:1.2.3.4", -1},
    {":1", -1},
    {"1:", -1},
};

static void test_addresses(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof ADDRESSES / sizeof *ADDRESSES; i++) {
    net_address a;
    int is = net_address_parse(slice_of(ADDRESSES[i].text), &a) ? net_address_is_public(&a) : -1;
    if (is != ADDRESSES[i].is) fail_msg("%s: %d, expected %d", ADDRESSES[i].text, is, ADDRESSES[i].is);
  }
}

static void test_urls(void **state) {
  (void)state;
  static const struct {
    const char *url;
    net_verdict is;
    const char *host;
    int port;
  } ROWS[] = {
      {"https://hooks.example.com/x?y=1#z", NET_FINE, "hooks.example.com", 443},
      {"HTTPS://Hooks.Example.COM", NET_FINE, "Hooks.Example.COM", 443},
      {"https://hooks.example.com:443/", NET_FINE, "hooks.example.com", 443},
      {"https://erp.example.com:8443/a", NET_FINE, "erp.example.com", 8443},
      {"https://a.pay.example/", NET_FINE, "a.pay.example", 443},
      {"https://a.b.pay.example/", NET_FINE, "a.b.pay.example", 443},
      {"https://8.8.8.8/", NET_FINE, "8.8.8.8", 443},
      {"https://[2606:4700::1]/", NET_FINE, "2606:4700::1", 443},
      {"http://hooks.example.com/", NET_NOT_HTTPS, NULL, 0},
      {"ftp://hooks.example.com/", NET_NOT_A_URL, NULL, 0},
      {"file:///etc/passwd", NET_NOT_A_URL, NULL, 0},
      {"hooks.example.com", NET_NOT_A_URL, NULL, 0},
      {"https:/hooks.example.com", NET_NOT_A_URL, NULL, 0},
      {"https://hooks.example.com/a b", NET_NOT_A_URL, NULL, 0},
      {"https://hooks.example.com/\r\nHost: x", NET_NOT_A_URL, NULL, 0},
      {"https://user:pass@hooks.example.com/", NET_HAS_USER, NULL, 0},
      {"https://hooks.example.com@evil.example/", NET_HAS_USER, NULL, 0},
      {"https://hooks.example.com\\@evil.example/", NET_ODD_HOST, NULL, 0},
      {"https://hooks%2eexample.com/", NET_ODD_HOST, NULL, 0},
      {"https://hooks.ex\xc3\xa1mple.com/", NET_ODD_HOST, NULL, 0},
      {"https:///x", NET_ODD_HOST, NULL, 0},
      {"https://hooks.example.com:/", NET_ODD_HOST, NULL, 0},
      {"https://hooks.example.com:0/", NET_ODD_HOST, NULL, 0},
      {"https://hooks.example.com:70000/", NET_ODD_HOST, NULL, 0},
      {"https://hooks..example.com/", NET_ODD_HOST, NULL, 0},
      {"https://2130706433/", NET_ODD_HOST, NULL, 0},
      {"https://0x7f000001/", NET_ODD_HOST, NULL, 0},
      {"https://127.1/", NET_ODD_HOST, NULL, 0},
      {"https://0177.0.0.1/", NET_ODD_HOST, NULL, 0},
      {"https://[::1/", NET_ODD_HOST, NULL, 0},
      {"https://127.0.0.1/", NET_NOT_PUBLIC, NULL, 0},
      {"https://169.254.169.254/latest/meta-data", NET_NOT_PUBLIC, NULL, 0},
      {"https://[::ffff:10.0.0.1]:8443/", NET_NOT_PUBLIC, NULL, 0},
      {"https://[::1]/", NET_NOT_PUBLIC, NULL, 0},
      {"https://other.example.com/", NET_NOT_LISTED, NULL, 0},
      {"https://hooks.example.com:8443/", NET_NOT_LISTED, NULL, 0},
      {"https://erp.example.com/", NET_NOT_LISTED, NULL, 0},
      {"https://pay.example/", NET_NOT_LISTED, NULL, 0},
      {"https://evilpay.example/", NET_NOT_LISTED, NULL, 0},
      {"https://hooks.example.com.evil.example/", NET_NOT_LISTED, NULL, 0},
      {"https://localhost/", NET_NOT_LISTED, NULL, 0},
      {"https://9.9.9.9/", NET_NOT_LISTED, NULL, 0},
  };
  const slice hosts[] = {SLICE("hooks.example.com"), SLICE("erp.example.com:8443"), SLICE("*.pay.example"),
                         SLICE("8.8.8.8"),           SLICE("[2606:4700::1]"),       SLICE("127.0.0.1")};
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    net_target t;
    net_verdict is = net_guard_url(slice_of(ROWS[i].url), hosts, 6, &t);
    if (is != ROWS[i].is)
      fail_msg("%s: %s, expected %s", ROWS[i].url, net_verdict_words(is), net_verdict_words(ROWS[i].is));
    if (is != NET_FINE) continue;
    assert_true(slice_eq(t.host, slice_of(ROWS[i].host)));
    assert_int_equal(t.port, ROWS[i].port);
  }
  net_target t;
  assert_int_equal(net_guard_url(SLICE("https://hooks.example.com/"), NULL, 0, &t), NET_NOT_LISTED);
}

/* A name that leads to two addresses, one of them at home: the next look-up could take that one. */
static void test_resolved(void **state) {
  (void)state;
  net_address v[3];
  assert_true(net_address_parse(SLICE("8.8.8.8"), v));
  assert_true(net_address_parse(SLICE("2606:4700::1"), v + 1));
  assert_true(net_address_parse(SLICE("fd00:ec2::254"), v + 2));
  assert_int_equal(net_guard_resolved(v, 0), NET_NOWHERE);
  assert_int_equal(net_guard_resolved(v, 1), NET_FINE);
  assert_int_equal(net_guard_resolved(v, 2), NET_FINE);
  assert_int_equal(net_guard_resolved(v, 3), NET_NOT_PUBLIC);
  const uint8_t home[4] = {192, 168, 0, 1};
  v[1] = net_address_v4(home);
  assert_int_equal(net_guard_resolved(v, 2), NET_NOT_PUBLIC);
}

/* The user's own settings: any host, but unencrypted only to this machine. */
static void test_own_urls(void **state) {
  (void)state;
  static const struct {
    const char *url;
    net_verdict is;
  } ROWS[] = {{"https://erp.example.com/api", NET_FINE},
              {"https://10.0.0.5:50000", NET_FINE},
              {"https://sap.intern:50000/", NET_FINE},
              {"http://localhost:4101/x", NET_FINE},
              {"http://LOCALHOST", NET_FINE},
              {"http://127.0.0.1:8069", NET_FINE},
              {"http://127.9.9.9/", NET_FINE},
              {"http://[::1]:8000/", NET_FINE},
              {"http://[::ffff:127.0.0.1]/", NET_FINE},
              {"http://10.0.0.5/", NET_NOT_HTTPS},
              {"http://erp.example.com/", NET_NOT_HTTPS},
              {"http://localhost.example.com/", NET_NOT_HTTPS},
              {"http://[::2]/", NET_NOT_HTTPS},
              {"http://127.1/", NET_ODD_HOST},
              {"http://a@127.0.0.1/", NET_HAS_USER},
              {"https://a:b@erp.example.com/", NET_HAS_USER},
              {"erp.example.com", NET_NOT_A_URL},
              {"https://erp.example.com/a b", NET_NOT_A_URL},
              {"file:///etc/passwd", NET_NOT_A_URL}};
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    net_target t;
    net_verdict v = net_guard_own_url(slice_of(ROWS[i].url), &t);
    if (v != ROWS[i].is) fail_msg("%s: %s", ROWS[i].url, net_verdict_words(v));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_addresses),
      cmocka_unit_test(test_urls),
      cmocka_unit_test(test_own_urls),
      cmocka_unit_test(test_resolved),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
