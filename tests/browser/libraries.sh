#!/usr/bin/env bash
# The libraries that runtime/page keeps a copy of are as npm has them: libraries.sh NODE_MODULES compares, quiet when all is well;
# libraries.sh NODE_MODULES --write makes the copies anew, after a change of tests/browser/package.json.
# A copy is the package's file of ES modules with a line before it that names it and its licence, and with the name of the other
# library that it imports as a path (a browser knows no packages).
set -u
cd "$(dirname "$0")/../.." || exit 2
modules=$1
node=$(command -v node || command -v nodejs)
value() { "$node" -p "require('$modules/$1/package.json').$2"; }

# COPY PACKAGE FILE
made() {
  printf '/* %s %s, %s: %s of the npm package, as it is but for its import. See lib_licences.txt. */\n' \
    "$2" "$(value "$2" version)" "$(value "$2" license)" "$3"
  sed 's#from"preact"#from"./lib_preact.js"#g; /^\/\/# sourceMappingURL=/d' "$modules/$2/$3"
}
status=0
while read -r copy package file; do
  if [ "${2:-}" = --write ]; then
    made "$copy" "$package" "$file" >"runtime/page/$copy"
  elif ! made "$copy" "$package" "$file" | diff -q - "runtime/page/$copy" >/dev/null; then
    echo "runtime/page/$copy is not $file of $package $(value "$package" version)"
    status=1
  fi
done <<'ROWS'
lib_preact.js preact dist/preact.module.js
lib_hooks.js preact hooks/dist/hooks.module.js
lib_htm.js htm dist/htm.module.js
ROWS
exit $status
