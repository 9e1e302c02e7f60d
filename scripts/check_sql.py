#!/usr/bin/python3
"""Prepared statements only: nothing that a user wrote is ever part of an SQL text. Every SQL text of runtime/store is a literal,
a constant, or is put together by the few builders below out of tables of names and numbers. Prints what is not, as
`file:line: text`; `--self-test` shows that each rule finds its mistake."""
import glob
import re
import sys
import types

# Where a text is built: and from what alone. Anything else in an argument of theirs is a finding.
BUILDERS = {
    "runtime/store/scan.c": {"sql", "c", "store_column_sql", "store_table_name", "q", "table", "where", "where_count", "op", "op_sql", "order_sql",
                             "part", "i", "s", "store_focus_sql", "sizeof", "size_t", "text"},
    "runtime/store/write.c": {"t", "w", "table", "store_table_name", "batch_at", "custom_at", "repeat_at", "stored_name", "placeholder",
                              "i", "name", "at", "key", "out", "sizeof"},
    "runtime/store/sqlite.c": {"sql", "sizeof", "APPLICATION_ID", "version"},
    # `connect erp sql`: the query itself is what a person wrote into its file, for a database of their own; values are bound.
    "stdlib/erp/sql.c": {"SLICE_ARG", "q", "text"},
    "stdlib/erp/sql_sqlite.c": {"sql"},
}
# A parameter called `sql` makes its function one that takes SQL: its own callers are looked at in the same way.
SINK = re.compile(r"^(static )?[\w *]*\b(\w+)\(([^()]*)const char \*(?:const \*)?sql\b", re.M)
SQL = re.compile(r'^"\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|PRAGMA|CREATE|DROP|ALTER|ATTACH|VACUUM|WITH|BEGIN)\b')
FORMATS = {"snprintf": 2, "sprintf": 1, "vsnprintf": 2, "arena_printf": 1, "asprintf": 1, "add": 1}
LITERAL = re.compile(r'^("([^"\\]|\\.)*"|CACHE_\w+|\s)+$')
CONSTANT = re.compile(r"^[A-Z][A-Z0-9_]*(\[[^\]]*\])?(\.sql)?$")
STRING = re.compile(r'"([^"\\]|\\.)*"')
DEFINE = re.compile(r"^#define[ \t]+(\w+)(\(([^()]*)\))?[ \t]+((?:.*\\\n)*.*)$", re.M)


def without_comments(text):
    keep = lambda m: m.group(0) if m.group(0).startswith('"') else re.sub(r"[^\n]", " ", m.group(0))
    return re.sub(r'"([^"\\]|\\.)*"|/\*.*?\*/|//[^\n]*', keep, text, flags=re.S)


def calls(text, name):
    """(offset, arguments) of each call of a function; strings are not looked into."""
    for m in re.finditer(r"(?<![\w.>])%s\(" % re.escape(name), text):
        depth, at, start, out, quoted = 1, m.end(), m.end(), [], False
        while depth and at < len(text):
            c = text[at]
            if c == '"' and text[at - 1] != "\\":
                quoted = not quoted
            elif not quoted and c in "([{":
                depth += 1
            elif not quoted and c in ")]}":
                depth -= 1
            if not quoted and ((c == "," and depth == 1) or depth == 0):
                out.append(" ".join(text[start:at].split()))
                start = at + 1
            at += 1
        yield m.start(), out


BUILT = re.compile(r"^(sql|t)(\.|->)text$")


def literal_macros(texts):
    """The macros whose texts are literals, other such macros and their own parameters, and nothing else."""
    bodies = {m.group(1): (set(re.findall(r"\w+", m.group(3) or "")), m.group(4)) for t in texts for m in DEFINE.finditer(t)}
    good = set()
    while True:
        more = {n for n, (own, body) in bodies.items()
                if n not in good and '"' in body and not set(re.findall(r"[^\s\\]+", re.sub(r"[#(),]", " ", STRING.sub(" ", body)))) - own - good}
        if not more:
            return good
        good |= more


def only_literals(text, macros):
    """Literals and such macros, side by side; a macro's own arguments are literals too."""
    rest = STRING.sub('""', text)
    names = "|".join(sorted(map(re.escape, macros), key=len, reverse=True)) or "(?!)"
    rest = re.sub(r"\b([A-Z]\w*\((%s)\)|(%s)\b)" % (names, names), "", rest)  # LIST(MACRO): a row of such texts each
    return bool(text.strip()) and not re.sub(r'""|[\s(),]', "", rest)


def cells_of(body):
    """What an initializer holds, without braces and designators."""
    flat = re.sub(r"\[[^\]]*\]\s*=|[{}]|^#.*$", " ", body, flags=re.M)
    return [c.strip() for c in re.split(r',(?=(?:[^"]*"[^"]*")*[^"]*$)(?![^()]*\))', flat.replace('\\"', "")) if c.strip() and c.strip() != "NULL"]


def literal_tables(text, macros):
    """Arrays of the file, and whether they hold nothing but such texts."""
    good = {}
    for m in re.finditer(r"\bconst char \*const (\w+)((\[[^\]]*\])+) = \{(.*?)\};", text, re.S):
        good[m.group(1)] = all(fixed(" ".join(c.split()), False, macros) for c in cells_of(m.group(4)))
    return good


def fixed(argument, builder=False, macros=frozenset(), tables=types.MappingProxyType({})):
    """A literal, a constant, what a builder built; one or the other of them."""
    table = re.sub(r"(\[[^\]]*\])+$", "", argument)
    if table in tables:
        return tables[table]
    if only_literals(argument, macros):
        return True
    if argument == "NULL" or LITERAL.match(argument) or CONSTANT.match(argument) or (builder and BUILT.match(argument)):
        return True
    m = re.match(r'^[^"?]*\?(.*)$', argument)
    if not m:
        return False
    parts = re.split(r':(?=(?:[^"]*"[^"]*")*[^"]*$)', m.group(1))
    return len(parts) == 2 and all(fixed(p.strip(), builder, macros, tables) for p in parts)


def words(argument):
    return set(re.findall(r"[A-Za-z_]\w*", re.sub(r'"([^"\\]|\\.)*"', "", argument)))


def findings(files):
    texts = {f: without_comments(t) for f, t in files.items()}
    everywhere, own = {}, {f: {} for f in texts}
    for file, text in texts.items():
        for m in SINK.finditer(text):
            (own[file] if m.group(1) else everywhere)[m.group(2)] = m.group(3).count(",")
    shared = [t for f, t in texts.items() if f.endswith(".h")]
    for file, text in texts.items():
        macros = literal_macros(shared + [text])
        tables = literal_tables(text, macros)
        line = lambda offset: "%s:%d" % (file, text.count("\n", 0, offset) + 1)
        for m in re.finditer(r"\bsqlite3_(exec|prepare\w*|get_table)\(", text):
            if file != "runtime/store/sqlite.c":
                yield "%s: SQLite is asked past runtime/store/sqlite.c" % line(m.start())
        for name, at in {**everywhere, **own[file]}.items():
            for offset, arguments in calls(text, name):
                if len(arguments) <= at or re.search(r"const char \*(const \*)?sql", arguments[at]):
                    continue
                a = arguments[at]
                if fixed(a, file in BUILDERS, macros, tables) or re.match(r"sql(\[\w+\])?$", a):  # a sink's own parameter, or a text built here: looked at below
                    if not re.search(r"const char \*sql\b" if a == "sql" else r"const char \*const \*sql\b", text) and not fixed(a, False, macros, tables) and file not in BUILDERS:
                        yield "%s: an SQL text of unknown origin: %s" % (line(offset), a)
                    continue
                if re.match(r"^store_schema\[\w+\]\.text$|^STEPS\[i\]\.sql$", a):
                    continue
                yield "%s: the SQL text of %s is no literal: %s" % (line(offset), name, a)
        for name, at in FORMATS.items():
            for offset, arguments in calls(text, name):
                builds = file in BUILDERS and name == "add"
                if len(arguments) <= at or not (builds or SQL.match(arguments[at])) or "const char *" in arguments[at]:
                    continue
                odd = set().union(*(words(a) for a in arguments[at if builds else at + 1:])) - BUILDERS.get(file, set())
                if odd:
                    yield "%s: an SQL text is built from values: %s" % (line(offset), ", ".join(sorted(odd)))


def self_test():
    head = "store_code db_prepare(db *d, const char *sql, db_stmt **out);\n"
    bad = ['void f(void) { db_prepare(d, name, &q); }',
           'void f(void) { db_prepare(d, all ? "SELECT 1" : name, &q); }',
           'void f(void) { char x[9]; snprintf(x, sizeof x, "DELETE FROM customer WHERE id = \'%s\'", id); }',
           'void f(void) { slice x = arena_printf(a, "SELECT %.*s", SLICE_ARG(name)); }',
           'void f(void) { sqlite3_exec(h, "SELECT 1", NULL, NULL, NULL); }',
           '#define WHERE " WHERE a = " NAME\nvoid f(void) { db_prepare(d, "SELECT 1" WHERE, &q); }',
           '#define OF(x) " WHERE a = " x\nvoid f(void) { db_prepare(d, "SELECT 1" OF(name), &q); }',
           'void f(void) { const char *const sql[] = {"SELECT 1", name}; db_prepare(d, sql[i], &q); }',
           'store_code g(store *s, const char *const *sql) { return db_prepare(s->d, sql[i], &q); }\nvoid f(void) { g(s, names); }',
           'static const char *const T[] = {"SELECT 1", name};\nvoid f(void) { db_prepare(d, T[i], &q); }',
           'store_code g(store *s, const char *sql) { return db_prepare(s->d, sql, &q); }\nvoid f(void) { g(s, user.p); }']
    good = ['void f(void) { db_prepare(d, "SELECT 1 WHERE a = ?1", &q); }',
            'void f(void) { db_prepare(d, all ? "SELECT 1" : "SELECT 2, :x", &q); }',
            'void f(void) { db_prepare(d, FIND_OPEN[what], &q); }',
            '#define ONE "1"\n#define OF(x) " WHERE a = " x ONE\nvoid f(void) { db_prepare(d, "SELECT 1" OF("b"), &q); }',
            'static const char *const t[2][2] = {[0] = {"SELECT 1", "SELECT" " 2"}};\nvoid f(void) { db_prepare(d, t[i][k], &q); }',
            'void f(void) { snprintf(x, n, "the store %s cannot be read", name); }']
    missed = [c for c in bad if not list(findings({"runtime/store/x.c": head + c}))]
    wrong = [(c, list(findings({"runtime/store/x.c": head + c}))) for c in good if list(findings({"runtime/store/x.c": head + c}))]
    built = {"runtime/store/scan.c": 'static void add(sql_text *t, const char *p);\nvoid f(void) { add(sql, q->name.p); }'}
    if not list(findings(built)):
        missed.append("a builder that takes a value")
    for m in missed:
        print("not found: %s" % m)
    for w in wrong:
        print("found, but it is fine: %s" % (w,))
    return bool(missed or wrong)


if sys.argv[1:] == ["--self-test"]:
    sys.exit(self_test())
bad = sorted(findings({f: open(f, encoding="utf-8").read() for f in glob.glob("runtime/*/*.[ch]") + glob.glob("stdlib/*/*.[ch]")}))
print("\n".join(bad), end="\n" if bad else "")
sys.exit(bool(bad))
