-- name: unfinished
SELECT * FROM run WHERE integration = :integration
  AND state NOT IN ('completed', 'compensated', 'cancelled') ORDER BY id;

-- name: break
SELECT * FROM reconciliation_break WHERE id = :id;

-- name: live
SELECT * FROM reconciliation_break WHERE name = :name AND state <> 'healed' AND id > :after
ORDER BY id LIMIT :limit;

-- name: page
SELECT * FROM reconciliation_break WHERE name = :name AND state = :state
ORDER BY weight DESC, id LIMIT :limit;

-- name: keep
INSERT INTO reconciliation_break (id, name, state, cause, key, legal_entity, currency, amount,
    weight, as_of, opened_at, seen_at, filed, head_position, head_hash, body)
VALUES (:id, :name, :state, :cause, :key, :legal_entity, :currency, :amount,
    :weight, :as_of, :opened_at, :seen_at, :filed, :head_position, :head_hash, :body)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, cause = excluded.cause,
    legal_entity = excluded.legal_entity, currency = excluded.currency,
    amount = excluded.amount, weight = excluded.weight, as_of = excluded.as_of,
    seen_at = excluded.seen_at, filed = excluded.filed, head_position = excluded.head_position,
    head_hash = excluded.head_hash, body = excluded.body;

-- name: forget_suggestions
DELETE FROM reconciliation_suggestion WHERE name = :name;

-- name: suggest
INSERT INTO reconciliation_suggestion (id, name, body) VALUES (:id, :name, :body);

-- name: suggestion
SELECT * FROM reconciliation_suggestion WHERE id = :id;

-- name: decide
INSERT INTO reconciliation_decision (id, name, kind, state, decided_by, approved_by, body)
VALUES (:id, :name, :kind, :state, :decided_by, :approved_by, :body);

-- name: decision
SELECT * FROM reconciliation_decision WHERE id = :id;

-- name: approve
UPDATE reconciliation_decision SET state = 'in-force', approved_by = :by
WHERE id = :id AND state = 'proposed';

-- name: decisions
SELECT * FROM reconciliation_decision WHERE name = :name ORDER BY id;

-- name: page_after
-- Breaks of a state behind a place in their list, those worth most first.
SELECT * FROM reconciliation_break
WHERE name = :name AND state = :state
  AND (:cause = '' OR cause = :cause)
  AND weight <= :weight AND (weight < :weight OR id > :id)
ORDER BY weight DESC, id LIMIT :limit;

-- name: breaks_by_cause
SELECT name, cause, legal_entity, currency, amount FROM reconciliation_break WHERE state = 'open';

-- name: know_turn
INSERT INTO reconciliation_turn (name, slot, worker, begun_at, ended_at, outcome)
VALUES (:name, :slot, '', :now, :now, 'told') ON CONFLICT (name) DO NOTHING;

-- name: take_turn
UPDATE reconciliation_turn SET slot = :slot, worker = :worker, begun_at = :now, ended_at = '',
    outcome = ''
WHERE name = :name AND (
    (ended_at <> '' AND slot < :slot)
    OR (ended_at <> '' AND outcome = 'untold' AND ended_at < :again)
    OR (ended_at = '' AND (worker = :worker OR begun_at < :stale)));

-- name: end_turn
UPDATE reconciliation_turn SET ended_at = :now, outcome = :outcome
WHERE name = :name AND worker = :worker AND ended_at = '';

-- name: heads
SELECT id, head_position, head_hash FROM reconciliation_break WHERE filed <> 0;
