"""A judge who moved told from what was judged, and what cannot be told."""

import re
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from assay.analysis.scoring import assess_scores, goal_status
from assay.analysis.scoring.drift import drifts_of, moves_of
from assay.core.errors import DataError, ParameterError
from assay.core.goals import Goal
from assay.core.result import record
from assay.features.judgements import judgements, score_series
from assay.params import Window
from assay.present import scoring as report

JUDGES = {"anna": "human", "bela": "human", "robot": "model"}
DAYS = 112


def table(rng, *, judges=tuple(JUDGES), n=448, moved=(), worth_falls=0.0, value=None):
    """Items over 16 weeks, each judged by all; the last four weeks are recent."""
    day = np.arange(n) * DAYS // n
    late = day >= DAYS - 28
    worth = rng.normal(3.5, 0.5, n) - worth_falls * late
    parts = []
    for judge in judges:
        told = worth + rng.normal(0, 0.3, n) - dict(moved).get(judge, 0.0) * late
        parts.append(
            pl.DataFrame(
                {
                    "interaction_id": [f"i{k}" for k in range(n)],
                    "session_id": [f"s{k}" for k in range(n)],
                    "name": "clarity",
                    "value": np.clip(told, 1, 5) if value is None else np.full(n, value),
                    "scale_low": 1.0,
                    "scale_high": 5.0,
                    "source": JUDGES[judge],
                    "judge_id": judge,
                    "judged_at": [
                        datetime(2026, 1, 5, 12, tzinfo=UTC) + timedelta(days=int(d)) for d in day
                    ],
                }
            )
        )
    return pl.concat(parts)


def assessed(scores: pl.DataFrame, **options):
    given = judgements(scores.lazy(), **options)
    return assess_scores(given, score_series(given.rows))


def told(scores: pl.DataFrame) -> dict:
    return report.tell(record(assessed(scores), kind="quality"))


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def test_a_judge_who_moved_is_named_and_the_judged_stay(rng) -> None:
    result = assessed(table(rng, moved=[("robot", 0.5)]))
    verdicts = {one.judge: one.verdict for one in result.drifts}
    assert verdicts == {"anna": "steady", "bela": "steady", "robot": "drifted"}
    (robot,) = (one for one in result.drifts if one.judge == "robot")
    assert robot.shift.low <= -0.5 <= robot.shift.high < 0
    assert robot.since.first <= "2026-03-30" <= robot.since.last
    assert robot.since.first >= "2026-03-23"
    assert robot.since.size.low <= -0.5 <= robot.since.size.high < 0
    (finding,) = (one for one in result.findings if one.key == "judge/robot")
    assert finding.since == robot.since.day
    (move,) = result.moves
    assert (move.state, move.judged_by) == ("steady", 2)
    assert move.raw < -0.1


def test_what_was_judged_moved_and_all_judges_saw_it(rng) -> None:
    result = assessed(table(rng, worth_falls=0.5))
    assert {one.verdict for one in result.drifts} == {"steady"}
    (move,) = result.moves
    assert (move.state, move.judged_by) == ("fell", 3)
    assert move.change.low <= -0.5 <= move.change.high < 0
    assert [one.state for one in result.findings] == ["fell"]


def test_steady_judges_and_steady_scores_raise_no_more_alarms_than_said() -> None:
    """60 data sets at alpha 0.05: more than 8 alarms of a kind have a chance below 1 in 300."""
    rng = np.random.default_rng(3)
    drifted = moved = 0
    for _ in range(60):
        given = judgements(table(rng, n=224).lazy())
        late = pl.col("at").dt.date() >= date(2026, 3, 30)
        rows = given.rows.with_columns(late=late)
        drifts = drifts_of(given, rows, alpha=0.05)
        moves, _, _ = moves_of(given, rows, list(JUDGES), columns=(), k=10, level=0.95)
        drifted += any(one.verdict != "steady" for one in drifts)
        moved += any(one.state != "steady" for one in moves)
    assert drifted <= 8
    assert moved <= 8


def test_of_one_judge_alone_it_is_said_that_it_cannot_be_told(rng) -> None:
    answer = told(table(rng, judges=("robot",), worth_falls=0.5))
    assert [one["verdict"] for one in answer["drifts"]] == ["unknown"]
    assert "too few items" in report.brief(answer).decision.text
    steady = told(table(rng, judges=("robot",)))
    assert report.brief(steady).title.endswith("whether a judge drifted cannot be told")


def test_a_judge_of_a_single_item_is_unknown_and_leaves_the_others_as_they_were(rng) -> None:
    scores = table(rng)
    lone = scores.head(1).with_columns(judge_id=pl.lit("chidi"), value=pl.lit(1.0))
    verdicts = {one.judge: one.verdict for one in assessed(pl.concat([scores, lone])).drifts}
    assert verdicts == {"anna": "steady", "bela": "steady", "robot": "steady", "chidi": "unknown"}


def test_scores_that_are_all_the_same_have_no_interval_and_no_agreement(rng) -> None:
    answer = told(table(rng, value=3.0))
    assert report.brief(answer).title == (
        "Scores do not differ from each other, so no change can be told"
    )
    assert {one["alpha"] for one in answer["agreement"]} == {None}
    assert answer["means"][0]["mean"] == {"value": 3.0, "low": None, "high": None}


def test_two_scores_make_no_change(rng) -> None:
    scores = table(rng, judges=("anna",)).gather([0, -1])
    (move,) = assessed(scores).moves
    assert (move.state, move.change, move.p) == ("not enough data", None, None)


def test_what_is_no_number_or_beyond_the_scale_is_counted_and_left_out(rng) -> None:
    scores = table(rng)
    odd = scores.head(4).with_columns(value=pl.Series([float("nan"), float("inf"), None, 1e9]))
    given = judgements(pl.concat([scores, odd]).lazy())
    assert given.rows.height == scores.height
    assert [(one.count, one.reason) for one in given.left_out] == [
        (3, "no finite value"),
        (1, "beyond the scale"),
    ]


def test_where_nothing_is_left_the_reason_is_told(rng) -> None:
    scores = table(rng, judges=("anna",)).lazy()
    later = Window.model_validate({"from": "2030-01-01", "to": "2030-02-01"})
    with pytest.raises(DataError, match="scores are from 2026-01-05 to 2026-04-26"):
        judgements(scores, window=later)
    with pytest.raises(DataError, match="448 have no finite value"):
        judgements(scores.with_columns(value=pl.lit(float("nan"))))
    with pytest.raises(DataError, match="no score of what is asked for"):
        judgements(scores.filter(pl.col("name") == "clarty"))
    with pytest.raises(DataError, match="no score is of name 'clarty'") as unknown:
        judgements(scores, whom={"name": "clarty"})
    assert "clarity" in unknown.value.remedy
    with pytest.raises(ParameterError, match="have a column 'team'"):
        judgements(scores, by=["team"])


def numbers_of(value):
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from numbers_of(one)
    elif isinstance(value, int | float):
        yield abs(float(value))
    elif isinstance(value, str):
        yield from (float(digits) for digits in re.findall(r"\d+", value))


def unfounded(text: str, known: list[float]) -> list[str]:
    """Printed numbers that no number of the record rounds to, as it is or in percent."""
    bare = text.replace("\u202f", "")
    return [
        printed
        for printed in re.findall(r"\d+(?:\.\d+)?", bare)
        if not any(
            abs(one * factor - float(printed))
            <= 0.5000001 * 10.0 ** -len(printed.partition(".")[2])
            for one in known
            for factor in (1, 100)
        )
    ]


CONSTANTS = [0.8, 0.67, 0.95]
"""Numbers of the method itself: what is usually asked of agreement, and the level."""


def printed(block) -> list[str]:
    """Everything that a block prints, cells of tables too."""
    said = [
        getattr(block, name, "") for name in ("heading", "lead", "caption", "alt", "text", "nav")
    ]
    cells = [cell for row in getattr(block, "rows", ()) for cell in row]
    return [one for one in said if one] + [
        str(getattr(cell, "text", cell)) for cell in cells if cell is not None
    ]


def test_every_number_that_is_said_stands_in_the_record(rng) -> None:
    scores = table(rng, moved=[("robot", 0.5)], worth_falls=0.4).with_columns(
        team=pl.Series(["red", "blue"] * 672)
    )
    given = judgements(scores.lazy(), by=["team"])
    weeks = score_series(given.rows)
    aims = [
        Goal(name=name, metric="clarity", target=target, by=date(2026, 5, 31))
        for name, target in (("Clear", 3.6), ("Clearer", 4.25))
    ]
    states = [goal_status(one, weeks.drop("name"), scale=given.scales["clarity"]) for one in aims]
    bare = record(assess_scores(given, weeks, by=["team"], goals=states), kind="quality")
    known, answer = [*numbers_of(bare), *CONSTANTS], report.tell(bare)
    known += [len(answer["findings"]), len(answer["groups"])]
    head = report.brief(answer)
    texts = [head.title, head.subtitle, head.decision.title, head.decision.text]
    texts += [text for tile in head.tiles for text in (tile.value, tile.interval, tile.detail)]
    texts += [one["exact"] for one in answer["findings"]]
    assert [one["state"] for one in answer["findings"]][:2] == ["fell", "drifted"]
    sections = (
        *(report.drop_blocks, report.course_blocks, report.goal_blocks),
        *(report.drift_blocks, report.agreement_blocks, report.mean_blocks),
    )
    texts += [text for make in sections for block in make(answer) for text in printed(block)]
    assert len(texts) > 60
    assert [(text, bad) for text in texts if (bad := unfounded(text, known))] == []
    assert unfounded("Clarity fell by 77.777", known) == ["77.777"]


def test_what_a_group_would_have_to_change_is_told_with_the_number_of_groups(rng) -> None:
    """Of one test: Φ⁻¹(.975) + Φ⁻¹(.8) = 2.8016 standard errors; of k, the first level of Holm."""
    scores = table(rng).with_columns(team=pl.Series(["red", "blue"] * 672))
    given = judgements(scores.lazy(), by=["team"])
    result = assess_scores(given, score_series(given.rows), by=["team"])
    (move,) = result.moves
    half = (move.change.high - move.change.low) / 2
    assert move.visible == pytest.approx(half / 1.959964 * 2.801585, rel=1e-5)
    for one in result.groups:
        half = (one.change.high - one.change.low) / 2
        assert one.visible == pytest.approx(half / 1.959964 * (2.241403 + 0.841621), rel=1e-5)
    answer = report.tell(record(result, kind="quality"))
    (told,) = (block for block in report.drop_blocks(answer) if hasattr(block, "text"))
    assert told.text.startswith("None of two groups is seen to have changed")
