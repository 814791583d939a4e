"""Data looked at more than once: bounds, spending, and intervals that hold at every look."""
