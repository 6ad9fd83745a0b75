-- Every event that ever arrived, once. Kept for ever: vendors repeat for days (F12).
CREATE TABLE IF NOT EXISTS inbox (
  system text NOT NULL,
  id text NOT NULL,
  type text NOT NULL,
  ref text NOT NULL,
  at text NOT NULL,
  arrived_at text NOT NULL,
  led_to text NOT NULL,
  via text NOT NULL,              -- delivery, poll, channel, stream
  PRIMARY KEY (system, id)
);
CREATE INDEX IF NOT EXISTS inbox_by_arrival ON inbox (system, via, arrived_at);
-- The state in which each object was seen last, of systems that tell states and no events.
CREATE TABLE IF NOT EXISTS sighting (
  system text NOT NULL,
  object text NOT NULL,
  ref text NOT NULL,
  stamp text NOT NULL,            -- the vendor's
  event text NOT NULL,            -- the id of the event that it was
  turn integer NOT NULL,          -- how often a state came back within its stamp
  PRIMARY KEY (system, object, ref)
);
-- Systems that may not be silent for long.
CREATE TABLE IF NOT EXISTS source_watch (
  system text PRIMARY KEY,
  since text NOT NULL,            -- watched from then on
  silent integer NOT NULL         -- whether somebody has been asked
);
-- How far each system's changes were asked for, by its own clock (F11).
CREATE TABLE IF NOT EXISTS poll_cursor (
  system text NOT NULL,
  object text NOT NULL,
  position text NOT NULL,
  at text NOT NULL,               -- when it was last read to its end, to the minute
  PRIMARY KEY (system, object)
);
