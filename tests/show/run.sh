#!/usr/bin/env bash
# dun show: run.sh DUN [--write]. The prose and the picture of the policies of this folder in three languages against their
# golden files, on a narrow and on a plain terminal; pictures and pages well-formed and without overlaps, also of every
# example; docs/img holds what the program draws. --write renews golden files and docs/img: review the diff. The last line is
# `N passed, M failed`.
set -u
# shellcheck source=tests/support/checks.sh
. "$(dirname "$0")/../support/checks.sh"
here=$(realpath "$(dirname "$0")")
root=$(realpath "$here/../..")
write=
[ "${2-}" = --write ] && write=1
cd "$root" || exit 2

# golden NAME FILE ARGS...: what `dun show ARGS...` prints is FILE.
golden() {
  local name=$1 file=$2
  shift 2
  "$dun" show "$@" >"$work/out" 2>"$work/err" || bad "$name: status $?"
  [ -n "$write" ] && cp "$work/out" "$file"
  same_file "$name" "$file" "$work/out"
}
# drawn NAME FILE ARGS...: what `dun show ARGS... --svg` writes is FILE.
drawn() {
  local name=$1 file=$2
  shift 2
  "$dun" show "$@" --svg "$work/out.svg" 2>"$work/err" || bad "$name: status $?"
  [ -n "$write" ] && mkdir -p "$(dirname "$file")" && cp "$work/out.svg" "$file"
  same_file "$name" "$file" "$work/out.svg"
}

for lang in en pt es; do
  golden "two ladders, $lang" "$here/two-ladders.$lang.txt" tests/show/two-ladders.dun --lang $lang
  golden "every sentence, $lang" "$here/everything.$lang.md" tests/show/everything.dun --lang $lang --format md
done
golden "long names and many rungs" "$here/long.pt.txt" tests/show/long.dun --lang pt --as picture
LC_ALL=C golden "a terminal without UTF-8" "$here/two-ladders.ascii.txt" tests/show/two-ladders.dun --lang en --as picture
golden "prose alone" "$here/standard.prose.txt" tests/show/standard.dun --lang en --as prose
golden "for programs" "$here/standard.json" tests/show/standard.dun --lang en --format json

# --- pictures

drawn "the policy of the README" docs/img/standard.svg tests/show/standard.dun --lang en
drawn "the same in Portuguese" docs/img/standard.pt.svg tests/show/standard.dun --lang pt
for example in key-accounts thirty-sixty-ninety renewal; do
  drawn "the picture of $example" "docs/img/$example.svg" "examples/$example/policy.dun" --lang en
done
awk '/^```/ { if (inside) exit; inside = /^```dun$/; next } inside' README.md >"$work/readme.dun"
same_file "standard.dun is the policy of the README" "$work/readme.dun" tests/show/standard.dun
for policy in examples/*/*.dun tests/show/*.dun; do
  for lang in en pt es; do
    "$dun" show "$policy" --lang $lang --svg "$work/p.svg" 2>"$work/err" || bad "$policy: status $?"
    same "the boxes of $policy, $lang" "" "$(python3 "$here/boxes.py" "$work/p.svg")"
  done
done

# --- the page

"$dun" show tests/show/everything.dun --lang es --html "$work/page.html" 2>"$work/err"
same "what is written is said" "escrito: $work/page.html" "$(tail -n 1 "$work/err")"
same "the page is well-formed" "" "$(python3 - "$work/page.html" <<'PY'
import sys
from html.parser import HTMLParser

VOID = {"meta", "br", "link", "img", "hr", "input"}


class Page(HTMLParser):
    open = []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            print("closed but not open:", tag, self.getpos())


page = Page()
page.feed(open(sys.argv[1], encoding="utf-8").read())
if page.open:
    print("left open:", page.open)
PY
)"
hasnt "the page asks for nothing" "<script" "$work/page.html"
hasnt "no address is called" "src=" "$work/page.html"
has "the table of the rungs" '<section id="rungs">' "$work/page.html"
has "every sentence" '<section id="words">' "$work/page.html"
printf 'policy "a<b & \x27c\x27"\nladder l for invoices where customer.segment is "</svg><script>"\n  at 1d log "x"\n' >"$work/bad.dun"
"$dun" show "$work/bad.dun" --lang en --html "$work/bad.html" 2>"$work/err"
hasnt "a text of the policy is a text of the page" "<script>" "$work/bad.html"
"$dun" show "$work/bad.dun" --lang en --svg "$work/bad.svg" 2>"$work/err"
hasnt "and of the picture" "<script>" "$work/bad.svg"

# --- wrong usage

"$dun" show tests/show/standard.dun --as film >/dev/null 2>"$work/err"
same "what --as takes" 2 $?
has "is said" "picture or prose" "$work/err"
printf 'ladder l for invoices where colour is "red"\n  at 1d log "x"\n' >"$work/wrong.dun"
"$dun" show "$work/wrong.dun" >"$work/out" 2>"$work/err"
same "a policy that does not compile" 3 $?
same "is not shown" "" "$(cat "$work/out")"
"$dun" show tests/show/standard.dun --lang en --svg "$work/no/such/p.svg" 2>"$work/err"
same "a file that cannot be written" 4 $?
tally
