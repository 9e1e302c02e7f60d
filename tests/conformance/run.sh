#!/usr/bin/env bash
# Runs conformance cases: run.sh DUN [FOLDER]. A case is a folder with policy.dun and expect.csv (README.md here says more);
# `dun simulate` must print expect.csv byte for byte. The last line is `N passed, M failed`; exit 1 when any failed.
# FOLDER may hold cases or be one. DUN_TIMEOUT: seconds a case may take (60).
set -u
[ $# -ge 1 ] || { echo "usage: run.sh DUN [FOLDER]" >&2; exit 2; }
dun=$(realpath "$1")
folder=$(realpath "${2:-$(dirname "$0")}")
[ -x "$dun" ] || { echo "run.sh: no program $1" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

passed=0
failed=0
cases=("$folder"/*/expect.csv)
[ -e "$folder/expect.csv" ] && cases=("$folder/expect.csv")
for expect in "${cases[@]}"; do
  [ -e "$expect" ] || continue
  case_dir=$(dirname "$expect")
  name=$(basename "$case_dir")
  read -r -a arguments <<<"$(tr '\n' ' ' <"$case_dir/args")"
  (cd "$case_dir" && timeout "${DUN_TIMEOUT:-60}" "$dun" simulate policy.dun --data data "${arguments[@]}" --format csv) \
    >"$work/out" 2>"$work/err"
  status=$?
  if cmp -s "$expect" "$work/out" && [ $status -le 1 ]; then
    passed=$((passed + 1))
    continue
  fi
  failed=$((failed + 1))
  echo "FAILED $name: exit status $status; - expected, + printed"
  diff -u --label expect.csv --label printed "$expect" "$work/out" | head -n 60
  head -n 40 "$work/err"
done
if [ $((passed + failed)) -eq 0 ]; then
  echo "run.sh: no case (a folder with expect.csv) in $folder" >&2
  exit 2
fi
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
