"""Changes of level, slope and spread in a regular series: when, by how much, how surely."""

from assay.stats.breaks.find import analysed, find_breaks
from assay.stats.breaks.measure import Whereabouts
from assay.stats.breaks.result import Break, Breaks, Noise, Segment
from assay.stats.breaks.together import CommonBreaks, Together, common_breaks, joined_breaks

__all__ = [
    "Break",
    "Breaks",
    "CommonBreaks",
    "Noise",
    "Segment",
    "Together",
    "Whereabouts",
    "analysed",
    "common_breaks",
    "find_breaks",
    "joined_breaks",
]
