-- The store, version 18: today. Run after schema_17.sql.

-- Today. What a message is about, so that hundreds can be told by groups without a look at each: `outlet`, the channel or service
-- that it goes by (of its message); `about_currency` and `about_open`, what its invoices had open when it was written ('*': of
-- several currencies). `gate`: the clause that kept it back when it was last looked at.
ALTER TABLE action ADD COLUMN outlet TEXT NOT NULL DEFAULT '';
ALTER TABLE action ADD COLUMN gate TEXT NOT NULL DEFAULT '';
ALTER TABLE action ADD COLUMN about_currency TEXT NOT NULL DEFAULT '';
ALTER TABLE action ADD COLUMN about_open INTEGER NOT NULL DEFAULT 0;
UPDATE action SET outlet = coalesce((SELECT m.channel FROM message m WHERE m.action = action.id), '');
UPDATE action SET
  about_currency = coalesce((SELECT CASE WHEN min(i.currency) = max(i.currency) THEN min(i.currency) ELSE '*' END
    FROM message_invoice i WHERE i.message = action.id), ''),
  about_open = coalesce((SELECT CASE WHEN min(i.currency) = max(i.currency) THEN sum(i.open) ELSE 0 END
    FROM message_invoice i WHERE i.message = action.id), 0)
  WHERE outlet <> '';
-- What has not gone and waits: one read of it gives groups, counts and sums, and its pages by id. `leased` and `sending` are not
-- in it: they are few, and a message that goes is taken out of it once.
CREATE INDEX action_waiting ON action (lead, state, gate, ladder, rung, outlet, id, about_currency, about_open) WHERE
  (state = 'ready' OR state = 'approved' OR state = 'held' OR state = 'deferred' OR state = 'unknown' OR state = 'dead');
-- What a day's calls came to, and what ended without one.
CREATE INDEX action_outlet_sent ON action (sent_on, lead, outlet, state) WHERE sent_on IS NOT NULL;
CREATE INDEX action_stopped ON action (coalesce(state_at, at), lead, state, reason) WHERE
  (state = 'suppressed' OR state = 'expired');
-- The outbox by day, by channel and by customer, newest first.
CREATE INDEX action_decided ON action (decided_on, id) WHERE lead IS NULL AND outlet <> '';
CREATE INDEX action_outlet ON action (outlet, id) WHERE lead IS NULL AND outlet <> '';
CREATE INDEX action_outlet_customer ON action (customer, id) WHERE lead IS NULL AND outlet <> '';
CREATE INDEX approval_waiting ON approval (state, reason, step, id, currency, amount) WHERE state = 'open';

-- What a look at the ledger decided and did not do, by reason: the row is what would be done, for which entity. Of a field that has
-- no value (`why` 'undecided field') the row stands for all entities that lack it: `rows` of them.
CREATE TABLE waiting (
  id INTEGER PRIMARY KEY,
  why TEXT NOT NULL,
  step TEXT NOT NULL,
  what TEXT NOT NULL,
  outlet TEXT NOT NULL,
  customer TEXT NOT NULL,
  entity TEXT NOT NULL,
  currency TEXT NOT NULL,
  open INTEGER NOT NULL,
  rows INTEGER NOT NULL,
  on_day INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT;
CREATE INDEX waiting_group ON waiting (why, step, outlet, id, currency, open, rows, seen_at);
CREATE INDEX waiting_customer ON waiting (customer);

-- The last check of a connect line ("sms twilio"), asked for on the page: `state` is running, done or failed; `findings` a list of
-- {"fine","what","remedy"}; it holds no secret and no personal datum.
CREATE TABLE connection_check (
  line TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  begun_at INTEGER NOT NULL,
  ended_at INTEGER,
  findings TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX hook_event_seen ON hook_event (provider, seen_at);
