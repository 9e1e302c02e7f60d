#!/usr/bin/env bash
# The simulator's seeds: sim.sh SIM [SEEDS [FROM [SECONDS]]]; with SECONDS as many of them as begin within that time. Its last line is `N passed, M failed`.
set -u
sim=$(realpath "$1")
cd "$(dirname "$0")/../.." || exit 2
DUN_COMMIT=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
export DUN_COMMIT
exec "$sim" --seeds "${2:-1000}" --from "${3:-1}" --jobs "${JOBS:-$(nproc)}" ${4:+--seconds "$4"}
