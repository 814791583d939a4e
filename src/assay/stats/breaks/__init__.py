"""Changes of level, slope and spread in a regular series: when, by how much, how surely."""

from assay.stats.breaks.find import find_breaks
from assay.stats.breaks.result import Break, Breaks, Noise, Segment

__all__ = ["Break", "Breaks", "Noise", "Segment", "find_breaks"]
