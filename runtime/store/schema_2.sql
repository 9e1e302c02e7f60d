-- The store, version 2: leases, provider events, channels at rest, approvals, pauses and next dates. Run after schema.sql,
-- in a new store as well as in one that version 1 wrote; rows that were there keep what they say.

-- Who works on an action: `fence` rises with every claim, so that a worker whose lease has run out is told from the one that
-- took over. `tries`: calls that surely did nothing. `state_at`: since when it is in its state; NULL: since version 1.
-- `sent_on`: the civil day of its last call. `resend_by`: the person who has it sent again, until it is.
-- `activation`, `step`: the approved plan it waits for, and the step of its ramp.
ALTER TABLE action ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE action ADD COLUMN leased_by TEXT NOT NULL DEFAULT '';
ALTER TABLE action ADD COLUMN lease_until INTEGER;
ALTER TABLE action ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE action ADD COLUMN state_at INTEGER;
ALTER TABLE action ADD COLUMN sent_on INTEGER;
ALTER TABLE action ADD COLUMN resend_by TEXT NOT NULL DEFAULT '';
ALTER TABLE action ADD COLUMN activation INTEGER;
ALTER TABLE action ADD COLUMN step INTEGER NOT NULL DEFAULT 0;
CREATE INDEX action_leased ON action (lease_until) WHERE state = 'leased';
CREATE INDEX action_deferred ON action (not_before) WHERE state = 'deferred';
CREATE INDEX action_activation ON action (activation, step) WHERE activation IS NOT NULL;

-- `fence`: of the claim it was made under. `asked_by`: the person who had it sent again; empty: nobody.
ALTER TABLE attempt ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN asked_by TEXT NOT NULL DEFAULT '';
CREATE INDEX attempt_provider_id ON attempt (provider_id) WHERE provider_id IS NOT NULL;
CREATE INDEX attempt_key ON attempt (idempotency_key);
CREATE INDEX attempt_open ON attempt (action) WHERE ended_at IS NULL;

-- When the ledger was last read in, changed or not.
INSERT INTO sync_state (key, value) SELECT 'synced', max(seen_at) FROM batch HAVING max(seen_at) IS NOT NULL;

-- What a provider said later, once each: doubled and late ones change nothing. `action` is NULL where nothing of ours has
-- that id (yet). `moved`: whether it moved the action on.
CREATE TABLE provider_event (
  id INTEGER PRIMARY KEY,
  provider TEXT NOT NULL,
  event_id TEXT NOT NULL,
  provider_id TEXT NOT NULL,
  status TEXT NOT NULL,
  action INTEGER REFERENCES action (id),
  happened_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  moved INTEGER NOT NULL,
  detail TEXT NOT NULL,
  UNIQUE (provider, event_id)
) STRICT;
CREATE INDEX provider_event_action ON provider_event (action) WHERE action IS NOT NULL;
CREATE INDEX provider_event_lost ON provider_event (provider_id) WHERE action IS NULL;

-- What a channel has left and how it fares. `credit`: messages it may take now, in millionths, as of `credit_at`. The breaker
-- is open until `rest_until`, then lets one through, which has until `probe_until`; `rests`: how often in a row it opened.
CREATE TABLE channel_state (
  channel TEXT PRIMARY KEY,
  credit INTEGER NOT NULL,
  credit_at INTEGER NOT NULL,
  unknown_in_row INTEGER NOT NULL,
  failed_in_row INTEGER NOT NULL,
  rest_until INTEGER NOT NULL,
  rests INTEGER NOT NULL,
  probe_until INTEGER NOT NULL,
  reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What a person is asked before a line is done: the key of its first action, what it would do and for how much. `state`: open,
-- approved, rejected, over (it is not asked any more). An amount that changed since asks again. `seen_at`: the last run that
-- asked.
CREATE TABLE approval (
  id INTEGER PRIMARY KEY,
  track TEXT NOT NULL,
  kind INTEGER NOT NULL,
  entity TEXT NOT NULL,
  cycle INTEGER NOT NULL,
  "offset" TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  customer TEXT NOT NULL,
  asked_on INTEGER NOT NULL,
  asked_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  step TEXT NOT NULL,
  what TEXT NOT NULL,
  reason TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount INTEGER NOT NULL,
  state TEXT NOT NULL,
  answered_by TEXT NOT NULL DEFAULT '',
  answered_at INTEGER,
  second_by TEXT NOT NULL DEFAULT '',
  second_at INTEGER,
  UNIQUE (track, kind, entity, cycle, "offset", ordinal)
) STRICT;
CREATE INDEX approval_state ON approval (state);

-- A plan over a backlog, or of a new revision, that waits as a whole. `digest`: SHA-256 of its rows. `state`: open, approved,
-- rejected, over (a later one took its place), done (its ramp is through). Of its ramp: `step`, the one at hand (0: not begun)
-- and when it began; `judged`: the last step that a person has let pass after a stop; `ramp` 0: all at once. `part`: only of
-- what no run had looked at. `used_at`: when a run was not held because of it; until then it allows one run. Where the first
-- yes of two was given to the plan before it, `first_messages` says how many that had.
CREATE TABLE activation (
  id INTEGER PRIMARY KEY,
  revision INTEGER NOT NULL REFERENCES revision (id),
  policy TEXT NOT NULL,
  digest TEXT NOT NULL,
  asked_on INTEGER NOT NULL,
  asked_at INTEGER NOT NULL,
  why TEXT NOT NULL,
  messages INTEGER NOT NULL,
  late INTEGER NOT NULL,
  state TEXT NOT NULL,
  answered_by TEXT NOT NULL DEFAULT '',
  answered_at INTEGER,
  second_by TEXT NOT NULL DEFAULT '',
  second_at INTEGER,
  ramp INTEGER NOT NULL DEFAULT 1,
  step INTEGER NOT NULL DEFAULT 0,
  step_at INTEGER,
  judged INTEGER NOT NULL DEFAULT 0,
  part INTEGER NOT NULL DEFAULT 0,
  used_at INTEGER,
  first_messages INTEGER
) STRICT;
CREATE INDEX activation_state ON activation (state);

-- What a person sees of it. `part`: step (messages of a rung by a channel), money (of it, by currency), own (what is no
-- message), largest, sample. Names and addresses are read when it is shown.
CREATE TABLE activation_row (
  activation INTEGER NOT NULL REFERENCES activation (id),
  part TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  step TEXT NOT NULL,
  channel TEXT NOT NULL,
  messages INTEGER NOT NULL,
  currency TEXT NOT NULL,
  amount INTEGER NOT NULL,
  customer TEXT NOT NULL,
  entity TEXT NOT NULL,
  PRIMARY KEY (activation, part, ordinal)
) STRICT, WITHOUT ROWID;

-- A civil day whose messages are more than `ask before sending more than` says (`most`): how many were asked for, and how many
-- a person allowed. `state`: open, approved, rejected.
CREATE TABLE allowance (
  on_day INTEGER PRIMARY KEY,
  most INTEGER NOT NULL,
  asked INTEGER NOT NULL,
  asked_at INTEGER NOT NULL,
  messages INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL,
  answered_by TEXT NOT NULL DEFAULT '',
  answered_at INTEGER,
  second_by TEXT NOT NULL DEFAULT '',
  second_at INTEGER
) STRICT;

-- Nothing leaves while one that covers it has not ended. `scope`: all, policy, channel, customer; `name`: which ("" for all).
-- Those that Dun sets itself (`paused_by` "dun") end by a person alone.
CREATE TABLE pause (
  id INTEGER PRIMARY KEY,
  scope TEXT NOT NULL,
  name TEXT NOT NULL,
  paused_by TEXT NOT NULL,
  at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  ended_at INTEGER,
  ended_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX pause_open ON pause (scope, name) WHERE ended_at IS NULL;

-- When an entity is to be looked at next; a change of its facts sets `at` to 0. `row` is the entity's own.
CREATE TABLE next_due (
  kind INTEGER NOT NULL,
  row INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (kind, row)
) STRICT, WITHOUT ROWID;
CREATE INDEX next_due_at ON next_due (at);
