"""What the company publishes, who follows, and the journeys that lead to a sale."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from assay.data.simulate import platform as p
from assay.data.simulate.log import moments, named

if TYPE_CHECKING:
    from numpy.typing import NDArray

ACCOUNTS: Final = (
    ("acme-blog", "blog", 0.45, 900.0, 5_200),
    ("acme-linkedin", "linkedin", 0.8, 2_600.0, 14_800),
    ("acme-mastodon", "mastodon", 1.1, 700.0, 3_100),
)
"""Account, platform, posts per day, impressions on the first day, followers at the start."""
LIFE_DAYS: Final = 10
DECAY_EXPONENT: Final = -1.15
"""Impressions on day n after publication go with (n + 1) to this power."""
JOURNEYS: Final = 6_000
CHANNELS: Final = {"search": 0.55, "social": 0.15, "email": 0.5, "partner": 0.7, "direct": 0.2}
"""What each contact adds to the log odds of a sale; a journey without any starts at −3."""
_BASE_LOG_ODDS: Final = -3.0
_TOPICS: Final = ("release notes", "customer story", "how-to", "benchmark", "behind the scenes")
_HOOKS: Final = (
    "What we learned from {n} support sessions",
    "How {n} teams plan their week",
    "{n} small changes that made answers better",
    "A closer look at version {n}",
)


def posts(rng: np.random.Generator) -> pl.DataFrame:
    """One row per post and day, for ten days after publication or until the sample ends."""
    made = _published(rng)
    n = len(made)
    day = np.tile(np.arange(LIFE_DAYS), n)
    row = np.repeat(np.arange(n), LIFE_DAYS)
    shown = made["base"].to_numpy()[row] * (day + 1.0) ** DECAY_EXPONENT
    impressions = rng.poisson(shown * rng.lognormal(0.0, 0.25, len(row)))
    reach = np.floor(impressions * rng.uniform(0.68, 0.9, len(row))).astype(np.int64)
    clicks = rng.binomial(impressions, 0.021)
    leads = rng.binomial(clicks, 0.06)
    sales = rng.binomial(leads, 0.18)
    paid = (made["paid"].to_numpy()[row]) & (day < 3)
    frame = made[row].select(
        "post_id",
        "account_id",
        "platform",
        "published_at",
        day=pl.col("published_at").dt.date() + pl.duration(days=pl.lit(pl.Series(day))),
        text="text",
        impressions=pl.Series(impressions),
        reach=pl.Series(reach),
        engagements=pl.Series(rng.binomial(impressions, 0.034)),
        clicks=pl.Series(clicks),
        leads=pl.Series(leads),
        conversions=pl.Series(sales),
        spend_usd=pl.Series(np.round(np.where(paid, impressions * 0.011, 0.0), 2)),
        revenue_usd=pl.Series(np.round(sales * rng.lognormal(4.9, 0.4, len(row)), 2)),
    )
    return frame.filter(pl.col("day") <= p.END).sort("post_id", "day")


def _published(rng: np.random.Generator) -> pl.DataFrame:
    made = []
    for account, platform, per_day, base, _ in ACCOUNTS:
        weekday = (np.arange(p.DAYS) + p.START.weekday()) % 7
        count = rng.poisson(per_day * np.where(weekday < 5, 1.25, 0.35))
        day = np.repeat(np.arange(p.DAYS), count)
        n = len(day)
        at = day * 86400.0 + np.clip(rng.normal(10.5, 2.5, n), 5, 22) * 3600
        paid = rng.random(n) < 0.12
        seen = base * rng.lognormal(0.0, 0.7, n) * np.where(paid, 2.2, 1.0)
        made.append(
            pl.DataFrame(
                {
                    "account_id": account,
                    "platform": platform,
                    "at": np.round(at),
                    "base": seen,
                    "paid": paid,
                    "text": _texts(n, rng),
                }
            )
        )
    return (
        pl.concat(made)
        .sort("at", "account_id")
        .with_columns(
            post_id=named("p", pl.int_range(1, pl.len() + 1), 4), published_at=moments(pl.col("at"))
        )
    )


def _texts(n: int, rng: np.random.Generator) -> list[str]:
    topic, hook = rng.integers(0, len(_TOPICS), n), rng.integers(0, len(_HOOKS), n)
    number = rng.integers(3, 60, n)
    return [
        f"{_HOOKS[h].format(n=k)} ({_TOPICS[t]})"
        for t, h, k in zip(topic.tolist(), hook.tolist(), number.tolist(), strict=True)
    ]


def accounts(rng: np.random.Generator) -> pl.DataFrame:
    """One row per account and day: followers come, and some go."""
    days = [p.START + timedelta(days=n) for n in range(p.DAYS)]
    frames = [
        pl.DataFrame(
            {
                "account_id": account,
                "platform": platform,
                "day": days,
                "followers": start
                + np.cumsum(
                    rng.poisson(start * 0.0011, p.DAYS) - rng.poisson(start * 0.0004, p.DAYS)
                ),
            }
        )
        for account, platform, _, _, start in ACCOUNTS
    ]
    return pl.concat(frames).sort("account_id", "day")


def touches(rng: np.random.Generator) -> pl.DataFrame:
    """The contacts of six thousand journeys; the last contact of a sale carries its revenue."""
    count = np.minimum(rng.geometric(0.38, JOURNEYS), 9)
    journey = np.repeat(np.arange(JOURNEYS), count)
    n = len(journey)
    last = np.cumsum(count) - 1
    channel = rng.choice(len(CHANNELS), n, p=[0.3, 0.27, 0.18, 0.08, 0.17])
    bought = rng.random(JOURNEYS) < _chance(journey, channel)
    begin = rng.uniform(0, (p.DAYS - 30) * 86400.0, JOURNEYS)
    wait = 60.0 + rng.exponential(2.2 * 86400.0, n)
    wait[last - count + 1] = 0.0
    passed = np.cumsum(wait)
    at = np.round(begin[journey] + passed - passed[last - count + 1][journey], 3)
    sold = np.zeros(n, dtype=np.bool_)
    sold[last] = bought
    paid = np.round(rng.lognormal(4.7, 0.5, n), 2)
    names = list(CHANNELS)
    return pl.DataFrame(
        {
            "journey": journey,
            "channel": [names[c] for c in channel.tolist()],
            "at": np.minimum(at, p.DAYS * 86400.0 - 1.0 - (last[journey] - np.arange(n))),
            "converted": sold,
            "revenue_usd": pl.Series(paid).set(pl.Series(~sold), None),
        }
    ).select(
        journey_id=named("j", pl.col("journey") + 1, 5),
        channel="channel",
        touched_at=moments(pl.col("at")),
        converted="converted",
        revenue_usd="revenue_usd",
    )


def _chance(journey: NDArray[np.int64], channel: NDArray[np.int64]) -> NDArray[np.float64]:
    weight = np.array(list(CHANNELS.values()))[channel]
    odds = _BASE_LOG_ODDS + np.bincount(journey, weight, JOURNEYS)
    return np.asarray(1 / (1 + np.exp(-odds)))
