"""The console: one place where people see, decide and trust; and the HTTP API over the same.

`door` (nouns: what is asked, what is answered), `catalogue` (every page and operation there is),
`guard` (who may come through which door), `application` (ASGI), `pages` and `api` (one file per
page or topic), `acting` (what changes something: the commands of the rooms below, nothing else).
"""
