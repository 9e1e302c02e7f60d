#!/usr/bin/env bash
# Runs the differential test round after round, each with a new seed, until something differs or ^C: soak.sh FOLDER of the
# sanitised build. A round that fails names its seed; DUN_SEED=that repeats it.
set -u
program=$1/tests/unit/test_differential
[ -x "$program" ] || { echo "soak: no $program" >&2; exit 2; }
round=0
while :; do
  round=$((round + 1))
  seed=$(od -An -N6 -tu8 /dev/urandom | tr -d ' ')
  printf 'round %d, seed %s\n' "$round" "$seed"
  DUN_SEED=$seed "$program" || { echo "soak: seed $seed fails" >&2; exit 1; }
done
