-- Runs, what happened to them, and what waits for them. The engine's own tables are never the
-- system of record: these are.

CREATE TABLE IF NOT EXISTS run (
  id text PRIMARY KEY,
  integration text NOT NULL,
  key text NOT NULL,
  generation integer NOT NULL,
  state text NOT NULL,            -- ready, running, sleeping, listening, batched, asking, parked; completed, compensated, cancelled
  estate text NOT NULL,           -- digest of the estate that the run is pinned to
  criticality integer NOT NULL,   -- 0 critical .. 3 low: who goes first
  segment integer NOT NULL,       -- how often the run was taken up; the fence against zombies
  length integer NOT NULL,        -- facts in its history
  head_position integer NOT NULL,
  head_hash text NOT NULL,        -- end of its audit stream: a cut-off trail shows here
  signals integer NOT NULL,       -- how many signals were ever addressed to it
  worker text,                    -- who took it up last
  due_at text,                    -- when it wants to be taken up again; null: not by time
  system text,                    -- listening: for whose event
  event text,
  correlation text,
  path text,                      -- of the step it waits at
  seen text,                      -- digest of what it carries of the triggering record
  legal_entity text,
  currency text,
  amount text,
  started_at text NOT NULL,
  updated_at text NOT NULL
);
-- One active run per business key: runs of one key are ordered.
CREATE UNIQUE INDEX IF NOT EXISTS run_active ON run (integration, key)
  WHERE state NOT IN ('completed', 'compensated', 'cancelled');
CREATE UNIQUE INDEX IF NOT EXISTS run_identity ON run (integration, key, generation);
-- Partial indexes: a million finished runs cost the dispatcher nothing.
CREATE INDEX IF NOT EXISTS run_due ON run (criticality, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS run_listening ON run (system, event, correlation)
  WHERE correlation IS NOT NULL;
CREATE INDEX IF NOT EXISTS run_parked ON run (updated_at) WHERE state IN ('parked', 'asking');
CREATE INDEX IF NOT EXISTS run_by_state ON run (state, integration, started_at);
-- For people: the latest of a state, page by page.
CREATE INDEX IF NOT EXISTS run_listed ON run (state, started_at DESC, id);

CREATE TABLE IF NOT EXISTS history (
  run text NOT NULL,
  seq integer NOT NULL,
  segment integer NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (run, seq)
);

CREATE TABLE IF NOT EXISTS signal (
  id text PRIMARY KEY,            -- vendor's event id, or derived: the same twice is one row
  run text,                       -- addressed to this run; null: to whoever listens for it
  kind text NOT NULL,             -- event, answered, changed, successor
  system text,
  event text,
  correlation text,
  body text NOT NULL,
  at text NOT NULL,
  taken_by text
);
CREATE INDEX IF NOT EXISTS signal_for_run ON signal (run, at) WHERE taken_by IS NULL;
CREATE INDEX IF NOT EXISTS signal_for_listener ON signal (system, event, correlation)
  WHERE taken_by IS NULL;

-- Writes of many runs that leave in one job of the vendor's, and which they are. The runs are
-- `batched` and have this id as their correlation; what became of each wakes it, and nothing else.
CREATE TABLE IF NOT EXISTS cut (
  id text PRIMARY KEY,
  integration text NOT NULL,
  system text NOT NULL,
  operation text NOT NULL,
  field text NOT NULL,            -- the vendor's field that carries our keys
  criticality text NOT NULL,
  job text,                       -- the vendor's name of it; null: nothing of it has left
  worker text NOT NULL,
  made_at text NOT NULL,
  held_until text NOT NULL        -- when somebody else may see to it
);
CREATE TABLE IF NOT EXISTS cut_member (
  cut text NOT NULL,
  key text NOT NULL,
  run text NOT NULL,
  path text NOT NULL,
  PRIMARY KEY (cut, key)
);

CREATE TABLE IF NOT EXISTS outbox (
  id text PRIMARY KEY,
  run text NOT NULL,
  type text NOT NULL,
  key text NOT NULL,              -- events of one key keep their order
  rank text NOT NULL,             -- ... which is this
  body text NOT NULL,             -- the CloudEvent, as it is sent
  at text NOT NULL,
  addressed_at text               -- when it was decided who gets it
);
CREATE INDEX IF NOT EXISTS outbox_unaddressed ON outbox (rank) WHERE addressed_at IS NULL;
CREATE INDEX IF NOT EXISTS outbox_by_run ON outbox (run);

CREATE TABLE IF NOT EXISTS estate_version (
  digest text PRIMARY KEY,
  body text NOT NULL,             -- every file, as it was applied
  author text NOT NULL,
  approver text NOT NULL,
  applied_at text NOT NULL,
  current integer NOT NULL
);

-- Older states of this database that came back: what was done between is on no record.
CREATE TABLE IF NOT EXISTS restoration (
  number integer PRIMARY KEY,
  since text NOT NULL,            -- the last moment that the record knows of
  at text NOT NULL,               -- when it came back
  author text NOT NULL,
  reason text NOT NULL,
  behind bigint NOT NULL,          -- entries of the trail after this one came later
  ended_at text                   -- null: nothing is written to any system
);
