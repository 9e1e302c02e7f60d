-- The store, version 15: the board that people work on, and agreements on new due dates. Run after schema_14.sql.

-- `version` rises with every change of a card: who changes one that somebody else changed meanwhile is told. `lane`: the column
-- that it stands in; `rank`: its place there, high priority first, then by the day it is due.
ALTER TABLE card ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE card ADD COLUMN lane TEXT GENERATED ALWAYS AS (CASE place WHEN '' THEN board ELSE place END) VIRTUAL;
ALTER TABLE card ADD COLUMN rank INTEGER GENERATED ALWAYS AS
  (CASE priority WHEN 'high' THEN 0 WHEN 'low' THEN 200000000 ELSE 100000000 END + coalesce(due_on, 99999999)) VIRTUAL;
CREATE INDEX card_lane ON card (lane, rank, id) WHERE closed_on IS NULL;
CREATE INDEX card_open ON card (kind, entity) WHERE closed_on IS NULL;
CREATE INDEX card_closed ON card (lane, id) WHERE closed_on IS NOT NULL;
CREATE INDEX card_customer ON card (customer, id);

-- What happened to a card, and what people wrote on it. `actor`: a person's login, "policy", "dun". `was` and `now`: of a move the
-- column, of an assignment the person, of a due date the day; of an agreement its number and state. `words` are a person's.
CREATE TABLE card_event (
  id INTEGER PRIMARY KEY,
  card INTEGER NOT NULL REFERENCES card (id),
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  kind TEXT NOT NULL,
  was TEXT NOT NULL,
  now TEXT NOT NULL,
  words TEXT NOT NULL
) STRICT;
CREATE INDEX card_event_card ON card_event (card, id);

-- An agreement on a new due date (one part) or on instalments (more). `state`: proposed; rejected, withdrawn; ordered (approved,
-- the ERP is to take it over); in force; refused (by the ERP: nothing has changed); kept, broken; replaced (by another one),
-- overridden (the ledger says another due date). `open`: the balance that its parts add up to. `at_hand`: the part whose day is the
-- due date. `action`: the order to the ERP that is under way or was the last; `waits`: it is under way, and nobody is reminded.
-- `erp`: who took the date over; empty: it stands here alone. `told`: the message that confirms it; NULL: none yet.
CREATE TABLE agreement (
  id INTEGER PRIMARY KEY,
  invoice TEXT NOT NULL,
  customer TEXT NOT NULL,
  card INTEGER REFERENCES card (id),
  currency TEXT NOT NULL,
  open INTEGER NOT NULL,
  due_was INTEGER NOT NULL,
  note TEXT NOT NULL,
  state TEXT NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  at_hand INTEGER NOT NULL DEFAULT 1,
  erp TEXT NOT NULL DEFAULT '',
  action INTEGER REFERENCES action (id),
  waits INTEGER NOT NULL DEFAULT 0,
  proposed_by TEXT NOT NULL,
  proposed_at INTEGER NOT NULL,
  answered_by TEXT NOT NULL DEFAULT '',
  answered_at INTEGER,
  ended_at INTEGER,
  reason TEXT NOT NULL DEFAULT '',
  told INTEGER REFERENCES action (id)
) STRICT;
CREATE UNIQUE INDEX agreement_asked ON agreement (invoice) WHERE state IN ('proposed', 'ordered');
CREATE UNIQUE INDEX agreement_in_force ON agreement (invoice) WHERE state = 'in force';
CREATE INDEX agreement_state ON agreement (state, id);
CREATE INDEX agreement_invoice ON agreement (invoice, id);
CREATE INDEX agreement_customer ON agreement (customer, id);

CREATE TABLE agreement_part (
  agreement INTEGER NOT NULL REFERENCES agreement (id),
  ordinal INTEGER NOT NULL,
  due INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  met_on INTEGER,
  PRIMARY KEY (agreement, ordinal)
) STRICT, WITHOUT ROWID;
