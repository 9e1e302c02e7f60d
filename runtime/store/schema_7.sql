-- The store, version 7: from which login an answer came. Run after schema_6.sql.

-- The number of the operating system's user who gave the first of two answers, NULL: not known. Where two people must agree the
-- second comes from another one.
ALTER TABLE approval ADD COLUMN answered_login INTEGER;
ALTER TABLE activation ADD COLUMN answered_login INTEGER;
ALTER TABLE allowance ADD COLUMN answered_login INTEGER;
