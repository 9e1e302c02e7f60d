#!/usr/bin/env bash
# What bills and adjusted prices come to: run.sh DUN. A case is a folder with policy.dun, data/, args and expect.txt, whose
# lines are `date entity result` of `dun simulate --format json`, written by hand from docs/internals/billing.md. Then
# imports of indices.csv. The last line is `N passed, M failed`; exit 1 when any failed.
set -u
# shellcheck source=tests/support/checks.sh
. "$(dirname "$0")/../support/checks.sh"
here=$(realpath "$(dirname "$0")")

for case_dir in "$here"/*/; do
  read -r -a arguments <"$case_dir/args"
  (cd "$case_dir" && "$dun" simulate policy.dun --data data "${arguments[@]}" --format json 2>"$work/err") |
    sed -n 's/.*"date":"\([^"]*\)","entity":"\([^"]*\)".*"result":"\([^"]*\)".*/\1 \2 \3/p' >"$work/out"
  same_file "$(basename "$case_dir")" "$case_dir/expect.txt" "$work/out"
done

# A figure is imported once, a revision keeps what it was, and what cannot be read is rejected with its reason.
cd "$work" || exit 2
printf 'índice;mês;variação;12 meses\nCOSTS;2026-01;1,00;\nCOSTS;02/2026;2,00%%;4,10\n' >indices.csv
counts() { "$dun" import indices.csv --store s.db --quiet --format csv 2>>err | tail -n +2 | cut -d, -f2-6; }
figures() { sqlite3 s.db "SELECT name, date(date * 86400, 'unixepoch'), value, year, version FROM $1 ORDER BY date"; }
{ counts; counts; } >got
printf '2,2,0,0,0\n2,0,0,2,0\n' >want
same_file "an import of figures, twice" want got
printf 'index,month,change\nCOSTS,2026-01,1.10\nCOSTS,2026-02,2.00\nCOSTS,2026-13,1\nCOSTS,2026-03,-100\nCOSTS,2026-01,1.20\n,2026-04,1\n' >indices.csv
counts >got
echo '6,0,1,1,4' >want
same_file "a revision and four rejects" want got
{ figures series; figures series_was; } >got
printf 'COSTS|2026-01-01|1.10||2\nCOSTS|2026-02-01|2.00|4.10|1\nCOSTS|2026-01-01|1.00||1\n' >want
same_file "what was published before is kept" want got

# Store before project before embedded, figure by figure; an unknown name is told with the nearest one.
mkdir -p p/indices p/data
printf 'index COSTS\nalias KOSTEN\n2026-01 5.00\n2026-02 5.00\n2026-03 3.00\n' >p/indices/costs.idx
printf 'every year on next_adjustment for contracts\n  adjust price by index "KOSTEN" over 3 months\n' >p/policy.dun
printf 'id,name\nc1,Um\n' >p/data/customers.csv
printf 'number,customer,price,next_adjustment\nK-1,c1,100.00,2026-04-10\n' >p/data/contracts.csv
"$dun" import p/data --store s.db --quiet >/dev/null 2>>err
result() { "$dun" "$@" --format json 2>>err | sed -n 's/.*"result":"\([^"]*\)".*/\1/p'; }
{ result plan p/policy.dun --store s.db --today 2026-04-10; result plan p/policy.dun --data p/data --today 2026-04-10; } >got
printf '100.00 -> 106.22 BRL: +6.2157%% COSTS 2026-01..2026-03\n100.00 -> 113.56 BRL: +13.5575%% COSTS 2026-01..2026-03\n' >want
same_file "figures of the store before those of the project" want got
sed -i 's/KOSTEN/KOSTEM/' p/policy.dun
"$dun" plan p/policy.dun --data p/data --today 2026-04-10 2>&1 >/dev/null | grep -c 'no price index "KOSTEM".*did you mean "KOSTEN"' >got
echo 1 >want
same_file "an unknown index" want got
sed -i 's/KOSTEM/COSTS/; s/3 months/4 months/' p/policy.dun
{ result plan p/policy.dun --data p/data --today 2026-04-10
  "$dun" plan p/policy.dun --data p/data --today 2026-04-10 2>&1 >/dev/null | grep -c 'COSTS has no figure for 2025-12'; } >got
printf 'undecided: COSTS of 2025-12 is missing\n1\n' >want
same_file "a month that is missing" want got
"$dun" explain K-1 --policy p/policy.dun --data p/data --today 2026-04-10 --format json 2>>err | grep -c '"answer":"waits","because":"undecided: COSTS of 2025-12 is missing"' >got
echo 1 >want
same_file "a contract explained" want got
tally
