-- name: live_of
SELECT * FROM cases WHERE stream = :stream AND state <> 'closed';

-- name: of_stream
SELECT * FROM cases WHERE stream = :stream ORDER BY opened_at, id;

-- name: by_id
SELECT * FROM cases WHERE id = :id;

-- name: by_beginning
SELECT * FROM cases WHERE substr(id, 1, :length) = :id ORDER BY id LIMIT 2;

-- name: insert
INSERT INTO cases (id, stream, kind, state, cause, integration, business_key, system, owner,
    assignee, legal_entity, currency, amount, opened_at, due_at, closed_at, weight, body,
    head_position, head_hash)
VALUES (:id, :stream, :kind, :state, :cause, :integration, :business_key, :system, :owner,
    :assignee, :legal_entity, :currency, :amount, :opened_at, :due_at, :closed_at, :weight, :body,
    :head_position, :head_hash);

-- name: update
UPDATE cases SET kind = :kind, state = :state, cause = :cause, integration = :integration,
    business_key = :business_key, system = :system, owner = :owner, assignee = :assignee,
    legal_entity = :legal_entity, currency = :currency, amount = :amount, due_at = :due_at,
    closed_at = :closed_at, weight = :weight, body = :body,
    head_position = :head_position, head_hash = :head_hash
WHERE id = :id AND head_position = :was_position;

-- name: queue
SELECT * FROM cases
WHERE state <> 'closed'
  AND (:integration = '' OR integration = :integration)
  AND (:cause = '' OR cause = :cause)
  AND (:kind = '' OR kind = :kind)
  AND (:owner = '' OR owner = :owner OR assignee = :owner)
  AND (:business_key = '' OR business_key = :business_key)
  AND (:legal_entity = '' OR legal_entity = :legal_entity)
ORDER BY weight DESC, id LIMIT :limit;

-- name: closed
SELECT * FROM cases
WHERE state = 'closed'
  AND (:integration = '' OR integration = :integration)
  AND (:cause = '' OR cause = :cause)
  AND (:kind = '' OR kind = :kind)
  AND (:owner = '' OR owner = :owner OR assignee = :owner)
  AND (:business_key = '' OR business_key = :business_key)
  AND (:legal_entity = '' OR legal_entity = :legal_entity)
ORDER BY closed_at DESC, id LIMIT :limit;

-- name: at_risk
SELECT kind, cause, currency, amount FROM cases WHERE state <> 'closed';

-- name: heads
SELECT id, head_position, head_hash FROM cases;

-- name: queue_page
-- A page of the queue: behind a place in it; `due_from` and `due_before` bound the deadline.
SELECT * FROM cases
WHERE state <> 'closed'
  AND (:integration = '' OR integration = :integration)
  AND (:cause = '' OR cause = :cause)
  AND (:kind = '' OR kind = :kind)
  AND (:owner = '' OR owner = :owner OR assignee = :owner)
  AND (:business_key = '' OR business_key = :business_key)
  AND (:legal_entity = '' OR legal_entity = :legal_entity)
  AND (:currency = '' OR currency = :currency)
  AND (:due_from = '' OR due_at >= :due_from)
  AND (:due_before = '' OR due_at < :due_before)
  AND weight <= :weight
  AND (weight < :weight OR id > :id)
ORDER BY weight DESC, id LIMIT :limit;

-- name: closed_page
SELECT * FROM cases
WHERE state = 'closed'
  AND (:integration = '' OR integration = :integration)
  AND (:cause = '' OR cause = :cause)
  AND (:kind = '' OR kind = :kind)
  AND (:owner = '' OR owner = :owner OR assignee = :owner)
  AND (:business_key = '' OR business_key = :business_key)
  AND (:legal_entity = '' OR legal_entity = :legal_entity)
  AND closed_at <= :closed_at
  AND (closed_at < :closed_at OR id > :id)
ORDER BY closed_at DESC, id LIMIT :limit;

-- name: stakes
SELECT kind, cause, system, integration, owner, legal_entity, currency, amount, due_at FROM cases
WHERE state <> 'closed';
