-- The store, version 3: published series, and what an action comes to. Run after schema_2.sql.

-- A figure of a price index or a rate, as it was published last. `date`: the month's first day; of a rate, the first day on
-- which it is in force. `value`: percent, as written; `year`: the figure of the 12 months that end with the month.
CREATE TABLE series (
  name TEXT NOT NULL COLLATE NOCASE,
  date INTEGER NOT NULL,
  value TEXT,
  year TEXT,
  batch INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (name, date)
) STRICT, WITHOUT ROWID;

-- What a figure was before it was revised.
CREATE TABLE series_was (
  name TEXT NOT NULL COLLATE NOCASE,
  date INTEGER NOT NULL,
  version INTEGER NOT NULL,
  value TEXT,
  year TEXT,
  batch INTEGER NOT NULL,
  PRIMARY KEY (name, date, version)
) STRICT, WITHOUT ROWID;

-- What a bill or an adjusted price comes to (in the contract's currency; NULL: it is not known), and how.
-- `amount_was`: the price before.
ALTER TABLE action ADD COLUMN currency TEXT NOT NULL DEFAULT '';
ALTER TABLE action ADD COLUMN amount INTEGER;
ALTER TABLE action ADD COLUMN amount_was INTEGER;
ALTER TABLE action ADD COLUMN computed TEXT NOT NULL DEFAULT '';
