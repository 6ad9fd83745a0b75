"""Secrets by reference: where a value is, never what it is.

A value is read when it is needed and read again when it changed. It is never logged, printed or
part of an error; what is told of it is the place, a version and when it ends.
"""
