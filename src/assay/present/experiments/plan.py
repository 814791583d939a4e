"""How the evidence built up: the look, its bound, what the final answer will probably be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.present.experiments.sections import Block


def plan_blocks(record: dict[str, Any]) -> tuple[Block, ...]:
    """How the evidence built up: the look, its bound, what the final answer will probably be."""
    del record
    return ()
