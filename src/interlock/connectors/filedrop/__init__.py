"""A legacy ERP without an API: batches of CSV out, acknowledgements, ledgers and camt.053 in.

`capability` says what it can do, `connector` is the door, `terms` are what was agreed about files,
`sheet` is CSV, `batch` shapes our files, `mailbox` is the shared folder, `journal` remembers what
was asked for and heard, `outbox` lets files leave, `answers` and `statement` read what comes,
`arrivals` takes it in, `standing` says how a document stands, `errors` has the ERP's reasons.
"""
