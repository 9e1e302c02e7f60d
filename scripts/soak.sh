#!/usr/bin/env bash
# Runs the differential test and the solver's, the latter against Z3 too, with a new seed, what `dun check`, `prove` and `diff` say of
# random policies against the engine, SEEDS (50) histories of the simulator, TICKS (100,000: ten weeks) minutes of one
# service whose memory must not grow, MUTATED (10,000,000) requests that somebody made of genuine ones, and the fuzz harnesses for a minute each, round after round until something fails, ^C, or SECONDS are over: soak.sh FOLDER [SECONDS], where FOLDER is the sanitised
# build. A round of the differential test that fails names its seed; DUN_SEED=that repeats it.
set -u
program=$1/tests/unit/test_differential
[ -x "$program" ] || { echo "soak: no $program" >&2; exit 2; }
round=0
end=${2:+$(($(date +%s) + $2))}
while [ -z "$end" ] || [ "$(date +%s)" -lt "$end" ]; do
  round=$((round + 1))
  seed=$(od -An -N6 -tu8 /dev/urandom | tr -d ' ')
  printf 'round %d, seed %s\n' "$round" "$seed"
  DUN_SEED=$seed "$program" || { echo "soak: seed $seed fails" >&2; exit 1; }
  DUN_SEED=$seed DUN_ROUNDS=3000 "$1/tests/analyse/test_solve" || { echo "soak: the solver is wrong, seed $seed" >&2; exit 1; }
  DUN_SEED=$seed DUN_Z3=z3 "$1/tests/analyse/test_z3" || { echo "soak: the solver and Z3 disagree, seed $seed" >&2; exit 1; }
  tests/lints/run.sh "$1/../dun" 60 "$((seed % 1000000))" || { echo "soak: a lint is wrong, seed $((seed % 1000000))" >&2; exit 1; }
  PROVE_SEEDS=50 tests/prove/run.sh "$1/../dun" || { echo "soak: a proof is wrong" >&2; exit 1; }
  EDITS=60 tests/git/run.sh "$1/../dun" || { echo "soak: a difference is wrong" >&2; exit 1; }
  tests/fault/sim.sh "$1/../sim" "${SEEDS:-50}" "$seed" || { echo "soak: a history of the simulator breaks a promise" >&2; exit 1; }
  /usr/bin/python3 tests/service/service.py "$1/../dun" "$1/clock_shim.so" memory --ticks "${TICKS:-100000}" ||
    { echo "soak: a service grows" >&2; exit 1; }
  DUN_SEED=$seed DUN_ROUNDS=${MUTATED:-10000000} "$1/../tests/serve/test_mutated" ||
    { echo "soak: a changed request has an effect, seed $seed" >&2; exit 1; }
  tests/fuzz/run.sh "$1/dun" --seconds 60 || { echo "soak: a harness fails" >&2; exit 1; }
done
