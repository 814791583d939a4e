"""The judge who drifts in the sample is found, dated and measured, and the judged stay."""

import json

import pytest

from assay.analysis.scoring import assess_scores
from assay.core.result import record
from assay.data.read import scan
from assay.features.judgements import judgements, score_series
from assay.present import scoring as report


@pytest.fixture(scope="module")
def told(sample_project):
    data = sample_project / "data" / "sample"
    truth = json.loads((data / "truth.json").read_text(encoding="utf-8"))["drifting_judge"]
    given = judgements(scan(str(data / "reviews.parquet")))
    return truth, assess_scores(given, score_series(given.rows))


def test_the_judge_the_day_and_the_size_are_those_that_were_planted(told) -> None:
    truth, result = told
    (drift,) = [one for one in result.drifts if one.verdict == "drifted"]
    assert {one.verdict for one in result.drifts if one is not drift} == {"steady"}
    assert drift.judge == truth["judge"]
    assert drift.since.first <= truth["first_day"] <= drift.since.last
    assert drift.since.size.low <= truth["shift"] <= drift.since.size.high
    assert [(one.name, one.state) for one in result.moves] == [(truth["name"], "steady")]


def test_the_page_says_it_first(told) -> None:
    truth, result = told
    title = report.brief(report.tell(record(result, kind="quality"))).title
    assert title.startswith(f"Judge {truth['judge']} became more lenient since ")
    assert title.endswith("what was judged is not seen to have changed")
