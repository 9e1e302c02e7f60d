/* Typed expressions by hand, for the tests of code and machine. */
#ifndef DUN_TESTS_EXPRESSIONS_H
#define DUN_TESTS_EXPRESSIONS_H

#include "lang/check/program.h"

static inline const expr *x_node(arena *a, expr e) {
  expr *n = ARENA_NEW(a, expr);
  *n = e;
  return n;
}
static inline const expr *x_field(arena *a, uint16_t use, type ty) {
  return x_node(a, (expr){.op = X_FIELD, .ty = ty, .use = use});
}
static inline const expr *x_two(arena *a, expr_op op, type ty, const expr *x, const expr *y) {
  return x_node(a, (expr){.op = op, .ty = ty, .a = x, .b = y});
}
static inline const expr *x_is(arena *a, expr_op op, const expr *x, const expr *y) {
  return x_two(a, op, TY_BOOL, x, y);
}
static inline const expr *x_one(arena *a, expr_op op, type ty, const expr *x) {
  return x_node(a, (expr){.op = op, .ty = ty, .a = x});
}
static inline const expr *x_text(arena *a, const char *s) {
  return x_node(a, (expr){.op = X_TEXT, .ty = TY_TEXT, .text = slice_of(s)});
}
static inline const expr *x_exactly(arena *a, const char *s) {
  return x_node(a, (expr){.op = X_TEXT, .ty = TY_TEXT, .text = slice_of(s), .exact = true});
}
static inline const expr *x_money(arena *a, int64_t n, uint8_t scale, currency cur) {
  return x_node(a, (expr){.op = X_MONEY, .ty = TY_MONEY, .num = {n, scale}, .cur = cur});
}
static inline const expr *x_number(arena *a, int64_t n, uint8_t scale) {
  return x_node(a, (expr){.op = X_NUMBER, .ty = TY_NUMBER, .num = {n, scale}});
}
static inline const expr *x_percent(arena *a, int64_t hundredths) {
  return x_node(a, (expr){.op = X_NUMBER, .ty = TY_PERCENT, .num = {hundredths, 2}});
}
static inline const expr *x_length(arena *a, int32_t n, duration_unit unit) {
  return x_node(a, (expr){.op = X_DURATION, .ty = TY_DURATION, .dur = {n, unit}});
}
static inline const expr *x_today(arena *a) { return x_node(a, (expr){.op = X_TODAY, .ty = TY_DATE}); }
static inline const expr *x_date(arena *a, int y, int m, int d) {
  return x_node(a, (expr){.op = X_DATE, .ty = TY_DATE, .date = date_of(y, m, d)});
}

#endif
