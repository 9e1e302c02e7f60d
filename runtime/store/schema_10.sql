-- The store, version 10: what services tell of by themselves. Run after schema_9.sql.

-- A webhook's event that was taken over: it counts once. `event_id`: SHA-256 of the provider's name for it.
CREATE TABLE hook_event (
  provider TEXT NOT NULL,
  event_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (provider, event_id)
) STRICT, WITHOUT ROWID;

-- A row that is to be read from its ERP again, by the ERP's own number; `hinted`: the ERP said that it is paid, and until it was
-- read nobody is reminded of it. `asked_at`: when it was asked for last; `not_before`: after a failure.
CREATE TABLE recheck (
  source_id TEXT NOT NULL,
  of TEXT NOT NULL,
  erp TEXT NOT NULL,
  hinted INTEGER NOT NULL,
  asked_at INTEGER NOT NULL,
  not_before INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  PRIMARY KEY (source_id, of, erp)
) STRICT, WITHOUT ROWID;

-- Whether a customer asked, on a channel, for no more messages (1), or for messages again (0). An import that does not know of it
-- takes nothing back.
CREATE TABLE wish (
  customer TEXT NOT NULL,
  channel TEXT NOT NULL,
  no_more INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (customer, channel)
) STRICT, WITHOUT ROWID;

-- What was made of a provider's event: 0 nothing yet, 1 it is among the happenings, where it is to be, 2 its message's other way
-- was looked at.
ALTER TABLE provider_event ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
UPDATE provider_event SET told = 2;
CREATE INDEX provider_event_untold ON provider_event (told) WHERE told < 2 AND action IS NOT NULL;
