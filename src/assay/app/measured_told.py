"""A session of measuring in words: times, spread and drift, variants, and what to beware of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assay.app.console import aligned
from assay.app.measured import TOO_SHORT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.analysis.benchmarks import Against, Noise
    from assay.app.measured import Measured

_UNITS: Final = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_HEAD: Final = (
    *("", "time", "within a run", "between runs", "drift", "cpu", "per s", "memory", "failed"),
)
_LINES: Final = 6
"""Of what a failure printed."""
_UNEVEN: Final = 0.05
_BUSY: Final = 0.5


def told_session(measured: Measured) -> Iterator[str]:
    """What was measured, one workload a line, and how far it is to be trusted."""
    suite, where = measured.suite, measured.where
    size = suite.trials[0].size
    yield (
        f"{suite.name}, {size}: {counted(measured.runs, 'run')} × "
        f"{counted(suite.effort.rounds, 'round')} of {counted(len(suite.trials), 'workload')} in "
        f"random order (seed {measured.seed})"
    )
    governor = f", governor {where.governor}" if where.governor else ""
    yield (
        f"{where.label}: {where.processor}, {where.usable_cores} of {where.cores} cores"
        f"{governor}, load {where.load:.1f}, {where.python}, {where.system}"
    )
    yield f"revision {measured.revision or 'unknown (no git; --revision names it)'}"
    if measured.rounds:
        yield ""
        yield from aligned(_table(measured))
        yield ""
    for one in measured.against():
        yield told_against(one)
    yield from _trust(measured)


def _table(measured: Measured) -> list[tuple[str, ...]]:
    cpu, rate = measured.typical("cpu"), measured.typical("throughput")
    memory, failed = measured.typical("peak_memory"), measured.failed()
    floor = f"< {measured.floor / 1e6:,.1f} MB" if measured.floor else "–"
    rows = [
        (
            one.label,
            duration(one.median),
            f"±{one.within / 2:.1%}",
            "–" if one.between is None else f"±{one.between:.1%}",
            _drift(one),
            duration(cpu[one.label][0]) if one.label in cpu else "–",
            f"{rate[one.label][0]:,.4g}" if one.label in rate else "–",
            f"{memory[one.label][0]:,.1f} MB" if one.label in memory else floor,
            f"{failed[one.label]}" if failed[one.label] else "",
        )
        for one in measured.noise()
    ]
    return [_HEAD, *rows]


def _drift(one: Noise) -> str:
    if one.drift is None:
        return "–"
    return f"{one.drift:+.1%}{' !' if one.drifts else ''}"


def told_against(one: Against) -> str:
    """`parse: orjson takes 0.31 × the time of json (0.30 to 0.32, 10 runs)`."""
    head = f"{one.workload}: {one.variant} takes {one.ratio:.3g} × the time of {one.reference}"
    if one.differs is None:
        return f"{head}; {one.runs} runs are too few to tell how surely"
    span = f"{one.ratio_low:.3g} to {one.ratio_high:.3g}, {one.runs} runs"
    return f"{head} ({span}{'' if one.differs else '; no difference shown'})"


def _trust(measured: Measured) -> Iterator[str]:
    if measured.overhead is not None:
        one, shares = measured.overhead, measured.overheads()
        most = max(shares.items(), key=lambda pair: pair[1], default=None)
        share = f": at most {most[1]:.1%} of a workload ({most[0]})" if most else ""
        yield (
            f"Measuring adds {_added(one.call)} to a call, {_added(one.round)} to a round, "
            f"{_added(one.command)} to a command{share}"
        )
    quiet = measured.quiet()
    if quiet is not None:
        yield (
            f"The same arithmetic took {quiet.change:+.1%} at the end against the beginning, "
            f"{quiet.range:.1%} more at its slowest than at its fastest"
        )
    yield f"{measured.took:.1f} s, of which {measured.worked:.1f} s in the rounds that count"


def told_warnings(measured: Measured) -> Iterator[str]:
    """What failed, and what makes the numbers less than they seem."""
    told: dict[tuple[str, str], list[str]] = {}
    for one in measured.failures:
        told.setdefault((one.trial.label, one.what), []).append(one.told)
    for (label, what), texts in told.items():
        times = f" {len(texts)} times" if len(texts) > 1 else ""
        yield f"assay: {label} failed{times}: {what}"
        yield from (f"    {line}" for line in texts[-1].splitlines()[-_LINES:])
    for label, share in measured.overheads().items():
        if share > TOO_SHORT:
            yield (
                f"assay: {label} is too short to be timed so: {share:.0%} of it is measuring "
                "(let one call do more)"
            )
    where, quiet = measured.where, measured.quiet()
    if where.load > _BUSY * where.usable_cores:
        yield (
            f"assay: the machine was busy with something else: load {where.load:.1f} on "
            f"{where.usable_cores} cores before it began"
        )
    if quiet is not None and abs(quiet.change) > _UNEVEN:
        yield f"assay: the machine itself changed its speed by {quiet.change:+.0%} meanwhile"
    drifting = [one.label for one in measured.noise() if one.drifts]
    if drifting:
        yield f"assay: slower or faster from run to run (drift !): {', '.join(drifting)}"
    if measured.interrupted:
        yield (
            f"assay: interrupted; {counted(measured.runs, 'whole run')} kept, without the one that "
            "was under way"
        )


def counted(n: int, noun: str) -> str:
    """`1 run`, `1,200 runs`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def _added(seconds: float) -> str:
    return duration(seconds) if seconds else "nothing that can be seen"


def duration(seconds: float) -> str:
    """Three digits in a unit that suits.

    >>> duration(0.001234), duration(0.0), duration(75.0)
    ('1.23 ms', '0 s', '75 s')
    """
    if seconds == 0:
        return "0 s"
    unit, name = next((pair for pair in _UNITS if abs(seconds) >= pair[0]), _UNITS[-1])
    return f"{seconds / unit:.3g} {name}"
