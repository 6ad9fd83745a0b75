-- name: record
SELECT * FROM record WHERE entity = :entity AND system = :system AND ref = :ref;

-- name: records_of_key
SELECT * FROM record WHERE entity = :entity AND system = :system AND key = :key ORDER BY ref;

-- name: refs
SELECT ref FROM record WHERE entity = :entity AND system = :system ORDER BY ref;

-- name: keep
INSERT INTO record (entity, system, ref, key, body, present)
VALUES (:entity, :system, :ref, :key, :body, :present)
ON CONFLICT (entity, system, ref) DO UPDATE SET key = excluded.key, body = excluded.body,
    present = excluded.present;

-- name: forget
DELETE FROM record WHERE entity = :entity AND system = :system AND ref = :ref;

-- name: reading
SELECT * FROM reading WHERE entity = :entity AND system = :system;

-- name: readings
SELECT * FROM reading ORDER BY entity, system;

-- name: was_read
INSERT INTO reading (entity, system, position, read_at, whole_at)
VALUES (:entity, :system, :position, :read_at, :whole_at)
ON CONFLICT (entity, system) DO UPDATE SET position = excluded.position,
    read_at = excluded.read_at, whole_at = excluded.whole_at;

-- name: how_often
SELECT count(*) AS records, coalesce(sum(instr(present, :path) > 0), 0) AS times
FROM record WHERE entity = :entity AND system = :system;

-- name: seen
SELECT * FROM seen WHERE entity = :entity AND system = :system AND path = :path;

-- name: was_seen
INSERT INTO seen (entity, system, path, times, records)
VALUES (:entity, :system, :path, :times, :records)
ON CONFLICT (entity, system, path) DO UPDATE SET times = excluded.times,
    records = excluded.records;

-- name: bases_of
SELECT base FROM dependency WHERE name = :name ORDER BY base;

-- name: depend
INSERT INTO dependency (name, base) VALUES (:name, :base) ON CONFLICT DO NOTHING;

-- name: forget_dependencies
DELETE FROM dependency WHERE base = :base;

-- name: forget_lines
DELETE FROM line WHERE base = :base;

-- name: forget_trouble
DELETE FROM trouble WHERE base = :base;

-- name: line
INSERT INTO line (base, number, sort, cells, wrong)
VALUES (:base, :number, :sort, :cells, :wrong);

-- name: trouble
INSERT INTO trouble (base, kind, what) VALUES (:base, :kind, :what);

-- name: lines
SELECT sort, base, number, cells FROM line
WHERE (sort, base, number) > (:sort, :base, :number) ORDER BY sort, base, number LIMIT :limit;

-- name: wrong
SELECT sort FROM line WHERE instr(wrong, :test) > 0 ORDER BY sort LIMIT :limit;

-- name: how_wrong
SELECT count(*) AS lines FROM line WHERE instr(wrong, :test) > 0;

-- name: troubles
SELECT kind, what FROM trouble ORDER BY base LIMIT :limit;

-- name: how_much_trouble
SELECT count(*) AS troubles FROM trouble;

-- name: made
SELECT value FROM made WHERE name = :name;

-- name: make
INSERT INTO made (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: empty_record
DELETE FROM record;

-- name: empty_reading
DELETE FROM reading;

-- name: empty_line
DELETE FROM line;

-- name: empty_trouble
DELETE FROM trouble;

-- name: empty_dependency
DELETE FROM dependency;
