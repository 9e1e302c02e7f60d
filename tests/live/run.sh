#!/usr/bin/env bash
# What runs keep between them: days of rules at an hour or after downtime, what waits, Dun's own state across imports, edits
# of the policy. run.sh DUN; the last line is `N passed, M failed`. That a live run does what a simulation shows is
# tests/unit/test_live.c.
set -u
# shellcheck source=tests/support/checks.sh
. "$(dirname "$0")/../support/checks.sh"
cd "$work" || exit 1
plan() { "$dun" plan policy.dun --store dun.db --today "$1" --format csv --quiet 2>/dev/null | sed 1d | cut -d, -f2,6,8 | tr '\n' ' '; }
run() { "$dun" run policy.dun --store dun.db --today "$1" --outbox out --quiet >run.log 2>&1 || { echo "run on $1 failed"; cat run.log; }; }
day() { plan "$1"; run "$1"; }
import() { "$dun" import data --store dun.db --today "$1" --quiet >/dev/null 2>&1; }
begin() { rm -rf dun.db* out data; mkdir data; printf 'id,name,email,tags\nc1,Um,um@example.com,old\n' >data/customers.csv; }
contracts() { printf 'number,customer,price,start,end,status\n' >data/contracts.csv; printf '%s\n' "$@" >>data/contracts.csv; }

# A contract that Dun paused stays paused while its file says what it said; a file that says something new has the last word.
begin
contracts 'K-1,c1,100.00,2026-01-01,2026-12-31,active'
printf 'rule big: when contract price > 50 and status is active\n  pause contract then tag customer "Watched"\nevery day for contracts where status is paused and customer.tags has "watched"\n  log "paused {number}"\n' >policy.dun
import 2026-03-01
same 'paused' 'K-1,pause contract, K-1,"tag customer ""Watched""", ' "$(day 2026-03-02)"
import 2026-03-02
same 'from the next day' 'K-1,"log ""paused K-1""", ' "$(day 2026-03-02)$(day 2026-03-03)"
printf 'id,name,email,tags\nc1,Um,um@example.com,old;vip\n' >data/customers.csv
contracts 'K-1,c1,120.00,2026-01-01,2026-12-31,active'
import 2026-03-04
same 'other columns change nothing of it' 'K-1,"log ""paused K-1""", ' "$(day 2026-03-04)"
same 'a simulation over the store knows it' 'K-1,"log ""paused K-1"""' \
  "$("$dun" simulate policy.dun --store dun.db --from 2026-03-05 --to 2026-03-05 --format csv 2>/dev/null | sed 1d | cut -d, -f2,6)"
contracts 'K-1,c1,120.00,2026-01-01,2026-12-31,ended'
import 2026-03-05
same 'the source ends it' '' "$(day 2026-03-05)"

# Days of rules: once a day however often it runs, the latest one after downtime, an edited hour or text is no new rule.
begin
contracts 'K-1,c1,100.00,2026-01-01,,active'
printf 'every month on day 5 at 08:00 for contracts\n  log "month {number}"\nevery month on day 5 for contracts\n  log "again {number}"\n' >policy.dun
import 2026-01-01
same 'not before its day' '' "$(day 2026-01-04)"
same 'two rules of one header' 'K-1,"log ""month K-1""", K-1,"log ""again K-1""", ' "$(day 2026-01-05)"
same 'once' '' "$(day 2026-01-05)$(day 2026-01-06)"
sed -i 's/08:00/09:30/; s/month {number}/Month {number}/' policy.dun
same 'an edit does not fire again' '' "$(day 2026-01-06)"
same 'of two missed days the latest' 'K-1,"log ""Month K-1""", K-1,"log ""again K-1""", ' "$(day 2026-03-09)"
same 'and once' '' "$(day 2026-03-09)$(day 2026-03-10)"
sed -i 's/log "Month {number}"/bill contract/' policy.dun
same 'missed periods are billed each' 'K-1,bill contract, K-1,bill contract, K-1,"log ""again K-1""", ' "$(plan 2026-05-20)"
run 2026-05-20 >/dev/null
same 'what goes through an ERP is refused before anything is done' '1' "$(grep -c 'bill contract' run.log | sed 's/[1-9][0-9]*/1/')"

# What waits for its window goes once, with what is done of its line kept, also when it is killed in between.
begin
printf 'number,customer,amount,due\nA-1,c1,100.00,2026-03-01\n' >data/invoices.csv
printf 'date,kind,invoice,value\n2026-03-07,reply,A-1,first\n2026-03-07,reply,A-1,second\n' >data/events.csv
printf 'calendar brazil\nsend between 08:00 and 18:00 on business days\non reply\n  log "reply {number}" then send email "thanks {number}"\n' >policy.dun
import 2026-03-06
run 2026-03-06
same 'two replies are two' 'A-1,"log ""reply A-1""", A-1,"log ""reply A-1""", A-1,"send email ""thanks A-1""",outside the sending days or hours A-1,"send email ""thanks A-1""",outside the sending days or hours ' "$(day 2026-03-07)"
same 'they wait' 'A-1,"send email ""thanks A-1""",outside the sending days or hours A-1,"send email ""thanks A-1""",outside the sending days or hours ' "$(day 2026-03-08)"
same 'and go' 'A-1,"send email ""thanks A-1""", A-1,"send email ""thanks A-1""", ' "$(day 2026-03-09)"
same 'once' '' "$(day 2026-03-09)$(day 2026-03-10)"
same 'two messages' '2' "$(find out -name '*.eml' | wc -l | tr -d ' ')"

# A promise for a day that is over, and one whose day no run saw.
begin
printf 'number,customer,amount,due\nA-1,c1,100.00,2026-03-01\nA-2,c1,100.00,2026-03-01\n' >data/invoices.csv
printf 'on promise broken\n  log "broken {number}"\n' >policy.dun
import 2026-03-02
run 2026-03-02
printf 'date,kind,invoice,value\n2026-03-03,promise,A-1,2026-02-20\n2026-03-03,promise,A-2,2026-03-06\n' >data/events.csv
import 2026-03-03
same 'judged when it is told' 'A-1,"log ""broken A-1""", ' "$(day 2026-03-03)"
same 'a missed day of judgement' 'A-2,"log ""broken A-2""", ' "$(day 2026-03-12)"
same 'once' '' "$(day 2026-03-12)$(day 2026-03-13)"

# `adjust price by` is Dun's own state: a run carries it out, the next day has the new price; a file with another price has
# the last word. `bill contract` is refused before anything is done.
begin
contracts 'K-1,c1,100.00,2025-01-01,,active'
printf 'every year on 2026-03-05 for contracts\n  adjust price by 10%%\nevery day for contracts where price > 0\n  log "{number} {price}"\n' >policy.dun
import 2026-03-01
run 2026-03-04
same 'a new price is carried out' 'K-1,adjust price by 10%, K-1,"log ""K-1 100.00""", ' "$(day 2026-03-05)"
same 'and is there the next day' 'K-1,"log ""K-1 110.00""", ' "$(day 2026-03-06)"
import 2026-03-06
same 'a file that repeats the old price changes nothing' 'K-1,"log ""K-1 110.00""", ' "$(day 2026-03-07)"
contracts 'K-1,c1,95.00,2025-01-01,,active'
import 2026-03-07
same 'one that says another has the last word' 'K-1,"log ""K-1 95.00""", ' "$(day 2026-03-08)"
printf 'every month on day 9 for contracts\n  log "first" then bill contract\n' >>policy.dun
same 'a bill without an ERP is an error' '3' "$("$dun" run policy.dun --store dun.db --today 2026-03-09 --outbox out --quiet >/dev/null 2>&1; echo $?)"
sed -i '$d' policy.dun && printf '  log "second"\n' >>policy.dun
same 'before anything is done' 'K-1,"log ""K-1 95.00""", K-1,"log ""second""", ' "$(day 2026-03-09)"

# A payment that an import noticed: a simulation without any told event counts interest to its day, as a plan does.
begin
printf 'number,customer,amount,open,due\nA-1,c1,1000,1000,2026-03-02\n' >data/invoices.csv
printf 'currency BRL\nlate fee 2%% plus interest 1%% per month\nladder all for invoices\n  at 30d log "{fine} {interest} {total}"\n' >policy.dun
import 2026-03-03
printf 'number,customer,amount,open,due\nA-1,c1,1000,400,2026-03-02\n' >data/invoices.csv
import 2026-03-22
same 'interest to the day of a noticed payment' 'A-1,"log ""20.00 8.00 428.00""", ' "$(plan 2026-04-01)"
same 'in a simulation too' '2026-04-01,A-1,"log ""20.00 8.00 428.00"""' \
  "$("$dun" simulate policy.dun --store dun.db --from 2026-03-23 --to 2026-04-05 --format csv 2>/dev/null | sed 1d | cut -d, -f1,2,6)"

# A contract's cycle goes with the date that its ladder counts from: a new end starts afresh, a corrected one repeats nothing,
# and actions of two cycles have keys of their own.
begin
contracts 'K-1,c1,100.00,2025-07-01,2026-06-30,active' 'K-2,c1,100.00,2025-07-01,2026-06-30,active'
printf 'ladder renewal for contracts counting from end\n  at 10d before end  log "soon {number}"\n  at 2d  log "over {number}"\n' >policy.dun
import 2026-06-01
same 'the first term' 'K-1,"log ""soon K-1""", K-2,"log ""soon K-2""", ' "$(day 2026-06-19)$(day 2026-06-20)"
contracts 'K-1,c1,100.00,2025-07-01,2027-06-30,active' 'K-2,c1,100.00,2025-07-01,2026-06-28,active'
import 2026-06-21
same 'a corrected date repeats nothing' '' "$(day 2026-06-21)$(day 2026-06-29)"
same 'its later rungs come' 'K-2,"log ""over K-2""", ' "$(day 2026-06-30)"
same 'a new date starts afresh' 'K-1,"log ""soon K-1""", ' "$(day 2027-06-20)"
same 'once' '' "$(day 2027-06-20)$(day 2027-06-21)"

# A skipped billing period is told of with its reason, and never billed later; a contract that comes into the ledger after its
# billing day is billed for its periods, from the later of its start and the rule's first day on.
begin
contracts 'K-1,c1,100.00,2026-01-01,,active' 'K-2,c1,50.00,2026-01-01,,paused' 'K-3,c1,50.00,2026-01-01,,ended'
printf 'every month on day 1 for contracts where status is active\n  bill contract\n' >policy.dun
bills() { "$dun" plan policy.dun --store dun.db --today "$1" --format json --quiet 2>/dev/null | sed -n 's/.*"entity":"\([^"]*\)".*"result":"\([^"]*\)".*/\1 \2/p' | tr '\n' ';'; }
skipped() { "$dun" plan policy.dun --store dun.db --today "$1" --lang "${2:-en}" 2>&1 >/dev/null | grep '^n.*K-'; }
import 2026-02-01
same 'a plan tells' 'not billed: K-2, 2026-02-01..2026-02-28: the rule'"'"'s condition does not hold. It is not billed later by itself.' "$(skipped 2026-02-01)"
same 'in Portuguese' 'não faturado: K-2, 2026-02-01..2026-02-28: a condição da regra não vale. Não é faturado depois por si só.' "$(skipped 2026-02-01 pt)"
same 'in Spanish' 'no facturado: K-2, 2026-02-01..2026-02-28: la condición de la regla no se cumple. No se factura después por sí solo.' "$(skipped 2026-02-01 es)"
# Bills go through an ERP, which no run does yet: what runs keep of the rule's days is the same with a log.
sed -i 's/bill contract/log "run"/' policy.dun
same 'of no bill nothing is told' '' "$(skipped 2026-02-01)"
run 2026-02-01
contracts 'K-1,c1,100.00,2026-01-01,,active' 'K-2,c1,50.00,2026-01-01,,active' 'K-4,c1,70.00,2026-03-01,,active' 'K-5,c1,80.00,2025-06-01,,active' 'K-6,c1,90.00,2026-04-15,,active'
run 2026-03-01
sed -i 's/log .*/bill contract/' policy.dun
import 2026-03-05
same 'one that came after its day' 'K-4 70.00 BRL: 70.00 2026-03-01..2026-03-31;K-5 80.00 BRL: 80.00 2026-02-01..2026-02-28;K-5 80.00 BRL: 80.00 2026-03-01..2026-03-31;' "$(bills 2026-03-05 | tr ';' '\n' | sort | tr '\n' ';' | sed 's/^;//')"
sed -i 's/bill contract/log "run"/' policy.dun
run 2026-03-05
sed -i 's/log .*/bill contract/' policy.dun
same 'once' '' "$(bills 2026-03-05)"
same 'those known go on' 'K-1 K-2 K-4 K-5' "$(bills 2026-04-01 | tr ';' '\n' | sort | cut -d' ' -f1 | tr '\n' ' ' | sed 's/^ *//; s/ $//')"

# A promise is judged once: a longer grace, written afterwards, does not break it again.
begin
printf 'number,customer,amount,due\nA-1,c1,100.00,2026-03-01\n' >data/invoices.csv
printf 'date,kind,invoice,value\n2026-03-03,promise,A-1,2026-03-06\n' >data/events.csv
printf 'hold while promised\non promise broken\n  log "broken {number}"\n' >policy.dun
import 2026-03-03
same 'judged' 'A-1,"log ""broken A-1""", ' "$(day 2026-03-05)$(day 2026-03-06)$(day 2026-03-07)"
sed -i 's/hold while promised/hold while promised plus 5d/' policy.dun
same 'a longer grace does not judge it again' '' "$(day 2026-03-08)$(day 2026-03-12)$(day 2026-03-13)"
printf '2026-03-13,promise,A-1,2026-03-16\n' >>data/events.csv
import 2026-03-13
same 'a new promise is another one' 'A-1,"log ""broken A-1""", ' "$(day 2026-03-17)$(day 2026-03-21)$(day 2026-03-22)$(day 2026-03-23)"

# A plan is the plan of the day: what is due at an hour stands in it with its hour until a run has done it.
begin
contracts 'K-1,c1,100.00,2026-01-01,,active'
printf 'every day at 23:59 for contracts\n  log "late {number}"\n' >policy.dun
import 2026-03-01
today=$("$dun" plan policy.dun --store dun.db --format csv --quiet | sed 1d | cut -d, -f5,6)
same 'with its hour' 'every day at 23:59,"log ""late K-1"""' "$today"

# An import says what of Dun's own state the source has ended.
begin
contracts 'K-1,c1,100.00,2026-01-01,2026-12-31,active'
printf 'rule big: when contract price > 50 and status is active\n  pause contract then tag customer "VIP"\n' >policy.dun
import 2026-03-01
run 2026-03-02
printf 'id,name,email,tags\nc1,Um,um@example.com,old;vip\n' >data/customers.csv
contracts 'K-1,c1,100.00,2026-01-01,2026-12-31,churned'
said() { cp dun.db copy.db; "$dun" import data --store copy.db --today 2026-03-04 --lang "$1" 2>&1 >/dev/null | grep 'K-1'; rm -f copy.db*; }
same 'what the source ended' 'the source has changed what Dun itself had set, and has the last word: c1 "vip", K-1 contract.status' "$(said en)"
same 'in Portuguese' 'a origem mudou o que o próprio Dun tinha posto, e tem a última palavra: c1 "vip", K-1 contrato.situação' "$(said pt)"
same 'in Spanish' 'la fuente cambió lo que el propio Dun había puesto, y tiene la última palabra: c1 "vip", K-1 contrato.estado' "$(said es)"
import 2026-03-04
same 'once' '' "$("$dun" import data --store dun.db --today 2026-03-05 2>&1 >/dev/null | grep 'last word')"

# Killed at random moments, by a signal that nothing can catch, within runs and between them, and run again: in the end the ledger
# is as if nobody had been killed, each message a file once.
ledger() { # FOLDER
  mkdir -p "$1/data"
  printf 'id,name,email\n' >"$1/data/customers.csv"
  printf 'number,customer,amount,due\n' >"$1/data/invoices.csv"
  for i in $(seq 1 40); do
    printf 'c%d,Name %d,c%d@example.com\n' "$i" "$i" "$i" >>"$1/data/customers.csv"
    printf 'A-%d,c%d,%d00.00,2026-03-%02d\n' "$i" "$i" "$i" $((i % 5 + 1)) >>"$1/data/invoices.csv"
  done
  printf 'one message per invoice\nladder l for invoices\n  at 1d  send email "first {number}" then log "logged {number}"\n  at 3d  open card in "Legal" then send email "second {number}"\nrule big: when amount > 1_000 and overdue > 2d or amount > 3_900\n  tag customer "big"\nevery day for invoices where overdue >= 4d\n  log "late {number}"\n' >"$1/policy.dun"
  "$dun" import "$1/data" --store "$1/dun.db" --today 2026-03-01 --quiet >/dev/null 2>&1
}
live_on() { (cd "$1" && "$dun" run policy.dun --store dun.db --today "$2" --outbox out --quiet >run.log 2>&1); }
outcome() { # what was decided and how it ended, where each stands, and what went
  for table in 'action ORDER BY track, entity, "offset", ordinal, cycle' 'position ORDER BY track, entity, "offset"' 'own_state ORDER BY entity' 'rule_run ORDER BY rule' 'armed ORDER BY rule, entity'; do
    case $table in
    action*) columns='track, kind, entity, cycle, "offset", ordinal, decided_on, action, recipient, state' ;;
    position*) columns='track, kind, entity, cycle, "offset", place, climbed_on' ;;
    *) columns='*' ;;
    esac
    python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]): print(*row, sep="|")' "$1/dun.db" "SELECT $columns FROM $table"
  done
  find "$1/out" -name '*.eml' -exec grep -h '^To: ' {} + | sort
}
rm -rf calm killed
ledger calm
ledger killed
died=0
for d in 02 03 04 05 06 07 08; do
  live_on calm "2026-03-$d"
  for try in 1 2 3 4; do
    (cd killed && exec "$dun" run policy.dun --store dun.db --today "2026-03-$d" --outbox out --quiet >run.log 2>&1) &
    pid=$!
    sleep "0.0$((RANDOM % 10))$((RANDOM % 10))"
    kill -9 "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    [ $? -eq 137 ] && died=$((died + 1))
  done
  # What a killed run had in its hands is looked after when its lease has run out: as if that minute were over.
  python3 -c 'import sqlite3
c = sqlite3.connect("killed/dun.db")
c.execute("UPDATE action SET lease_until = 1 WHERE lease_until IS NOT NULL")
c.execute("UPDATE attempt SET begun_at = begun_at - 60000000 WHERE ended_at IS NULL")
c.commit()'
  live_on killed "2026-03-$d"
done
outcome calm >calm.txt
outcome killed >killed.txt
same 'some were killed' 'yes' "$([ "$died" -gt 0 ] && echo yes)"
same 'there was something to lose' 'yes' "$([ "$(wc -l <calm.txt)" -gt 200 ] && echo yes)"
same 'killed and run again is as never killed' '' "$(diff calm.txt killed.txt | head -n 20)"

tally
