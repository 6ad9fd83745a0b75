"""The door for people and scripts: a command parses, calls one function, prints and exits.

Exit codes: 0 fine, 1 findings, 2 could not tell, 3 wrong use. `main` registers the commands and
imports each only when it is asked for, so that `check` and `--help` stay quick.
"""
