"""What is planted in a series is found, once, with its date and size."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from assay.analysis.alerts import Alarms, Threshold, WatchedSeries, finding_of
from assay.analysis.alerts import detect as detect_under

DAYS = 120


def watched(values: np.ndarray, **options) -> WatchedSeries:
    first = date(2026, 1, 5)
    labels = [(first + timedelta(days=day)).isoformat() for day in range(values.size)]
    begin = datetime(2026, 1, 6, tzinfo=UTC)
    n = tuple(0 if np.isnan(value) else 1000 for value in values)
    series = WatchedSeries(
        watched="w", data="d", subject="Latency", by=(), is_share=False, unit="s", better="down",
        every="day", labels=tuple(labels),
        ends=tuple(begin + timedelta(days=day) for day in range(values.size)),
        values=tuple(values), errors=(0.1,) * values.size, n=n, rows=n,
        smallest=0.05, relative=True,
    )  # fmt: skip
    return replace(series, **options)


def detect(series: list[WatchedSeries], budget: float = 0.02) -> Alarms:
    """Under a budget that leaves no room for false alarms in a hundred days."""
    return detect_under(series, budget=budget)


def noise(seed: int = 1) -> np.ndarray:
    return 10 * np.exp(np.random.default_rng(seed).normal(0, 0.02, DAYS))


@pytest.mark.parametrize(
    ("better", "kind", "severity"),
    [("down", "degradation", "critical"), ("up", "improvement", "info"), (None, "change", "info")],
)
def test_a_shift_is_one_alarm_that_says_since_when_and_how_large(better, kind, severity) -> None:
    values = noise()
    values[108:] *= 1.2
    (alarm,) = detect([watched(values, better=better, usd=0.1)]).alarms
    assert (alarm.kind, alarm.closed, alarm.severity) == (kind, None, severity)
    assert alarm.since_low <= watched(values).labels[108] <= alarm.since_high
    assert alarm.size_low <= 0.2 <= alarm.size_high
    assert (alarm.expected, alarm.seen) == pytest.approx((10, 12), rel=0.02)
    # Two seconds more on 1,000 rows a day at $0.10 a second.
    assert alarm.usd_per_day == pytest.approx(200 * alarm.certainty, rel=0.1)


def test_a_level_that_stays_is_normal_after_four_weeks_and_the_next_shift_another_alarm() -> None:
    values = np.tile(noise(), 2)[:150]
    values[60:] *= 1.3
    values[130:] *= 1.3
    first, second = detect([watched(values)]).alarms
    labels = watched(values).labels
    assert (first.ending, second.closed) == ("new normal", None)
    assert labels[88] <= first.closed <= labels[98]
    assert second.since_low <= labels[130] <= second.since_high
    assert (second.expected, second.seen) == pytest.approx((13, 16.9), rel=0.03)


def test_a_level_that_comes_back_ends_when_it_did_whatever_its_length() -> None:
    # 28 days are as long as a level takes to be the new normal: those that speak for its coming
    # back are waited for, or its end would be told as an improvement.
    for length in (10, 28):
        values = noise()
        values[60 : 60 + length] *= 1.3
        (alarm,) = detect([watched(values)]).alarms
        labels = watched(values).labels
        assert (alarm.kind, alarm.ending) == ("degradation", "recovered")
        assert labels[60 + length - 1] <= alarm.until <= labels[60 + length + 1]


def test_seen_day_by_day_an_incident_is_the_same_as_seen_at_once() -> None:
    values = noise()
    values[60:75] *= 1.25
    whole = detect([watched(values)]).alarms
    opened = watched(values).labels.index(whole[0].opened)
    before = detect([watched(values[:opened])]).alarms
    assert {alarm.kind for alarm in before} <= {"anomaly"}, "single days are told at once"
    (then,) = detect([watched(values[: opened + 1])]).alarms
    assert (then.since, then.opened, then.certainty) == (
        whole[0].since, whole[0].opened, whole[0].certainty,
    )  # fmt: skip


def test_money_decides_where_there_is_a_price_and_size_where_there_is_none() -> None:
    values = noise()
    values[108:] *= 1.2
    graded = {}
    for usd in (None, 0.0001, 0.005, 0.1):
        (alarm,) = detect([watched(values, usd=usd)]).alarms
        graded[usd] = alarm.severity
    # Two seconds on 1,000 rows a day: $0.2, $10 and $200, beside $1 and $100.
    assert graded == {None: "critical", 0.0001: "info", 0.005: "warning", 0.1: "critical"}
    few = replace(watched(values, usd=0.1), rows=(10,) * DAYS)
    assert detect([few]).alarms[0].severity == "warning", "fewer rows cost less"


def test_a_finding_says_since_when_expected_and_seen_with_interval_and_severity() -> None:
    values = noise()
    values[108:] *= 1.2
    (alarm,) = detect([watched(values, by=(("agent", "a"),))]).alarms
    found = finding_of(alarm, key="al-1")
    assert (found.key, found.what, found.severity) == ("al-1", "Latency, agent a", "critical")
    assert (found.since, found.needs_decision) == (alarm.since, True)
    assert (found.expected, found.seen) == pytest.approx((10, 12), rel=0.02)
    assert found.size.low < found.size.value < found.size.high
    assert found.lift.value == pytest.approx(found.size.value / found.expected)
    assert found.n == sum(watched(values).n[watched(values).labels.index(alarm.since) :])
    gone = noise()
    gone[-6:] = np.nan
    (silence,) = detect([watched(gone)]).alarms
    told = finding_of(silence, key="al-2")
    assert (told.size, told.lift, told.expected, told.state) == (None, None, None, "silence")


def test_one_bad_day_is_an_anomaly_that_is_over_the_next_day() -> None:
    values = noise()
    values[-1] *= 2
    (alarm,) = detect([watched(values)]).alarms
    assert (alarm.kind, alarm.closed) == ("anomaly", None)
    assert alarm.seen == pytest.approx(values[-1])
    (after,) = detect([watched(np.append(values, 10.0))]).alarms
    assert (after.since, after.ending) == (alarm.since, "passed")


def test_metrics_that_fall_silent_together_are_one_silence_of_the_rows() -> None:
    values = noise()
    values[-6:] = np.nan
    alarms = detect([watched(values), watched(values, subject="Cost")]).alarms
    (alarm,) = alarms
    assert (alarm.kind, alarm.subject, alarm.severity) == ("silence", "rows", "critical")
    assert (alarm.since, alarm.silent) == (watched(values).labels[-6], ("Cost", "Latency"))


def test_points_with_too_few_rows_are_no_silence() -> None:
    values = noise()
    values[-6:] = np.nan
    assert detect([watched(values, n=(3,) * DAYS, rows=(3,) * DAYS)]).alarms == ()


def test_labels_that_shift_together_are_one_drift_of_the_mix() -> None:
    share = np.random.default_rng(2).normal(0.3, 0.01, DAYS)
    share[108:] += 0.2
    options = {"is_share": True, "relative": False, "subject": "model", "unit": "share"}
    options |= {"better": None, "errors": (0.01,) * DAYS}
    pair = [
        watched(values, by=(("model", label),), **options)
        for label, values in (("a", share), ("b", 1 - share))
    ]
    (alarm,) = detect(pair).alarms
    assert (alarm.kind, alarm.by, {part.label for part in alarm.parts}) == ("mix", (), {"a", "b"})
    part = next(part for part in alarm.parts if part.label == "a")
    assert (part.expected, part.seen) == pytest.approx((0.3, 0.5), abs=0.02)


def test_a_threshold_is_judged_by_the_level_and_not_by_the_last_point() -> None:
    limit = (Threshold(value=12, above=True, probability=0.95),)
    values = noise()
    values[-1] = 14
    assert "threshold" not in {a.kind for a in detect([watched(values, thresholds=limit)]).alarms}
    values[-20:] = noise()[-20:] * 1.4
    kinds = [a for a in detect([watched(values, thresholds=limit)]).alarms if a.kind == "threshold"]
    assert [(a.closed, a.threshold) for a in kinds] == [(None, 12)]
    assert kinds[0].certainty >= 0.95


def test_a_series_with_zeros_is_named_with_the_reason() -> None:
    values = noise()
    values[5] = 0
    found = detect([watched(values)])
    assert found.alarms == ()
    assert "give it a difference" in found.unwatched[0].reason


def test_what_nothing_happened_in_keeps_to_the_budget() -> None:
    # 50 series over 120 days at one false alarm per 100 days: 1.2 are expected at most, and more
    # than 5 of a Poisson count of that mean come once in 650 times.
    series = [watched(noise(seed), by=(("agent", str(seed)),)) for seed in range(50)]
    assert len(detect(series, budget=1.0).alarms) <= 5
