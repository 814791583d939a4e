"""Whether advice to switch to a cheaper model keeps its word, on data whose truth is known.

python benchmarks/model_switch.py [--runs 2000]

Work of one agent is simulated 2,000 times in each of several worlds, and `find_switches` is asked.
Where both models tried the same items, a model whose success is lower by exactly the margin must be
advised in at most 5 % of the runs (one-sided; also where any of three such models is advised, with
repeated trials, and with skewed costs), and an equally good one in at least 80 % at the sample size
that the report proposes. Where models did like work but not the same items, nothing may be advised,
least of all where the cheaper one was given the easier requests, or where the dearer one was asked
because the cheaper had failed; the A/B test that is proposed instead is carried out at its stated
size, and must find an equal model in 80 % and pass one at the margin in 5 % of the runs. The
interval of the saving must hold what the next month would have saved in 95 % of the runs. All
within three standard errors; the exit code is 1 where any is missed.
"""

import argparse
import json
import sys
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from scipy.special import stdtrit

from assay.analysis.costs.opportunities.result import DAYS_OF_MONTH
from assay.analysis.costs.opportunities.switching import find_switches
from assay.analysis.costs.opportunities.switching.confirming import POWER as PLANNED
from assay.features.work import BUCKETS, Work
from assay.stats.planning.paired_margins import pairs_needed

RESULTS = Path(__file__).parent / "results"
MARGIN, ALPHA, POWER, COVERED = 0.05, 0.05, 0.8, 0.95
DISCORDANT, BASE = 0.2, 0.75
LAST, DAYS = date(2026, 6, 28), 56
CURRENT = ("maker", "large", "standard")
KEYS = ("kind", "provider", "model", "service_tier")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--runs", type=int, default=2000)
    runs = parser.parse_args().runs
    start, missed, kept = time.process_time(), False, {}
    print(f"{runs:,} runs each\n{'world':58}{'n':>7}{'share':>8}{'limit':>9}{'saving held':>13}")
    for world in WORLDS:
        rng = np.random.default_rng([17, WORLDS.index(world)])
        found = [world.asked(rng) for _ in range(runs)]
        advised = float(np.mean([one[0] for one in found]))
        held = [one[1] for one in found if one[1] is not None]
        covered = float(np.mean(held)) if held else None
        good = within(advised, world, runs)
        if covered is not None:
            good &= covered >= COVERED - 3 * (COVERED * (1 - COVERED) / len(held)) ** 0.5
        sign = {"most": "≤", "least": "≥"}[world.side]
        told = "" if covered is None else f"{covered:13.3f}"
        fault = "" if good else "  MISSED"
        print(
            f"{world.name:58}{world.n:7,}{advised:8.3f}{sign:>4} {world.limit:.2f}{told}{fault}",
            flush=True,
        )
        kept[world.name] = {"n": world.n, "share": advised, "saving held": covered}
        missed |= not good
    print(f"{time.process_time() - start:.0f} s of the processor")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "model_switch.json").write_text(json.dumps(kept, indent=1))
    return int(missed)


def within(share, world, runs):
    """Whether a share keeps its limit within three standard errors."""
    error = 3 * (world.limit * (1 - world.limit) / runs) ** 0.5
    if world.side == "most":
        return share <= world.limit + error
    return share >= world.limit - error


@dataclass(frozen=True, kw_only=True)
class Items:
    """Both models tried the same items.

    Attributes:
        loss: of success, of every candidate.
        trials: per item and model; of several, an item's own chances differ from item to item.
        spread: of the logarithm of costs.
        rest: items that only the cheaper model tried: none, or those that it did not fail at.
    """

    name: str
    n: int
    loss: float
    side: str
    limit: float
    candidates: int = 1
    trials: int = 1
    spread: float = 0.6
    escalated: bool = False

    def asked(self, rng):
        size = self.n
        lines = []
        hard = rng.standard_normal(size)
        wins = self._wins(rng)
        for k, won in enumerate(wins):
            price = 1.0 if k == 0 else 0.35
            noise = self.spread * rng.standard_normal((self.trials, size))
            cost = price * np.exp(0.5 * hard + noise).mean(axis=0)
            tried = np.ones(size, dtype=bool)
            if self.escalated and k == 0:
                tried = wins[1] < 1
            values = CURRENT if k == 0 else ("maker", f"small-{k}", "standard")
            lines.append(
                item_lines(values, won[tried], cost[tried], np.flatnonzero(tried), self.trials)
            )
        month, days = monthly(rng)
        work = work_of_tables(days, items=pl.concat(lines))
        found = find_switches(work, margin=MARGIN, alpha=ALPHA)
        advised = any(move.state == "advised" for move in found.moves)
        saving = found.moves[0].saving if found.moves else None  # the one that looks best
        return advised, None if self.escalated else held(saving, month * (1 - 0.35))

    def _wins(self, rng):
        """Success of the current model and of each candidate, per item."""
        if self.trials == 1:
            more = (DISCORDANT - self.loss) / 2
            less = (DISCORDANT + self.loss) / 2
            base = rng.random(self.n) < BASE
            draws = rng.random((self.candidates, self.n))
            lost, gained = draws < less / BASE, draws < more / (1 - BASE)
            others = np.where(base, ~lost, gained)
            return [base.astype(float), *others.astype(float)]
        chance = MARGIN + (1 - MARGIN) * rng.beta(3, 1.2, self.n)
        rates = [chance, *([chance - self.loss] * self.candidates)]
        return [rng.binomial(self.trials, rate) / self.trials for rate in rates]


@dataclass(frozen=True, kw_only=True)
class Like:
    """Both did like work for different users; `easier`: the cheaper one was given what is easy.

    What is counted is whether it is advised outright, and in `trial` whether the proposed A/B test
    at its stated size finds it to be as good.
    """

    name: str
    n: int
    loss: float
    side: str
    limit: float
    easier: float = 0.0
    spread: float = 0.6
    trial: bool = False

    def asked(self, rng):
        month, days = monthly(rng)
        cells = []
        for values, price, loss, ease in (
            (CURRENT, 1.0, 0.0, 0.0),
            (("maker", "small-1", "standard"), 0.35, self.loss, self.easier),
        ):
            users = user_rows(rng, self.n, loss - ease, price, self.spread)
            cells.append(like_lines(values, users))
        work = work_of_tables(days, alike=pl.concat(cells), users=self.n)
        found = find_switches(work, margin=MARGIN, alpha=ALPHA)
        if not found.moves:
            return False, None
        move = found.moves[0]
        kept = held(move.saving, month * (1 - 0.35))
        if not self.trial:
            return move.state == "advised", kept
        if move.trial is None or move.trial.per_arm is None:
            return False, kept
        return as_good(rng, move.trial, self.loss), kept


def monthly(rng):
    """What the next month of the current model's work costs, and its days so far.

    Days differ by weekday and at random, and weeks have a level of their own. A month is 30.44 days
    of a usual mix of weekdays: four weeks, and a part of the fifth.
    """
    weeks = DAYS // 7 + 5
    level = np.repeat(np.exp(0.08 * rng.standard_normal(weeks)), 7)
    weekday = np.tile([1.1, 1.15, 1.1, 1.1, 1.0, 0.5, 0.45], weeks)
    usd = 40 * level * weekday * np.exp(0.1 * rng.standard_normal(7 * weeks))
    ahead = usd[DAYS:].reshape(-1, 7).sum(axis=1)
    month = ahead[:4].sum() + (DAYS_OF_MONTH / 7 - 4) * ahead[4]
    return month, usd[:DAYS]


def held(saving, truth):
    """Whether the interval holds it; None where there is no interval."""
    return None if saving is None else saving.low <= truth <= saving.high


def user_rows(rng, users, loss, price, spread):
    """Requests of each user, how many succeeded, and what they cost; users differ in both."""
    rows = 1 + rng.poisson(3, users)
    chance = np.clip(rng.beta(9, 3, users) - loss, 0, 1)
    hard = 0.5 * rng.standard_normal(users)
    cost = price * np.exp(hard) * rng.gamma(rows / spread**2, spread**2)
    return rows, rng.binomial(rows, chance), cost


def as_good(rng, trial, loss):
    """Whether the A/B test of so many users finds the cheaper model within the margin."""
    sides = []
    for less in (loss, 0.0):
        rows, won, _ = user_rows(rng, trial.per_arm, less, 1.0, 0.6)
        rate = won.sum() / rows.sum()
        sides.append((rate, np.var((won - rate * rows) / rows.mean(), ddof=1) / trial.per_arm))
    gap, error = sides[0][0] - sides[1][0], (sides[0][1] + sides[1][1]) ** 0.5
    return gap - stdtrit(2 * trial.per_arm - 2, 1 - trial.alpha) * error > -MARGIN


def item_lines(values, won, cost, items, trials):
    """As `features.attempts.attempt_lines`."""
    n = len(won)
    count = pl.Series([trials] * n, dtype=pl.Int64)
    names = pl.Series(items).cast(pl.String)
    return pl.DataFrame(
        {
            "kind": ["agent"] * n,
            **{name: [value] * n for name, value in zip(KEYS[1:], values, strict=True)},
            "item": names,
            "cluster": names,
            "attempts": count,
            "known": count,
            "resolved": won * trials,
            "costed": count,
            "cost_usd": cost * trials,
            "complete": count,
            "complete_resolved": won * trials,
            "complete_usd": cost * trials,
        }
    )


def like_lines(values, users):
    """As the table `alike` of `features.work.Work`: users in groups, all work alike."""
    rows, won, cost = users
    bucket = np.arange(len(rows)) % BUCKETS
    sums = [np.bincount(bucket, weights=one, minlength=BUCKETS) for one in (rows, won, cost)]
    return pl.DataFrame(
        {
            "kind": ["agent"] * BUCKETS,
            **{name: [value] * BUCKETS for name, value in zip(KEYS[1:], values, strict=True)},
            "stratum": [0] * BUCKETS,
            "bucket": np.arange(BUCKETS),
            "requests": sums[0],
            "known": sums[0],
            "won": sums[1],
            "list_usd": sums[2],
            "logged_usd": sums[2],
        }
    )


def work_of_tables(days, *, items=None, alike=None, users=0):
    """The tables as `features.work.work_of` would make them of rows."""
    source = items if items is not None else alike
    configurations = source.select(KEYS).unique(maintain_order=True)
    first = LAST - timedelta(days=DAYS - 1)
    spent = pl.DataFrame(
        {"day": [first + timedelta(days=k) for k in range(DAYS)], "requests": [1] * DAYS}
    ).with_columns(list_usd=pl.Series(days), logged_usd=pl.Series(days))
    every = configurations.join(spent, how="cross").select(
        "day", *KEYS, "requests", "list_usd", "logged_usd"
    )
    nothing = like_lines(CURRENT, (np.zeros(0), np.zeros(0), np.zeros(0))).clear()
    empty = item_lines(CURRENT, np.zeros(0), np.zeros(0), np.zeros(0, dtype=int), 1)
    return Work(
        days=every,
        alike=nothing if alike is None else alike,
        items=empty if items is None else items,
        logged=empty if items is None else items,
        users=configurations.with_columns(users=pl.lit(users)),
        last=LAST,
        unit="user_id",
        quality="succeeded",
    )


STATED = pairs_needed(discordant=DISCORDANT, margin=MARGIN, alpha=ALPHA, wanted=PLANNED)
"""Items that the report proposes to replay at 20 % discordant ones and a margin of 5 points."""

WORLDS = (
    Items(name="items: worse by the margin", n=STATED, loss=MARGIN, side="most", limit=ALPHA),
    Items(name="items: as good, at the stated size", n=STATED, loss=0, side="least", limit=POWER),
    Items(name="few items: worse by the margin", n=80, loss=MARGIN, side="most", limit=ALPHA),
    Items(
        name="items: any of three worse by the margin",
        n=STATED,
        loss=MARGIN,
        candidates=3,
        side="most",
        limit=ALPHA,
    ),
    Items(
        name="items tried four times: worse by the margin",
        n=150,
        loss=MARGIN,
        trials=4,
        side="most",
        limit=ALPHA,
    ),
    Items(
        name="items of skewed cost: worse by the margin",
        n=120,
        loss=MARGIN,
        spread=1.2,
        side="most",
        limit=ALPHA,
    ),
    Items(
        name="dearer asked where cheaper failed: worse by 3 margins",
        n=600,
        loss=3 * MARGIN,
        escalated=True,
        side="most",
        limit=0.0,
    ),
    Like(name="like work: worse by the margin", n=2000, loss=MARGIN, side="most", limit=0.0),
    Like(
        name="like work, easier given to a model worse by 2 margins",
        n=2000,
        loss=2 * MARGIN,
        easier=2 * MARGIN,
        side="most",
        limit=0.0,
    ),
    Like(
        name="like work, its A/B test: as good, at the stated size",
        n=2000,
        loss=0,
        trial=True,
        side="least",
        limit=POWER,
    ),
    Like(
        name="like work, its A/B test: worse by the margin",
        n=2000,
        loss=MARGIN,
        spread=1.2,
        trial=True,
        side="most",
        limit=ALPHA,
    ),
)


if __name__ == "__main__":
    sys.exit(main())
