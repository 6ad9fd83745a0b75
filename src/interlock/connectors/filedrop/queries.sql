-- name: entry
SELECT * FROM entry WHERE object = :object AND key = :key;

-- name: put_entry
INSERT INTO entry (object, key, body, fingerprint, attempt, drops, state, batch, cut, sent_at, code, message)
VALUES (:object, :key, :body, :fingerprint, :attempt, :drops, :state, :batch, :cut, :sent_at, :code, :message)
ON CONFLICT (object, key) DO UPDATE SET body = :body, fingerprint = :fingerprint, attempt = :attempt,
  drops = :drops, state = :state, batch = :batch, cut = :cut, sent_at = :sent_at, code = :code,
  message = :message;

-- name: drop_entry
DELETE FROM entry WHERE object = :object AND key = :key;

-- name: staged
SELECT * FROM entry WHERE state = 'staged' AND cut <= :now ORDER BY object, cut, key;

-- name: of_batch
SELECT * FROM entry WHERE batch = :batch;

-- name: leave
INSERT INTO leaving (name) VALUES (:name) ON CONFLICT DO NOTHING;

-- name: left
DELETE FROM leaving WHERE name = :name;

-- name: leaving
SELECT name FROM leaving ORDER BY name;

-- name: record
SELECT * FROM record WHERE object = :object AND ref = :ref;

-- name: by_reference
SELECT * FROM record WHERE object = :object AND reference = :reference ORDER BY ref LIMIT 3;

-- name: put_record
INSERT INTO record (object, ref, reference, body, as_of) VALUES (:object, :ref, :reference, :body, :as_of)
ON CONFLICT (object, ref) DO UPDATE SET reference = :reference, body = :body, as_of = :as_of;

-- name: shown
SELECT as_of FROM shown WHERE object = :object;

-- name: show
INSERT INTO shown (object, as_of) VALUES (:object, :as_of)
ON CONFLICT (object) DO UPDATE SET as_of = :as_of WHERE as_of < :as_of;

-- name: change
INSERT INTO change (id, type, object, ref, body, at) VALUES (:id, :type, :object, :ref, :body, :at)
ON CONFLICT DO NOTHING;

-- name: changes
SELECT * FROM change WHERE object = :object AND seq > :after ORDER BY seq LIMIT :most;

-- name: last_change
SELECT COALESCE(MAX(seq), 0) AS seq FROM change;

-- name: arrived
SELECT name FROM arrival WHERE digest = :digest;

-- name: arrive
INSERT INTO arrival (digest, name, at) VALUES (:digest, :name, :at) ON CONFLICT DO NOTHING;

-- name: statement
SELECT digest FROM statement WHERE id = :id;

-- name: keep_statement
INSERT INTO statement (id, digest) VALUES (:id, :digest);
