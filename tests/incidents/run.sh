#!/usr/bin/env bash
# What happened to users of other systems (docs/internals/faults.md names them), done here once each, live: imports and runs
# over a store, as cron would do them. run.sh DUN; the last line is `N passed, M failed`.
set -u
# shellcheck source=tests/support/checks.sh
. "$(dirname "$0")/../support/checks.sh"
cd "$work" || exit 1
unset LC_ALL LC_MESSAGES
export LANG=C USER=cron
begin() {
  rm -rf dun.db* data out
  mkdir data
  printf 'id,name,email,whatsapp,language\nc1,One,one@example.com,+5511900000001,en\nc2,Two,two@example.com,+5511900000002,en\n' >data/customers.csv
}
# The columns are those of an ERP: number, customer, amount, open, due, status.
invoices() {
  printf 'number,customer,currency,amount,open,due,status\n' >data/invoices.csv
  printf '%s\n' "$@" >>data/invoices.csv
}
import() { "$dun" import data --store dun.db --today "$1" >import.log 2>&1; }
run() { "$dun" run "${2:-p.dun}" --store dun.db --today "$1" --outbox out >run.log 2>&1; }
mails() { find out -name '*.eml' 2>/dev/null | wc -l; }
said() { cat out/*.eml 2>/dev/null | tr -d '\r' | sed -n 's/^Subject: //p' | sort | tr '\n' '|'; }
decided() { sqlite3 dun.db "SELECT count(*) FROM action"; }
day() { date -u -d "$1 $2 days" +%F; }
due=2026-03-10

policy() { # LINE...
  printf 'policy "Incidents"\n  currency BRL\n  one message per invoice\n' >p.dun
  printf '%s\n' "$@" >>p.dun
}
ladder() { policy 'ladder l for invoices' '  at 1d  send email "first {number} {open}"' '  at 5d  send email "second {number} {open}"' "$@"; }

# ---- a reminder at each tick of cron: its rung stays true for days, and the job runs every minute ----
ladder
begin
invoices "A-1,c1,BRL,100.00,100.00,$due,open"
import "$due"
for d in 0 1 2 3 4 5 6 7; do
  for _ in 1 2 3 4; do run "$(day $due $d)"; done
  import "$(day $due $d)" # the same export again: no news
done
same 'a tick is no occasion: two rungs, two mails in 32 runs' 'first A-1 R$100.00|second A-1 R$100.00|' "$(said)"
sed -i 's/first/FIRST/; s/second/SECOND/' p.dun
run "$(day $due 7)"
same 'nor is an edit of the words' 2 "$(mails)"

# ---- a reminder after the payment: queued while the mail server was down, paid meanwhile ----
today=$(date -u +%F)
policy 'connect email smtp "smtp://127.0.0.1:1" from "f@acme.example"' 'ladder l for invoices' '  at 1d  send email "first {number} {open}"'
begin
invoices "A-1,c1,BRL,100.00,100.00,$(day "$today" -3),open" "A-2,c2,BRL,100.00,100.00,$(day "$today" -3),open"
"$dun" import data --store dun.db >/dev/null 2>&1
"$dun" run p.dun --store dun.db >run.log 2>&1
code=$("$dun" approve --store dun.db --format csv | sed -n 's/^plan,\([0-9a-f]*\),.*/\1/p')
"$dun" approve --store dun.db --digest "$code" --no-ramp --by ana >/dev/null
"$dun" run p.dun --store dun.db >run.log 2>&1
same 'the server is down: both wait' 'deferred|deferred|' "$(sqlite3 dun.db 'SELECT state FROM action ORDER BY id' | tr '\n' '|')"
invoices "A-1,c1,BRL,100.00,0.00,$(day "$today" -3),paid" "A-2,c2,BRL,100.00,100.00,$(day "$today" -3),open"
"$dun" import data --store dun.db >/dev/null 2>&1
sed -i '/^connect/d' p.dun
for id in 1 2; do "$dun" outbox retry $id --by ana --store dun.db >/dev/null 2>&1; done
"$dun" run p.dun --store dun.db --outbox out >run.log 2>&1
"$dun" run p.dun --store dun.db --outbox out >run.log 2>&1
same 'nobody who has paid is reminded; who has not is' 'first A-2 R$100.00|' "$(said)"
same 'and it is said why' 1 "$(sqlite3 dun.db "SELECT count(*) FROM action WHERE id = 1 AND state = 'suppressed' AND length(reason) > 0")"

# ---- a retried job that sends again, because its second half failed ----
policy 'ladder l for invoices' '  at 1d  send email "first {number}" then send whatsapp "also {number}"'
begin
invoices "A-1,c1,BRL,100.00,100.00,$due,open"
import "$(day $due 1)"
cp -r dun.db look.db
"$dun" run p.dun --store look.db --today "$(day $due 1)" --outbox look >/dev/null 2>&1
second=$(basename "$(find look -name '*.txt')")
mkdir -p "out/$second/in-the-way" # the second half cannot be written
run "$(day $due 1)"
same 'the second half fails: and it is said' 4 $?
first=$(find out -name '*.eml' -printf '%p %i %T@\n')
run "$(day $due 1)"
rm -r "out/$second"
for _ in $(seq 10); do
  "$dun" outbox retry "$(sqlite3 dun.db "SELECT max(id) FROM action")" --by ana --store dun.db >/dev/null 2>&1
  run "$(day $due 1)"
done
same 'the first half went once' "$first" "$(find out -name '*.eml' -printf '%p %i %T@\n')"
same 'the second half goes later' 1 "$(find out -name '*.txt' -type f | wc -l)"
same 'two decisions, two done' '2|2' "$(sqlite3 dun.db "SELECT count(*), sum(state = 'accepted') FROM action")"

# ---- "60 days late", sixty days before the due date: a sign that was lost between two systems ----
policy 'ladder l for invoices' '  at 60d  send email "sixty days late {number} {overdue}"'
begin
invoices "A-1,c1,BRL,100.00,100.00,$due,open"
for d in -61 -60 -59 -1 0 59; do import "$(day $due $d)"; run "$(day $due $d)"; done
same 'not before, not on the due date, not a day early' 0 "$(mails)"
run "$(day $due 60)"
same 'sixty days after' 'sixty days late A-1 60 days|' "$(said)"
policy 'ladder l for invoices' '  at 60d before due  send email "due in sixty days {number} {due}"'
begin
invoices "A-1,c1,BRL,100.00,100.00,$due,open"
import "$(day $due -61)"
run "$(day $due -61)"
same 'the other sign: not a day early' 0 "$(mails)"
run "$(day $due -60)"
same 'the other sign: on its day' 1 "$(mails)"
begin
invoices "A-1,c1,BRL,100.00,100.00,$due,open"
import "$(day $due 60)"
run "$(day $due 60)"
same 'and never when it is late' 0 "$(mails)"

# ---- a day of downtime that loses a step ----
ladder
begin
invoices "A-1,c1,BRL,100.00,100.00,$due,open" "A-2,c2,BRL,100.00,100.00,$(day $due -4),open"
import "$due"
run "$due"
same 'before: A-2 has its first' 'first A-2 R$100.00|' "$(said)"
run "$(day $due 3)" # nothing ran on days 1 and 2
same 'the step of a day without runs is made up for, once' 'first A-1 R$100.00|first A-2 R$100.00|second A-2 R$100.00|' "$(said)"
run "$(day $due 4)"
same 'not twice' 3 "$(mails)"
begin
invoices "A-1,c1,BRL,100.00,100.00,$due,open"
import "$due"
run "$due"
run "$(day $due 9)"
same 'a week without runs: the step it is at now, not all at once' 'second A-1 R$100.00|' "$(said)"

# ---- a stray decimal point ----
ladder
begin
invoices 'A-1,c1,BRL,1500.00,1500.00,2026-03-10,open' 'A-2,c1,BRL,1.500.00,1500.00,2026-03-10,open' 'A-3,c1,BRL,15.00.00,15.00,2026-03-10,open' \
  'A-4,c1,BRL,1500.005,1500.00,2026-03-10,open' 'A-5,c1,BRL,1500.0.,1500.00,2026-03-10,open' 'A-6,c1,BRL,.,1,2026-03-10,open' 'A-7,c1,BRL,15OO.00,1500.00,2026-03-10,open'
import "$due"
same 'only what has one reading is taken' 'A-1 150000' "$(sqlite3 -separator ' ' dun.db 'SELECT number, amount FROM invoice')"
same 'the rest is named' 6 "$(grep -c 'invoices.csv:[0-9]*: ".*" in column "amount"' import.log)"
begin
begin
invoices 'A-1,c1,BRL,150.000,150.000,2026-03-10,open'
import "$due"
same 'and a file that shows no reading is refused as a whole' '1 0' "$? $(sqlite3 dun.db 'SELECT count(*) FROM invoice' 2>/dev/null || echo 0)"
begin
printf 'number;customer;currency;amount;due\nA-1;c1;BRL;1.500,00;2026-03-10\nA-2;c1;BRL;1500,5;2026-03-10\nA-3;c1;BRL;1500.50;2026-03-10\nA-4;c1;BRL;1.50,00;2026-03-10\n' >data/invoices.csv
import "$due"
same 'with commas: thousands are no cents' 'A-1 150000|A-2 150050|' "$(sqlite3 -separator ' ' dun.db 'SELECT number, amount FROM invoice ORDER BY number' | tr '\n' '|')"

# ---- two fee runs in one day ----
policy '  late fee 2% plus interest 1% per month' 'ladder l for invoices' '  at 10d  send email "{number} {fine} {interest} {total}"' '  at 20d  send email "{number} {fine} {interest} {total}"'
begin
invoices "A-1,c1,BRL,1000.00,1000.00,$due,open"
import "$due"
for _ in 1 2 3; do run "$(day $due 10)"; import "$(day $due 10)"; done
same 'one fine, however often it runs' 'A-1 R$20.00 R$3.33 R$1,023.33|' "$(said)"
for _ in 1 2; do run "$(day $due 20)"; done
same 'and no fine on the fine' 'A-1 R$20.00 R$3.33 R$1,023.33|A-1 R$20.00 R$6.67 R$1,026.67|' "$(said)"
same 'the ledger owes what it owed' '100000' "$(sqlite3 dun.db 'SELECT open FROM invoice')"

# ---- a part payment ignored ----
ladder 'on partial payment  log "partly {number} {open}"'
begin
invoices "A-1,c1,BRL,100.00,100.00,$due,open"
import "$due"
run "$due"
invoices "A-1,c1,BRL,100.00,40.00,$due,open"
import "$(day $due 1)"
run "$(day $due 1)"
same 'what is asked for is what is left' 'first A-1 R$40.00|' "$(said)"
invoices "A-1,c1,BRL,100.00,40.00,$due,open" "A-2,c2,BRL,100.00,100.00,$due,open"
printf 'date,kind,invoice,value\n%s,payment,A-1,15.00\n' "$(day $due 5)" >data/events.csv
import "$(day $due 5)"
run "$(day $due 5)"
same 'as an event, too' 'first A-1 R$40.00|second A-1 R$25.00|second A-2 R$100.00|' "$(said)"

tally
