"""Any notebook with a parameters cell: checked, run, published. Knows no statistics."""

from assay.core.grammars import leave_out_grammars

leave_out_grammars()
