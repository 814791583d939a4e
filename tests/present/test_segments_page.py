"""The page on segments: none, one, some; what is withheld is not said; what is drawn is recorded."""

import copy
import re

import pytest

from analysis.segments.test_report import FEATURES, of_kinds, planted
from assay.analysis.segments.report import report_segments
from assay.core.result import record
from assay.features.behaviour import behaviour_before
from assay.present import segments as report
from assay.present.blocks import Note, Section, Table
from assay.present.figures import Figure
from assay.present.format import SPACE
from assay.present.prose import segments as words
from assay.present.prose.segments.page import _drift

BLOCKS = (
    report.segment_blocks,
    report.profile_blocks,
    report.structure_blocks,
    report.k_blocks,
    report.certainty_blocks,
    report.flow_blocks,
    report.rule_blocks,
    report.trust_blocks,
)


def told(kinds):
    rows = planted(kinds=kinds).lazy()
    formed = of_kinds(kinds)
    before, reason = behaviour_before(rows, formed.behaviour, features=FEATURES)
    found = report_segments(formed, before=before, before_reason=reason)
    return report.tell(record(found, kind="segments"))


@pytest.fixture(scope="module")
def two():
    return told(2)


@pytest.fixture(scope="module")
def cloud():
    return told(1)


def rows_of(chart, *, layer):
    """The rows of one layer."""
    spec = chart.to_dict()
    data = spec["layer"][layer].get("data") or spec["data"]
    return data["values"] if "values" in data else spec["datasets"][data["name"]]


def plain(text):
    return re.sub(r"\s", " ", text)


def test_two_kinds_are_named_in_the_title_with_their_shares(two):
    head = report.brief(two)
    assert head.title.startswith("Two kinds of users, clearly set apart: ")
    assert head.title.count("[") == 2
    assert head.state == "clear"
    assert "of 12 more too little is known" in plain(head.subtitle)


def test_one_cloud_is_the_finding_and_has_no_segments_on_the_page(cloud):
    head = report.brief(cloud)
    assert head.title == "120 users form one cloud: no segments beyond chance"
    assert head.decision.title == "Treat users as one kind"
    for make in BLOCKS:
        if make in {report.structure_blocks, report.rule_blocks, report.trust_blocks}:
            assert make(cloud)
        else:
            assert make(cloud) == ()


def test_every_section_stands_and_speaks(two, cloud):
    for answer in (two, cloud):
        for make in BLOCKS:
            for at, block in enumerate(make(answer)):
                assert isinstance(block, (Section,) if at == 0 else (Figure, Table, Note))
                if isinstance(block, Figure):
                    assert block.alt
                    block.chart.to_dict()
        assert report.method_details(answer).blocks
        for one in answer["findings"]:
            assert not re.search(r"None|nan|\{", one["exact"])


def test_the_map_colours_what_is_claimed_and_prints_the_sign_of_all(two):
    figure = next(b for b in report.profile_blocks(two) if isinstance(b, Figure))
    cells = rows_of(figure.chart, layer=1)
    traits = [trait for one in two["profiles"]["profiles"] for trait in one["traits"]]
    assert len(cells) == len(traits)
    assert sum(cell["strength"] > 0 for cell in cells) == two["profiles"]["claims"]
    assert all(cell["figure"][0] in "+−0" for cell in cells)


def test_withheld_numbers_are_said_nowhere(two):
    hidden = copy.deepcopy(two)
    hidden["entities"] = hidden["few"] = hidden["few_share"] = None
    for one in hidden["profiles"]["profiles"]:
        one.update(n=None, share=None, certainty=None, traits=[])
    hidden["certainty"] = []
    head = report.brief(hidden)
    assert head.title == "Two kinds of users, clearly set apart"
    assert head.decision.facts[0].value == "users"
    assert "120" not in head.subtitle + head.subject
    assert report.profile_blocks(hidden) == ()
    assert report.segment_blocks(hidden)


def test_a_cut_that_was_asked_for_is_called_one(two):
    asked = copy.deepcopy(two)
    asked["tested"]["verdict"] = "none"
    asked["asked"] = True
    assert "cut into two as asked" in words.title(asked)
    weak = copy.deepcopy(two)
    weak["tested"]["verdict"] = "weak"
    assert "weakly set apart" in words.title(weak)
    assert report.brief(weak).decision.tone == "attention"


@pytest.mark.parametrize(
    ("behaviours", "says"),
    [
        (0, "Nothing sets these segments apart"),
        (1, "One behaviour sets the segments apart"),
        (2, "Two behaviours set the segments apart"),
    ],
)
def test_behaviours_that_differ_are_counted(two, behaviours, says):
    changed = copy.deepcopy(two)
    changed["profiles"]["behaviours"] = behaviours
    assert words.profile_head(changed)[0].startswith(says)


def test_what_became_of_a_segment_is_a_sentence():
    one = {"key": "segment/s1", "what": "frequent", "reason": "", "n": 50}
    size = {"value": 0.021, "low": 0.003, "high": 0.039}
    moved = _drift(one | {"state": "beyond chance", "size": size})
    assert plain(moved).startswith("“frequent” has changed its share by +2.1 points [+0.3, +3.9]")
    same = _drift(one | {"state": "beyond chance", "size": size | {"low": -0.01}})
    assert same == "“frequent” has moved since the earlier version"
    assert "came of a split" in _drift(one | {"state": "split", "size": None})
    assert SPACE in moved
