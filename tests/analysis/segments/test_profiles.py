"""Profiles: names that stay, segments that go on, members that no page gives away."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
import pytest

from assay.analysis.segments.profiles import (
    Word,
    continued,
    movement_between,
    named,
    profile_segments,
)
from assay.core.result import record
from assay.features.behaviour import BEHAVIOURS, Inputs
from assay.stats.segmenting import segment
from assay.stats.segmenting.structure import Structure

GROUPS = Structure(verdict="clear", p_value=0.01, strength=9.0, shown_by="", draws=99, rows=0)
FEATURES = tuple(one for one in BEHAVIOURS if one.name in {"days_per_week", "cost", "nights"})


@dataclass
class Given:
    """As much of behaviours as profiles ask for."""

    frame: pl.DataFrame


def inputs(matrix):
    return Inputs(
        matrix=matrix,
        features=FEATURES,
        centres=np.zeros(3),
        scales=np.ones(3),
        filled=(0.0,) * 3,
        left_out=(),
    )


def made(seed=1, share=0.5, shift=0.0):
    rng = np.random.default_rng(seed)
    group = rng.random(300) < share
    matrix = rng.normal(size=(300, 3))
    matrix[:, 0] += 4 * group + shift
    matrix[:, 1] += 1.2 * group
    frame = pl.DataFrame({one.name: np.exp(matrix[:, at]) for at, one in enumerate(FEATURES)})
    found = segment(matrix, k=2, method="mixture", seed=1)
    return Given(frame), inputs(matrix), replace(found, structure=GROUPS)


@pytest.fixture(scope="module")
def given():
    return made()


@pytest.fixture(scope="module")
def told(given):
    return profile_segments(*given, seed=1)


def by_name(result, name):
    return next(one for one in result.profiles if one.name == name)


def test_segments_are_called_for_what_they_differ_in(told):
    first, second = FEATURES[0], FEATURES[1]
    names = {one.name for one in told.profiles}
    assert names == {f"{first.high}, {second.high}", f"{first.low}, {second.low}"}
    assert told.claims == 4
    trait = told.profiles[0].traits[0]
    assert trait.feature == first.name
    assert trait.kind in {"defines", "defines and goes along"}
    assert "goes along" in told.profiles[0].traits[1].kind
    assert told.profiles[0].traits[2].kind == "a cut only"


def test_own_units_are_those_of_the_frame(given, told):
    behaviour, _, found = given
    trait = told.profiles[0].traits[0]
    values = behaviour.frame[trait.feature].to_numpy()
    expected = values[found.labels == 0].mean()
    assert trait.inside == pytest.approx(expected, rel=0.1)
    assert trait.difference.low < trait.inside - trait.outside < trait.difference.high


def test_where_there_are_no_groups_nothing_is_claimed_and_the_parts_have_numbers(given):
    behaviour, numbers, found = given
    none = replace(found, structure=replace(GROUPS, verdict="none", p_value=0.5))
    result = profile_segments(behaviour, numbers, none, seed=1)
    assert result.claims == 0
    assert [one.name for one in result.profiles] == ["typical", "typical (2)"]


def test_one_segment_has_a_size_and_nothing_to_be_set_apart_from(given):
    behaviour, numbers, _ = given
    one = segment(numbers.matrix, k=1)
    result = profile_segments(behaviour, numbers, one, seed=1)
    assert result.profiles[0].traits == ()
    assert result.profiles[0].n == 300


def test_typical_members_have_codes_and_two_digits(told):
    exemplar = told.profiles[0].exemplars[0]
    assert exemplar.code == "s1.1"
    for value in exemplar.values:
        assert value.value == float(f"{value.value:.1e}")
    assert exemplar.certainty > 0.8


def test_of_fewer_than_k_nothing_is_told():
    rng = np.random.default_rng(3)
    matrix = rng.normal(size=(120, 3))
    matrix[:6, 0] += 12
    behaviour = Given(pl.DataFrame({one.name: matrix[:, 0] for one in FEATURES}))
    found = replace(segment(matrix, k=2, method="mixture", seed=1), structure=GROUPS)
    assert found.sizes[1] == 6
    small = profile_segments(behaviour, inputs(matrix), found, seed=1).profiles[1]
    assert small.n is None
    assert small.share is None
    assert small.traits == small.exemplars == small.centre == ()


def test_the_same_data_are_the_same_report_and_the_record_is_plain(given, told):
    assert profile_segments(*given, seed=1) == told
    assert "s1" in str(record(told, kind="profiles"))


def test_a_later_report_goes_on_with_idents_and_names(told):
    later = profile_segments(*made(seed=2, share=0.42), previous=told, seed=1)
    for one in told.profiles:
        other = by_name(later, one.name)
        assert other.ident == one.ident
        assert other.drift.change == "same"
    assert later.gone == ()
    assert later.numbers == 2


def test_a_moved_centre_is_beyond_chance(told):
    later = profile_segments(*made(seed=2, shift=0.9), previous=told, seed=1)
    drifts = [one.drift for one in later.profiles]
    assert all(one.change == "beyond chance" and one.moved == FEATURES[0].name for one in drifts)
    assert all(one.by.low > 0 for one in drifts)


def test_a_new_segment_takes_a_number_that_none_had(told):
    shared = np.array([[0, 100, 0], [0, 0, 90]])
    identity = continued(told, [(), (), ()], shared)
    assert identity.idents == ("s3", "s1", "s2")
    assert identity.numbers == 3


def word(key, text, effect, *, claimed=True):
    return Word(key=key, text=text, effect=effect, claimed=claimed)


def test_names_are_the_largest_claimed_effects():
    (name, keys), *_ = named(
        [
            [
                word("a+", "frequent", 2.0),
                word("b-", "cheap", -3.0),
                word("c+", "mostly nights", 1.0, claimed=False),
                word("d+", "", 9.0),
                word("e+", "watched", 0.6),
                word("f+", "satisfied", 0.55),
                word("g+", "cached", 0.4),
            ]
        ]
    )
    assert name == "cheap, frequent, watched"
    assert keys == ("b-", "a+", "e+")


def test_two_segments_never_share_a_name():
    one, other = [word("a+", "frequent", 2.0)], [word("a+", "frequent", 1.0)]
    assert [name for name, _ in named([one, other])] == ["frequent", "frequent (2)"]
    more = [*other, word("b+", "costly", 0.2)]
    assert [name for name, _ in named([one, more])] == ["frequent", "frequent, costly"]
    assert [name for name, _ in named([[], [], []])] == ["typical", "typical (2)", "typical (3)"]


def test_a_small_shift_renames_nobody_and_a_turn_does():
    before = named([[word("a+", "frequent", 0.7), word("b+", "costly", 0.6)]])
    assert before[0][0] == "frequent, costly"
    shifted = [[word("a+", "frequent", 0.5), word("b+", "costly", 0.62), word("c+", "new", 0.8)]]
    assert named(shifted)[0][0] == "new, costly, frequent"
    assert named(shifted, [before[0][1]])[0][0] == "frequent, costly"
    turned = [[word("a-", "rare", -0.7), word("b+", "costly", 0.62)]]
    assert named(turned, [before[0][1]])[0][0] == "rare, costly"
    assert named([[word("a+", "frequent", 0.2)]], [("a+",)])[0][0] == "typical"


def test_who_had_a_name_keeps_it_before_a_new_one_takes_it():
    both = [[word("a+", "frequent", 3.0)], [word("a+", "frequent", 1.0)]]
    assert [name for name, _ in named(both, [None, ("a+",)])] == ["frequent (2)", "frequent"]


def test_flows_of_few_are_not_told_nor_what_they_could_be_worked_out_from():
    before = np.repeat(np.eye(2), [60, 40], axis=0)
    after = before.copy()
    after[:3] = [0, 1]
    names = [f"u{at}" for at in range(100)]
    found = movement_between(names, before, [*names[:99], "new"], after, ["one", "two"])
    assert found.entities is found.only_before is found.only_after is None
    assert found.moved_seen is None
    hidden = {(one.before, one.after) for one in found.flows if one.seen is None}
    assert ("one", "two") in hidden
    assert len(hidden) > 1


def test_flows_of_many_are_told():
    before = np.repeat(np.eye(2), [60, 40], axis=0)
    after = before.copy()
    after[:20] = [0, 1]
    names = [f"u{at}" for at in range(100)]
    found = movement_between(names, before, names, after, ["one", "two"])
    assert found.moved_seen == pytest.approx(0.2)
    assert found.verdict == "movement"
    assert found.flows[1].flow.value == pytest.approx(0.2, abs=1e-6)
