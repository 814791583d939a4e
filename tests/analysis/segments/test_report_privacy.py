"""Whoever has the whole record cannot work out a number of 1 to k − 1 entities from it."""

from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import numpy as np
import polars as pl
import pytest

from analysis.segments.test_report import FEATURES, of_kinds, planted
from assay.analysis.segments.profiles import profile_segments
from assay.analysis.segments.report import report_segments
from assay.analysis.segments.rules import assess_rules
from assay.core.result import record
from assay.core.segment_rules import Condition, SegmentRule
from assay.features.behaviour import behaviour_before
from assay.features.behaviour.evidence import evidence

K = 10
UNSURE, NOISE, FEW, UNKNOWN, MOVED, NEW = 3, 5, 7, 4, 2, 6


def counts_in(told):
    """Every number of entities in a record, but those of the sections on rules."""
    found = [told["entities"], told["few"], told["formed_of"], told["noise"]]
    found.append(told["tested"]["rows"])
    profiles = told["profiles"]["profiles"]
    found += [told["profiles"]["entities"], *(one["n"] for one in profiles)]
    found += [band["members"] for row in told["certainty"] for band in row["bands"]]
    flows = told["flows"]
    found += [flows["entities"], flows["only_before"], flows["only_after"]]
    found += [one["n"] for one in flows["stayed"]]
    return {one for one in found if one is not None}


def shares_in(told):
    """Every share of entities that is not a bound in whole percent."""
    found = [told["few_share"]] + [one["filled"] for one in told["features"]]
    found += [band["share"] for row in told["certainty"] for band in row["bands"]]
    flows = told["flows"]
    found += [one["seen"] for one in flows["flows"]] + [flows["moved_seen"]]
    found += [one["share"] for one in flows["stayed"]]
    if told["sure"] and told["sure"]["exact"]:
        found.append(told["sure"]["share"])
    return {one for one in found if one is not None}


def worked_out(told):
    """Numbers of 1 to k − 1 by differences of counts, sums of parts, and shares times counts."""
    counts = counts_in(told)
    parts = [
        [one["n"] for one in told["profiles"]["profiles"]],
        *([band["members"] for band in row["bands"]] for row in told["certainty"]),
        [one["n"] for one in told["flows"]["stayed"]],
    ]
    sums = {sum(part) for part in parts if None not in part}
    found = {abs(a - b) for a, b in combinations(counts | sums, 2)} | counts
    whole = {n for n in counts | sums if n >= 50}  # what shares are of
    for share in shares_in(told):
        for n in whole:
            for part in (share * n, (1 - share) * n):
                # A share of three digits tells a count of fewer than 500 to within a half.
                if abs(part - round(part)) <= 0.0005 * n + 1e-9:
                    found.add(round(part))
    return {n for n in found if 0 < n < K}


@pytest.fixture(scope="module")
def rows():
    return planted()


def reported(rows, rare, *, smallest_cell=K):
    """The report on two kinds with a few whom `rare` names."""
    formed = of_kinds(2)
    behaviour, found, sized, inputs = formed.behaviour, formed.found, formed.sized, formed.inputs
    before, _ = behaviour_before(rows.lazy(), behaviour, features=FEATURES)
    first = np.flatnonzero(found.labels == 0)
    if "unsure" in rare:
        certainty = np.full(len(found.labels), 0.99)
        certainty[first[:UNSURE]] = 0.72
        sized = replace(sized, certainty=certainty)
    if "noise" in rare:
        labels = found.labels.copy()
        labels[first[:NOISE]] = -1
        sizes = tuple(int((labels == at).sum()) for at in range(2))
        found = replace(found, labels=labels, sizes=sizes)
    if "few" in rare:
        behaviour = replace(behaviour, few=behaviour.few[:FEW])
    if "unknown" in rare:
        inputs = replace(inputs, filled=(UNKNOWN / 120, *inputs.filled[1:]))
    if "moved" in rare:
        swapped = {"u000": "u001", "u001": "u000", "u002": "u003", "u003": "u002"}
        before = replace(before, frame=before.frame.with_columns(pl.col("entity").replace(swapped)))
    if "new" in rare:
        before = replace(
            before,
            **{
                name: getattr(before, name).filter(pl.col("entity") >= f"u{NEW:03}")
                for name in ("frame", "sums", "profile")
            },
        )
    profiles = profile_segments(
        behaviour, inputs, found, told=sized, smallest_cell=smallest_cell, seed=1
    )
    changed = replace(
        formed, behaviour=behaviour, found=found, sized=sized, inputs=inputs, profiles=profiles
    )
    told = report_segments(changed, before=before, smallest_cell=smallest_cell)
    return record(told, kind="segments")


@pytest.mark.parametrize(
    ("rare", "number"),
    [
        ("unsure", UNSURE),
        ("noise", NOISE),
        ("few", FEW),
        ("unknown", UNKNOWN),
        ("moved", MOVED),
        ("new", NEW),
    ],
)
def test_no_small_number_can_be_worked_out(rows, rare, number):
    assert number in worked_out(reported(rows, {rare}, smallest_cell=1))  # the attack works
    assert worked_out(reported(rows, {rare})) == set()


def test_nor_where_all_of_it_comes_together(rows):
    told = reported(rows, {"unsure", "noise", "few", "unknown", "moved", "new"})
    assert worked_out(told) == set()
    assert told["noise"] is None
    assert sum(one["n"] is None for one in told["profiles"]["profiles"]) == 1
    assert all(one["traits"] for one in told["profiles"]["profiles"])


def test_what_cannot_be_told_exactly_has_a_bound(rows):
    told = reported(rows, {"unsure", "moved"})
    unsure, sure = (row["bands"] for row in told["certainty"])
    assert [(one["above"], one["members"], one["at_least"]) for one in unsure] == [
        (0.9, None, 0.83)
    ]
    assert [(one["above"], one["members"], one["at_least"]) for one in sure] == [(0.9, 60, None)]
    assert told["sure"] == {"certainty": 0.9, "share": 0.91, "exact": False}  # (50 + 60) / 120
    flows = told["flows"]
    assert [(one["n"], one["share"], one["at_least"]) for one in flows["stayed"]] == [
        (60, None, 0.83)
    ] * 2
    assert flows["moved"] is flows["moved_seen"] is flows["p_value"] is None
    assert flows["at_most"] == 0.09  # 110 of 120 are 91.7 %


def test_a_mean_of_a_few_beside_zeros_is_theirs_and_is_not_told():
    """Two of 60 with a value of their own: mean and spread would tell how many they are."""
    formed = of_kinds(2)
    column, name = 0, formed.inputs.features[0].name
    matrix = formed.inputs.matrix.copy()
    inside = np.flatnonzero(formed.found.labels == 0)
    matrix[inside, column] = -1.0
    matrix[inside[:2], column] = -3.0
    inputs = replace(formed.inputs, matrix=matrix)
    behaviour = replace(
        formed.behaviour,
        frame=formed.behaviour.frame.with_columns(pl.Series(name, matrix[:, column] + 1)),
    )
    profiles = profile_segments(behaviour, inputs, formed.found, told=formed.sized, seed=1)
    first, second = profiles.profiles
    held = next(one for one in first.centre if one.feature == name)
    common = -1.0 * inputs.scales[column] + inputs.centres[column]
    assert (held.mean, held.spread) == (pytest.approx(common), 0.0)
    trait = next(one for one in first.traits if one.feature == name)
    other = next(one for one in second.traits if one.feature == name)
    assert trait.inside == other.outside == 0.0
    assert trait.difference is other.difference is None


def test_typical_members_are_nobody():
    """Each value lies between those of ten members, and is not any member's own."""
    formed = of_kinds(2)
    for place, one in enumerate(formed.profiles.profiles):
        assert 1 <= len(one.exemplars) <= 3
        mine = formed.behaviour.frame.filter(formed.found.labels == place)
        for value in one.exemplars[0].values:
            own = mine[value.feature]
            assert own.min() < value.value < own.max()


def rule(name, *conditions):
    return SegmentRule(
        name=name, describes="", conditions=conditions, least=0.8, place="rules.yaml:1"
    )


def test_rules_within_each_other_do_not_tell_of_the_few_between(rows):
    begin = rows["occurred_at"].min()
    first = {"a": 20, "b": 10, "c": 0}  # days before the last, of 60, 5 and 40 users
    users = [f"{kind}{at}" for kind, many in (("a", 60), ("b", 5), ("c", 40)) for at in range(many)]
    log = pl.DataFrame({
        "user_id": users,
        "occurred_at": [begin - timedelta(days=first[one[0]]) for one in users],
    })  # fmt: skip
    rules = [
        rule("long", Condition(measure="tenure_days", above=5)),
        rule("longest", Condition(measure="tenure_days", above=15)),
        rule("any", Condition(measure="tenure_days", above=-1)),
    ]
    counted = evidence(log.lazy(), ["tenure_days"])
    told = assess_rules(counted, rules, smallest_cell=K).segments
    naive = [one.naive for one in told if one.naive is not None]
    naive += [105 - n for n in naive]
    assert all(abs(a - b) >= K or a == b for a, b in combinations(naive, 2))
    for one in told:
        if one.members is None:
            assert one.others is None
            assert one.expected is None
            assert one.naive is None
    assert {one.name for one in told if one.naive is None} == {"longest"}


def test_rules_are_not_told_where_their_total_tells_how_few_lack_data(rows):
    formed = of_kinds(2)
    counted = evidence(
        rows.filter(pl.col("user_id") < "x007").lazy(), ["tenure_days"], as_of=None, days=28
    )
    rules = [rule("new", Condition(measure="tenure_days", below=15))]
    by_rule = assess_rules(counted, rules, smallest_cell=K)
    assert by_rule.entities == 127
    some = replace(formed, behaviour=replace(formed.behaviour, few=formed.behaviour.few[:7]))
    told = report_segments(some, rules=by_rule)
    assert told.rules is None
    assert "would tell of few" in told.rules_reason
    assert told.few is told.few_share is None
