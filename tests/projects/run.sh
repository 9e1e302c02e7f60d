#!/usr/bin/env bash
# Policies of several files and projects: run.sh DUN. Files that include files, calendars of a project, several calendars at
# once, `dun new` in three languages, and that an edit of an included file or calendar never re-sends. The last line is
# `N passed, M failed`; exit 1 when any failed.
set -u
# shellcheck source=tests/support/checks.sh
. "$(dirname "$0")/../support/checks.sh"
root=$(realpath "$(dirname "$0")/../..")
cd "$work" || exit 2
# What `dun check` reports, as `CODE file:line:column`, a line each; then its status.
codes() {
  "$dun" check "$@" >out 2>err
  local status=$?
  awk '/^(error|warning)\[/ { code = substr($0, index($0, "[") + 1, 5) } /^ *--> / { printf "%s %s ", code, $2 }' err
  echo "$status"
}
fresh() { rm -rf "$work/p" && mkdir -p "$work/p/policies" "$work/p/templates" "$work/p/calendars" && cd "$work/p" || exit 2; }
ladder='ladder standard for invoices
  at 1d log "one"'

# --- include

fresh
printf 'currency BRL\ninclude "common.dun"\nno ladder for not large\nladder standard for invoices where large\n  at 1d log "one"\n' >policies/main.dun
printf 'idioma português\ndefinir large como valor > 100\nincluir "../shared/team.dun"\n' >policies/common.dun
mkdir shared
printf 'team finance is "finance@example.com"\n' >shared/team.dun
same "a file in another language, and what it includes from another folder" "0" "$(codes)"
same "only the policy that includes is one" "policies/main.dun: fine. 1 ladder, 1 rung, 0 other rules." "$(cat out)"
cd policies || exit 2
same "from inside the folder" "0" "$(codes main.dun)"
cd / && same "from elsewhere" "0" "$(cd / && "$dun" check "$work/p" >/dev/null 2>&1; echo $?)"
cd "$work/p" || exit 2
printf '\ndefine big as amout > 5\n' >>shared/team.dun
same "the error stands in the included file" "W0021 shared/team.dun:3:8 E0112 shared/team.dun:3:15 3" "$(codes)"
printf 'team finance is "finance@example.com"\n' >shared/team.dun
printf 'include "comon.dun"\n' >>policies/main.dun
same "a missing file" "E0334 policies/main.dun:6:9 3" "$(codes)"
same "and what was meant" 1 "$(grep -c 'did you mean "common.dun"?' err)"
sed -i 's/comon/..\/shared\/teem/' policies/main.dun
same "a missing file of another folder" "E0334 policies/main.dun:6:9 3" "$(codes)"
same "its path is kept" 1 "$(grep -c 'did you mean "../shared/team.dun"?' err)"
sed -i 's/teem/team/' policies/main.dun
same "twice by two ways" "W0040 policies/main.dun:6:9 0" "$(codes)"
sed -i '$d' policies/main.dun
printf 'incluir "main.dun"\n' >>policies/common.dun
same "a circle" "E0360 policies/common.dun:4:9 3" "$(codes policies/main.dun)"
printf 'include "policies"\n' >policies/folder.dun
mkdir policies/policies
same "a folder is no file" "E0362 policies/folder.dun:1:9 3" "$(codes policies/folder.dun)"
same "a policy that is not there" 4 "$("$dun" check policies/none.dun >/dev/null 2>&1; echo $?)"

fresh
include_n() { # N: main includes N files
  : >policies/many.dun
  for i in $(seq "$1"); do
    printf 'define n%d as amount > %d\n' "$i" "$i" >"policies/f$i.dun"
    printf 'include "f%d.dun"\n' "$i" >>policies/many.dun
  done
}
include_n 63
same "64 files are read" "0" "$(codes policies/many.dun | tr ' ' '\n' | grep -v -e W0021 -e policies/f)"
include_n 64
same "65 are too many" "E0361 policies/many.dun:64:9" "$(codes policies/many.dun | grep -o 'E0361 [^ ]*')"

# What is included is read where its line stands: the first ladder whose condition holds is the included one.
fresh
mkdir data
printf 'ladder first for invoices where early\n  at 1d log "first"\n' >policies/later.dun
printf 'currency BRL\ndefine early as amount > 100\ninclude "later.dun"\nladder second for invoices\n  at 1d log "second"\n' >policies/main.dun
printf 'id,name\nc1,Um\n' >data/customers.csv
printf 'number,customer,amount,due\nA-1,c1,200.00,2026-03-01\nA-2,c1,50.00,2026-03-01\n' >data/invoices.csv
rungs() { "$dun" simulate "$@" --data data --from 2026-03-01 --to 2026-03-31 --format csv 2>err | sed 1d | cut -d, -f1,2,6 | tr '\n' ' '; }
same "order of the ladders" '2026-03-02,A-1,"log ""first""" 2026-03-02,A-2,"log ""second""" ' "$(rungs)"
printf 'currency BRL\ninclude "later.dun"\ndefine early as amount > 100\nladder second for invoices\n  at 1d log "second"\n' >policies/main.dun
same "a definition stands above its use" "E0115 policies/later.dun:1:33 3" "$(codes)"

# --- calendars

fresh
cp -r "$work/p" "$work/saved" && mkdir data
printf 'id,name\nc1,Um\n' >data/customers.csv
printf 'number,customer,amount,due\nA-1,c1,200.00,2026-08-27\n' >data/invoices.csv
mkdir -p data
simulate_on() { "$dun" simulate policies/main.dun --data data --from 2026-08-20 --to 2026-09-30 --format csv 2>err | sed 1d | cut -d, -f1 | tr '\n' ' '; }
policy() { printf 'currency EUR\ncalendar %s\nladder standard for invoices\n  at 2bd log "x"\n' "$1" >policies/main.dun; }
policy target # Thursday 27 August; 31 August is a holiday of England only
same "one calendar" "2026-08-31 " "$(simulate_on)"
policy "target, uk"
same "two: business days of both" "2026-09-01 " "$(simulate_on)"
policy "uk, target"
same "in either order" "2026-09-01 " "$(simulate_on)"
printf 'include target\n2026-08-28 "Inventory"\n' >calendars/head-office.cal
policy head_office
same "a calendar of the project" "2026-09-01 " "$(simulate_on)"
policy "head_office, uk"
same "and one of ours" "2026-09-02 " "$(simulate_on)"
printf 'closed saturday sunday\n2026-08-28 "Ours"\n' >calendars/uk.cal
policy uk
same "the project's own comes first" "2026-09-01 " "$(simulate_on)"
printf 'closed monday tuesday wednesday\n' >calendars/a.cal
printf 'closed thursday friday saturday sunday\n' >calendars/b.cal
policy "a, b"
same "no day is left" "E0364 policies/main.dun:2:1 3" "$(codes)"
printf 'closed sunday\n13-40 "Never"\n' >calendars/a.cal
policy a
same "a mistake in a calendar" "E0363 policies/main.dun:2:10 3" "$(codes)"
same "with its line" 1 "$(grep -c 'mistake in its line 2' err)"
policy head_ofice
same "a misspelt one" "E0117 policies/main.dun:2:10 3" "$(codes)"
same "is suggested" 1 "$(grep -c 'did you mean "head_office"?' err)"
policy "head_office, targett"
same "the second of a list is looked at too" "E0117 policies/main.dun:2:23 3" "$(codes)"

# --- a revision is all of it

fresh
mkdir data
printf 'id,name,email\nc1,Um,um@example.com\n' >data/customers.csv
printf 'number,customer,amount,due\nA-1,c1,100.00,2026-03-02\n' >data/invoices.csv
printf 'currency BRL\ncalendar ours\ninclude "ladder.dun"\n' >policies/main.dun
printf 'closed sunday\n' >calendars/ours.cal
printf 'ladder standard for invoices\n  at 1d  send email template "t"\n  at 10d send email template "t"\n' >policies/ladder.dun
printf 'Subject: {number}\n\n{each invoice}{number}{end}\n' >templates/t.email.txt
"$dun" import data --quiet >/dev/null
"$dun" run --today 2026-03-03 --quiet >/dev/null || echo "run failed"
"$dun" run --today 2026-03-12 --quiet >/dev/null || echo "run failed"
planned() { "$dun" plan "$@" --format csv --quiet 2>err | sed 1d | cut -d, -f2,5 | tr '\n' ' '; }
same "both rungs were climbed" "" "$(planned --today 2026-03-15)"
printf 'ladder standard for invoices\n  at 1d  send email template "t"\n  at 10d send email template "t"\n  at 12d send email template "t"\n' >policies/ladder.dun
same "a rung added too late to the included file" "" "$(planned --today 2026-03-20)"
same "from inside the folder too" "" "$(cd policies && planned main.dun --store ../dun.db --today 2026-03-20)"
printf 'closed saturday sunday\n' >calendars/ours.cal
same "with another calendar too" "" "$(planned --today 2026-03-20)"
printf 'ladder standard for invoices\n  at 1d  send email template "t"\n  at 10d send email template "t"\n  at 18d send email template "t"\n' >policies/ladder.dun
same "one whose day is today fires" "A-1,18d " "$(planned --today 2026-03-20)"
revisions() { sqlite3 dun.db 'select count(*) from revision' 2>/dev/null || echo 0; }
before=$(revisions)
"$dun" run --today 2026-03-20 --quiet >/dev/null
(cd policies && "$dun" run main.dun --store ../dun.db --outbox ../outbox --today 2026-03-20 --quiet >/dev/null)
same "the same text from another folder is one revision" "$((before + 1))" "$(revisions)"

# --- projects

mkdir "$work/none" && cd "$work/none" || exit 2
same "nothing here" 2 "$("$dun" check >/dev/null 2>err; echo $?)"
fresh
printf '%s\n' "$ladder" >policies/a.dun
printf '%s\n' "$ladder" >policies/b.dun
same "every policy" "policies/a.dun policies/b.dun" "$("$dun" check 2>/dev/null | cut -d: -f1 | tr '\n' ' ' | sed 's/ $//')"
same "of two, one must be named" 2 "$("$dun" plan --data . >/dev/null 2>err; echo $?)"
same "and both are" 1 "$(grep -c 'policies/a.dun, policies/b.dun' err)"
echo 'ladder x for' >policies/b.dun
same "one broken policy" 3 "$("$dun" check >out 2>err; echo $?)"
same "leaves the other fine" 1 "$(grep -c 'policies/a.dun: fine' out)"
printf 'ladder standard for invoices\n  at 1d send email template "t"\n' >policies/b.dun
same "a template that the project lacks" "E0401 policies/b.dun:2:9 3" "$(codes policies/b.dun)"
printf 'Subject: {number}\n\n{each invoice}{number}{end}\n' >templates/t.email.txt
same "templates of the project" 0 "$(codes policies/b.dun)"
mkdir policies/templates
same "those beside the policy come first" "E0401 policies/b.dun:2:9 3" "$(codes policies/b.dun)"

# --- dun new

cd "$work" || exit 2
for lang in en pt es; do
  same "new $lang" 0 "$("$dun" new "new/$lang" --lang $lang >out 2>&1; echo $?)"
  cd "$work/new/$lang" || exit 2
  same "$lang: check" 0 "$("$dun" check >out 2>err; echo $?)"
  same "$lang: nothing to say" "" "$(cat err)"
  same "$lang: test" "2 passed, 0 failed" "$("$dun" test 2>&1 | tail -n 1)"
  same "$lang: canonical" 0 "$("$dun" fmt --check policies/*.dun >/dev/null 2>&1; echo $?)"
  same "$lang: import" 0 "$("$dun" import data --quiet >/dev/null 2>err; echo $?)"
  same "$lang: plan" 3 "$("$dun" plan --today 2026-03-11 --format csv --quiet | sed 1d | wc -l)"
  same "$lang: run" 0 "$("$dun" run --today 2026-03-11 --quiet >/dev/null 2>&1; echo $?)"
  same "$lang: messages" 3 "$(find outbox -name '*.eml' | wc -l)"
  same "$lang: README" 1 "$(grep -c '^# ' README.md)"
  # Every command of its README works there.
  rm -rf dun.db outbox
  grep '^dun ' README.md | sed 's/ *#.*//' | while read -r line; do
    # shellcheck disable=SC2086
    "$dun" ${line#dun } >/dev/null 2>&1 || echo "$lang README: $line" >>"$work/readme"
  done
  cd "$work" || exit 2
done
same "commands of the READMEs" "" "$(cat readme 2>/dev/null)"
same "a folder that is not empty" 2 "$("$dun" new new/en >out 2>&1; echo $?)"
same "is left as it is" 0 "$(cd new/en && "$dun" check >/dev/null 2>&1; echo $?)"
mkdir empty && same "an empty folder" 0 "$("$dun" new empty >out 2>&1; echo $?)"
echo x >file && same "a file" 4 "$("$dun" new file >out 2>&1; echo $?)"
same "no folder named" 2 "$("$dun" new >out 2>&1; echo $?)"

# --- `unless` after what a rule is for

fresh
mkdir data
printf 'id,name\nc1,Um\n' >data/customers.csv
printf 'number,customer,amount,due\nA-1,c1,200.00,2026-03-01\nA-2,c1,50.00,2026-03-01\n' >data/invoices.csv
printf 'currency BRL\nevery month on day 5 for invoices unless amount < 100\n  log "large"\n' >policies/main.dun
same "every ... unless" '2026-03-05,A-1,"log ""large""" ' "$(rungs)"

# --- examples in two languages have one timeline, each with its own words

cd "$root/examples" || exit 2
who() { cut -d, -f1-4 "$1"; }
for policy in */politica.dun; do
  folder=${policy%/*}
  # shellcheck disable=SC2046
  (cd "$folder" && "$dun" simulate politica.dun --data data $(cat args) --format csv 2>/dev/null) >"$work/out"
  same "$policy" "$(cat "$folder/esperado.csv")" "$(cat "$work/out")"
  same "$folder: the same days and customers" "$(who "$folder/expect.csv")" "$(who "$folder/esperado.csv")"
  (cd "$folder" && "$dun" check politica.dun 2>&1) >"$work/out"
  same "$folder: its templates are there" 0 "$(grep -c 'nota:' "$work/out")"
done
same "every example is in its canonical layout, but for the one that fits in a line" "one-line/policy.dun" "$("$dun" fmt --check . 2>&1)"
same "and so is what dun new makes" "" "$("$dun" fmt --check "$root/stdlib/templates/new" 2>&1)"

# --- fmt of folders
fresh
printf 'ladder a   for invoices\n at 1d log "x"\n' >policies/a.dun
mkdir -p deep/er .hidden
cp policies/a.dun deep/er/b.dun
cp policies/a.dun .hidden/c.dun
cp policies/a.dun notes.txt
same "what would change" "deep/er/b.dun
policies/a.dun
1" "$("$dun" fmt --check .; echo $?)"
same "as a diff, of a folder and a file" 2 "$("$dun" fmt --diff policies deep/er/b.dun | grep -c '^--- ')"
same "written" "deep/er/b.dun
policies/a.dun
0" "$("$dun" fmt .; echo $?)"
same "nothing left to do" 0 "$("$dun" fmt --check .; echo $?)"
same "hidden folders and other files stay" 2 "$(grep -l 'a   for' .hidden/c.dun notes.txt | wc -l)"
same "a folder without a policy" 2 "$("$dun" fmt templates >/dev/null 2>&1; echo $?)"
cd "$root/examples" || exit 2
same "seven of them" 7 "$(find . -name politica.dun | wc -l)"

tally
