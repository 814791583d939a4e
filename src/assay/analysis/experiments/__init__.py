"""Did the change help? Randomised experiments, from arm summaries to a verdict."""
