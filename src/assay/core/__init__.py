"""What every layer shares: errors, units, estimates, findings, and the record of a result."""
