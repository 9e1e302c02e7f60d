#!/usr/bin/env bash
# Runs every harness (tests/fuzz/*.c under libFuzzer, ASan and UBSan) on seeds of the repository and what it makes of
# them: run.sh DUN [--seconds N, each] [NAME...]. One line a harness; the last line is `N passed, M failed`. The harnesses
# stand in fuzz/ beside the program's folder (make fuzz-programs); so do what they have found so far (corpus/), the log of
# each and what made one end (crashes/): take that into tests/regression/NNN-what/HARNESS.EXTENSION, and fix it.
set -u
[ $# -ge 1 ] || { echo "usage: run.sh DUN [--seconds N] [NAME...]" >&2; exit 2; }
built=$(dirname "$(realpath "$1")")
shift
seconds=6
[ "${1:-}" = --seconds ] && seconds=$2 && shift 2
cd "$(dirname "$0")/../.." || exit 2
[ "$(basename "$built")" = san ] && built=$(dirname "$built")
built=${built#"$PWD"/} # as make names it
export fuzz=$built/fuzz seconds
names=("$@")
[ $# -gt 0 ] || for source in tests/fuzz/*.c; do names+=("$(basename "$source" .c)"); done

# Every spelling of every keyword and fixed word, so that the fuzzer knows the language. libFuzzer reads ASCII alone.
dictionary() {
  grep -ohE '^(KW|FIELD|EVENT|ACTION|WORD)\(.*' grammar/keywords.def lang/check/*.def | grep -oE '"[^"\\]+"' | tr -d '"' |
    tr '|' '\n' | LC_ALL=C sort -u | LC_ALL=C awk '
      BEGIN { for (i = 128; i < 256; i++) hex[sprintf("%c", i)] = sprintf("\\x%02x", i) }
      length($0) < 32 {
        word = ""
        for (i = 1; i <= length($0); i++) { c = substr($0, i, 1); word = word ((c in hex) ? hex[c] : c) }
        print "\"" word "\""
      }'
  printf '"%s"\n' '\x00' '\x0a  at ' '\x0a' 'R$ 1_000.50' '2026-03-10' '08:00' '{{' '{each invoice}' '{end}' '{if ' '\xc3\xa3'
}

# Seeds, by harness: a folder of files of their own names' hashes.
seed() { cp "$2" "$fuzz/seeds/$1/$(printf '%s' "$2" | md5sum | cut -c 1-16)"; }
seeds() {
  rm -rf "$fuzz/seeds"
  mkdir -p "$fuzz/seeds/"{compile,fmt,template,csv,tzif,calendar,json,mapping,hook,door,frame}
  while read -r file; do
    seed compile "$file"
    seed fmt "$file"
  done < <(find tests examples -name '*.dun')
  while read -r file; do seed template "$file"; done < <(find examples tests -path '*/templates/*' -type f)
  while read -r file; do seed calendar "$file"; done < <(find stdlib/calendars -name '*.cal')
  for zone in UTC America/Sao_Paulo Europe/Berlin America/New_York Africa/Casablanca Australia/Lord_Howe Pacific/Apia; do
    [ -f "/usr/share/zoneinfo/$zone" ] && seed tzif "/usr/share/zoneinfo/$zone"
  done
  python3 tests/unit/signed_hooks.py --seeds "$fuzz/seeds/hook"
  printf '/health\0' >"$fuzz/seeds/door/health"
  printf '/hooks/sms/twilio?key=1\0MessageSid=SM1&MessageStatus=delivered' >"$fuzz/seeds/door/twilio"
  printf '/hooks/erp/omie/verify\0{"messageId":"1","topic":"Financas.ContaReceber.BaixaRealizada","event":[{"conta_a_receber":[{"codigo_lancamento_omie":7}]}]}' >"$fuzz/seeds/door/omie"
  printf '/hooks/whatsapp/cloud\0{"object":"whatsapp_business_account","entry":[{"changes":[{"value":{"metadata":{"phone_number_id":"4477"},"messages":[{"id":"w","from":"5511","type":"text","text":{"body":"stop"}}]}}]}]}' >"$fuzz/seeds/door/cloud"
  for file in stdlib/mappings/*.json; do seed mapping "$file"; done
  while read -r file; do seed json "$file"; done < <(find tests -name '*.json' -size -64k)
  while read -r folder; do # the four files of a ledger, parted by NUL
    for table in customers invoices contracts events; do
      [ -f "$folder/$table.csv" ] && cat "$folder/$table.csv"
      printf '\0'
    done >"$fuzz/seeds/csv/$(printf '%s' "$folder" | md5sum | cut -c 1-16)"
  done < <(find tests/conformance examples -type d -name data)
  mkdir -p "$fuzz/seeds/mail"
  while read -r file; do seed mail "$file"; done < <(find tests/mail/corpus -name '*.eml')
  printf 'D1 OK\r\n* 1 FETCH (UID 1 BODY[]<0> {5}\r\nhello)\r\nD1 OK\r\nD2 OK\r\n* SEARCH 1 2\r\nD3 OK\r\n' >"$fuzz/seeds/mail/imap"
  printf 'Content-Length: 2\r\n\r\n{}content-length:1\n\n7Content-Length: x\r\n\r\n' >"$fuzz/seeds/frame/messages"
  for file in tests/regression/*/*.*; do
    name=$(basename "${file%.*}")
    [ -d "$fuzz/seeds/$name" ] && seed "$name" "$file"
  done
}

run_one() {
  name=$1
  log=$fuzz/log/$name
  mkdir -p "$fuzz/corpus/$name"
  size=4096
  [ "$name" = csv ] && size=2048
  "$fuzz/$name" -max_total_time="$seconds" -max_len=$size -timeout=60 -rss_limit_mb=2048 -print_final_stats=1 -reload=0 \
    -dict="$fuzz/dictionary" -artifact_prefix="$fuzz/crashes/$name-" "$fuzz/corpus/$name" "$fuzz/seeds/$name" >"$log" 2>&1
  status=$?
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)
  crashes=0
  [ $status -eq 0 ] || crashes=1
  printf '%-10s %9d executions %3d crashes\n' "$name" "${runs:-0}" $crashes
  if [ $status -ne 0 ]; then
    grep -aE -B 12 -A 12 'ERROR: |runtime error|does not hold|not the same|not idempotent|does not parse|lost in' "$log" |
      head -n 60 | sed 's/^/  | /'
    grep -a 'Test unit written to' "$log" | sed 's/^/  /'
  fi
  [ $status -eq 0 ] && [ "${runs:-0}" -gt 0 ] && echo ok >"$log.ok"
}
export -f run_one

mkdir -p "$fuzz/log" "$fuzz/crashes"
env -u MAKEFLAGS -u MFLAGS make --no-print-directory -s fuzz-build B="$built" || { echo "fuzz: the harnesses do not build" >&2; echo "0 passed, 1 failed"; exit 1; }
seeds
dictionary >"$fuzz/dictionary"
rm -f "$fuzz"/log/*
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1
printf '%s\n' "${names[@]}" | xargs -P 2 -I{} bash -c 'run_one "$1"' _ {}
passed=$(find "$fuzz/log" -name '*.ok' | wc -l)
echo "$passed passed, $((${#names[@]} - passed)) failed"
[ "$passed" -eq ${#names[@]} ]
