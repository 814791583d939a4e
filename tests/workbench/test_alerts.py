"""What may be watched, and that each incident has one alert however often it is seen."""

from datetime import UTC, date, datetime

import pytest

from assay.core.errors import ParameterError
from assay.workbench.alerts import store
from assay.workbench.alerts.watchlist import read_watchlist

METRICS = "metrics:\n  Latency: {kind: mean, value: latency_s, better: down}\n"
NOW = {"w": "2026-03-01T00:00:00+00:00"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("watch: {}", ["alerts.yaml:1: unknown key 'watch'", "did you mean 'watched'?"]),
        ("watched:\n  a: {data: x, metrics: Latencie}", ["alerts.yaml:2", "did you mean 'Latency'?"]),
        ("watched:\n  a:\n    data: x", ["alerts.yaml:2", "metrics or mix: nothing is watched"]),
        ("watched:\n  a: {metrics: Latency}", ["alerts.yaml:2: 'watched.a.data' is missing"]),
        ("budget: 0", ["alerts.yaml:1: budget = 0, expected greater than 0"]),
        ("watched:\n  a: {data: x, metrics: Latency}\nthresholds:\n  - {metric: Latency}",
         ["alerts.yaml:4", "above or below"]),
        ("mutes:\n  - {note: x}", ["alerts.yaml:2", "mute everything"]),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(workshop, text, said) -> None:
    workshop.write("params/metrics.yaml", METRICS)
    workshop.write("params/alerts.yaml", text)
    with pytest.raises(ParameterError) as error:
        read_watchlist(workshop.project)
    assert [part for part in said if part not in str(error.value)] == []


def test_what_is_watched(workshop) -> None:
    assert not read_watchlist(workshop.project).watched
    workshop.write("params/metrics.yaml", METRICS)
    workshop.write("params/alerts.yaml", "watched: {a: {data: x, metrics: Latency, by: agent_id}}")
    found = read_watchlist(workshop.project)
    assert (found.budget, found.watched["a"].by) == (1.0, ("agent_id",))
    assert found.metrics["Latency"].better == "down"


def seen(since: str, until: str | None = None, **more) -> dict:
    return {
        "key": ["w", "level", "Latency"], "way": "up", "watched": "w", "since": since,
        "until": until, "opened": since, "opened_at": f"{since}T00:00:00+00:00",
        "closed_at": until and f"{until}T00:00:00+00:00", "severity": "warning",
    } | more  # fmt: skip


def test_seeing_the_same_again_changes_nothing() -> None:
    first = store.taken_in([], [seen("2026-01-05", "2026-01-20"), seen("2026-02-10")], NOW)
    again = [seen("2026-01-05", "2026-01-20"), seen("2026-02-10")]
    assert store.taken_in(first, again, NOW) == first
    assert len({alert["alert_id"] for alert in first}) == 2


def test_an_incident_dated_anew_keeps_its_alert_and_what_was_said_of_it() -> None:
    (old,) = store.taken_in([], [seen("2026-02-10", "2026-02-11")], NOW)
    store.acknowledge(old, note="rolled back", now=datetime(2026, 2, 12, tzinfo=UTC))
    (new,) = store.taken_in([old], [seen("2026-02-09", severity="critical")], NOW)
    assert (new["alert_id"], new["opened_at"]) == (old["alert_id"], old["opened_at"])
    assert (new["acknowledged_note"], new["severity"]) == ("rolled back", "critical")
    assert (new["since"], store.is_open(new)) == ("2026-02-09", True)


def test_other_series_and_other_ways_have_their_own() -> None:
    old = store.taken_in([], [seen("2026-02-10")], NOW)
    assert len(store.taken_in(old, [seen("2026-02-10"), seen("2026-02-12", way="down")], NOW)) == 2


def test_what_is_not_seen_any_more_is_closed_where_it_was_looked_for() -> None:
    (old,) = store.taken_in([], [seen("2026-02-10")], NOW)
    assert store.taken_in([old], [], {"other": NOW["w"]}) == [old]
    (gone,) = store.taken_in([old], [], NOW)
    assert (gone["closed_at"], gone["ending"]) == (NOW["w"], "not seen any more")


def test_the_file_keeps_what_persons_said(workshop) -> None:
    with store.changing(workshop.project) as alerts:
        alerts[:] = store.taken_in([], [seen("2026-02-10")], NOW)
    name = store.read_alerts(workshop.project)[0]["alert_id"]
    with store.changing(workshop.project) as alerts:
        store.mute(store.find_alert(alerts, name[:6]), note="known", until=date(2026, 3, 1))
    (alert,) = store.read_alerts(workshop.project)
    states = [store.status_of(alert, day) for day in (date(2026, 3, 1), date(2026, 3, 2))]
    assert states == ["muted", "open"]
    with pytest.raises(ParameterError, match="there is no alert"):
        store.find_alert([alert], "al-x")
