from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import ParameterError
from assay.workbench.retention import expire, expired, pin, rule_of, too_old, unpin
from assay.workbench.versions import Version, versions
from workbench.shelved import put_up

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(*moments: str) -> list[Version]:
    return [Version(Path(f"{moment}Z-00000000")) for moment in moments]


def left(found: list[Version], **rule) -> list[str]:
    options = {"keep": 1, "months": 0, "pinned": {}, "zone": UTC} | rule
    gone = too_old(found, **options)
    return [version.id[:10] for version in found if version not in gone]


def test_the_newest_stay_and_the_last_of_each_month() -> None:
    found = at(
        "2026-08-30T000000", "2026-09-01T000000", "2026-09-30T000000", "2026-10-05T000000",
        "2026-10-06T000000", "2026-11-01T000000", "2026-11-02T000000",
    )  # fmt: skip
    assert left(found, keep=2) == ["2026-11-01", "2026-11-02"]
    assert left(found, keep=1, months=3) == ["2026-09-30", "2026-10-06", "2026-11-02"]
    assert left(found, pinned={found[0].id: {}}) == ["2026-08-30", "2026-11-02"]


def test_a_month_ends_where_the_project_is() -> None:
    found = at("2026-10-31T220000", "2026-10-31T233000", "2026-11-30T120000")
    assert len(left(found, months=2)) == 2
    assert left(found, months=2)[0] == "2026-10-31"
    berlin = left(found, months=2, zone=ZoneInfo("Europe/Berlin"))
    assert berlin == ["2026-10-31", "2026-11-30"]


@given(
    st.lists(st.integers(0, 900), max_size=30, unique=True), st.integers(1, 9), st.integers(0, 9)
)
def test_the_newest_always_stay_and_what_is_kept_stays_kept(
    days: list[int], keep: int, months: int
) -> None:
    moments = [(START + timedelta(days=day)).strftime("%Y-%m-%dT%H%M%S") for day in sorted(days)]
    found = at(*moments)
    options = {"keep": keep, "months": months, "pinned": {}, "zone": UTC}
    gone = too_old(found, **options)
    kept = [version for version in found if version not in gone]
    assert kept[-keep:] == found[-keep:]
    assert len(kept) <= keep + months
    assert too_old(kept, **options) == ()


def test_publishing_keeps_what_the_settings_say_and_tells_who_follows_an_old_link(workshop) -> None:
    workshop.notebook("x", "print(1)")
    first, *_, last = (put_up(workshop.root, f"2026-10-0{day}") for day in range(1, 5))
    assert expired(workshop.project) == ()
    (workshop.root / "assay.toml").write_text("[publishing]\nkeep = 2\nkeep_monthly = 1\n")
    pin(first, note="the board saw it", now=START)
    workshop.publish()
    standing = [version.id[:10] for version in versions(workshop.project, "x", "default")]
    assert standing[:2] == ["2026-10-01", "2026-10-04"]
    assert len(standing) == 3
    notice = (last.folder.with_name("2026-10-02T060000Z-0000abcd") / "index.html").read_text()
    assert "no longer kept" in notice
    assert "It had found: Found on 2026-10-02" in notice
    assert rule_of(workshop.project) in notice
    unpin(first)
    assert [name.partition("@")[2][:10] for name in expire(workshop.project)] == ["2026-10-01"]
    with pytest.raises(ParameterError, match="not pinned"):
        unpin(first)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("keep = 1", "the newest version is kept"),
        ("keep = 9", "the newest 9 versions of a report are kept"),
        (
            "keep = 9\nkeep_monthly = 12",
            "the newest 9 versions of a report are kept, and the last of each of 12 months",
        ),
    ],
)
def test_the_rule_in_words(workshop, rule: str, said: str) -> None:
    (workshop.root / "assay.toml").write_text(f"[publishing]\n{rule}\n")
    assert rule_of(workshop.project) == said
