"""Ratios, each measured against its yardstick in the same run, on the same machine."""
