-- The store, version 14: people who work on the page, their sessions, one-time links and tries to log in; who looked at personal
-- data; the audit log found by kind, actor, subject and time. Run after schema_13.sql.

-- `login` in lower case; it stands in the audit log, and is never given to another. `password`: Argon2id as libsodium writes it; NULL:
-- none was set. `issuer` and `subject`: of an OpenID provider that knows this person. `version` grows with each change.
CREATE TABLE person (
  id INTEGER PRIMARY KEY,
  login TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  role TEXT NOT NULL,
  lang TEXT NOT NULL,
  password TEXT,
  issuer TEXT,
  subject TEXT,
  disabled INTEGER NOT NULL DEFAULT 0,
  made_at INTEGER NOT NULL,
  made_by TEXT NOT NULL,
  password_at INTEGER,
  seen_at INTEGER,
  version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE UNIQUE INDEX person_email ON person (lower(email)) WHERE email <> '';
CREATE UNIQUE INDEX person_subject ON person (issuer, subject) WHERE subject IS NOT NULL;
CREATE INDEX person_admin ON person (id) WHERE role = 'admin' AND disabled = 0;

-- `token`: SHA-256 of what the cookie holds. `way`: how it began; `agent`: the browser, in two words.
CREATE TABLE person_session (
  id INTEGER PRIMARY KEY,
  token BLOB NOT NULL UNIQUE,
  person INTEGER NOT NULL REFERENCES person (id),
  way TEXT NOT NULL,
  agent TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL
) STRICT;
CREATE INDEX person_session_person ON person_session (person);
CREATE INDEX person_session_ends ON person_session (ends_at);

-- `token`: SHA-256 of what the link holds; `person` NULL: of the first one, whom nobody invited.
CREATE TABLE person_link (
  token BLOB PRIMARY KEY,
  person INTEGER REFERENCES person (id),
  made_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX person_link_person ON person_link (person);

-- Tries to log in that failed. `key`: SHA-256, keyed, of a login, of an address, of both, or of a browser that is known.
CREATE TABLE login_try (
  key BLOB PRIMARY KEY,
  failures INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  wait_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX login_try_last ON login_try (last_at);

-- Who looked at whose personal data, once a day. `what` and `row`: a customer's or an invoice's row, a message's action. Days that are
-- over are sealed: the audit log holds a hash over their rows.
CREATE TABLE saw (
  day INTEGER NOT NULL,
  person INTEGER NOT NULL REFERENCES person (id),
  what TEXT NOT NULL,
  row INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (day, person, what, row)
) STRICT, WITHOUT ROWID;
CREATE INDEX saw_of ON saw (what, row, day);
CREATE INDEX saw_person ON saw (person, day);

CREATE INDEX event_kind ON event (kind);
CREATE INDEX event_actor ON event (actor);
CREATE INDEX event_subject ON event (subject);
CREATE INDEX event_at ON event (at);
