"""What every room stands on: errors, places, clock, ids, money, database, secrets, telemetry.

Each module could be a small library of its own; none knows a word of the trade. Only `clock`
reads a clock, only `ids` makes random identifiers, only `database` opens one.
"""
