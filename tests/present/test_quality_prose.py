"""What a report on data quality says, for each thing that can be found."""

import json
import re
from functools import cache
from pathlib import Path

import jsonschema
import pytest

from assay.present import quality as report
from assay.present.blocks import Details, Mark, Note, Section, Table, Terms
from assay.present.figures import Figure
from present.quality_examples import records
from present.quality_numbers import unfounded_among

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "schemas" / "data-quality.result.json").read_text())
NAMES = ("clean", "no other tables", "price cut", "spoilt", "short", "one row", "bare")
every_result = pytest.mark.parametrize("name", NAMES)
METHOD = (28.0, 1.0, 2.0, 0.0, 50.0, 88.0, 22.0, 1993.0, 1983.0, 1927.0)
"""Numbers of the method itself, and of its references."""
EMPTY_WORDS = re.compile(
    r"\b(significant(ly)?|huge|dramatic(ally)?|clearly|very|great|strong(ly)?|massive)\b",
    re.IGNORECASE,
)


def plain(text):
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2212", "-")


def sections(told):
    return [
        report.fits_section(told),
        report.fits_table(told),
        *report.volume_blocks(told),
        *report.mix_blocks(told),
        *report.new_names_blocks(told),
        *report.costs_blocks(told),
        report.implausible_section(told),
        report.implausible_table(told),
        report.columns_section(told),
        report.columns_table(told),
        report.trust_section(told),
        report.trust_table(told),
        *report.remarks(told),
        report.method_details(told),
    ]


def texts(block):  # noqa: PLR0911
    match block:
        case Section():
            return [block.heading, block.lead]
        case Figure():
            return [block.caption, block.alt]
        case Note():
            return [block.text]
        case Table():
            cells = [c.text if isinstance(c, Mark) else c for row in block.rows for c in row]
            return [block.caption, *cells]
        case Terms():
            return [text for pair in block.pairs for text in pair]
        case Details():
            return [text for inner in block.blocks for text in texts(inner)]
    return [block]


def of_brief(found):
    card = found.decision
    tiles = [text for t in found.tiles for text in (t.value, t.interval, t.detail)]
    facts = [fact.value for fact in card.facts]
    return [found.title, found.subtitle, card.title, card.text, card.note, *facts, *tiles]


@cache
def blocks(name):
    return tuple(sections(report.tell(records()[name])))


@cache
def printed(name):
    told = report.tell(records()[name])
    said = [told_ for f in told["findings"] for told_ in (f["title"], f["plain"], f["exact"])]
    return [*of_brief(report.brief(told)), *said, *(t for b in blocks(name) for t in texts(b))]


TITLES = {
    "clean": r"Fit for all seven analyses",
    "no other tables": (
        r"Fit for 4 of 7 analyses; learning is not: it stands on the table attempts, "
        r"which was not given"
    ),
    "price cut": (
        r"Fit for all seven analyses; the price of model-a fell by 20 % on 13 July 2026|"
        r"Fit for all seven analyses; there are two changes of price"
    ),
    "spoilt": (
        r"Fit for 6 of 7 analyses; costs are not: 1 row of implausible cost holds \d\d(\.\d)? % "
        r"of all cost"
    ),
    "short": r"Fit for \w+ of (7|seven) analyses[;:] .+",
    "one row": r"Fit for none of seven analyses: .+",
    "bare": r"Fit for none of seven analyses: no row has a value in user_id or succeeded",
}


@every_result
def test_the_title_says_for_what_the_data_are_fit(name):
    assert re.fullmatch(TITLES[name], plain(report.brief(report.tell(records()[name])).title))


@every_result
def test_every_number_comes_from_the_record(name):
    told = report.tell(records()[name])
    assert unfounded_among(printed(name), told, also=METHOD) == {}


def test_a_number_of_nobody_is_noticed():
    told = report.tell(records()["clean"])
    texts_of_two = (f"{told['rows']} rows", "over 99 %, and 77.777 % of it")
    assert unfounded_among(texts_of_two, told) == {texts_of_two[1]: ["77.777"]}


@every_result
def test_the_record_keeps_to_its_schema(name):
    jsonschema.validate(records()[name], SCHEMA)


@every_result
def test_sentences_are_whole_and_say_nothing_empty(name):
    for text in printed(name):
        assert not EMPTY_WORDS.search(text), text
        assert "  " not in text, text
        assert ".." not in text.replace("…", ""), text
        assert not re.search(r"\bNone\b(?! of)|\b(nan|inf)\b", text), text
        assert not re.search(
            r"\bone (rows|days|persons|weeks)\b|\b1 (rows|days|persons)\b", text
        ), text


@every_result
def test_every_figure_says_what_it_shows(name):
    for block in blocks(name):
        if isinstance(block, Figure):
            assert len(block.alt) > 40
            assert block.spec()["description"] == block.alt


def test_what_is_spoilt_is_told():
    said = plain(" ".join(printed("spoilt")))
    for words in (
        "One row of implausible cost",
        "model-c",
        "latency_s is below 0",
        "Late",
        "the last row is 7 days old",
        "without rows that should have some",
        "7 (0.14 %)",
    ):
        assert words.lower() in said.lower(), words


def test_a_day_is_labelled_where_it_is_out_of_line():
    told = report.tell(records()["spoilt"])
    (figure,) = [b for b in report.volume_blocks(told) if isinstance(b, Figure)]
    assert "15 August: " in plain(json.dumps(figure.spec(), ensure_ascii=False))
    assert "15 August 2026 has 7" in plain(figure.alt)


def test_one_row_is_told_in_the_singular_and_for_nothing():
    told = report.tell(records()["one row"])
    assert plain(report.brief(told).subtitle).startswith("1 interaction of one person over one day")
    heading = report.fits_section(told).heading
    assert heading == "None of the seven analyses can be made from these data"
    ranges = [cell for row in report.columns_table(told).rows for cell in row[4:]]
    assert not [text for text in ranges if " to " in text and len(set(text.split(" to "))) == 1]


def test_what_is_too_little_for_shares_is_told_by_column():
    section, *figures = report.mix_blocks(report.tell(records()["short"]))
    assert not figures
    assert section.heading == "There is too little to compare shares"
    assert section.lead.startswith("Model: ")


def test_the_age_of_the_last_row_is_judged_against_a_given_day_only():
    late, unknown = (report.tell(records()[name]) for name in ("spoilt", "clean"))
    ages = [report.trust_table(told).rows[0][2] for told in (late, unknown)]
    assert [mark.text for mark in ages] == ["late", "not judged"]
    tiles = [report.brief(told).tiles[1] for told in (late, unknown)]
    assert [tile.number for tile in tiles] == [7.0, None]
    assert report.trust_section(unknown).heading == "Nothing was rejected, lost or doubled"


def test_days_without_rows_are_told_by_a_whole_sentence():
    told = report.tell(records()["spoilt"])
    assert re.search(
        r"\b(one day is|\w+ days are) without rows", report.trust_section(told).heading
    )


@every_result
def test_a_part_is_the_same_number_wherever_it_is_told(name):
    told = report.tell(records()[name])
    if told["costs"]["dear"]["count"]:
        (part,) = re.findall(r"hold\S* (\S+ %) of", plain(report.implausible_section(told).heading))
        costs = next(fit for fit in told["fits"] if fit["analysis"] == "costs")
        assert f"{part} of all cost" in plain(" ".join(costs["reasons"]))


def test_nothing_odd_is_said_of_what_was_judged_only():
    card = report.brief(report.tell(records()["one row"])).decision
    assert card.note == "Volume, mix and costs could not be judged."
    card = report.brief(report.tell(records()["clean"])).decision
    assert card.note == "Nothing odd was found in volume, mix or costs."


def test_new_names_are_counted_by_what_they_are():
    told = report.tell(records()["clean"])
    one = {"column": "agent_id", "value": "helper", "first": "2026-08-01", "rows": 40}
    for new, heading in (([one], "One new agent"), ([one, one], "Two new agents")):
        section, table = report.new_names_blocks({**told, "new_names": new})
        assert section.heading == heading
        assert table.rows[0][0] == "Agent"
