-- name: newest
SELECT * FROM product_version WHERE name = :name ORDER BY number DESC LIMIT 1;

-- name: newest_until
SELECT * FROM product_version WHERE name = :name AND published_at <= :until
ORDER BY number DESC LIMIT 1;

-- name: publish
INSERT INTO product_version (name, number, published_at, body)
VALUES (:name, :number, :published_at, :body);

-- name: reading
SELECT * FROM product_reading WHERE name = :name;

-- name: was_read
INSERT INTO product_reading (name, number, read_at) VALUES (:name, :number, :read_at)
ON CONFLICT (name) DO UPDATE SET number = excluded.number, read_at = excluded.read_at;
