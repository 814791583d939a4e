"""Whether a comparison can be trusted: checks, splits, and what was registered."""
