-- The store, version 17: reports. Run after schema_16.sql.

-- Messages by the day of their last call, and the decisions of a day; cards that were opened and closed on a day; entries of the
-- audit log by when they were made are found by their numbers, which rise with it.
CREATE INDEX action_sent ON action (sent_on, id) WHERE sent_on IS NOT NULL;
CREATE INDEX IF NOT EXISTS action_day ON action (decided_on);
CREATE INDEX card_opened_on ON card (opened_on, id);
CREATE INDEX card_closed_on ON card (closed_on, id) WHERE closed_on IS NOT NULL;
