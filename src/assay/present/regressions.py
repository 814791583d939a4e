"""The sections of the report on a baseline, ready to be displayed.

Each function takes the told record of the comparison and returns what a notebook cell displays.
"""

from __future__ import annotations

from typing import Any

from assay.present.prose.regressions import brief, tell, title

__all__ = ["brief", "found", "tell", "title"]

Json = dict[str, Any]


def found(record: Json, what: str) -> bool:
    """Whether a comparison holds what somebody wants to be stopped by.

    Args:
        record: of the comparison.
        what: regression, creeping, improvement, not-enough-data or missing.
    """
    counts = {
        "regression": record["regressions"],
        "creeping": record["creeping"],
        "improvement": record["improvements"],
        "not-enough-data": record["undecided"],
        "missing": len(record["missing"]),
    }
    return bool(counts[what])
