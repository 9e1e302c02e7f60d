#!/usr/bin/env bash
# Runs every test of a built tree and adds the counts up: test.sh FOLDER, where FOLDER is the sanitised build. Programs that LONG
# names run whole as they are built beside it without sanitizers, and a sample of them sanitised.
# Each runner's output is kept in FOLDER/log/; what failed is shown. The last line is `N passed, M failed`; exit 1 when any failed.
# A program that dies, or ends without a count, is one failure more than it counted itself.
set -u
built=$(realpath "$1")
cd "$(dirname "$0")/.." || exit 2
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:allocator_may_return_null=1${ASAN_OPTIONS:+:$ASAN_OPTIONS}
export UBSAN_OPTIONS=print_stacktrace=1${UBSAN_OPTIONS:+:$UBSAN_OPTIONS}
export TZ=UTC LC_ALL=C.UTF-8 NO_COLOR=1
jobs=${JOBS:-$(nproc)}
limit=${TEST_TIMEOUT:-600}
log=$built/log
rm -rf "$log"
mkdir -p "$log"

# name<TAB>command: one line a runner.
runners() {
  for source in tests/*/test_*.c; do
    [ -e "$source" ] || continue
    program=${source%.c}
    case " ${LONG:-} " in
      *" ${program#tests/} "*)
        printf '%s\t%s\n' "${program#tests/}" "$built/../$program"
        printf '%s\t%s\n' "${program#tests/} sample" "env EVERY=12 SEEDS=2 DUN_FMT_ROUNDS=800 $built/$program" ;;
      *) printf '%s\t%s\n' "${program#tests/}" "$built/$program" ;;
    esac
  done
  printf 'vectors\t%s tests/vectors\n' "$built/vectors"
  for runner in tests/*/run.sh; do
    case $runner in tests/bench/*) continue ;; esac
    folder=$(dirname "$runner")
    printf '%s\t%s %s\n' "${folder#tests/}" "$runner" "$built/dun"
  done
  printf 'examples\ttests/conformance/run.sh %s examples\n' "$built/dun"
  printf 'house rules\tscripts/check_house.sh\n'
}

# One runner: its output and status into the log folder.
run_one() {
  name=${1%%$'\t'*}
  command=${1#*$'\t'}
  file=$log/${name//[\/ ]/_}
  begin=$(date +%s%N)
  # shellcheck disable=SC2086
  timeout "$limit" $command >"$file.log" 2>"$file.err" </dev/null
  echo $? >"$file.status"
  # Apart while it runs, or cmocka's lines (stderr) could break a line of a buffered stdout.
  cat "$file.err" >>"$file.log"
  rm "$file.err"
  echo $((($(date +%s%N) - begin) / 1000000)) >"$file.ms"
}
export -f run_one
export log limit
# Those that mostly wait for a minute or a server stand beside the others; of these the longest are the first.
waiting='^(serve|service|mail|erp)\t'
longest='^(fault|browser|api|backtest|prove)\t'
runners >"$log/runners"
run_all() { tr '\n' '\0' | xargs -0 -P "$1" -I{} bash -c 'run_one "$1"' _ {}; }
grep -P "$waiting" "$log/runners" | run_all 4 &
{ grep -P "$longest" "$log/runners"; grep -vP "$waiting|$longest" "$log/runners"; } | run_all "$jobs"
wait

# What a log says: cmocka's own lines (one group or several in a program), or the last `N passed, M failed`.
count() {
  awk '
    /^\[  PASSED  \] [0-9]+ test/ { cm = 1; passed += $4 }
    /^\[  FAILED  \] [0-9]+ test/ && / listed below/ { cm = 1; failed += $4 }
    /^[0-9]+ passed, [0-9]+ failed$/ { last = $0 }
    END {
      if (!cm && last != "") { split(last, n, /[ ,]+/); passed = n[1]; failed = n[3]; cm = 1 }
      if (cm) print passed + 0, failed + 0; else print "none"
    }' "$1"
}

passed=0
failed=0
: >"$log/failures"
while IFS=$'\t' read -r name _; do
  file=$log/${name//[\/ ]/_}
  status=$(cat "$file.status")
  read -r good bad <<<"$(count "$file.log")"
  [ "$good" = none ] && good=0 bad=0 && [ "$status" -eq 0 ] && status="0 but no count"
  [ "$status" != 0 ] && [ "$bad" -eq 0 ] && bad=1
  passed=$((passed + good))
  failed=$((failed + bad))
  printf '%-34s %6d passed %4d failed %8.1f s\n' "$name" "$good" "$bad" "$(awk '{ print $1 / 1000 }' "$file.ms")"
  if [ "$bad" -gt 0 ]; then
    echo "  exit status $status; the whole of it is in ${file#"$PWD"/}.log; its end:"
    tail -n 40 "$file.log" | sed 's/^/  | /'
    {
      echo "failed: $name (exit status $status)"
      grep -E '^(\[  FAILED  \] |\[  ERROR   \] |FAIL|not ok|failed|prism: )|: (Failure|failed)|ERROR: (Address|Leak)Sanitizer|runtime error:' "$file.log" | head -n 12 | sed 's/^/  | /'
    } >>"$log/failures"
  fi
done <"$log/runners"
cat "$log/failures" # again, where one looks first
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
