"""What many metrics and arms cost: raw and adjusted intervals side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.present.experiments.sections import Block


def family_blocks(record: dict[str, Any]) -> tuple[Block, ...]:
    """What many metrics and arms cost: raw and adjusted intervals side by side."""
    del record
    return ()
