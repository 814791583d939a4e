"""The sections of an A/B report, one module a topic; a notebook cell displays what they return."""

from assay.present.experiments.beliefs import best_blocks
from assay.present.experiments.families import family_blocks
from assay.present.experiments.plan import plan_blocks
from assay.present.experiments.registration import registration_blocks
from assay.present.experiments.sections import (
    chance_section,
    chance_table,
    checks_section,
    checks_table,
    dots_figure,
    lift_figure,
    method_details,
    remarks,
    values_table,
    what_changed,
)
from assay.present.experiments.segments import segment_blocks
from assay.present.experiments.timeline import timeline_blocks
from assay.present.prose.experiments import brief, tell

__all__ = [
    "best_blocks",
    "brief",
    "chance_section",
    "chance_table",
    "checks_section",
    "checks_table",
    "dots_figure",
    "family_blocks",
    "lift_figure",
    "method_details",
    "plan_blocks",
    "registration_blocks",
    "remarks",
    "segment_blocks",
    "tell",
    "timeline_blocks",
    "values_table",
    "what_changed",
]
