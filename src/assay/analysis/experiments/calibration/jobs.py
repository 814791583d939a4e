"""What is simulated at which scale, each job with a seed of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol
from zlib import crc32

import numpy as np

from assay.analysis.experiments.calibration.assignment import SPLITS
from assay.analysis.experiments.calibration.beliefs import CASES as BELIEFS
from assay.analysis.experiments.calibration.covariates import CASES
from assay.analysis.experiments.calibration.fixed import LIFTS, FixedEnd
from assay.analysis.experiments.calibration.multiplicity import CASES as FAMILIES
from assay.analysis.experiments.calibration.outcomes import OUTCOMES, Normal, Rate, Revenue
from assay.analysis.experiments.calibration.peeking import AtAnyTime, Peeking, Planned
from assay.analysis.experiments.calibration.places import Pooling, SameEverywhere
from assay.analysis.experiments.calibration.planning import CASES as PLANS
from assay.analysis.experiments.calibration.planning import Inverted
from assay.analysis.experiments.calibration.reallocation import CASES as BANDITS
from assay.analysis.experiments.calibration.table import COMPARED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.random import Generator

    from assay.analysis.experiments.calibration.outcomes import Outcome
    from assay.analysis.experiments.calibration.rows import Row

Scale = Literal["full", "quick", "test"]

STREAMS: Final[dict[Scale, int]] = {"full": 20_000, "quick": 1_000, "test": 200}
TOTALS: Final[dict[Scale, tuple[int, ...]]] = {
    "full": (200, 400, 1_000, 2_000, 10_000, 20_000),
    "quick": (200, 1_000, 10_000),
    "test": (200, 1_000),
}
"""Units of both arms together. 200, 1,000 and 10,000 are the sizes that are promised; twice that
reads them as units per arm."""
FLOORED: Final = {"normal", "rate 0.1"}
"""Kinds whose balanced cells must not be too cautious, either."""

RESAMPLED: Final = {"lognormal", "revenue, 95 % zeros", "negative binomial", "ratio"}
"""Kinds whose arms of unequal sizes are answered by re-assigning units, at milliseconds each: where
nothing is promised they get two lifts and fewer streams."""
PROMISED: Final[dict[Scale, tuple[int, ...]]] = {
    "full": (200, 1_000, 10_000),
    "quick": (),
    "test": (),
}
"""Totals at which those kinds get all streams and all lifts, too."""
SPENDING: Final = ("obrien-fleming", "pocock")


class Design(Protocol):
    """Something to simulate."""

    def run(self, rng: Generator, streams: int) -> list[Row]:
        """That many experiments, measured."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """One design at one number of streams.

    Attributes:
        key: its name, from which its seed follows: adding a job changes no other's draws.
        weight: rough cost, so that the longest begin first.
    """

    key: str
    design: Design
    streams: int
    weight: float = 1.0

    def run(self, seed: int) -> list[Row]:
        """The same rows for the same seed, whatever else runs."""
        source = np.random.SeedSequence([seed, crc32(self.key.encode())])
        return self.design.run(np.random.Generator(np.random.SFC64(source)), self.streams)


def jobs(scale: Scale) -> list[Job]:
    """Everything that is simulated, in the order of the table."""
    return [
        *fixed_ends(scale),
        *looks(scale),
        *multiplicity(scale),
        *covariates(scale),
        *assignments(scale),
        *others(scale),
    ]


def fixed_ends(scale: Scale) -> Iterator[Job]:
    """Eight kinds of outcome at every size, split evenly and nine to one."""
    for outcome in OUTCOMES:
        for total in TOTALS[scale]:
            for part in (2, 10):
                n, control = total // part, total - total // part
                floor = part == 2 and outcome.name in FLOORED
                lifts: tuple[float, ...] = LIFTS
                streams = STREAMS[scale]
                if part == 10 and outcome.name in RESAMPLED and total not in PROMISED[scale]:
                    lifts, streams = COMPARED, streams * 200 // max(total, 800)
                keep = not isinstance(outcome, Rate)  # whose counts are its values
                design = FixedEnd(outcome, n, control, lifts, floor=floor, keep=keep)
                key = f"fixed · {outcome.name} · {n} of {total}"
                yield Job(key, design, max(streams, 50), weight=1e6 / streams + total)


def looks(scale: Scale) -> Iterator[Job]:
    """A hundred looks under a confidence sequence, and five under a plan, also an overrun one."""
    streams = {"full": 10_000, "quick": 300, "test": 100}[scale]
    last = 10_000 if scale != "test" else 1_000
    step = last // (100 if scale == "full" else 25)
    often = tuple(range(step, last + 1, step))
    seldom = tuple(range(last // 5, last + 1, last // 5))
    over = (*seldom[:-1], round(1.2 * last))
    sequence, plans = AtAnyTime(2 * last), [Planned(kind, last) for kind in SPENDING]
    for outcome in OUTCOMES:
        for lift in (0.0, 0.2):
            designs = [Peeking(outcome, lift, often, sequence)]
            designs.append(Peeking(outcome, lift, often, sequence, at_random=True))
            designs += [Peeking(outcome, lift, sizes, p) for p in plans for sizes in (seldom, over)]
            for design in designs[:: 1 if scale == "full" else 2]:
                yield _watched(design, streams, weight=10 * len(design.sizes) + last / 2)
            if scale == "full":
                yield from _unequal(outcome, lift)


def _unequal(outcome: Outcome, lift: float) -> Iterator[Job]:
    """Nine times as many units in the control; few streams where single units are re-assigned."""
    keep = outcome.name in RESAMPLED
    streams, looks = (500, 10) if keep else (10_000, 100)
    often = tuple(range(1_000 // looks, 1_001, 1_000 // looks))
    for rule, sizes in (
        (AtAnyTime(10_000), often),
        (Planned(SPENDING[0], 1_000), (200, 400, 600, 800, 1_000)),
    ):
        design = Peeking(outcome, lift, sizes, rule, times=9, keep=keep)
        yield _watched(design, streams, weight=4e4 if keep else 6e3)


def _watched(design: Peeking, streams: int, *, weight: float) -> Job:
    told = f"{design.outcome.name} · {design.lift:+g} · {design.setting} · to {design.sizes[-1]}"
    return Job(f"looks · {told}", design, streams, weight=weight)


def assignments(scale: Scale) -> Iterator[Job]:
    """Looks at the arms' sizes."""
    for design in SPLITS:
        streams = {"full": 10_000, "quick": 500, "test": 100}[scale]
        key = f"sizes · {design.shares} · {design.units} units · {design.looks} looks"
        yield Job(key, design, streams, weight=design.looks)


def covariates(scale: Scale) -> Iterator[Job]:
    """Adjusting by a covariate."""
    for design in CASES[:: 1 if scale == "full" else 2]:
        key = f"covariate · {design}"
        yield Job(key, design, STREAMS[scale], weight=design.n + design.n_control)


def multiplicity(scale: Scale) -> Iterator[Job]:
    """Many metrics and arms."""
    for design in FAMILIES[:: 1 if scale == "full" else 3]:
        yield Job(f"families · {design}", design, STREAMS[scale], weight=8_000)


def others(scale: Scale) -> Iterator[Job]:
    """Segments, beliefs, power, and traffic that follows what was learnt."""
    few = {"full": 5_000, "quick": 400, "test": 100}[scale]
    step = 1 if scale == "full" else 2
    for outcome in (Normal(), Revenue("lognormal", 1.0, 1.0)):
        for lift in (0.0, 0.2):
            design = SameEverywhere(outcome, lift)
            yield Job(f"segments · {design}", design, STREAMS[scale], weight=2_000)
        for spread in (0.0, 0.05, 0.2):
            yield Job(f"pooling · {outcome.name} · {spread}", Pooling(outcome, spread), few)
    for belief in BELIEFS[::step]:
        yield Job(f"beliefs · {belief}", belief, few, weight=5_000)
    for plan in PLANS[::step]:
        yield Job(f"power · {plan}", plan, STREAMS[scale], weight=plan.n)
    yield Job("power · detectable effects", Inverted(), 1)
    for bandit in BANDITS[::step]:
        yield Job(f"reallocation · {bandit.means}", bandit, few // 2, weight=10_000)
