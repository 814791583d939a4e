"""Many tests at once, and several arms against one control."""
