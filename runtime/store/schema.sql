-- The store, version 1. Every fact says in which batch it was last seen to change (when, and from which source) and how
-- often it changed. Money: minor units of the row's currency. Dates: days since 1970-01-01. Instants: microseconds since
-- 1970-01-01T00:00Z. NULL: missing. `kind` of an entity: 0 customer, 1 invoice, 2 contract.

CREATE TABLE batch (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT;

-- Facts. `custom` is a JSON object of the columns that only this source has; `row` stands in for the text key inside the
-- store and never changes. `source_id` is NULL where the source calls it as we do. `batch` and `customer_row` are not
-- declared REFERENCES: the writer takes them from rows that it has just read, rows of these tables are never deleted, and
-- the engine's check costs a quarter of an import. For the same reason no CHECK has an IN list, which SQLite builds anew
-- for every row.

CREATE TABLE customer (
  row INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT, segment TEXT, country TEXT, state TEXT, language TEXT, timezone TEXT,
  email TEXT, phone TEXT, whatsapp TEXT, owner TEXT, tags TEXT,
  last_contact INTEGER, since INTEGER, opted_out TEXT, opted_in TEXT,
  custom TEXT,
  source_id TEXT,
  batch INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;

CREATE TABLE invoice (
  row INTEGER PRIMARY KEY,
  number TEXT NOT NULL UNIQUE,
  customer_row INTEGER NOT NULL,
  currency TEXT NOT NULL,
  amount INTEGER NOT NULL,
  open INTEGER NOT NULL,
  due INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status = 'open' OR status = 'paid' OR status = 'cancelled'),
  issued INTEGER, paid_amount INTEGER, disputed INTEGER, promised INTEGER, promise INTEGER, last_contact INTEGER,
  installment INTEGER, installments INTEGER, contract TEXT, kind TEXT, tags TEXT,
  payment_link TEXT, boleto TEXT, pix TEXT,
  custom TEXT,
  source_id TEXT,
  batch INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;

CREATE TABLE contract (
  row INTEGER PRIMARY KEY,
  number TEXT NOT NULL UNIQUE,
  customer_row INTEGER NOT NULL,
  currency TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status = 'active' OR status = 'paused' OR status = 'churned' OR status = 'ended'),
  price INTEGER, start INTEGER, "end" INTEGER, next_adjustment INTEGER, installment INTEGER, installments INTEGER,
  auto_renew INTEGER, in_default INTEGER, due_day INTEGER, "index" TEXT,
  custom TEXT,
  source_id TEXT,
  batch INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;

-- What happened to an invoice or a contract on a day: payments, disputes, promises, replies. `entity` is its number,
-- `value` the canonical text of what it carries, of which `amount` and `day` are the typed form; `repeat` tells apart equal
-- ones of a day. `observed`: nobody told it, an import showed that a row had changed; the row has it in it already, and
-- `was` is what it had before: the balance of a payment, the due date of a new one.
CREATE TABLE happening (
  seq INTEGER PRIMARY KEY,
  date INTEGER NOT NULL,
  kind TEXT NOT NULL,
  entity TEXT NOT NULL,
  value TEXT NOT NULL,
  repeat INTEGER NOT NULL,
  amount INTEGER,
  day INTEGER,
  observed INTEGER NOT NULL DEFAULT 0,
  was INTEGER,
  batch INTEGER NOT NULL,
  version INTEGER NOT NULL,
  UNIQUE (date, kind, entity, value, repeat, observed)
) STRICT;

CREATE VIEW payment AS
  SELECT h.seq, h.entity AS invoice, h.date, CASE h.kind WHEN 'payment' THEN h.amount ELSE -h.amount END AS amount,
         i.currency, h.observed, b.source, b.seen_at, h.version
  FROM happening h JOIN invoice i ON i.number = h.entity JOIN batch b ON b.id = h.batch
  WHERE h.kind IN ('payment', 'payment reversed');

CREATE VIEW promise AS
  SELECT h.seq, h.entity AS invoice, h.date, h.day AS promised_for, h.observed, b.source, b.seen_at, h.version
  FROM happening h JOIN batch b ON b.id = h.batch WHERE h.kind = 'promise';

CREATE VIEW dispute AS
  SELECT h.seq, h.entity AS invoice, h.date, h.kind = 'dispute' AS opened, h.observed, b.source, b.seen_at, h.version
  FROM happening h JOIN batch b ON b.id = h.batch WHERE h.kind IN ('dispute', 'dispute resolved');

-- The names of custom fields, for `dun fields`.
CREATE TABLE custom_field (
  kind INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

-- What was climbed on a track, in a cycle: a written offset once. Editing a policy never re-sends because of this table.
CREATE TABLE position (
  track TEXT NOT NULL,
  kind INTEGER NOT NULL,
  entity TEXT NOT NULL,
  cycle INTEGER NOT NULL,
  "offset" TEXT NOT NULL,
  place INTEGER NOT NULL,
  climbed_on INTEGER NOT NULL,
  quiet INTEGER NOT NULL,
  PRIMARY KEY (track, kind, entity, cycle, "offset")
) STRICT, WITHOUT ROWID;

CREATE TABLE armed (
  rule TEXT NOT NULL,
  kind INTEGER NOT NULL,
  entity TEXT NOT NULL,
  armed INTEGER NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (rule, kind, entity)
) STRICT, WITHOUT ROWID;

CREATE TABLE revision (
  id INTEGER PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  git_commit TEXT NOT NULL,
  text TEXT NOT NULL,
  effective_on INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;

-- Decisions. The unique key holds neither the revision nor the address: an edit cannot send again. `way`: 0 for the decision
-- itself; for what goes instead of a refused message, which of the action's ways it is.
CREATE TABLE action (
  id INTEGER PRIMARY KEY,
  track TEXT NOT NULL,
  kind INTEGER NOT NULL,
  entity TEXT NOT NULL,
  cycle INTEGER NOT NULL,
  "offset" TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  way INTEGER NOT NULL DEFAULT 0,
  decided_on INTEGER NOT NULL,
  customer TEXT NOT NULL,
  ladder TEXT NOT NULL,
  rung TEXT NOT NULL,
  action TEXT NOT NULL,
  recipient TEXT NOT NULL,
  channel TEXT NOT NULL,
  template TEXT NOT NULL,
  revision INTEGER NOT NULL REFERENCES revision (id),
  lead INTEGER REFERENCES action (id),
  message_hash TEXT NOT NULL,
  not_before INTEGER,
  expires INTEGER,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  UNIQUE (track, kind, entity, cycle, "offset", ordinal, way)
) STRICT;
CREATE INDEX action_state ON action (state);
CREATE INDEX action_customer ON action (customer, decided_on);
CREATE INDEX action_lead ON action (lead) WHERE lead IS NOT NULL;

CREATE TABLE attempt (
  id INTEGER PRIMARY KEY,
  action INTEGER NOT NULL REFERENCES action (id),
  provider TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  begun_at INTEGER NOT NULL,
  ended_at INTEGER,
  outcome TEXT,
  provider_id TEXT,
  detail TEXT
) STRICT;
CREATE INDEX attempt_action ON attempt (action);

-- The audit log. `hash` is SHA-256 over the hash before it and this entry; nothing personal is written here.
CREATE TABLE event (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  actor TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  hash BLOB NOT NULL
) STRICT;
CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;

CREATE TABLE sync_state (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What an action sends, word for word as it was rendered when it was decided, so that a later run sends the same. These are
-- personal data: they stand outside the audit log and can be erased.
CREATE TABLE message (
  action INTEGER PRIMARY KEY REFERENCES action (id),
  channel TEXT NOT NULL,
  recipient TEXT NOT NULL,
  recipient_name TEXT NOT NULL,
  to_customer INTEGER NOT NULL,
  language TEXT NOT NULL,
  subject TEXT NOT NULL,
  text TEXT NOT NULL,
  html TEXT NOT NULL,
  gaps TEXT NOT NULL
) STRICT;

-- The invoices a message speaks of, as they were then. The gate compares: what has changed since does not go out.
CREATE TABLE message_invoice (
  message INTEGER NOT NULL REFERENCES message (action),
  ordinal INTEGER NOT NULL,
  invoice TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount INTEGER NOT NULL,
  open INTEGER NOT NULL,
  due INTEGER NOT NULL,
  PRIMARY KEY (message, ordinal)
) STRICT, WITHOUT ROWID;

-- The board: one card per action that opens one, or per escalation. `place` is the column it stands in ("" the first).
CREATE TABLE card (
  id INTEGER PRIMARY KEY,
  action INTEGER NOT NULL UNIQUE REFERENCES action (id),
  kind INTEGER NOT NULL,
  entity TEXT NOT NULL,
  customer TEXT NOT NULL,
  board TEXT NOT NULL,
  place TEXT NOT NULL,
  title TEXT NOT NULL,
  priority TEXT NOT NULL,
  assignee TEXT NOT NULL,
  due_on INTEGER,
  opened_on INTEGER NOT NULL,
  closed_on INTEGER
) STRICT;
CREATE INDEX card_entity ON card (kind, entity);
