CREATE TABLE IF NOT EXISTS cases (
    id TEXT PRIMARY KEY,
    stream TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    cause TEXT NOT NULL,
    integration TEXT NOT NULL,
    business_key TEXT NOT NULL,
    system TEXT NOT NULL,
    owner TEXT NOT NULL,
    assignee TEXT NOT NULL,
    legal_entity TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    due_at TEXT NOT NULL,
    closed_at TEXT NOT NULL,
    weight BIGINT NOT NULL,
    body TEXT NOT NULL,
    head_position INTEGER NOT NULL,
    head_hash TEXT NOT NULL
);

-- One live case for a stream at a time.
CREATE UNIQUE INDEX IF NOT EXISTS cases_live ON cases (stream) WHERE state <> 'closed';

-- The queue, in its order.
CREATE INDEX IF NOT EXISTS cases_queue ON cases (weight DESC, id) WHERE state <> 'closed';

CREATE INDEX IF NOT EXISTS cases_stream ON cases (stream);

-- What is closed, the latest first.
CREATE INDEX IF NOT EXISTS cases_closed ON cases (closed_at DESC, id) WHERE state = 'closed';
