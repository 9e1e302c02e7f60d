#!/usr/bin/env bash
# A Dovecot of a test's own on loopback: one user `finance`, password `s3cret-word`, whose mail is the Maildir FOLDER/mail; gone
# at the end. It needs no root: started by root it runs as `nobody`, whose folder FOLDER then is.
#   dovecot.sh start FOLDER [CERT KEY]  prints the port of IMAP and the port of IMAPS (0: without CERT) when it answers. The
#                                       folder is made; further users: `name:{PLAIN}password::::::` in FOLDER/users
#   dovecot.sh stop FOLDER              ends it
set -u
usage() { sed -n '4,7s/^#  *//p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
folder=$2
case $folder in /*) ;; *) folder=$PWD/$folder ;; esac
as_user() {
  if [ "$(id -u)" -ne 0 ]; then exec "$@"; else exec setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups -- "$@"; fi
}
free_port() { python3 "$(dirname "$0")/free_port.py"; }

start() {
  command -v dovecot >/dev/null || [ -x /usr/sbin/dovecot ] || { echo "dovecot: it is not installed: scripts/setup.sh test does that" >&2; exit 1; }
  user=$(id -un) group=$(id -gn)
  [ "$(id -u)" -ne 0 ] || { user=nobody; group=$(id -gn nobody); }
  port=$(free_port)
  tls_port=0
  ssl="ssl = no"
  mkdir -p "$folder/mail/cur" "$folder/mail/new" "$folder/mail/tmp" "$folder/run" || exit 2
  listener="inet_listener imaps {
    port = 0
  }"
  if [ -n "${3:-}" ]; then
    tls_port=$(free_port)
    cp "$3" "$folder/cert.pem"
    cp "$4" "$folder/key.pem"
    ssl="ssl = yes
ssl_cert = <$folder/cert.pem
ssl_key = <$folder/key.pem"
    listener="inet_listener imaps {
    address = 127.0.0.1
    port = $tls_port
    ssl = yes
  }"
  fi
  echo 'finance:{PLAIN}s3cret-word::::::' >"$folder/users"
  cat >"$folder/dovecot.conf" <<EOT
protocols = imap
listen = 127.0.0.1
base_dir = $folder/run
state_dir = $folder/run
log_path = $folder/log
default_login_user = $user
default_internal_user = $user
default_internal_group = $group
first_valid_uid = 1
disable_plaintext_auth = no
auth_failure_delay = 0 secs
auth_mechanisms = plain login xoauth2 oauthbearer
mail_location = maildir:$folder/mail
$ssl
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%u $folder/users
}
userdb {
  driver = static
  args = uid=$user gid=$group home=$folder
}
service imap-login {
  chroot =
  process_min_avail = 1
  inet_listener imap {
    address = 127.0.0.1
    port = $port
  }
  $listener
}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
EOT
  [ "$(id -u)" -ne 0 ] || chown -R "$user" "$folder"
  as_user /usr/sbin/dovecot -F -c "$folder/dovecot.conf" >"$folder/out" 2>&1 </dev/null &
  echo $! >"$folder/pid"
  for _ in $(seq 100); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && { echo "$port $tls_port"; exit 0; }
    kill -0 "$(cat "$folder/pid")" 2>/dev/null || break
    sleep 0.1
  done
  cat "$folder/out" "$folder/log" >&2 2>/dev/null
  echo "dovecot: it does not answer at port $port" >&2
  exit 1
}

case $1 in
start) start "$@" ;;
stop)
  pid=$(cat "$folder/pid" 2>/dev/null) || exit 0
  kill "$pid" 2>/dev/null
  for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || exit 0; sleep 0.05; done
  ;;
*) usage ;;
esac
