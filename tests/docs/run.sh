#!/usr/bin/env bash
# Runs every example of docs/ and README.md: run.sh DUN [--write] [PAGE...]. What an example is stands in check.py. The last
# line is `N passed, M failed`. --write puts what the program prints, and the generated tables, into the pages: review the diff.
set -u
[ $# -ge 1 ] || { echo "usage: run.sh DUN [--write] [PAGE...]" >&2; exit 2; }
dun=$(realpath "$1")
shift
[ -x "$dun" ] || { echo "run.sh: no program $dun" >&2; exit 2; }
exec python3 "$(dirname "$0")/check.py" "$dun" "$@"
