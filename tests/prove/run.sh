#!/usr/bin/env bash
# dun prove: run.sh DUN. What is asked of policies in this folder, and random policies compared with brute force
# (prove.py). The last line is `N passed, M failed`.
set -u
[ $# -ge 1 ] || { echo "usage: run.sh DUN" >&2; exit 2; }
exec python3 "$(dirname "$0")/prove.py" "$(realpath "$1")"
