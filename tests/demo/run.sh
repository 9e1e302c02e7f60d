#!/usr/bin/env bash
# The demo's pieces, with what they promise: run.sh DUN; make_ledger stands beside DUN. The last line is `N passed, M failed`.
set -u
built=$(dirname "$(realpath "$1")")
dun=$(realpath "$1")
cd "$(dirname "$0")/../.." || exit 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
policy=examples/brazil/policy.dun
today=2026-03-10
passed=0
failed=0

# is WHAT EXPECTED GOT
is() {
  if [ "$2" = "$3" ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'FAILED %s: expected %s, got %s\n' "$1" "$2" "$3"
    [ -s "$work/err" ] && head -n 20 "$work/err"
  fi
}
quietly() { "$@" >"$work/out" 2>"$work/err"; echo $?; }
rows() { tail -n +2 "$1" | wc -l; }
messages() { find "$work/outbox" -name '*.eml' 2>/dev/null | wc -l; }

mkdir "$work/a" "$work/b" "$work/c"
is "the ledger is made" 0 "$(quietly "$built/make_ledger" "$work/a")"
is "and again" 0 "$(quietly "$built/make_ledger" "$work/b")"
is "one seed gives the same bytes" "" "$(diff -r "$work/a" "$work/b" | head -n 3)"
is "these bytes" "$(cat tests/demo/ledger.cksum)" "$(cat "$work"/a/customers.csv "$work"/a/invoices.csv "$work"/a/events.csv | cksum)"
is "another seed is made" 0 "$(quietly "$built/make_ledger" "$work/c" 7)"
is "and gives another ledger" differs "$(cmp -s "$work/a/invoices.csv" "$work/c/invoices.csv" || echo differs)"
is "customers" 400 "$(rows "$work/a/customers.csv")"
is "invoices" 2000 "$(rows "$work/a/invoices.csv")"
is "no two invoices of one number" "" "$(cut -d, -f1 "$work/a/invoices.csv" | sort | uniq -d)"

mkdir "$work/ledger"
cp "$work/a/customers.csv" "$work/a/invoices.csv" "$work/ledger/"
is "the policy compiles" fine "$(s=$(quietly "$dun" check "$policy"); [ "$s" -le 1 ] && echo fine || echo "exit status $s")"
is "the import" 0 "$(quietly "$dun" import "$work/ledger" --store "$work/dun.db")"
is "a second import" 0 "$(quietly "$dun" import "$work/ledger" --store "$work/dun.db")"
is "the plan" 0 "$(quietly "$dun" plan "$policy" --store "$work/dun.db" --today $today --format csv)"
planned=$(grep -c ',$' "$work/out") # the last column says why a row waits; empty: it goes out
is "the plan has something to do" yes "$([ "$planned" -gt 20 ] && echo yes || echo "$planned rows")"
is "the run" 0 "$(quietly "$dun" run "$policy" --store "$work/dun.db" --today $today --outbox "$work/outbox")"
sent=$(messages)
is "the run sends" yes "$([ "$sent" -gt 10 ] && echo yes || echo "$sent messages")"
is "no hole is left in a message" "" "$(grep -lE '\{(if|each|end|customer\.|number|open|due)' -r "$work/outbox" | head -n 3)"
is "the same run again" 0 "$(quietly "$dun" run "$policy" --store "$work/dun.db" --today $today --outbox "$work/outbox")"
is "sends nothing twice" "$sent" "$(messages)"
is "the plan after it" 0 "$(quietly "$dun" plan "$policy" --store "$work/dun.db" --today $today --format csv)"
is "the simulation" 0 "$(quietly "$dun" simulate "$policy" --data "$work/ledger" --events "$work/a/events.csv" \
  --from $today --to 2026-05-09 --html "$work/simulation.html" --format csv)"
is "the simulation's first day is the plan" "$planned" "$(grep -c "^$today," "$work/out")"
is "the page stands alone" "" "$(grep -oE '(src|href)="(https?:)?//[^"]*"' "$work/simulation.html" | head -n 3)"
is "the page is whole" yes "$(grep -q '</html>' "$work/simulation.html" && echo yes)"
number=$(awk -F, 'NR > 1 && $8 == "open" { print $1; exit }' "$work/ledger/invoices.csv")
is "an invoice explains itself" 0 "$(quietly "$dun" explain "$number" --policy "$policy" --store "$work/dun.db" --today $today)"

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
