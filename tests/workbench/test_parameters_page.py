"""The page on parameters: what stands there is read, resolved and counted as it says."""

import re
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from assay.core.expressions import FUNCTIONS
from assay.workbench.annotations import declarations
from assay.workbench.dates import WORDS, period_of
from assay.workbench.notebook import Cell
from assay.workbench.parameters import Form
from assay.workbench.plan import meaning_in
from assay.workbench.schemas import schema_of
from assay.workbench.sets import sets_of
from assay.workbench.values import read_yaml

PAGE = (Path(__file__).parents[2] / "docs/parameters.md").read_text()
BLOCKS = dict(enumerate(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)))
CELL = next(iter(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)))
FORM = Form(
    report="weekly",
    declared=declarations(Cell(number=1, kind="code", source=CELL, tags=()), notebook="weekly"),
)
METRICS = next(block for block in BLOCKS.values() if "params/metrics.yaml" in block)


@pytest.mark.parametrize("number", [n for n, text in BLOCKS.items() if text != METRICS])
def test_each_parameters_file_fits_the_cell(workshop, monkeypatch, number: int) -> None:
    monkeypatch.setenv("WEATHER_TOKEN", "sunshine")
    workshop.write("params/weekly.yaml", BLOCKS[number])
    workshop.write("params/metrics.yaml", METRICS)
    meaning = meaning_in(workshop.project, FORM, as_of=date(2026, 11, 21))
    for asked in sets_of(workshop.project, "weekly").values():
        assert FORM.resolve(asked, meaning)["share"] in {0.05, 0.1, 0.2}
    schema = schema_of(FORM, metrics=meaning.metrics)
    Draft202012Validator(schema).validate(read_yaml(BLOCKS[number], place="weekly.yaml"))


def test_the_sets_are_merged_as_it_says(workshop) -> None:
    workshop.write("params/weekly.yaml", next(b for b in BLOCKS.values() if "extends: team" in b))
    strict = sets_of(workshop.project, "weekly")["team-a-strict"]
    assert strict["limits"] == {"cost": 2, "time": 30}


def test_the_grid_makes_the_sets_that_it_names(workshop) -> None:
    workshop.write("params/weekly.yaml", next(b for b in BLOCKS.values() if "exclude" in b))
    sets = sets_of(workshop.project, "weekly")
    told = PAGE[PAGE.index("gives `trial--") :].split("The rules are", maxsplit=1)[0]
    assert list(sets) == re.findall(r"`(trial--[^`]+)`", told)
    assert [name for name, asked in sets.items() if asked.get("share") == 0.2] == list(sets)[:2]


def test_the_days_are_those_of_the_table() -> None:
    rows = re.findall(r"^\| (`.*) \| (\d\S+) \| (\d\S+) \|$", PAGE, re.MULTILINE)
    told = {word: (start, end) for cell, start, end in rows for word in re.findall("`(.+?)`", cell)}
    assert set(told) >= set(WORDS) - {"last_full_day", "as_of"}
    for word, (start, end) in told.items():
        period = period_of(word, date(2026, 11, 21))
        assert period is not None, word
        assert (str(period.start), str(period.end)) == (start, end), word


def test_every_function_is_explained() -> None:
    assert [name for name, written in FUNCTIONS.items() if f"`{written}`" not in PAGE] == []
