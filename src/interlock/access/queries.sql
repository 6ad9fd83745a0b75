-- name: account
SELECT * FROM access_account WHERE name = :name;

-- name: accounts
SELECT * FROM access_account ORDER BY name;

-- name: add_account
INSERT INTO access_account (name, grants, password, made_at, disabled_at, failures, failed_at)
VALUES (:name, :grants, :password, :made_at, '', 0, '');

-- name: disable
UPDATE access_account SET disabled_at = :now WHERE name = :name AND disabled_at = '';

-- name: change_grants
UPDATE access_account SET grants = :grants WHERE name = :name;

-- name: change_password
UPDATE access_account SET password = :password, failures = 0, failed_at = '' WHERE name = :name;

-- name: failed
UPDATE access_account SET failures = failures + 1, failed_at = :now WHERE name = :name;

-- name: came_in
UPDATE access_account SET failures = 0, failed_at = '' WHERE name = :name;

-- name: failures
SELECT failures, failed_at FROM access_account WHERE name = :name;

-- name: session
SELECT * FROM access_session WHERE digest = :digest;

-- name: open_session
INSERT INTO access_session (digest, account, csrf, made_at, seen_at)
VALUES (:digest, :account, :csrf, :now, :now);

-- name: touch
UPDATE access_session SET seen_at = :now WHERE digest = :digest;

-- name: close_session
DELETE FROM access_session WHERE digest = :digest;

-- name: close_sessions
DELETE FROM access_session WHERE account = :account;

-- name: close_ended
DELETE FROM access_session WHERE seen_at < :idle OR made_at < :absolute;

-- name: token
SELECT * FROM access_token WHERE id = :id;

-- name: tokens
SELECT * FROM access_token WHERE account = :account OR :account = '' ORDER BY made_at, id;

-- name: add_token
INSERT INTO access_token (id, account, note, acts, digest, made_at, ends_at, revoked_at)
VALUES (:id, :account, :note, :acts, :digest, :made_at, :ends_at, '');

-- name: revoke
UPDATE access_token SET revoked_at = :now WHERE id = :id AND revoked_at = '';

-- name: revoke_all
UPDATE access_token SET revoked_at = :now WHERE account = :account AND revoked_at = '';

-- name: begin_answer
INSERT INTO access_answered (account, idempotency_key, fingerprint, at, status, body)
VALUES (:account, :key, :fingerprint, :now, 0, '') ON CONFLICT DO NOTHING;

-- name: answered
SELECT fingerprint, at, status, body FROM access_answered
WHERE account = :account AND idempotency_key = :key;

-- name: end_answer
UPDATE access_answered SET status = :status, body = :body
WHERE account = :account AND idempotency_key = :key;

-- name: drop_answer
DELETE FROM access_answered WHERE account = :account AND idempotency_key = :key AND status = 0;

-- name: forget_answers
DELETE FROM access_answered WHERE at < :before;
