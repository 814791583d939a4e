"""What is said of an experiment before it starts, its hash, and what was changed afterwards."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from assay.core.errors import ParameterError, nearest
from assay.params import Column, Corrections, Metric, Plan, Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

State = Literal["draft", "running", "paused", "concluded"]


def _name(text: str) -> str:
    if not text.strip() or ":" in text:
        raise ValueError("expected a name without a colon")
    return text


Name = Annotated[str, AfterValidator(_name)]
Share = Annotated[float, Field(gt=0, le=1)]


class _Section(BaseModel):
    """Unknown keys are refused, types are not guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Decision(_Section):
    """What will be done on which finding."""

    alpha: float = Field(0.05, gt=0, lt=1, description="one minus the intervals' confidence")
    rule: str = Field(
        "Ship when a primary metric is better and no guardrail is harmed; otherwise keep.",
        min_length=1,
        description="in words, for whoever reads it later",
    )
    conclude: Literal["by hand", "at the end", "when decided"] = Field(
        "at the end",
        description="when the clock concludes it: never, at its planned end, or as soon as a valid "
        "sequential result decides",
    )
    stop: tuple[Literal["harm", "futility"], ...] | None = Field(
        None,
        strict=False,
        min_length=1,
        description="what ends it before its planned end, whatever conclude says: a primary metric "
        "or a guardrail that the plan's own rule shows to be harmed; an answer that has become "
        "unlikely (the plan's futility)",
    )


class Reallocation(_Section):
    """Traffic that follows what was learnt, batch by batch."""

    floor: float = Field(0.1, gt=0, le=0.5, description="share that every arm keeps")
    epochs: Literal["traffic", "time"] = Field(
        "traffic",
        description="whom a new split concerns: units of new traffic, or units first seen later",
    )
    batch: Share = Field(0.1, description="traffic that each batch takes in")


class Sizing(_Section):
    """What the size of the plan is told from: what units did before, or figures."""

    data: str | None = Field(None, description="history: events, or one row per unit")
    time: Column | None = Field(None, description="column of the time; absent: a size, no length")
    window: Window | None = Field(None, description="days that count as history")
    effect: float | None = Field(
        None, gt=0, description="lift that is to be seen; the plan's planned_effect if absent"
    )
    power: float = Field(0.8, gt=0, lt=1, description="how likely it is to be seen")
    weeks: int = Field(8, ge=1, description="that one is ready to wait")
    covariates: bool = Field(False, description="the analysis will use what units did before")
    baselines: dict[str, dict[str, float]] = Field(
        {}, strict=False, description="without data: metric to base, sd, rho, cluster, icc"
    )
    units_per_day: float | None = Field(
        None, gt=0, description="without data: new units of the whole layer in a day"
    )

    @model_validator(mode="after")
    def _has_a_source(self) -> Self:
        if (self.data is None) == (not self.baselines):
            raise ValueError("expected either data (a history) or baselines (figures)")
        if self.data is not None and self.units_per_day is not None:
            raise ValueError("units_per_day goes with baselines: data tell it by their time")
        if self.window is not None and self.time is None:
            raise ValueError("expected time beside window: the column that it is held against")
        return self


class Registration(_Section):
    """One file of `params/experiments/`: the experiment as it was planned."""

    hypothesis: str = Field(min_length=1, description="what should happen, and why")
    owner: str = Field(min_length=1, description="who decides")
    unit: Column = Field(min_length=1, description="column of what is randomised")
    arms: tuple[Name, ...] = Field(strict=False, min_length=2, description="the control first")
    split: dict[Name, Share] | None = Field(None, description="share of each arm; equal if absent")
    traffic: Share = Field(1.0, description="share of the layer's units that are in it")
    layer: Name | None = Field(None, description="experiments of a layer share no unit")
    holdout: float = Field(0.0, ge=0, lt=1, description="share of the layer that is in none")
    design: Literal["auto", "independent", "paired"] = "auto"
    metrics: tuple[Metric, ...] = Field(strict=False, min_length=1)
    plan: Plan | None = Field(None, description="when the data are looked at, and when it is over")
    sizing: Sizing | None = Field(None, description="what the size of the plan is told from")
    correction: Corrections = Corrections()
    decision: Decision = Decision()
    reallocation: Reallocation | None = None
    start: date | None = Field(None, description="day from which on the clock starts it")
    end: date | None = Field(None, description="last day of units")
    report: str | None = Field(None, description="report/set that tells how it goes")
    notify: tuple[str, ...] = Field((), strict=False, description="recipients in schedules.yaml")
    volume: float | None = Field(
        None, gt=0, description="of the first primary metric in a year, without the variant"
    )

    @field_validator("start", "end", mode="before")
    @classmethod
    def _day(cls, value: object) -> object:
        return date.fromisoformat(value) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if len(set(self.arms)) < len(self.arms):
            raise ValueError("expected distinct arms")
        if self.split is not None:
            strange = set(self.split) ^ set(self.arms)
            if strange:
                name = min(strange)
                raise ValueError(
                    f"expected a share for each arm and no other: {name!r}; "
                    + nearest(name, self.arms)
                )
            if not abs(sum(self.split.values()) - 1) <= 1e-6:
                raise ValueError(
                    f"expected shares of split that add up to 1, not {sum(self.split.values()):g}"
                )
        names = [metric.name for metric in self.metrics]
        if len(set(names)) < len(names):
            raise ValueError("expected metrics of distinct names")
        if self.start and self.end and self.end < self.start:
            raise ValueError(f"expected an end after the start, not {self.end}")
        planned = self.plan.planned_end if self.plan else None
        if self.end and planned and planned != self.end:
            raise ValueError(f"expected one end, not {self.end} and planned_end {planned}")
        self._can_stop()
        if self.reallocation and self.reallocation.floor * len(self.arms) > 1:
            raise ValueError(f"expected a floor of at most 1/{len(self.arms)} for so many arms")
        return self

    def _can_stop(self) -> None:
        """Only intervals that hold at every look may end an experiment early."""
        wanted = self.decision.stop or ()
        if wanted and (self.plan is None or self.plan.design == "once"):
            raise ValueError(
                "decision.stop ends an experiment at a look before the end: expected a plan of "
                "design group-sequential or anytime"
            )
        if "futility" in wanted and (self.plan is None or self.plan.futility is None):
            raise ValueError("decision.stop names futility: expected futility in the plan")

    @property
    def control(self) -> str:
        """The arm compared against."""
        return self.arms[0]

    @property
    def shares(self) -> dict[str, float]:
        """The planned share of each arm, the control first."""
        split = self.split or dict.fromkeys(self.arms, 1 / len(self.arms))
        return {arm: split[arm] for arm in self.arms}

    def as_json(self) -> dict[str, Any]:
        """All that it says, with the defaults of what it does not say, as plain JSON.

        Of metrics and plan, what they do not say is left out but for a metric's role and direction:
        some of their fields may be said only together with others.
        """
        metrics = [
            {"role": metric.role, "better": metric.better}
            | metric.model_dump(mode="json", exclude_defaults=True)
            for metric in self.metrics
        ]
        plan = self.plan and self.plan.model_dump(mode="json", exclude_defaults=True)
        decision = self.decision.model_dump(mode="json", exclude_none=True)
        said = self.model_dump(mode="json")
        return {**said, "metrics": metrics, "plan": plan, "decision": decision}

    @property
    def last_day(self) -> date | None:
        """The last day of units, by the end or by the plan; None where there is none."""
        return self.end or (self.plan.planned_end if self.plan else None)

    @property
    def planned_units(self) -> int | None:
        """Units of all arms together at the end; None where none are planned."""
        return self.plan.planned_n if self.plan else None


def registration_of(content: Mapping[str, Any], *, place: str) -> Registration:
    """The registration that a file's content stands for.

    Raises:
        ParameterError: where a key is unknown (it names the nearest known one), or a value is not
            what it may be.
    """
    try:
        return Registration.model_validate(content)
    except ValidationError as error:
        found = error.errors()[0]
        raise _mistake(found["loc"], found["type"], found["msg"], place) from None


def fingerprint(told: Mapping[str, Any]) -> str:
    """The SHA-256 of a registration in canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """A field that no longer says what was registered.

    Attributes:
        field: its place, as `metrics.Task success.margin`.
        before, after: as JSON; "" where it was not there.
    """

    field: str
    before: str
    after: str


def deviations(registered: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[Deviation, ...]:
    """What differs between the registered copy and the file as it is, field by field.

    Items of lists are matched by their name where they have one, so that a metric that was added in
    front does not make all others look changed.
    """
    before, after = dict(_leaves(registered)), dict(_leaves(now))
    return tuple(
        Deviation(field=place, before=before.get(place, ""), after=after.get(place, ""))
        for place in dict.fromkeys((*before, *after))
        if before.get(place) != after.get(place)
    )


_SILENT: Final = frozenset({"owner", "notify", "report", "volume", "sizing"})
"""Fields whose change is no deviation: they decide nothing about the comparison."""


def _leaves(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in told.items():
        if key not in _SILENT:
            yield from _below(value, key)


def _below(value: Any, place: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401  any JSON
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _below(inner, f"{place}.{key}")
    elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        for number, item in enumerate(value):
            name = item.get("name", number)
            yield from _below({k: v for k, v in item.items() if k != "name"}, f"{place}.{name}")
    elif value is not None:
        yield place, json.dumps(value, ensure_ascii=False)


_MODELS: Final[dict[str, type[BaseModel]]] = {
    "plan": Plan,
    "sizing": Sizing,
    "correction": Corrections,
    "decision": Decision,
    "reallocation": Reallocation,
    "metrics": Metric,
}


def _mistake(loc: tuple[int | str, ...], kind: str, message: str, place: str) -> ParameterError:
    named = ".".join(str(part) for part in loc)
    if kind == "extra_forbidden":
        inside = [part for part in loc[:-1] if isinstance(part, str)]
        known = _MODELS.get(inside[0], Registration) if inside else Registration
        return ParameterError(
            f"{place}: {named!r} is not known", remedy=nearest(str(loc[-1]), known.model_fields)
        )
    if kind == "missing":
        return ParameterError(f"{place}: {named!r} is missing")
    told = message.removeprefix("Value error, ").removeprefix("Input should be ")
    return ParameterError(f"{place}{f', {named}' if named else ''}: {told}")
