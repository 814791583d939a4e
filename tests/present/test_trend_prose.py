"""What the report on trends says: every number is of the result, and each state has its words."""

import dataclasses
import re
from datetime import date

import numpy as np
import pytest

from analysis.trends.series_of import watched_of
from assay.analysis.trends import Question, assess
from assay.core.result import record
from assay.features.happenings import Happening
from assay.present import trends as report
from assay.present.blocks import Details, Note, Section, Table, Terms
from assay.present.figures import Figure
from assay.present.prose.trends.clauses import between, moved, near_between, periods, turned, when
from assay.present.trends_series import _mix

DAYS = 126
NUMBER = re.compile(r"(?<![\w.])(\d[\d\u202f]*(?:\.\d+)?)(?!\w)")
LOOSE = re.compile(r"\d (?:%|points?\b|s\b)")
SECTIONS = (
    report.changes_blocks,
    report.together_blocks,
    report.mix_blocks,
    report.tests_blocks,
    report.wholes_blocks,
    report.trust_blocks,
)


def answer_of(series, question=None, happenings=(), mix=None):
    question = question or Question(workers=1)
    return report.tell(record(assess(series, question, happenings, mix), kind="trend"))


def noisy(mean, *, seed, jump=0.0, at=80, days=DAYS, **more):
    rng = np.random.default_rng(seed)
    values = mean * (1 + jump * (np.arange(days) >= at) + rng.normal(0, 0.03, days))
    return watched_of(values, **more)


@pytest.fixture(scope="module")
def answer():
    group = {"group": (("agent_id", "planner"),)}
    deploy = Happening(
        first=date(2026, 3, 26), last=date(2026, 3, 26), kind="deploy", what="planner 2.1"
    )
    rng = np.random.default_rng(1)
    rows = [
        watched_of(
            rng.poisson(mean, DAYS).astype(float), metric="Rows", unit="count", total=True, low=0.0,
            group=(("agent_id", name),),
        )
        for name, mean in (("planner", 1500), ("writer", 300))
    ]  # fmt: skip
    return answer_of(
        [
            noisy(12.0, seed=1, jump=0.4, metric="Latency p50", unit="s", better="down", **group),
            noisy(0.1, seed=2, jump=0.5, metric="Errors", unit="share", better="down", **group),
            noisy(0.004, seed=3, metric="Cost", unit="USD", better="down", **group),
            watched_of(np.full(DAYS, 3.0), metric="Flat", **group),
            *rows,
        ],
        happenings=(deploy,),
        mix={"agent_id": rows},
    )


@pytest.fixture(scope="module")
def series_blocks(answer):
    return report.series_blocks(answer)


@pytest.fixture(scope="module")
def said(answer, series_blocks):
    return list(all_texts(answer, series_blocks))


def texts_of(block):
    match block:
        case Section():
            yield from (block.heading, block.lead)
        case Note() | Terms():
            yield from [block.text] if isinstance(block, Note) else (t for _, t in block.pairs)
        case Table():
            yield block.caption
            yield from (
                cell if isinstance(cell, str) else cell.text for row in block.rows for cell in row
            )
        case Details():
            for inner in block.blocks:
                yield from [inner] if isinstance(inner, str) else texts_of(inner)
        case Figure():
            yield from (block.caption, block.alt)


def all_texts(answer, series_blocks):
    head = dataclasses.asdict(report.brief(answer))
    yield from strings(head)
    for finding in answer["findings"]:
        yield from (finding["title"], finding["plain"], finding["exact"])
    for block in series_blocks:
        yield from texts_of(block)
    for make in SECTIONS:
        for block in make(answer):
            yield from texts_of(block)
    yield from texts_of(report.method_details(answer))


def strings(value):
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from strings(inner)
        case list() | tuple():
            for inner in value:
                yield from strings(inner)


def numbers(value):
    match value:
        case bool():
            return
        case int() | float():
            yield float(value)
        case str():
            yield from (float(part) for part in re.findall(r"\d+(?:\.\d+)?", value))
        case dict():
            for inner in value.values():
                yield from numbers(inner)
        case list() | tuple():
            yield float(len(value))
            for inner in value:
                yield from numbers(inner)


def unfounded(text, known):
    missing = []
    for found in NUMBER.finditer(text.replace("\u00a0", " ")):
        printed = found[1].replace("\u202f", "")
        # Wide intervals are printed in tens: [−60, +290].
        places = len(printed.partition(".")[2]) if not re.fullmatch(r"\d+0", printed) else -1
        half = 0.5 * 10.0**-places * (1 + 1e-6)
        if not (np.abs(known - float(printed)) <= half).any():
            missing.append(found[1])
    return missing


def test_every_printed_number_is_in_the_result(answer, said):
    body = {key: value for key, value in answer.items() if key not in {"findings", "units"}}
    # Neither points nor the way to the last period of a forecast are printed, but for their days.
    body["series"] = [
        {
            **one,
            "points": " ".join(point["label"] for point in one["points"]),
            "outlook": one["outlook"] and {**one["outlook"], "ahead": one["outlook"]["ahead"][-1:]},
        }
        for one in answer["series"]
    ]
    seen = np.array(list(numbers(body)))
    known = np.abs(np.r_[seen, 100 * seen, 1000 * seen])
    series = answer["series"]
    covered = [one["outlook"]["coverage"] for one in series if one["outlook"]]
    derived = [
        sum(one["verdict"] == verdict for one in series) for verdict in ("changed", "no answer")
    ]
    derived += [  # the weight of the methods that have no row of their own
        100 * sum(sorted(test["weight"] for test in one["outlook"]["tested"][1:])[:-3])
        for one in series
        if one["outlook"]
    ]
    derived += [sum(one[key] for one in series) for key in ("n", "gaps")]
    derived += [sum(any(c["new"] for c in one["changes"]) for one in series)]
    derived += [100 * np.mean(covered), 100 - 100 * (1 - answer["level"]) / answer["watched"]]
    derived += [sum(len(one["changes"]) for one in series), len(covered), 99.99, 1000, 95]
    known = np.r_[known, derived]
    found = {text: unfounded(text, known) for text in said}
    assert len(found) > 100
    assert {text: missing for text, missing in found.items() if missing} == {}
    wrong = [f"{place / 10:.1f}" for place in range(201, 999, 7)]
    missed = [number for number in wrong if not unfounded(number, known)]
    assert len(missed) < 0.4 * len(wrong)  # the check itself can fail


def test_no_line_ends_between_a_number_and_its_unit(said):
    assert any("\u00a0%" in text for text in said)
    assert [text for text in said if LOOSE.search(text)] == []


def test_titles_are_short_and_say_what_moved_by_how_much_since_when(answer):
    head = report.brief(answer)
    assert re.fullmatch(
        r"(Latency p50|Errors) · planner (is|are) \d\d(\.\d)? to \d\d(\.\d)? % higher since 26 March",
        head.title.replace("\u00a0", " "),
    )
    for finding in answer["findings"]:
        assert len(re.findall(r"[^\s\u00a0·%]+", finding["title"])) <= 15


def test_what_stands_beside_a_break_is_called_an_association(answer, series_blocks):
    told = next(f for f in answer["findings"] if f["what"].startswith("Latency"))
    assert told["evidence"] == "association"
    assert "planner 2.1 (association, no cause)" in told["plain"]
    table = next(
        block
        for block in series_blocks
        if isinstance(block, Table) and block.caption.startswith("Breaks")
    )
    assert "association, no cause" in table.caption
    assert "planner 2.1 (such days:" in table.rows[0][-1]


def test_breaks_of_one_day_are_told_together(answer):
    section, table = report.together_blocks(answer)
    assert section.heading.replace("\u00a0", " ") == "Two series broke together on 26 March"
    assert "Latency p50 · planner ↑" in table.rows[0][1]
    assert "Errors · planner ↑" in table.rows[0][1]
    assert report.together_blocks({**answer, "together": []}) == ()


def test_a_series_without_an_answer_says_why(answer):
    section, table = report.trust_blocks(answer)
    assert section.heading == "One series without an answer"
    assert ["Flat · planner", "All 126 periods have the same value"] in table.rows
    finding = next(f for f in answer["findings"] if f["what"] == "Flat · planner")
    assert finding["title"].endswith("no answer, all 126 periods have the same value")


def test_each_state_has_its_head():
    calm = [noisy(10.0, seed=4, metric="Latency"), noisy(5.0, seed=5, metric="Cost")]
    steady = answer_of(calm)
    head = report.brief(steady)
    assert (head.state, head.decision.title) == ("steady", "Nothing to decide")
    assert head.title.startswith("No change is sure in two series; a change of ")
    fresh = answer_of([noisy(10.0, seed=4, jump=0.5, at=110, metric="Errors", better="down")])
    head = report.brief(fresh)
    assert (head.state, head.needs_decision) == ("look into it", True)
    assert head.decision.title == "Look into Errors"
    gone = answer_of([noisy(10.0, seed=4, jump=-0.5, at=110, metric="Errors", better="down")])
    head = report.brief(gone)
    assert (head.state, head.needs_decision) == ("changed", False)
    assert head.decision.title == "Nothing new for the worse"
    none = answer_of([watched_of([1.0, 2.0, 3.0], metric="Cost")])
    head = report.brief(none)
    assert (head.state, head.decision.title) == ("not enough data", "Wait for more data")
    assert "3 periods with a value" in head.title


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "level", "relative": (0.24, 0.2, 0.3)}, "is 20.0 to 30.0 % higher"),
        ({"kind": "level", "relative": (-0.24, -0.3, -0.2)}, "is 20.0 to 30.0 % lower"),
        ({"kind": "level", "relative": (0.05, -0.1, 0.2)}, "is up to 20 % higher"),
        ({"kind": "level", "relative": (0.05, None, None)}, "is 5.0 % higher"),
        ({"kind": "level", "size": (0.024, 0.020, 0.030)}, "is 2.00 to 3.00 points higher"),
        (
            {"kind": "slope", "size": (-1.2, -1.5, -0.9), "before": 0.9, "after": -0.3},
            "grew by 90 points a day and falls by 30 points a day",
        ),
        ({"kind": "variance", "size": (2.5, 2.0, 3.0)}, "varies 2.5 times as much"),
    ],
)
def test_a_change_is_said_by_its_kind_and_sign(change, said):
    def estimate(ends):
        return None if ends is None else dict(zip(("value", "low", "high"), ends, strict=True))

    told = {
        "unit": "share",
        **change,
        "size": estimate(change.get("size")),
        "relative": estimate(change.get("relative")),
    }
    series = {"metric": "Task success", "unit": "share"}
    found = moved(told, series, {"every": "day"}).replace("\u00a0", " ")
    assert found == said


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (0.98, -0.29, "growth of 0.98 a day turned into a fall of 0.29 a day"),
        (-0.98, 0.29, "a fall of 0.98 a day turned into growth of 0.29 a day"),
        (2.0, 0.5, "growth went from 2.00 to 0.50 a day"),
        (-0.5, -2.0, "fall went from 0.50 to 2.00 a day"),
    ],
)
def test_a_bend_is_told_as_growth_and_fall(before, after, said):
    size = after - before
    told = {
        "kind": "slope", "before": before, "after": after,
        "size": {"value": size, "low": size - 0.42, "high": size + 0.42},
    }  # fmt: skip
    assert turned(told, {"unit": "count", "metric": "Rows"}, {"every": "day"}) == said


def test_periods_are_named_by_their_length():
    assert when("2026-W33") == "week 33 of 2026"
    assert when("2026-W33", year=False) == "week 33"
    assert when("2026-08-18T14:00").replace("\u00a0", " ") == "18 August 2026, 14:00"
    assert when("2026-08") == "August 2026"
    assert between("2026-07-18", "2026-07-21").replace("\u00a0", " ") == "18 to 21 July 2026"
    assert between("2026-W03", "2026-W04") == "week 3 of 2026 to week 4 of 2026"
    two_years = {"every": "day", "first": "2025-12-01", "last": "2026-02-01"}
    assert "2026" in near_between("2026-01-05", "2026-01-06", two_years)
    assert periods(1, {"every": "week"}) == "1 week"
    assert periods(28, {"every": "day"}) == "28 days"


def test_other_weekdays_are_told_only_where_they_explain_something():
    def comparison(mix):
        ends = {"low": None, "high": None}
        return {
            "unit": "s",
            "comparison": {"mix": {"value": mix, **ends}, "change": {"value": 1.0, **ends}},
        }

    assert _mix(comparison(1e-13), {"every": "day"}) == ""
    assert "on other weekdays explain" in _mix(comparison(0.4), {"every": "day"})
    assert _mix(comparison(0.4), {"every": "week"}) == ""


def test_a_season_is_told_with_its_strength():
    rng = np.random.default_rng(2)
    week = np.tile([3.0, 2.0, 1.0, 0.0, -1.0, -2.0, -3.0], 18)
    answer = answer_of([watched_of(20 + week + rng.normal(0, 0.5, 126), unit="s")])
    section = report.series_blocks(answer)[0]
    told = section.lead.replace("\u00a0", " ")
    assert re.search(r"A season of 7 days makes up 9\d % of the variation, lowest on Sun,", told)
    assert "highest on Mon." in told


def test_totals_and_mix_have_their_tables(answer):
    section, table = report.wholes_blocks(answer)
    assert section.nav == "Total"
    whole, *parts = (float(row[1].replace("\u202f", "")) for row in table.rows)
    assert abs(whole - sum(parts)) <= 1
    heading, folded = report.mix_blocks(answer)
    assert heading.heading == "No share of the mix surely moved"
    (shares,) = folded.blocks
    assert {row[1] for row in shares.rows} == {"planner", "writer"}
    (mix,) = answer["mixes"]
    first, *rest = mix["parts"]
    moved_one = {**mix, "parts": [{**first, "sure": True}, *rest]}
    _, surely, folded = report.mix_blocks({**answer, "mixes": [moved_one]})
    assert [row[1] for row in surely.rows] == [first["value"]]
    assert [row[1] for row in folded.blocks[0].rows] == [part["value"] for part in rest]
    bare = {**answer, "mixes": [{"column": "model", "parts": [], "left_out": "1 values"}]}
    _, note = report.mix_blocks(bare)
    assert "The mix of model cannot be told: 1 values." in note.text
    assert report.mix_blocks({**answer, "mixes": []}) == ()


def test_the_forecast_is_beside_its_back_test_and_says_what_it_covered(series_blocks):
    figure = next(block for block in series_blocks if isinstance(block, Figure))
    assert re.search(r"95 % interval; such held \d+ % of", figure.caption.replace("\u00a0", " "))
    table = series_blocks[series_blocks.index(figure) + 1]
    assert table.caption.startswith("Back-test")
    assert {"combination", "seasonal naive"} <= {row[0] for row in table.rows}
    weights = [row[1] for row in table.rows if row[1].endswith("%")]
    assert sum(float(weight.split("\u00a0")[0]) for weight in weights) == pytest.approx(100, abs=2)
    assert [row[0] for row in table.rows][-2].endswith("others")
    assert "breaks such as" in figure.caption or "a break such as that of" in figure.caption
    assert re.search(r"Since the last, 95 % of values lay", figure.caption.replace("\u00a0", " "))
