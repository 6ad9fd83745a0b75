"""Formats of an inspection's report; each file one pure function from report to text."""
