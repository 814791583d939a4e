"""Who behaves alike as one record: structure first, then segments, or that there are none."""

from assay.analysis.segments.report.assess import report_segments
from assay.analysis.segments.report.beside import metrics_by_segment, who_does_what
from assay.analysis.segments.report.forming import Formed, Standing, form, profiles_of, standing
from assay.analysis.segments.report.result import SegmentsReport

__all__ = [
    "Formed",
    "SegmentsReport",
    "Standing",
    "form",
    "metrics_by_segment",
    "profiles_of",
    "report_segments",
    "standing",
    "who_does_what",
]
