"""The engine room: runs integrations step by step and survives being switched off.

`core` decides (pure: no clock, no database, no network); `segment` carries out what it decides
and writes it down; `store` remembers runs; `engine` (DBOS) and `simulator` (virtual time) are
the two drivers of the same segment; `commands` is what other rooms may ask for.
"""
