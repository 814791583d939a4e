from datetime import UTC, datetime

import pytest

from assay.workbench.runs import digests_of
from assay.workbench.staleness import Staleness
from assay.workbench.upkeep import after_batch
from workbench.shelved import put_up

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def days(workshop, schedules: str = "", settings: str = "", report: str = "x") -> int | None:
    workshop.write("assay.toml", settings)
    if schedules:
        workshop.write("params/schedules.yaml", f"schedules: {{{schedules}}}")
    return Staleness(workshop.project, NOW).days(report, "default")


@pytest.mark.parametrize(
    ("cron", "expected"),
    [("@daily", 2), ("@hourly", 2), ("0 6 * * 1-5", 4), ("@weekly", 8), ("0 6 1 * *", 32)],
)
def test_a_scheduled_report_is_old_once_it_missed_its_turn(
    workshop, cron: str, expected: int
) -> None:
    workshop.notebook("x", "1")
    told = f"one: {{cron: '{cron}', reports: x}}"
    assert days(workshop, told) == expected
    assert days(workshop, told, report="y") == 30
    assert days(workshop, told, settings="[publishing]\nstale_days = 0") is None


def test_where_two_schedules_name_it_the_more_frequent_one_counts(workshop) -> None:
    workshop.notebook("x", "1")
    two = "a: {cron: '@weekly', reports: x}, b: {cron: '@daily', reports: x/default}"
    assert days(workshop, two) == 2
    assert days(workshop, two.replace("x/default}", "x/default, enabled: false}")) == 8


def test_a_file_that_cannot_be_read_leaves_the_settings(workshop) -> None:
    assert days(workshop, "a: {corn: 3}", "[publishing]\nstale_days = 7") == 7


def test_a_new_schedule_is_seen_by_the_index(workshop) -> None:
    workshop.notebook("x", "1")
    put_up(workshop.root, "2026-11-01")
    index = workshop.root / "reports/published/index.html"
    after_batch(workshop.project, digests=digests_of(workshop.project))
    assert 'data-stale="30"' in index.read_text()
    workshop.write("params/schedules.yaml", "schedules: {one: {cron: '@daily', reports: x}}")
    after_batch(workshop.project, digests=digests_of(workshop.project))
    assert 'data-stale="2"' in index.read_text()
