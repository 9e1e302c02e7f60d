#!/usr/bin/env bash
# What `dun check` foresees of limits and sending hours, against what `dun simulate` does (foreseen.py), and what it says of
# templates and languages (languages.py): run.sh DUN [ROUNDS] [SEED]. The last line is `N passed, M failed`.
set -u
[ $# -ge 1 ] || { echo "usage: run.sh DUN [ROUNDS] [SEED]" >&2; exit 2; }
dun=$(realpath "$1")
shift
[ -x "$dun" ] || { echo "run.sh: no program $dun" >&2; exit 2; }
here=$(dirname "$0")
{ python3 "$here/foreseen.py" "$dun" "$@"; python3 "$here/languages.py" "$dun"; } | awk '
  /^[0-9]+ passed, [0-9]+ failed$/ { passed += $1; failed += $3; scripts++; next }
  { print }
  END { failed += 2 - scripts; print passed + 0 " passed, " failed + 0 " failed"; exit failed > 0 }'
