"""The window to an HTTP API that is declared in the estate, not written here.

The declaration (`interlock.estate.kinds.rest`) says where things stand and what answers mean;
`errors` reads answers by its table, `calls` fills its templates, `feed` polls. See README.md.
"""
