"""What was declared, as one immutable value; and the authority function that all rooms ask.

Pure but for `reading`, the only place that knows YAML and files. Start at `kinds`, then
`authority`, `binding` (values between systems), `plan` (an integration compiled for running).
"""
