#!/usr/bin/env bash
# The catalogue of errors (docs/errors): run.sh DUN [--write]. What is compared stands in catalogue.py. The last line is
# `N passed, M failed`.
set -u
[ $# -ge 1 ] || { echo "usage: run.sh DUN [--write]" >&2; exit 2; }
dun=$(realpath "$1")
shift
[ -x "$dun" ] || { echo "run.sh: no program $dun" >&2; exit 2; }
exec python3 "$(dirname "$0")/catalogue.py" "$dun" "$@"
