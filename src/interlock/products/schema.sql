-- What was published of data products; the files themselves lie beside the installation.

CREATE TABLE IF NOT EXISTS product_version (
  name text NOT NULL,
  number integer NOT NULL,
  published_at text NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (name, number)
);

CREATE TABLE IF NOT EXISTS product_reading (
  name text PRIMARY KEY,          -- the product
  number integer NOT NULL,        -- the version that was found to be right still
  read_at text NOT NULL           -- when its sources were read last
);
