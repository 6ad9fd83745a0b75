"""The window to a database whose tables are declared in the estate (SQLite, PostgreSQL).

Identifiers come from the declaration, values are bound; a write is one transaction, and only a
lost connection during its COMMIT leaves it unknown. See README.md.
"""
