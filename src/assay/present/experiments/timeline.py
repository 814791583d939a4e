"""The effect day by day and cumulatively, with the bounds of the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.present.experiments.sections import Block


def timeline_blocks(record: dict[str, Any]) -> tuple[Block, ...]:
    """The effect day by day and cumulatively, with the bounds of the plan."""
    del record
    return ()
