"""From rows to an alert, and what persons may say of it."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from assay.app.cli import main
from assay.schema.advice import Alerts

WATCHED = """
budget: 0.02
watched:
  calls: {data: calls.parquet, until: data, metrics: [{metric: Latency, usd: 1}]}
"""


@pytest.fixture
def assay(tmp_path: Path, monkeypatch, capfd):
    (tmp_path / "assay.toml").write_text("")
    (tmp_path / "params").mkdir()
    metrics = "metrics:\n  Latency: {kind: mean, value: s, better: down, unit: s}\n"
    (tmp_path / "params/metrics.yaml").write_text(metrics)
    (tmp_path / "params/alerts.yaml").write_text(WATCHED)
    rng = np.random.default_rng(3)
    days = np.repeat(np.arange(70), 50)
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    pl.DataFrame(
        {
            "occurred_at": [begin + timedelta(days=int(day), hours=12) for day in days],
            "s": rng.gamma(20, 0.1, days.size) * np.where(days >= 50, 1.3, 1),
        }
    ).write_parquet(tmp_path / "calls.parquet")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["assay", "alerts", *arguments])
        with pytest.raises(SystemExit) as stopped:
            main()
        return int(stopped.value.code or 0), capfd.readouterr().out

    return call


def test_an_incident_has_one_alert_however_often_and_on_whatever_day_it_is_seen(assay) -> None:
    for day in ("2026-02-20", "2026-02-25", "2026-03-01", "2026-03-05", "2026-03-05"):
        assert assay("update", "--as-of", day)[0] == 0
    code, out = assay("--json", "--exit-code")
    (alert,) = json.loads(out)["alerts"]
    assert (code, alert["kind"], alert["status"]) == (1, "degradation", "open")
    assert alert["since_low"] <= "2026-02-20" <= alert["since_high"]
    assert alert["size_low"] <= 0.3 <= alert["size_high"]
    assert assay("update", "--as-of", "2026-02-01")[0] == 2
    assert assay("acknowledge", alert["alert_id"], "--note", "known")[0] == 0
    assert assay("--exit-code")[0] == 0
    assert " muted: " in assay("mute", alert["alert_id"][:6])[1]
    assert "No alert is open; 1 in all" in assay()[1]
    assert alert["alert_id"] in assay("--all")[1]
    stored = json.loads(Path("data/alerts.json").read_text())["alerts"]
    row = {name: stored[0][name] for name in Alerts.columns()}
    moments = ("opened_at", "acknowledged_at", "closed_at")
    row |= {name: row[name] and datetime.fromisoformat(row[name]) for name in moments}
    assert len(Alerts.validate(pl.DataFrame([row]), cast=True)) == 1


def test_incidents_that_end_and_come_again_are_three_alerts_and_none_is_told_twice(assay) -> None:
    rows = pl.read_parquet("calls.parquet")
    rng = np.random.default_rng(4)
    days = np.repeat(np.arange(165), 50)
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    times = [1.4 if 50 <= day < 62 or day >= 85 else 1.0 for day in range(165)]
    scale = np.array(times) * np.where(np.arange(165) >= 145, 1.4, 1.0)
    pl.DataFrame(
        {
            "occurred_at": [begin + timedelta(days=int(day), hours=12) for day in days],
            "s": rng.gamma(20, 0.1, days.size) * scale[days],
        },
        schema=rows.schema,
    ).write_parquet("calls.parquet")
    seen: dict[int, list[tuple[str, str]]] = {}
    opened: list[str] = []
    for day in (56, 60, 75, 92, 95, 130, 152, 160):
        date = (begin + timedelta(days=day)).date().isoformat()
        told = json.loads(assay("update", "--as-of", date, "--json")[1])
        opened += [alert["alert_id"] for alert in told["opened"]]
        if day == 95:
            assert assay("acknowledge", opened[-1])[0] == 0
        alerts = json.loads(assay("--all", "--json")[1])["alerts"]
        seen[day] = [(alert["status"], alert["ending"]) for alert in alerts]
    assert seen[56] == seen[60] == [("open", "")]
    assert seen[75] == [("closed", "recovered")]
    assert seen[92][1:] == [("open", "")]
    assert seen[95][1:] == [("acknowledged", "")]
    assert seen[130][1:] == [("closed", "new normal")]
    assert seen[160][2:] == [("open", "")]
    assert len(opened) == len(set(opened)) == 3
    assert assay("mute", opened[-1], "--until", "2020-01-01")[0] == 0
    assert opened[-1] in assay()[1], "that day is over"
    assert assay("mute", opened[-1], "--until", "2999-01-01")[0] == 0
    assert opened[-1] not in assay()[1]
    assert assay("mute", opened[-1], "--undo")[0] == 0
    assert opened[-1] in assay()[1]


def test_what_is_watched_no_more_has_no_open_alert(assay) -> None:
    assert assay("update", "--as-of", "2026-03-01")[0] == 0
    metrics = "metrics:\n  Latency: {kind: mean, value: s, better: down, unit: s}\n"
    Path("params/metrics.yaml").write_text(metrics)
    Path("params/alerts.yaml").write_text(WATCHED.replace("calls:", "others:"))
    assert assay("update", "--as-of", "2026-03-02")[0] == 0
    alerts = json.loads(assay("--all", "--json")[1])["alerts"]
    assert [(a["watched"], a["status"]) for a in alerts] == [
        ("calls", "closed"),
        ("others", "open"),
    ]


def test_days_without_failures_do_not_stand_out(assay) -> None:
    rng = np.random.default_rng(5)
    days = np.repeat(np.arange(120), 24)
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    times = [begin + timedelta(days=int(day), hours=12) for day in days]
    rows = pl.DataFrame({"occurred_at": times, "failed": rng.random(days.size) < 0.05})
    rows.write_parquet("calls.parquet")
    assert rows.group_by("occurred_at").agg(pl.col("failed").sum())["failed"].eq(0).sum() > 25
    Path("params/metrics.yaml").write_text("metrics:\n  Failed: {kind: rate, value: failed}\n")
    watched = "{metric: Failed, difference: 0.03}"
    Path("params/alerts.yaml").write_text(
        f"watched:\n  calls: {{data: calls.parquet, until: data, metrics: [{watched}]}}\n"
    )
    assert assay("update")[0] == 0
    told = json.loads(assay("--all", "--json")[1])["alerts"]
    assert all(alert["seen"] > 0 for alert in told)
    assert len(told) <= 2
