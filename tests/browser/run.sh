#!/usr/bin/env bash
# The page in a real browser, Debian's Chromium without a window, driven by playwright-core: run.sh DUN [--images] [PART...].
# --images: the pictures of docs/img too. A PART is a test_PART.js; the last line is `N passed, M failed`. Skipped, with the
# reason, where there is no Chromium or npm cannot install what drives it.
set -u
cd "$(dirname "$0")/../.." || exit 2
dun=$(realpath "$1")
shift
skipped() { echo "skipped: $1"; echo "0 passed, 0 failed"; exit 0; }
command -v chromium >/dev/null || skipped "no chromium here: scripts/setup.sh test installs it"
tools=${DUN_BROWSER_TOOLS:-${B:-build}/browser-tools}
tests/support/npm.sh tests/browser "$tools" || skipped "what drives the browser (npm)"
modules=$(realpath "$tools")/node_modules
copies=0
tests/browser/libraries.sh "$modules" || copies=1
# One browser at a time: a machine's memory is not for two.
exec 9>"${TMPDIR:-/tmp}/chromium.lock"
flock 9
NODE_PATH=$modules COPIES=$copies exec "$(command -v node || command -v nodejs)" tests/browser/main.js "$dun" "$@"
