#!/usr/bin/env bash
# The simulator's first 1,000 seeds (where the machine is slow, as many as begin within SIM_SECONDS, and it says so) and a sample of
# the planted bugs; `make test-fault` has several seeds of full size too, all plants, and the crashes of the real program. run.sh DUN, of a sanitised build: the simulator stands in the plain one beside it.
# The last line is `N passed, M failed`.
set -u
built=$(realpath "$(dirname "$1")/..")
cd "$(dirname "$0")/../.." || exit 2
seeds=$(tests/fault/sim.sh "$built/sim" "${SIM_SEEDS:-1000}" 1 "${SIM_SECONDS:-360}")
echo "$seeds"
plants=$(/usr/bin/python3 tests/fault/plants.py --from-build "$built" --sample "${PLANTS:-4}" --jobs 1)
echo "$plants"
{ echo "$seeds" | tail -1; echo "$plants" | tail -1; } |
  awk '/ passed, / { p += $1; f += $3; n++ } END { f += 2 - n; printf "%d passed, %d failed\n", p, f; exit f > 0 }'
