#!/usr/bin/env bash
# Days of `dun serve` and `dun run` with real SMTP servers, by a clock of their own: run.sh DUN. The last line is
# `N passed, M failed`. What is counted (messages, quarters of an hour, memory) is counted in the program as it is built for
# use, where there is one beside the sanitized one; the clock's part runs sanitized. `make soak` lives longer.
set -u
dun=$(realpath "$1")
plain=$(dirname "$dun")/../dun
[ -x "$plain" ] || plain=$dun
shim=$(dirname "$dun")/clock_shim.so
cd "$(dirname "$0")/../.." || exit 2
[ -e "$shim" ] || make -s --no-print-directory B="$(dirname "$dun")" "$shim" || exit 2
passed=0
failed=0
each() { # DUN PART...
  out=$(/usr/bin/python3 tests/service/service.py "$1" "$shim" "${@:2}" 2>&1)
  printf '%s\n' "$out"
  read -r good bad <<<"$(printf '%s\n' "$out" | sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' | tail -n 1)"
  passed=$((passed + ${good:-0}))
  failed=$((failed + ${bad:-1}))
}
each "$dun" clock
each "$plain" channels ramp
each "$plain" memory --ticks 6000
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
