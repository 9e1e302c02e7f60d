#!/usr/bin/env bash
# All that is known to go wrong: all.sh FOLDER [SEEDS], where FOLDER is a built tree. Three parts: the simulator's seeds (and
# some of full size, HOUSES), the crashes and faults of the real program (crash.py, sweep.py), the planted bugs. The closing lines say what came of each.
set -u
built=$1 seeds=${2:-1000}
case $built in /*) ;; *) built=$PWD/$built ;; esac
cd "$(dirname "$0")/../.." || exit 2
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
bad=0
part() { # NAME COMMAND...
  local name=$1
  shift
  echo "== $name"
  "$@" 2>&1 | tee "$log/$name"
  [ "${PIPESTATUS[0]}" -eq 0 ] || bad=1
}
part simulator tests/fault/sim.sh "$built/sim" "$seeds"
part houses "$built/sim" --customers 500 --days 90 --from 500 --seeds "${HOUSES:-4}" --jobs "${JOBS:-$(nproc)}"
part crashes /usr/bin/python3 tests/fault/crash.py "$built/dun" "$built/crash_shim.so"
part sweeps /usr/bin/python3 tests/fault/sweep.py "$built/dun" "$built/crash_shim.so"
part plants /usr/bin/python3 tests/fault/plants.py --from-build "$built"
echo "== what came of it"
grep -hE '^(simulator:|  faults:|  duplicates)' "$log/simulator" "$log/houses"
grep -h '^boundaries killed at' "$log/crashes"
grep -hE 'faults injected, duplicates' "$log/sweeps"
grep -h '^planted bugs caught' "$log/plants"
exit $bad
