-- The store, version 4: what Dun set itself, what is begun and waits, and up to which day a rule was done. Run after
-- schema_3.sql.

-- What Dun itself decided about a customer (kind 0) or a contract (kind 2): `what` is status, billing, end, price,
-- next_adjustment or `tag NAME`; it counts from the day after `since`, the latest one that has not ended. The columns of the
-- entity keep what the source says. A source that changes its own value afterwards has the last word: the triggers end what
-- stood against it, in the batch of the import. A file that says the same as before ends nothing.
CREATE TABLE own_state (
  kind INTEGER NOT NULL,
  entity TEXT NOT NULL,
  what TEXT NOT NULL,
  since INTEGER NOT NULL,
  value TEXT NOT NULL,
  ended INTEGER,
  PRIMARY KEY (kind, entity, what, since)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER own_status_ended AFTER UPDATE OF status ON contract WHEN OLD.status IS NOT NEW.status BEGIN
  UPDATE own_state SET ended = NEW.batch WHERE kind = 2 AND entity = NEW.number AND what = 'status' AND ended IS NULL;
END;
CREATE TRIGGER own_end_ended AFTER UPDATE OF "end" ON contract WHEN OLD."end" IS NOT NEW."end" BEGIN
  UPDATE own_state SET ended = NEW.batch WHERE kind = 2 AND entity = NEW.number AND what = 'end' AND ended IS NULL;
END;
CREATE TRIGGER own_price_ended AFTER UPDATE OF price ON contract WHEN OLD.price IS NOT NEW.price BEGIN
  UPDATE own_state SET ended = NEW.batch WHERE kind = 2 AND entity = NEW.number AND what = 'price' AND ended IS NULL;
END;
CREATE TRIGGER own_adjustment_ended AFTER UPDATE OF next_adjustment ON contract
WHEN OLD.next_adjustment IS NOT NEW.next_adjustment BEGIN
  UPDATE own_state SET ended = NEW.batch
  WHERE kind = 2 AND entity = NEW.number AND what = 'next_adjustment' AND ended IS NULL;
END;
-- Of tags only those that the source gives or takes away.
CREATE TRIGGER own_tag_ended AFTER UPDATE OF tags ON customer WHEN OLD.tags IS NOT NEW.tags BEGIN
  UPDATE own_state SET ended = NEW.batch
  WHERE kind = 0 AND entity = NEW.id AND substr(what, 1, 4) = 'tag ' AND ended IS NULL AND
    (instr(lower(';' || coalesce(OLD.tags, '') || ';'), lower(';' || substr(what, 5) || ';')) > 0) <>
    (instr(lower(';' || coalesce(NEW.tags, '') || ';'), lower(';' || substr(what, 5) || ';')) > 0);
END;

-- Rungs, rules and occurrences of which a part is done or waits. `offset`: as written, of a rung; `day`: of its first decision
-- or of the occurrence; `ladder`: the one it is on; `seq`: the happening that an `on` answers. `done` and `lines_done`: bits of
-- actions and lines, in the order in which `shape` tells them; where an edit has changed the shape nobody knows what is left.
CREATE TABLE begun (
  track TEXT NOT NULL,
  kind INTEGER NOT NULL,
  entity TEXT NOT NULL,
  cycle INTEGER NOT NULL,
  "offset" TEXT NOT NULL,
  day INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  place INTEGER NOT NULL,
  ladder TEXT NOT NULL,
  done INTEGER NOT NULL,
  lines_done INTEGER NOT NULL,
  shape TEXT NOT NULL,
  PRIMARY KEY (track, kind, entity, "offset", day, seq)
) STRICT, WITHOUT ROWID;

-- An `every` rule: the day of the first run that knew it, and the last day of which all is decided.
CREATE TABLE rule_run (
  rule TEXT PRIMARY KEY,
  since INTEGER NOT NULL,
  done INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
