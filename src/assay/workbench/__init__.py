"""Any notebook with a parameters cell: checked, run, published. Knows no statistics."""
