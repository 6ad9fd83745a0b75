-- Every document that was asked for, by our reference. Never deleted: it is what makes a reference unique.
CREATE TABLE IF NOT EXISTS entry (
  object text NOT NULL,
  key text NOT NULL,
  body text NOT NULL,
  fingerprint text NOT NULL,
  attempt integer NOT NULL,
  drops integer NOT NULL,
  state text NOT NULL,
  batch text NOT NULL,
  cut text NOT NULL,
  sent_at text NOT NULL,
  code text NOT NULL,
  message text NOT NULL,
  PRIMARY KEY (object, key)
);
CREATE INDEX IF NOT EXISTS entry_by_batch ON entry (batch);
CREATE INDEX IF NOT EXISTS entry_staged ON entry (state, cut);
-- Files that were prepared and are not known to have left.
CREATE TABLE IF NOT EXISTS leaving (name text NOT NULL PRIMARY KEY);
-- What the ERP says it has.
CREATE TABLE IF NOT EXISTS record (
  object text NOT NULL,
  ref text NOT NULL,
  reference text NOT NULL,
  body text NOT NULL,
  as_of text NOT NULL,
  PRIMARY KEY (object, ref)
);
CREATE INDEX IF NOT EXISTS record_by_reference ON record (object, reference);
-- The moment up to which the ERP showed everything it has.
CREATE TABLE IF NOT EXISTS shown (object text NOT NULL PRIMARY KEY, as_of text NOT NULL);
-- What changed, in the order in which we heard of it.
CREATE TABLE IF NOT EXISTS change (
  seq integer PRIMARY KEY AUTOINCREMENT,
  id text NOT NULL UNIQUE,
  type text NOT NULL,
  object text NOT NULL,
  ref text NOT NULL,
  body text NOT NULL,
  at text NOT NULL
);
-- Files that were taken in, by their content; the same file twice is one.
CREATE TABLE IF NOT EXISTS arrival (digest text NOT NULL PRIMARY KEY, name text NOT NULL, at text NOT NULL);
-- Bank statements by what the bank calls them.
CREATE TABLE IF NOT EXISTS statement (id text NOT NULL PRIMARY KEY, digest text NOT NULL);
