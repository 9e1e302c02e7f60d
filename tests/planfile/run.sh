#!/usr/bin/env bash
# A plan that was saved, and `dun run FILE`: run.sh DUN; the last line is `N passed, M failed`. Nothing leaves 127.0.0.1.
set -u
# shellcheck source=tests/support/checks.sh
. "$(dirname "$0")/../support/checks.sh"
shim=$(dirname "$dun")/crash_shim.so
(cd "$support/../.." && { [ -e "$shim" ] || make -s --no-print-directory B="$(dirname "$dun")" "$shim"; }) || exit 2
cd "$work" || exit 1
export LANG=C USER=tester
unset LC_ALL LC_MESSAGES
day=2026-03-11

cat >p.dun <<'E2'
policy "Saved"
  currency BRL
hold while disputed
ladder standard for invoices
  at 1d   send email template "overdue"
  at 10d  send email "late {number}"
  at 20d  escalate to "boss@example.com"
E2
mkdir data templates
printf 'Subject: Overdue {number}\n\nDear {customer.name}, {open} is open.\n' >templates/overdue.email.en.txt
printf 'id,name,email,owner,language\nc1,Um,um@example.com,ana,en\nc2,Dois,dois@example.com,ana,en\nc3,Tres,tres@example.com,ana,en\n' >data/customers.csv
invoices() { printf 'number,customer,currency,amount,open,due,status,disputed,kind\n' >data/invoices.csv; printf '%s\n' "$@" >>data/invoices.csv; }
import() { "$dun" import data --store "${1:-dun.db}" --today "$day" >/dev/null 2>&1; }
A1='A-1,c1,BRL,100,100,2026-03-10,open,,x' A2='A-2,c1,BRL,200,200,2026-03-10,open,,x' A3='A-3,c2,BRL,300,300,2026-03-01,open,,x' A4='A-4,c3,BRL,400,400,2026-03-20,open,,x'
fresh() { # a new store with its plan
  rm -rf dun.db* outbox plan.json
  invoices "$A1" "$A2" "$A3" "$A4"
  import
  "$dun" plan p.dun --today "$day" --out plan.json >plan.out 2>plan.err
}
run() { "$dun" run "${1:-plan.json}" --today "$day" "${@:2}" >out 2>err; }
mails() { find outbox -name '*.eml' 2>/dev/null | wc -l; }
refused() { # NAME STATUS WORDS
  run
  same "$1: refused" "$2" $?
  has "$1: why" "$3" err
  same "$1: nothing was sent" 0 "$(mails)"
}

# ---- fresh ----
fresh
has 'said where it is' 'Saved in plan.json: 2 actions' plan.err
same 'what is listed' 'A-1 A-2 A-3' "$(sed -n 's/^    {"entity":"\([^"]*\)".*/\1/p' plan.json | tr '\n' ' ' | sed 's/ $//')"
cp dun.db before.db
run
same 'a fresh one is carried out' 0 $?
same 'exactly what it lists' 'A-1 A-2 A-3' "$(python3 - <<'E2'
import sqlite3
rows = sqlite3.connect("dun.db").execute("SELECT entity FROM action WHERE state = 'accepted' ORDER BY entity").fetchall()
print(" ".join(r[0] for r in rows))
E2
)"
same 'two messages' 2 "$(mails)"
run
same 'twice' 1 $?
has 'twice: why' "carried out already, on $day" err
same 'twice sends nothing' 2 "$(mails)"

# ---- the same file from the same store ----
fresh
cp plan.json first.json
"$dun" plan p.dun --today "$day" --out plan.json >/dev/null 2>&1
same_file 'the same store gives the same bytes' first.json plan.json
invoices "${A1%x}y" "$A2" "$A3" "$A4"
import
run
same 'what the policy does not read is no reason' 0 $?

# ---- stale, each kind ----
fresh
invoices "$A1" "$A2" "${A3/300,300,2026-03-01,open/300,0,2026-03-01,paid}" "$A4"
import
refused 'paid' 1 'what the store knows has changed since'
has 'paid: lost' 'the invoice is paid' out
run plan.json --lang pt
has 'paid, in Portuguese' 'a fatura está paga' out
run plan.json --lang es
has 'paid, in Spanish' 'la factura está pagada' out
run plan.json --format csv
has 'paid, for machines' 'lost,A-3,standard 10d,"send email ""late A-3"""' out

fresh
invoices "$A1" "$A2" "${A3/open,,/open,yes,}" 'A-5,c3,BRL,50,50,2026-03-10,open,,x'
import
refused 'new and disputed' 1 'what the store knows has changed since'
has 'gained' 'nothing of it was due when the plan was saved' out
has 'disputed' 'the invoice is disputed' out

fresh
sed -i 's/um@example.com/other@example.com/' data/customers.csv
import
sed -i 's/other@example.com/um@example.com/' data/customers.csv
refused 'another address' 1 'what the store knows has changed since'
has 'changed' 'to other@example.com instead of um@example.com' out

fresh
invoices "$A1" "${A2/200,200,2026-03-10/200,200,2026-03-20}" "$A3" "$A4"
import
refused 'fewer invoices in it' 1 'what the store knows has changed since'
has 'joined otherwise' 'about A-1 instead of A-1 A-2' out

fresh
invoices "$A1" "$A2" "$A3" "${A4/400,400/400,390}"
import
refused 'facts that change no action' 1 'what the store knows has changed since'
has 'and that is said' 'Its actions would still be the same.' err

fresh
sed -i 's/late {number}/very late {number}/' p.dun
refused 'another policy' 1 'the policy p.dun is another one since the plan was saved'
has 'its words' 'send email "very late A-3" instead of send email "late A-3"' out
sed -i 's/very late/late/' p.dun
run
same 'the old policy again' 0 $?

fresh
printf 'Subject: Overdue {number}\n\nHello {customer.name}, {open} is open.\n' >templates/overdue.email.en.txt
refused 'other templates' 1 'the templates, rates or indices of the policy have changed'
printf 'Subject: Overdue {number}\n\nDear {customer.name}, {open} is open.\n' >templates/overdue.email.en.txt

fresh
"$dun" run plan.json --today 2026-03-12 >out 2>err
same 'another day' 1 $?
has 'another day: why' 'the plan is of 2026-03-11, and today is 2026-03-12' err

fresh
import other.db
"$dun" run plan.json --store other.db --today "$day" >out 2>err
same 'another store' 1 $?
has 'another store: why' 'the plan was made on another store than other.db' err
same 'another store: nothing was sent' 0 "$(mails)"

fresh
"$dun" run p.dun --today "$day" >/dev/null 2>&1
run
same 'a run in between' 1 $?
has 'a run in between: why' 'what the store knows has changed since' err
same 'a run in between: once' 2 "$(mails)"

# ---- altered ----
for edit in 's/A-3/A-9/' 's/um@example.com/me@example.com/' '/"entity":"A-3"/d' 's/"minute": [0-9]*/"minute": 7/' 's/  "goes"/   "goes"/' '$d' 's/"checksum": "./"checksum": "g/'; do
  fresh
  sed -i "$edit" plan.json
  refused "altered by $edit" 2 'is not as it was saved'
done
fresh
sed -i 's/"dun plan": 1/"dun plan": 9/' plan.json
refused 'of a version to come' 2 'a plan of version 9'
echo '{"a": 1}' >plan.json
refused 'no plan' 2 'is JSON, but no plan'
"$dun" plan p.dun --data data --today "$day" --out plan.json >out 2>err
same 'without a store' 2 $?
has 'without a store: why' '--out needs a store' err

# ---- personal data: what a plan prints, and no more ----
fresh
hasnt 'no name' 'Tres' plan.json
hasnt 'nobody who gets nothing' 'tres@example.com' plan.json

# ---- git ----
git init -q . 2>/dev/null
git -c user.name=t -c user.email=t@example.com add p.dun && git -c user.name=t -c user.email=t@example.com commit -qm p
fresh
has 'the commit of the policy' "\"commit\": \"$(git rev-parse HEAD)\"" plan.json
echo '# one more line' >>p.dun
fresh
has 'not one that it differs from' '"commit": null' plan.json
git checkout -q p.dun

# ---- killed in the middle ----
state() { # KILL-AT SECONDS: the shim's file
  python3 -c 'import struct,sys; open("fault","wb").write(struct.pack("=2Q",0,int(sys.argv[1])) + bytes(8*10) + struct.pack("=q",int(sys.argv[2])*10**9) + struct.pack("=q",int(sys.argv[2])*10**9) + bytes(4096))' "$1" "$2"
}
shimmed() { ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" DUN_FAULT=$PWD/fault LD_PRELOAD=$shim "$dun" run plan.json --today "$day" >out 2>err; }
at=1 killed=0 wrong=
while :; do
  fresh
  state "$at" 0
  shimmed 2>/dev/null
  [ $? -eq 137 ] || break
  killed=$((killed + 1))
  for again in 1 2 3; do
    state 0 $((again * 120))
    shimmed
  done
  [ "$(mails)" = 2 ] || wrong="$wrong $at:$(mails)"
  at=$((at + 23))
done
same 'killed at any write, and run again: each message once' '' "$wrong"
if [ "$killed" -gt 3 ]; then ok; else bad "killed $killed times only"; fi

# ---- what waits to be approved as a whole ----
mail_servers
cat >real.dun <<E2
policy "Real"
  currency BRL
connect email smtp "smtp://127.0.0.1:$(port plain)" from "Finance <f@acme.example>"
ladder standard for invoices
  at 1d  send email "overdue {number}"
E2
rm -rf dun.db* outbox
late=$(date -u -d '8 days ago' +%F)
invoices "A-1,c1,BRL,100,100,$late,open,,x" "A-2,c2,BRL,200,200,$late,open,,x"
"$dun" import data >/dev/null 2>&1
"$dun" plan real.dun --out held.json >out 2>err
hasnt 'it is held' '"held": null' held.json
"$dun" run held.json >out 2>err
same 'held: asked' 1 $?
"$dun" approve held.json --by ana >out 2>err || cat err
has 'approved by its file' 'approved' out
"$dun" run held.json >out 2>err
same 'held, approved: carried out' 0 $?
same 'both arrived' 2 "$(find . -name 'plain-*.txt' | wc -l)"
fresh
"$dun" approve plan.json --by ana >out 2>err
same 'nothing of it is held' 1 $?
has 'nothing of it is held: why' 'waits to be approved as a whole' err
tally
