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


def test_that_not_all_were_looked_at_is_said_where_it_is_so(two):
    profiles = two["profiles"]
    assert (profiles["measured"], profiles["looked"], profiles["entities"]) == (120, 120, 120)
    assert "at random" not in words.profile_head(two)[1] + words.certainty_head(two)[1]
    many = {**two, "profiles": profiles | {"entities": 20_000, "measured": 10_000, "looked": 5_000}}
    assert "10 000 users drawn at random. What" in plain(words.profile_head(many)[1])
    assert "5 000 users drawn at random." in plain(words.certainty_head(many)[1])


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


def test_four_that_were_asked_for_are_not_called_found(two):
    asked = copy.deepcopy(two) | {"asked": True}
    head = report.brief(asked)
    assert head.title.startswith("120 users are more than one cloud, cut into two as asked: “")
    assert "asked, not found" in head.decision.text
    assert head.state == "as asked"


@pytest.mark.parametrize(
    ("shares", "ends"),
    [
        ([(2, 0.4), (3, 0.6)], "two here, two to three in halves"),
        ([(3, 1.0)], "two here, three in halves"),
        ([(2, 0.5), (3, 0.5)], None),
    ],
)
def test_a_number_that_halves_do_not_come_to_is_open(two, shares, ends):
    other = copy.deepcopy(two)
    other["k_shares"] = [{"k": k, "share": share} for k, share in shares]
    head = report.brief(other)
    if ends is None:
        assert head.state == "clear"
    else:
        assert (
            head.title == f"120 users are more than one cloud, but how many kinds is open: {ends}"
        )
        assert (head.state, head.decision.tone) == ("number open", "attention")


def test_members_that_are_not_sure_make_soft_borders(two):
    soft = copy.deepcopy(two)
    soft["profiles"]["profiles"][0]["certainty"] = 0.55
    head = report.brief(soft)
    assert head.title.startswith("Two kinds of users, with soft borders: ")
    assert head.decision.title == "Look before you build on them"


def test_low_certainty_and_halves_that_disagree_are_headings_too(two):
    low = copy.deepcopy(two) | {"sure": None}
    for at, certainty in enumerate((0.09, 0.96)):
        low["profiles"]["profiles"][at]["certainty"] = certainty
    low["certainty"][0]["bands"][0]["members"] -= 20
    section, figure = report.certainty_blocks(low)
    assert plain(section.heading).startswith(
        "Mean certainty is 9 % in the least sure segment, 96 %"
    )
    assert "in a random sample" in figure.caption
    assert "in a random sample" not in report.certainty_blocks(two)[1].caption
    low["k_shares"] = [{"k": 3, "share": 0.6}, {"k": 4, "share": 0.4}]
    section, table = report.k_blocks(low)
    assert section.heading == "No random half of the users comes to two segments"
    assert len(table.rows) == 2
    low["k_shares"] = [{"k": 2, "share": 1.0}]
    (section,) = report.k_blocks(low)
    assert section.heading == "Random halves of the users all say two segments, too"


def test_of_many_segments_the_title_names_the_largest(two):
    many = copy.deepcopy(two)
    many["profiles"]["profiles"] *= 2
    assert re.match(
        r"Four kinds of users, clearly set apart: the largest is “[^“]+” \([^(]+\)$",
        words.title(many),
    )


def test_each_difference_of_two_segments_is_told_once_in_one_unit(two):
    table = next(b for b in report.profile_blocks(two) if isinstance(b, Table))
    labels = [row[0] for row in table.rows]
    assert len(labels) == len(set(labels)) == two["profiles"]["behaviours"]
    first = two["profiles"]["profiles"][0]["traits"][0]
    other = next(
        trait
        for trait in two["profiles"]["profiles"][1]["traits"]
        if trait["feature"] == first["feature"]
    )
    assert first["effect"]["value"] == pytest.approx(-other["effect"]["value"])
    cheap = copy.deepcopy(two)
    for at, mean in enumerate((0.00192, 0.0236)):
        cheap["profiles"]["profiles"][at]["traits"][0] |= {
            "label": "cost", "unit": "USD", "inside": mean, "outside": 0.0,
        }  # fmt: skip
    table = next(b for b in report.profile_blocks(cheap) if isinstance(b, Table))
    assert next(row[1:3] for row in table.rows if row[0] == "Cost") == ("$0.00192", "$0.0236")


def test_bounds_are_words_and_no_lead_starts_small(two):
    bound = copy.deepcopy(two)
    bound["certainty"][0]["bands"] = [
        {"above": 0.9, "below": 1.0, "members": None, "share": None, "at_least": 0.98}
    ]
    bound["sure"] = {"certainty": 0.9, "share": 0.98, "exact": False}
    section, figure = report.certainty_blocks(bound)
    assert plain(section.heading).startswith("At least 98 % of members")
    assert "over 98 % at 90 to 100 %" in plain(figure.alt)
    flows = bound["flows"]
    flows |= {"moved": None, "moved_seen": None, "p_value": None, "at_most": 0.01}
    flows["stayed"][0] |= {"share": None, "at_least": 0.98}
    for one in flows["flows"][:2]:
        one |= {"seen": None, "flow": None, "of_before": None}
    section, figure = report.flow_blocks(bound)
    assert ". At most 1 % were seen to change; errors" in plain(section.lead)
    assert "(p" not in section.lead
    assert f"over 98 % stayed in {flows['stayed'][0]['name']}" in plain(figure.alt)
    drawn = [row["figure"] for row in rows_of(figure.chart, layer=1)]
    assert drawn == ["over 98", "×", "0", "100"]
    flows |= {"at_most": None, "entities": None, "verdict": "movement"}
    assert report.flow_blocks(bound)[0].heading == "Users changed their segment"
    assert report.flow_blocks(bound)[0].lead.startswith("Users known in both periods")
    assert ". Errors of assignment alone" in report.flow_blocks(bound)[0].lead


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
