"""An experiment while it runs: its looks, its plan, its course and what its end will say."""
