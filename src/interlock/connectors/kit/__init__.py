"""What every connector is made of; it knows no vendor.

Read `exchange` (one call, one answer), then `http` (the bounded, suspicious client), `classify`
(a vendor's error table as data) and `channel` (client + credentials + table: what connectors
hold). `auth` has the schemes, `document` JSON without floats, `flatten` form bodies, `dotted`
paths into bodies, `paging` bounded walks, `masking` what may be said aloud.
"""
