#!/usr/bin/env bash
# What `dun explain` tells a person: run.sh DUN. A small ledger with one invoice for each thing that can keep a step back; then each
# change that is said to make an invoice fire is made in the files, and the plan is asked. The last line is `N passed, M failed`.
set -u
[ $# -ge 1 ] || { echo "usage: run.sh DUN" >&2; exit 2; }
dun=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
export LC_ALL='' LC_MESSAGES='' LANG=en NO_COLOR=1
passed=0
failed=0
today=2026-03-10

says() { # NAME TEXT ARGUMENT...: the explanation has the text in it
  local name=$1 want=$2 got
  shift 2
  got=$("$dun" explain "$@" --policy policy.dun --data data --today $today 2>&1)
  if grep -qF -- "$want" <<<"$got"; then passed=$((passed + 1)); else
    failed=$((failed + 1))
    printf 'FAILED %s\n  wanted: %s\n  got:\n%s\n' "$name" "$want" "$(head -n 40 <<<"$got" | sed 's/^/    /')"
  fi
}
fires() { # NAME INVOICE ACTION: today's plan of the changed ledger has it
  if "$dun" plan policy.dun --data changed --today $today --format csv 2>/dev/null | grep -F ",$2," | grep -F -- "$3" | grep -q ',$'; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'FAILED %s: %s does not fire\n%s\n' "$1" "$2" "$("$dun" plan policy.dun --data changed --today $today --format csv 2>&1 | grep -F "$2")"
  fi
}
change() { # FILE SED: a copy of the ledger with this change
  rm -rf changed && cp -r data changed && sed -i "$2" "changed/$1"
}

mkdir data
cat >policy.dun <<'END'
policy "Standard"
  currency BRL
  timezone "America/Sao_Paulo"
  calendar brazil
  send between 08:00 and 18:00 on business days
  send whatsapp between 08:00 and 18:00 on thursday for customer.name is "Jota"
  limit each customer to 1 message per day
  ignore balances below 5.00
  ask for approval before escalate
  ask for approval when amount > 50_000
  opt in for sms
team finance is "finance@x.example"
hold while disputed
hold while promised plus 1d
hold while customer.tags has "legal"
stop when kind is "settled"
no ladder for customer.segment is "internal"
ladder key_accounts for invoices where amount >= 10_000 or customer.segment in ("enterprise", "gov")
  hold while customer.tags has "quiet"
  at 2d   send email template "key"
  at 20d  escalate to owner
ladder standard for invoices where customer.segment is not missing and amount between 10 and 9_999
  at 3d before due  send email template "reminder"
  at 1d   send email template "overdue"
  at 5d   if amount > 1_000 send whatsapp template "formal" otherwise log "small"
  at 12d  send sms template "short"
  at 30d  open card in "Collections"
  at 40d  send whatsapp template "last" or else email template "last"
rule big: when open > 40_000 alert finance "{number}"
every month on day 15 for invoices where overdue >= 20d log "{number}"
on reply open card in "Answers"
END
cat >data/customers.csv <<'END'
id,name,segment,email,whatsapp,phone,owner,tags,opted_out
c1,Alfa,smb,a@alfa.example,+5511999990001,,o@x.example,,
c2,Beta,,b@beta.example,,,,,
c3,Gama,internal,g@gama.example,,,,,
c4,Delta,gov,d@delta.example,,,o@x.example,quiet,
c5,Eco,smb,,,,,,
c6,Foz,smb,f@foz.example,+5511999990006,+5511999990007,,,
c7,Gol,smb,g@gol.example,,,,,email
c8,Hum,smb,h@hum.example,,,,legal,
c9,Ita,enterprise,i@ita.example,,,o@x.example,,
c11,Lia,smb,l@lia.example,,,,,
c10,Jota,smb,j@jota.example,+5511999990010,,,,
END
cat >data/invoices.csv <<'END'
number,customer,currency,amount,open,due,status,disputed,kind
GOES,c1,BRL,800,800,2026-03-09,open,no,nf
OTHER,c1,BRL,1500,1500,2026-03-13,open,no,nf
DISPUTE,c6,BRL,700,700,2026-03-09,open,yes,nf
ROWSAYS,c6,BRL,701,701,2026-03-09,open,yes,nf
PROMISE,c6,BRL,702,702,2026-03-09,open,no,nf
PAID,c6,BRL,703,0,2026-03-09,paid,no,nf
LOW,c6,BRL,704,3,2026-03-09,open,no,nf
GONE,c6,BRL,705,705,2026-03-09,open,no,settled
LEGAL,c8,BRL,706,706,2026-03-09,open,no,nf
MISSING,c2,BRL,800,800,2026-03-09,open,no,nf
NONE,c3,BRL,800,800,2026-03-09,open,no,nf
QUIET,c4,BRL,800,800,2026-03-08,open,no,nf
NOBODY,c5,BRL,800,800,2026-03-09,open,no,nf
OUT,c7,BRL,800,800,2026-03-09,open,no,nf
GUARD,c6,BRL,900,900,2026-03-05,open,no,nf
SMALL,c6,BRL,7,7,2026-03-09,open,no,nf
TWO,c6,BRL,7,3,2026-03-09,open,no,nf
LATER,c6,BRL,800,800,2026-04-10,open,no,nf
HOURS,c10,BRL,1500,1500,2026-03-05,open,no,nf
WAY,c11,BRL,800,800,2026-01-20,open,no,nf
ASKS,c9,BRL,800,800,2026-02-18,open,no,nf
SMS,c6,BRL,800,800,2026-02-26,open,no,nf
END
cat >data/events.csv <<'END'
date,kind,invoice,value
2026-03-04,dispute,DISPUTE,
2026-03-07,promise,PROMISE,2026-03-12
2026-03-05,payment,PAID,703
2026-03-06,opt out,OUT,email
END

# --- what fires, and what keeps back
says fires 'GOES fires today: send email template "overdue", to a@alfa.example.' GOES
says 'and why' 'it stands at rung 1d of ladder standard since 2026-03-10, because customer.segment is not missing (customer.segment = smb) and amount between 10 and 9_999 (amount = 800.00)' GOES
says 'the dispute and its day' 'held by the dispute of 2026-03-04 (csv)' DISPUTE
says 'a dispute without a day' 'held by a dispute, as the ledger has it (csv)' ROWSAYS
says 'the promise and its days' 'held by the promise of 2026-03-07 for 2026-03-12, until 2026-03-13 (csv)' PROMISE
says 'the payment' 'paid on 2026-03-05: 703.00 BRL (csv)' PAID
says 'the minimum' 'below the minimum: open = 3.00 BRL, the minimum is 5.00 BRL' LOW
says 'a stop' "its \`stop when\` holds: kind is \"settled\" (kind = settled)" GONE
says 'a hold with its value' 'held because of this: customer.tags has "legal" (customer.tags = legal)' LEGAL
says 'no ladder, and each ladder why' 'ladder standard does not take it: customer.segment is not missing (customer.segment is missing)' MISSING
says 'what cannot be decided' 'customer.segment in ("enterprise", "gov") (customer.segment is missing)' MISSING
says 'no ladder by the policy' 'no ladder takes it' NONE
says "a ladder's own hold" 'held because of this: customer.tags has "quiet" (customer.tags = quiet)' QUIET
says 'nobody to reach' 'nobody can be reached: customer.email is missing' NOBODY
says 'an opt-out and its day' 'nobody can be reached: opted out of email on 2026-03-06 (csv)' OUT
says 'the other way' "its \`if\` does not hold: amount > 1_000 (amount = 900.00)" GUARD
says 'a term that fails' 'ladder standard does not take it: amount between 10 and 9_999 (amount = 7.00)' SMALL
says 'what is to come' 'the next is rung -3d of ladder standard, and it comes on 2026-04-07' LATER
says 'an approval' 'waits for approval: the policy asks before this action' ASKS
says 'hours' 'outside the sending days or hours: the next opening is thursday 2026-03-12 08:00' HOURS
says 'the limit and what fills it' 'over the contact limit: `1 message per day`, and these count: 2026-03-10 email' OTHER
says 'nobody opted in' 'has not opted in for sms' SMS
says 'by another way' 'it goes this way: customer.whatsapp is missing; it stands at rung 40d of ladder standard' WAY
says 'and what would make it go by the first' 'It would fire today if customer.whatsapp were known (it is missing): send whatsapp template "last"' WAY 'send whatsapp'
says 'the whole condition in terms' '  customer.segment in ("enterprise", "gov")  yes' QUIET

# --- what was asked for
says 'a rung' 'it comes on 2026-03-14' GOES 5d
says 'a rung before the due date' 'passed: a rung before the anchor date never fires after it' GOES '3d before'
says 'an action' "it comes on 2026-03-14" GOES 'send whatsapp'
says 'a ladder' 'ladder key_accounts does not take it: amount >= 10_000 (amount = 800.00) and customer.segment in ("enterprise", "gov") (customer.segment = smb)' GOES --why-not key_accounts
says 'a rule' 'its condition does not hold: open > 40_000 (open = 800.00)' GOES big
says 'an every' 'it comes on 2026-03-15' ASKS 'log'
says 'an every by itself' 'Without any change, if nobody pays: on 2026-03-15, rung every month on day 15: log "ASKS"' ASKS log
says 'an event' 'nothing became known today that it answers' GOES 'on reply'
says 'two words' 'it climbs ladder key_accounts, which stands before: customer.segment in ("enterprise", "gov") (customer.segment = gov)' QUIET standard 1d
says 'what is not there' 'the policy has no rung, ladder, rule or action about invoices "7d"' GOES 7d

# --- the smallest change, and whether it is true
says 'close the dispute' 'It would fire today if the dispute were closed: send email template "overdue"' DISPUTE
change events.csv '$a2026-03-10,dispute resolved,DISPUTE,'
sed -i 's/^\(DISPUTE,.*\),yes,/\1,no,/' changed/invoices.csv
fires 'close the dispute' DISPUTE overdue
says 'withdraw the promise' 'It would fire today if the promise for 2026-03-12 were withdrawn' PROMISE
change events.csv '/PROMISE/d'
fires 'withdraw the promise' PROMISE overdue
says 'a balance at the minimum' 'It would fire today if open were 5.00 (it is 3.00)' LOW
change invoices.csv 's/^LOW,c6,BRL,704,3,/LOW,c6,BRL,704,5,/'
fires 'a balance at the minimum' LOW overdue
says 'a segment' 'It would fire today if customer.segment were known (it is missing): send email template "overdue"' MISSING 1d
change customers.csv 's/^c2,Beta,,/c2,Beta,x,/'
fires 'a segment' MISSING overdue
says 'the amount above' 'It would fire today if amount were above 1000.00 (it is 900.00): send whatsapp template "formal"' GUARD 'send whatsapp'
change invoices.csv 's/^GUARD,c6,BRL,900,900/GUARD,c6,BRL,1000.01,900/'
fires 'the amount above' GUARD whatsapp
says 'a tag taken off' 'It would fire today if customer.tags did not have "quiet": send email template "key"' QUIET
change customers.csv 's/,quiet,/,,/'
fires 'a tag taken off' QUIET key
says 'an opt-out taken back' 'It would fire today if customer.opted_out did not have "email"' OUT 'send email'
says 'an approval given' 'It would fire today if a person approved it: escalate to owner' ASKS
says 'two things at once' 'It would fire today if open were 5.00 (it is 3.00) and amount were 10.00 (it is 7.00)' TWO 1d
says 'by itself' 'Without any change, if nobody pays: on 2026-04-13, rung 1d: send email template "overdue", to f@foz.example' LATER 1d
says 'nothing helps' 'No change of up to three facts was found' GOES '3d before'

# --- step by step, and for programs
says 'an instruction with its value' 'CMP_MONEY' GOES 5d --trace
says 'where it comes from' 'policy.dun:18:' GOES --trace
for format in csv json md; do
  says "$format has the verdict" 'held by the dispute of 2026-03-04 (csv)' DISPUTE --format $format
  says "$format has the change" 'the dispute were closed' DISPUTE --format $format
done
if "$dun" explain GOES --policy policy.dun --data data --today $today --format json --trace | python3 -c 'import json,sys; v=json.load(sys.stdin); sys.exit(not {"today","why","question","term","trace"} <= {r["kind"] for r in v})'; then
  passed=$((passed + 1))
else
  failed=$((failed + 1))
  echo 'FAILED json is one document'
fi

# --- what a store remembers
"$dun" import data --store dun.db --today 2026-03-09 --quiet >/dev/null 2>&1
sed '/escalate$/d; /template/s/template "\([a-z]*\)"/"\1 {number}"/g' policy.dun >inline.dun
"$dun" run inline.dun --store dun.db --today 2026-03-10 --outbox out --quiet >/dev/null 2>&1
"$dun" explain GOES --policy inline.dun --store dun.db --today 2026-03-11 >said 2>&1
if grep -qE 'climbed already, on 2026-03-10: send email .*\(action [0-9]+, [a-z]+\)' said; then passed=$((passed + 1)); else
  failed=$((failed + 1))
  printf 'FAILED what was sent\n%s\n' "$(head -n 5 said)"
fi
"$dun" pause --store dun.db --by Ana --reason holidays >/dev/null
"$dun" explain GOES --policy inline.dun --store dun.db --today 2027-06-01 >said 2>&1
for want in 'Nothing goes out while this pause lasts: all, by Ana: holidays' 'more than 48 hours ago'; do
  if grep -qF "$want" said; then passed=$((passed + 1)); else
    failed=$((failed + 1))
    printf 'FAILED %s\n%s\n' "$want" "$(head -n 8 said)"
  fi
done

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
