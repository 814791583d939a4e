"""Who hears of a new version or of a failure, and how."""
