import tempfile
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from assay.workbench.layout import VERSION_FILES
from assay.workbench.versions import Version, free_id, history, point_latest, versions

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def test_ids_sort_by_time_even_where_the_clock_was_set_back(tmp_path: Path) -> None:
    now = datetime(2026, 11, 1, 12, 0, 0, tzinfo=UTC)
    assert free_id(tmp_path / "none", "abcdef0123", now) == "2026-11-01T120000Z-abcdef01"
    (tmp_path / "2026-11-01T120000Z-abcdef01").mkdir()
    (tmp_path / "2026-12-01T120000Z-00000000").mkdir()
    (tmp_path / "notes").mkdir()
    assert free_id(tmp_path, "abcdef0123", now) == "2026-12-01T120001Z-abcdef01"


@given(st.lists(MOMENTS, min_size=1, max_size=8))
def test_every_new_id_sorts_behind_the_old_ones(moments: list[datetime]) -> None:
    with tempfile.TemporaryDirectory() as name:
        made = []
        for moment in moments:
            made.append(free_id(Path(name), "f" * 64, moment))
            (Path(name) / made[-1]).mkdir()
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_only_complete_versions_count_oldest_first(workshop) -> None:
    shelf = workshop.root / "reports/published/x/default"
    for day, missing in ((2, ""), (1, ""), (3, "report.pdf")):
        folder = shelf / f"2026-01-0{day}T000000Z-00000000"
        folder.mkdir(parents=True)
        for name in VERSION_FILES:
            if name != missing:
                (folder / name).write_text(f'{{"key": "{day}", "day": {day}}}')
    (shelf / ".staging-1-a-2026-01-09T000000Z-00000000").mkdir()
    (shelf / "latest.html").write_text("")
    found = versions(workshop.project, "x", "default")
    assert [version.key for version in found] == ["1", "2"]
    assert [result["day"] for result in history(workshop.project, "x", "default")] == [1, 2]
    assert versions(workshop.project, "y", "default") == ()


def test_the_redirect_escapes_what_it_shows(tmp_path: Path) -> None:
    folder = tmp_path / "2026-01-01T000000Z-00000000"
    folder.mkdir()
    point_latest(Version(folder), title='<script>"x"</script>')
    page = (tmp_path / "latest.html").read_text()
    assert "<script>" not in page
    assert '<a href="2026-01-01T000000Z-00000000/index.html">' in page
