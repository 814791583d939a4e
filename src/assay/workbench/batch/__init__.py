"""Many reports at once: planned, carried out by workers, and told of while they run."""
