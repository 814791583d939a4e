"""What kernels of series say of data as they come: an answer in numbers, or a message."""

import dataclasses
import math

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.anomalies import anomaly_scores
from assay.stats.breaks import common_breaks, find_breaks
from assay.stats.forecasting import forecast
from assay.stats.given import LARGEST, numbers
from assay.stats.learning import learning_curve
from assay.stats.regressions import Rules, compare_runs
from assay.stats.seasons import decompose, period_change
from assay.stats.watching import watch

NAN = math.nan
USUAL = 10 + np.random.default_rng(1).normal(0, 1, 60)


def but(places, value):
    """The usual series with another value at some places."""
    found = USUAL.copy()
    found[places] = value
    return found


SERIES = {
    "nothing": [],
    "one": [3.0],
    "two": [3.0, 4.0],
    "three": [3.0, 4.0, 5.0],
    "constant": [5.0] * 60,
    "zeros": [0.0] * 60,
    "missing": [NAN] * 60,
    "one known": but(slice(1, None), NAN),
    "a month missing": but(slice(15, 45), NAN),
    "missing at the end": but(slice(40, None), NAN),
    "every other": but(slice(0, None, 2), NAN),
    "an outlier": but(30, 1e9),
    "negative": USUAL - 12,
    "far from zero": USUAL + 1e9,
    "rarely not zero": np.where(np.arange(60) % 20 == 0, 1.0, 0.0),
    "a step": np.where(np.arange(60) < 30, 1.0, 2.0),
    "a line": np.arange(60.0),
    "a season": np.tile(np.arange(7.0), 9),
    "infinite": but(30, math.inf),
    "minus infinite": but(30, -math.inf),
    "too large": USUAL * 1e200,
    "tiny": USUAL * 1e-200,
    "text": ["a", "b", "c"] * 20,
    "dates": np.arange("2026-01-01", "2026-03-02", dtype="datetime64[D]"),
    "complex": USUAL * 1j,
    "a table": USUAL.reshape(2, 30),
}
UNREADABLE = dict.fromkeys(("text", "dates", "complex"), "cannot be read as numbers")
ANYWHERE = UNREADABLE | {"too large": r"expected numbers within ±1e\+100"}
NOT_POSITIVE = dict.fromkeys(
    ("zeros", "negative", "rarely not zero", "a line", "a season"), "expected positive"
)


def named(names, told):
    return dict.fromkeys(names.split(", "), told)


def row(values):
    """As `decompose` takes it: one series of a table."""
    return np.atleast_2d(np.asarray(values))


def halves(values):
    size = len(values)
    return period_change(values, before=(0, size // 2), after=(size // 2, size))


KERNELS = {
    "decompose": (
        lambda y: decompose(row(y)),
        ANYWHERE
        | named("nothing, one", "expected series by two steps")
        | named("two, three", "each season twice in [23] steps")
        | named("infinite, minus infinite", "rows hold infinite values"),
    ),
    "find_breaks": (
        lambda y: find_breaks(y, periods=(7,), errors=np.full(np.shape(y), NAN)),
        ANYWHERE
        | named("infinite, minus infinite", "y is infinite at step 30")
        | named("a table", "2 dimensions"),
    ),
    "common_breaks": (
        lambda y: common_breaks([y, y]),
        ANYWHERE
        | named("infinite, minus infinite", "infinite at step 30")
        | named("a table", "3 dimensions"),
    ),
    "watch, ratios": (
        watch,
        ANYWHERE
        | NOT_POSITIVE
        | named("infinite, minus infinite", "a value is infinite")
        | named("nothing", "expected a row of days")
        | named("a table", "expected one per day"),
    ),
    "watch, differences": (
        lambda y: watch(y, relative=False, smallest=1.0),
        ANYWHERE
        | named("infinite, minus infinite", "a value is infinite")
        | named("nothing", "expected a row of days")
        | named("a table", "expected one per day"),
    ),
    "forecast": (
        lambda y: forecast(y, 14),
        ANYWHERE
        | named("nothing, one, two, missing, one known", r"[0-2] values in a series .*3 or more")
        | named("infinite", "value inf at place 31, expected finite values")
        | named("minus infinite", "value -inf at place 31, expected finite values")
        | named("a table", "expected one row of numbers"),
    ),
    "forecast of a count": (
        lambda y: forecast(y, 90, low=0.0, integer=True),
        ANYWHERE
        | named("nothing, one, two, missing, one known", r"[0-2] values in a series .*3 or more")
        | named("negative", r"value -1\.65442 at place 1, expected finite values within 0")
        | named("infinite, minus infinite", "at place 31, expected finite values")
        | named("a table", "expected one row of numbers"),
    ),
    "anomaly_scores": (
        lambda y: anomaly_scores(y, period=7),
        ANYWHERE
        | named("infinite, minus infinite", "a row is infinite")
        | named("a table", "expected one row"),
    ),
    "period_change": (
        halves,
        ANYWHERE
        | named("nothing, one", "expected one before the other")
        | named("two, three, missing, one known", "points with a value, expected 2 or more")
        | named("infinite, minus infinite", "infinite values")
        | named("a table", "2 dimensions"),
    ),
    "learning_curve": (
        lambda y: learning_curve(np.arange(1, len(y) + 1), y),
        ANYWHERE
        | named("nothing, one, two, three", "expected 4 or more")
        | named("missing, every other", "value nan at point 1, expected a finite number")
        | named("one known, a month missing, missing at the end", "value nan at point")
        | named("infinite, minus infinite", "inf at point 31, expected a finite number")
        | named("a table", "expected three rows alike"),
    ),
    "compare_runs": (
        lambda y: compare_runs(y, USUAL, rules=Rules()),
        ANYWHERE
        | NOT_POSITIVE
        | named("nothing, missing", "missing in all of them")
        | named("infinite, minus infinite", "infinite value, expected finite"),
    ),
}
UNKNOWN_BY_DESIGN = {
    "decompose": {"trend", "seasons", "effects", "effect_low", "effect_high", "remainder"}
    | {"strength", "p_values", "rho", "sd"},
    "watch, ratios": {"expected", "evidence"},
    "watch, differences": {"expected", "evidence"},
}
"""Fields whose NaN stands for a point without a value, or for too few of them, as documented."""


def not_finite(answer, skipped=()):
    """Names of what is not finite within an answer."""
    if isinstance(answer, (float, np.floating, np.ndarray)):
        return [] if np.isfinite(answer).all() else [""]
    if dataclasses.is_dataclass(answer):
        parts = {f.name: getattr(answer, f.name) for f in dataclasses.fields(answer)}
    elif isinstance(answer, dict):
        parts = answer
    elif isinstance(answer, (tuple, list)):
        parts = dict(enumerate(answer))
    else:
        return []
    return [
        f"{name}.{inner}"
        for name, part in parts.items()
        if name not in skipped
        for inner in not_finite(part)
    ]


@pytest.mark.parametrize("kernel", KERNELS)
def test_every_series_has_a_finite_answer_or_a_message(kernel):
    ask, refused = KERNELS[kernel]
    for name, values in SERIES.items():
        if name in refused:
            with pytest.raises(DataError, match=refused[name]):
                ask(values)
        else:
            answer = ask(values)
            assert not_finite(answer, UNKNOWN_BY_DESIGN.get(kernel, ())) == [], name


def test_a_series_too_short_or_too_still_for_breaks_says_so():
    for name, told in {
        "three": "3 points with a value, expected 20 or more",
        "missing": "60 of 60 points have no value",
        "constant": "all points have the same value",
        "an outlier": "1 point lies far from its neighbours and counts as less far: step 30",
    }.items():
        found = find_breaks(SERIES[name])
        assert told in " ".join(found.notes)
        assert not found.breaks


def test_a_forecast_tells_what_it_made_of_the_series():
    for name, told in {
        "three": "too short to test forecasts",
        "constant": "constant: 5 in all 60 values",
        "a month missing": r"30 of 60 values missing (longest gap 30)",
        "missing at the end": "the last 20 values are missing",
        "an outlier": "1 value(s) far outside all others set aside, the largest 1e+09 at place 31",
    }.items():
        assert told in " ".join(forecast(SERIES[name], 14).notes)


def test_what_repeats_without_noise_is_forecast_as_it_repeats():
    found = forecast(SERIES["a season"], 14)
    assert found.values == pytest.approx([*range(7)] * 2, abs=1e-9)
    assert np.ptp(np.array([found.low, found.high]), axis=0) == pytest.approx(0, abs=1e-9)
    on = forecast(SERIES["a line"], 7)
    assert on.values == pytest.approx(np.arange(60, 67), abs=1e-3)


def test_one_outlier_of_a_thousand_millions_moves_nothing_else():
    clean, spoiled = (
        np.array(forecast(SERIES[name], 14).values) for name in ("zeros", "an outlier")
    )
    assert (clean == 0).all()
    assert (abs(spoiled - 10) < 3).all()
    parts = decompose(row(SERIES["an outlier"]))
    assert parts.remainder[0, 30] > 0.99e9
    assert abs(parts.trend - 10).max() < 3
    scores = anomaly_scores(SERIES["an outlier"])
    assert scores.argmax() == 30


def test_a_decomposition_says_which_series_have_too_few_points():
    rows = [SERIES[name] for name in ("missing", "one known", "every other", "constant")]
    found = decompose(rows)
    assert found.enough.tolist() == [False, False, True, True]
    assert np.isnan(found.trend[:2]).all()
    assert np.isfinite(found.trend[2:]).all()
    assert found.sd[3] == 0


def test_numbers_are_read_from_whatever_holds_them():
    assert numbers([1, None, True, 2.5], name="y").tolist() == pytest.approx(
        [1, NAN, 1, 2.5], nan_ok=True
    )
    assert numbers([math.inf, -LARGEST, 0], name="y").tolist() == [math.inf, -LARGEST, 0]
    given = np.array([1.0, 2.0])
    assert numbers(given, name="y") is not given
    with pytest.raises(DataError, match=r"^y cannot be read as numbers"):
        numbers([[1.0], [1.0, 2.0]], name="y")
    with pytest.raises(DataError, match=r"^y of -2e\+100, expected numbers within"):
        numbers([1.0, -2 * LARGEST], name="y")
