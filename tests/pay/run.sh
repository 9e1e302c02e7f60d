#!/usr/bin/env bash
# Payment means in messages, from end to end: what `with` asks for is in the .eml files and in what a mail server gets; QR
# codes are read back by another program; what is wrong or missing is reported. run.sh DUN; the last line is `N passed, M failed`.
set -u
# shellcheck source=tests/support/checks.sh
. "$(dirname "$0")/../support/checks.sh"
here=$(realpath "$(dirname "$0")")
mail="/usr/bin/python3 $here/../channel/mail.py"
mkdir -p "$work/data" "$work/templates" "$work/pdf"
cat >"$work/data/customers.csv" <<CSV
id,name,email,language
C1,Padaria São João,maria@padaria.example,pt
C2,Other & Sons,o@x.example,en
CSV
cat >"$work/data/invoices.csv" <<CSV
number,customer,amount,open,due,currency,boleto,pix
A-1,C1,123.45,123.45,2025-02-21,BRL,00190.00009 01234.567897 01234.567012 7 99990000012345,
A-2,C1,50.00,40.00,2025-02-21,BRL,00190.00009 01234.567897 01234.567012 7 99990000012345,
A-3,C2,10.00,10.00,2025-02-21,BRL,,00020126580014br.gov.bcb.pix
CSV
cat >"$work/templates/page.email.txt" <<'T'
Subject: {number}

{each invoice}{number} {end}
T
cat >"$work/templates/page.email.html" <<'T'
<p>{each invoice}{number}: {if pix_qr}<img src="{pix_qr}" alt="">{end}{end}</p>
T
cat >"$work/templates/plain.email.txt" <<'T'
Subject: {number}

{each invoice}{number} {end}
T
printf '%%PDF-1.4\nfatura\n%%%%EOF\n' >"$work/pdf/A-1.pdf"
# policy FILE CONNECT-LINES
policy() {
  cat >"$work/$1" <<P
policy "Cobrança ACME"
  currency BRL
  late fee 2% plus interest 1% per month
connect pix static with receiver "11.222.333/0001-81" and name "Padaria São João Ltda" and city "São Paulo"
connect attachments files "pdf" with invoice_pdf "{number}.pdf" and boleto_pdf "boleto-{number}.pdf"
$2
ladder page for invoices where customer.name starts with "Padaria"
  at 1d send email template "page" with pix, boleto, invoice_pdf, statement
ladder plain for invoices
  at 1d send email template "plain" with pix, fees
P
}
fresh() { rm -rf "$work"/dun.db* "$work/outbox" && "$dun" import --store "$work/dun.db" "$work/data" >/dev/null 2>&1; }
today=2025-03-03
run() { (cd "$work" && "$dun" run --store dun.db --today $today --lang en "$@") >"$work/out" 2>"$work/err"; }
# The text of a picture's code.
read_qr() { ZXingReader "$1" 2>&1 | sed -n 's/^Text: *"\(.*\)"$/\1/p'; }

policy files.dun ''
fresh
(cd "$work" && "$dun" plan files.dun --store dun.db --today 2025-03-03 --lang en) >"$work/out" 2>"$work/err"
has "the plan says what is wrong" "1 messages without {boleto}: its amount is not what is open" "$work/err"
run files.dun
same "status" 0 $?
mkdir "$work/c1" "$work/c2"
$mail --files "$work/c1" "$work"/outbox/*-C1-*.eml >"$work/c1.txt"
$mail --files "$work/c2" "$work"/outbox/*-C2-*.eml >"$work/c2.txt"
has "whole" "defects=0" "$work/c1.txt"
hasnt "all parts whole" "part-defects=1" "$work/c1.txt"
same "nested as it should be" "mixed alternative related" "$(sed -n 's/^multipart=multipart.//p' "$work/c1.txt" | tr '\n' ' ' | sed 's/ $//')"
has "picture" "file=pix-A-1.png image/png inline <pix-1@dun>" "$work/c1.txt"
has "picture of the other" "file=pix-A-2.png image/png inline <pix-2@dun>" "$work/c1.txt"
has "the page shows them" '<img src="cid:pix-1@dun" alt="">A-2: <img src="cid:pix-2@dun" alt="">' "$work/c1.txt"
has "the invoice" "file=fatura-A-1.pdf application/pdf attachment" "$work/c1.txt"
same_file "the invoice as it is" "$work/pdf/A-1.pdf" "$work/c1/fatura-A-1.pdf"
has "the statement" "file=extrato-2025-03-03.pdf application/pdf attachment" "$work/c1.txt"
same "the statement is a PDF" "%PDF-" "$(head -c 5 "$work/c1/extrato-2025-03-03.pdf")"
has "a boleto that is right" "A-1: Boleto: 00190.00009 01234.567897 01234.567012 7 99990000012345" "$work/c1.txt"
hasnt "one of another sum" "A-2: Boleto" "$work/c1.txt"
code=00020126360014br.gov.bcb.pix0114112223330001815204000053039865406123.455802BR5920Padaria\ Sao\ Joao\ L6009Sao\ Paulo62060502A16304
head=${code%5802BR*}
same "the QR code says what is open" "$head" "$(read_qr "$work/c1/pix-A-1.png" | cut -c "1-${#head}")"
has "and is the code of the text" "A-1: Pix copia e cola: $(read_qr "$work/c1/pix-A-1.png")" "$work/c1.txt"
# 40.00 is open, and its own reference.
same "the other's" "540540.00 62060502A2" "$(read_qr "$work/c1/pix-A-2.png" | sed 's/.*\(540540.00\).*\(62060502A2\).*/\1 \2/')"
# With fees: 10.00 + 2% + ten days of 1% a month. Without a page the picture is an attachment; the ledger's broken code is not sent.
has "attached" "file=pix-A-3.png image/png attachment" "$work/c2.txt"
same "the QR code says what is due with fees" "540510.23" "$(read_qr "$work/c2/pix-A-3.png" | grep -o '540510.23')"
has "and the words too" "Total to pay: R\$10.23" "$work/c2.txt"
hasnt "nothing of the broken code" "0014br.gov.bcb.pix'" "$work/c2.txt"
has "said: the boleto" "1 messages without {boleto}: its amount is not what is open" "$work/out"
has "said: its PDF" "1 messages without {boleto_pdf}: its line is wrong, so it may be as well" "$work/out"
has "said: no file" "1 messages without {boleto_pdf}: there is no file of that name" "$work/out"
has "said: no invoice" "1 messages without {invoice_pdf}: there is no file of that name" "$work/out"
"$dun" outbox show 1 --store "$work/dun.db" --lang pt >"$work/shown"
has "shown: what goes along" "pix-A-1.png, 2 KB" "$work/shown"
has "shown: what does not" "{boleto}: o valor não é o saldo em aberto" "$work/shown"
before=$(cd "$work/outbox" && sha256sum ./*)
run files.dun
same "once" "$before" "$(cd "$work/outbox" && sha256sum ./*)"

# ---- the same to a mail server ----
mail_servers
policy smtp.dun "connect email smtp \"smtp://127.0.0.1:$(port plain)\" from \"Finanças <f@acme.example>\""
sed -i "s/2025-02-21/$(date -u -d '1 day ago' +%F)/" "$work/data/invoices.csv"
fresh
today=$(date -u +%F)
run smtp.dun
same "smtp: status" 0 $?
cat "$work"/plain-*.txt >"$work/got"
has "smtp: the picture" "file=pix-A-1.png image/png inline <pix-1@dun>" "$work/got"
has "smtp: the statement" "file=extrato-$today.pdf application/pdf attachment" "$work/got"
hasnt "smtp: all whole" "part-defects=1" "$work/got"
has "smtp: a boleto of another day" "without {boleto}: its due date is not the invoice's" "$work/out"

# ---- lines that are wrong ----
policy wrong.dun ''
sed -i 's/0001-81/0001-82/' "$work/wrong.dun"
run wrong.dun
has "no key of Pix" "connect pix: \`receiver\` is no key of Pix" "$work/err"
policy wrong.dun ''
sed -i 's/{number}.pdf" and/{nmber}.pdf" and/' "$work/wrong.dun"
run wrong.dun
has "no such field" "E0402" "$work/err"
tally
