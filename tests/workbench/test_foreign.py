"""Notebooks in the habits of others, written for plain papermill: published, or refused with why.

The files are run as they are, most of them once for the whole module.
"""

import json
import shutil
from pathlib import Path

import pypdf
import pytest

from assay.workbench.project import Project
from assay.workbench.publish import publish

pytest.importorskip("matplotlib", reason="Matplotlib is not installed")
pytest.importorskip("pandas", reason="pandas is not installed")

FOREIGN = Path(__file__).parent / "foreign"
REFUSED = {
    "widgets": ("cell 2 shows a widget", "a chart, a table or text"),
    "plotly-like": ("cell 2: HTML output without any text", "docs/trust.md"),
    "local-image": ("cell 1: image 'images/logo.png' is not there", "beside the notebook"),
    "html-markdown": ("cell 1, line 1: HTML <h1>", "plain markdown"),
    "iframe": ("cell 2: HTML output shows another page in a frame", "link to it"),
}
TAKEN = ("monthly-sales", "pandas-plot", "displays", "altair-renderers")
OTHERS = ("pandas-report", "altair-plain", "logs-and-bars", "toggle")
SOME = ("plotly-like", "iframe")
"""Of those that are refused, what the suite tries each time."""


def lay_out(root: Path) -> None:
    """A project of these notebooks; they are kept under another name, as they were written."""
    (root / "notebooks").mkdir(parents=True)
    for file in FOREIGN.iterdir():
        shutil.copy(file, root / "notebooks" / f"{file.stem}.ipynb")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("foreign") / "project"
    lay_out(root)
    (root / "assay.toml").write_text('[report]\ntrusted = ["nobody"]\n')
    (root / "requirements.lock").write_text("")
    outcomes = publish(Project.at(root), [*TAKEN, *SOME], renderer="embedded")
    told = [
        {
            "report": outcome.report,
            "state": outcome.state,
            "message": getattr(outcome.error, "message", ""),
            "remedy": getattr(outcome.error, "remedy", "") or "",
        }
        for outcome in outcomes
    ]
    (root / "outcomes.json").write_text(json.dumps(told))
    return root


def told_of(root: Path, report: str) -> dict[str, str]:
    outcomes = json.loads((root / "outcomes.json").read_text())
    return next(each for each in outcomes if each["report"] == report)


def shown(root: Path, report: str) -> tuple[str, str]:
    """Page and paper."""
    (folder,) = (
        p for p in (root / "reports/published" / report / "default").iterdir() if p.is_dir()
    )
    paper = pypdf.PdfReader(folder / "report.pdf")
    text = " ".join(" ".join(sheet.extract_text() for sheet in paper.pages).split())
    return (folder / "index.html").read_text(encoding="utf-8"), text


@pytest.mark.parametrize("report", SOME)
def test_what_cannot_be_published_is_refused_with_place_and_remedy(
    published: Path, report: str
) -> None:
    told = told_of(published, report)
    place, remedy = REFUSED[report]
    assert told["state"] == "failed"
    assert place in told["message"]
    assert remedy in told["remedy"]


@pytest.mark.parametrize("report", TAKEN)
def test_what_others_wrote_is_published_unchanged(published: Path, report: str) -> None:
    assert told_of(published, report)["state"] == "published", told_of(published, report)


def test_matplotlib_is_drawn_in_lines_and_says_what_it_shows(published: Path) -> None:
    page, paper = shown(published, "monthly-sales")
    assert page.count("data:image/svg+xml;base64,") == 4  # the fifth is one shown twice
    assert (
        'alt="Revenue in north. Revenue (EUR) against Month, with revenue, 3 month mean."' in page
    )
    assert 'alt="Orders vs revenue. Heat."' in page
    assert "Chart under the heading “Two plots in one cell”" in page
    assert "Revenue (EUR)" in paper
    assert '<th scope="row" class="left">count</th>' in page


def test_a_notebook_s_own_choice_of_pixels_is_kept(published: Path) -> None:
    page, _ = shown(published, "pandas-plot")
    assert page.count("data:image/png;base64,") == 2
    assert 'alt="Counts. ' in page


def test_altair_is_live_whatever_its_renderer(published: Path) -> None:
    page, _ = shown(published, "altair-renderers")
    assert page.count('class="chart"') == 2
    assert 'aria-label="Html. Bar chart: b against a."' in page


def test_displays_end_as_they_were_last(published: Path) -> None:
    _, paper = shown(published, "displays")
    assert "second" in paper
    assert "first" not in paper
    assert "kept" in paper
    assert "gone" not in paper


def test_run_again_it_is_the_same_page(published: Path) -> None:
    reports = ("monthly-sales", "pandas-plot", "altair-renderers")
    shelves = [published / "reports/published" / report / "default" for report in reports]
    before = [next(path for path in shelf.iterdir() if path.is_dir()) for shelf in shelves]
    outcomes = publish(Project.at(published), reports, force=True, renderer="embedded")
    for shelf, first, outcome in zip(shelves, before, outcomes, strict=True):
        for file in ("index.html", "report.pdf", "thumbnail.png"):
            again = shelf / str(outcome.version) / file
            assert again.read_bytes() == (first / file).read_bytes(), again
