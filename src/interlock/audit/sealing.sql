-- name: lock
UPDATE audit_order SET id = id WHERE id = 1;

-- name: leaves
SELECT leaf, hash FROM audit_leaf WHERE leaf >= :start ORDER BY leaf LIMIT :limit;

-- name: keep
INSERT INTO audit_seal (size, root, peaks, at, note)
VALUES (:size, :root, :peaks, :at, :note);

-- name: latest
SELECT size, root, peaks, at, note FROM audit_seal ORDER BY size DESC LIMIT 1;

-- name: after
SELECT size, root, peaks, at, note FROM audit_seal
WHERE size > :after ORDER BY size LIMIT :limit;
