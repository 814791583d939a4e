"""What was registered of an experiment before it started, and what was changed since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from assay.core.units import Count

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A field that was changed after the start.

    Attributes:
        before, after: as they stand in the file; "" where it was not there.
        first_seen: when it was noticed; "" where nobody had looked before.
    """

    field: str
    before: str
    after: str
    first_seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """The registration behind a result.

    Attributes:
        sha256: of the copy that was kept at the start, or of the file where it has not started.
        epochs: splits that units came in under; from two on arms are compared within epochs.
    """

    id: str
    state: str
    hypothesis: str
    owner: str
    rule: str
    sha256: str
    started_at: str | None
    concluded_at: str | None
    decision: str | None
    epochs: Count
    deviations: tuple[Change, ...]

    @classmethod
    def of(cls, told: Mapping[str, Any] | None) -> Self | None:
        """From plain values, as the experiment's record has them; None where there are none."""
        if told is None:
            return None
        changes = tuple(Change(**one) for one in told["deviations"])
        return cls(**{**told, "deviations": changes})
