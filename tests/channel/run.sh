#!/usr/bin/env bash
# `dun run` from end to end: files without a mail server, a real SMTP server on loopback with one, and what is refused before
# anything happens. run.sh DUN; the last line is `N passed, M failed`. Nothing leaves 127.0.0.1.
set -u
# shellcheck source=tests/support/checks.sh
. "$(dirname "$0")/../support/checks.sh"
here=$(realpath "$(dirname "$0")")
python=/usr/bin/python3
today=$(date -u +%F)
yesterday=$(date -u -d '1 day ago' +%F)
mkdir -p "$work/data" "$work/templates"
cat >"$work/data/customers.csv" <<CSV
id,name,email,whatsapp,language,owner
C1,Padaria São João,maria@padaria.example,,pt,ana@acme.example
C2,"O'Brien & Sons ""Ltd""",ob@brien.example,,en,ana@acme.example
C3,No Address,,,en,ana@acme.example
C4,Peixes,,+5511999990000,pt,ana@acme.example
CSV
cat >"$work/data/invoices.csv" <<CSV
number,customer,amount,due,currency,payment_link
A-1,C1,1500.00,$yesterday,BRL,https://pay.example/1
A-2,C1,40.10,$yesterday,BRL,
A-3,C2,99.90,$yesterday,BRL,https://pay.example/3
A-4,C3,10.00,$yesterday,BRL,
A-5,C4,10.00,$yesterday,BRL,
CSV
cat >"$work/templates/overdue.email.txt" <<'T'
Subject: Invoice {number} is overdue: {total}

Dear {customer.name},
{each invoice}
- {number}: {open}{if payment_link}, {payment_link}{end}
{end}
T
cat >"$work/templates/overdue.email.pt.txt" <<'T'
Subject: Fatura {number} em atraso há {overdue}: {total}

Olá, {customer.name}!
{each invoice}
- {number}: {open}, vencida em {due}
{end}
T
echo '<p>Olá, {customer.name}{each invoice}<a href="{payment_link}">{number}</a>{end}</p>' >"$work/templates/overdue.email.pt.html"
echo 'Fatura {number}: {open}' >"$work/templates/short.whatsapp.txt"

# policy FILE CONNECT-LINE LADDER-LINE
policy() {
  printf 'policy "Cobrança ACME"\n  currency BRL\n%s\nladder l for invoices\n  at 1d %s\n' "$2" "$3" >"$work/$1"
}
send='send email template "overdue" with payment_link or else whatsapp template "short"'
fresh() { rm -rf "$work/dun.db" "$work/dun.db-wal" "$work/dun.db-shm" && "$dun" import --store "$work/dun.db" "$work/data" >/dev/null 2>&1; }
run() { "$dun" run --store "$work/dun.db" --outbox "$work/outbox" "$@" >"$work/out" 2>"$work/err"; }

# ---- an empty outbox: words for people, the bare shape for machines ----
policy files.dun '' "$send"
fresh
outbox() { "$dun" outbox list --store "$work/dun.db" "$@" >"$work/out" 2>"$work/err"; }
outbox --lang en
same "empty: in English" "No message is on its way, and none needs a person." "$(cat "$work/out" "$work/err")"
outbox --lang pt
same "empty: in Portuguese" "Nenhuma mensagem está a caminho, e nenhuma precisa de uma pessoa." "$(cat "$work/out" "$work/err")"
outbox --lang es --state dead
same "empty: of a state, in Spanish" 'Ningún mensaje está en el estado "muerto".' "$(cat "$work/out" "$work/err")"
outbox --lang en --state all
same "empty: ever" "There is no message yet." "$(cat "$work/out" "$work/err")"
titles=id,state,since,date,customer,entity,rung,channel,tries,next_try,reason
outbox --format csv
same "empty: csv" "$titles" "$(cat "$work/out" "$work/err")"
outbox --format json
same "empty: json" "[]" "$(cat "$work/out" "$work/err")"
outbox --format md
same "empty: md" 2 "$(grep -c '^|' "$work/out")"

# ---- files ----
run "$work/files.dun"
same "files: status" 0 $?
same "files: how many" "2 1" "$(find "$work/outbox" -name '*.eml' | wc -l) $(find "$work/outbox" -name '*.txt' | wc -l)"
has "files: summary" "3 written as files" "$work/out"
has "files: nobody to reach" "1 reach nobody" "$work/out"
outbox --state all --lang en
has "files: listed" "4 messages, 0 for a person to look at." "$work/err"
$python "$here/mail.py" "$work"/outbox/*-C1-*.eml >"$work/c1"
$python "$here/mail.py" "$work"/outbox/*-C2-*.eml >"$work/c2"
has "c1: whole" "defects=0" "$work/c1"
# shellcheck disable=SC2016
has "c1: subject" 'subject=Fatura A-1 em atraso há 1 dia: R$ 1.540,10' "$work/c1"
has "c1: to" "to=Padaria São João <maria@padaria.example>" "$work/c1"
has "c1: list" "- A-2: R\$ 40,10, vencida em $(date -d "$yesterday" +%d/%m/%Y)" "$work/c1"
has "c1: link" '<a href="https://pay.example/1">A-1</a>' "$work/c1"
has "c1: page" "text/html=" "$work/c1"
has "c2: to" 'to="O'"'"'Brien & Sons \"Ltd\"" <ob@brien.example>' "$work/c2"
has "c2: money" 'R$99.90, https://pay.example/3' "$work/c2"
has "sms and whatsapp are text" 'Fatura A-5: R$ 10,00' "$(find "$work/outbox" -name '*.txt')"
before=$(cd "$work/outbox" && sha256sum ./*)
run "$work/files.dun"
same "files: the second run adds nothing" "$before" "$(cd "$work/outbox" && sha256sum ./*)"
has "files: and says so" "nothing was due" "$work/out"
# What a killed run left goes with the next run that writes files, an hour later; what another one writes right now stays.
left=$(find "$work/outbox" -name '*-C1-*.eml').tmp-aB3dE6
echo "Date: " >"$left"
cp "$left" "$work/outbox/notes.eml.tmp-aB3dE6"
run "$work/files.dun"
same "files: what is being written stays" 1 "$(find "$work/outbox" -name '*-C1-*.tmp-*' | wc -l)"
touch -d '2 hours ago' "$left" "$work/outbox/notes.eml.tmp-aB3dE6"
run "$work/files.dun"
same "files: what was left goes, and nothing else" "notes.eml.tmp-aB3dE6" "$(find "$work/outbox" -name '*.tmp-*' -printf '%f\n')"
rm -f "$work/outbox/notes.eml.tmp-aB3dE6"

# ---- a mail server ----
mail_servers
connect() { echo "connect email smtp \"smtp://127.0.0.1:$(port "$1")\" from \"Finanças <f@acme.example>\""; }
fresh
policy smtp.dun "$(connect plain)" 'send email template "overdue"'
run "$work/smtp.dun"
same "smtp: status" 0 $?
has "smtp: sent" "2 sent" "$work/out"
run "$work/smtp.dun"
same "smtp: received once each" 2 "$(find "$work" -name 'plain-*.txt' | wc -l)"
has "smtp: from" "from=Finanças <f@acme.example>" "$work/plain-1.txt"
run --today 2020-01-01 "$work/smtp.dun"
same "another day does not send for real" 2 $?
run --today "$today" "$work/smtp.dun"
same "today's date does" 0 $?

fresh
policy drop.dun "$(connect drop)" 'send email template "overdue"'
run "$work/drop.dun"
same "drop: findings" 1 $?
has "drop: unknown" "2 with an unknown outcome" "$work/out"
run "$work/drop.dun"
has "drop: still in sight" "2 of earlier runs have an unknown outcome" "$work/out"
same "drop: never again" 2 "$(find "$work" -name 'drop-*.txt' | wc -l)"

fresh
policy down.dun 'connect email smtp "smtp://127.0.0.1:1" from "f@acme.example"' 'send email template "overdue"'
run "$work/down.dun"
same "down: the world failed" 4 $?
has "down: waits" "2 are tried again later" "$work/out"
policy down.dun "$(connect plain)" 'send email template "overdue"'
for id in $("$dun" outbox list --state deferred --store "$work/dun.db" --format csv | sed -n 's/^\([0-9]*\),.*/\1/p'); do
  "$dun" outbox retry "$id" --by tests --store "$work/dun.db" --quiet
done
run "$work/down.dun"
has "down: goes out later" "2 sent" "$work/out"

# ---- a recipient that the server refuses for good: the next way ----
sed 's/ob@brien.example,,/ob@brien.example,+5511988880000,/' "$work/data/customers.csv" >"$work/customers-2.csv"
fresh
"$dun" import --store "$work/dun.db" "$work/customers-2.csv" >/dev/null 2>&1
rm -rf "$work/outbox"
policy else.dun "$(connect bad-recipient)" "$send"
run "$work/else.dun"
same "or else: findings" 1 $?
has "or else: rejected" "2 rejected" "$work/out"
has "or else: one has another way" "1 of those rejected go another way (or else)" "$work/out"
has "or else: and why" 'A-3  send whatsapp template "short": email was refused: the mail server refused the recipient: 550' "$work/out"
has "or else: written" "2 written as files" "$work/out"
has "or else: the words" "Fatura A-3: R\$99.90" "$(find "$work/outbox" -name '*C2*.txt')"
run "$work/else.dun"
has "or else: once" "nothing was due" "$work/out"

# ---- refused before anything ----
fresh
policy need.dun '' 'send email template "overdue" then charge fee'
before=$(sha256sum "$work/dun.db")
run "$work/need.dun"
same "needs: status" 3 $?
has "needs: table" "no ERP is connected" "$work/err"
same "needs: nothing stored" "$before" "$(sha256sum "$work/dun.db")"
sed -i "s/charge fee/$(sed -n 's/.*no ERP is connected  //p' "$work/err")/" "$work/need.dun"
run "$work/need.dun"
same "needs: what it says to write works" 0 $?
has "needs: as a card" "5 done inside dun" "$work/out"
fresh
policy series.dun '  late fee 2% plus interest "NONE" plus 8% per year' 'send email template "overdue" with fees'
run "$work/series.dun"
same "unknown sums: status" 0 $?
has "unknown sums: nothing goes" "3 not yet: undecided" "$work/out"
policy secret.dun 'connect email smtp "smtps://127.0.0.1:1" from "f@acme.example" with user "f" and password from env "DUN_NO_SUCH"' "$send"
run "$work/secret.dun"
same "secret: status" 4 $?
has "secret: named" "the environment variable DUN_NO_SUCH is not set" "$work/err"
policy template.dun '' 'send email template "overdeu"'
run "$work/template.dun"
same "template: status" 3 $?
has "template: hint" 'did you mean "overdue"?' "$work/err"

tally
