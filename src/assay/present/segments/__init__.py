"""The sections of the page on segments, ready to be displayed."""

from assay.present.prose.segments import brief, tell
from assay.present.segments.comparing import metric_blocks
from assay.present.segments.crosstab import cross_blocks
from assay.present.segments.evidence import (
    k_blocks,
    method_details,
    structure_blocks,
    trust_blocks,
)
from assay.present.segments.members import certainty_blocks, flow_blocks, rule_blocks
from assay.present.segments.profiles import profile_blocks, segment_blocks

__all__ = [
    "brief",
    "certainty_blocks",
    "cross_blocks",
    "flow_blocks",
    "k_blocks",
    "method_details",
    "metric_blocks",
    "profile_blocks",
    "rule_blocks",
    "segment_blocks",
    "structure_blocks",
    "tell",
    "trust_blocks",
]
