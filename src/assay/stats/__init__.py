"""Numbers in, numbers out: NumPy and scipy.special, no frames, no column names, no clock."""
