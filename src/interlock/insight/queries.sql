-- name: run
SELECT * FROM insight_run WHERE run = :run;

-- name: keep_run
INSERT INTO insight_run (run, integration, legal_entity, currency, state, amount, position)
VALUES (:run, :integration, :legal_entity, :currency, :state, :amount, :position)
ON CONFLICT (run) DO UPDATE SET integration = excluded.integration,
    legal_entity = excluded.legal_entity, currency = excluded.currency, state = excluded.state,
    amount = excluded.amount, position = excluded.position;

-- name: tally
SELECT runs, amount FROM insight_tally
WHERE integration = :integration AND legal_entity = :legal_entity AND currency = :currency
  AND state = :state;

-- name: keep_tally
INSERT INTO insight_tally (integration, legal_entity, currency, state, runs, amount)
VALUES (:integration, :legal_entity, :currency, :state, :runs, :amount)
ON CONFLICT (integration, legal_entity, currency, state)
DO UPDATE SET runs = excluded.runs, amount = excluded.amount;

-- name: tallies
SELECT integration, legal_entity, currency, state, runs, amount FROM insight_tally
WHERE runs <> 0 ORDER BY integration, legal_entity, currency, state;

-- name: runs_in
SELECT run, currency, amount FROM insight_run
WHERE integration = :integration AND state = :state ORDER BY run LIMIT :limit;
