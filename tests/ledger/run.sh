#!/usr/bin/env bash
# An ERP says what happened by exporting its rows again: days of imports and runs over one store. run.sh DUN; the last line
# is `N passed, M failed`.
set -u
# shellcheck source=tests/support/checks.sh
. "$(dirname "$0")/../support/checks.sh"
cd "$work" || exit 1
# A new ledger: store and export are empty.
begin() {
  rm -rf dun.db* data out
  mkdir data
  printf 'id,name,email\nc1,Um,um@example.com\nc2,Dois,dois@example.com\n' >data/customers.csv
}
invoices() { # ROW...
  printf 'number,customer,currency,amount,open,due,status,disputed,promise\n' >data/invoices.csv
  [ $# -eq 0 ] || printf '%s\n' "$@" >>data/invoices.csv
}
events() { printf 'date,kind,invoice,value\n' >data/events.csv; printf '%s\n' "$@" >>data/events.csv; }
import() { "$dun" import data --store dun.db --today "$1" 2>&1 >/dev/null | grep -o 'noticed.*'; }
plan() { "$dun" plan policy.dun --store dun.db --today "$1" --format csv --quiet 2>/dev/null | sed 1d | cut -d, -f2,5,6 | tr '\n' ' '; }
run() { "$dun" run policy.dun --store dun.db --today "$1" --outbox out --quiet >run.log 2>&1 || { echo "run on $1 failed"; cat run.log; }; }
day() { import "$1" >/dev/null; plan "$1"; run "$1"; }

cat >policy.dun <<'E2'
policy "Ledger"
  currency BRL
hold while disputed
hold while promised
ladder standard for invoices
  at 3d before due  log "soon {number}"
  at 1d             log "overdue {number}"
  at 10d            log "late {number}"
on payment in full     log "thanks {number}"
on partial payment     log "partly {number} {open}"
on due date changed    log "moved {number} {due}"
on invoice cancelled   log "cancelled {number}"
on invoice created     log "new {number}"
on dispute             log "disputed {number}"
E2

# The first load is no news; a new invoice is, from the second import on, once.
begin
invoices 'A-1,c1,BRL,100,100,2026-03-01,open,,' 'A-2,c2,BRL,200,200,2026-03-01,open,,'
same 'the first import notices nothing' '' "$(import 2026-03-02)"
same 'the ladder begins' 'A-1,1d,"log ""overdue A-1""" A-2,1d,"log ""overdue A-2""" ' "$(day 2026-03-02)"
same 'the same file again' '' "$(import 2026-03-02)"
invoices 'A-1,c1,BRL,100,100,2026-03-01,open,,' 'A-2,c2,BRL,200,200,2026-03-01,open,,' 'A-3,c2,BRL,50,50,2026-05-01,open,,' 'A-4,c2,BRL,50,0,2026-02-01,paid,,'
same 'a new invoice is noticed, a paid one is not' 'noticed: 1 × invoice created' "$(import 2026-03-03)"
same 'on invoice created' 'A-3,on invoice created,"log ""new A-3""" ' "$(day 2026-03-03)"
same 'once' '' "$(day 2026-03-03)$(day 2026-03-04)"

# Payments: seen once, counted once.
invoices 'A-1,c1,BRL,100,60,2026-03-01,open,,' 'A-2,c2,BRL,200,200,2026-03-01,paid,,'
same 'payments are noticed' 'noticed: 2 × payment' "$(import 2026-03-05)"
same 'in part and in full' 'A-1,on partial payment,"log ""partly A-1 60.00""" A-2,on payment in full,"log ""thanks A-2""" ' "$(plan 2026-03-05)"
same 'both are done' 'A-1,on partial payment,"log ""partly A-1 60.00""" A-2,on payment in full,"log ""thanks A-2""" ' "$(day 2026-03-05)"
same 'once' '' "$(day 2026-03-05)$(day 2026-03-06)"
same 'the amount is taken off once, the ladder goes on for what is open' 'A-1,10d,"log ""late A-1""" ' "$(day 2026-03-11)"
invoices 'A-1,c1,BRL,100,30,2026-03-01,open,,'
import 2026-03-12 >/dev/null
invoices 'A-1,c1,BRL,100,0,2026-03-01,open,,'
import 2026-03-12 >/dev/null
same 'two payments between two runs' 'A-1,on payment in full,"log ""thanks A-1""" A-1,on partial payment,"log ""partly A-1 0.00""" ' "$(day 2026-03-12)"
invoices 'A-1,c1,BRL,100,100,2026-03-01,open,,'
same 'open again' 'noticed: 1 × payment reversed' "$(import 2026-03-13)"
same 'a reversed payment resumes the old position' '' "$(day 2026-03-13)"
invoices 'A-1,c1,BRL,90,90,2026-03-01,open,,'
same 'a corrected amount is no payment' '' "$(import 2026-03-14)"
invoices 'A-1,c1,BRL,90,90,2026-03-01,cancelled,,'
same 'cancelled' 'noticed: 1 × invoice cancelled' "$(import 2026-03-14)"
same 'on invoice cancelled' 'A-1,on invoice cancelled,"log ""cancelled A-1""" ' "$(day 2026-03-14)"

# A new due date begins a new cycle, on the hour between two runs of one day too.
begin
invoices 'A-1,c1,BRL,100,100,2026-03-01,open,,'
same 'the first cycle' 'A-1,1d,"log ""overdue A-1""" A-1,10d,"log ""late A-1""" ' "$(day 2026-03-02)$(day 2026-03-11)"
invoices 'A-1,c1,BRL,100,100,2026-04-01,open,,'
same 'a new due date' 'noticed: 1 × due date changed' "$(import 2026-03-11)"
same 'on due date changed' 'A-1,on due date changed,"log ""moved A-1 2026-04-01""" ' "$(day 2026-03-11)"
same 'the new cycle' 'A-1,-3d,"log ""soon A-1""" A-1,1d,"log ""overdue A-1""" A-1,10d,"log ""late A-1""" ' "$(day 2026-03-29)$(day 2026-04-02)$(day 2026-04-11)"
invoices 'A-1,c1,BRL,100,100,2026-03-31,open,,'
same 'a corrected date repeats nothing' 'A-1,on due date changed,"log ""moved A-1 2026-03-31""" ' "$(day 2026-04-12)$(day 2026-04-13)$(day 2026-04-14)"
same 'a simulation over the store begins with the rows as they are' '2026-04-01,A-1,1d 2026-04-10,A-1,10d ' \
  "$("$dun" simulate policy.dun --store dun.db --from 2026-04-01 --to 2026-04-20 --format csv 2>/dev/null | sed 1d | cut -d, -f1,2,5 | tr '\n' ' ')"

# An import whose day is ahead of the run's (it is counted in UTC) is known all the same.
begin
invoices 'A-1,c1,BRL,100,100,2026-03-01,open,,'
import 2026-03-02 >/dev/null
run 2026-03-02
invoices 'A-1,c1,BRL,100,100,2026-04-01,open,,'
import 2026-03-04 >/dev/null
same 'a day ahead' 'A-1,on due date changed,"log ""moved A-1 2026-04-01""" ' "$(plan 2026-03-03)"
run 2026-03-03
same 'and not again when that day comes' '' "$(day 2026-03-04)"

# A stop ends with a new due date, of the same day too.
begin
cp policy.dun kept.dun
printf 'stop when open > 80\nladder l for invoices\n  at 1d log "overdue {number}"\n' >policy.dun
invoices 'A-1,c1,BRL,100,100,2026-03-01,open,,'
import 2026-03-02 >/dev/null
same 'stopped' '' "$(day 2026-03-02)"
invoices 'A-1,c1,BRL,100,60,2026-03-01,open,,'
same 'for good' '' "$(day 2026-03-02)"
invoices 'A-1,c1,BRL,100,60,2026-03-08,open,,'
same 'until the due date changes' 'A-1,1d,"log ""overdue A-1""" ' "$(day 2026-03-02)$(day 2026-03-09)"

# With a policy that moves due dates: two changes, and the days are counted from the moved one.
begin
printf 'policy "Moves"\n  calendar brazil\n  move due to the next business day\nladder l for invoices\n  at due log "due {number}"\n  at 1d log "overdue {number}"\n' >policy.dun
invoices 'A-1,c1,BRL,100,100,2026-03-07,open,,'
same 'a Saturday is a Monday' 'A-1,0d,"log ""due A-1""" ' "$(import 2026-03-02)$(day 2026-03-08)$(day 2026-03-09)"
invoices 'A-1,c1,BRL,100,100,2026-03-14,open,,'
same 'the next Saturday' '' "$(day 2026-03-09)$(day 2026-03-15)"
invoices 'A-1,c1,BRL,100,100,2026-03-21,open,,'
same 'and the one after it' 'A-1,0d,"log ""due A-1""" A-1,1d,"log ""overdue A-1""" ' "$(day 2026-03-15)$(day 2026-03-16)$(day 2026-03-23)$(day 2026-03-24)"
mv kept.dun policy.dun

# Disputes and promises of rows.
begin
invoices 'A-1,c1,BRL,100,100,2026-03-01,open,,' 'A-2,c2,BRL,100,100,2026-03-01,open,,'
import 2026-03-01 >/dev/null
run 2026-03-01
invoices 'A-1,c1,BRL,100,100,2026-03-01,open,yes,' 'A-2,c2,BRL,100,100,2026-03-01,open,,2026-03-06'
same 'dispute and promise' 'noticed: 1 × dispute, 1 × promise' "$(import 2026-03-02)"
same 'both hold' 'A-1,on dispute,"log ""disputed A-1""" ' "$(day 2026-03-02)"
invoices 'A-1,c1,BRL,100,100,2026-03-01,open,no,' 'A-2,c2,BRL,100,100,2026-03-01,open,,2026-03-06'
same 'resolved' 'noticed: 1 × dispute resolved' "$(import 2026-03-04)"
same 'the ladder goes on' 'A-1,1d,"log ""overdue A-1""" ' "$(day 2026-03-04)"
same 'the promise passes' 'A-2,1d,"log ""overdue A-2""" ' "$(day 2026-03-07)"

# What events.csv told and the row shows later is one payment, one new date.
begin
invoices 'A-1,c1,BRL,100,100,2026-03-01,open,,' 'A-2,c2,BRL,100,100,2026-03-01,open,,'
import 2026-03-02 >/dev/null
run 2026-03-02
events '2026-03-03,payment,A-1,40.00' '2026-03-03,due date changed,A-2,2026-04-01'
same 'told' 'A-1,on partial payment,"log ""partly A-1 60.00""" A-2,on due date changed,"log ""moved A-2 2026-04-01""" ' "$(day 2026-03-03)"
invoices 'A-1,c1,BRL,100,60,2026-03-01,open,,' 'A-2,c2,BRL,100,100,2026-04-01,open,,'
same 'the rows show it' 'noticed: 1 × payment, 1 × due date changed' "$(import 2026-03-05)"
same 'no second time' '' "$(day 2026-03-05)"
invoices 'A-1,c1,BRL,100,0,2026-03-01,paid,,' 'A-2,c2,BRL,100,100,2026-04-01,open,,'
same 'the rest' 'A-1,on payment in full,"log ""thanks A-1""" ' "$(day 2026-03-06)"
same 'the cycle goes on from the date that was told' 'A-2,-3d,"log ""soon A-2""" ' "$(day 2026-03-29)"
cp policy.dun open.dun
sed -i 's/"thanks {number}"/"thanks {number} {open}"/' open.dun
events '2026-03-07,payment,A-1,25.00'
import 2026-03-30 >/dev/null
same 'a payment of an invoice that is not open leaves its balance alone' 'A-1: 0.00' \
  "$("$dun" explain A-1 --policy open.dun --store dun.db --today 2026-03-30 --format csv | sed -n 's/.*status is paid, \([-0-9.]*\) BRL open.*/A-1: \1/p')"

# What is said without being asked.
begin
printf 'number,customer,amount,due\nA-1,c1,3.00,2026-03-01\n' >data/invoices.csv
same 'an assumed currency is said' 'data/invoices.csv: 1 of its rows name no currency: BRL is assumed (--currency says another)' \
  "$("$dun" import data --store dun.db 2>&1 >/dev/null)"
same 'once' '' "$("$dun" import data --store dun.db 2>&1 >/dev/null)"
same 'not where it is named' '' "$("$dun" import data --store other.db --currency EUR 2>&1 >/dev/null)"
printf 'ignore balances below 5.00\nladder l for invoices\n  at 1d log "x"\n' >small.dun
same 'the minimum is shown' 'ignore balances below the minimum,yes,"open = 3.00 BRL, the minimum is 5.00 BRL",question' \
  "$("$dun" explain A-1 --policy small.dun --store dun.db --format csv 2>/dev/null | grep '^ignore')"
printf 'policy "Nothing"\n  currency BRL\n' >empty.dun
same 'an empty policy is warned of' 'warning: empty.dun has no ladder and no rule: nothing will ever be sent by it.' \
  "$("$dun" check empty.dun 2>&1 >/dev/null)"
same 'one with a ladder is not' '' "$("$dun" check small.dun 2>&1 >/dev/null)"
# The gate and the decision are of one mind: a promise holds only where the policy says so.
begin
printf 'policy "Plain"\n  currency BRL\nladder standard for invoices\n  at 1d  send email "late {number}"\n' >policy.dun
invoices 'A-1,c1,BRL,100,100,2026-03-01,open,,2026-03-09'
import 2026-03-02 >/dev/null
run 2026-03-02
same 'a promise that holds nothing' 1 "$(find out -name '*.eml' | wc -l)"
begin
printf 'hold while promised\n' >>policy.dun
invoices 'A-1,c1,BRL,100,100,2026-03-01,open,,2026-03-09'
import 2026-03-02 >/dev/null
run 2026-03-02
same 'and one that holds' 0 "$(find out -name '*.eml' 2>/dev/null | wc -l)"
tally
