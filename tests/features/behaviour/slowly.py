"""Interactions made at random, and their features counted row by row: slow, obvious, on its own."""

import math
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from statistics import fmean, stdev
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

START = datetime(2026, 3, 20, 5, tzinfo=UTC)
COLUMNS = {
    "interaction_id": pl.String,
    "occurred_at": pl.Datetime("us", "UTC"),
    "user_id": pl.String,
    "user_type": pl.String,
    "session_id": pl.String,
    "model": pl.String,
    "tool": pl.String,
    "template_id": pl.String,
    "operation": pl.String,
    "input_tokens": pl.Int64,
    "cache_read_tokens": pl.Int64,
    "cache_write_tokens": pl.Int64,
    "output_tokens": pl.Int64,
    "cost_usd": pl.Float64,
    "latency_s": pl.Float64,
    "succeeded": pl.Boolean,
    "error_type": pl.String,
    "error_message": pl.String,
    "retry_of": pl.String,
    "interventions": pl.Int64,
    "rating": pl.Float64,
    "ctx_seats": pl.Int64,
}


def table(rows):
    """Interactions from dictionaries, with all columns that features look at."""
    return pl.DataFrame([{name: row.get(name) for name in COLUMNS} for row in rows], COLUMNS)


def some_rows(seed=1, count=900, users=6, days=40):
    """Interactions of a few users who come seldom and often, with gaps in every column."""
    rng = np.random.default_rng(seed)

    def maybe(value, chance=0.9):
        return value if rng.random() < chance else None

    rows = []
    for number in range(count):
        user = int(users * rng.random() ** 1.5)
        ok = maybe(bool(rng.random() < 0.7))
        kind = ["timeout", "rate limit", "refused"][rng.integers(3)] if ok is False else None
        begin = rng.random() * days * (user + 1) / users
        rows.append(
            {
                "interaction_id": f"i{number}",
                "occurred_at": START + timedelta(days=begin, seconds=int(rng.integers(3600))),
                "user_id": maybe(f"u{user}", 0.97),
                "user_type": "team" if user % 2 else "free",
                "session_id": maybe(f"s{user}-{int(begin * 2)}"),
                "model": maybe(["large", "small", "tiny"][rng.integers(user % 3 + 1)]),
                "tool": maybe(["search", "code"][rng.integers(2)], 0.5),
                "template_id": maybe(f"t{rng.integers(4)}"),
                "operation": maybe("chat" if rng.random() < 0.8 else "embed"),
                "input_tokens": maybe(int(rng.integers(5000))),
                "cache_read_tokens": maybe(int(rng.integers(3000))),
                "cache_write_tokens": maybe(int(rng.integers(300))),
                "output_tokens": maybe(int(rng.integers(900))),
                "cost_usd": maybe(float(rng.exponential(0.01))),
                "latency_s": maybe(float(rng.exponential(2)), 0.8),
                "succeeded": ok,
                "error_type": kind,
                "error_message": kind and f"{kind} after {rng.integers(60)} s in 'x{number}'",
                "retry_of": maybe("i0", 0.1),
                "interventions": maybe(int(rng.integers(3))),
                "rating": maybe(float(rng.random()), 0.3),
                "ctx_seats": user,
            }
        )
    return rows


def slowly(rows, user, zone="UTC", first=None, last=None):
    """Features of a user by name, None where too little is known, from the rows one by one."""
    clock = ZoneInfo(zone)

    def local(row):
        return row["occurred_at"].astimezone(clock)

    mine = [row for row in rows if row["user_id"] == user]
    ever = min(local(row).date() for row in mine)
    first = first or min(local(row).date() for row in rows)
    last = last or max(local(row).date() for row in rows)
    mine = [row for row in mine if first <= local(row).date() <= last]
    seen = sorted({local(row).date() for row in mine})
    if ever < first:
        exposed, later = (last - first).days + 1, len(seen)
    else:
        exposed, later = (last - seen[0]).days, len(seen) - 1

    def known(column, among=mine):
        return [row[column] for row in among if row[column] is not None]

    def over(values, whole, least, times=1.0):
        return sum(values) / whole * times if whole >= least else None

    def unlike(names, least=10):
        pairs = list(combinations(names, 2))
        return sum(a != b for a, b in pairs) / len(pairs) if len(names) >= least else None

    counted = [r for r in mine if None not in {r["input_tokens"], r["output_tokens"]}]
    read = sum(known("cache_read_tokens", counted))
    given = sum(known("input_tokens", counted)) + read + sum(known("cache_write_tokens", counted))
    output = sum(known("output_tokens", counted))
    sessions = defaultdict(int)
    for row in mine:
        if row["session_id"] is not None:
            sessions[row["session_id"]] += 1
    in_sessions = sum(sessions.values())
    outcomes = [row for row in mine if row["succeeded"] is not None]
    failed = sum(not row["succeeded"] for row in outcomes)
    hours = [local(row).hour for row in mine]
    parts = ["n" if h >= 22 or h < 6 else "m" if h < 9 else "o" if h < 17 else "e" for h in hours]
    costs, waits = known("cost_usd"), [x for x in known("latency_s") if x > 0]
    return {
        "days_per_week": over([later], exposed, 13, 7),
        "recency_days": (last - seen[-1]).days,
        "irregularity": _unevenness(seen),
        "per_day": over([len(mine)], len(seen), 3),
        "per_session": over([in_sessions], len(sessions), 3),
        "tokens": over([given + output], len(counted), 5),
        "session_tokens": over([(given + output) / len(counted) * in_sessions], len(sessions), 3),
        "output_share": over([output], given + output, 1),
        "cached_share": over([read], given, 1),
        "cost": over(costs, len(costs), 5),
        "session_cost": over([fmean(costs) * in_sessions], len(sessions), 3),
        "latency": math.exp(fmean(math.log(x) for x in waits)) if len(waits) >= 5 else None,
        "errors": over([failed], len(outcomes), 1),
        "error_mix": unlike(known("error_type")),
        "error_wording": unlike([text.split(" after ")[0] for text in known("error_message")]),
        "retries": over([len(known("retry_of"))], len(mine), 1),
        "retries_per_failure": over([len(known("retry_of"))], failed, 5),
        "tool_share": over([len(known("tool"))], len(mine), 1),
        "tool_mix": unlike(known("tool")),
        "model_mix": unlike(known("model")),
        "template_mix": unlike(known("template_id")),
        "operation_mix": unlike(known("operation")),
        "interventions": over(known("interventions"), len(known("interventions")), 5),
        "rating": over(known("rating"), len(known("rating")), 3),
        "rated": over([len(known("rating"))], len(mine), 1),
        "nights": over([Counter(parts)["n"]], len(mine), 1),
        "office_hours": over([Counter(parts)["o"]], len(mine), 1),
        "weekends": over([local(row).weekday() >= 5 for row in mine], len(mine), 1),
        "hour_mix": unlike(parts),
    }


def _unevenness(seen):
    gaps = [(b - a).days for a, b in pairwise(seen)]
    if len(gaps) < 4:
        return None
    mean = fmean(gaps)
    return stdev(gaps) / mean / math.sqrt(1 - 1 / mean) if mean > 1 else 0.0
