#!/usr/bin/env bash
# `dun serve` and its door, spoken to over real HTTP, with services that answer like the real ones: run.sh DUN. The last
# line is `N passed, M failed`.
set -u
dun=$(realpath "$1")
cd "$(dirname "$0")/../.." || exit 2
exec /usr/bin/python3 tests/serve/serve.py "$dun" "${@:2}"
