#!/usr/bin/env bash
# `dun sync` against ERPs on loopback: every run_*.py beside this, two at a time, since they mostly wait. run.sh DUN; the last line is
# `N passed, M failed`. Nothing leaves 127.0.0.1.
set -u
here=$(realpath "$(dirname "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for script in "$here"/run_*.py; do basename "$script"; done |
  xargs -P 2 -I{} sh -c '/usr/bin/python3 "$1/$3" "$2" >"$4/$3" 2>&1' _ "$here" "$1" {} "$work"
passed=0
failed=0
for log in "$work"/*; do
  last=$(tail -n 1 "$log")
  if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    passed=$((passed + BASH_REMATCH[1]))
    failed=$((failed + BASH_REMATCH[2]))
    sed '$d' "$log"
  else
    failed=$((failed + 1))
    echo "FAILED: $(basename "$log") ended early:"
    cat "$log"
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
