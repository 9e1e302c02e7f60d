#!/usr/bin/env bash
# The editors' grammars: run.sh DUN. Their generated files are as the keywords make them now; the tree-sitter grammar reads
# its corpus and every program of the repository that compiles; the TextMate grammar colours sentences of three languages;
# the extension is packed by vsce. What needs npm is skipped where that cannot be had.
set -u
cd "$(dirname "$0")/../.." || exit 2
# shellcheck source=tests/support/checks.sh
. tests/support/checks.sh
built=$(dirname "$dun")
tree=grammar/editors/tree-sitter
code=grammar/editors/vscode

# The two programs of this runner count themselves.
counted() {
  "$@" >"$work/counted"
  grep -v ' passed, ' "$work/counted"
  read -r good _ wrong _ <<<"$(tail -n 1 "$work/counted")"
  passed=$((passed + good))
  failed=$((failed + wrong))
}

# ---- what is made of the keywords ----
"$built/editor_words" trie >"$work/words.h"
current() { if cmp -s "$1" "$2"; then ok; else bad "$1 is not what is made now: make editors"; fi; }
current $tree/src/words.h "$work/words.h"
"$built/editor_words" json | "$(command -v node || command -v nodejs)" grammar/editors/textmate.js >"$work/grammar.json"
current $code/syntaxes/dun.tmLanguage.json "$work/grammar.json"

# ---- tree-sitter ----
cc -std=gnu17 -O1 -g1 -fsanitize=address,undefined -I$tree/src -o "$work/corpus" tests/editors/corpus.c $tree/src/parser.c \
  $tree/src/scanner.c -ltree-sitter || exit 2
counted "$work/corpus" trees $tree/test/corpus/*.txt
programs=()
for program in examples/*/*.dun stdlib/templates/new/*/*.dun tests/conformance/*/*.dun tests/lang/{check,fmt,parse,analyse}/{.,good}/*.dun; do
  [ -f "$program" ] && programs+=("$program")
done
counted "$work/corpus" clean "${programs[@]}"
if command -v tree-sitter >/dev/null; then
  cp -r $tree "$work/again"
  (cd "$work/again" && tree-sitter generate --abi 14 >/dev/null 2>&1)
  current $tree/src/grammar.json "$work/again/src/grammar.json"
fi

# ---- Visual Studio Code ----
tools=${DUN_EDITOR_TOOLS:-${B:-build}/editor-tools}
if tests/support/npm.sh tests/editors "$tools"; then
  bin=$(realpath "$tools")/node_modules/.bin
  for sentences in tests/editors/textmate/*.dun.test; do
    if "$bin/vscode-tmgrammar-test" -g $code/syntaxes/dun.tmLanguage.json "$sentences" >"$work/colours" 2>&1; then ok; else
      bad "colours of $(basename "$sentences")"
      in_file "$work/colours"
    fi
  done
  cp -r $code "$work/vscode"
  if tests/support/npm.sh $code "$tools/vscode"; then
    cp -r "$tools/vscode/node_modules" "$work/vscode/"
    (cd "$work/vscode" && "$bin/vsce" package --skip-license --allow-missing-repository -o ../dun.vsix) >"$work/packed" 2>&1
    status=$?
    same "vsce: exit status" 0 $status
    [ $status -eq 0 ] || in_file "$work/packed"
    python3 -m zipfile -l "$work/dun.vsix" >"$work/files"
    for file in extension.js package.json syntaxes/dun.tmLanguage.json language-configuration.json \
      node_modules/vscode-languageclient/node.js; do
      has "packed" "extension/$file " "$work/files"
    done
  fi
else
  echo "skipped: what npm installs (vsce, the TextMate engine)"
fi
tally
