"""What was logged beside what the list price says, what explains the difference, and the bills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from assay.analysis.costs.reconciling.reasons import Certainty
from assay.core.finding import Estimate, Finding
from assay.core.units import SHARE, Count, Number, Share, Usd


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Messages with a logged cost and a list price, and both amounts.

    Attributes:
        input, cache_read, cache_write, output, request: the parts of `listed`.
        difference: logged less listed.
    """

    requests: Count
    logged: Usd
    listed: Usd
    input: Usd
    cache_read: Usd
    cache_write: Usd
    output: Usd
    request: Usd

    @property
    def difference(self) -> float:
        """Logged less listed, in USD."""
        return self.logged - self.listed


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelHeld:
    """One provider, model and tier.

    Attributes:
        looked_at: messages held against the list one by one, of which `reproduced` agree within one
            per cent and `explained` follow a rule.
        days, days_off: days with messages, and those with a difference of over one per cent.
    """

    provider: str | None
    model: str | None
    tier: str | None
    held: Held
    looked_at: Count
    reproduced: Count
    explained: Count
    days: Count
    days_off: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class DayHeld:
    """One day of one model and tier; `reason` is what most of its difference is from."""

    day: str
    provider: str | None
    model: str | None
    tier: str | None
    held: Held
    reason: str
    reason_requests: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleHeld:
    """A rule that explains messages which the list does not.

    Attributes:
        cache, reasoning, price, label: of the reading.
        factor, fee, prices: of the rule; `prices` per million tokens of each kind.
        first, last: days of its messages.
        by_rule: what they cost by it.
    """

    provider: str | None
    model: str | None
    tier: str | None
    cache: str
    reasoning: str
    price: str
    label: str
    factor: Number
    fee: Usd
    prices: tuple[Usd, ...]
    requests: Count
    first: str
    last: str
    logged: Usd
    listed: Usd
    by_rule: Usd


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonHeld:
    """Messages of one reason.

    Attributes:
        certainty: "sure", "possible" where the reason only bounds the cost, "none".
        implied: messages whose reason implies a number of tokens, of which `whole` imply a whole
            number: only one in fifty does by chance.
    """

    reason: str
    certainty: Certainty
    requests: Count
    models: Count
    logged: Usd
    listed: Usd | None
    implied: Count
    whole: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """One message that does not reproduce; `tokens` are those that its reason implies."""

    interaction_id: str
    day: str
    provider: str | None
    model: str | None
    logged: Usd
    listed: Usd | None
    explained: Usd | None
    reason: str
    rule: Count | None
    tokens: Number | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApartRecord:
    """One record set apart; `usual` is what its tokens usually cost."""

    interaction_id: str
    at: str
    provider: str | None
    model: str | None
    tokens: Count
    logged: Usd
    usual: Usd | None
    times: Number | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BillHeld:
    """One month of one provider: what was billed, and what the data hold.

    Attributes:
        state: "agrees", "differs", "part of the month", "no data", "unknown provider", "no bill".
        spent: logged, and at list price where nothing was logged.
        gap: billed less spent.
        without_price: requests that are in no sum, as they have neither.
        days, of_days: days of the month with data, and its days.
        nearest: the provider that may have been meant.
    """

    month: str
    provider: str
    state: str
    billed: Usd | None
    currency: str
    amount: Number | None
    logged: Usd
    spent: Usd
    gap: Usd | None
    share: Share | None
    without_price: Count
    days: Count
    of_days: Count
    nearest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """Logged costs held against prices and bills.

    Attributes:
        requests: all there are, of which `logged` have a cost, `looked_at` of these one by one.
        total, total_without: logged cost with and without the records set apart.
        reproduced: share of the messages with a price that the list reproduces within one per cent;
            `named` the share of the others that have a sure or possible reason.
        held: messages with a cost and a price.
        unpriced, unpriced_usd, unpriced_tokens: messages with a cost and no price, and their share
            of all tokens with a cost.
        days: days of models with the largest differences, out of `days_off`.
        strays: messages that differ most, out of `stray_requests`.
    """

    requests: Count
    logged: Count
    looked_at: Count
    total: Usd
    total_without: Usd
    apart: tuple[ApartRecord, ...]
    apart_requests: Count
    reproduced: Annotated[Estimate | None, SHARE]
    named: Annotated[Estimate | None, SHARE]
    held: Held
    unpriced: Count
    unpriced_usd: Usd
    unpriced_tokens: Share | None
    models: tuple[ModelHeld, ...]
    days: tuple[DayHeld, ...]
    days_off: Count
    rules: tuple[RuleHeld, ...]
    reasons: tuple[ReasonHeld, ...]
    strays: tuple[Stray, ...]
    stray_requests: Count
    bills: tuple[BillHeld, ...]
    findings: tuple[Finding, ...]
