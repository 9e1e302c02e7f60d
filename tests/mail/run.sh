#!/usr/bin/env bash
# What comes back by e-mail, with a real mailbox (Dovecot) and a real mail server (aiosmtpd) on loopback: run.sh DUN. The last
# line is `N passed, M failed`.
set -u
dun=$(realpath "$1")
cd "$(dirname "$0")/../.." || exit 2
exec /usr/bin/python3 -W ignore tests/mail/mail.py "$dun" "${@:2}"
