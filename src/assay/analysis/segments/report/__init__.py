"""Who behaves alike as one record: structure first, then segments, or that there are none."""

from assay.analysis.segments.report.assess import report_segments
from assay.analysis.segments.report.forming import Formed, Standing, form, profiles_of, standing
from assay.analysis.segments.report.result import SegmentsReport

__all__ = [
    "Formed",
    "SegmentsReport",
    "Standing",
    "form",
    "profiles_of",
    "report_segments",
    "standing",
]
