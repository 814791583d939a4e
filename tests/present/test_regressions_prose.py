"""The report on a baseline: words of each verdict, and no number that its record does not hold."""

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from analysis.regressions.test_comparing import suite
from assay.analysis.regressions import compare_captures
from assay.core.result import record
from assay.features.captures import Capture
from assay.features.runs import capture
from assay.present import regressions as report
from assay.present.blocks import Details, Note, Section, Table
from assay.present.prose import regressions as words
from features.test_runs import readings

Json = dict[str, Any]
NUMBER = re.compile(r"(?<![\w.])(?<!< )\d[\d\u202f]*(?:\.\d+)?(?![\w])")
PLANTED = {"index": 1.3, "search": 1.0, "export": 0.75}
METHOD = {20.0, 95.0, 99.0}
"""Twentieths and quantiles that the method names."""


def told(baseline: Capture, candidate: Capture, **options: Any) -> Json:
    return report.tell(record(compare_captures(baseline, candidate, **options), kind="baseline"))


@pytest.fixture(scope="module")
def answer() -> Json:
    """A regression, an improvement, and one without a change."""
    before = suite(1, runs=20, name="v1", run_sd=0.01, sigma=0.2)
    return told(before, suite(2, runs=20, factors=PLANTED, run_sd=0.01, sigma=0.2))


@pytest.fixture(scope="module")
def unsure() -> Json:
    """One run on each side."""
    return told(suite(1, runs=1, name="v1"), suite(2, runs=1))


@pytest.fixture(scope="module")
def creeping() -> Json:
    """Seven versions, each 2.5 % slower than the one before."""
    steps = [
        suite(
            10 + i, runs=8, requests=30, factors={"index": 1.025**i}, run_sd=0.01, sigma=0.05,
            name=f"v{i}",
        )
        for i in range(7)
    ]  # fmt: skip
    return told(steps[-2], steps[-1], history=steps[:-2])


def strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from strings(inner)
        case list() | tuple():
            for inner in value:
                yield from strings(inner)


def texts(answer: Json) -> Iterator[str]:
    """All that the page prints, charts aside."""
    brief = dataclasses.asdict(report.brief(answer))
    yield from strings({name: brief[name] for name in ("title", "subtitle", "decision", "tiles")})
    for finding in answer["findings"]:
        yield from (finding["title"], finding["plain"], finding["exact"])
    makers = (
        report.remark_blocks, report.change_blocks, report.tail_blocks, report.run_blocks,
        report.power_blocks, report.creep_blocks,
    )  # fmt: skip
    for make in makers:
        for block in make(answer):
            match block:
                case Section():
                    yield from (block.heading, block.lead)
                case Note():
                    yield block.text
                case Table():
                    yield block.caption
                    yield from strings(block.as_json()["rows"])
                case _:
                    yield from (block.caption, block.alt)
    yield from words.method(answer)


def numbers(value: Any) -> Iterator[float]:
    match value:
        case bool():
            return
        case int() | float():
            yield from (abs(value), 100 * abs(value))
        case dict():
            for inner in value.values():
                yield from numbers(inner)
        case list() | tuple():
            yield float(len(value))
            for inner in value:
                yield from numbers(inner)


def unfounded(answer: Json) -> list[str]:
    """Numbers in the page's texts that neither stand in the record nor count what is in it."""
    known = np.array([*numbers(answer), *METHOD])
    things = {name: value for name, value in answer.items() if name != "findings"}
    named = {one for one in strings(things) if re.search(r"\d", one)}
    missing = []
    for text in texts(answer):
        bare = text.replace("\u00a0", " ")
        for name in sorted(named, key=len, reverse=True):
            bare = bare.replace(name, " ")
        bare = re.sub(r"\d{1,2} [A-Z][a-z]+(?: \d{4})?", " ", bare)  # days
        for found in NUMBER.findall(bare):
            whole = found.replace("\u202f", "")
            places = len(whole.partition(".")[2]) or len(whole.rstrip("0")) - len(whole)
            half = 0.5 * 10.0**-places * (1 + 1e-6)
            printed = float(whole)
            if not (np.abs(known - printed) <= half).any():
                missing.append(f"{found} in {text}")
    return missing


@pytest.mark.parametrize("which", ["answer", "unsure", "creeping"])
def test_every_number_of_the_page_is_in_the_result(
    which: str, request: pytest.FixtureRequest
) -> None:
    found = request.getfixturevalue(which)
    assert unfounded(found) == []
    spoiled = {**found, "cases": [], "creeps": [], "findings": found["findings"]}
    assert len(list(numbers(spoiled))) < len(list(numbers(found)))


def test_a_number_that_is_nowhere_in_the_result_is_noticed(answer: Json) -> None:
    first = answer["findings"][0] | {"plain": "It rose by 7777.77 %."}
    assert len(unfounded({**answer, "findings": [first]})) == 1


def test_each_verdict_has_its_words(answer: Json) -> None:
    said = {case["workload"]: words.says(case) for case in answer["cases"]}
    assert re.fullmatch(r"worse, \+\d+\.\d % \[\+.*\]", said["index"].replace("\u00a0", " "))
    assert re.fullmatch(r"better, −\d+\.\d % \[−.*\]", said["export"].replace("\u00a0", " "))
    case = next(case for case in answer["cases"] if case["workload"] == "search")
    assert case["verdict"] == "no change"
    assert said["search"].replace("\u00a0", " ") == "unchanged, 5 % is ruled out either way"


def test_the_change_that_matters_is_written_as_it_was_declared() -> None:
    for value, written in ((0.05, "5 %"), (0.0525, "5.25 %"), (0.005, "0.5 %"), (0.1, "10 %")):
        told = words.smallest_words({"change_unit": "share", "smallest": value})
        assert told.replace("\u00a0", " ") == written


def test_titles_are_short_sentences_with_an_interval(answer: Json) -> None:
    title = words.title(answer).replace("\u00a0", " ")
    assert re.fullmatch(r"Time of index \(here\) rose by \d+\.\d % \[\d.*, \d.*\]", title)
    worse = [case | {"verdict": "regression"} for case in answer["cases"][:1]] * 3
    several = words.title({**answer, "cases": worse})
    assert several.endswith("; two more are worse")
    assert len(several.split()) <= 15
    two = words.title({**answer, "cases": worse[:2]})
    assert two.endswith("; one more is worse")


def test_leads_count_only_what_there_is(answer: Json, unsure: Json) -> None:
    lead = words.changed_lead
    assert lead(answer) == "One case unchanged as far as it matters."
    assert lead(unsure) == "Three cases without enough data to tell."
    assert lead({"unchanged": 0, "undecided": 0}) == "Every case changed."
    assert lead({"unchanged": 2, "undecided": 1}) == (
        "Two cases unchanged as far as it matters and one case without enough data to tell."
    )


def test_decisions_are_short_and_name_what_is_worse(answer: Json) -> None:
    decision = report.brief(answer).decision
    assert len(decision.title.split()) <= 10
    assert decision.text.startswith("Worse: time of index (here), which rose by ")


def test_not_enough_data_tells_what_would_have_been_seen_and_what_would_do(unsure: Json) -> None:
    assert words.title(unsure) == "Not enough data: none of three cases can be judged"
    for case in unsure["cases"]:
        one = words.decided(case)
        seen = words.written(one["detectable"], "share", signed=False)
        assert words.says(case) == f"not enough data, a worsening of {seen} could have been seen"
        assert one["detectable"] > case["smallest"]
    needed = max(case["runs_needed"] for case in unsure["cases"])
    text = report.brief(unsure).decision.text
    assert text == f"{needed} runs on each side would show the changes that matter."
    noisy = [{**case, "runs_needed": None} for case in unsure["cases"]]
    assert "no number of runs" in report.brief({**unsure, "cases": noisy}).decision.text


def test_what_creeps_is_told_with_its_steps(creeping: Json) -> None:
    title = words.title(creeping).replace("\u00a0", " ")
    assert re.fullmatch(r"Time of index \(here\) rose by \d+ ?.* since v0", title)
    said = words.creep_says(creeping["creeps"][0])
    assert said.endswith(" since v0, in six steps none of which is seen by itself")
    assert words.creep_heading(creeping).startswith("Time of index (here) creeps: +")
    assert report.brief(creeping).decision.title == "Look at all versions since v0"
    calm = [{**creeping["creeps"][0], "verdict": "no worse"}]
    assert words.creep_heading({"creeps": calm}).startswith("Nothing creeps")


def test_the_power_table_has_each_case_with_both_intervals(answer: Json) -> None:
    section, table = report.power_blocks(answer)
    assert isinstance(table, Table)
    rows = table.as_json()["rows"]
    assert len(rows) == len(answer["cases"])
    for row, case in zip(rows, answer["cases"], strict=True):
        one = words.decided(case)
        shown = list(strings(row))
        assert words.interval(one) in shown
        assert words.equal_interval(one) in shown
        assert f"{case['runs_needed']}" in shown
        assert one["low"] < one["equal_low"] < one["change"] < one["equal_high"] < one["high"]
        assert one["confidence"] > 1 - 2 * case["level"] > one["equal_confidence"] == 0.9
    sharp = sum(case["runs_needed"] <= 20 for case in answer["cases"])
    assert section.heading == f"{sharp} of 3 cases have the runs to see what matters"


def test_the_interval_at_ninety_percent_decides_on_no_change(answer: Json) -> None:
    for case in answer["cases"]:
        one = words.decided(case)
        within = (
            one["equal_low"] > 1 / (1 + case["smallest"]) - 1
            and one["equal_high"] < case["smallest"]
        )
        assert within == (case["verdict"] == "no change")


def test_findings_and_page_state_the_same_confidence(answer: Json) -> None:
    for finding, case in zip(answer["findings"], answer["cases"], strict=True):
        one = words.decided(case)
        assert finding["confidence"] == one["confidence"]
        assert words.PERCENT.number(one["confidence"], 2) in finding["exact"]
    figure = report.change_blocks(answer)[1]
    assert words.level_words(answer) in figure.caption


def test_names_of_metrics_are_words_and_none_is_cut() -> None:
    values = {f"r{i}": [100.0 + i, 101.0, 99.0] for i in range(6)}
    long = "tests/benchmarks/test_parsing.py::test_nested_documents"
    frames = [
        readings(values, metric=metric, unit=unit, workload=long, name=f"{long}/10k")
        for metric, unit in (("peak_memory", "MB"), ("cpu", "s"))
    ]
    one = capture(pl.concat(frames), name="v1")
    found = told(one, replace(one, name=""))
    assert {words.shown(case) for case in found["cases"]} == {
        f"{long}/10k · here · peak memory", f"{long}/10k · here · processor time",
    }  # fmt: skip
    assert words.named({"label": "parse · succeeded"}) == "success rate of parse"
    page = " ".join(texts(found))
    assert "peak_memory" not in page
    assert "…" not in page


def test_method_and_details_are_folded(answer: Json) -> None:
    assert isinstance(report.method_details(answer), Details)
