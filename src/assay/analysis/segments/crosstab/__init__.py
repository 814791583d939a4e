"""Who does what in which surroundings: persons by two or three names, and what goes together."""

from assay.analysis.segments.crosstab.assess import cross_tabulate
from assay.analysis.segments.crosstab.result import CrosstabResult

__all__ = ["CrosstabResult", "cross_tabulate"]
