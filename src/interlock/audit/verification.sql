-- name: chained
SELECT seq, stream, position, action, at, actor, data, mentions, prev, hash FROM audit_entry
WHERE (stream, position) > (:stream, :position)
ORDER BY stream, position LIMIT :limit;

-- name: mentions
SELECT what, value FROM audit_mention WHERE stream = :stream;

-- name: leaves
SELECT l.leaf, l.seq, l.hash, e.hash AS entry_hash, e.stream, e.position
FROM audit_leaf l LEFT JOIN audit_entry e ON e.seq = l.seq
WHERE l.leaf >= :start ORDER BY l.leaf LIMIT :limit;

-- name: unnumbered
SELECT e.stream, e.position FROM audit_entry e LEFT JOIN audit_leaf l ON l.seq = e.seq
WHERE e.seq <= :settled AND l.seq IS NULL ORDER BY e.seq LIMIT :limit;

-- name: last_numbered
SELECT coalesce(max(seq), 0) AS last FROM audit_leaf;
