/* Pix "copia e cola": the BR Code of Banco Central do Brasil (EMV QRCPS-MPM): fields of two digits of name, two of
 * length, a value; the last is a CRC-16.
 *
 * Invariant: a code that is called read has its CRC right and is one of Pix; one that is written can be read. */
#ifndef DUN_BASE_PIX_H
#define DUN_BASE_PIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "slice.h"

/* PIX_FAULT(id, what is wrong with it) */
#define PIX_FAULTS(PIX_FAULT)                                                                                          \
  PIX_FAULT(FINE, "")                                                                                                  \
  PIX_FAULT(SHAPE, "it is not a Pix code: its fields do not fit together")                                             \
  PIX_FAULT(CRC, "its checksum (CRC) is wrong: a part of the code is missing or changed")                              \
  PIX_FAULT(NOT_PIX, "it is a payment code, but not one of Pix")                                                       \
  PIX_FAULT(KEY, "a Pix code needs either a key of at most 77 characters or the address of its charge")                \
  PIX_FAULT(NAME, "a Pix code needs the receiver's name and city")                                                     \
  PIX_FAULT(AMOUNT, "a Pix code's amount is between 0.01 and 9,999,999,999.99 reais, or left out")                     \
  PIX_FAULT(TXID, "the reference of a Pix code is at most 25 letters and digits")                                      \
  PIX_FAULT(LENGTH, "the description of a Pix code is too long")

typedef enum pix_fault {
#define PIX_FAULT(id, words) PIX_##id,
  PIX_FAULTS(PIX_FAULT)
#undef PIX_FAULT
} pix_fault;

const char *pix_fault_words(pix_fault f);

typedef struct pix_code {
  slice key;         /* static: e-mail, phone, tax number or random key */
  slice url;         /* dynamic: of the charge, without https:// */
  slice description; /* static; may be empty */
  slice name, city;  /* of the receiver */
  int64_t cents;     /* 0: the payer says how much */
  slice txid;        /* empty or "***": none */
} pix_code;

/* Name and city are cut to 25 and 15 characters and lose what is not ASCII. The text lives in `perm`. */
pix_fault pix_write(const pix_code *c, arena *perm, slice *out);
/* Slices of `s`; blanks around it do not count. */
pix_fault pix_read(slice s, pix_code *out);

/* CRC-16/CCITT-FALSE: polynomial 0x1021, begins with 0xFFFF. */
uint16_t pix_crc(slice s);

#endif
