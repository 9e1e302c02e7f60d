/* Brazilian payment documents with the check digits that programs verify, over numbers that nobody was ever given. */
#ifndef LEDGER_DOCUMENTS_H
#define LEDGER_DOCUMENTS_H

#include <stddef.h>
#include <stdint.h>

#define CNPJ_MAX 19
#define BOLETO_MAX 48
#define PIX_MAX 256

/* "99.123.456/0001-xx" of a serial number below 1,000,000: roots from 99 on belong to no company. */
void cnpj_of(uint32_t serial, char out[CNPJ_MAX]);
/* The 47 digits of the typed line, for bank 999, which does not exist. `due` in days since 1970-01-01. */
void boleto_of(int64_t cents, int32_t due, uint32_t serial, char out[BOLETO_MAX]);
/* The copy-and-paste text of a Pix charge (BR Code, EMV), with its CRC. */
void pix_of(int64_t cents, const char *reference, char out[PIX_MAX]);

#endif
