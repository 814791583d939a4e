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
