"""A session of measuring: its rows of `measurements`, and what is to be thought of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from assay.analysis.benchmarks import Against, Noise, by_label, hold_against, quiet_of
from assay.workbench.benchmarks.declared import Suite
from assay.workbench.benchmarks.environment import Environment
from assay.workbench.benchmarks.hands import Overhead
from assay.workbench.benchmarks.session import Failure

if TYPE_CHECKING:
    from assay.analysis.benchmarks import Quiet
    from assay.workbench.benchmarks.declared import Trial
    from assay.workbench.benchmarks.session import RunDone

TOO_SHORT: Final = 0.05
"""Share of a workload's time above which what measuring adds is too much."""


@dataclass(slots=True, kw_only=True)
class Measured:
    """What came of a session so far.

    Attributes:
        id: tells its runs from those of any other.
        loops: seconds of the same arithmetic: before every run, and after the last.
        rounds: place of a workload → run → calls in a round, and what each round took.
        floor: bytes below which peak memory of a command cannot be told.
        took, worked: seconds of the session, and of the rounds that count.
    """

    suite: Suite
    seed: int
    id: str
    where: Environment
    revision: str
    overhead: Overhead | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    loops: list[float] = field(default_factory=list)
    rounds: dict[int, dict[int, tuple[int, tuple[float, ...]]]] = field(default_factory=dict)
    runs: int = 0
    floor: float = 0.0
    worked: float = 0.0
    took: float = 0.0
    interrupted: bool = False

    def add(self, done: RunDone) -> None:
        """One more whole run."""
        self.runs += 1
        self.worked += done.worked
        self.loops.append(done.loop)
        self.failures += done.failures
        for place, told in done.rounds.items():
            self.rounds.setdefault(place, {})[done.number] = told
        self.rows += [
            {
                "run_id": f"{self.suite.name}-{self.id}-{done.number:03d}",
                "suite": self.suite.name,
                "workload": one.trial.workload,
                "name": one.trial.name,
                "metric": one.metric,
                "unit": one.unit,
                "value": one.value,
                "provider": one.trial.provider or None,
                "measured_at": one.at,
                "revision": self.revision or None,
                "environment": self.where.label,
            }
            for one in done.readings
        ]

    def noise(self) -> tuple[Noise, ...]:
        """Of every workload that was measured, in the order in which they are declared."""
        return by_label(
            {
                self._trial(place).label: [
                    [one / number for one in seconds] for number, seconds in runs.values()
                ]
                for place, runs in sorted(self.rounds.items())
            }
        )

    def quiet(self) -> Quiet | None:
        """How even the machine was; None before there are two runs."""
        return quiet_of(self.loops) if len(self.loops) > 1 else None

    def against(self) -> tuple[Against, ...]:
        """Variants of a workload beside its first one that was measured."""
        workloads: dict[str, dict[str, dict[int, float]]] = defaultdict(dict)
        for place, runs in sorted(self.rounds.items()):
            trial = self._trial(place)
            if trial.provider:
                workloads[trial.workload][trial.provider] = {
                    run: median(seconds) / number for run, (number, seconds) in runs.items()
                }
        found = [hold_against(name, variants) for name, variants in workloads.items()]
        return tuple(one for each in found for one in each)

    def overheads(self) -> dict[str, float]:
        """The share of measuring in the time of each workload."""
        if self.overhead is None:
            return {}
        shares = {}
        for place, runs in sorted(self.rounds.items()):
            number = next(iter(runs.values()))[0]
            seconds = median(median(seconds) for _, seconds in runs.values())
            trial = self._trial(place)
            shares[trial.label] = self.overhead.share(trial, number, seconds)
        return shares

    def failed(self) -> Counter[str]:
        """Workloads that failed → how often."""
        return Counter(one.trial.label for one in self.failures)

    def typical(self, metric: str) -> dict[str, tuple[float, str]]:
        """Median of a metric of each workload, with its unit."""
        values: dict[str, list[float]] = defaultdict(list)
        units = {}
        for row in self.rows:
            if row["metric"] == metric:
                label = " · ".join(filter(None, (row["workload"], row["provider"])))
                values[label].append(row["value"])
                units[label] = row["unit"]
        return {label: (median(found), units[label]) for label, found in values.items()}

    def record(self) -> dict[str, Any]:
        """All of it but the readings, as kept beside them."""
        quiet = self.quiet()
        return {
            "suite": self.suite.name,
            "size": self.suite.trials[0].size,
            "effort": self.suite.effort.model_dump(),
            "seed": self.seed,
            "session": self.id,
            "revision": self.revision,
            "environment": self.where.told(),
            "runs": self.runs,
            "readings": len(self.rows),
            "interrupted": self.interrupted,
            "seconds": {"session": self.took, "workloads": self.worked},
            "overhead": {
                "seconds": asdict(self.overhead) if self.overhead else None,
                "shares": self.overheads(),
                "too_short": [name for name, x in self.overheads().items() if x > TOO_SHORT],
            },
            "memory_told_from": self.floor,
            "machine": asdict(quiet) if quiet else None,
            "noise": [{**asdict(one), "drifts": one.drifts} for one in self.noise()],
            "variants": [{**asdict(one), "differs": one.differs} for one in self.against()],
            "failures": [
                {"run": one.run, "workload": one.trial.label, "what": one.what, "told": one.told}
                for one in self.failures
            ],
        }

    def _trial(self, place: int) -> Trial:
        return self.suite.trials[place]
