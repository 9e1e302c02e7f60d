#!/usr/bin/env bash
# `dun diff` over histories made by git: the words, the numbers (effect.py), what is said where there is no revision; the
# workflow and the hook of docs/reviewing. run.sh DUN; the last line is `N passed, M failed`.
set -u
here=$(realpath "$(dirname "$0")")
# shellcheck source=tests/support/checks.sh
. "$(dirname "$0")/../support/checks.sh"
docs=$(realpath "$here/../../docs/reviewing")
export HOME=$work GIT_CONFIG_NOSYSTEM=1 LC_ALL=C.UTF-8 NO_COLOR=1
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com
# libgit2 1.5 frees the search of `:/text` but for what its library of patterns took.
echo 'leak:libpcre2' >"$work/leaks"
export LSAN_OPTIONS="suppressions=$work/leaks:print_suppressions=0"
cd "$work" || exit 1
diff() { # diff STATUS NAME ARGS...: `dun diff ARGS`, into out and err
  local want=$1 name=$2
  shift 2
  case " $* " in *' --today '*) ;; *) set -- "$@" --today 2026-03-04 ;; esac
  "$dun" diff "$@" >"$work/out" 2>"$work/err"
  same "$name: status" "$want" $?
}
commit() { git add -A && git commit -qm "$1"; }

git init -q -b main house && cd house || exit 1
printf 'nothing here\n' >README && commit empty
mkdir policies templates calendars data
cat >policies/house.dun <<'DUN'
policy "House"
  currency BRL
  calendar house
  limit each customer to 1 message per day

include "parts/holds.dun"
define large as amount >= 5_000

ladder large for invoices where large
  at 5d   send email template "formal"
  at 15d  escalate to owner

ladder rest for invoices
  at 3d before due  send email template "kind"
  at 5d             send email template "formal"
DUN
mkdir policies/parts && echo 'hold while disputed' >policies/parts/holds.dun
printf 'closed saturday sunday\n01-01 "New Year"\n' >calendars/house.cal
for t in kind formal; do printf 'Subject: %s {number}\n\nDear {customer.name},\n{each invoice}{number} is open.\n{end}' $t >templates/$t.email.txt; done
printf 'id,name,email,owner\nc1,Ana *Prima* @all <b>,ana@example.com,rui\nc2,Bia,bia@example.com,rui\n' >data/customers.csv
printf 'number,customer,amount,due\nN-1,c1,9000.00,2026-03-01\nN-2,c2,300.00,2026-03-01\nN-3,c2,100.00,2026-03-20\n' >data/invoices.csv
commit first && git tag -am first v1
sed -i 's/1 message per day/2 messages per day/; s/at 15d  escalate/at 12d  escalate/; s/5_000/8_000/' policies/house.dun
echo 'hold while promised' >>policies/parts/holds.dun
sed -i 's/^Dear/Good day,/' templates/formal.email.txt
printf '03-09 "House day"\n' >>calendars/house.cal
commit second

# ---- the words ----
diff 0 'two revisions' v1 HEAD
has 'a setting' 'was: Each customer gets at most 1 message a day.' "$work/out"
has 'a setting' 'now: Each customer gets at most 2 messages a day.' "$work/out"
has 'what is included' 'new: ' "$work/out"
has 'a rung moved' 'was: 15 days after the due date' "$work/out"
has 'a rung moved' 'now: 12 days after the due date' "$work/out"
has 'a definition, where it is used' '8,000.00' "$work/out"
has 'a template, and who uses it' 'template formal.email.txt changed: +1 −1; used by large 5d, rest 5d' "$work/out"
hasnt 'a template that is the same' 'kind.email.txt' "$work/out"
has 'a calendar' 'calendar house.cal changed' "$work/out"
has 'its days' '9 March 2026 (House day) is no business day any more' "$work/out"
has 'without a store' 'Without a store the effect is not known' "$work/out"
diff 0 'Portuguese' v1 HEAD --lang pt
has 'Portuguese' 'era: No 15º dia após o vencimento' "$work/out"
diff 0 'Spanish' v1 HEAD --lang es
has 'Spanish' 'era: El 15.º día después del vencimiento' "$work/out"
for rev in HEAD~1 main~1 "$(git rev-parse --short v1)" ':/first' 'v1...main'; do
  diff 0 "$rev" "$rev" main --format csv
  same "$rev: as v1" 'rule' "$(sed -n 2p "$work/out" | cut -d, -f1)"
done
diff 1 'something differs' v1 --exit-code
diff 0 'nothing differs' HEAD --exit-code
has 'nothing differs' 'No rule changes.' "$work/out"
sed -i 's/hold while disputed/# why\nhold   while disputed/' policies/parts/holds.dun
diff 0 'another spelling and a comment' HEAD --exit-code
git checkout -q .

# ---- where it is run ----
(cd policies && diff 0 'from a folder below' v1 --policy house.dun && has 'from a folder below' 'now: 12 days' "$work/out" && tally >"$work/below")
has 'from a folder below' ' 0 failed' "$work/below"
git worktree add -q ../tree v1
(cd ../tree && "$dun" diff main >"$work/out" 2>"$work/err")
has 'in a worktree' 'now: 15 days' "$work/out"
diff 0 'a policy that is younger than the repository' v1~1 v1
has 'a policy that is younger than the repository' 'has no policy: all of it is new' "$work/out"
has 'all of it is new' 'new: 5 days after the due date' "$work/out"
diff 2 'no such revision' nowhere
has 'no such revision' 'there is no revision "nowhere"' "$work/err"
git clone -q --depth 1 "file://$work/house" ../shallow
(cd ../shallow && "$dun" diff HEAD~1 >"$work/out" 2>"$work/err")
has 'a shallow clone' 'fetch-depth: 0' "$work/err"
git clone -q --bare . ../bare.git
(cd ../bare.git && "$dun" diff HEAD >"$work/out" 2>"$work/err")
has 'a bare repository' 'is bare' "$work/err"
mkdir ../none
(cd ../none && "$dun" diff HEAD >"$work/out" 2>"$work/err")
has 'no repository' 'is in no git repository' "$work/err"
if [ "$(id -u)" -eq 0 ]; then
  git clone -q . ../theirs && chown -R 65534 ../theirs
  (cd ../theirs && "$dun" diff HEAD >"$work/out" 2>"$work/err")
  has "another user's repository" 'safe.directory' "$work/err"
fi
sed -i 's/amount >= /amount >=> /' policies/house.dun
diff 3 'a policy with an error' HEAD
has 'a policy with an error' 'in the files on disk:' "$work/err"
git checkout -q .

# ---- the effect ----
facts='--data data --today 2026-03-04'
# shellcheck disable=SC2086
diff 0 'with a ledger' v1 HEAD $facts
has 'with a ledger' 'on another day' "$work/out"
has 'at home a customer has a name' 'Ana' "$work/out"
# shellcheck disable=SC2086
diff 0 'a comment' v1 HEAD $facts --format md
same 'its first line' '<!-- dun diff -->' "$(head -n 1 "$work/out")"
hasnt 'no name leaves the house' 'Ana' "$work/out"
has 'it folds' '<details><summary>Examples: on another day</summary>' "$work/out"
same 'what opens is closed' "$(grep -c '<details>' "$work/out")" "$(grep -c '</details>' "$work/out")"
# shellcheck disable=SC2086
diff 0 'json' v1 HEAD $facts --format json
same 'json is read' '1 moved' "$(python3 -c 'import json; d = json.load(open("'"$work"'/out")); print(d["effect"]["total"]["moved"]["actions"], [r["change"] for r in d["rules"] if r["change"] == "moved"][0])')"
diff 2 'too many days' HEAD --days 400
diff 4 'a store that is not there' HEAD --store none.db
has 'a store that is not there' 'none.db' "$work/err"
python3 "$here/effect.py" "$dun" "$work" >"$work/effect"
same 'the numbers, worked out again' 0 $?
grep -A2 FAILED "$work/effect"

# ---- the hook ----
git init -q -b main "$work/hooked" && cd "$work/hooked" || exit 1
cp "$docs/pre-commit" .git/hooks/pre-commit && chmod +x .git/hooks/pre-commit
export DUN=$dun
tries() { git add -A && git commit -qm "$1" >"$work/out" 2>&1; }
mkdir -p policies templates && printf 'Subject: x\n\nx\n' >templates/other.email.txt
printf 'ladder rest for invoices\n  at 5d  send email "{number} is open"\n' >policies/p.dun
tries good && ok || { bad 'the hook lets a good policy pass'; in_file "$work/out"; }
printf 'ladder rest for invoices\n at 5d send email "{number} is open"\n' >policies/p.dun
tries layout && bad 'the hook stops another layout' || has 'it says which' 'policies/p.dun' "$work/out"
printf 'ladder rest for invoices where amout > 5\n  at 5d  send email "{number} is open"\n' >policies/p.dun
tries error && bad 'the hook stops an error' || has 'it says what' 'E0112' "$work/out"
printf 'ladder rest for invoices\n  at 5d  send email template "none"\n' >policies/p.dun
tries template && bad 'the hook stops a template that is missing' || has 'it says which' 'E0401' "$work/out"
"$dun" fmt policies/p.dun >/dev/null
printf 'ladder rest for invoices\n  at 5d  send email "{number} is open"\n\ntest "nothing"\n  given invoice amount 10 due 2026-03-02\n  until 2026-04-01 expect nothing else\n' >policies/p.dun
"$dun" fmt policies/p.dun >/dev/null
tries tests && bad 'the hook stops a test that fails' || has 'it says which' 'nothing' "$work/out"
printf 'ladder rest for invoices\n  at 6d  send email "{number} is open"\n' >policies/p.dun && git add -A
printf 'broken\n' >policies/p.dun
git commit -qm staged >"$work/out" 2>&1 && ok || bad 'what is not about to be committed is not looked at'
git checkout -q . && echo plain >README && tries plain && ok || bad 'a commit without a policy is none of its business'
mkdir -p finance && git mv policies finance/ && git config dun.project finance && tries below && ok || { bad 'a project below'; in_file "$work/out"; }

# ---- the workflow ----
/usr/bin/python3 "$here/workflow.py" "$docs/dun-diff.yml" "$dun" "$work" >"$work/workflow"
same 'the workflow' 0 $?
grep FAILED "$work/workflow"
tally
