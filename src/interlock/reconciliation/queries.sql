-- name: unfinished
SELECT * FROM run WHERE integration = :integration
  AND state NOT IN ('completed', 'compensated', 'cancelled') ORDER BY id;
