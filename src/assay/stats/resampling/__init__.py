"""Tests and intervals that draw units anew instead of assuming a distribution."""
