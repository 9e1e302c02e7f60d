#!/usr/bin/env bash
# Every command in every language: run.sh DUN. A project of `dun new` is made in each language and each command is run on it,
# also the ways that fail; what Portuguese and Spanish output says may hold no word that only English has. What the user
# wrote (names, paths, codes) is not looked at: it stands between quotes, or in the list below. The last line is
# `N passed, M failed`; exit 1 when any failed.
set -u
[ $# -ge 1 ] || { echo "usage: run.sh DUN" >&2; exit 2; }
dun=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL='' LC_MESSAGES='' NO_COLOR=1
passed=0
failed=0

# Words of English sentences that no sentence of Portuguese or Spanish has.
english='the|is|are|was|were|of|and|or|not|this|that|there|with|without|which|what|when|where|from|for|to|at|on|it|its|they|be|been|by|if|than|then|has|have|had|does|cannot|nothing|nobody|nowhere|every|each|other|only|write|wrote|read|missing|expected|unknown|yes|day|days|file|files|folder|line|row|rows|invoice|invoices|warning|send|sends|sent|waits|wait|today|template|ladder|rung|rungs|open|amount|due|overdue'
# What stays English in every language: texts between quotes or backquotes, paths, options, fixed words of machines, and
# the last line of `dun test`.
plain() {
  LC_ALL=C.UTF-8 sed -E -e 's/"[^"]*"//g' -e 's/`[^`]*`//g' -e 's/--[a-z-]+( [A-Z|a-z]+)?//g' -e 's/[[:alnum:]_.<>*-]*[\/.][[:alnum:]_\/.*<>:-]*//g' \
    -e 's/\{[^}]*\}//g' -e 's/delivered\|not-sent//g' -e '/passed, [0-9]+ failed$/d'
}
run() { # NAME ARGUMENT...: the output of a command, looked at
  local found name=$1
  shift
  "$dun" "$@" >"$work/said" 2>&1 </dev/null
  if [ ! -s "$work/said" ]; then
    failed=$((failed + 1))
    printf 'FAILED %s %s: it says nothing\n' "$lang" "$name"
    return
  fi
  found=$(plain <"$work/said" | LC_ALL=C.UTF-8 grep -nwiE "$english")
  if [ -z "$found" ]; then passed=$((passed + 1)); else
    failed=$((failed + 1))
    printf 'FAILED %s %s: English\n%s\n' "$lang" "$name" "$(printf '%s\n' "$found" | sed 's/^/  /')"
  fi
}

mapfile -t commands < <(LANG=en "$dun" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
[ ${#commands[@]} -ge 11 ] || { echo "the commands are not in dun --help"; exit 1; }
for lang in pt es; do
  export LANG=$lang
  rm -rf "$work/p" && cd "$work" || exit 2
  [ $lang = pt ] && other=es || other=pt
  # --- help and misuse
  run help --help
  for c in "${commands[@]}"; do
    run "help of $c" "$c" --help
    run "an option that $c has not" "$c" --frobnicate
  done
  run "no such command" plam
  run "no command like it" frobnicate
  run "an option of others" plan --coverage
  run "a near option" plan --tody 2026-03-10
  run "an option twice" plan --today 2026-03-10 --today 2026-03-10
  run "a flag with a value" plan --quiet=1
  run "no value" plan --today
  run "no date" plan --today tomorrow
  run "no format" plan --format xml
  run "no report" test --format xml
  run "no language" plan --lang xx
  run "no decimals" import x --decimal x
  run "no dates" import x --dates x
  run "an empty value" plan --store=
  run "too few" import
  run "too many" plan a b
  run "from after to" simulate --from 2026-03-02 --to 2026-03-01

  # --- a project
  run "new" new p
  run "new where something is" new p
  run "new below a file" new p/README.md/x
  cd p || exit 2
  run check check
  run test test --coverage
  run "import" import data --today 2026-03-10
  run "import again" import data --today 2026-03-11
  run plan plan --today 2026-03-10
  run simulate simulate --from 2026-03-10 --to 2026-05-10
  run run run --today 2026-03-10
  run "run again" run --today 2026-03-10
  number=$(sed -n 2p data/invoices.csv | cut -d, -f1)
  for day in 2026-03-01 2026-03-10 2026-03-12 2026-04-12; do run "explain on $day" explain "$number" --today $day; done
  run "explain what is not there" explain ZZ-1 --today 2026-03-10
  for n in $(sed -n '2,$s/,.*//p' data/*.csv | grep '^A-' | sort -u); do run "explain $n" explain "$n" --today 2026-03-10; done
  run "explain a rung, step by step" explain "$number" 5d --trace --today 2026-03-10
  run "explain what no policy has" explain "$number" frobnicate --today 2026-03-10
  for code in E0112 E0136 W0021; do run "explain $code" explain $code; done
  run "fields" fields
  run "fmt" fmt --to $other policies
  run "fmt back" fmt --to $lang policies

  # --- what is wrong with a project
  run "no folder" check zzz
  run "no policy" check data
  run "several policies" plan .. --today 2026-03-10
  mkdir -p ../many && printf 'ladder a for invoices\n at 1d log "x"\n' | tee ../many/a.dun >../many/b.dun
  run "which one" plan ../many --today 2026-03-10
  run "two sources" plan --data data --store dun.db --today 2026-03-10
  run "no store" plan --store none.db --today 2026-03-10
  echo 'no store' >bad.db
  run "a store that is none" plan --store bad.db --today 2026-03-10
  run "events that are none" simulate --events zzz.csv --from 2026-03-10 --to 2026-03-11
  run "output on a folder" simulate --html data --from 2026-03-10 --to 2026-03-11
  printf 'closed saturday\n13-45 "x"\n' >calendars/broken.cal
  cp policies/*.dun "$work/"
  first=$(grep -l ', empresa\|, company' policies/*.dun)
  sed -i 's/, empresa\|, company/, broken/' "$first"
  run "a calendar with a mistake" check
  sed -i 's/, broken/, brokken/' "$first"
  run "no such calendar" check
  sed -i '/brokken/d' "$first"
  [ $lang = pt ] && printf 'incluir "comun.dun"\n' >>"$first" || printf 'incluir "comum.dun"\n' >>"$first"
  run "no such file to include" check
  printf 'x\n' >"$first.dun" && run "fmt of a file with an error" fmt "$first.dun"
  run "fmt of no file" fmt zzz.dun
  rm "$first.dun"

  # --- ledgers
  bad() { printf "$2" >"bad/$1" && run "$3" import "bad/$1" --store other.db; }
  mkdir bad
  bad customers.csv 'id,name\n"a,b\n' "an open quote"
  bad customers.csv 'id,name\n"a"x,b\nb\n' "text behind a quote, too few fields"
  bad customers.csv 'id,name\na,b,c\n\xff,x\n,x\nq,1\nq,2\n' "too many fields, no UTF-8, empty, twice"
  bad customers.csv 'name\nx\n' "no key"
  bad customers.csv 'id,name,NAME\nx,y,z\n' "one column twice"
  bad customers.csv 'id,,x\nx,y,z\n' "a column without a name"
  bad customers.csv '' "an empty file"
  bad customers.csv '\xff\xfea\x00' "UTF-16"
  bad invoices.csv 'number,customer,amount,due,currency,status,installment\nA,zz,5,2026-01-01,,,\nB,q,x,2026-01-01,,,\nC,q,1,2026-02-30,,,\nD,q,1,soon,,,\nE,q,1,2026-01-01,XXY,,\nF,q,1,2026-01-01,,lost,\nG,q,1,2026-01-01,,,many\nH,q,99999999999999999999,2026-01-01,,,\nI,q,1.005,2026-01-01,,,\n' "cells of every kind"
  bad invoices.csv 'number,customer,amount,due\nA,q,"1,500",2026-01-01\n' "an amount read in two ways"
  bad invoices.csv 'number,customer,amount,due\nA,q,5,03/04/2026\n' "a date read in two ways"
  bad events.csv 'date,kind,invoice,value\n2026-01-01,payment,none,5\n2026-01-01,dance,none,\n' "events"
  bad things.csv 'a,b\n1,2\n' "a file that says nothing"
  mkdir empty && run "a folder without a ledger" import empty --store other.db
  run "a ledger that is not there" import zzz

  # --- what a run needs
  [ $lang = pt ] && name=português || name=español
  cat >needs.dun <<DUN
idioma $name
DUN
  if [ $lang = pt ]; then
    cat >>needs.dun <<'DUN'
política "Tudo"
  moeda BRL
régua padrão para faturas
  aos 1d  avisar ninguém "x"
  aos 2d  cobrar multa então baixar como perda então suspender serviço
  aos 3d  chamar webhook algo então criar documento "carta" então enviar para assinatura
  aos 4d  enviar teams "oi"
DUN
  else
    cat >>needs.dun <<'DUN'
política "Todo"
  moneda EUR
escala normal para facturas
  a los 1d  avisar nadie "x"
  a los 2d  cobrar recargo luego castigar luego suspender servicio
  a los 3d  llamar webhook algo luego crear documento "carta" luego enviar a firma
  a los 4d  enviar teams "hola"
DUN
  fi
  run "what is needed" run needs.dun --today 2026-03-10
  run "a test that fails" test needs.dun
done

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
