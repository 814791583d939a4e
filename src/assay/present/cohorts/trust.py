"""Whether the report on cohorts can be trusted: forecasts made earlier, and what does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.present.prose.cohorts_trust import trust_rows
from assay.present.trust import judged_blocks

if TYPE_CHECKING:
    from assay.present.blocks import Section, Table

Json = dict[str, Any]


def trust_blocks(record: Json) -> tuple[Section | Table, ...]:
    """What was checked, and what was left out."""
    return judged_blocks(trust_rows(record))
