"""The only reader and writer of frames."""
