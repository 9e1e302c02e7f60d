/* See lints.h. */
#include "lang/analyse/lints.h"

#include "lang/analyse/contact_limit.h"
#include "lang/analyse/coverage.h"
#include "lang/analyse/fee_limits.h"
#include "lang/analyse/series_names.h"
#include "lang/analyse/windows_shut.h"
#include "lang/analyse/wording.h"

void analyse_lints(arena *perm, const program *p, diags *d) {
  analyse_coverage(perm, p, d);
  analyse_series_names(perm, p, d);
  analyse_fee_limits(perm, p, d);
  analyse_wording_of_policy(p, d);
  analyse_windows_shut(perm, p, d);
  analyse_contact_limit(perm, p, d);
}
