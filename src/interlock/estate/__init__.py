"""What was declared: every kind, read with its place, cross-referenced, immutable; and the
authority function that every other room asks.

Pure but for `reading`, the only place that knows YAML and files. Start at `kinds`, then
`authority`, `binding` (values between systems), `plan` (an integration compiled for running).
"""
