/* The table of ERPs: one row a connector. */
#include "erp.h"

static const erp_driver *const DRIVERS[] = {&OMIE, &SAP_B1, &TRYTON, &CSV_FOLDER, &SQL, &REST};

const erp_driver *erp_driver_at(size_t i) {
  /* an array of pointers: NOLINTNEXTLINE(bugprone-sizeof-expression) */
  return i < sizeof DRIVERS / sizeof *DRIVERS ? DRIVERS[i] : NULL;
}

const erp_driver *erp_driver_of(slice vendor) {
  const erp_driver *d;
  for (size_t i = 0; (d = erp_driver_at(i)); i++)
    if (slice_eq(slice_of(d->vendor), vendor)) return d;
  return NULL;
}
