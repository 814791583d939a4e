"""Words in parameters, from the set to the manifest."""

from datetime import date

import pytest

from assay.core.errors import ParameterError
from assay.workbench.annotations import declarations
from assay.workbench.catalogue import find_report
from assay.workbench.meaning import Meaning
from assay.workbench.notebook import Cell
from assay.workbench.parameters import Form
from assay.workbench.plan import Plan, given_parameters, plan
from assay.workbench.runs import digests_of, run_report
from assay.workbench.sets import sets_of

AS_OF = Meaning(as_of=date(2026, 11, 21))
CELL = """start: date = date(2026, 1, 1)
end: date | None = None
window: Window | None = None
spans: dict[str, Window] = {}
days: list[date] = []
period: dict[str, date] = {}
label: str = "today"
either: str | date = "today"
"""


def form_of(source: str) -> Form:
    cell = Cell(number=1, kind="code", source=source, tags=("parameters",))
    return Form(report="x", declared=declarations(cell, notebook="x.ipynb"))


def test_words_are_days_where_days_are_taken() -> None:
    october = {"from": "2026-10-01", "to": "2026-10-31"}
    resolved = form_of(CELL).resolve(
        {
            "start": "last_full_month.from",
            "end": "yesterday",
            "window": "last_full_month",
            "spans": {"now": "last_full_month", "then": {"from": "7_days_ago", "to": "as_of"}},
            "days": ["today", "2026-01-02"],
            "period": "last_full_month",
            "either": "yesterday",
        },
        AS_OF,
    )
    assert resolved == {
        "start": "2026-10-01",
        "end": "2026-11-20",
        "window": october,
        "spans": {"now": october, "then": {"from": "2026-11-14", "to": "2026-11-21"}},
        "days": ["2026-11-21", "2026-01-02"],
        "period": october,
        "label": "today",  # text stays text
        "either": "yesterday",
    }


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"start": "yesterdy"}, "start is 'yesterdy', expected a day.*did you mean 'yesterday'"),
        ({"window": "last_month"}, "window is 'last_month', expected a period.*did you mean"),
        ({"start": "last_7_days"}, "a period, but takes one day.*last_7_days.from or last_7_days"),
        ({"spans": {"a": "soon"}}, r"spans\['a'\] is 'soon', expected a period .*in words: as_of"),
        ({"days": ["today", "x"]}, r"days\[1\] is 'x'"),
        ({"window": "last_9999_years"}, "no day of the calendar"),
        ({"window": {"from": "today", "to": "yesterday"}}, "before it starts"),
    ],
)
def test_words_that_mean_nothing_are_refused(given: dict[str, object], told: str) -> None:
    with pytest.raises(ParameterError, match=told):
        form_of(CELL).resolve(given, AS_OF)


def planned(workshop, as_of: date, set_name: str = "default") -> Plan:
    asked = sets_of(workshop.project, "x", as_of=as_of)[set_name]
    report = find_report(workshop.project, "x")
    return plan(workshop.project, report, asked, digests=digests_of(workshop.project))


def test_the_key_is_of_the_days_and_not_of_the_words(workshop) -> None:
    workshop.notebook("x", "1", parameters="window: Window | None = None")
    workshop.write("params/x.yaml", "window: last_full_month")
    first, later = planned(workshop, date(2026, 11, 1)), planned(workshop, date(2026, 11, 30))
    next_month = planned(workshop, date(2026, 12, 1))
    assert first.values == {"window": {"from": "2026-10-01", "to": "2026-10-31"}}
    assert first.key == later.key != next_month.key
    workshop.write("params/x.yaml", "window: {from: 2026-10-01, to: 2026-10-31}")
    assert planned(workshop, date(2026, 1, 1)).key == first.key


def test_a_default_in_words_reaches_the_kernel_as_days(workshop) -> None:
    workshop.notebook(
        "x",
        "assert str(start) == '2026-11-20', start",
        parameters="""
from datetime import date
start: date = "yesterday"
""",
    )
    asked = given_parameters(
        workshop.project, find_report(workshop.project, "x"), as_of=date(2026, 11, 21)
    )
    manifest = run_report(workshop.project, "x", asked).manifest
    assert manifest["parameters"] == {"start": "2026-11-20"}
    assert manifest["written"] == {"as_of": "2026-11-21", "parameters": {"start": "yesterday"}}


def test_words_on_the_command_line(workshop) -> None:
    workshop.notebook("x", "1", parameters="start: date = date(2026, 1, 1)\nn: int = 1")
    asked = given_parameters(
        workshop.project,
        find_report(workshop.project, "x"),
        assignments=["start=yesterday"],
        as_of=date(2026, 11, 21),
    )
    assert (dict(asked), asked.as_of) == ({"start": "yesterday"}, date(2026, 11, 21))
    with pytest.raises(ParameterError, match="expected a whole number"):
        given_parameters(
            workshop.project, find_report(workshop.project, "x"), assignments=["n=yesterday"]
        )
