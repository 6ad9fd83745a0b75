-- Calls of users' programs. Kept for ever: a status URL stays good.
CREATE TABLE IF NOT EXISTS api_call (
  id text PRIMARY KEY,
  api text NOT NULL,
  operation text NOT NULL,
  caller text NOT NULL,
  idempotency_key text NOT NULL,
  fingerprint text NOT NULL,      -- of what was asked for
  integration text NOT NULL,
  ref text NOT NULL,
  accepted_at text NOT NULL,
  held_until text NOT NULL,       -- until then the first answer may be outstanding
  code integer,                   -- the first answer; null: not given yet
  body text,
  due_at text,                    -- when it is to be looked into; null: it was
  tries integer NOT NULL,
  run text,
  joined integer NOT NULL,        -- whether the run was there before
  refused text                    -- why nothing was started: a problem
);
CREATE UNIQUE INDEX IF NOT EXISTS api_call_once ON api_call (api, caller, idempotency_key);
CREATE INDEX IF NOT EXISTS api_call_latest ON api_call (accepted_at);
CREATE INDEX IF NOT EXISTS api_call_due ON api_call (due_at) WHERE due_at IS NOT NULL;

-- How often each caller has called in the window that is the `span`th since the epoch.
CREATE TABLE IF NOT EXISTS api_rate (
  api text NOT NULL,
  caller text NOT NULL,
  length integer NOT NULL,        -- of the window, in seconds
  span integer NOT NULL,
  used integer NOT NULL,
  PRIMARY KEY (api, caller)
);
