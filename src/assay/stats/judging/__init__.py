"""How far judges agree, and whether what moved is a judge or what was judged."""

from assay.stats.judging.agreement import Agreement, alpha_of, concordance_of
from assay.stats.judging.change import Change, change_within
from assay.stats.judging.shifts import Shift, Shifts, shifts_of

__all__ = [
    "Agreement",
    "Change",
    "Shift",
    "Shifts",
    "alpha_of",
    "change_within",
    "concordance_of",
    "shifts_of",
]
