"""Many looks while data come in: does any of them ever miss the truth?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from scipy.special import ndtri

from assay.analysis.experiments.calibration.answers import Truth, bounded
from assay.analysis.experiments.calibration.formulas import Estimates, estimates, linear
from assay.analysis.experiments.calibration.outcomes import Outcome, Rate
from assay.analysis.experiments.calibration.rows import Row, allowance, figure
from assay.analysis.experiments.interim.plan import CHANCE
from assay.stats.sequential.rules import Anytime, GroupSequential
from assay.stats.sequential.spending import of_sizes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from assay.analysis.experiments.calibration.batches import Batch
    from assay.stats.level import Level
    from assay.stats.rules import Rule

PART: Final = "many looks while data come in"
ALPHA: Final = 0.05
DIFFERENCE: Final = "difference ever missed"
LIFT: Final = "lift ever missed"
UNANSWERED: Final = "a look without an answer"
EACH: Final = "95 % interval at every look"
WIN: Final = "chance to win above 95 % at some look"
LINEAR: Final = "linear delta in the same sequence"
BAND: Final = 3.0
"""Standard errors that are allowed beyond alpha: .0565 with 10,000 streams."""
_AT_ONCE: Final = 2_000_000
_FEW: Final = 160
_FEW_UNEQUAL: Final = 500
"""Expected events below which some stream may have too few of them for Welch's interval."""


class Looking(Protocol):
    """What rule holds at each of several looks."""

    @property
    def name(self) -> str:
        """How the table calls it."""
        ...

    def note(self, sizes: Sequence[int]) -> str:
        """What these sizes mean for the plan, where anything."""
        ...

    def rules(self, sizes: Sequence[int], *, times: int) -> list[Rule]:
        """The rule of each look, at these units of the treated arm, the control having `times`."""
        ...


@dataclass(frozen=True, slots=True)
class Peeking:
    """Two arms that are looked at again and again.

    Attributes:
        outcome: what is drawn.
        lift: the true one.
        sizes: units of the treated arm at each look; the moments are drawn anew for every few
            streams where `at_random`, up to the last of them.
        looking: the rule.
        times: units of the control for each treated one.
        keep: whether the engine is given single units: then it answers every stream by itself.

    Arms of equal sizes are answered by Welch and Fieller, whatever the outcome, and judged by the
    same comparison made along an axis; rates that are few go through the engine, kind by kind.
    """

    outcome: Outcome
    lift: float
    sizes: tuple[int, ...]
    looking: Looking
    at_random: bool = False
    times: int = 1
    keep: bool = False

    def run(self, rng: Generator, streams: int) -> list[Row]:
        """Simulate and count the streams in which any look was wrong."""
        step = streams if self._listed else max(1, _AT_ONCE // (self.times * self.sizes[-1]))
        wrong: dict[str, list[NDArray[np.bool_]]] = {}
        for start in range(0, streams, step):
            ever = self._ever(rng, min(step, streams - start))
            for name, which in ever.items():
                wrong.setdefault(name, []).append(which)
        found = {name: int(np.concatenate(parts).sum()) for name, parts in wrong.items()}
        return list(self._rows(found, streams))

    @property
    def setting(self) -> str:
        """Rule and moments."""
        moments = "at random times" if self.at_random else "at even steps"
        note = self.looking.note(self.sizes)
        split = "" if self.times == 1 else f", arms 1 : {self.times}"
        return f"{self.looking.name}, {len(self.sizes)} looks {moments}{note}{split}"

    def _ever(self, rng: Generator, streams: int) -> dict[str, NDArray[np.bool_]]:
        """Which streams were ever wrong, by each way of being wrong."""
        sizes = self._moments(rng)
        levels = [rule.level(ALPHA) for rule in self.looking.rules(sizes, times=self.times)]
        treated = self.outcome.grown(rng, streams, sizes, self.lift, keep=self.keep)
        others = [self.times * n for n in sizes]
        control = self.outcome.grown(rng, streams, others, keep=self.keep)
        ever: dict[str, NDArray[np.bool_]] = {}
        for one, other, level in zip(treated, control, levels, strict=True):
            for name, wrong in self._look(one, other, level).items():
                ever[name] = ever[name] | wrong if name in ever else wrong
        return ever

    def _look(self, one: Batch, other: Batch, level: Level) -> dict[str, NDArray[np.bool_]]:
        truth = self.outcome.mean(self.lift) - self.outcome.mean()
        e = estimates(one, other, ALPHA)
        difference, lift, refused = self._ours(one, other, e, level, truth)
        sequence = replace(e, quantile=np.full(one.streams, level.bound))
        single = replace(e, quantile=np.full(one.streams, -float(ndtri(ALPHA / 2))))
        apart = e.treated - e.control
        gap = np.abs(apart - truth)
        sure = -float(ndtri(1 - CHANCE)) * np.sqrt(e.treated_variance + e.control_variance)
        return {
            DIFFERENCE: difference,
            LIFT: lift,
            UNANSWERED: refused,
            EACH: gap > single.half_width,
            LINEAR: _outside(sequence, self.lift),
            WIN: np.abs(apart) > sure,
        }

    def _ours(
        self, one: Batch, other: Batch, e: Estimates, level: Level, truth: float
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
        """Where the difference's interval misses, the lift's does, and where there is none."""
        few = _FEW if self.times == 1 else _FEW_UNEQUAL
        if self.keep or (self._listed and one.n * self.outcome.events() < few):
            told = Truth(truth, self.lift)
            found = bounded(self.outcome.metric, one, other, level, told)
            missed = (found.low > truth) | (found.high < truth)
            off = (found.lift_low > self.lift) | (found.lift_high < self.lift)
            return missed, off, ~found.answered
        bound, times = level.bound, 1 + self.lift
        known = e.treated_variance + e.control_variance > 0
        gap = np.abs(e.treated - e.control - truth)
        missed = known & (gap > bound * np.sqrt(e.treated_variance + e.control_variance))
        spread = np.sqrt(e.treated_variance + times**2 * e.control_variance)
        bounds = bound**2 * e.control_variance < e.control**2
        off = known & bounds & (np.abs(e.treated - times * e.control) > bound * spread)
        return missed, off, ~known

    @property
    def _listed(self) -> bool:
        return isinstance(self.outcome, Rate)

    def _moments(self, rng: Generator) -> tuple[int, ...]:
        if not self.at_random:
            return self.sizes
        inner = rng.choice(np.arange(self.sizes[0], self.sizes[-1]), len(self.sizes), replace=False)
        return tuple(sorted(int(n) for n in inner))

    def _rows(self, found: dict[str, int], streams: int) -> Iterator[Row]:
        base = Row(
            part=PART,
            measure="",
            outcome=self.outcome.name,
            setting=self.setting,
            n=self.sizes[-1],
            n_control=self.times * self.sizes[-1],
            lift=self.lift,
            streams=streams,
            value=0.0,
            error=0.0,
        )
        limit = ALPHA + allowance(ALPHA, streams, BAND)
        for measure in (DIFFERENCE, LIFT):
            yield figure(base, measure, found[measure], judged=True, high=limit)
        yield figure(base, UNANSWERED, found[UNANSWERED], judged=False)
        for by, measure in ((EACH, DIFFERENCE), (LINEAR, LIFT)):
            yield figure(replace(base, by=by), measure, found[by], judged=False)
        if self.lift == 0:
            yield figure(base, WIN, found[WIN], judged=False)


def _outside(e: Estimates, lift: float) -> NDArray[np.bool_]:
    with np.errstate(all="ignore"):
        low, high = linear(e)
    return (low > lift) | (high < lift)


@dataclass(frozen=True, slots=True)
class AtAnyTime:
    """A confidence sequence, tightest at a declared number of units in both arms."""

    planned: int

    @property
    def name(self) -> str:
        """With what it is tuned to."""
        return f"confidence sequence tuned to {self.planned:,}"

    def note(self, sizes: Sequence[int]) -> str:
        """Any size will do."""
        del sizes
        return ""

    def rules(self, sizes: Sequence[int], *, times: int) -> list[Rule]:
        """One multiplier for each size."""
        return [Anytime((1 + times) * n, self.planned) for n in sizes]


@dataclass(frozen=True, slots=True)
class Planned:
    """Group-sequential bounds of a plan for so many units of the treated arm."""

    spending: str
    planned: int

    @property
    def name(self) -> str:
        """The spending's."""
        return f"group-sequential, {self.spending}"

    def note(self, sizes: Sequence[int]) -> str:
        """Whether the plan's end was overrun."""
        over = sizes[-1] / self.planned - 1
        return f", the end overrun by {over:.0%}" if over > 0 else ""

    def rules(self, sizes: Sequence[int], *, times: int) -> list[Rule]:
        """Each look knows those before it; shares of the plan are alike in both arms."""
        del times
        return [
            GroupSequential(of_sizes(sizes[: i + 1], self.planned), self.spending)
            for i in range(len(sizes))
        ]
