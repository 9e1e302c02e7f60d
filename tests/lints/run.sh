#!/usr/bin/env bash
# What `dun check` foresees of limits and sending hours, against what `dun simulate` does: run.sh DUN [ROUNDS] [SEED]. The
# last line is `N passed, M failed`.
set -u
[ $# -ge 1 ] || { echo "usage: run.sh DUN [ROUNDS] [SEED]" >&2; exit 2; }
dun=$(realpath "$1")
shift
[ -x "$dun" ] || { echo "run.sh: no program $dun" >&2; exit 2; }
exec python3 "$(dirname "$0")/foreseen.py" "$dun" "$@"
