#!/usr/bin/env bash
# Installs what a folder's package-lock.json names, once, quiet when it is there: npm.sh FOLDER HOME.
# Exit 77: it cannot be had here (no node, no network): a test is skipped.
set -u
folder=$(realpath "$1")
mkdir -p "$2/log" || exit 2
home=$(realpath "$2")
name=$(basename "$folder")

have() { cmp -s "$folder/package-lock.json" "$home/installed.json" && [ -d "$home/node_modules" ]; }

have && exit 0
if ! command -v npm >/dev/null || ! { command -v node || command -v nodejs; } >/dev/null; then
  echo "$name: node and npm are needed: scripts/setup.sh test installs them" >&2
  exit 77
fi
(
  flock 9
  have && exit 0
  echo "$name: installing into ${home#"$PWD"/} with npm..." >&2
  cp "$folder/package.json" "$folder/package-lock.json" "$home/"
  if ! (cd "$home" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >log/npm 2>&1); then
    tail -n 5 "$home/log/npm" >&2
    echo "$name: npm could not install it" >&2
    exit 77
  fi
  cp "$folder/package-lock.json" "$home/installed.json"
) 9>"$home/lock"
