#!/usr/bin/env bash
# `dun sync` against ERPs on loopback: every run_*.py beside this. run.sh DUN; the last line is `N passed, M failed`.
# Nothing leaves 127.0.0.1.
set -u
here=$(dirname "$0")
passed=0
failed=0
for script in "$here"/run_*.py; do
  out=$(/usr/bin/python3 "$script" "$1" 2>&1)
  last=$(tail -n 1 <<<"$out")
  if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    passed=$((passed + BASH_REMATCH[1]))
    failed=$((failed + BASH_REMATCH[2]))
    sed '$d' <<<"$out"
  else
    failed=$((failed + 1))
    echo "FAILED: $(basename "$script") ended early:"
    echo "$out"
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
