-- name: start
INSERT INTO run (id, integration, key, generation, state, estate, criticality, segment, length,
  head_position, head_hash, signals, due_at, started_at, updated_at)
VALUES (:id, :integration, :key, :generation, 'ready', :estate, :criticality, 0, :length,
  :head_position, :head_hash, 0, :at, :at, :at)
ON CONFLICT DO NOTHING;

-- name: latest
SELECT * FROM run WHERE integration = :integration AND key = :key
ORDER BY generation DESC LIMIT 1;

-- name: run
SELECT * FROM run WHERE id = :id;

-- name: due
-- Who wants to go on now, the critical ones first. A running run whose lease ended is taken over.
SELECT id, segment FROM run WHERE due_at IS NOT NULL AND due_at <= :now
ORDER BY criticality, due_at LIMIT :limit;

-- name: next_due
SELECT min(due_at) AS due_at FROM run WHERE due_at IS NOT NULL;

-- name: claim
-- Fenced by the segment: of two workers that take up the same run one succeeds; a zombie that
-- wakes up later finds a higher segment and can write nothing.
UPDATE run SET segment = segment + 1, state = 'running', worker = :worker, due_at = :lease,
  updated_at = :now
WHERE id = :id AND segment = :segment AND due_at IS NOT NULL AND due_at <= :now;

-- name: claim_batched
-- Whoever sees to a cut takes up its runs; nobody else does.
UPDATE run SET segment = segment + 1, state = 'running', worker = :worker, due_at = :lease,
  updated_at = :now
WHERE id = :id AND state = 'batched' AND correlation = :cut;

-- name: due_of
SELECT id, segment FROM run WHERE integration = :integration AND due_at IS NOT NULL
  AND due_at <= :now AND state IN ('ready', 'running', 'sleeping') ORDER BY criticality, due_at LIMIT :limit;

-- name: next_due_of
SELECT min(due_at) AS due_at FROM run WHERE integration = :integration AND due_at IS NOT NULL
  AND state IN ('ready', 'running', 'sleeping');

-- name: states_of
SELECT state, count(*) AS runs FROM run WHERE integration = :integration GROUP BY state;

-- name: open_cut
INSERT INTO cut (id, integration, system, operation, field, criticality, job, worker, made_at, held_until)
VALUES (:id, :integration, :system, :operation, :field, :criticality, NULL, :worker, :now, :until)
ON CONFLICT DO NOTHING;

-- name: join_cut
INSERT INTO cut_member (cut, key, run, path) VALUES (:cut, :key, :run, :path);

-- name: cut_left
UPDATE cut SET job = :job WHERE id = :id AND worker = :worker;

-- name: hold_cuts
UPDATE cut SET held_until = :until WHERE worker = :worker;

-- name: abandoned_cuts
SELECT * FROM cut WHERE worker = :worker OR held_until < :now ORDER BY made_at, id;

-- name: take_cut
UPDATE cut SET worker = :worker, held_until = :until WHERE id = :id AND held_until = :held;

-- name: members
SELECT key, run, path FROM cut_member WHERE cut = :cut ORDER BY key;

-- name: leave_cut
DELETE FROM cut_member WHERE cut = :cut AND key = :key;

-- name: close_cut
DELETE FROM cut WHERE id = :id;

-- name: facts
SELECT body FROM history WHERE run = :run ORDER BY seq;

-- name: add_fact
INSERT INTO history (run, seq, segment, body) VALUES (:run, :seq, :segment, :body);

-- name: progress
-- Every write of a segment goes through here; no row means: the run was taken over.
UPDATE run SET length = :length, head_position = :head_position, head_hash = :head_hash,
  state = :state, seen = :seen, due_at = :due_at, system = :system, event = :event, correlation = :correlation,
  path = :path, legal_entity = :legal_entity, currency = :currency, amount = :amount,
  updated_at = :now
WHERE id = :id AND segment = :segment
RETURNING signals;

-- name: wake
UPDATE run SET due_at = :now, signals = signals + 1
WHERE id = :id AND state NOT IN ('compensated', 'cancelled', 'running', 'batched');

-- name: was_changed
SELECT id FROM signal WHERE run = :run AND kind = 'changed' LIMIT 1;

-- name: nudge
-- A run that is in hand is not woken, only told that there is something to read.
UPDATE run SET signals = signals + 1 WHERE id = :id AND state IN ('running', 'batched');

-- name: add_signal
INSERT INTO signal (id, run, kind, system, event, correlation, body, at)
VALUES (:id, :run, :kind, :system, :event, :correlation, :body, :at)
ON CONFLICT DO NOTHING;

-- name: listeners
SELECT id FROM run WHERE integration = :integration AND system = :system AND event = :event
  AND correlation = :correlation;

-- name: signals_of
SELECT * FROM signal WHERE run = :run AND taken_by IS NULL AND kind <> 'successor' ORDER BY at, id;

-- name: successors
SELECT body FROM signal WHERE run = :run AND taken_by IS NULL AND kind = 'successor' ORDER BY at, id;

-- name: take_successors
UPDATE signal SET taken_by = run WHERE run = :run AND kind = 'successor' AND taken_by IS NULL;

-- name: touch
-- Changes nothing; finds out, against a concurrent end, whether the run is still under way.
UPDATE run SET updated_at = updated_at
WHERE id = :id AND state NOT IN ('completed', 'compensated', 'cancelled');

-- name: carried_before
-- What the last run of this key that wrote anything saw, if it carried that through.
SELECT state, seen FROM run WHERE integration = :integration AND key = :key
  AND generation < :generation AND state IN ('completed', 'compensated')
ORDER BY generation DESC LIMIT 1;

-- name: taken_back
SELECT id FROM run WHERE integration = :integration AND key = :key AND generation = :generation
  AND state IN ('compensated', 'cancelled')
  AND NOT EXISTS (SELECT 1 FROM signal WHERE signal.run = run.id AND signal.kind = 'changed');

-- name: heard
-- What was kept before events were kept for each integration apart has the correlation alone.
SELECT * FROM signal WHERE system = :system AND event = :event
  AND correlation IN (:kept, :correlation) AND run IS NULL AND (taken_by IS NULL OR taken_by = :run) ORDER BY at, id LIMIT 1;

-- name: take_signal
UPDATE signal SET taken_by = :run WHERE id = :id AND taken_by IS NULL;

-- name: add_outbox
INSERT INTO outbox (id, run, type, key, rank, body, at)
VALUES (:id, :run, :type, :key, :rank, :body, :at)
ON CONFLICT DO NOTHING;

-- name: add_estate
INSERT INTO estate_version (digest, body, author, approver, applied_at, current)
VALUES (:digest, :body, :author, :approver, :at, 0) ON CONFLICT DO NOTHING;

-- name: no_current_estate
UPDATE estate_version SET current = 0 WHERE current = 1;

-- name: make_current
UPDATE estate_version SET current = 1 WHERE digest = :digest;

-- name: estate
SELECT * FROM estate_version WHERE digest = :digest;

-- name: current_estate
SELECT * FROM estate_version WHERE current = 1;

-- name: counts
SELECT state, integration, legal_entity, currency, count(*) AS runs FROM run
GROUP BY state, integration, legal_entity, currency;

-- name: runs_in
SELECT * FROM run WHERE state = :state ORDER BY started_at, id LIMIT :limit;

-- name: completed_since
SELECT * FROM run WHERE state = 'completed' AND updated_at >= :since
ORDER BY updated_at DESC, id LIMIT :limit;

-- name: overdue
-- Wanted to go on long ago and did not: nobody works, or it is stuck.
SELECT id, integration, key, state, due_at FROM run
WHERE due_at IS NOT NULL AND due_at < :before ORDER BY due_at LIMIT :limit;

-- name: stranded
-- Waits for what becomes of a cut, and nobody has seen to that for long, or there is no such cut.
SELECT run.integration, run.key FROM run LEFT JOIN cut ON cut.id = run.correlation
WHERE run.state = 'batched' AND (cut.id IS NULL OR cut.held_until < :before)
ORDER BY run.id LIMIT :limit;

-- name: asking
SELECT id, integration, key FROM run WHERE state IN ('parked', 'asking') ORDER BY id;

-- name: heads
SELECT id, head_position, head_hash FROM run;

-- name: set_head
UPDATE run SET head_hash = :hash WHERE id = :id;

-- name: again
UPDATE run SET due_at = :now, head_position = :position, head_hash = :hash WHERE id = :id;

-- name: forget_replays
-- A newer run carries everything: an older one that was to be replayed stays finished.
UPDATE run SET due_at = NULL WHERE integration = :integration AND key = :key
  AND state IN ('completed', 'compensated', 'cancelled') AND due_at IS NOT NULL;

-- name: orphans
-- This slot's earlier process is dead: what it had in hand is due at once.
UPDATE run SET due_at = :now WHERE worker = :worker AND state = 'running';

-- name: of_integration
SELECT key, state FROM run WHERE integration = :integration ORDER BY generation;

-- name: restorations
SELECT number, since, at, author, reason, behind, ended_at FROM restoration ORDER BY number;

-- name: begin_restoration
INSERT INTO restoration (number, since, at, author, reason, behind)
VALUES (:number, :since, :at, :author, :reason, :behind);

-- name: end_restoration
UPDATE restoration SET ended_at = :at WHERE number = :number;

-- name: last_entry
SELECT seq, at FROM audit_entry ORDER BY seq DESC LIMIT 1;

-- name: looked_up
SELECT data FROM audit_entry WHERE seq > :behind AND action = 'step.done';

-- name: listed
-- Runs in one state, the latest first, behind a place in the list.
SELECT * FROM run
WHERE state = :state
  AND started_at <= :started_at AND (started_at < :started_at OR id > :id)
  AND (:integration = '' OR integration = :integration)
  AND (:legal_entity = '' OR legal_entity = :legal_entity)
ORDER BY started_at DESC, id LIMIT :limit;
