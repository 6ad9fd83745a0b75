-- Breaks as the last reconciliation saw them, and what people decided about them.

CREATE TABLE IF NOT EXISTS reconciliation_break (
  id text PRIMARY KEY,
  name text NOT NULL,             -- the reconciliation
  state text NOT NULL,            -- open, decided, healed
  cause text NOT NULL,
  key text NOT NULL,
  legal_entity text NOT NULL,
  currency text NOT NULL,
  amount text NOT NULL,
  weight bigint NOT NULL,         -- its place: larger is worth more
  as_of text NOT NULL,            -- the latest period in which it was looked for
  opened_at text NOT NULL,
  seen_at text NOT NULL,
  filed integer NOT NULL,         -- whether it has a stream of its own, hence a case
  head_position integer NOT NULL,
  head_hash text NOT NULL,
  body text NOT NULL
);
CREATE INDEX IF NOT EXISTS reconciliation_break_queue
  ON reconciliation_break (name, state, weight DESC, id);

CREATE TABLE IF NOT EXISTS reconciliation_suggestion (
  id text NOT NULL,
  name text NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (name, id)
);

CREATE TABLE IF NOT EXISTS reconciliation_decision (
  id text PRIMARY KEY,
  name text NOT NULL,
  kind text NOT NULL,             -- match, write-off, carry-forward
  state text NOT NULL,            -- proposed, in-force
  decided_by text NOT NULL,
  approved_by text NOT NULL,
  body text NOT NULL
);
CREATE INDEX IF NOT EXISTS reconciliation_decision_of ON reconciliation_decision (name, state);

CREATE TABLE IF NOT EXISTS reconciliation_turn (
  name text PRIMARY KEY,
  slot text NOT NULL,             -- the moment of its schedule that was taken last
  worker text NOT NULL,
  begun_at text NOT NULL,
  ended_at text NOT NULL,         -- empty while a worker is at it
  outcome text NOT NULL           -- told, untold
);
