#!/usr/bin/env bash
# What fuzzing found, once each: run.sh DUN. A folder NNN-what/ holds files HARNESS.EXTENSION, each given to that harness
# of tests/fuzz (built in fuzz/ beside the program's folder). The last line is `N passed, M failed`.
set -u
[ $# -eq 1 ] || { echo "usage: run.sh DUN" >&2; exit 2; }
built=$(dirname "$(realpath "$1")")
cd "$(dirname "$0")/../.." || exit 2
[ "$(basename "$built")" = san ] && built=$(dirname "$built")
built=${built#"$PWD"/} # as make names it
env -u MAKEFLAGS -u MFLAGS make --no-print-directory -s fuzz-build B="$built" || { echo "0 passed, 1 failed"; exit 1; }
passed=0
failed=0
for file in tests/regression/*/*.*; do
  [ -e "$file" ] || continue
  harness=$built/fuzz/$(basename "${file%.*}")
  if out=$("$harness" -timeout=60 "$file" 2>&1); then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'FAILED %s\n%s\n' "$file" "$(printf '%s\n' "$out" | tail -n 30 | sed 's/^/  | /')"
  fi
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
