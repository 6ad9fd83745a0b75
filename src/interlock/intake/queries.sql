-- name: receive
INSERT INTO inbox (system, id, type, ref, at, arrived_at, led_to)
VALUES (:system, :id, :type, :ref, :at, :arrived_at, '') ON CONFLICT DO NOTHING;

-- name: led_to
UPDATE inbox SET led_to = :led_to WHERE system = :system AND id = :id;

-- name: cursor
SELECT position FROM poll_cursor WHERE system = :system AND object = :object;

-- name: set_cursor
INSERT INTO poll_cursor (system, object, position, at) VALUES (:system, :object, :position, :at)
ON CONFLICT (system, object) DO UPDATE SET position = :position, at = :at;
