#!/usr/bin/env bash
# A validating mock server for a vendor's API description: Prism (npm: @stoplight/prism-cli), in the version of
# tests/apis/package-lock.json. It answers on loopback with the description's examples, and with 4xx what does not fit it.
#   prism.sh install          installs it once, quiet when it is there
#   prism.sh start FILE PORT  prints its process id when it listens; PORT 0: a free one, printed behind the id
#   prism.sh stop PID         ends it and waits for its end
#   prism.sh log PID          what it said so far
# It is kept in $DUN_PRISM (default build/prism). Exit 77: it cannot be had here (no node, no network): a test is skipped.
set -u
cd "$(dirname "$0")/../.." || exit 2
home=${DUN_PRISM:-${B:-build}/prism}
mkdir -p "$home/log" || exit 2
home=$(realpath "$home")
server=$home/node_modules/@stoplight/prism-cli/dist/index.js
node=$(command -v node || command -v nodejs || true)

install() { tests/support/npm.sh tests/apis "$home"; }

free_port() { python3 tests/support/free_port.py; }

# One try: the id when it listens; 1: it ended, so perhaps another port is better; 2: it does not listen.
try() {
  log=$(mktemp "$home/log/new.XXXXXX")
  setsid "$node" "$server" mock -h 127.0.0.1 -p "$2" "$1" >"$log" 2>&1 </dev/null 9>&- &
  pid=$!
  mv "$log" "$home/log/$pid"
  for _ in $(seq 3000); do
    grep -q 'Prism is listening' "$home/log/$pid" && return 0
    kill -0 "$pid" 2>/dev/null || return 1
    sleep 0.1
  done
  kill "$pid" 2>/dev/null
  return 2
}

start() {
  [ -r "$1" ] || { echo "prism: no such description: $1" >&2; exit 2; }
  for _ in 1 2 3; do
    port=$2
    [ "$port" = 0 ] && port=$(free_port)
    try "$1" "$port"
    case $? in
    0)
      [ "$2" = 0 ] && echo "$pid $port" || echo "$pid"
      exit 0
      ;;
    2) break ;;
    esac
    [ "$2" = 0 ] || break
  done
  sed 's/^/prism: /' "$home/log/$pid" | tail -n 12 >&2
  echo "prism: it does not listen at port $port" >&2
  exit 1
}

stop() {
  kill "$1" 2>/dev/null
  for _ in $(seq 100); do
    kill -0 "$1" 2>/dev/null || break
    sleep 0.1
  done
  kill -9 "$1" 2>/dev/null
  rm -f "$home/log/$1"
}

case ${1:-} in
install) install ;;
start)
  [ $# -eq 3 ] || { echo "usage: prism.sh start FILE PORT" >&2; exit 2; }
  install || exit $?
  start "$2" "$3"
  ;;
stop) stop "$2" ;;
log) cat "$home/log/$2" ;;
*)
  echo "usage: prism.sh install | start FILE PORT | stop PID | log PID" >&2
  exit 2
  ;;
esac
