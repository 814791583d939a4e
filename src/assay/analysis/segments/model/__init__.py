"""Segments kept as numbers that hold nobody, so that entities of any day are put into the same."""

from assay.analysis.segments.model.kept import FILE, beside, checksum_of, model_from, text_of
from assay.analysis.segments.model.made import model_of
from assay.analysis.segments.model.placing import Drift, Shift, Unknown, behaviour_for, place
from assay.analysis.segments.model.result import Far, Named, SegmentModel, Sureness

__all__ = [
    "FILE",
    "Drift",
    "Far",
    "Named",
    "SegmentModel",
    "Shift",
    "Sureness",
    "Unknown",
    "behaviour_for",
    "beside",
    "checksum_of",
    "model_from",
    "model_of",
    "place",
    "text_of",
]
