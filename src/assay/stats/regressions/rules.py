"""What counts as a change between two versions, and how surely it has to be seen."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log1p
from typing import Literal

from assay.core.errors import ParameterError


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What counts as a change, and how surely.

    Attributes:
        worse: the direction that is a regression.
        smallest: change that matters; of ratios a share of the baseline, else in the values' unit.
        alpha: chance of calling a regression where there is none (and as much of an improvement).
        power: chance with which a change of the size `detectable` would be found.
        run_sd: what runs of the same code are believed to differ by before any is seen, a standard
            deviation in the unit of `smallest`. It weighs as much as one run, and keeps a few runs
            that happen to agree from proving anything.
        relative: compare ratios of positive amounts; False for shares and other differences.
    """

    worse: Literal["higher", "lower"] = "higher"
    smallest: float = 0.05
    alpha: float = 0.01
    power: float = 0.8
    run_sd: float = 0.05
    relative: bool = True

    def __post_init__(self) -> None:
        if self.worse not in {"higher", "lower"}:
            raise ParameterError(f"worse={self.worse!r}, expected 'higher' or 'lower'")
        for name, low, high in (
            ("smallest", 0.0, 1.0 if self.relative else inf),
            ("alpha", 0.0, 0.5),
            ("power", 0.5, 1.0),
            ("run_sd", 0.0, inf),
        ):
            if not low < getattr(self, name) < high:
                raise ParameterError(
                    f"{name}={getattr(self, name)}, expected between {low:g} and {high:g}"
                )

    @property
    def sign(self) -> int:
        """+1 where more is worse."""
        return 1 if self.worse == "higher" else -1

    @property
    def threshold(self) -> float:
        """`smallest` on the scale of the comparison."""
        return log1p(self.smallest) if self.relative else self.smallest
