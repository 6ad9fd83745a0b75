"""One file per page, each with its doors; what it shows comes from read models, not from SQL."""
