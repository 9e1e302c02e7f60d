#!/usr/bin/env bash
# The demo: a policy over a ledger, as a finance person would use it. demo.sh BUILD; everything it makes is in BUILD/demo, and
# it starts afresh each time. The day is fixed, so that everybody sees the same.
set -eu
build=$(realpath "$1")
cd "$(dirname "$0")/.."
dun=$build/dun
demo=$build/demo
policy=examples/brazil/policy.dun
today=2026-03-10
last=2026-05-09
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; else bold='' dim='' plain=''; fi

show() { case $1 in "$PWD"/*) echo "${1#"$PWD"/}" ;; *) echo "$1" ;; esac; }
here=$(show "$demo")
step() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
run() {
  printf '%s$ %s%s\n' "$dim" "$(printf '%s ' "$@" | sed "s#$build/demo#$here#g; s#$build/dun#dun#g; s# \$##")" "$plain"
  "$@"
}
# A command whose findings (exit status 1) are part of the story.
run_findings() { run "$@" || [ $? -eq 1 ]; }

rm -rf "$demo"
mkdir -p "$demo/ledger"

step "1. The ledger: a supplier's customers and invoices on $today, from a seeded generator"
"$build/make_ledger" "$demo/ledger"
# What the customers will do in the weeks after is no fact yet: only the simulation gets it.
mv "$demo/ledger/events.csv" "$demo/events.csv"
run "$dun" import "$demo/ledger" --store "$demo/dun.db"

step "2. The policy: does it hold together?"
run_findings "$dun" check "$policy"

step "3. The plan: what would go out on $today, and to whom"
"$dun" plan "$policy" --store "$demo/dun.db" --today "$today" >"$demo/plan.txt"
printf '%s$ dun plan %s --store %s --today %s%s\n' "$dim" "$policy" "$here/dun.db" "$today" "$plain"
head -n 25 "$demo/plan.txt"
lines=$(wc -l <"$demo/plan.txt")
[ "$lines" -le 25 ] || echo "... all $lines lines are in $here/plan.txt"

step "4. The run: decide, record, send. No mail server is connected, so each e-mail becomes a file"
run "$dun" run "$policy" --store "$demo/dun.db" --today "$today" --outbox "$demo/outbox" --quiet
first=$(find "$demo/outbox" -name '*.eml' | sort | head -n 1)
sent=$(find "$demo/outbox" -name '*.eml' | wc -l)
echo "$sent messages in $here/outbox"

step "5. The same run again: what was decided is never sent twice"
run "$dun" run "$policy" --store "$demo/dun.db" --today "$today" --outbox "$demo/outbox" --quiet
again=$(find "$demo/outbox" -name '*.eml' | wc -l)
echo "$again messages in $here/outbox, $((again - sent)) of them new"

step "6. The weeks ahead: payments, promises and disputes as the ledger's story has them"
run "$dun" simulate "$policy" --data "$demo/ledger" --events "$demo/events.csv" --from "$today" --to "$last" \
  --html "$demo/simulation.html" --format csv >"$demo/simulation.csv"
echo "$(($(wc -l <"$demo/simulation.csv") - 1)) things happen until $last"

number=$(awk -F, 'NR > 1 && $8 == "open" && $7 < "2026-02-20" { print $1; exit }' "$demo/ledger/invoices.csv")
cat <<END

${bold}Where everything is${plain}
  $here/simulation.html   open it in a browser: the ladders, messages a day, the aging now and at the end
  $here/simulation.csv    the same, row by row
  $here/outbox/           today's $sent e-mails; open one in any mail program, such as
                          $(show "$first")
  $here/plan.txt          the whole plan of $today
  $here/ledger/           customers.csv and invoices.csv as they came in
  $here/dun.db            the store: the facts, what was decided, the audit log (SQLite)

${bold}The page, over this store${plain}
    build/dun serve $policy --store $here/dun.db --outbox $here/outbox
  prints its address and a link that works once: whoever opens it first becomes the administrator. From then on it is a real day:
  what the policy has due is decided every minute, and each e-mail becomes a file.

${bold}What to try next${plain}
  Why did invoice $number get what it got?
    build/dun explain $number --policy $policy --store $here/dun.db --today $today
  What would tomorrow bring?
    build/dun plan $policy --store $here/dun.db --today 2026-03-11
  What does the policy say, in a picture and in words?
    build/dun show $policy
  Change $policy (say, "at 5d" into "at 8d"): what would that do to these customers?
    build/dun diff HEAD --policy $policy --store $here/dun.db --today $today
END
