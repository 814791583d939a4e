"""What is kept of segments: it says of everybody what they say, and gives nobody away."""

import json
from dataclasses import replace
from functools import cache
from hashlib import sha256

import numpy as np
import polars as pl
import pytest

from analysis.segments.test_report import BEGIN, FEATURES, planted
from assay.analysis.segments.model import (
    behaviour_for,
    beside,
    checksum_of,
    model_from,
    model_of,
    place,
    placing,
    text_of,
)
from assay.analysis.segments.report import form, standing
from assay.analysis.segments.report.forming import memberships
from assay.core.errors import DataError
from assay.features.behaviour import behaviour, inputs_of

METHODS = ["k-means", "mixture", "linkage", "ward", "density"]
SHARES = [*FEATURES, "errors", "recency_days"]


def rows_of(users=120, **options):
    """Planted users of whom some interactions fail, so that shares are drawn to a mean."""
    found = planted(users=users, **options)
    rng = np.random.default_rng(2)
    number = found["user_id"].str.slice(1).cast(int).to_numpy()
    failed = rng.uniform(size=found.height) < 0.05 + 0.2 * (number % 2)
    return found.with_columns(succeeded=~pl.Series(failed))


@cache
def formed_by(method):
    looked = FEATURES if method == "density" else SHARES  # in five features there are thin lumps
    seen = behaviour(rows_of().lazy(), days=28, features=looked)
    return form(seen, method=method, k=None if method == "density" else 2)


@cache
def model_by(method):
    return model_of(formed_by(method), days=28)


def written(text, **changes):
    """The text with other parts, under a checksum that fits."""
    told = json.loads(text)
    told["model"] |= changes
    plain = json.dumps(told["model"], separators=(",", ":"), sort_keys=True)
    return json.dumps(told | {"checksum": sha256(plain.encode()).hexdigest()})


@pytest.mark.parametrize("method", METHODS)
def test_the_model_comes_back_as_it_was(method):
    model = model_by(method)
    again = model_from(text_of(model))
    assert text_of(again) == text_of(model)
    assert checksum_of(again) == checksum_of(model)
    seen = formed_by(method).behaviour
    one, other = place(model, seen)[0], place(again, seen)[0]
    assert one.drop("probability").equals(other.drop("probability"))
    both = one["probability"].drop_nulls() - other["probability"].drop_nulls()
    assert both.abs().max() <= 1e-12


@pytest.mark.parametrize("method", ["k-means", "mixture"])
@pytest.mark.parametrize("day", ["2026-03-01", "2026-02-10"])
def test_mixtures_say_of_everybody_what_the_segments_say(method, day):
    formed = formed_by(method)
    model = model_from(text_of(model_by(method)))
    as_of = pl.Series([day]).str.to_date()[0]
    seen = behaviour_for(model, rows_of().lazy(), as_of=as_of)
    expected = memberships(formed, seen)
    table, _ = place(model, seen)
    found = table.drop_nulls("segment").sort("entity")
    # The segments hold single precision, the model double: 1e-12 is asked of the same numbers.
    chances = model.membership(model.scaling(placing.numbers_like(seen, model.held)[0]))
    inner = formed.found.rule(formed.found.scaling(placing.numbers_like(seen, model.held)[0]))
    assert np.abs(chances - inner).max() <= 1e-12
    assert found["probability"].to_numpy() == pytest.approx(expected.max(axis=1), abs=1e-6)
    if day == "2026-03-01":
        told = {one.entity: (one.segment or None, one.name) for one in standing(formed)}
        assert dict(zip(table["entity"], table.select("segment", "name").rows())) == told  # noqa: B905


@pytest.mark.parametrize("method", ["linkage", "ward", "density"])
def test_others_agree_with_their_neighbours(method):
    formed, model = formed_by(method), model_by(method)
    labels = {one.entity: one.segment for one in standing(formed)}
    table, _ = place(model, formed.behaviour)
    same = [
        labels[entity] == (ident or "") for entity, ident in table[["entity", "segment"]].rows()
    ]
    assert np.mean(same) > 0.97
    assert model.agreement >= 0.97


@pytest.mark.parametrize("method", METHODS)
def test_no_number_of_anybody_is_in_it(method):
    formed = formed_by(method)
    text = text_of(model_by(method))
    numbers = {float(one) for one in _numbers(json.loads(text)["model"])}
    matrix = formed.inputs.matrix
    scaled = formed.found.scaling(matrix)
    bent = matrix * formed.inputs.scales + formed.inputs.centres
    # The median of a feature is the value of one of them or two, nobody knows whose.
    medians = {float(np.median(column)) for table in (matrix, bent) for column in table.T}
    told = 0
    for table in (scaled, matrix, bent):
        for column in table.T:
            values, counts = np.unique(column, return_counts=True)
            own = {float(one) for one in values[counts < 10]} - medians
            assert not numbers & own
            told += len(own)
    assert told > 500
    assert not [one for one in formed.behaviour.frame["entity"] if one in text]


def _numbers(told):
    match told:
        case dict():
            return [one for value in told.values() for one in _numbers(value)]
        case list():
            return [one for value in told for one in _numbers(value)]
        case int() | float():
            return [told]
    return []


def test_what_few_have_is_not_looked_at():
    """Of three who ever tried again, scale and typical value would tell."""
    rows = rows_of().with_columns(
        retry_of=pl.when(pl.col("user_id").is_in(["u001", "u002", "u003"])).then(pl.lit("x"))
    )
    seen = behaviour(rows.lazy(), days=28, features=[*FEATURES, "retries"])
    formed = form(seen, method="mixture", k=2)
    assert "retries" not in text_of(model_of(formed, days=28))
    assert dict(formed.inputs.left_out)["retries"] == "the same for all but fewer than 10 entities"
    assert "retries" in [one.name for one in inputs_of(seen).features]
    assert "retries" in [one.name for one in inputs_of(seen, fewest=3).features]


def test_a_segment_of_few_is_not_written_down():
    rows = rows_of().filter((pl.col("user_id") < "u100") | (pl.col("user_id") > "u119"))
    odd = rows_of(users=6).with_columns(
        pl.col("user_id").str.replace("u", "odd"), cost_usd=pl.col("cost_usd") * 1e4
    )
    seen = behaviour(pl.concat((rows, odd)).lazy(), days=28, features=FEATURES)
    formed = form(seen, method="k-means", k=3)
    assert min(formed.found.sizes) == 6
    model = model_of(formed, days=28)
    assert place(model, seen)[0]["segment"].n_unique() == 4  # three and none
    with pytest.raises(DataError, match="formed of fewer than 10 entities, of whom it would tell"):
        text_of(model)
    assert beside(formed, days=28) == {}
    assert list(beside(formed, days=28, smallest_cell=6)) == ["model.json"]


def test_noise_of_few_is_not_written_down():
    """From the mean of all, and those of the segments, theirs would follow."""
    formed = formed_by("density")
    labels = formed.found.labels.copy()
    labels[labels < 0] = 0
    for noise, kept in ((0, True), (9, False), (10, True)):
        some = labels.copy()
        some[np.flatnonzero(labels == 0)[:noise]] = -1
        sizes = tuple(np.bincount(some[some >= 0]).tolist())
        other = replace(formed, found=replace(formed.found, labels=some, sizes=sizes))
        assert bool(beside(other, days=28)) is kept


def test_sessions_and_numbers_of_the_context_come_back():
    rng = np.random.default_rng(8)
    rows = rows_of().with_row_index("n").with_columns(session_id=pl.format("s{}", pl.col("n") // 9))
    rows = rows.with_columns(ctx_age=pl.Series(rng.integers(20, 60, rows.height)))
    for entity, options in (("session_id", {}), ("user_id", {"context": True})):
        seen = behaviour(rows.lazy(), entity, days=28, features=FEATURES, **options)
        formed = form(seen, method="mixture", k=2)
        model = model_from(text_of(model_of(formed, days=28)))
        assert ("ctx_age" in [one.name for one in model.features]) == bool(options)
        again = behaviour_for(model, rows.lazy())
        assert again.few == seen.few
        assert place(model, again)[0].equals(place(model, seen)[0])


def test_one_cloud_has_no_model():
    seen = behaviour(planted(kinds=1, users=80).lazy(), days=28, features=FEATURES)
    formed = form(seen)
    assert beside(formed, days=28) == {}
    with pytest.raises(DataError, match="one cloud"):
        model_of(formed, days=28)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda text: text[:-40], "no model of segments"),
        (lambda _: "[]", "no model of segments"),
        (lambda _: "{}", "no model of segments"),
        (lambda text: text.replace('"version": 1', '"version": 2'), "has version 2, expected 1"),
        (lambda text: text.replace('"days": 28', '"days": 29'), "its checksum is another"),
        (lambda text: written(text, mixture={}), "cannot be read: KeyError"),
        (lambda text: written(text, first="soon"), "cannot be read: ValueError"),
    ],
)
def test_a_model_that_is_none_is_refused(spoil, says):
    with pytest.raises(DataError, match=says):
        model_from(spoil(text_of(model_by("mixture"))))


def test_a_model_of_other_features_is_refused():
    text = text_of(model_by("mixture"))
    features = json.loads(text)["model"]["features"]
    features[0]["definition"]["least"] = 99
    with pytest.raises(DataError, match="least was 99, and is 5") as refused:
        model_from(written(text, features=features))
    assert "--anew" in refused.value.remedy
    features[0]["name"] = "charm"
    with pytest.raises(DataError, match="'charm', which is looked at no more"):
        model_from(written(text, features=features))
    demanded = [{"name": "per_day", "definition": {"least": 1}}]
    with pytest.raises(DataError, match="means something else by 'per_day'"):
        model_from(written(text, demanded=demanded))


def test_blocks_make_no_difference(monkeypatch):
    model, seen = model_by("linkage"), formed_by("linkage").behaviour
    whole, drift = place(model, seen)
    monkeypatch.setattr(placing, "BLOCK", 7)
    parts, again = place(model, seen)
    assert parts.drop("probability").equals(whole.drop("probability"))
    assert (parts["probability"] - whole["probability"]).abs().max() < 1e-12
    assert (drift.beyond, drift.unlike) == (again.beyond, again.unlike)


def test_far_is_what_so_many_of_those_who_formed_them_were():
    """Distances worked out one by one, against centres that are means of members."""
    formed, model = formed_by("k-means"), model_by("k-means")
    scaled = formed.found.scaling(formed.inputs.matrix)
    centres = [scaled[formed.found.labels == at].mean(axis=0) for at in range(2)]
    distances = [min(np.linalg.norm(row - centre) for centre in centres) for row in scaled]
    assert sum(one > model.far.distance for one in distances) == 10  # 1 % of 120 would be one
    assert model.far.share == pytest.approx(10 / 120, abs=0.005)


def test_others_of_the_same_kind_are_not_unlike_and_dearer_ones_are():
    model = model_by("mixture")
    like, drift = place(model, behaviour_for(model, rows_of(users=60).lazy()))
    assert not drift.unlike
    assert drift.low <= drift.beyond / drift.entities <= drift.high
    assert like["segment"].drop_nulls().n_unique() == 2
    dear = rows_of().with_columns(pl.col("cost_usd") * 50)
    _, drift = place(model, behaviour_for(model, dear.lazy()))
    assert drift.unlike
    assert [one.label for one in drift.shifts] == ["cost per interaction"]
    assert drift.shifts[0].by > 1
    assert drift.low > 2 * drift.then


def test_a_feature_that_is_known_of_fewer_is_told_and_one_that_is_gone_refused():
    model = model_by("mixture")
    some = pl.when(pl.col("user_id") < "u040").then(pl.col("cost_usd"))
    _, drift = place(model, behaviour_for(model, rows_of().with_columns(cost_usd=some).lazy()))
    (gap,) = drift.unknown
    assert gap.label == "cost per interaction"
    assert gap.now == pytest.approx(80 / 120)
    assert gap.then == 0
    with pytest.raises(DataError, match="cost per interaction formed the segments and is not"):
        place(model, behaviour_for(model, rows_of().drop("cost_usd").lazy()))


def test_entities_of_whom_too_little_is_known_are_those_of_the_report():
    rows = rows_of()
    seen = behaviour(rows.lazy(), days=28, features=[*FEATURES, "days_per_week", "per_day"])
    formed = form(seen, method="k-means", k=2)
    model = model_of(formed, days=28)
    assert set(model.demanded) <= {"days_per_week", "per_day"}
    assert behaviour_for(model_from(text_of(model)), rows.lazy()).few == seen.few


def test_certainty_rises_with_probability_and_is_not_told_of_what_few_had():
    model = model_by("mixture")
    for one in model.segments:
        steps = [(step.above, step.certainty) for step in one.sureness]
        assert steps == sorted(steps)
    held = replace(
        model,
        segments=tuple(
            replace(one, sureness=tuple(replace(step, above=2.0) for step in one.sureness))
            for one in model.segments
        ),
    )
    assert place(held, formed_by("mixture").behaviour)[0]["certainty"].null_count() == 132
    sure = place(model, formed_by("mixture").behaviour)[0].drop_nulls("segment")["certainty"]
    assert sure.null_count() < 20
    assert sure.min() > 0.9


def test_days_of_the_model_are_those_that_formed_it():
    model = model_by("mixture")
    assert (model.last - model.first).days == 27
    assert model.last > BEGIN.date()
