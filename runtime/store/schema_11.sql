-- The store, version 11: what goes along with a message. Run after schema_10.sql.

-- A file of a message: a picture inside its page (`cid`), or an attachment. What was composed is what goes: `bytes` are those of
-- every try. `source`: what they are fetched from before the message goes ("file ...", "link ...", "page": `bytes` are a page that
-- becomes a PDF); "" once they are here. `gap`: why it goes without, "" it does not. `asked_at`: when it was first asked for;
-- `not_before`: after a failure.
CREATE TABLE message_part (
  id INTEGER PRIMARY KEY,
  message INTEGER NOT NULL REFERENCES message (action),
  ordinal INTEGER NOT NULL,
  what TEXT NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  cid TEXT NOT NULL,
  source TEXT NOT NULL,
  gap TEXT NOT NULL,
  bytes BLOB NOT NULL,
  tries INTEGER NOT NULL,
  asked_at INTEGER,
  not_before INTEGER,
  UNIQUE (message, ordinal)
) STRICT;
CREATE INDEX message_part_wanted ON message_part (message) WHERE source <> '';
