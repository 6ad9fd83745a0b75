-- name: one_at_a_time
SELECT pg_advisory_xact_lock(4712);

-- name: lock
UPDATE audit_order SET id = id WHERE id = 1;

-- name: mark
SELECT leaves, settled, candidate, horizon, seen FROM audit_order WHERE id = 1;

-- name: horizon
SELECT pg_current_xact_id()::text::bigint AS own,
       pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS floor;

-- name: number
INSERT INTO audit_leaf (leaf, seq, hash)
SELECT :leaves - 1 + row_number() OVER (ORDER BY e.seq), e.seq, e.hash
FROM audit_entry e LEFT JOIN audit_leaf l ON l.seq = e.seq
WHERE e.seq > :settled AND l.seq IS NULL;

-- name: last
SELECT coalesce(max(seq), 0) AS last FROM audit_entry;

-- name: advance
UPDATE audit_order SET leaves = :leaves, settled = :settled, candidate = :candidate,
       horizon = :horizon, seen = :seen
WHERE id = 1;

-- name: entries
SELECT e.seq, e.stream, e.position, e.action, e.at, e.actor, e.data, e.mentions, e.prev, e.hash
FROM audit_leaf l JOIN audit_entry e ON e.seq = l.seq
WHERE l.leaf >= :start ORDER BY l.leaf LIMIT :limit;

-- name: new_reader
INSERT INTO audit_reader (name, leaf) VALUES (:name, 0) ON CONFLICT DO NOTHING;

-- name: lock_reader
UPDATE audit_reader SET leaf = leaf WHERE name = :name;

-- name: reader
SELECT leaf FROM audit_reader WHERE name = :name;

-- name: advance_reader
UPDATE audit_reader SET leaf = :leaf WHERE name = :name;
