-- name: add
INSERT INTO api_call (id, api, operation, caller, idempotency_key, fingerprint, integration, ref,
  accepted_at, held_until, due_at, tries, joined)
VALUES (:id, :api, :operation, :caller, :idempotency_key, :fingerprint, :integration, :ref,
  :accepted_at, :held_until, :accepted_at, 0, 0)
ON CONFLICT DO NOTHING;

-- name: forget
-- A key that was remembered long enough: the call stays, the key is free again.
UPDATE api_call SET idempotency_key = id || ' ' || idempotency_key
WHERE api = :api AND caller = :caller AND idempotency_key = :idempotency_key
  AND accepted_at < :before;

-- name: by_key
SELECT * FROM api_call
WHERE api = :api AND caller = :caller AND idempotency_key = :idempotency_key;

-- name: by_id
SELECT * FROM api_call WHERE id = :id;

-- name: backlog
SELECT count(*) AS calls FROM api_call WHERE api = :api AND due_at IS NOT NULL;

-- name: waiting
SELECT count(*) AS calls FROM api_call WHERE due_at IS NOT NULL;

-- name: listed
SELECT * FROM api_call WHERE (:api = '' OR api = :api) AND (:waiting = 0 OR due_at IS NOT NULL)
ORDER BY accepted_at DESC, id LIMIT :limit;

-- name: answered
-- Only the first answer is kept: every repetition of the call is given the same.
UPDATE api_call SET code = :code, body = :body WHERE id = :id AND code IS NULL;

-- name: due
SELECT * FROM api_call WHERE due_at IS NOT NULL AND due_at <= :now ORDER BY due_at LIMIT :limit;

-- name: claim
-- Of two workers that see the same call one takes it; a dead one's lease ends.
UPDATE api_call SET due_at = :lease, tries = tries + 1
WHERE id = :id AND due_at = :due_at;

-- name: later
UPDATE api_call SET due_at = :due_at WHERE id = :id AND due_at IS NOT NULL;

-- name: taken
UPDATE api_call SET due_at = NULL WHERE id = :id AND due_at IS NOT NULL;

-- name: begun
UPDATE api_call SET run = :run, joined = :joined WHERE id = :id;

-- name: refused
UPDATE api_call SET due_at = NULL, refused = :problem WHERE id = :id AND due_at IS NOT NULL;

-- name: spend
-- A worker whose clock is behind counts in the window that others have begun.
INSERT INTO api_rate (api, caller, length, span, used) VALUES (:api, :caller, :length, :span, 1)
ON CONFLICT (api, caller) DO UPDATE SET
  used = CASE WHEN api_rate.length = :length AND api_rate.span >= :span THEN api_rate.used + 1 ELSE 1 END,
  span = CASE WHEN api_rate.length = :length AND api_rate.span >= :span THEN api_rate.span ELSE :span END,
  length = :length
RETURNING used, span;
