#!/usr/bin/env bash
# run.sh FOLDER - the figures of `make bench` (FOLDER: the build). Each is a median of five next to its baseline of the same
# run, with the target that it is held against. N=100000 runs smaller; the raw figures go to FOLDER/bench/figures.csv.
# Times are the processor's, ours and the baseline's, so that a neighbour on the machine costs neither. Exit 1 only where a
# result differs from the baseline's: a machine may be slow, a result may not be wrong.
set -eu
[ $# -ge 1 ] || { echo "usage: run.sh FOLDER" >&2; exit 2; }
build=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
N=${N:-1000000}
ROUNDS=${ROUNDS:-5}
dun=$build/dun
measure=$build/bench/measure
figures=$build/bench/figures.csv
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "what,dun,baseline,ratio,target,unit" >"$figures"
printf '%-44s %12s %12s %9s %9s\n' "$N invoices; ns: an invoice" dun baseline ratio target
# row WHAT DUN BASELINE TARGET UNIT; without a baseline the target is one of the figure itself
row() {
  local ratio=""
  [ -z "$3" ] || ratio=$(awk -v a="$2" -v b="$3" 'BEGIN { printf "%.2f", a / b }')
  printf '%-44s %9s %-2s %9s %-2s %9s %9s\n' "$1" "$2" "$5" "$3" "${3:+$5}" "${ratio:--}" "$4"
  echo "$1,$2,$3,$ratio,$4,$5" >>"$figures"
}
cpu() { cut -d' ' -f2; }

# ---- in memory ----
status=0
"$build/bench/decide" "$here/policy.dun" "$N" csv >"$work/decide.csv" || status=1
while IFS=, read -r job _ median _ base _ target fired _ _ same; do
  baseline=c-soa
  what=$job
  case $job in
  today) what="today, decided" ;;
  screen) what="today, which rows fire a rung" ;;
  *) baseline=c-sim-event ;;
  esac
  row "$what (baseline $baseline)" "$median" "$base" "$target" ns

  printf "  %s actions; counts, fees and checksum as the baseline's: %s\n" "$fired" "$same"
done <"$work/decide.csv"

# ---- over the store ----
mkdir "$work/ledger" "$work/empty"
"$build/bench/ledger_csv" "$N" "$work/ledger"
"$build/bench/ledger_csv" 0 "$work/empty"
sed -e '/^field /d' -e 's/\bsegment\b/customer.segment/' "$here/policy.dun" >"$work/policy.dun"
cd "$work"
"$dun" import empty --store empty.db >/dev/null
"$dun" import ledger/customers.csv --store customers.db >/dev/null

columns='number TEXT NOT NULL, customer TEXT NOT NULL, amount REAL, open REAL, currency TEXT, due TEXT, issued TEXT,
  status TEXT, disputed TEXT, promise TEXT, last_contact TEXT'
sqlite_import() { # KEY: imports the invoices into a table with that key
  printf '.mode csv\nCREATE TABLE invoice (%s%s);\n.import --skip 1 ledger/invoices.csv invoice\n' "$columns" "$1" >import.sql
  "$measure" "$ROUNDS" plain.db sqlite3 -init import.sql plain.db .quit | cpu
}
dun_import() {
  # Each round begins with the customers alone.
  printf '#!/bin/sh\ncp customers.db dun.db && exec "%s" import ledger/invoices.csv --store dun.db\n' "$dun" >import.sh
  chmod +x import.sh
  "$measure" "$ROUNDS" dun.db ./import.sh | cpu
}
mine=$(dun_import)
row "import (baseline .import, the number unique)" "$mine" "$(sqlite_import ', UNIQUE (number)')" 2 ms
row "import (baseline .import, no key)" "$mine" "$(sqlite_import '')" 2 ms

cat >select.sql <<'SQL'
SELECT id, row, segment, email, phone, whatsapp, owner, name, timezone, opted_out FROM customer;
SELECT number, customer_row, currency, open, due, status, disputed, promise, amount, last_contact FROM invoice;
SQL
select=$("$measure" "$ROUNDS" - sqlite3 -readonly dun.db '.read select.sql' | cpu)
days=$("$measure" "$ROUNDS" - "$dun" simulate policy.dun --store dun.db --from 2026-05-27 --to 2027-05-26 --format csv | cpu)
row "simulate 365 days (baseline SELECT)" "$days" "$select" 4 ms

# A first day over a backlog, on which two thirds of the invoices fire, and a usual one, on which a rung's own day counts.
sed 's/^  one message per invoice/&\n  after a gap send nothing/' policy.dun >usual.dun
kib() { "$measure" 3 - "$dun" plan "$1" --store "$2" --today 2026-05-27 --format csv --quiet | cut -d' ' -f3; }
bytes() { awk -v a="$(kib "$1" dun.db)" -v b="$(kib "$1" empty.db)" -v n="$N" 'BEGIN { printf "%.0f", (a - b) * 1024 / n }'; }
fires() { "$dun" plan "$1" --store dun.db --today 2026-05-27 --format csv --quiet | wc -l; }
for policy in usual.dun policy.dun; do
  row "memory of plan, an invoice ($(($(fires "$policy") * 100 / N)) % fire)" "$(bytes "$policy")" "" 200 B
done

# ---- a sync ----
IFS=, read -r own python < <(/usr/bin/python3 "$here/sync.py" "$dun" 100000 "$ROUNDS" --csv) || status=1
row "sync, a receivable (baseline python)" "${own:-0}" "${python:-0}" 1 ns

# ---- a service ----
IFS=, read -r idle due _ < <("$build/bench/serve" "$N" "$work/served.db" "$here/serve.dun" 2>/dev/null) || status=1
row "a tick with nothing due" "${idle:-0}" "" 5000 us
row "a tick with 1,000 due, stored" "${due:-0}" "" 1000 ms

# ---- e-mail ----
# From claimed rows to settled rows, to Postfix's smtp-sink; beside it Postfix's own smtp-source, which keeps nothing, over as
# many connections. Times of the clock: both wait for the disk or the other side; then the processor's, ours alone.
emails() { # WHAT AT_ONCE MESSAGES
  local port=$((20000 + RANDOM % 20000)) run sink
  PATH=$PATH:/usr/sbin
  smtp-sink $([ "$(id -u)" = 0 ] && echo "-u nobody") "127.0.0.1:$port" 1000 2>/dev/null &
  sink=$!
  sleep 0.3
  sed -e "s/PORT/$port/; s/AT_ONCE/$2/" "$here/emails.dun" >emails.dun
  for _ in $(seq "$ROUNDS"); do
    rm -f emails.db*
    run=$("$build/bench/emails" "$3" "$work/emails.db" emails.dun) || status=1
    begun=$(date +%s%N)
    smtp-source -s "$2" -m "$3" -l 600 -f finance@acme.example -t c@bench.example "127.0.0.1:$port"
    echo "$run,$((($(date +%s%N) - begun) / 1000000))"
  done | sort -t, -n >emails.csv
  kill "$sink"
  IFS=, read -r wall cpu sent source < <(sed -n "$(((ROUNDS + 1) / 2))p" emails.csv)
  row "$1, each (baseline smtp-source)" "$((wall * 1000 / $3))" "$((source * 1000 / $3))" 500 us
  printf '  %s of %s sent; %s a second; smtp-source %s a second; processor %s us each\n' "${sent:-0}" "$3" "$(($3 * 1000 / wall))" \
    "$(($3 * 1000 / source))" "$((cpu * 1000 / $3))"
}
emails "e-mails, 64 at once" 64 10000
emails "e-mails, 3 at once" 3 3000

# ---- the compiler ----
{
  printf 'policy "Long"\n  currency BRL\n'
  for l in $(seq 1 250); do
    printf 'ladder l%d for invoices where amount >= %d and customer.segment is "s%d"\n' "$l" $((l * 10)) "$l"
    for r in 1 2 3 4 5 6; do
      printf '  at %dd  if open > %d send email template "t%d" otherwise send sms template "u%d"\n' $((r * 5)) $((r * 100)) "$r" "$r"
    done
    echo
  done
  printf 'ladder rest for invoices\n  at 5d send email template "t"\n'
} >long.dun
row "check of $(wc -l <long.dun) lines" "$("$measure" 11 - "$dun" check long.dun | cpu)" "" 20 ms
{
  printf 'currency BRL\nladder long for invoices\n'
  for r in $(seq 1 10000); do printf '  at %dd if amount > %d log "x%d"\n' "$r" "$r" "$r"; done
} >rungs.dun
row "check of 10000 rungs, on the clock" "$("$measure" 11 - "$dun" check rungs.dun | cut -d' ' -f1)" "" "100" ms
exit $status
