-- Where every run stands, by the trail: one row a run, and the sums over them.
CREATE TABLE IF NOT EXISTS insight_run (
    run TEXT PRIMARY KEY,
    integration TEXT NOT NULL,
    legal_entity TEXT NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    amount TEXT NOT NULL,
    position INTEGER NOT NULL
);

CREATE INDEX IF NOT EXISTS insight_run_state ON insight_run (integration, state, run);

CREATE TABLE IF NOT EXISTS insight_tally (
    integration TEXT NOT NULL,
    legal_entity TEXT NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    runs BIGINT NOT NULL,
    amount TEXT NOT NULL,
    PRIMARY KEY (integration, legal_entity, currency, state)
);
