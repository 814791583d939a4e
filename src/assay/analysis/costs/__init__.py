"""What it costs, why that changed, what it will cost, and what to do about it."""
