"""What has changed since somebody was told last: the findings of two versions held together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.analysis.comparing import compare
from assay.app.comparing import sentence
from assay.core.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.analysis.comparing import Comparison, FindingChange

_OF_THE_WHOLE: Final = frozenset({"state", "needs a decision", "decision"})
_COUNTS: Final = frozenset({"beyond", "not comparable", "appeared", "vanished"})


def changes_between(before: dict[str, Any], now: dict[str, Any]) -> tuple[str, ...]:
    """One sentence for each finding that appeared, vanished, was judged anew, or has moved.

    A number that moved within its errors has not changed; nor has one whose errors are not known.
    """
    if "schema" not in before or "schema" not in now:
        return ()
    try:
        found = compare(before, now)
    except ParameterError:
        return ("The result is of another kind than before",)
    return tuple(_sentences(found))


def _sentences(found: Comparison) -> Iterator[str]:
    for flip in found.flips:
        if flip.what in _OF_THE_WHOLE:
            yield f"{flip.what.capitalize()}: {flip.before} → {flip.after}"
    for finding in found.findings:
        yield from _of_finding(finding)


def _of_finding(finding: FindingChange) -> Iterator[str]:
    if finding.kind == "appeared":
        yield f"New: {finding.title_after or finding.what}"
    elif finding.kind == "vanished":
        yield f"Gone: {finding.title_before or finding.what}"
    for flip in finding.flips:
        yield f"{finding.what}: {flip.what} {flip.before} → {flip.after}"
    if finding.kind == "changed":
        for name, moved in finding.parts:
            if moved.judged in _COUNTS:
                yield f"{finding.what}: {name} {sentence(moved, name)}"
