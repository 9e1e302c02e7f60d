-- The store, version 9: approved templates of messages, and when customers wrote. Run after schema_8.sql.

-- The provider's approved template that the message goes as, with its values (JSON, stdlib/channel/form.h); "": its text is sent.
ALTER TABLE message ADD COLUMN form TEXT NOT NULL DEFAULT '';

-- When a customer last wrote to us on a channel: for 24 hours WhatsApp takes free words.
CREATE TABLE heard (
  customer TEXT NOT NULL,
  channel TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (customer, channel)
) STRICT, WITHOUT ROWID;
