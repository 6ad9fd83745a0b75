-- What one product read last, and the rows that were made of it: a file of its own per product.

CREATE TABLE IF NOT EXISTS record (
  entity text NOT NULL,
  system text NOT NULL,
  ref text NOT NULL,
  key text,                       -- ours; NULL: it says nothing
  body text NOT NULL,             -- of the system's object, only what columns are made of
  present text NOT NULL,          -- the paths that it has, even if they hold nothing
  PRIMARY KEY (entity, system, ref)
);
CREATE INDEX IF NOT EXISTS record_by_key ON record (entity, system, key);

CREATE TABLE IF NOT EXISTS reading (
  entity text NOT NULL,
  system text NOT NULL,
  position text NOT NULL,         -- where to go on; empty: everything is listed anew
  read_at text NOT NULL,
  whole_at text NOT NULL,
  PRIMARY KEY (entity, system)
);

CREATE TABLE IF NOT EXISTS line (
  base text NOT NULL,             -- system and id of the record that it was made of
  number integer NOT NULL,
  sort text NOT NULL,             -- its key
  cells text NOT NULL,
  wrong text NOT NULL,            -- the tests of single rows that it does not pass
  PRIMARY KEY (base, number)
);
CREATE INDEX IF NOT EXISTS line_in_order ON line (sort, base, number);

CREATE TABLE IF NOT EXISTS trouble (
  base text PRIMARY KEY,          -- the record of which no row could be made
  kind text NOT NULL,
  what text NOT NULL
);

CREATE TABLE IF NOT EXISTS dependency (
  name text NOT NULL,             -- what was looked at
  base text NOT NULL,
  PRIMARY KEY (name, base)
);
CREATE INDEX IF NOT EXISTS dependency_of ON dependency (base);

CREATE TABLE IF NOT EXISTS seen (
  entity text NOT NULL,
  system text NOT NULL,
  path text NOT NULL,
  times integer NOT NULL,         -- in how many records, when it was published last
  records integer NOT NULL,
  PRIMARY KEY (entity, system, path)
);

CREATE TABLE IF NOT EXISTS made (
  name text PRIMARY KEY,
  value text NOT NULL
);
