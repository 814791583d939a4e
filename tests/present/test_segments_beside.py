"""Sections beside the segments: what is marked, withheld, left out, and what every sentence says."""

import copy

import pytest

from analysis.segments.test_beside import rows_of
from analysis.segments.test_report import of_kinds
from assay.analysis.segments.report import metrics_by_segment, report_segments, who_does_what
from assay.core.result import record
from assay.present import segments as report
from assay.present.blocks import Note, Section, Table
from assay.present.figures import Figure
from assay.present.prose.segments import compared, crossed
from present.test_segments_page import rows_of as drawn


@pytest.fixture(scope="module")
def told():
    rows, formed = rows_of(2), of_kinds(2)
    found = report_segments(
        formed,
        metrics=metrics_by_segment(formed, rows, ["rating", "success", "cost", "latency"]),
        uses=who_does_what(formed, rows),
    )
    return report.tell(record(found, kind="segments"))


def test_metrics_have_a_figure_each_and_one_table_of_differences(told):
    section, *blocks = report.metric_blocks(told)
    assert isinstance(section, Section)
    assert section.heading == (
        "Share of interactions that succeed differs between segments; mean rating and cost per "
        "interaction are not shown to"
    )
    assert sum(isinstance(one, Figure) for one in blocks) == 3
    for one in blocks:
        if isinstance(one, Figure):
            one.chart.to_dict()
            assert "[" in one.alt
    table = next(one for one in blocks if isinstance(one, Table))
    assert [row[-1] for row in table.rows] == [
        "had no say in the segments",
        "had no say in the segments",
        "formed them; nothing is claimed",
    ]
    notes = [one.text for one in blocks if isinstance(one, Note)]
    assert any("Cost per interaction formed the segments" in text for text in notes)
    assert any("latency (the data have no column latency_s)" in text for text in notes)


def test_every_segment_is_told_against_the_rest_where_there_are_more_than_two(told):
    three = copy.deepcopy(told)
    found = three["metrics"]["compared"]
    found["against_rest"] += [
        {**one, "one": "third"} for one in found["against_rest"] if one["one"] != "(other)"
    ][:3]
    table = next(b for b in report.metric_blocks(three) if isinstance(b, Table))
    assert table.columns[1][0] == "Segment"
    assert table.rows[0][1] == "s1"
    assert "s1 is “" in table.caption
    assert len(table.rows) == len(found["against_rest"])
    assert table.columns[-1][0] == "The metric"
    found["against_rest"].sort(key=lambda one: one["metric"])
    for one in found["against_rest"]:
        one["how"] = "placed by others"
    table = next(b for b in report.metric_blocks(three) if isinstance(b, Table))
    assert "The metric" not in [label for label, _ in table.columns]
    assert table.caption.endswith("each is measured without it.")
    idents = {one["ident"] for one in three["profiles"]["profiles"]}
    assert {row[1] for row in table.rows} <= idents | {"third"}
    metrics = [row[0] for row in table.rows if row[0]]
    assert len(metrics) == len(set(metrics))  # each is named once, where its rows begin


def test_the_sections_say_why_not_and_are_left_out_where_nothing_was_asked_for(told):
    bare = copy.deepcopy(told)
    bare["metrics"].update(compared=None, reason="no metric is known of enough members")
    bare["uses"].update(crossed=None, reason="the data do not say what somebody is")
    section = report.metric_blocks(bare)[0]
    assert section.lead == "No metric is known of enough members."
    assert report.cross_blocks(bare)[0].lead == "The data do not say what somebody is."
    bare["metrics"]["reason"] = bare["uses"]["reason"] = ""
    assert report.metric_blocks(bare) == report.cross_blocks(bare) == ()


def test_tables_of_two_columns_are_grids_with_what_they_say_in_words(told):
    section, *grids = report.cross_blocks(told)
    assert section.heading.startswith("User type and workflow go closely together (V 1.00")
    assert len(grids) == 3
    assert grids[0].caption.startswith("Workflows of each user type: shares of the row in percent")
    assert "paying: mostly planning 100" in grids[0].alt


def test_what_is_withheld_is_crossed_out_and_said(told):
    hidden = copy.deepcopy(told)
    table = hidden["uses"]["crossed"]["tables"][0]
    for cell in table["cells"][:2]:
        cell.update(persons=None, share=None)
    grid = report.cross_blocks(hidden)[1]
    assert "A cross: fewer than 10 users" in grid.caption
    cells = drawn(grid.chart, layer=3)
    assert len(cells) == 2
    assert all(row["figure"] == "" for row in cells)


def test_findings_are_sentences_with_their_size(told):
    titles = {one["key"].split("/")[0]: one["title"] for one in told["findings"]}
    assert titles["metric"].startswith("Share of interactions that succeed is ")
    assert "than in all others together" in titles["metric"]
    assert titles["crosstab"].startswith("User type and workflow go together (V ")


def test_one_table_of_two_columns_that_do_not_go_together_is_said_so(told):
    apart = copy.deepcopy(told)
    for one in apart["uses"]["crossed"]["tables"]:
        one["associated"] = False
    assert "go their own ways" in crossed.cross_head(apart)[0]
    none = copy.deepcopy(told)
    for one in (
        *none["metrics"]["compared"]["pairs"],
        *none["metrics"]["compared"]["against_rest"],
    ):
        one["differs"] = False
    assert compared.metric_head(none)[0].endswith("are not shown to differ between segments")
    assert compared.metric_method(none)
    assert crossed.cross_method(none)


def test_a_heading_counts_metrics_that_are_too_many_to_be_named(told):
    many = copy.deepcopy(told)
    more = [{"name": f"m{at}", "label": f"mean of m{at}", "unit": "1"} for at in range(2)]
    many["metrics"]["metrics"] += more
    assert compared.metric_head(many)[0] == "One of five metrics differs between segments"
