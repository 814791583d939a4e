"""From valid frames to the inputs of an analysis: one scan, and only summaries come back."""
