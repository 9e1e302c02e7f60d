#!/usr/bin/env bash
# Renders the pages of tests/unit/test_html_report in Chromium, to be looked at: on a wide screen, in the dark, on a telephone
# (400 pixels, in a frame: a headless window is no narrower than 500) and on A4 paper. Not part of make test.
# look.sh TEST_PROGRAM FOLDER    e.g. look.sh build/san/tests/unit/test_html_report /tmp/pages
set -eu
[ $# -eq 2 ] || { echo "usage: tests/browser/look.sh TEST_PROGRAM FOLDER" >&2; exit 2; }
command -v chromium >/dev/null || { echo "look: no chromium here: apt-get install chromium" >&2; exit 4; }
program=$(realpath "$1")
mkdir -p "$2"
cd "$2"
folder=$PWD
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT

browser() {
  chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --disable-background-networking \
    --disable-component-update --disable-sync --no-first-run --allow-file-access-from-files --user-data-dir="$profile" "$@" \
    >/dev/null 2>&1
}

"$program" "$folder"
for page in *.html; do
  case $page in frame-*) continue ;; esac
  name=${page%.html}
  printf '<body style="margin:0"><iframe src="%s" style="width:400px;height:6000px;border:0"></iframe>\n' "$page" >"frame-$page"
  browser --window-size=1280,4000 --screenshot="$name-wide.png" "file://$folder/$page"
  browser --window-size=1280,4000 --force-dark-mode --screenshot="$name-dark.png" "file://$folder/$page"
  browser --window-size=600,6000 --screenshot="$name-phone.png" "file://$folder/frame-$page"
  browser --no-pdf-header-footer --print-to-pdf="$name-paper.pdf" "file://$folder/$page"
  rm "frame-$page"
done
ls "$folder"
