#!/usr/bin/env bash
# `dun backtest` over days that were really run: run.sh DUN [--seeds N]. The last line is `N passed, M failed`. The days are
# run by the program as it is built for use, where there is one beside the sanitized one; looking back runs sanitized too.
set -u
dun=$(realpath "$1")
shim=$(dirname "$dun")/clock_shim.so
cd "$(dirname "$0")/../.." || exit 2
[ -e "$shim" ] || make -s --no-print-directory B="$(dirname "$dun")" "$shim" || exit 2
exec /usr/bin/python3 tests/backtest/backtest.py "$dun" "$shim" "${@:2}"
