#!/usr/bin/env bash
# The API of the page over HTTP, before a real `dun serve`: every run_*.py beside this, then every answer that they got against
# /api/openapi.json (openapi.js; skipped where npm is not to be had). run.sh DUN [AREA...]; the last line is `N passed, M failed`.
set -u
cd "$(dirname "$0")/../.." || exit 2
dun=$(realpath "$1")
shift
here=tests/api
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export DUN_API_EXCHANGES=$work/exchanges DUN_API_DOCUMENT=$work/openapi.json
: >"$DUN_API_EXCHANGES"
passed=0
failed=0

# counted NAME COMMAND...: its last line is its count.
counted() {
  local name=$1 out last
  shift
  out=$("$@" 2>&1)
  last=$(tail -n 1 <<<"$out")
  if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    passed=$((passed + BASH_REMATCH[1]))
    failed=$((failed + BASH_REMATCH[2]))
    sed '$d' <<<"$out"
  else
    failed=$((failed + 1))
    echo "FAILED: $name ended early:"
    echo "$out"
  fi
}

for script in "$here"/run_*.py; do
  area=${script##*/run_}
  [ $# -eq 0 ] || [[ " $* " == *" ${area%.py} "* ]] || continue
  counted "$script" /usr/bin/python3 "$script" "$dun"
done

tools=${DUN_BROWSER_TOOLS:-${B:-build}/browser-tools}
if tests/support/npm.sh tests/browser "$tools" && [ -s "$DUN_API_DOCUMENT" ]; then
  counted openapi.js env NODE_PATH="$(realpath "$tools")/node_modules" "$(command -v node || command -v nodejs)" "$here/openapi.js" \
    "$DUN_API_DOCUMENT" "$DUN_API_EXCHANGES" $([ $# -eq 0 ] && echo --all)
else
  echo "skipped: the answers against /api/openapi.json"
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
