# What runners share: `. checks.sh` after `set -u`, with the runner's own arguments (run.sh DUN). Owns `dun`, the folder
# `work`, which goes at the end, the counts, and the mail servers that were started.
#
#   same NAME EXPECTED GOT             same_file NAME EXPECTED GOT    two texts, two files
#   has|hasnt NAME TEXT FILE           matches|matches_not NAME REGEX FILE
#   mail_servers; port NAME            real SMTP servers on loopback, one a behaviour (tests/channel/server.py)
#   tally                              `N passed, M failed`, as the last command: false where a check failed
# shellcheck shell=bash
[ $# -ge 1 ] || { echo "usage: run.sh DUN" >&2; exit 2; }
# shellcheck disable=SC2034 # the runner uses it
dun=$(realpath "$1")
support=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
passed=0
failed=0
servers=

at_end() {
  [ -n "$servers" ] && exec 9>&- && wait "$servers" 2>/dev/null
  rm -rf "$work"
}
trap at_end EXIT

ok() { passed=$((passed + 1)); }
bad() {
  failed=$((failed + 1))
  echo "FAILED $1"
}
same() {
  if [ "$2" = "$3" ]; then ok; else bad "$1" && printf '  expected: %s\n  got:      %s\n' "$2" "$3"; fi
}
same_file() {
  if cmp -s "$2" "$3"; then ok; else bad "$1: - expected, + printed" && diff -u --label expected --label printed "$2" "$3"; fi
}
in_file() { sed 's/^/  | /' "$1"; }
has() { if grep -qF -- "$2" "$3"; then ok; else bad "$1: '$2' is not in $(basename "$3"):" && in_file "$3"; fi; }
hasnt() { if grep -qF -- "$2" "$3"; then bad "$1: '$2' is in $(basename "$3")"; else ok; fi; }
# What these look through may hold what is not to be shown.
matches() { if grep -qE -- "$2" "$3"; then ok; else bad "$1: '$2' is not in it"; fi; }
matches_not() { if grep -qE -- "$2" "$3"; then bad "$1: '$2' is in it"; else ok; fi; }
tally() {
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

# They keep what they receive in "$work", beside their certificate.
mail_servers() {
  (cd "$work" && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 \
    -addext 'subjectAltName=IP:127.0.0.1' -keyout key.pem -out cert.pem 2>/dev/null)
  mkfifo "$work/hold"
  /usr/bin/python3 -W ignore "$support/../channel/server.py" "$work" <"$work/hold" >"$work/ports" 2>/dev/null &
  servers=$!
  exec 9>"$work/hold"
  for _ in $(seq 100); do grep -q ready "$work/ports" && break; sleep 0.1; done
}
port() { awk -v n="$1" '$1 == n { print $2 }' "$work/ports"; }
