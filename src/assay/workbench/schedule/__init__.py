"""Reports by the clock: what is due, who does it, and what became of it."""
