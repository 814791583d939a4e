"""What `params/benchmarks.yaml` says: workloads, their variants, and how long each is measured."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from assay.core.errors import ParameterError, nearest
from assay.core.sections import Section
from assay.core.written import one_or_more
from assay.workbench.declarations import read_declaration

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BENCHMARKS_FILE: Final = "benchmarks.yaml"
Size = Literal["quick", "standard", "batch"]
SIZES: Final[tuple[Size, ...]] = ("quick", "standard", "batch")
PYTHON: Final = "{python}"
ITEMS: Final = "{items}"
METRICS: Final = ("time", "cpu", "throughput", "peak_memory", "succeeded")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9._+-]{0,39}")
_PLACE: Final = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*", re.ASCII)


def _as_words(value: object) -> object:
    return tuple(shlex.split(value)) if isinstance(value, str) else one_or_more(value)


def _as_place(value: str) -> str:
    if not _PLACE.fullmatch(value):
        raise ValueError("expected MODULE:NAME, such as benchmarks.search:find")
    return value


Place = Annotated[str, BeforeValidator(lambda value: _as_place(str(value)))]
Words = Annotated[tuple[str, ...], BeforeValidator(_as_words), Field(min_length=1)]
Number = Annotated[int, Field(ge=1)]


class Work(Section):
    """What is done: a command, or a call of something in Python."""

    command: Words | None = Field(None, description="program and its words; no shell reads them")
    call: Place | None = Field(None, description="MODULE:NAME, seen from the project's folder")
    prepare: Place | None = Field(
        None, description="called once a run, unmeasured; `call` gets what it gives back"
    )
    arguments: dict[str, Any] = Field(default_factory=dict)
    environment: dict[str, str] = Field(default_factory=dict, description="variables of a command")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.command is not None and (self.call or self.prepare or self.arguments):
            raise ValueError("expected a command or a call with its arguments, not both")
        return self


class Workload(Work):
    """A workload, and the ways of doing it that are held against each other."""

    variants: dict[str, Work] = Field(
        default_factory=dict, description="provider → what differs from the workload"
    )
    items: Number | dict[Size, Number] = Field(1, description="what one call works through")
    timeout: float = Field(60.0, gt=0, le=86_400, description="seconds of one command or round")
    sizes: Annotated[tuple[Size, ...], BeforeValidator(one_or_more)] = SIZES


class Effort(Section):
    """How much is measured.

    A run is one observation in a comparison, so runs say more than rounds.
    """

    runs: int = Field(ge=1, le=1000)
    rounds: int = Field(ge=1, le=100_000, description="measured in each run")
    warm_up: int = Field(ge=0, le=10_000, description="rounds before them")
    seconds: float = Field(gt=0, le=60, description="that a round of calls lasts, about")


_EFFORTS: Final[Mapping[Size, Effort]] = {
    "quick": Effort(runs=3, rounds=5, warm_up=1, seconds=0.005),
    "standard": Effort(runs=10, rounds=20, warm_up=3, seconds=0.01),
    "batch": Effort(runs=10, rounds=5, warm_up=1, seconds=0.05),
}


class _SomeEffort(Section):
    runs: int | None = Field(None, ge=1, le=1000)
    rounds: int | None = Field(None, ge=1, le=100_000)
    warm_up: int | None = Field(None, ge=0, le=10_000)
    seconds: float | None = Field(None, gt=0, le=60)


class _File(Section):
    suite: str = "benchmarks"
    seed: int = Field(1, ge=0)
    metrics: Annotated[tuple[str, ...], BeforeValidator(one_or_more)] = METRICS
    sizes: dict[Size, _SomeEffort] = Field(default_factory=dict)
    workloads: dict[str, Workload] = Field(min_length=1)

    @model_validator(mode="after")
    def _known(self) -> Self:
        for name in self.metrics:
            if name not in METRICS:
                raise ValueError(f"expected metrics among {', '.join(METRICS)}, not {name}")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One way of doing one workload, at one size.

    Attributes:
        provider: name of the variant, "" where there is none.
        items: what one call or command works through.
    """

    workload: str
    provider: str
    size: Size
    command: tuple[str, ...] = ()
    call: str = ""
    prepare: str | None = None
    arguments: Mapping[str, Any]
    environment: Mapping[str, str]
    items: int
    timeout: float

    @property
    def name(self) -> str:
        """What its measurements are called: of another size they are another matter."""
        return f"{self.workload}/{self.size}"

    @property
    def label(self) -> str:
        """`parse · orjson`."""
        return " · ".join(part for part in (self.workload, self.provider) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """All that is measured at one size."""

    name: str
    seed: int
    metrics: tuple[str, ...]
    effort: Effort
    trials: tuple[Trial, ...]


def read_suite(file: Path, size: Size, only: Sequence[str] = ()) -> Suite:
    """What a file declares for a size.

    Args:
        file: `params/benchmarks.yaml`.
        size: which of quick, standard and batch.
        only: workloads by their names; by default all that are measured at this size.

    Raises:
        ParameterError: where a key, value or name is not understood; it names file and line.
    """
    absent = ParameterError(
        f"there is no {file.name}, which declares what is measured",
        remedy="write it (docs/benchmarks.md), or name it: --file FILE",
    )
    told = read_declaration(file, _File, absent=absent).told
    for name in only:
        if name not in told.workloads:
            raise ParameterError(
                f"{file.name} declares no workload {name!r}", remedy=nearest(name, told.workloads)
            )
    for name in (
        told.suite,
        *told.workloads,
        *(v for w in told.workloads.values() for v in w.variants),
    ):
        if not _NAME.fullmatch(name):
            raise ParameterError(
                f"{file.name}: the name {name!r}, expected up to 40 letters, digits and ._+- that "
                "begin with a letter"
            )
    chosen = {
        name: work
        for name, work in told.workloads.items()
        if size in work.sizes and (not only or name in only)
    }
    if not chosen:
        raise ParameterError(
            f"{file.name} declares no workload {'of these ' if only else ''}for --workload {size}",
            remedy="see `sizes` of each workload",
        )
    return Suite(
        name=told.suite,
        seed=told.seed,
        metrics=told.metrics,
        effort=_effort(told, size),
        trials=tuple(
            _trial(file.name, name, work, provider, size)
            for name, work in chosen.items()
            for provider in (work.variants or ("",))
        ),
    )


def _effort(told: _File, size: Size) -> Effort:
    own = told.sizes.get(size)
    return _EFFORTS[size].model_copy(update=own.model_dump(exclude_none=True) if own else {})


def _trial(file: str, name: str, work: Workload, provider: str, size: Size) -> Trial:
    other = work.variants.get(provider, Work())
    changes_kind = other.command is not None or other.call is not None
    command = other.command if changes_kind else work.command
    call = other.call if changes_kind else work.call
    label = f"{name}{' · ' if provider else ''}{provider}"
    if command is None and call is None:
        raise ParameterError(f"{file}: {label} has neither a command nor a call")
    items = work.items if isinstance(work.items, int) else work.items.get(size, 1)
    arguments = {**work.arguments, **other.arguments} if call else {}
    if call is None and other.arguments:
        raise ParameterError(f"{file}: {label} is a command, which takes no arguments")
    return Trial(
        workload=name,
        provider=provider,
        size=size,
        command=tuple(
            word.replace(PYTHON, sys.executable).replace(ITEMS, str(items))
            for word in command or ()
        ),
        call=call or "",
        prepare=(other.prepare or work.prepare) if call else None,
        arguments=arguments,
        environment={**work.environment, **other.environment},
        items=items,
        timeout=work.timeout,
    )
