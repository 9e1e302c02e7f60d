#!/usr/bin/env bash
# Whole companies, made from seeds, against an evaluator of their own: run.sh DUN [FROM TO]. company.py makes a policy, its data and the
# timeline that LANGUAGE.md gives them; `dun simulate` must print the same. The last line is `N passed, M failed`; exit 1 when any failed.
set -u
[ $# -ge 1 ] || { echo "usage: run.sh DUN [FROM TO]" >&2; exit 2; }
dun=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
for seed in $(seq "${2:-1}" "${3:-12}"); do
  folder=$work/$seed
  python3 "$here/company.py" "$seed" "$folder" || { failed=$((failed + 1)); continue; }
  read -r -a arguments <"$folder/args"
  (cd "$folder" && "$dun" simulate policy.dun --data data "${arguments[@]}" --format csv) >"$work/out" 2>"$work/err"
  status=$?
  if cmp -s "$folder/expect.csv" "$work/out" && [ $status -le 1 ]; then
    passed=$((passed + 1))
    continue
  fi
  failed=$((failed + 1))
  echo "FAILED seed $seed: exit status $status; - expected, + printed"
  diff -u --label expected --label printed "$folder/expect.csv" "$work/out" | head -n 40
  grep -A4 '^error' "$work/err" | head -n 20
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
