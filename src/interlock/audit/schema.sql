-- What is the same in both databases. Entries and mentions: schema.sqlite.sql, schema.postgres.sql.

CREATE INDEX IF NOT EXISTS audit_mention_value ON audit_mention (value, stream);

-- One gapless order over all streams, given at sealing time.
CREATE TABLE IF NOT EXISTS audit_leaf (
    leaf BIGINT PRIMARY KEY,
    seq BIGINT NOT NULL UNIQUE,
    hash TEXT NOT NULL
);

-- One row: up to which seq every entry surely has its leaf (see order.py).
CREATE TABLE IF NOT EXISTS audit_order (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    leaves BIGINT NOT NULL,
    settled BIGINT NOT NULL,
    candidate BIGINT NOT NULL,
    horizon BIGINT NOT NULL,
    seen BIGINT NOT NULL
);

INSERT INTO audit_order (id, leaves, settled, candidate, horizon, seen)
VALUES (1, 0, 0, 0, 0, 0) ON CONFLICT DO NOTHING;

-- Where the streams end whose end nobody else keeps (runs, cases and breaks keep their own).
CREATE TABLE IF NOT EXISTS audit_head (
    stream TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    hash TEXT NOT NULL
);

-- How far each reader of that order has come.
CREATE TABLE IF NOT EXISTS audit_reader (
    name TEXT PRIMARY KEY,
    leaf BIGINT NOT NULL
);

-- Signed checkpoints of the Merkle tree over the leaves.
CREATE TABLE IF NOT EXISTS audit_seal (
    size BIGINT PRIMARY KEY,
    root TEXT NOT NULL,
    peaks TEXT NOT NULL,
    at TEXT NOT NULL,
    note TEXT NOT NULL
);
