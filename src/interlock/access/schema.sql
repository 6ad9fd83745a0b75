-- Who may come in, who is in, and what callers were answered.

CREATE TABLE IF NOT EXISTS access_account (
  name text PRIMARY KEY,
  grants text NOT NULL,           -- role:legal-entity:domain, one a line
  password text NOT NULL,         -- argon2id
  made_at text NOT NULL,
  disabled_at text NOT NULL,      -- empty: usable
  failures integer NOT NULL,      -- wrong passwords since the last right one
  failed_at text NOT NULL
);

CREATE TABLE IF NOT EXISTS access_session (
  digest text PRIMARY KEY,        -- SHA-256 of what the browser has
  account text NOT NULL,
  csrf text NOT NULL,
  made_at text NOT NULL,
  seen_at text NOT NULL
);
CREATE INDEX IF NOT EXISTS access_session_account ON access_session (account);

CREATE TABLE IF NOT EXISTS access_token (
  id text PRIMARY KEY,
  account text NOT NULL,
  note text NOT NULL,
  acts text NOT NULL,
  digest text NOT NULL,
  made_at text NOT NULL,
  ends_at text NOT NULL,
  revoked_at text NOT NULL
);
CREATE INDEX IF NOT EXISTS access_token_account ON access_token (account);

-- What a caller was answered under its Idempotency-Key: the same again is told the same.
CREATE TABLE IF NOT EXISTS access_answered (
  account text NOT NULL,
  idempotency_key text NOT NULL,
  fingerprint text NOT NULL,
  at text NOT NULL,
  status integer NOT NULL,        -- 0: not answered yet
  body text NOT NULL,
  PRIMARY KEY (account, idempotency_key)
);
CREATE INDEX IF NOT EXISTS access_answered_at ON access_answered (at);
