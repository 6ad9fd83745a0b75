"""A storm over real processes: PostgreSQL, three workers, vendors, and a proxy that harms.

``python -m interlock.testing.storm --sagas 60`` kills, freezes, crashes, fails over and fills a
disk while deals become invoices; then everything heals, and the vendors' ledgers are asked.
"""
