"""What a reader takes away: estimates, and findings that carry how sure they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import Annotated, Literal

from assay.core.errors import ResultError
from assay.core.units import SHARE, Count, Share, UnitOf

Evidence = Literal["randomised", "paired", "before-after", "association", "rule"]
"""How a finding is known: by randomised assignment, by the same items under both, by comparing
before and after, by mere association, or because a rule says so."""

Tone = Literal["good", "bad", "attention", "neutral"]

Severity = Literal["", "info", "warning", "critical"]
"""How grave what was watched is: by size, certainty and money; empty where nobody watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with its interval; an end that cannot be had is None, never infinite.

    Raises:
        ResultError: where the ends are out of order.
    """

    value: float | None
    low: float | None
    high: float | None

    def __post_init__(self) -> None:
        low = -inf if self.low is None else self.low
        high = inf if self.high is None else self.high
        if not low <= high:
            raise ResultError(f"interval [{self.low}, {self.high}], expected low ≤ high")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What, how large, how sure, on which evidence, and what to do.

    An analysis makes it with its numbers; `present.prose` adds the three sentences, so that one
    object carries both what is claimed and what it is claimed from.

    Attributes:
        key: stable from version to version, so that two versions can be compared.
        what: what the finding is about, in the reader's words (a metric's name, say).
        state: the verdict in one word (ship, keep, undecided, blocked, …).
        needs_decision: whether somebody has to act on it now.
        size: the effect in `unit`, None where it cannot be had (then `reason` says why).
        lift: the effect relative to what it is compared with.
        confidence: the level of both intervals.
        action: what to do, as a short imperative.
        reason: why the state is what it is.
        since: label of the first period for which it holds, empty where it is of no period.
        expected, seen: what would have been there without it, and what is, in `unit`.
        severity: of an alert.
    """

    key: str
    what: str
    state: str
    tone: Tone
    needs_decision: bool
    evidence: Evidence
    unit: str
    size: Annotated[Estimate | None, UnitOf("unit")]
    lift: Annotated[Estimate | None, SHARE]
    n: Count
    confidence: Share
    action: str
    reason: str
    title: str = ""
    plain: str = ""
    exact: str = ""
    since: str = ""
    expected: Annotated[float | None, UnitOf("unit")] = None
    seen: Annotated[float | None, UnitOf("unit")] = None
    severity: Severity = ""

    def told(self, *, title: str, plain: str, exact: str) -> Finding:
        """The same finding with a heading, a sentence for a manager and one for a statistician."""
        return replace(self, title=title, plain=plain, exact=exact)


def observed(  # noqa: PLR0913  the parts of a finding that differ
    *,
    key: str,
    what: str,
    state: str,
    n: int,
    confidence: float,
    reason: str,
    tone: Tone = "neutral",
    needs_decision: bool = False,
    evidence: Evidence = "association",
    unit: str = "share",
    size: Estimate | None = None,
    action: str = "none",
) -> Finding:
    """A finding that is seen rather than brought about: it has no lift, and mostly asks nothing."""
    return Finding(
        key=key,
        what=what,
        state=state,
        tone=tone,
        needs_decision=needs_decision,
        evidence=evidence,
        unit=unit,
        size=size,
        lift=None,
        n=n,
        confidence=confidence,
        action=action,
        reason=reason,
    )
