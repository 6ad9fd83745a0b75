-- name: led_to
UPDATE inbox SET led_to = :led_to WHERE system = :system AND id = :id;

-- name: sighted
INSERT INTO sighting (system, object, ref, stamp, event, turn)
VALUES (:system, :object, :ref, :stamp, :event, 0)
ON CONFLICT (system, object, ref) DO UPDATE SET stamp = :stamp, event = :event;

-- name: came_back
UPDATE sighting SET event = :event, turn = turn + 1
WHERE system = :system AND object = :object AND ref = :ref AND stamp = :stamp AND event <> :event
RETURNING turn;

-- name: cursor
SELECT position, at FROM poll_cursor WHERE system = :system AND object = :object;

-- name: set_cursor
INSERT INTO poll_cursor (system, object, position, at) VALUES (:system, :object, :position, :at)
ON CONFLICT (system, object) DO UPDATE SET position = :position, at = :at;

-- name: watch
INSERT INTO source_watch (system, since, silent) VALUES (:system, :now, 0) ON CONFLICT DO NOTHING;

-- name: watched
SELECT since, silent FROM source_watch WHERE system = :system;

-- name: last_heard
SELECT max(arrived_at) AS at FROM inbox WHERE system = :system AND via = :via;

-- name: missed
-- What a poll found that no delivery told of.
SELECT count(*) AS events FROM inbox WHERE system = :system AND via = 'poll' AND arrived_at > :since;

-- name: fell_silent
UPDATE source_watch SET silent = 1 WHERE system = :system AND silent = 0;

-- name: was_heard
UPDATE source_watch SET silent = 0 WHERE system = :system AND silent = 1;
