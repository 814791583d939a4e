"""The page on providers: judged, gone along, nothing to compare; what is not told; sentences."""

import copy
import re

import pytest

from analysis.providers.test_report import report, rows_of
from assay.core.result import record
from assay.present import providers as page
from assay.present.blocks import Note, Section, Table
from assay.present.figures import Figure
from assay.present.prose import providers as words

BLOCKS = (
    page.change_blocks,
    page.agreement_blocks,
    page.association_blocks,
    page.cell_blocks,
    page.trust_blocks,
)


def told(found):
    return page.tell(record(found, kind="providers"))


@pytest.fixture(scope="module")
def judged():
    return told(report(rows_of(items=200, lift=0.08)))


@pytest.fixture(scope="module")
def beside():
    return told(report(rows_of(lift=0.1)))


@pytest.fixture(scope="module")
def alone():
    rows = rows_of()
    return told(report(rows.filter(rows["provider"] == "a")))


def test_every_section_stands_and_speaks(judged, beside, alone):
    for answer in (judged, beside, alone):
        for make in BLOCKS:
            for at, block in enumerate(make(answer)):
                assert isinstance(block, (Section,) if at == 0 else (Figure, Table, Note))
                if isinstance(block, Figure):
                    assert block.alt
                    block.chart.to_dict()
        assert page.method_details(answer).blocks
        assert page.cell_details(answer).blocks
        for one in answer["findings"]:
            assert not re.search(r"None|nan|\{", one["exact"])


def test_only_shared_items_say_that_results_depend(judged, beside, alone):
    head = page.brief(judged)
    assert head.title.startswith(
        "What writer delivers depends on the provider: with b instead of a, the success rises by "
    )
    assert head.evidence == "paired"
    assert head.decision.title == "Change writer to b"
    other = page.brief(beside)
    assert other.title == (
        "One difference goes along with the provider; whether results depend on it, no shared "
        "items tell"
    )
    assert other.evidence == "association"
    assert other.decision.title == "Try the same items with two providers"
    assert page.brief(alone).title == "No agent can be compared with two providers"
    assert "nothing that a choice" in page.brief(alone).decision.text
    assert "One agent, none of them with several providers" in page.brief(alone).subtitle


def test_an_association_is_not_worded_as_an_effect(beside):
    for block in page.association_blocks(beside):
        text = (
            repr(getattr(block, "_repr_mimebundle_", lambda: "")())
            if not isinstance(block, Figure)
            else block.alt + block.caption
        )
        assert not re.search(r"better|worse|because|causes", text)


@pytest.mark.parametrize(
    ("verdicts", "head"),
    [
        (("better", "worse by more than the margin"), "Writer: weigh success against cost"),
        (("worse", "unclear"), "Stay with a for writer"),
        (("better", "unclear"), "Nothing to decide yet for writer"),
        (("not worse by more than the margin",) * 2, "Either provider will do for writer"),
        (("better", "not worse by more than the margin"), "Change writer to b"),
    ],
)
def test_what_to_do_follows_from_the_verdicts(judged, verdicts, head):
    changed = copy.deepcopy(judged)
    (one,) = words.judged(changed)
    cost = {**one, "measure": "cost", "unit": "USD"}
    changed["found"]["changes"] = [one, cost]
    one["verdict"], cost["verdict"] = verdicts
    assert page.brief(changed).decision.title == head


def test_measures_without_items_are_named_with_the_reason(judged):
    changed = copy.deepcopy(judged)
    (one,) = words.judged(changed)
    changed["found"]["changes"].append(
        {**one, "measure": "rating", "difference": None, "reason": "0 shared items"}
    )
    notes = [one.text for one in page.change_blocks(changed) if isinstance(one, Note)]
    assert notes == ["Not compared: rating of writer with b (0 shared items)."]


def test_relative_changes_are_percent_and_shares_are_points() -> None:
    size = {"value": 3.73, "low": 3.32, "high": 4.17}
    assert words.sized(size, "cost").replace("\u00a0", " ") == "+373 % [+332, +417]"
    assert "points" in words.sized({"value": 0.05, "low": -0.1, "high": 0.2}, "success")
    assert words.sized(None, "cost") == "–"
