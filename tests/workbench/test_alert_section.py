"""What a report says of alerts about its data, and at which moment."""

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from assay.core.errors import DataError
from assay.workbench.alerts import store
from assay.workbench.alerts.looking import Lookout
from assay.workbench.alerts.section import with_alerts
from assay.workbench.alerts.standing import Standing, standing_of, without
from assay.workbench.inputs import InputFiles
from assay.workbench.notebook import Notebook
from assay.workbench.publish import Press, publish
from assay.workbench.render.quotes import texts_of, unfounded

if TYPE_CHECKING:
    from assay.workbench.publish import Progress

METRICS = "metrics:\n  Latency: {kind: mean, value: latency_s, better: down}\n"
WATCHED = (
    "watched: {calls: {data: data/*.csv, metrics: Latency}, other: {data: x.csv, metrics: Latency}}"
)
DAY = date(2026, 3, 1)
LOOK = {
    "at": "2026-03-01T00:00:00+00:00", "series": 5, "budget": 2.0,
    "names": {"calls": {"data": "data/*.csv", "series": 3, "through": "2026-02-28"}},
}  # fmt: skip


def alert(name: str = "al-1", **more) -> dict:
    return {
        "alert_id": name, "kind": "degradation", "severity": "warning", "watched": "calls",
        "subject": "Latency", "by": [], "since": "2026-02-20", "unit": "s", "expected": 2.0,
        "seen": 2.6, "size": 0.3, "size_low": 0.2, "size_high": 0.4, "size_unit": "share",
        "relative": True, "certainty": 0.99, "usd_per_day": 12.5, "n": 400, "threshold": None,
        "parts": [], "silent": [], "finding": "Latency is worse since 2026-02-20: 2.6 s",
        "cost": "$12", "opened_at": "2026-02-22T00:00:00+00:00", "closed_at": None,
        "acknowledged_at": None, "acknowledged_note": "", "muted": False, "muted_until": None,
        "claim": {"key": "", "unit": "s", "n": 400, "confidence": 0.95, "expected": 2.0,
                  "seen": 2.6, "size": {"value": 0.6, "low": 0.4, "high": 0.8}, "lift": None},
    } | more  # fmt: skip


def read(path: str) -> list[InputFiles]:
    return [InputFiles(name="data", path=path, sha256="", bytes=0, files=1)]


@pytest.fixture
def watching(workshop):
    workshop.write("params/metrics.yaml", METRICS)
    workshop.write("params/alerts.yaml", WATCHED)
    workshop.write("data/a.csv", "n\n1\n")
    workshop.write("data/unwatched.txt", "n\n1\n")
    return workshop


def keep(workshop, *alerts: dict, look: dict | None = LOOK) -> None:
    with store.changing(workshop.project, look) as kept:
        kept[:] = alerts


def said(standing: Standing | None, lang: str = "en") -> str:
    """The section as a page has it, "" where there is none."""
    made = with_alerts(_Notebook([]), standing, lang)
    return "\n".join(out["data"]["text/plain"] for cell in made.cells for out in cell.outputs)


class _Notebook:
    def __init__(self, cells: list) -> None:
        self.cells = cells


def test_a_project_that_watches_nothing_says_nothing_of_alerts(workshop) -> None:
    assert standing_of(workshop.project, read("data/a.csv"), DAY) is None
    assert said(None) == ""


def test_a_report_tells_of_its_own_data_only(watching) -> None:
    project = watching.project
    assert "Nobody has looked" in said(standing_of(project, read("data/a.csv"), DAY))
    keep(watching, alert(), alert("al-2", watched="other"), alert("al-3", closed_at="2026-02-25"))
    (told,) = standing_of(project, read("data/a.csv"), DAY).alerts
    assert told["alert_id"] == "al-1"
    assert "These data are not watched" in said(standing_of(project, read("data/un*.txt"), DAY))
    assert standing_of(project, [], DAY) is None


def test_nothing_open_says_how_much_was_watched_until_when_and_at_which_budget(watching) -> None:
    keep(watching)
    assert said(standing_of(watching.project, read("data"), DAY)) == (
        "No alert is open about these data\n3 series watched up to 28 Feb 2026; budget 2 false "
        "alarms per 100 days over all 5 of the project."
    )


def test_what_frames_alerts_is_in_the_reports_language(watching) -> None:
    project = watching.project
    unseen = standing_of(project, read("data/a.csv"), DAY)
    other = standing_of(project, read("data/un*.txt"), DAY)
    keep(watching)
    none = standing_of(project, read("data"), DAY)
    keep(watching, alert(acknowledged_at="2026-02-23"), alert("al-2", kind="improvement"))
    some = standing_of(project, read("data"), DAY)
    for standing in (unseen, other, none, some):
        words = {said(standing, lang) for lang in ("en", "de", "fr", "es")}
        assert len({text.partition("\n")[2] for text in words}) == 4
    assert said(none, "de-AT") == (
        "Keine Meldung zu diesen Daten ist offen\n3 Reihen überwacht bis 28. Feb. 2026; höchstens "
        "2 Fehlalarme in 100 Tagen über alle 5 des Projekts."
    )
    made = with_alerts(_Notebook([]), some, "de")
    rows = made.cells[0].outputs[1]["data"]["application/vnd.assay.table+json"]["rows"]
    assert [row[2] for row in rows] == ["kostet $12 am Tag", "spart $12 am Tag"]
    assert rows[0][0]["text"] == "Warnung"
    assert rows[0][1].endswith("(zur Kenntnis genommen)")


def test_the_gravest_comes_first_and_what_is_muted_is_counted(watching) -> None:
    keep(
        watching,
        alert("al-1", severity="info", finding="one"),
        alert("al-2", severity="critical", finding="two", acknowledged_at="2026-02-23"),
        alert("al-3", muted=True, muted_until="2026-03-01"),
    )
    section = said(standing_of(watching.project, read("data/a.csv"), DAY))
    assert "2 alerts are open about these data" in section
    assert "1 acknowledged. 1 muted." in section
    assert section.index("two") < section.index("one")
    later = standing_of(watching.project, read("data/a.csv"), date(2026, 3, 2))
    assert len(later.alerts) == 3


def test_every_number_of_the_result_has_its_unit_and_goes_again_without_a_trace(watching) -> None:
    keep(watching, alert())
    result = {"findings": [], "units": {"/n": "count"}, "n": 3}
    added = standing_of(watching.project, read("data/a.csv"), DAY).over(result)
    units = added["units"]
    assert (units["/alerts/open/0/seen"], units["/alerts/open/0/size"]) == ("s", "share")
    assert (units["/alerts/findings/0/size/low"], units["/alerts/budget"]) == ("s", "1")
    assert added["alerts"]["findings"][0]["key"] == "al-1"
    assert without(added) == result


def test_every_number_of_the_section_is_in_the_result(watching) -> None:
    keep(watching, alert(acknowledged_at="2026-02-23"), alert("al-2"))
    standing = standing_of(watching.project, read("data/a.csv"), DAY)
    result = standing.over({"schema": {"kind": "notebook", "version": 1}, "findings": []})
    shown = with_alerts(_Notebook([]), standing)
    assert list(texts_of(shown, result))
    assert unfounded(shown, result, {}) == ()


def test_a_source_that_cannot_be_reached_stops_no_report(watching) -> None:
    def unreachable(text: str) -> str:
        raise DataError(f"{text} cannot be reached")

    project = replace(watching.project, fingerprint=unreachable)
    assert standing_of(project, read("data/a.csv"), DAY).names == ()
    assert standing_of(project, read("data/*.csv"), DAY).names == ("calls",)


def test_a_file_that_cannot_be_read_stops_no_report(watching) -> None:
    watching.write("params/alerts.yaml", "watchd: {}")
    assert standing_of(watching.project, read("data/a.csv"), DAY) is None


def _shown(*media: str) -> NotebookNode:
    outputs = [
        new_output("display_data", {f"application/vnd.assay.{one}+json": {}}) for one in media
    ]
    return new_code_cell("", outputs=outputs)


def test_the_section_parts_no_sections_that_fold_details_of_their_own() -> None:
    cells = [
        _shown("section", "details"),
        _shown("section"),
        _shown("section", "table", "details"),
        _shown("details"),
        _shown("details"),
        new_code_cell("hand_over(result)"),
    ]
    made = with_alerts(
        _Notebook(cells), Standing(names=("calls",), look={}, alerts=(), muted=0), "en"
    )
    assert [cell["id"] for cell in made.cells].index("alerts") == 3


def test_an_alert_that_opens_later_makes_the_page_again_and_leaves_the_version(watching) -> None:
    cell = "from IPython.display import display\ndisplay({m: {'summary': 'How'}}, raw=True)"
    watching.notebook(
        "x",
        "m = 'application/vnd.assay.details+json'\n" + cell,
        parameters='from assay.params import Input\ndata: Input = "data/a.csv"',
    )
    keep(watching)
    watching.publish()
    (first,) = watching.versions("x")
    before = {file.name: file.read_bytes() for file in first.iterdir()}
    assert b"No alert is open" in before["notebook.ipynb"]
    assert [outcome.state for outcome in watching.publish()] == ["current"]

    keep(watching, alert(), look=LOOK | {"at": "2026-03-02T00:00:00+00:00"})
    steps: list[Progress] = []
    assert [outcome.state for outcome in watching.publish(progress=steps.append)] == ["published"]
    assert "running" not in [step.stage for step in steps]
    _, second = watching.versions("x")
    assert {file.name: file.read_bytes() for file in first.iterdir()} == before
    result = json.loads((second / "result.json").read_text())
    assert [each["alert_id"] for each in result["alerts"]["open"]] == ["al-1"]
    cells = json.loads((second / "notebook.ipynb").read_text())["cells"]
    assert [cell["id"] for cell in cells].count("alerts") == 1
    assert [cell["id"] for cell in cells].index("alerts") == len(cells) - 2, "before what is folded"
    assert "alerts" not in {
        str(cell.tags) for cell in Notebook.read(second / "notebook.ipynb").cells
    }
    assert watching.pages[-1].history == ()
    assert [outcome.state for outcome in watching.publish()] == ["current"]

    # A look that is due comes first: what it finds makes the page again.
    kept = json.loads(store.store_path(watching.project).read_text())
    kept["alerts"][0]["closed_at"] = "2026-03-02T00:00:00+00:00"
    watching.write("seen.json", json.dumps(kept))
    copy = ("cp", "seen.json", str(store.store_path(watching.project)))
    press = Press(render=watching.render, look=Lookout(command=copy, tell=pytest.fail))
    assert [each.state for each in publish(watching.project, press=press)] == ["published"]
    newest = json.loads((watching.versions("x")[-1] / "result.json").read_text())
    assert newest["alerts"]["open"] == []
