"""Runs a version's own notebook again and holds every number against the recorded one."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isclose
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import DataError, ParameterError
from assay.workbench.alerts.standing import without
from assay.workbench.catalogue import Report
from assay.workbench.executed import RunFailedError
from assay.workbench.layout import NOTEBOOK_FILE
from assay.workbench.origins import Differing, differing
from assay.workbench.plan import Plan, plan
from assay.workbench.runs import digests_of
from assay.workbench.signals import interruptible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assay.workbench.kernel import KernelSource
    from assay.workbench.project import Project
    from assay.workbench.versions import Version

Json = dict[str, Any]

TOLERANCE: Final = 1e-9
"""Relative: sums that run in parallel add up in another order and agree to many more digits."""
SMALLEST: Final = 1e-15
"""Numbers nearer to each other than this are the same, however small both are."""
BACKGROUND: Final = frozenset({"revision", "renderer"})
"""Parts that differ without having a say in any number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How far, relative to the larger, two numbers may lie apart; by unit where one is named.

    Raises:
        ParameterError: where a tolerance is not a number from 0 to below 1.
    """

    default: float = TOLERANCE
    by_unit: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for value in (self.default, *self.by_unit.values()):
            if not 0 <= value < 1:
                raise ParameterError(
                    f"tolerance {value} is not one",
                    remedy="it is relative, from 0 to below 1: 1e-6",
                )

    def of(self, unit: str) -> float:
        """What holds for numbers of this unit."""
        return self.by_unit.get(unit, self.default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One place of the result that came out otherwise.

    Attributes:
        at: JSON pointer.
        relative: how far apart, relative to the larger; None where they are no numbers.
    """

    at: str
    unit: str
    recorded: Any
    now: Any
    relative: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What came out when a version was run again.

    Attributes:
        numbers: how many were compared.
        mismatches: every place of the result that differs.
        ingredients: what the version was made from that is otherwise now.
    """

    version: str
    numbers: int
    mismatches: tuple[Mismatch, ...]
    ingredients: tuple[Differing, ...]

    @property
    def verified(self) -> bool:
        """Whether every number and word is as recorded."""
        return not self.mismatches

    @property
    def causes(self) -> tuple[Differing, ...]:
        """Ingredients that may have made numbers differ."""
        return tuple(each for each in self.ingredients if each.part not in BACKGROUND)


def verify(  # noqa: PLR0913  what is run, with which values, how near it must come, and how
    project: Project,
    version: Version,
    *,
    tolerance: Tolerance,
    parameters: Mapping[str, Any] | None = None,
    progress: Callable[[int, int], None] | None = None,
    kernels: KernelSource | None = None,
) -> Verification:
    """Runs the notebook that the version keeps with its recorded parameters, on today's data.

    Code, packages and inputs are those of the project as it is; what of them differs from the
    record is told. What publishing added of alerts is of its moment, and left out. The run leaves
    nothing behind and publishes nothing.

    Args:
        project: where code and inputs are.
        version: what is verified.
        tolerance: how far numbers may lie apart.
        parameters: other values than the recorded ones (paths of inputs that were moved).
        progress: told the number of the cell that begins, and how many there are.
        kernels: where the kernel comes from; a fresh one by default.

    Raises:
        DataError: where an input is not there any more.
        AssayError: whatever stopped the run.
    """
    from assay.workbench.execute import execute  # noqa: PLC0415  takes a second
    from assay.workbench.manifest import manifest_of  # noqa: PLC0415

    wanted = _plan(project, version, parameters or {})
    with tempfile.TemporaryDirectory(prefix="assay-verify-") as scratch, interruptible():
        try:
            executed = execute(
                wanted.notebook,
                wanted.form,
                wanted.given,
                folder=Path(scratch),
                project=project,
                progress=progress,
                kernels=kernels,
            )
        except RunFailedError as failed:
            raise failed.failure.error(
                f"the notebook of {version.id}", str(version.folder / NOTEBOOK_FILE)
            ) from None
        now = manifest_of(wanted, executed, project, created=datetime.now(UTC))
    # Whichever renderer made the page, it has no say in the numbers.
    ingredients = differing(version.manifest, now | {"renderer": None})
    recorded = without(version.result)
    units = {**executed.result.get("units", {}), **version.result.get("units", {})}
    return Verification(
        version=version.id,
        numbers=sum(1 for _ in _numbers(recorded)),
        mismatches=tuple(_mismatches(recorded, executed.result, "", units, tolerance)),
        ingredients=ingredients,
    )


def _plan(project: Project, version: Version, instead: Mapping[str, Any]) -> Plan:
    recorded = version.manifest
    values = {**(recorded.get("parameters") or {}), **instead}
    report = Report(0, str(recorded["report"]), version.folder / NOTEBOOK_FILE)
    digests = digests_of(project)
    try:
        wanted = plan(project, report, values, digests=digests)
    except DataError as error:
        raise DataError(
            f"{version.id} cannot be run again: {error.message}",
            remedy=error.remedy or "bring the input back, or verify a bundle, which has its own",
        ) from None
    digests.save()
    return wanted


def _numbers(value: object) -> Iterator[float]:
    match value:
        case bool():
            return
        case int() | float():
            yield value
        case dict():
            for item in value.values():
                yield from _numbers(item)
        case list():
            for item in value:
                yield from _numbers(item)


def _mismatches(
    recorded: object, now: object, at: str, units: Json, tolerance: Tolerance
) -> Iterator[Mismatch]:
    match recorded, now:
        case dict(), dict():
            for key in [*recorded, *(key for key in now if key not in recorded)]:
                below = f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}"
                yield from _mismatches(
                    recorded.get(key, ABSENT), now.get(key, ABSENT), below, units, tolerance
                )
        case list(), list() if len(recorded) == len(now):
            for place, (one, other) in enumerate(zip(recorded, now, strict=True)):
                yield from _mismatches(one, other, f"{at}/{place}", units, tolerance)
        case list(), list():
            told = f"{len(recorded)} entries", f"{len(now)} entries"
            yield Mismatch(at=at, unit="", recorded=told[0], now=told[1])
        case _:
            yield from _leaf(recorded, now, at, units.get(at, ""), tolerance)


def _leaf(
    recorded: object, now: object, at: str, unit: str, tolerance: Tolerance
) -> Iterator[Mismatch]:
    if _is_number(recorded) and _is_number(now):
        one, other = float(recorded), float(now)  # type: ignore[arg-type]
        if not isclose(one, other, rel_tol=tolerance.of(unit), abs_tol=SMALLEST):
            relative = abs(one - other) / max(abs(one), abs(other))
            yield Mismatch(at=at, unit=unit, recorded=recorded, now=now, relative=relative)
    elif type(recorded) is not type(now) or recorded != now:
        yield Mismatch(at=at, unit=unit, recorded=_shown(recorded), now=_shown(now))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


ABSENT: Final = object()


def _shown(value: object) -> Any:  # noqa: ANN401  JSON
    if value is ABSENT:
        return "(absent)"
    return value if isinstance(value, str | int | float | None) else f"a {type(value).__name__}"
