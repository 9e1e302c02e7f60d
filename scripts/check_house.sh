#!/usr/bin/env bash
# The rules of the house that a machine can check (docs/ARCHITECTURE.md): who may include whom, where the world is touched,
# sizes, folders, words. One line a rule that is broken, with the places; warnings for what is only long. The last line is
# `N passed, M failed`.
set -u
cd "$(dirname "$0")/.." || exit 2
passed=0
failed=0

mapfile -t files < <(git ls-files --cached --others --exclude-standard -- \
  grammar lang runtime stdlib tests scripts ':!grammar/editors/tree-sitter' | # in its tool's layout, mostly made by it
  grep -E '\.(c|h|re|y|def)$' | while read -r f; do [ -f "$f" ] && echo "$f"; done)
mapfile -t product < <(printf '%s\n' "${files[@]}" | grep -E '^(grammar|lang|runtime|stdlib)/')

# rule NAME: the places on standard input break it; none: it holds.
rule() {
  local found
  found=$(cat)
  if [ -z "$found" ]; then
    passed=$((passed + 1))
    return
  fi
  failed=$((failed + 1))
  echo "FAILED $1"
  printf '%s\n' "$found" | sed 's/^/  /'
}

# A file's lines as `file:line: text`, comments and string contents taken out.
code() {
  awk '
    FNR == 1 { inside = 0 }
    {
      line = $0; out = ""
      gsub(/\\./, "__", line)
      while (line != "") {
        if (inside) {
          p = index(line, "*/")
          if (!p) { line = ""; break }
          line = substr(line, p + 2); inside = 0
        } else if (match(line, /\/\*|\/\/|"[^"]*"/)) {
          kind = substr(line, RSTART, 2)
          out = out substr(line, 1, RSTART - 1)
          rest = substr(line, RSTART + RLENGTH)
          if (kind == "//") line = ""
          else if (kind == "/*") { inside = 1; line = rest }
          else { out = out "\"\""; line = rest }
        } else { out = out line; line = "" }
      }
      print FILENAME ":" FNR ": " out
    }' "$@"
}

# Folder, then the folders whose headers it may include beside its own. `lang/*` is every folder of lang.
layers() {
  cat <<'ROWS'
lang/base
lang/syntax      lang/base grammar
lang/check       lang/base lang/syntax
lang/analyse     lang/base lang/syntax lang/check lang/fmt
lang/fmt         lang/base lang/syntax lang/check
lang/query       lang lang/*
lang/code        lang/base lang/syntax lang/check
lang/vm          lang/base lang/syntax lang/check lang/code
lang             lang/*
grammar          lang/base lang/syntax
grammar/editors  lang/base grammar
runtime          lang/base
runtime/store    lang/base runtime
runtime/engine   lang lang/* runtime runtime/store
runtime/outbox   lang/base lang/check runtime runtime/store runtime/engine stdlib/channel stdlib/net stdlib/erp stdlib/documents
stdlib/documents lang/base lang/check runtime runtime/store stdlib/net stdlib/channel
runtime/serve    *
runtime/api      *
runtime/page     lang/base runtime
runtime/cli      *
runtime/lsp      *
runtime/wasm     *
stdlib/net       lang/base lang/check runtime
stdlib/channel   lang/base lang/check runtime runtime/store stdlib/net
stdlib/erp       lang/base lang/check runtime runtime/store stdlib/net
ROWS
}

includes() { grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "${product[@]}"; }

check_layers() {
  includes | while IFS=: read -r file line text; do
    name=${text#*\"}
    name=${name%%\"*}
    from=$(dirname "$file")
    if [ -f "$from/$name" ]; then to=$from; elif [ -f "$name" ]; then to=$(dirname "$name"); else continue; fi
    case $name in ../* | */../*) echo "$file:$line: includes $name by a relative path" ;; esac
    [ "$to" = "$from" ] && continue
    allowed=$(layers | awk -v f="$from" '$1 == f { $1 = ""; print "yes" $0 }')
    [ -z "$allowed" ] && { echo "$file:$line: the folder $from is not in the table of scripts/check_house.sh"; continue; }
    ok=no
    set -f
    for a in ${allowed#yes}; do
      # shellcheck disable=SC2254
      case $to in $a) ok=yes ;; esac
    done
    set +f
    [ $ok = yes ] || echo "$file:$line: $from may not include $to ($name)"
  done
}

check_system_headers() { # lang knows no operating system; its arena asks it for pages
  grep -HnE '#[[:space:]]*include[[:space:]]*<(time|unistd|fcntl|errno|signal|pthread|locale|sys/[a-z]+|curl/curl|jansson|sqlite3)\.h>' \
    $(printf '%s\n' "${product[@]}" | grep -E '^(lang|grammar)/') | grep -v '^lang/base/arena.c:[0-9]*:#include <sys/mman.h>$'
}

check_third_party() {
  for header in curl/curl.h git2.h gmime/gmime.h microhttpd.h openssl/evp.h openssl/crypto.h openssl/pem.h postgresql/libpq-fe.h sqlite3.h sodium.h png.h qrencode.h zlib.h; do
    users=$(grep -lE "#[[:space:]]*include[[:space:]]*<$header>" "${product[@]}" || true)
    # libcurl is HTTP, SMTP and IMAP: a file each, and one for what is the same of both kinds of mail servers.
    [ "$header" = curl/curl.h ] && users=$(printf '%s\n' "$users" | grep -vE '^stdlib/net/(net_[a-z]+|curl_mail)\.c$')
    # libgit2 reads a revision in one file, and the history and branches in another.
    [ "$header" = git2.h ] && users=$(printf '%s\n' "$users" | grep -vE '^runtime/world_git_[a-z]+\.c$')
    count=$(printf '%s' "$users" | grep -c . || true)
    [ "$count" -gt 1 ] && echo "<$header> is included by $(echo $users)"
    printf '%s\n' "$users" | grep -E '\.h$' | sed "s|\$|: a header includes <$header>|"
  done
}

check_world() {
  code $(printf '%s\n' "${product[@]}" | grep -vE '^runtime/world_(posix|run)\.c$|\.y$') |
    grep -E '[^A-Za-z0-9_>.](time|getenv|secure_getenv|fopen|socket|clock_gettime|gettimeofday|popen|system|getrandom|localtime|gmtime|mktime)\(' |
    grep -vE ':[0-9]+: [[:space:]]*#' | grep -vE '^stdlib/net/net_curl\.c:[0-9]+: .*return socket\(' # the address that it looked at
}

check_programs() { # another program is begun where its bounds are
  code $(printf '%s\n' "${product[@]}" | grep -vE '^runtime/world_run\.c$|\.y$') |
    grep -E '[^A-Za-z0-9_>.](v?fork|clone|exec[lv]p?e?|execvpe|posix_spawnp?)\('
}

check_secrets() {
  grep -HnE 'secret_reveal|only_by_reveal' "${product[@]}" | grep -vE '^stdlib/(net/(secret\.h|net_curl\.c|curl_mail\.c|sign\.c)|erp/sql_postgres\.c):'
}

check_words() {
  grep -HnwE 'TODO|FIXME|XXX|HACK' "${files[@]}" Makefile README.md docs/*.md 2>/dev/null | grep -v '^scripts/check_house'
}

check_depth() { printf '%s\n' "${product[@]}" | awk -F/ 'NF > 3 { print $0 ": deeper than two folders" }'; }

check_paths() {
  grep -HnE '(^|[^A-Za-z0-9_.])/(work|root|home)/' "${files[@]}" Makefile README.md CHANGELOG.md docs/*.md examples/*/*.md scripts/*.sh tests/*.mk 2>/dev/null |
    grep -v '^scripts/check_house'
}

# Function lengths: from a line in column 1 that ends with `{` to the `}` in column 1.
lengths() {
  awk -v file_max="$1" -v function_max="$2" '
    function report_file() { if (name != "" && lines > file_max) print name ": " lines " lines" }
    FNR == 1 { report_file(); name = FILENAME; begun = 0 }
    { lines = FNR }
    /^[A-Za-z_].*\)[^;]*\{$/ && !/^(typedef|struct|enum|union)[^(]*$/ { begun = FNR; head = $0 }
    /^[ ].*\) \{$/ && !begun && previous ~ /^[A-Za-z_][^;={}]*[,(]$/ { begun = FNR; head = previous }
    /^}/ && begun {
      if (FNR - begun + 1 > function_max) print name ":" begun ": " FNR - begun + 1 " lines: " substr(head, 1, 70)
      begun = 0
    }
    { previous = $0 }
    END { report_file() }' $(printf '%s\n' "${files[@]}" | grep -vE '\.def$|^tests/.*/unicode')
}

rule "a sentence is translated once" < <(cat runtime/cli/texts*.def | grep -oE '^SAID\("([^"\\]|\\.)*"' | sort | uniq -d)
rule "a folder includes only what the table of docs/ARCHITECTURE.md allows" < <(check_layers)
rule "lang includes no header of the operating system or of a third party" < <(check_system_headers)
rule "one third-party header, one .c file" < <(check_third_party)
rule "clock, environment, files and sockets only in runtime/world_posix.c and world_run.c" < <(check_world)
rule "other programs are begun only in runtime/world_run.c" < <(check_programs)
rule "no file over 700 lines, no function over 120" < <(lengths 700 120)
rule "no word for work left undone" < <(check_words)
rule "two folders deep, no deeper" < <(check_depth)
rule "no path of one machine" < <(check_paths)
rule "a secret is revealed where it is handed over (stdlib/net/net_curl.c, curl_mail.c, stdlib/erp/sql_postgres.c), or becomes a signature or a secret again (sign.c), and nowhere else" < <(check_secrets)
rule "SQL by prepared statements only, built from no value" < <(scripts/check_sql.py 2>&1)
rule "the rule for SQL finds what it should" < <(scripts/check_sql.py --self-test 2>&1)
long=$(lengths 500 70)
[ -z "$long" ] || printf 'long (more than 500 lines a file, 70 a function): a sign that a noun is missing\n%s\n' "$(printf '%s\n' "$long" | sed 's/^/  /')"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
