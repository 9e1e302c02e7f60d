#!/usr/bin/env bash
# A PostgreSQL server of a test's own on loopback: a new, empty cluster whose writes are not waited for, gone at the end.
# PostgreSQL refuses root: started by root it runs as `postgres`, which its package makes, or as `nobody`. Its data are in a
# folder of that user's own, whose path FOLDER keeps; so FOLDER may be one that only the test can read.
#   postgres.sh start FOLDER PORT   prints the address for it, postgresql://dun:PASSWORD@127.0.0.1:PORT, when it answers;
#                                   PORT 0: a free one. User `dun` may do all; append /DATABASE (`postgres` is there)
#   postgres.sh restart FOLDER      as its machine would: connections are cut
#   postgres.sh socket FOLDER       prints the folder of its socket, where no password is asked for
#   postgres.sh stop FOLDER         ends it, every connection with it, and removes its data
set -u
self=$(realpath "$0")
usage() { sed -n '5,9s/^#  *//p' "$self" >&2; exit 2; }
cd / || exit 2 # a folder that its user may be in
case ${2:-} in '') usage ;; /*) folder=$2 ;; *) folder=$OLDPWD/$2 ;; esac
programs=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
password=dun-test

as_user() {
  if [ "$(id -u)" -ne 0 ]; then "$@"; else runuser -u "$(id -un postgres 2>/dev/null || echo nobody)" -- "$@"; fi
}
pg() { as_user "$programs/$1" "${@:2}" 9>&-; }
free_port() { python3 "$(dirname "$self")/free_port.py"; }

settings() {
  cat <<EOT
listen_addresses = '127.0.0.1'
port = $1
unix_socket_directories = '$data'
max_connections = 40
shared_buffers = 32MB
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
jit = off
EOT
}

start() {
  [ -x "$programs/initdb" ] || { echo "postgres: it is not installed: scripts/setup.sh test does that" >&2; exit 1; }
  port=$1
  [ "$port" = 0 ] && port=$(free_port)
  mkdir -p "$folder" || exit 2
  data=$(as_user mktemp -d /tmp/dun-postgres.XXXXXX) || exit 1
  echo "$data" >"$folder/postgres.data"
  echo "$password" | as_user tee "$data/password" >/dev/null
  pg initdb -D "$data/cluster" -U dun --pwfile="$data/password" --auth-local=trust \
    --auth-host=scram-sha-256 -E UTF8 --locale=C.UTF-8 --no-sync --no-instructions >"$folder/postgres.log" 2>&1 &&
    settings "$port" | as_user tee -a "$data/cluster/postgresql.conf" >/dev/null &&
    pg pg_ctl -D "$data/cluster" -l "$data/log" -w -t 120 start >>"$folder/postgres.log" 2>&1 </dev/null && {
    echo "postgresql://dun:$password@127.0.0.1:$port"
    exit 0
  }
  tail -n 5 "$folder/postgres.log" "$data/log" >&2
  stop
  echo "postgres: it does not answer at port $port" >&2
  exit 1
}

stop() {
  data=$(cat "$folder/postgres.data" 2>/dev/null) || exit 0
  pg pg_ctl -D "$data/cluster" -m immediate -w stop >/dev/null 2>&1
  rm -rf "$data" "$folder/postgres.data"
}

case $1 in
start) [ $# -eq 3 ] || usage; start "$3" ;;
restart) data=$(cat "$folder/postgres.data") && pg pg_ctl -D "$data/cluster" -l "$data/log" -m fast -w restart >/dev/null </dev/null ;;
socket) cat "$folder/postgres.data" ;;
stop) stop ;;
*) usage ;;
esac
