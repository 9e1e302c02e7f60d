#!/usr/bin/env bash
# The process itself: how the binary is hardened, whom its files can be read by, and that neither a secret nor anything
# personal comes out of it where it should not: every command is run with canaries in the environment and in the ledger, and all
# that it prints, logs and leaves behind is searched for them. run.sh DUN; the last line is `N passed, M failed`.
set -u
# shellcheck source=tests/support/checks.sh
. "$(dirname "$0")/../support/checks.sh"
here=$(realpath "$(dirname "$0")")
root=$(realpath "$here/../..")
unset LC_ALL LC_MESSAGES
export LANG=C USER=tester
# ---- the binary ----
# hardened NAME FILE
hardened() {
  readelf -hldW "$2" >"$work/elf" 2>/dev/null
  matches "$1: at a place of its own each time (PIE)" 'Type: *DYN' "$work/elf"
  matches "$1: relocations cannot be written" 'GNU_RELRO' "$work/elf"
  matches "$1: and are done at once" 'Flags:.*NOW' "$work/elf"
  matches "$1: the stack is no code" 'GNU_STACK.* RW ' "$work/elf"
  matches_not "$1: nothing is writable and code" 'LOAD.* RWE ' "$work/elf"
  matches_not "$1: no library from a folder of the builder's" 'RPATH|RUNPATH' "$work/elf"
  readelf -sW "$2" >"$work/symbols"
  matches "$1: functions guard their frames" '__stack_chk_fail' "$work/symbols"
  matches "$1: copies know their room" '__[a-z]+_chk@' "$work/symbols"
  if [ "$(uname -m)" = x86_64 ]; then
    objdump -d --no-show-raw-insn "$2" | awk '/^[0-9a-f]+ <main>:/ { getline; print; exit }' >"$work/first"
    matches "$1: indirect jumps land where they may" 'endbr64' "$work/first"
  fi
}
# The probe overflows a buffer of its own on purpose: the warning about it is silenced, the flags are the program's.
if make -s -C "$root" --no-print-directory B="$work/b" "$work/b/probe" >"$work/make" 2>&1; then ok; else bad "the probe is not built: $(tail -n 3 "$work/make")"; fi
hardened probe "$work/b/probe"
"$work/b/probe" >/dev/null 2>&1
same "probe: what fits is fine" 0 $?
"$work/b/probe" "$(printf 'x%.0s' $(seq 200))" >/dev/null 2>&1
same "probe: what does not ends it (SIGABRT)" 134 $?
if readelf -sW "$dun" | grep -q __asan_init; then plain=; else plain=$dun; fi
[ -n "$plain" ] && hardened dun "$plain"

# ---- a ledger full of canaries ----
late=$(date -u -d '3 days ago' +%F)
secret=s3cret-word # the one that server.py takes
other=CanaryOtherT0ken
export SMTP_PASSWORD=$secret ERP_TOKEN=$other
mkdir -p "$work/data"
cat >"$work/data/customers.csv" <<CSV
id,name,email,whatsapp,tax_id,language,owner
C1,CanaryName One,canary-mail-1@people.example,+5511900001111,11144477735,en,ana@acme.example
C2,CanaryName Two,canary-mail-2@people.example,+5511900002222,52998224725,en,ana@acme.example
CSV
cat >"$work/data/invoices.csv" <<CSV
number,customer,amount,due,currency
A-1,C1,1500.00,$late,BRL
A-2,C2,40.10,$late,BRL
A-3,C2,x40.10 canary-mail-3@people.example,$late,BRL
CSV
mail_servers
export SSL_CERT_FILE=$work/cert.pem

# policy FILE URL
policy() {
  cat >"$work/$1" <<DUN
policy "Canary"
  currency BRL
connect email smtp "$2" from "Finance <f@acme.example>" with user "finance" and password from env "SMTP_PASSWORD"
ladder l for invoices
  at 1d  send email "Invoice {number}: {open}"
  at 30d send email "Notice {number}: {open}"
DUN
}
policy p.dun "smtps://127.0.0.1:$(port smtps)"
policy down.dun "smtps://127.0.0.1:1"
policy odd.dun "smtp://127.0.0.1:$(port smtps)/?tls=nonsense"
policy wrong.dun "smtps://127.0.0.1:$(port bad-sender)"
sed 's/ and password from env "SMTP_PASSWORD"/ and password "'"$secret"'"/' "$work/p.dun" >"$work/literal.dun"
store=$work/dun.db
cd "$work" || exit 2
umask 022 # what most systems have: the program must not lean on a stricter one

# Everything that dun says, and what it says of errors, in all three languages.
say() { DUN_DEBUG=1 "$dun" "$@" >>"$work/said" 2>>"$work/said"; }
both() { say "$@" && say "$@" --lang pt && say "$@" --lang es; }
: >"$work/said"
"$dun" import --store "$store" data >"$work/import" 2>&1
cat "$work/import" >>"$work/said"
both check p.dun
say check odd.dun
say plan --store "$store" p.dun --format csv
say simulate --store "$store" p.dun --to "$(date -u -d '40 days' +%F)"
again() {
  for id in $(sqlite3 "$store" "SELECT id FROM action WHERE state IN ('deferred', 'rejected', 'dead')"); do
    say outbox retry "$id" --yes --by ana --store "$store"
  done
  sqlite3 "$store" "DELETE FROM channel_state"
}
# A run, what it asks for approved, and once more.
go() {
  again
  say run --store "$store" "$1"
  say approve --store "$store"
  digest=$("$dun" approve --store "$store" --format csv | sed -n 's/^plan,\([0-9a-f]*\),.*/\1/p')
  [ -n "$digest" ] && say approve --store "$store" --digest "$digest" --no-ramp --by ana && say run --store "$store" "$1"
}
go odd.dun
go down.dun
go wrong.dun
SMTP_PASSWORD=Canary-not-the-word go p.dun
SMTP_PASSWORD='' go p.dun
go p.dun
both outbox list --store "$store"
for id in $(sqlite3 "$store" "SELECT id FROM action"); do both outbox show "$id" --store "$store"; done
say pause customer C1 --reason "a call" --by ana --store "$store"
say resume customer C1 --by ana --store "$store"
both explain --store "$store" A-1 --policy p.dun
say audit verify --store "$store"
say audit export --store "$store"
say backup --store "$store" "$work/copy.db"
say disasm p.dun
say fmt p.dun --diff
say fields
say run --store "$work/no-such.db" p.dun
"$dun" check literal.dun >"$work/literal" 2>&1
same "a secret in a policy does not compile" 3 $?
cp dun.db "$work/erase.db"
"$dun" erase customer C1 --yes --store "$work/erase.db" >>"$work/said" 2>&1

# A policy that writes files: what stands in them, and who can read them.
printf 'policy "Files"\n  currency BRL\nladder l for invoices\n  at 1d  send email "Invoice {number}: {open}"\n' >files.dun
"$dun" import --store files.db data >/dev/null 2>&1
"$dun" run --store files.db --outbox "$work/outbox" files.dun >"$work/files" 2>&1
same "files are written" 2 "$(find "$work/outbox" -name '*.eml' | wc -l)"

# ---- no secret anywhere ----
same "messages went out with the password" 1 "$([ "$(find "$work" -name 'smtps-*.txt' | wc -l)" -ge 1 ] && echo 1)"
matches_not "nothing printed holds a secret" "$secret|$other|Canary-not-the-word" "$work/said"
matches_not "the error about a secret in a policy does not repeat it on another line" "env.*$secret" "$work/literal"
for file in "$store" "$store"-wal "$store".mark "$work/copy.db" "$work/files.db" "$work"/outbox/*; do
  [ -e "$file" ] || continue
  # As it lies there, and in what encodings could hide it.
  if grep -qaE "$secret|$other|$(printf %s "$secret" | base64 | cut -c1-20)" "$file"; then bad "a secret is in $(basename "$file")"; else ok; fi
done
sqlite3 "$store" .dump >"$work/dump"
matches_not "the store's dump" "$secret|$other" "$work/dump"

# ---- nothing personal in the log, in the audit log, in what is written down about attempts ----
personal='CanaryName|canary-mail|people\.example|55119000|11144477735|52998224725'
sqlite3 "$store" "SELECT * FROM event" >"$work/events"
matches_not "the audit log" "$personal" "$work/events"
"$dun" audit export --store "$store" >"$work/export" 2>&1
matches_not "the audit log as a file" "$personal" "$work/export"
sqlite3 "$store" "SELECT * FROM attempt; SELECT reason FROM action; SELECT * FROM channel_state; SELECT * FROM provider_event; SELECT * FROM own_state" >"$work/attempts"
matches_not "attempts and reasons" "$personal" "$work/attempts"
matches "attempts: there are some" "refused|reached|login|password" "$work/attempts"
grep -E '^dun: (debug|info|warning|error):' "$work/said" >"$work/log"
matches_not "the operator's log" "$personal" "$work/log"
matches_not "the reason of a rejected row does not repeat an address" "canary-mail-3" "$work/import"
matches_not "what a run says" "$personal" "$work/files"
"$dun" backup --store "$work/erase.db" "$work/erased-copy.db" >/dev/null 2>&1
if grep -qaE 'CanaryName One|canary-mail-1|5511900001111|11144477735' "$work/erase.db" "$work/erased-copy.db"; then bad "an erased person is still in the store"; else ok; fi

# ---- who can read it ----
# private FILE...: nobody but the user and the group
private() {
  for file in "$@"; do
    [ -e "$file" ] || { bad "there is no $file" && continue; }
    mode=$(stat -c %a "$file")
    case $mode in *0) ok ;; *) bad "$(basename "$file") can be read by everybody: $mode" ;; esac
  done
}
private "$store" "$store".mark "$work/copy.db" "$work/files.db" "$work/outbox" "$work"/outbox/*
[ -e "$store-wal" ] && private "$store-wal"
# While it is open: the write-ahead log, too.
"$dun" import --store "$store" data >/dev/null 2>&1 &
importer=$!
for _ in $(seq 50); do [ -e "$store-wal" ] && break; kill -0 "$importer" 2>/dev/null || break; done
mode=$(stat -c %a "$store-wal" 2>/dev/null || echo 640)
wait "$importer"
same "the write-ahead log while it is open" 640 "$mode"
"$dun" restore "$work/copy.db" --store "$store" >/dev/null 2>&1
private "$store" "$store".*
# A file that is replaced keeps the mode that somebody gave it.
chmod 600 "$work/p.dun"
printf '\n\n' >>"$work/p.dun"
"$dun" fmt "$work/p.dun" >/dev/null 2>&1
same "a replaced file keeps its mode" 600 "$(stat -c %a "$work/p.dun")"

tally
