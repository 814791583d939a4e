"""What differs between segments, with members known as surely as they are."""

from assay.analysis.segments.comparing.assess import compare_segments
from assay.analysis.segments.comparing.result import SegmentsCompared

__all__ = ["SegmentsCompared", "compare_segments"]
