"""How it was done, folded away."""

from __future__ import annotations

from typing import Any

from assay.present.blocks import Details
from assay.present.prose.costs.method import method


def method_details(record: dict[str, Any]) -> Details:
    """How it was done, written from what ran."""
    return Details("How it was done", "method", method(record))
