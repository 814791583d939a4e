"""What a reader is told: families of comparisons, verdicts, findings, methods and citations."""
