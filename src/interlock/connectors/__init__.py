"""Windows to other systems: one package per vendor, all with one anatomy.

Read `port` first (what a connector promises), then `kit` (HTTP, auth, classification), then any
vendor: `connector` (the door), `operations` (requests), `errors` (the vendor's error table). A
connector never imports another. `catalogue` names them all.
"""
