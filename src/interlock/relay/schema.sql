-- Who is still to get which event. At least once, in order for each key.
CREATE TABLE IF NOT EXISTS delivery (
  subscriber text NOT NULL,
  event text NOT NULL,
  run text NOT NULL,
  type text NOT NULL,
  key text NOT NULL,
  rank text NOT NULL,             -- order of the events of one key
  state text NOT NULL,            -- waiting, delivered, dead
  attempts integer NOT NULL,
  claims integer NOT NULL,        -- how often it was taken up: the fence against zombies
  due_at text NOT NULL,
  said text NOT NULL,             -- what the subscriber answered last
  created_at text NOT NULL,
  ended_at text,
  PRIMARY KEY (subscriber, event)
);
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (subscriber, due_at) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS delivery_order ON delivery (subscriber, key, rank) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS delivery_by_state ON delivery (state, created_at);
-- Subscribers about which a person is asked. A held one gets nothing until somebody says so: it is
-- gone (410), or it must not be called as it is declared.
CREATE TABLE IF NOT EXISTS subscriber_trouble (
  name text PRIMARY KEY,
  held integer NOT NULL,
  cause text NOT NULL,
  said text NOT NULL,
  at text NOT NULL
);
