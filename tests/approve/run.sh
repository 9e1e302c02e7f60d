#!/usr/bin/env bash
# Switching on over a backlog, approving, the ramp, pausing: the real program with a real SMTP server on loopback, and a clock
# that only this test moves. run.sh DUN; the last line is `N passed, M failed`. Nothing leaves 127.0.0.1.
set -u
# shellcheck source=tests/support/checks.sh
. "$(dirname "$0")/../support/checks.sh"
export LANG=C USER=tester
unset LC_ALL LC_MESSAGES
# ---- a ledger: 30 customers, each with an invoice that is 20 days late; one customer's address is refused ----
late=$(date -u -d '20 days ago' +%F)
mkdir -p "$work/data"
{
  echo "id,name,email,language,owner"
  for i in $(seq -w 1 30); do echo "C$i,Customer $i,c$i@example.com,en,ana@acme.example"; done
} | sed 's/c04@/gone@/' >"$work/data/customers.csv"
{
  echo "number,customer,amount,due,currency"
  for i in $(seq -w 1 30); do echo "A-$i,C$i,1$i.50,$late,BRL"; done
} >"$work/data/invoices.csv"

mail_servers

# policy FILE SERVER LEAST-OPEN
policy() {
  cat >"$work/$1" <<DUN
policy "Standard collections"
  currency BRL
  one message per invoice
connect email smtp "smtp://127.0.0.1:$(port "$2")" from "Finance <f@acme.example>"
no ladder for open < $3
ladder standard for invoices
  at 1d   send email "Invoice {number}: {open}"
  at 15d  send email "Formal notice {number}: {open}"
DUN
}
store="$work/dun.db"
fresh() { rm -f "$store" "$store"-* "$store".*  && "$dun" import --store "$store" "$work/data" >/dev/null 2>&1; }
run() { "$dun" run --store "$store" --outbox "$work/outbox" "$@" >"$work/out" 2>"$work/err"; }
approve() { "$dun" approve --store "$store" "$@" >"$work/out" 2>"$work/err"; }
received() { find "$work" -name "$1-*.txt" | wc -l; }
digest() { sed -n 's/.*--digest \([0-9a-f]*\) .*/\1/p' "$work/out" | head -1; }
# The ramp's 15 minutes pass.
pass_minutes() { sqlite3 "$store" "UPDATE activation SET step_at = step_at - $1 * 60000000"; }

# ---- over a backlog nothing goes ----
policy p.dun some-recipients 0
fresh
run "$work/p.dun"
same "held: status" 1 $?
has "held: how many" "30 not yet: waits until the plan is approved" "$work/out"
hasnt "held: not that nothing was due" "nothing was due" "$work/out"
has "held: why" "it is the first run that sends for real, and there is a backlog" "$work/out"
has "held: what to write" "approve:  dun approve --digest" "$work/out"
run "$work/p.dun"
same "held: nothing was sent" 0 "$(received some-recipients)"
same "held: nothing climbed" "0 0" "$(sqlite3 -separator ' ' "$store" 'SELECT (SELECT count(*) FROM action), (SELECT count(*) FROM position)')"

# ---- the page a person decides by ----
approve
same "page: status" 0 $?
has "page: which" "A plan waits as a whole: Standard collections" "$work/out"
has "page: money" "R\$3,480.00" "$work/out"
has "page: the largest" "Customer 30" "$work/out"
has "page: the ramp" "sends 10 messages, 1 %, 10 % and the rest" "$work/out"
code=$(digest)
approve --format csv
has "page: a row" "plan,$code" "$work/out"
for lang in pt es; do
  approve --lang "$lang"
  hasnt "page in $lang: no English left" "waits as a whole" "$work/out"
  hasnt "page in $lang: no English left" "together" "$work/out"
  has "page in $lang: the same digest" "$code" "$work/out"
done

# ---- a wrong answer is refused ----
approve --digest 000000000000 --by ana
same "wrong digest: status" 1 $?
has "wrong digest: said" "is not the plan that waits now" "$work/err"
approve --digest "${code:0:6}" --by ana
same "too short a digest: status" 1 $?
approve --digest "$code" --all --by ana
same "two answers at once: status" 2 $?
approve 7 --by ana
same "no such line: status" 1 $?
approve seven
same "not a number: status" 2 $?
USER='' LOGNAME='' approve --digest "$code"
same "nobody: status" 2 $?
run "$work/p.dun"
same "nothing was sent" 0 "$(received some-recipients)"

# ---- two people ----
approve --require 2 --by ana
has "two: said" "2 people must approve" "$work/out"
has "two: from two logins" "Each from a login of their own" "$work/out"
approve --digest "$code" --by ana
approve --digest "$code" --by rui
same "two: another name from the same login: status" 1 $?
has "two: another name from the same login" "came from this login of the machine too" "$work/err"
run "$work/p.dun"
same "two: which is no second person" 0 "$(received some-recipients)"
approve --require 2 --shared-login --by ana
has "two: nor loosens it" "Two people must ask" "$work/out"
approve --require 1 --shared-login --by ana
same "two: one of one login: status" 2 $?
# A second login: where this is the administrator's machine and the kernel keeps no login (a container).
if [ "$(id -u)" = 0 ] && ! [ "$(cat /proc/self/loginuid 2>/dev/null)" -lt 4294967295 ] 2>/dev/null; then
  cp -r "$work" "$work.other" && chmod -R a+rwX "$work.other"
  setpriv --reuid 1234 --clear-groups "$dun" approve --digest "$code" --by rui --store "$work.other/dun.db" >"$work/out" 2>"$work/err"
  has "two: another login" "The plan is approved" "$work/out"
  logins=$(sqlite3 "$work.other/dun.db" "SELECT group_concat(json_extract(detail, '$.login')) FROM event WHERE kind = 'approve'")
  same "two: the audit log has both" "0,1234" "$logins"
  rm -rf "$work.other"
  approve --require 2 --shared-login --by rui
  has "two: the administrator may" "2 people must approve" "$work/out"
else
  sqlite3 "$store" "INSERT OR REPLACE INTO sync_state (key, value) VALUES ('approvals required', '2 shared login')"
fi
fresh_answer="UPDATE activation SET answered_by = '', answered_login = NULL"
sqlite3 "$store" "$fresh_answer"
approve --digest "$code" --by ana
has "two: the first" "a second person must agree" "$work/out"
run "$work/p.dun"
same "two: one is not enough" 0 "$(received some-recipients)"
approve --digest "$code" --by " Ana "
same "two: not the same twice" 1 $?
approve --require 1 --by ana
has "two: nobody undoes it alone" "Two people must ask" "$work/out"
approve --digest "$code" --by rui
has "two: the second" "The plan is approved" "$work/out"

# ---- the ramp: ten messages, one of which the server refuses ----
run "$work/p.dun"
same "ramp: status" 1 $?
has "ramp: first step" "9 sent" "$work/out"
has "ramp: what waits" "20 wait" "$work/out"
same "ramp: at the server" 9 "$(received some-recipients)"
run "$work/p.dun"
same "ramp: not before it is settled" 9 "$(received some-recipients)"
pass_minutes 16
run "$work/p.dun"
same "bounce: it stops" 9 "$(received some-recipients)"
has "bounce: why" "1 of 10 messages of the approved plan bounced or were refused" "$work/out"
has "bounce: what to write" "dun resume policy \"Standard collections\"" "$work/out"
"$dun" resume policy "Standard collections" --by ana --store "$store" >"$work/out" 2>&1
same "resume: status" 0 $?

# ---- a pause while it goes on ----
"$dun" pause channel email --reason "the server moves" --by ana --store "$store" >"$work/out" 2>&1
has "pause: said" "The channel email is paused" "$work/out"
run "$work/p.dun"
same "pause: nothing goes" 9 "$(received some-recipients)"
has "pause: shown" "the server moves" "$work/out"
"$dun" pause channel fax --store "$store" >/dev/null 2>&1
same "pause: no such channel" 2 $?
"$dun" pause customer NOBODY --store "$store" >/dev/null 2>&1
same "pause: no such customer" 2 $?
"$dun" resume channel email --by ana --store "$store" >"$work/out" 2>&1
run "$work/p.dun"
same "resume: the rest goes" 29 "$(received some-recipients)"
run "$work/p.dun"
same "once each" 29 "$(received some-recipients)"
same "nobody twice" "" "$(cat "$work"/some-recipients-*.txt | grep '^envelope-to=' | sort | uniq -d)"
same "nobody left out but the one who is refused" 29 "$(cat "$work"/some-recipients-*.txt | grep '^envelope-to=c' | sort -u | wc -l)"
"$dun" resume --store "$store" >/dev/null 2>&1
same "resume: nothing is paused" 1 $?

# ---- an edit that reaches a backlog ----
policy few.dun plain 200
fresh
sed 's/^A-30,C30,130.50,.*/A-30,C30,500.00,'"$(date -u -d '1 day ago' +%F)"',BRL/' "$work/data/invoices.csv" >"$work/invoices-2.csv"
"$dun" import --store "$store" "$work/invoices-2.csv" >/dev/null 2>&1
run "$work/few.dun"
same "edit: before it" "0 1" "$? $(received plain)"
policy few.dun plain 0
run "$work/few.dun"
same "edit: it is held" "1 1" "$? $(received plain)"
has "edit: why" "the policy is new or was changed, and it reaches a backlog" "$work/out"
"$dun" plan --store "$store" "$work/few.dun" >"$work/out" 2>"$work/err"
has "edit: the plan says what it is" "A run would hold this as a whole" "$work/err"
has "edit: the plan says so" "waits until the plan is approved" "$work/out"
approve
approve --reject --digest "$(digest)" --by ana
run "$work/few.dun"
has "edit: rejected" "the plan was rejected" "$work/out"
same "edit: nothing was sent" 1 "$(received plain)"

# ---- single lines, and a day's messages ----
policy ask.dun plain 0
sed -i 's/^connect/ask for approval before send email\nconnect/' "$work/ask.dun"
fresh
rm -f "$work"/plain-*.txt
run "$work/ask.dun"
same "lines: status" 0 $?
has "lines: how many" "30 lines wait for a person" "$work/out"
approve
has "lines: which" "the policy asks before this action" "$work/out"
approve 1 2 3 --by ana
has "lines: approved" "3 lines approved" "$work/out"
approve --reject 4 --by ana
has "lines: rejected" "1 line rejected" "$work/out"
approve 4 5 --by ana
same "lines: one that is answered" 1 $?
approve --format csv
has "lines: 5 was not answered with it" "line,5," "$work/out"
policy day.dun plain 0
sed -i 's/^connect/ask before sending more than 5 messages\nconnect/' "$work/day.dun"
sed -i 's/one message per invoice/&/' "$work/day.dun"
fresh
run "$work/day.dun"
approve
approve --no-ramp --digest "$(digest)" --by ana
run "$work/day.dun"
same "day: a plan that was approved is not asked twice" 30 "$(received plain)"

# ---- a policy in force, and an import of what is late already, one message of it in two currencies ----
mkdir -p "$work/few" "$work/many"
head -2 "$work/data/customers.csv" >"$work/few/customers.csv"
{ head -1 "$work/data/invoices.csv"; echo "K-1,C01,10.00,$(date -u -d '60 days' +%F),BRL"; } >"$work/few/invoices.csv"
cp "$work/data/customers.csv" "$work/many/customers.csv"
{ cat "$work/data/invoices.csv"; echo "U-1,C01,77.00,$late,USD"; } >"$work/many/invoices.csv"
policy in.dun plain 0
sed -i '/one message per invoice/d' "$work/in.dun"
kept=$store
store="$work/in.db"
"$dun" import --store "$store" "$work/few" >/dev/null 2>&1
run "$work/in.dun"
same "import: in force over one invoice" 0 $?
"$dun" import --store "$store" "$work/many" >/dev/null 2>&1
"$dun" plan --store "$store" "$work/in.dun" >"$work/out" 2>"$work/err"
has "import: a plan says so" "A run would hold what an import brought" "$work/err"
run "$work/in.dun"
same "import: asked" 1 $?
has "import: why" "What an import brought waits, the rest goes as ever" "$work/out"
approve
has "import: the size" "30 messages to customers; 30 of steps whose day has passed" "$work/out"
has "import: both currencies of a message" "R\$101.50 + \$77.00" "$work/out"
approve --reject --digest "$(digest)" --by ana
run "$work/in.dun"
has "import: rejected" "that plan was rejected. Import the right data" "$work/out"
sed "s/$late/$(date -u -d '20 days' +%F)/" "$work/many/invoices.csv" >"$work/few/invoices.csv"
"$dun" import --store "$store" "$work/few/invoices.csv" >/dev/null 2>&1
run "$work/in.dun"
same "import: the right dates, and nothing waits" 0 $?

store=$kept

# ---- the record ----
"$dun" audit verify --store "$store" >"$work/out" 2>&1
same "audit: whole" 0 $?
same "audit: what a person did" "1" "$(sqlite3 "$store" "SELECT count(*) FROM event WHERE kind = 'approve' AND actor = 'ana'")"
same "audit: no personal data" "0" "$(sqlite3 "$store" "SELECT count(*) FROM event WHERE detail LIKE '%Customer %' OR detail LIKE '%example.com%'")"

tally
