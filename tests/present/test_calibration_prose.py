"""The report on calibration keeps numbers with their units, and names methods shortly."""

import dataclasses
import re

import pytest

from assay.analysis.experiments.calibration import published
from assay.core.result import record
from assay.present import calibration as report
from assay.present.blocks import Note, Section, Table, Terms
from assay.present.prose import calibration as words

LOOSE = re.compile(r"\d (?:%|points?\b|s\b)")
"""A number that a line's end can part from its unit."""


@pytest.fixture(scope="module")
def answer():
    return report.tell(record(published(), kind="calibration"))


def _texts(answer):
    yield from _strings(dataclasses.asdict(report.brief(answer)))
    for finding in answer["findings"]:
        yield from (finding["title"], finding["plain"], finding["exact"])
    for make in (
        report.faults_blocks,
        report.fixed_blocks,
        report.formulas_blocks,
        report.looks_blocks,
        report.other_blocks,
    ):
        for block in make(answer):
            match block:
                case Section():
                    yield from (block.heading, block.lead)
                case Note():
                    yield block.text
                case Table():
                    yield block.caption
                    yield from _strings(block.as_json()["rows"])
                case _:
                    yield from (block.caption, block.alt)
    for block in words.method(answer):
        if isinstance(block, Terms):
            yield from (text for _, text in block.pairs)


def _strings(value):
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from _strings(inner)
        case list() | tuple():
            for inner in value:
                yield from _strings(inner)


def test_no_line_ends_between_a_number_and_its_unit(answer):
    found = list(_texts(answer))
    assert any("95\u00a0% zeros" in text for text in found)
    assert [text for text in found if LOOSE.search(text)] == []


@pytest.mark.parametrize(
    ("recorded", "said"),
    [
        ("Welch t 100 %", "Welch t"),
        ("score interval, skewness-corrected 84.8 %, refused 15.2 %", "Score interval"),
        (
            "Welch t 89.8 %, permutation of units, studentised 10.2 %",
            "Welch t 89.8\u00a0%, permutation 10.2\u00a0%",
        ),
        ("refused 100 %", "–"),
    ],
)
def test_who_answered_is_said_in_few_words(recorded, said):
    assert words.answered_by(recorded) == said


def test_names_of_methods_leave_room_for_the_figures(answer):
    """Of a column that is as wide as its heading, a word per line was left."""
    table = next(block for block in report.fixed_blocks(answer) if isinstance(block, Table))
    place = [label for label, _ in table.columns].index("Answered by")
    assert max(len(row[place]) for row in table.rows) <= 40
