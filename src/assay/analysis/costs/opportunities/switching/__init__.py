"""A cheaper model does as well: for which work that is shown, and for which it is to be tried."""

from assay.analysis.costs.opportunities.switching.assess import find_switches, opportunities_of
from assay.analysis.costs.opportunities.switching.result import Move, SwitchingResult

__all__ = ["Move", "SwitchingResult", "find_switches", "opportunities_of"]
