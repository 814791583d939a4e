"""Does the engine keep its word? Simulated experiments whose truth is known."""
