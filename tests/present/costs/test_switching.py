"""The section on cheaper models, from records that an analysis made."""

import importlib.util
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from assay.analysis.costs.comparing import compare_configurations
from assay.analysis.costs.opportunities.switching import find_switches
from assay.core.result import record
from assay.features.attempts import attempt_lines
from assay.features.work import work_of
from assay.present.blocks import Details, Section, Table
from assay.present.costs import comparing_blocks, switching_blocks
from assay.present.figures import Figure
from assay.present.format import NARROW, SPACE
from assay.present.prose.costs import comparing, switching


def plain(text):
    return text.replace(SPACE, " ").replace(NARROW, " ")


def body(result, name):
    return {name: record(result, kind="x"), "findings": []}


@pytest.fixture(scope="module")
def rows():
    """The world of the tests of the analysis, from its own module."""
    path = Path(__file__).parents[2] / "analysis/costs/opportunities/test_switching.py"
    spec = importlib.util.spec_from_file_location("switching_worlds", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _switching(frames, **options):
    found = find_switches(work_of(pl.concat(frames).lazy(), None), **options)
    return body(found, "switching")


def test_an_advised_switch_is_the_heading_with_its_saving(rows):
    rng = np.random.default_rng(1)
    told = _switching([rows._production(rng), *rows._replayed(rng)], margin=0.05)
    blocks = switching_blocks(told)
    section, quality, saving, details = blocks
    assert isinstance(details, Details)
    table, note = details.blocks
    assert plain(section.heading).startswith("agent: small does as well as large, and saves $")
    assert "may lose 5 points of success at most" in plain(section.lead)
    assert isinstance(quality, Figure)
    assert isinstance(saving, Figure)
    assert "over 600 items that both tried" in plain(quality.alt)
    assert plain(saving.alt).startswith("Saved a month: agent: small $436 [389, 482] of $622")
    assert isinstance(table, Table)
    assert [str(cell) for cell in table.rows[0][:2]] == ["agent", "large → small"]
    assert "A/B test of" in table.rows[0][4]
    assert "at most 5 % of the time" in plain(note)
    (move,) = told["switching"]["moves"]
    assert switching.reading(move, told["switching"]) == "better"


def test_what_is_only_to_be_tried_is_told_so(rows):
    rng = np.random.default_rng(4)
    frames = [rows._production(rng), rows._production(rng, "small", price=0.3)]
    told = _switching(frames, margin=0.1)
    heading = plain(switching_blocks(told)[0].heading)
    assert heading.startswith("No cheaper model is shown to do as well; one switch could be tried")
    (move,) = told["switching"]["moves"]
    assert switching.reading(move, told["switching"]) == "undecided"
    assert "drawn at random" not in switching.lead(told["switching"])
    part = plain(switching.lead(told["switching"] | {"part": 0.031}))
    assert "like work is that of 3.1 % of the users, drawn at random" in part


def test_nothing_to_switch_is_an_answer(rows):
    rng = np.random.default_rng(5)
    (section,) = switching_blocks(_switching([rows._production(rng)]))
    assert section.heading == "No cheaper model did the same work"
    worse = _switching([rows._production(rng), *rows._replayed(rng, loss=0.09)], margin=0.02)
    assert switching_blocks(worse)[0].heading == "No evidence that a cheaper model would save"
    (move,) = worse["switching"]["moves"]
    assert switching.reading(move, worse["switching"]) == "worse"
    assert switching_blocks({"switching": None}) == ()


def test_providers_and_tiers_are_named_where_they_are_what_changes():
    move = {"kind": "provider", "current_values": ["maker", "large", "standard"]}
    assert switching.short(move, "current") == "large at maker"
    assert switching.short(move | {"kind": "tier"}, "current") == "large (standard)"
    batch = {"kind": "model", "current_values": ["maker", "large", "batch"]}
    assert switching.short(batch, "current") == "large (batch)"


def _runs(rates, n=60):
    rng = np.random.default_rng(6)
    hard = rng.random(n)
    frames = [
        pl.DataFrame(
            {
                "model": name,
                "item_id": np.arange(n),
                "succeeded": hard < rate,
                "cost_usd": price * np.exp(0.3 * rng.standard_normal(n)),
            }
        )
        for name, (rate, price) in rates.items()
    ]
    lines = attempt_lines(pl.concat(frames).lazy(), by=["model"])
    return body(compare_configurations(lines), "comparing")


def test_costs_per_resolved_task_are_drawn_and_pairs_told():
    told = _runs({"good": (0.8, 0.1), "dear": (0.7, 0.9), "none": (0.0, 0.1)})
    section, figure, table, note = comparing_blocks(told)
    assert isinstance(section, Section)
    assert plain(section.heading).startswith("good resolves a task for least: $0.")
    assert "One configuration resolved nothing" in section.lead
    assert "none at least $" in plain(figure.alt)
    assert [row[0] for row in table.rows] == ["dear", "none"]
    assert plain(table.rows[0][4]) == "dearer (if equally dear, seen in under 0.01 % of cases)"
    assert table.rows[1][2].startswith("at least")
    assert "Of 3 pairs of configurations 3 share at least 10 items" in plain(note.text)
    assert comparing_blocks({"comparing": None}) == ()


def test_alike_configurations_and_too_few_items_are_told():
    alike = _runs({"one": (0.7, 0.1), "other": (0.7, 0.1)})
    assert comparing.heading(alike).startswith("No configuration is shown to be cheaper")
    few = _runs({"one": (0.7, 0.1), "other": (0.7, 0.1)}, n=6)
    assert "cannot be compared" in comparing.heading(few)
    assert "Items that both tried" in comparing_blocks(few)[-1].text
    assert comparing_blocks(few)[-2].rows[0][4].startswith("not compared: 6 shared")
