"""What `assay check` tells of a file."""

import json
from pathlib import Path

import pytest

from assay.core.errors import DataError
from assay.core.result import record
from assay.data.check import check_file

LEARNERS = "learner_id,role,ctx_site,teem_id,age\n"


def learners(folder: Path, *rows: str) -> Path:
    path = folder / "learners.csv"
    path.write_text(LEARNERS + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def test_what_was_found_in_a_file(tmp_path: Path) -> None:
    report = check_file(learners(tmp_path, "a,analyst,x,t,40", "b,,y,t,50"), "learners")
    assert (report.rows, report.valid, report.rejected, report.refused) == (2, 2, 0, False)
    assert [column.name for column in report.found] == ["learner_id", "role", "ctx_site"]
    assert report.kept == ("ctx_site",)
    assert report.missing_optional == ("team_id",)
    assert [(c.name, c.meant) for c in report.ignored] == [("teem_id", "team_id"), ("age", None)]
    assert (report.first, report.last, report.why) == (None, None, None)


def test_rejections_show_their_first_rows(tmp_path: Path) -> None:
    path = learners(tmp_path, "a,x,x,t,1", *([",x,x,t,1"] * 5), "b,x,x,t,1", "b,y,x,t,1")
    report = check_file(path, "learners")
    missing, twice = report.rejections
    assert (missing.reason, missing.count, missing.example) == ("learner_id is missing", 5, None)
    assert [row.row for row in missing.rows] == [2, 3, 4]
    assert twice.count == 2
    assert twice.example is None
    assert twice.rows[0].values == {"learner_id": "*"}


def test_a_check_tells_numbers_and_dates_but_no_person(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(
        "interaction_id,occurred_at,latency_s,succeeded\n"
        "anna@example.org,2026-13-01,-3.5,yess\n"
        "Anna Miller,Anna Miller,1985-03-12,true\n"
        "i3,2026-05-24T10:00:00Z,anna@example.org,Anna\n",
        encoding="utf-8",
    )
    report = check_file(path, "interactions")
    told = {rejection.reason: rejection.example for rejection in report.rejections}
    assert told["latency_s is below 0"] == "'-3.5'"
    assert told["latency_s is not a number"] == "'9999-99-99'"
    assert told["occurred_at is not a time (2026-05-24T10:00:00Z)"] == "'2026-13-01'"
    assert told["succeeded is not true or false"] is None
    written = json.dumps(record(report, kind="check"))
    assert not [word for word in ("nna", "Miller", "example.org", "1985") if word in written]


def test_many_rejected_rows_are_reported_not_raised(tmp_path: Path) -> None:
    report = check_file(learners(tmp_path, ",x,x,t,1", "a,x,x,t,1"), "learners")
    assert report.refused
    assert report.why == "50.0% of the rows are rejected, at most 5.0% may be"
    assert not check_file(report.path, "learners", max_rejected=0.5).refused


def test_a_missing_required_column_rejects_every_row(tmp_path: Path) -> None:
    report = check_file(learners(tmp_path, "a,x,x,t,1", "b,x,x,t,1"), "attempts")
    assert (report.rows, report.valid, report.rejected) == (2, 0, 2)
    assert report.missing_required == ("attempt_id", "attempted_at")
    assert report.why == "required columns are missing: attempt_id, attempted_at"
    assert [r.reason for r in report.rejections] == [
        "there is no column attempt_id",
        "there is no column attempted_at",
    ]


def test_a_report_is_json_with_units(tmp_path: Path) -> None:
    report = record(
        check_file(learners(tmp_path, "a,x,x,t,1", ",x,x,t,1"), "learners"), kind="check"
    )
    assert json.loads(json.dumps(report)) == report
    assert report["units"]["/rejected_share"] == "share"


def test_what_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no file"):
        check_file(tmp_path / "none.csv", "learners")
