#!/usr/bin/env bash
# A sample of the real crashes and of the faults in turn (tests/fault: `make test-fault` has them all): run.sh DUN. The last
# line is `N passed, M failed`.
set -u
dun=$(realpath "$1")
shim=$(dirname "$dun")/crash_shim.so
cd "$(dirname "$0")/../.." || exit 2
[ -e "$shim" ] || make -s --no-print-directory B="$(dirname "$dun")" "$shim" || exit 2
seconds=${SECONDS_EACH:-40}
passed=0
failed=0
for part in crash sweep; do
  out=$(/usr/bin/python3 tests/fault/$part.py "$dun" "$shim" --sample "$seconds" --jobs 2 2>&1)
  printf '%s\n' "$out"
  read -r good bad <<<"$(printf '%s\n' "$out" | sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' | tail -n 1)"
  passed=$((passed + ${good:-0}))
  failed=$((failed + ${bad:-1}))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
