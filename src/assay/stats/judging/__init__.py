"""How far judges agree, and whether what moved is a judge or what was judged."""

from assay.stats.judging.agreement import Agreement, alpha_of, concordance_of
from assay.stats.judging.change import Change, change_within
from assay.stats.judging.onset import Onset, onset_of
from assay.stats.judging.shifts import Shift, Shifts, shifts_of

__all__ = [
    "Agreement",
    "Change",
    "Onset",
    "Shift",
    "Shifts",
    "alpha_of",
    "change_within",
    "concordance_of",
    "onset_of",
    "shifts_of",
]
