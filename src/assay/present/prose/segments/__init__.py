"""What the page on segments says."""

from assay.present.prose.segments.head import brief, decide, firmness, title
from assay.present.prose.segments.page import (
    certainty_head,
    flow_head,
    k_head,
    profile_head,
    rules_head,
    segments_head,
    structure_head,
    tell,
)
from assay.present.prose.segments.terms import (
    MEASURES,
    METHODS,
    certain,
    noun,
    p_said,
    points,
    shown,
    whom,
)
from assay.present.prose.segments.trust import checks, method, tiles, trust_head

__all__ = [
    "MEASURES",
    "METHODS",
    "brief",
    "certain",
    "certainty_head",
    "checks",
    "decide",
    "firmness",
    "flow_head",
    "k_head",
    "method",
    "noun",
    "p_said",
    "points",
    "profile_head",
    "rules_head",
    "segments_head",
    "shown",
    "structure_head",
    "tell",
    "tiles",
    "title",
    "trust_head",
    "whom",
]
