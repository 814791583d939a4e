"""The sections of the report on cohorts, ready to be displayed."""

from assay.present.cohorts.hours import habit_blocks, method_details
from assay.present.cohorts.staying import lapse_blocks, retention_blocks
from assay.present.cohorts.trust import trust_blocks
from assay.present.cohorts.using import cycle_blocks, return_blocks
from assay.present.prose.cohorts import brief, tell

__all__ = [
    "brief",
    "cycle_blocks",
    "habit_blocks",
    "lapse_blocks",
    "method_details",
    "retention_blocks",
    "return_blocks",
    "tell",
    "trust_blocks",
]
