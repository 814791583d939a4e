"""The report on personalisation: planted users, and data that say little."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from assay.analysis.personalisation import PersonalisationResult, assess_personalisation
from assay.core.errors import DataError, ParameterError
from assay.core.result import record, result_schema
from assay.features.changed_seats import changed_seats
from assay.features.personal_weeks import personal_weeks
from assay.present import personalisation as report
from assay.present.prose.personalisation import numbered

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
CONFIGURATION = ("agent_id", "model")


def planted(*, users=120, weeks=14, slope=0.0, rate=0.6):
    """Users who keep to one of two models nine times in ten, in 30 workspaces."""
    rng = np.random.default_rng(1)
    rows = []
    for user in range(users):
        level, own = rng.normal(0.6, 0.1), user % 2
        for week in np.flatnonzero(rng.random(weeks) < rate).tolist():
            model = own if rng.random() < 0.9 else 1 - own
            value = level + slope * (week - weeks / 2) / 4 + rng.normal(0, 0.15)
            rows.append((
                f"u{user}", BEGIN + timedelta(weeks=week, hours=30), f"m{model}", "helper",
                f"ws{user % 30}", "plus" if user % 3 else "free", float(np.clip(value, 0, 1)),
            ))  # fmt: skip
    names = ("user_id", "occurred_at", "model", "agent_id", "workspace_id", "user_type", "rating")
    return pl.DataFrame(rows, schema=list(names), orient="row")


def changes(*, shared=True):
    return pl.DataFrame(
        {
            "agent_id": ["helper"] * 14,
            "workspace_id": [f"ws{k}" if shared else None for k in range(14)],
            "user_id": pl.Series([None] * 14, dtype=pl.String),
            "changed_at": [BEGIN + timedelta(weeks=6 + k % 3) for k in range(14)],
            "changed_by": ["system", "mara"] * 7,
            "kind": ["prompt"] * 14,
            "valid": [True] * 13 + [False],
        }
    )


def assessed(rows, configurations=None, **given):
    weeks = personal_weeks(rows.lazy(), choices=["model", "agent_id"], configuration=CONFIGURATION)
    seats = None if configurations is None else changed_seats(weeks, configurations.lazy())
    return assess_personalisation(weeks, seats, configuration=CONFIGURATION, **given)


@pytest.fixture(scope="module")
def found():
    return assessed(planted(slope=0.08), changes(), by="user_type")


def test_it_can_be_recorded_and_told(found):
    told = report.tell(record(found, kind="personalisation"))
    assert told["units"]["/trend/slope/value"] == "1"
    assert result_schema(PersonalisationResult, kind="personalisation")["properties"]["trying"]
    head = report.brief(told)
    assert head.title.startswith("Users’ own rating ")
    assert len(head.tiles) == 4
    for blocks in (
        report.course_blocks, report.class_blocks, report.kind_blocks, report.leaving_blocks,
        report.change_blocks, report.choice_blocks, report.try_blocks, report.trust_blocks,
    ):  # fmt: skip
        assert blocks(told)
    assert len(report.method_details(told).blocks) == 6


def test_a_planted_trend_is_told(found):
    assert found.trend.verdict in {"improving", "rising"}
    assert found.trend.slope.low < 0.08 < found.trend.slope.high
    assert sum(one.expected.value for one in found.trend.classes) == pytest.approx(
        found.trend.counted
    )


@pytest.mark.parametrize(
    ("low", "value", "high", "said"),
    [
        (0.0, 0.2, 0.9, "under 1"),
        (499.1, 499.9, 500.0, "all but under 1"),
        (480.2, 490.4, 499.0, "490 [480, 499]"),
    ],
)
def test_numbers_of_users_claim_no_more_than_is_known(low, value, high, said):
    assert numbered({"low": low, "value": value, "high": high}, 500) == said


def test_choices_are_the_users_own_where_there_is_a_choice(found):
    model, agent = found.stability
    assert model.beyond.low < 0.64 < model.beyond.high  # (.9 − .1)² of two equal models
    assert agent.beyond is None
    assert agent.reason == "there is a single value, so nothing to choose"


def test_changes_reach_their_workspaces_and_count_by_them(found):
    assert found.adapting.decided_by == "workspace"
    assert (found.adapting.changes, found.adapting.unread) == (13, 1)
    assert found.adapting.alone.low is not None
    assert {part.name for part in found.adapting.parts} == {"system", "somebody else"}


def moved(rows, kind, by):
    """The same rows, whose satisfaction moves by so much per four weeks where users are of a kind."""
    weeks = (pl.col("occurred_at") - BEGIN).dt.total_days() / 28
    value = (pl.col("rating") + by * (weeks - weeks.mean())).clip(0, 1)
    mine = pl.col("user_type") == kind
    return rows.with_columns(rating=pl.when(mine).then(value).otherwise("rating"))


def test_a_kind_that_moves_otherwise_is_told_and_one_that_does_not_is_not(found):
    assert not any(one.differs for one in found.trend.kinds)
    apart = assessed(moved(planted(users=240), "free", -0.1), by="user_type")
    free, plus = apart.trend.kinds
    assert (free.kind, plus.kind) == ("free", "plus")
    assert (free.users, plus.users) == (80, 160)
    assert free.differs
    assert free.apart.low < -0.1 < free.apart.high < 0
    assert free.slope.low < free.slope.value < free.drawn.value < plus.slope.value
    told = report.tell(record(apart, kind="personalisation"))
    section, figure, table = report.kind_blocks(told)
    assert section.heading.startswith("Users of kind free move by −0.")
    assert "association" in section.lead
    assert "n = 80" in figure.alt
    assert table.rows[0][-1].text == "differs"


def test_kinds_of_few_are_told_together():
    rows = planted().with_columns(
        user_type=pl.when(pl.col("user_id") == "u0").then(pl.lit("rare")).otherwise(pl.lit("plus"))
    )
    assert assessed(rows).trend.kinds == ()  # the other kind would give it away
    three = planted().with_columns(
        user_type=pl.when(pl.col("user_id").is_in(["u0", "u1"]))
        .then(pl.lit("rare"))
        .otherwise("user_type")
    )
    kinds = assessed(three).trend.kinds
    assert "rare" not in {one.kind for one in kinds}
    assert all(one.users >= 10 for one in kinds)


def test_ratings_on_another_scale_are_refused():
    stars = planted().with_columns(pl.col("rating") * 4 + 1)
    with pytest.raises(
        DataError, match=r"ratings are below 0 or above 1, the largest is 5"
    ) as raised:
        assessed(stars)
    assert "from 0 to 1" in raised.value.remedy
    with pytest.raises(DataError, match="holds String, expected numbers from 0 to 1"):
        assessed(planted().with_columns(rating=pl.lit("good")))


def test_a_few_ratings_beyond_the_scale_are_left_out():
    odd = pl.when(pl.int_range(pl.len()) < 9).then(7.0).otherwise("rating")
    found = assessed(planted().with_columns(rating=odd))
    assert [(one.what, one.count) for one in found.left_out] == [("ratings", 9)]
    assert found.trend is not None


def test_the_time_zone_is_in_the_record(found):
    assert found.time_zone == "UTC"


def test_kinds_below_the_smallest_cell_are_not_told():
    few = assessed(planted(), smallest_cell=50)
    assert [one.group for one in few.trying.groups] == ["", "plus"]
    assert few.hidden == 1


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (planted().with_columns(rating=pl.lit(None, pl.Float64)), "no user gave a rating"),
        (planted().drop("rating"), "no user gave a rating"),
        (planted().with_columns(rating=pl.lit(0.75)), "all ratings are the same"),
        (planted().with_columns(rating=pl.lit(np.nan)), "no user gave a rating"),
        (planted().with_columns(rating=pl.lit(np.nan)), "are below 0, above 1, or no number"),
        (planted(users=1), "fewer than 10 users gave a rating"),
        (planted(users=1), "gave a rating: 1"),
        (planted(weeks=1, rate=1.0), "in 1 weeks, expected"),
    ],
)
def test_data_that_say_little_say_why(rows, reason):
    result = assessed(rows, changes(shared=False))
    assert result.trend is None
    assert reason in result.trend_reason
    assert "nobody can be compared with" in result.adapting_reason
    told = report.tell(record(result, kind="personalisation"))
    assert report.brief(told).title.startswith("Not enough data")
    for blocks in (
        report.course_blocks, report.class_blocks, report.kind_blocks, report.leaving_blocks,
        report.change_blocks, report.choice_blocks, report.try_blocks, report.trust_blocks,
    ):  # fmt: skip
        blocks(told)
    assert report.method_details(told).blocks


def test_no_table_of_configurations():
    assert assessed(planted()).adapting_reason == "no table of configurations is given"


@pytest.mark.parametrize(
    ("name", "value"), [("smallest", 0), ("alpha", 1.0), ("surely", 0.3), ("quiet", 0)]
)
def test_numbers_out_of_range_are_refused(name, value):
    with pytest.raises(ParameterError, match=name):
        assessed(planted(users=20), **{name: value})
