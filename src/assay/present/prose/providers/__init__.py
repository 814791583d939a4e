"""What the page on providers says."""

from assay.present.prose.providers.heads import (
    agreement_head,
    association_head,
    cell_head,
    change_head,
)
from assay.present.prose.providers.page import brief, decide, tell, tiles, title
from assay.present.prose.providers.terms import (
    MEASURES,
    SHORT,
    VERDICTS,
    judged,
    maker,
    point,
    sized,
    told,
    whom,
    written,
)
from assay.present.prose.providers.trust import checks, method, trust_head

__all__ = [
    "MEASURES",
    "SHORT",
    "VERDICTS",
    "agreement_head",
    "association_head",
    "brief",
    "cell_head",
    "change_head",
    "checks",
    "decide",
    "judged",
    "maker",
    "method",
    "point",
    "sized",
    "tell",
    "tiles",
    "title",
    "told",
    "trust_head",
    "whom",
    "written",
]
