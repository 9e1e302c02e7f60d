#!/usr/bin/env bash
# Installs the Debian 12 packages that are missing, naming each and why; quiet when nothing is.
# setup.sh: what building and running needs. setup.sh test: also what the tests need. setup.sh tidy: also the linters. setup.sh bench:
# what the tests need, and what `make bench` is compared with. setup.sh soak: and what `make soak` is.
set -eu
what=${1:-build}

# package, then why. One row a package; the groups add up: build, test, then tidy or bench.
needs() {
  cat <<'ROWS'
gcc                   the C17 compiler
libc6-dev             the C library's headers
make                  runs the build
re2c                  makes the lexer from grammar/lexer.re
lemon                 makes the parser from grammar/parser.y
libcurl4-openssl-dev  SMTP and TLS
libsqlite3-dev        the store
libpq-dev             PostgreSQL, of `connect erp sql`
libmicrohttpd-dev     the HTTP server of `dun serve`: webhooks in
libgmime-3.0-dev      reads the e-mail that comes back (MIME)
pkgconf               where that library's headers are
libssl-dev            SHA-256 of the audit log (libcrypto)
libsodium-dev         passwords of people: Argon2id
libqrencode-dev       the QR code of a Pix
libpng-dev            that QR code as a picture (PNG)
zlib1g-dev            the page goes to browsers as gzip
libgit2-dev           revisions of a policy, of `dun diff`
ca-certificates       verifies the mail server's certificate
tzdata                a policy's timezone; needed at run time too
ROWS
  [ "$what" = build ] && return
  cat <<'ROWS'
libcmocka-dev         unit tests
python3               runs the documentation's examples
python3-yaml          reads the workflow of docs/reviewing
python3-aiosmtpd      a real SMTP server on loopback for the e-mail tests
zxing-cpp-tools       reads the QR codes of messages back (ZXingReader)
openssl               the certificate of that server
weasyprint            makes the PDFs of documents (at run time: where a policy has documents)
poppler-utils         reads the text of those PDFs back
dovecot-imapd         a real mailbox on loopback for the tests of what comes back by e-mail
git                   histories for the tests of `dun diff`
nodejs                runs the mock server of vendors' API descriptions (tests/support/prism.sh)
npm                   installs that server into the build folder, and what packs the editors' extension
chromium              the browser that the tests of the page drive
libtree-sitter-dev    runs the tree-sitter grammar of the editors
sqlite3               the import that `make bench` is compared with
postgresql-15         a real PostgreSQL server for the tests (tests/support/postgres.sh)
tryton-server         a real ERP for the tests of `connect erp tryton`
tryton-modules-account-invoice  its invoices
python3-psycopg2      how it speaks to PostgreSQL
clang                 the fuzz harnesses (libFuzzer)
libclang-rt-14-dev    libFuzzer itself
ROWS
  [ "$what" = test ] && return
  [ "$what" = soak ] && echo 'z3                    what the analysis of conditions is compared with' && return
  [ "$what" = bench ] && echo 'postfix               smtp-sink and smtp-source, of `make bench`: neither needs its service' && return
  cat <<'ROWS'
clang-format          the layout of the sources
clang-tidy            static analysis
ROWS
}

case $what in
build | test | soak | tidy | bench) ;;
*)
  echo "usage: scripts/setup.sh [build|test|soak|tidy|bench]" >&2
  exit 2
  ;;
esac

if ! command -v dpkg-query >/dev/null; then
  echo "setup: this is not Debian; the names of what is needed there, with the reason:" >&2
  needs >&2
  exit 0
fi

missing=()
reasons=()
while read -r package why; do
  status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] && continue
  case $package in nodejs | npm) command -v "${package%js}" >/dev/null && continue ;; esac # from elsewhere: as good
  missing+=("$package")
  reasons+=("$(printf '  %-22s%s' "$package" "$why")")
done < <(needs)
[ ${#missing[@]} -eq 0 ] && exit 0

echo "setup: missing here:"
printf '%s\n' "${reasons[@]}"
if [ "$(id -u)" -ne 0 ]; then
  echo "setup: not root, so nothing was installed. Run this, then try again:" >&2
  echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
# The tests make clusters of their own: PostgreSQL's package need not make and start one on this machine.
no_cluster=
case " ${missing[*]} " in *" postgresql-15 "*) no_cluster=/etc/postgresql-common/createcluster.d/dun-setup.conf ;; esac
trap 'rm -f "$log" $no_cluster' EXIT
[ -z "$no_cluster" ] || { mkdir -p "${no_cluster%/*}" && echo 'create_main_cluster = false' >"$no_cluster"; }
install() { apt-get install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1; }
echo "setup: installing with apt-get..."
# Package lists may be absent or old: the update is made only when the first try fails.
install || { apt-get update >"$log" 2>&1 && install; } || {
  tail -n 15 "$log" >&2
  echo "setup: apt-get could not install: ${missing[*]}" >&2
  exit 4
}
echo "setup: done."
