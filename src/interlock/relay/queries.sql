-- name: unaddressed
SELECT id, run, type, key, rank FROM outbox WHERE addressed_at IS NULL ORDER BY rank LIMIT :limit;

-- name: addressed
UPDATE outbox SET addressed_at = :now WHERE id = :id AND addressed_at IS NULL;

-- name: deliver
INSERT INTO delivery (subscriber, event, run, type, key, rank, state, attempts, claims, due_at,
  said, created_at)
VALUES (:subscriber, :event, :run, :type, :key, :rank, 'waiting', 0, 0, :now, '', :now)
ON CONFLICT DO NOTHING;

-- name: due
-- Of every key only the first that is still to be delivered: events of one key keep their order.
SELECT d.*, o.body FROM delivery d JOIN outbox o ON o.id = d.event
WHERE d.subscriber = :subscriber AND d.state = 'waiting' AND d.due_at <= :now
  AND NOT EXISTS (SELECT 1 FROM delivery e WHERE e.subscriber = d.subscriber AND e.key = d.key
    AND e.state = 'waiting' AND e.rank < d.rank)
ORDER BY d.due_at, d.rank LIMIT :limit;

-- name: claim
UPDATE delivery SET claims = claims + 1, due_at = :lease
WHERE subscriber = :subscriber AND event = :event AND claims = :claims AND state = 'waiting';

-- name: settle
UPDATE delivery SET state = :state, attempts = :attempts, due_at = :due_at, said = :said,
  ended_at = :ended_at
WHERE subscriber = :subscriber AND event = :event AND claims = :claims AND state = 'waiting';

-- name: trouble
INSERT INTO subscriber_trouble (name, held, cause, said, at)
VALUES (:name, :held, :cause, :said, :at)
ON CONFLICT (name) DO UPDATE SET cause = :cause, said = :said,
  held = CASE WHEN subscriber_trouble.held = 1 THEN 1 ELSE :held END;

-- name: let_go
UPDATE subscriber_trouble SET held = 0 WHERE name = :name AND held = 1;

-- name: mended
-- Nothing of it is left: it is not held, and no event of it is dead.
DELETE FROM subscriber_trouble WHERE name = :name AND held = 0
  AND NOT EXISTS (SELECT 1 FROM delivery WHERE subscriber = :name AND state = 'dead');

-- name: held
SELECT * FROM subscriber_trouble WHERE held = 1 ORDER BY name;

-- name: listed
SELECT d.subscriber, d.event, d.run, d.type, d.key, d.state, d.attempts, d.due_at, d.said,
  d.created_at, d.ended_at
FROM delivery d
WHERE (:subscriber = '' OR d.subscriber = :subscriber) AND (:state = '' OR d.state = :state)
  AND (:key = '' OR d.key = :key) AND (:type = '' OR d.type = :type)
  AND (:event = '' OR d.event = :event)
ORDER BY d.created_at DESC, d.rank DESC, d.subscriber LIMIT :limit;

-- name: counts
SELECT subscriber, state, count(*) AS events FROM delivery GROUP BY subscriber, state;

-- name: again
-- From the beginning of the schedule. One that is under way now loses its fence.
UPDATE delivery SET state = 'waiting', attempts = 0, claims = claims + 1, due_at = :now,
  ended_at = NULL
WHERE (:subscriber = '' OR subscriber = :subscriber) AND (:event = '' OR event = :event)
  AND (:state = '' OR state = :state) AND (:key = '' OR key = :key)
  AND (:type = '' OR type = :type)
RETURNING subscriber, event;

-- name: body
SELECT body FROM outbox WHERE id = :id;
