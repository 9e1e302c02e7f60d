#!/bin/sh
# tests/fees/run.sh DUN: every clause of the late fee sentence as a simulation shows it (cases.txt).
dun=$1 here=$(dirname "$0") passed=0 failed=0
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
mkdir "$folder/data" "$folder/indices"
printf 'id,name\nc1,Ana\n' > "$folder/data/customers.csv"
printf 'rate ECB\n2026-01-01 2.15\n2026-03-13 3.35\n' > "$folder/indices/ecb.idx"
while IFS='|' read -r sentence amount open payment days expected; do
  case $sentence in '' | '#'*) continue ;; esac
  set -- $amount $days
  printf 'policy "Fees"\n  currency BRL\n  %s\nladder all for invoices\n  at %s log "{fine} {interest} {total}"\n' \
    "$sentence" "$([ "$2" = 0 ] && echo due || echo "$2d")" > "$folder/policy.dun"
  printf 'number,customer,amount,open,due,currency\nA-1,c1,%s,%s,2026-03-02,BRL\n' "$1" "$(echo $open)" \
    > "$folder/data/invoices.csv"
  rm -f "$folder/data/events.csv"
  [ -n "$(echo $payment)" ] && { set -- $payment; printf 'date,kind,invoice,value\n%s,payment,A-1,%s\n' "$1" "$2" > "$folder/data/events.csv"; }
  got=$("$dun" simulate "$folder/policy.dun" --data "$folder/data" --from 2026-03-01 --to 2026-06-30 --format csv \
    2> "$folder/said" | sed -n 's/.*log ""\([^"]*\)"".*/\1/p')
  if [ "$got" = "$(echo $expected)" ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED $sentence|$amount|$open|$payment|$days: expected$expected, got $got"
    sed 's/^/  /' "$folder/said"
  fi
done < "$here/cases.txt"

# Fields that need a rate can be missing: `dun check` says so under an `otherwise`, and only then.
while IFS='|' read -r sentence asks missing; do
  printf 'currency BRL\n%s\nladder all for invoices\n  at 5d if %s > 3 log "a" otherwise log "b"\n' "$(echo "$sentence" | tr '@' '\n')" "$asks" \
    > "$folder/policy.dun"
  got=$("$dun" check "$folder/policy.dun" 2>&1 | grep -c W0023)
  if [ "$got" = "$missing" ]; then passed=$((passed + 1)); else
    failed=$((failed + 1))
    echo "FAILED $sentence, $asks: $missing fields can be missing, $got are listed"
  fi
done << 'END'
late fee 2% plus interest 1% per month|total|0
late fee 2% plus interest "ECB" plus 2% per year|total|1
late fee 2% plus interest "ECB" plus 2% per year|interest|1
late fee 40 BRL plus interest 1% per month@rates from "rates.csv"|fine|1
late fee 40 BRL plus interest 1% per month@rates from "rates.csv"|open|0
END
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
