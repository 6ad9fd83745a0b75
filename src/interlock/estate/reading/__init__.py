"""The only place that knows YAML and files.

`yaml` turns text into documents whose every value knows its place; `load` turns documents into
an estate, or says all that is wrong with them.
"""
