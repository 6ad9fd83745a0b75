"""The fault matrix: every fault at every step, once, at exactly one moment.

A storm finds what nobody thought of; the matrix says what was thought of. Each cell plays one
deal in which one fault strikes at one place, and holds every law against what is left.
"""
