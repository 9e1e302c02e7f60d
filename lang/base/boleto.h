/* Brazilian payment slips: the 44 digits of the barcode and the line that people type (FEBRABAN's layout of the bank
 * slip, "boleto de cobrança", and of collection slips, "arrecadação", whose first digit is 8).
 *
 * Invariant: what is called read has all its check digits right. */
#ifndef DUN_BASE_BOLETO_H
#define DUN_BASE_BOLETO_H

#include "date.h"

/* BOLETO_FAULT(id, what is wrong with it) */
#define BOLETO_FAULTS(BOLETO_FAULT)                                                                                    \
  BOLETO_FAULT(FINE, "")                                                                                               \
  BOLETO_FAULT(NOT_DIGITS, "a boleto is made of digits, spaces and points alone")                                      \
  BOLETO_FAULT(LENGTH, "a boleto has 47 digits (its barcode 44, a collection slip 48)")                                \
  BOLETO_FAULT(FIELD_DIGIT, "the check digit of one of its fields is wrong: it is mistyped")                           \
  BOLETO_FAULT(GENERAL_DIGIT, "its general check digit is wrong: it is mistyped")

typedef enum boleto_fault {
#define BOLETO_FAULT(id, words) BOLETO_##id,
  BOLETO_FAULTS(BOLETO_FAULT)
#undef BOLETO_FAULT
} boleto_fault;

const char *boleto_fault_words(boleto_fault f);

enum { BOLETO_BARCODE_DIGITS = 44, BOLETO_LINE_MAX = 60 };

typedef struct boleto {
  bool collection;                         /* arrecadação */
  char barcode[BOLETO_BARCODE_DIGITS + 1]; /* NUL-terminated, as `line` */
  char line[BOLETO_LINE_MAX];              /* "00190.00009 01234.567004 00000.000000 1 99990000012345" */
  char bank[4];                            /* "001"; "" of a collection slip */
  civil_date due;                          /* DATE_NONE: it has none */
  int64_t cents;                           /* 0: it says no amount */
} boleto;

/* The line with or without its points and spaces, or the barcode. The factor of the due date began anew at 1000 on
 * 2025-02-22 after 9999: of the two days that it may mean, the one nearer to `today`. */
boleto_fault boleto_read(slice text, civil_date today, boleto *out);

#endif
