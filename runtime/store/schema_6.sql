-- The store, version 6: the cycles of contracts. Run after schema_5.sql.

-- A date that a ladder of contracts counts from, as a run saw it last: another one begins a new cycle. `field`: as a policy
-- writes it. The entity's cycle is the highest of its rows.
CREATE TABLE anchor (
  kind INTEGER NOT NULL,
  entity TEXT NOT NULL,
  field TEXT NOT NULL,
  day INTEGER NOT NULL,
  cycle INTEGER NOT NULL,
  PRIMARY KEY (kind, entity, field)
) STRICT, WITHOUT ROWID;
