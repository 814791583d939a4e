"""The calendar that somebody keeps, and tables of what was changed: read, or refused by name."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from assay.core.errors import DataError, ParameterError
from assay.data.happenings import read_calendar, read_changes


def calendar(tmp_path, text):
    path = tmp_path / "events.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_day_and_a_span_are_read_in_order(tmp_path):
    found = read_calendar(
        calendar(
            tmp_path,
            "events:\n"
            "  - {from: 2026-12-24, to: 2026-12-26, kind: holiday, what: Christmas}\n"
            "  - {day: 2026-08-18, kind: deploy, what: planner 2.1, about: {agent_id: planner}}\n",
        )
    )
    assert [one.what for one in found] == ["planner 2.1", "Christmas"]
    deploy, holiday = found
    assert (deploy.first, deploy.last) == (date(2026, 8, 18), date(2026, 8, 18))
    assert (deploy.about, deploy.passes) == ((("agent_id", "planner"),), False)
    assert ((holiday.last - holiday.first).days, holiday.passes) == (2, True)


def test_without_a_file_nothing_happened():
    assert read_calendar(None) == ()
    assert read_changes() == ()


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{day: 2026-08-18, kind: party, what: x}", "event 1, kind"),
        ("{day: 2026-08-18, kind: deploy}", "event 1, what"),
        ("{kind: deploy, what: x}", "expected either `day`, or `from` and `to`"),
        ("{from: 2026-08-18, kind: deploy, what: x}", "`from` and `to` together"),
        ("{from: 2026-08-18, to: 2026-08-01, kind: deploy, what: x}", "ends on 2026-08-01, before"),
        ("{day: soon, kind: deploy, what: x}", "event 1, day"),
        ("{day: 2026-08-18, kind: deploy, what: x, who: me}", "event 1, who"),
    ],
)
def test_a_wrong_entry_is_named_with_its_field(tmp_path, entry, said):
    with pytest.raises(ParameterError) as error:
        read_calendar(calendar(tmp_path, f"events:\n  - {entry}\n"))
    assert said in str(error.value)


def test_what_is_no_calendar_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="is not YAML"):
        read_calendar(calendar(tmp_path, "events: ["))
    with pytest.raises(ParameterError, match="cannot be read"):
        read_calendar(str(tmp_path / "none.yaml"))


def test_tables_of_changes_are_read_in_order(tmp_path):
    pl.DataFrame(
        {
            "subject": ["agent"], "subject_id": ["a"], "version": ["2.0"],
            "activated_at": [datetime(2026, 3, 9, tzinfo=UTC)],
        }
    ).write_parquet(tmp_path / "versions.parquet")  # fmt: skip
    pl.DataFrame(
        {"agent_id": ["a"], "changed_at": [datetime(2026, 3, 2, tzinfo=UTC)]}
    ).write_parquet(tmp_path / "configurations.parquet")
    pl.DataFrame(
        {
            "provider": ["p", "p"], "model": ["m", "m"], "tier": ["t", "t"],
            "valid_from": [date(2026, 1, 1), date(2026, 3, 5)],
        }
    ).write_parquet(tmp_path / "prices.parquet")  # fmt: skip
    found = read_changes(
        versions=str(tmp_path / "versions.parquet"),
        configurations=str(tmp_path / "configurations.parquet"),
        prices=str(tmp_path / "prices.parquet"),
    )
    assert [one.kind for one in found] == ["configuration", "price", "version"]


def test_a_table_without_a_time_or_a_column_is_refused(tmp_path):
    path = tmp_path / "configurations.parquet"
    pl.DataFrame(
        {"agent_id": ["a"], "changed_at": [None]}, schema_overrides={"changed_at": pl.Datetime}
    ).write_parquet(path)
    with pytest.raises(DataError, match="row 1 has no time in 'changed_at'"):
        read_changes(configurations=str(path))
    with pytest.raises(DataError, match="subject"):
        read_changes(versions=str(path))
