"""Which of several arms is probably the best."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.present.experiments.sections import Block


def best_blocks(record: dict[str, Any]) -> tuple[Block, ...]:
    """Which of several arms is probably the best."""
    del record
    return ()
