#!/usr/bin/env bash
# Runs `dun test` on policies with tests beside them: run.sh DUN. good/: all pass. failing/NAME.dun prints NAME.out and with
# --format junit NAME.xml. accepted/NAME.dun becomes NAME.accepted by --accept, and stays so. Then the examples that have
# tests. The last line is `N passed, M failed`; exit 1 when any failed. UPDATE=1 writes what is printed as expected.
set -u
[ $# -ge 1 ] || { echo "usage: run.sh DUN" >&2; exit 2; }
dun=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
root=$(realpath "$here/../..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# check NAME COMMAND...: counts; what the command prints is shown when it fails.
check() {
  local name=$1
  shift
  if "$@" >"$work/said" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED $name"
    head -n 60 "$work/said"
  fi
}

# same EXPECTED PRINTED
same() {
  if [ -n "${UPDATE:-}" ]; then cp "$2" "$1"; fi
  diff -u --label expected --label printed "$1" "$2"
}

# prints EXPECTED STATUS ARGUMENTS...: of `dun test ARGUMENTS` in the folder at hand.
prints() {
  local expected=$1 status=$2
  shift 2
  "$dun" test "$@" >"$work/out" 2>"$work/err"
  local got=$?
  same "$expected" "$work/out" || { cat "$work/err"; return 1; }
  [ $got -eq "$status" ] || { echo "exit status $got, not $status"; return 1; }
}

accepts() {
  local name=$1
  cp "$here/accepted/$name.dun" "$work/$name.dun"
  (cd "$work" && "$dun" test "$name.dun" >/dev/null 2>&1) && { echo "it passes before"; return 1; }
  (cd "$work" && "$dun" test "$name.dun" --accept 2>&1) || { echo "it fails after"; return 1; }
  same "$here/accepted/$name.accepted" "$work/$name.dun" || return 1
  (cd "$work" && "$dun" test "$name.dun" --accept >/dev/null 2>&1) || { echo "it fails the second time"; return 1; }
  diff -u "$here/accepted/$name.accepted" "$work/$name.dun"
}

cd "$here/good" || exit 2
for policy in *.dun; do
  check "good/$policy" "$dun" test "$policy"
done
cd "$here/failing" || exit 2
for policy in *.dun; do
  name=${policy%.dun}
  check "failing/$name" prints "$here/failing/$name.out" 1 "$policy" --coverage
  check "failing/$name, junit" prints "$here/failing/$name.xml" 1 "$policy" --format junit
  check "failing/$name, junit file" "$dun" test ../good/events.dun --junit "$work/report.xml"
  check "failing/$name, junit file has the tests" grep -c 'testcase name="a broken promise"' "$work/report.xml"
done
for policy in "$here"/accepted/*.dun; do
  name=$(basename "$policy" .dun)
  check "accepted/$name" accepts "$name"
done

# Without a path: the policies of policies/, or else those here.
mkdir -p "$work/project/policies" "$work/flat" "$work/nothing"
cp "$here/good/events.dun" "$work/project/policies/"
cp "$here/good/given.dun" "$work/flat/"
here_says() { (cd "$1" && "$dun" test 2>/dev/null) | grep -Fx "$2"; }
check "policies/" here_says "$work/project" "policies/events.dun"
check "the folder at hand" here_says "$work/flat" "given.dun"
nothing_to_test() { (cd "$work/nothing" && "$dun" test); [ $? -eq 2 ]; }
check "no policy" nothing_to_test
broken() { printf 'ladder l for invoices\n  at 5d sned\n' >"$work/broken.dun" && (cd "$work" && "$dun" test broken.dun); [ $? -eq 3 ]; }
check "a policy with an error" broken
read_only() {
  cp "$here/accepted/crlf.dun" "$work/nothing/p.dun" && (cd "$work/nothing" && "$dun" test p.dun --format junit --junit p.dun/x.xml)
  [ $? -eq 4 ]
}
check "a report that cannot be written" read_only

# --accept sees what the test saw: the rates beside the policy and the project's series.
accepts_with_rates() (
  mkdir -p "$work/rates/indices" && cd "$work/rates" || return 1
  printf 'date,from,to,rate\n2026-01-01,USD,BRL,5\n' >rates.csv
  printf 'rate HOUSE\n2026-01-01 12\n' >indices/house.idx
  printf 'policy "P"\n  currency BRL\n  late fee 2%% plus interest "HOUSE" plus 0%% per year\n  rates from "rates.csv"\nladder all for invoices where amount > 400\n  at 30d log "{fine} {interest}"\ntest "dollars"\n  given invoice amount 100 USD due 2026-03-02\n  on 2026-03-07 expect log "nothing"\n  until 2026-04-30 expect nothing else\n' >policy.dun
  "$dun" test policy.dun --accept || return 1
  grep -F 'on 2026-04-01 expect log "2.00 0.99"' policy.dun
)
check "accept with rates and series of the project" accepts_with_rates

# What stands beside the examples' policies.
cd "$root" || exit 2
for policy in examples/*/policy.dun examples/*/politica.dun; do
  grep -qiE '^(test|teste|prueba) ' "$policy" || continue
  check "$policy" "$dun" test "$policy"
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
