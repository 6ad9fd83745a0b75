CREATE SEQUENCE IF NOT EXISTS audit_entry_seq AS BIGINT CACHE 1;

-- The transaction has its id before it takes a number: order.py rests on that.
-- "C" collation: streams sort by bytes, as in SQLite.
CREATE TABLE IF NOT EXISTS audit_entry (
    seq BIGINT PRIMARY KEY DEFAULT
        (CASE WHEN pg_current_xact_id() IS NOT NULL THEN nextval('audit_entry_seq') END),
    stream TEXT COLLATE "C" NOT NULL,
    position INTEGER NOT NULL,
    action TEXT NOT NULL,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    data TEXT NOT NULL,
    mentions TEXT NOT NULL,
    prev TEXT NOT NULL,
    hash TEXT NOT NULL,
    UNIQUE (stream, position)
);

CREATE TABLE IF NOT EXISTS audit_mention (
    stream TEXT COLLATE "C" NOT NULL,
    what TEXT COLLATE "C" NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (stream, what, value)
);
