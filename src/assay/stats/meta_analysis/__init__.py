"""Many estimates of one kind together: do they differ, and what does each say beside the rest."""
