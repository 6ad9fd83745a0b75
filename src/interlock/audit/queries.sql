-- name: append
INSERT INTO audit_entry (stream, position, action, at, actor, data, mentions, prev, hash)
VALUES (:stream, :position, :action, :at, :actor, :data, :mentions, :prev, :hash);

-- name: mention
INSERT INTO audit_mention (stream, what, value) VALUES (:stream, :what, :value)
ON CONFLICT DO NOTHING;

-- name: head
SELECT position, hash FROM audit_entry
WHERE stream = :stream ORDER BY position DESC LIMIT 1;

-- name: of_stream
SELECT seq, stream, position, action, at, actor, data, mentions, prev, hash
FROM audit_entry WHERE stream = :stream AND position > :after ORDER BY position LIMIT :limit;

-- name: of_all
SELECT seq, stream, position, action, at, actor, data, mentions, prev, hash
FROM audit_entry WHERE seq > :after ORDER BY seq LIMIT :limit;

-- name: of_ending
SELECT seq, stream, position, action, at, actor, data, mentions, prev, hash
FROM audit_entry WHERE seq > :after AND action LIKE '%' || :ending ORDER BY seq LIMIT :limit;

-- name: find
SELECT DISTINCT stream FROM audit_mention WHERE value = :value ORDER BY stream LIMIT :limit;

-- name: mentions_of
SELECT what, value FROM audit_mention WHERE stream = :stream ORDER BY what, value;

-- name: kept
SELECT position, hash FROM audit_head WHERE stream = :stream;

-- name: keep
INSERT INTO audit_head (stream, position, hash) VALUES (:stream, :position, :hash)
ON CONFLICT (stream) DO UPDATE SET position = excluded.position, hash = excluded.hash;

-- name: every_kept
SELECT stream, position, hash FROM audit_head ORDER BY stream;
