"""What is said of where money went: shares, cost per outcome, waste, caches, other expenses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.core.finding import Estimate, Finding
from assay.core.units import COUNT, SHARE, USD, Count, Share, UnitOf, Usd

RatioKey = Literal[
    "per request",
    "per 1,000 tokens",
    "per success",
    "per rating point",
    "per session",
    "per user",
    "successes per 1,000 tokens",
    "rating per 1,000 tokens",
]
WasteKind = Literal["failed", "retried", "abandoned", "cacheable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """One sum over another, such as USD over successes: never a mean of ratios.

    Attributes:
        estimate: None where the denominator is zero or was not counted; without ends where the
            data do not suffice for an interval. Then `reason` says why.
        n: of the denominator: requests, successes, users, tokens …
        groups: users behind the interval, or random groups of them.
    """

    key: RatioKey
    unit: str
    estimate: Annotated[Estimate | None, UnitOf("unit")]
    n: Annotated[float, COUNT]
    groups: Count
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One value of a column, or the others together.

    Attributes:
        kind: `none` are requests without a value; `others` are groups that are not told.
        usd: of requests whose cost is known; `unknown`: requests whose cost is not.
        share: of all money; `cumulative`: with all groups before it.
    """

    name: str
    kind: Literal["group", "none", "others"]
    requests: Count
    unknown: Count
    tokens: Count
    usd: Usd
    share: Share
    cumulative: Share
    ratios: tuple[Ratio, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """All spending by one column; the groups add up to the whole.

    Attributes:
        values: different values in the data; `folded`: of them in `others`; `small`: of these,
            such as stand for fewer persons than may be told.
        vital: so few groups make at least `vital_share` of the money.
    """

    column: str
    values: Count
    folded: Count
    small: Count
    vital: Count
    vital_share: Share
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpriced:
    """A model that the price list does not price, and its share of all tokens.

    Attributes:
        why: as the price list says; `unknown`: requests whose cost is not known for that reason.
    """

    provider: str
    model: str
    why: str
    requests: Count
    unknown: Count
    tokens: Count
    share: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Wasted:
    """Money for what came to nothing; kinds do not overlap, but `cacheable` is beside them.

    Attributes:
        share: of all money, with its interval over users.
    """

    kind: WasteKind
    usd: Usd
    share: Annotated[Estimate | None, SHARE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Unit economics of one week or month; `complete`: the data cover all its days."""

    start: str
    complete: bool
    usd: Usd
    requests: Count
    ratios: tuple[Ratio, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheUse:
    """What a model’s prompt cache saved, at list prices.

    Attributes:
        share: of the tokens sent that were read from the cache.
        saved: what the tokens read would have cost as plain input, less what they cost;
        surcharge: what writing to the cache cost beyond plain input; `net` is the difference.
    """

    provider: str
    model: str
    read_tokens: Count
    sent_tokens: Count
    share: Share
    saved: Usd
    surcharge: Usd
    net: Usd


@dataclass(frozen=True, slots=True, kw_only=True)
class Expense:
    """Costs of one category that are no calls of a model; credits are negative.

    Attributes:
        usd: of the entries that are in USD or were converted at the rate of their day.
        unconverted: entries in a currency without a rate, which are in no sum.
    """

    category: str
    entries: Count
    usd: Usd
    unconverted: Count
    currencies: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """Where the money went.

    Attributes:
        unit: whose rows belong together in intervals: user, session or request.
        unknown: requests whose cost is not known, and `unknown_tokens`, their share of tokens.
        apart: implausible records that no sum holds, and what they cost by the log.
        every: what `periods` are.
        models_share: of all costs, expenses among them, that are for models.
        cached: what all caches saved; None where nothing is priced.
        part: of the users behind ratios and shares of waste; below 1, amounts of money and
            requests are of all users all the same.
    """

    first: str
    last: str
    unit: Literal["user", "session", "request"]
    confidence: Share
    k: Count
    usd: Usd
    requests: Count
    tokens: Count
    unknown: Count
    unknown_tokens: Share
    apart: Count
    apart_usd: Usd
    ratios: tuple[Ratio, ...]
    splits: tuple[Split, ...]
    unpriced: tuple[Unpriced, ...]
    wasted: tuple[Wasted, ...]
    every: Literal["week", "month"]
    periods: tuple[Period, ...]
    caches: tuple[CacheUse, ...]
    cached: CacheUse | None
    expenses: tuple[Expense, ...]
    expenses_usd: Annotated[float, USD]
    models_share: Share | None
    part: Share = 1.0
    findings: tuple[Finding, ...] = ()
