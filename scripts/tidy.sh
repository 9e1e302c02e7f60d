#!/usr/bin/env bash
# Layout, the rules of the house, and static analysis. Changes nothing; exit 1 when anything is found.
set -u
cd "$(dirname "$0")/.." || exit 2
bad=0
mapfile -t sources < <(git ls-files --cached --others --exclude-standard -- lang runtime stdlib tests scripts | grep -E '\.[ch]$' |
  while read -r f; do [ -f "$f" ] && echo "$f"; done)

if printf '%s\0' "${sources[@]}" | xargs -0 -P "$(nproc)" -n 16 clang-format --dry-run -Werror >/tmp/dun-format.$$ 2>&1; then
  echo "layout: ${#sources[@]} files as clang-format writes them"
else
  bad=1
  echo "layout: clang-format would change these (clang-format -i FILE):"
  grep -oE '^[^:]+:[0-9]+' /tmp/dun-format.$$ | cut -d: -f1 | sort | uniq -c | sort -rn | head -n 40
fi
rm -f /tmp/dun-format.$$

scripts/check_house.sh || bad=1

# Headers are checked through the files that include them. Generated ones must be there first: `make` makes them.
generated=${1:-build}/gen
if printf '%s\n' "${sources[@]}" | grep -E '^(lang|runtime|stdlib|scripts)/.*\.c$' |
  xargs -P "$(nproc)" -n 8 clang-tidy --quiet --extra-arg=-std=c17 --extra-arg=-D_GNU_SOURCE --extra-arg=-I. \
    --extra-arg=-I"$generated" $(pkg-config --cflags-only-I gmime-3.0 | sed 's/-I */--extra-arg=-isystem/g') >/tmp/dun-tidy.$$ 2>/dev/null; then
  echo "clang-tidy: nothing found"
else
  bad=1
  grep -E '(error|warning):' /tmp/dun-tidy.$$
fi
rm -f /tmp/dun-tidy.$$
exit $bad
