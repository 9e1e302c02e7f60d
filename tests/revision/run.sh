#!/usr/bin/env bash
# Editing never re-sends: a policy is run, edited and run again over one store. run.sh DUN; the last line is `N passed, M failed`.
set -u
# shellcheck source=tests/support/checks.sh
. "$(dirname "$0")/../support/checks.sh"
cd "$work" || exit 1
fired() { "$dun" plan policy.dun --store dun.db --today "$1" --format csv --quiet 2>/dev/null | sed 1d | cut -d, -f2,5 | tr '\n' ' '; }
run() { "$dun" run policy.dun --store dun.db --today "$1" --outbox out --quiet >/dev/null || echo "run on $1 failed"; }

mkdir templates data
for t in first second late other; do printf 'Subject: %s {number}\n\n{each invoice}%s about {number}\n{end}' $t $t >templates/$t.email.txt; done
printf 'id,name,email\nc1,Um,um@example.com\nc2,Dois,dois@example.com\nc3,Tres,tres@example.com\n' >data/customers.csv
printf 'number,customer,amount,due\nA-1,c1,100.00,2026-03-01\nA-2,c2,100.00,2026-03-08\nA-3,c3,100.00,2026-01-01\n' >data/invoices.csv
"$dun" import data --store dun.db --quiet >/dev/null

first='ladder standard for invoices where number != "A-3"
  at 1d   send email template "first"
  at 15d  send email template "late"'
printf '%s\n' "$first" >policy.dun
same 'the first day of the policy' 'A-1,1d A-2,1d ' "$(fired 2026-03-09)"
run 2026-03-09
same 'the same day again' '' "$(fired 2026-03-09)"

# A rung at 5d: for A-1 its day (6 March) has passed, for A-2 (13 March) it has not; A-3 joins the ladder at its current rung.
sed -i 's/where number != "A-3"//; s/^  at 15d/  at 5d   send email template "second"\n  at 15d/' policy.dun
same 'a new rung whose day has passed is climbed silently' 'A-3,15d ' "$(fired 2026-03-10)"
run 2026-03-10
same 'it fires for whom it is still to come' 'A-2,5d ' "$(fired 2026-03-13)"
run 2026-03-13
same 'the rung after it goes on' 'A-1,15d ' "$(fired 2026-03-16)"

# Changed templates and names of ladders send nothing again.
sed -i 's/ladder standard/ladder renamed/; s/"first"/"other"/' policy.dun
same 'a renamed ladder and a changed template send nothing again' '' "$(fired 2026-03-13)"
run 2026-03-13

# Back to the first revision: it is the one in force again, and what it had is not new.
printf '%s\n' "$first" >policy.dun
run 2026-03-14
same 'going back to an older revision repeats nothing' '' "$(fired 2026-03-15)"
same 'and a day late is not a rung too late' 'A-1,15d ' "$(fired 2026-03-17)"

tally
