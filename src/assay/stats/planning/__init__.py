"""How many units an experiment needs: power, what it is computed from, and its simulation."""
