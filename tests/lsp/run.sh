#!/usr/bin/env bash
# dun lsp: run.sh DUN. Every mending of tests/errors; what a broken client sends; a whole session by a client that nobody here wrote
# (vscode-languageserver-protocol, in the version of package-lock.json, kept in $DUN_LSP_NODE, by default build/lsp). Without node, or
# where npm cannot be reached, that part is skipped. The last line is `N passed, M failed`.
set -u
[ $# -ge 1 ] || { echo "usage: run.sh DUN" >&2; exit 2; }
dun=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
home=${DUN_LSP_NODE:-$here/../../${B:-build}/lsp}
mkdir -p "$home" || exit 2
home=$(realpath "$home")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

count() { # the last line of a part's output
  local last
  last=$(tail -n 1 "$1")
  sed '$d' "$1" | grep -v '^mended:'
  [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]] || { echo "FAILED: no result: $last"; last="0 passed, 1 failed"; }
  [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]
  passed=$((passed + BASH_REMATCH[1]))
  failed=$((failed + BASH_REMATCH[2]))
}

client() {
  local node
  node=$(command -v node || command -v nodejs) || return 77
  command -v npm >/dev/null || return 77
  (
    flock 9
    cmp -s "$here/package-lock.json" "$home/installed.json" && exit 0
    cp "$here/package.json" "$here/package-lock.json" "$home/"
    (cd "$home" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >npm.log 2>&1) || exit 77
    cp "$here/package-lock.json" "$home/installed.json"
  ) 9>"$home/lock" || return 77
  cp -r "$here/project" "$work/project"
  (cd "$work/project" && "$dun" import customers.csv invoices.csv --today 2026-03-03 >import.log 2>&1) || cat "$work/project/import.log"
  NODE_PATH=$home/node_modules timeout 300 "$node" "$here/session.js" "$dun" "$work/project" >"$work/session" 2>&1
}

timeout 600 python3 "$here/mendings.py" "$dun" >"$work/mendings" 2>&1
count "$work/mendings"
timeout 300 python3 "$here/broken.py" "$dun" >"$work/broken" 2>&1
count "$work/broken"
client
case $? in
77) echo "skipped: the client library cannot be had here (no node, no npm, or no network)" ;;
*) count "$work/session" ;;
esac
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
