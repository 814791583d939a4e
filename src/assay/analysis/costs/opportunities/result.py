"""What could be saved: how much a month, how sure, what could go wrong, how to confirm it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Final, Literal

from assay.core.errors import ResultError
from assay.core.finding import Estimate, Evidence, Finding
from assay.core.units import Count, Seconds, Share, Usd

if TYPE_CHECKING:
    from assay.core.finding import Tone

DAYS_OF_MONTH: Final = 365.2425 / 12
"""Every saving is per month of this many days, so that February saves as much as March."""

WORTH_DECIDING: Final = 0.01
"""Share of the spend from which on a saving asks for a decision."""

OpportunityKind = Literal[
    "model",
    "provider",
    "tier",
    "caching",
    "prompts",
    "outputs",
    "batch",
    "retries",
    "failures",
    "duplicates",
    "idle",
]
OpportunityState = Literal["advised", "try", "no evidence", "not enough data"]
"""`advised`: the data show that it saves and what it costs in quality; `try`: it would save this
much if an experiment confirms what the data cannot show; `no evidence`: looked for, not found."""

_TONES: Final[dict[OpportunityState, Tone]] = {
    "advised": "good",
    "try": "attention",
    "no evidence": "neutral",
    "not enough data": "neutral",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The experiment that would confirm a saving, or refute it.

    Attributes:
        design: how, in a few words ("A/B test", "replay of the same items").
        metric: what it measures, in the reader's words; a guard on quality stands in `guard`.
        unit: what is assigned (user, session, item, request).
        per_arm: units in each arm for a power of .8; None where it cannot be planned.
        days: that long at the pace of the data; None where the pace is unknown.
        reason: why there is no sample size, empty where there is one.
    """

    design: str
    metric: str
    unit: str
    guard: str = ""
    per_arm: Count | None = None
    days: Annotated[float | None, "days"] = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose calls an opportunity concerns; what is empty is any."""

    agent_id: str = ""
    provider: str = ""
    model: str = ""
    service_tier: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opportunity:
    """One way to spend less, as far as the data carry it.

    Attributes:
        key: stable from version to version: `caching/support-bot`.
        what: the step in a few words ("cache the prompt’s repeated start").
        whom: whose calls, in the reader's words (an agent, a model); empty means all.
        scope: the same for a machine, from which overlaps are told.
        saving: USD per month at the volume of the data; negative where it costs more. None only
            where the state is `not enough data`.
        spend: USD per month of the calls that it concerns, at the volume of the data; None where
            they have no price.
        left: what of the saving is left once those ranked before it are taken; None where nothing
            ranked before it concerns the same calls.
        overlaps: keys of opportunities that concern the same calls in part.
        confidence: the level of the intervals.
        n: units (users, sessions, …) behind the interval.
        unit: what those units are.
        days: days of the data.
        risks: what could go wrong, one sentence each.
        reason: why the state is what it is, one sentence.

    Raises:
        ResultError: where a saving has no interval, and where one is advised or to be tried that
            is not known to be above zero.
    """

    key: str
    kind: OpportunityKind
    what: str
    whom: str
    scope: Scope
    state: OpportunityState
    evidence: Evidence
    saving: Annotated[Estimate | None, "USD"]
    spend: Usd | None
    confidence: Share
    n: Count
    unit: str
    days: Annotated[float, "days"]
    reason: str
    risks: tuple[str, ...] = ()
    trial: Trial | None = None
    left: Annotated[Estimate | None, "USD"] = None
    overlaps: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.saving is None:
            if self.state != "not enough data":
                raise ResultError(
                    f"{self.key} is {self.state!r} without a saving",
                    remedy="give the saving with its interval, or the state 'not enough data'",
                )
            return
        ends = (self.saving.value, self.saving.low, self.saving.high)
        if any(end is None or not isfinite(end) for end in ends):
            raise ResultError(f"{self.key} saves {ends}, expected a number with both ends")
        if self.state in {"advised", "try"} and not (self.saving.low or 0.0) > 0:
            raise ResultError(
                f"{self.key} is {self.state!r} with a saving from {self.saving.low} on",
                remedy="an interval that reaches zero is 'no evidence'",
            )
        if self.state in {"advised", "try"} and not (self.risks and self.trial):
            raise ResultError(f"{self.key} names no risk or no trial, expected both")

    @property
    def finding(self) -> Finding:
        """What a reader takes away of it, without sentences."""
        good = self.state in {"advised", "try"}
        return Finding(
            key=f"opportunity/{self.key}",
            what=f"{self.what} ({self.whom})" if self.whom else self.what,
            state=self.state,
            tone=_TONES[self.state],
            needs_decision=good,
            evidence=self.evidence,
            unit="USD",
            size=self.saving,
            lift=_relative(self.saving, self.spend),
            n=self.n,
            confidence=self.confidence,
            action={"advised": self.what, "try": "try it in an experiment"}.get(self.state, "none"),
            reason=self.reason,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheOfSize:
    """The share of prompt tokens that a cache of so many tokens would have held."""

    size: Annotated[float, "tokens"]
    share: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheForTime:
    """The share of prompt tokens that were there for whoever keeps them that long after use."""

    seconds: Seconds
    share: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheReplay:
    """What a cache of prompts would have held, replayed request by request.

    Attributes:
        requests: whose prompt's start is known by its hash; `tokens`: in all their prompts.
        seen: share of those tokens that stood in a start seen before, in a cache without end.
        read: share that was read from the provider's cache in fact.
        block: tokens of one block; None where each prompt has one hash for its start.
        sizes: of a cache that loses what was used least recently, from small to large; of the
        times: of one that loses what was not used for so long, from short to long.
    """

    requests: Count
    tokens: Annotated[float, "tokens"]
    seen: Share
    read: Share
    block: Annotated[float | None, "tokens"]
    sizes: tuple[CacheOfSize, ...]
    times: tuple[CacheForTime, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotLooked:
    """A kind of saving for which the data lack a column, or prices."""

    kind: OpportunityKind
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpportunitiesResult:
    """Everything that is said of what could be saved.

    Attributes:
        found: ranked by money; what shows no saving stands last, and is told.
        together: USD per month of all that is advised or to be tried, each taken from what those
            before it leave; None where there is none. The plain sum would count calls twice.
        spend: USD per month of all calls that have a price.
        unpriced: share of tokens without a price, of which nothing can be said.
        caching: None where no prompt's start is known by its hash.
        not_looked: kinds that could not be looked for, with the reason.
        agents_left: of very many agents, those that were not looked at one by one.
        part: of the units, whose calls were looked at one by one; 1 where those of all were.
    """

    first: str
    last: str
    days: Annotated[float, "days"]
    spend: Annotated[Estimate | None, "USD"]
    unpriced: Share
    confidence: Share
    unit: str
    found: tuple[Opportunity, ...]
    together: Annotated[Estimate | None, "USD"]
    caching: CacheReplay | None = None
    not_looked: tuple[NotLooked, ...] = ()
    agents_left: Count = 0
    part: Share = 1.0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Of all that is advised or to be tried; those that ask for a decision are worth it."""
        good = [one for one in self.found if one.state in {"advised", "try"}]
        spend = (self.spend.value or 0.0) if self.spend else 0.0
        return tuple(
            replace(one.finding, needs_decision=_floor(one) >= WORTH_DECIDING * spend)
            for one in good
        )


def ranked(found: tuple[Opportunity, ...]) -> tuple[Opportunity, ...]:
    """By money: what is advised or to be tried first, the surest dollars (lower end) on top."""
    order: dict[OpportunityState, int] = {
        "advised": 0,
        "try": 0,
        "no evidence": 1,
        "not enough data": 2,
    }
    return tuple(sorted(found, key=lambda one: (order[one.state], -_floor(one), one.key)))


def _floor(one: Opportunity) -> float:
    return one.saving.low if one.saving and one.saving.low is not None else 0.0


def _relative(saving: Estimate | None, spend: float | None) -> Estimate | None:
    if saving is None or spend is None or not spend > 0:
        return None
    value, low, high = (
        None if end is None else end / spend for end in (saving.value, saving.low, saving.high)
    )
    return Estimate(value=value, low=low, high=high)
