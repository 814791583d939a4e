"""Which renderer is taken, and what Quarto is asked for."""

import json
import stat
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
import yaml

from assay.core.errors import RenderError
from assay.workbench.render import quarto, render
from assay.workbench.render.embedded import Embedded
from assay.workbench.render.html import HtmlWriter
from assay.workbench.render.paper import TypstWriter
from assay.workbench.render.publication import Publication, prepare
from assay.workbench.render.quarto import Quarto, find_quarto, lay_out, project
from assay.workbench.render.rendering import choose
from render.concierge_page import DETAILS, cell, page, plain_page, section, shows
from render.skeleton import read


@pytest.fixture
def no_quarto(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(quarto, "find_spec", lambda _: None)


@pytest.fixture
def html() -> Publication:
    return prepare(page(), HtmlWriter(), "html")


@pytest.fixture
def paper() -> Publication:
    return prepare(page(), TypstWriter(), "typst")


def script(path: Path, body: str) -> Path:
    path.write_text(f"#!{sys.executable}\n{body}", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.mark.usefixtures("no_quarto")
def test_auto_falls_back_and_quarto_alone_does_not() -> None:
    assert isinstance(choose("auto"), Embedded)
    with pytest.raises(RenderError, match="Quarto was not found") as refused:
        choose("quarto")
    assert "ASSAY_QUARTO" in refused.value.remedy


def test_quarto_is_found_by_its_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = script(tmp_path / "my-quarto", "")
    monkeypatch.setenv("ASSAY_QUARTO", str(program))
    assert find_quarto() == program
    assert choose("auto") == Quarto(program)
    monkeypatch.setenv("ASSAY_QUARTO", str(tmp_path / "nothing"))
    with pytest.raises(RenderError, match="ASSAY_QUARTO"):
        choose("auto")
    assert isinstance(choose("embedded"), Embedded)


@pytest.mark.usefixtures("no_quarto")
def test_quarto_is_found_on_the_path_and_in_its_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert find_quarto() is None
    package = tmp_path / "quarto_cli"
    (package / "quarto-1.10" / "bin").mkdir(parents=True)
    inside = script(package / "quarto-1.10" / "bin" / "quarto", "")

    spec = SimpleNamespace(submodule_search_locations=[str(package)])
    monkeypatch.setattr(quarto, "find_spec", lambda _: spec)
    assert find_quarto() == inside
    on_path = script(tmp_path / "quarto", "")
    assert find_quarto() == on_path


def test_unknown_renderer_is_refused() -> None:
    with pytest.raises(RenderError, match="embeded") as refused:
        choose("embeded")
    assert "did you mean 'embedded'" in refused.value.remedy


def test_job_has_a_folder_with_all_that_it_needs(
    html: Publication, paper: Publication, tmp_path: Path
) -> None:
    for publication in (html, paper):
        folder = tmp_path / publication.language
        folder.mkdir()
        lay_out(publication, folder)
        notebook = nbformat.read(folder / "report.ipynb", as_version=4)
        title, *body = notebook.cells
        assert (title.cell_type, {c.cell_type for c in body}) == ("raw", {"markdown"})
        assert title.source == "---\ntitle: Report\n---"
        assert "text/html" not in (folder / "report.ipynb").read_text(encoding="utf-8")
        settings = yaml.safe_load((folder / "_quarto.yml").read_text(encoding="utf-8"))
        assert settings == project(publication)
        assert settings["execute"] == {"enabled": False}
        assert (folder / "publication.lua").is_file()
        for name in publication.files:
            assert (folder / name).is_file()


def test_page_around_the_body_is_the_same_for_quarto(html: Publication, tmp_path: Path) -> None:
    lay_out(html, tmp_path)
    template = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert template.count("$body$") == 1
    around = template.replace("$body$", "").replace("$$", "$")
    whole = Embedded().html(html).decode()
    before, after = around.split('<main id="main" tabindex="-1">\n')
    assert whole.startswith(before)
    assert whole.endswith(after.lstrip("\n"))


FAKE = """
import json, os, sys
args = sys.argv[1:]
if args == ["--version"]:
    print("1.10.0")
    raise SystemExit
name = args[args.index("--output") + 1]
seen = {"args": args, "here": sorted(os.listdir()), "epoch": os.environ["SOURCE_DATE_EPOCH"], "fonts": os.environ["TYPST_IGNORE_SYSTEM_FONTS"]}
open(name, "w").write(json.dumps(seen))
"""


def test_quarto_is_called_in_the_job_s_folder_without_executing(tmp_path: Path) -> None:
    renderer = Quarto(script(tmp_path / "quarto", FAKE))
    assert renderer.name.startswith("quarto (1.10.0, vega ")
    seen = json.loads(renderer.html(prepare(page(), HtmlWriter(), "html")))
    assert seen["args"] == [
        "render",
        "report.ipynb",
        "--to",
        "html",
        "--output",
        "index.html",
        "--no-execute",
    ]
    assert seen["here"] == ["_quarto.yml", "fonts", "page.html", "publication.lua", "report.ipynb"]
    assert seen["epoch"] == "1795132800", "2026-11-20T00:00:00Z"
    assert seen["fonts"] == "true"
    pdf, thumbnail = renderer.pdf(prepare(page(), TypstWriter(), "typst"))
    assert json.loads(pdf)["args"][2:6] == ["--to", "typst", "--output", "report.pdf"]
    assert thumbnail.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (
            "import sys; sys.stderr.write('ERROR: broken'); sys.exit(3)",
            "Quarto ended with 3: ERROR: broken",
        ),
        ("", "Quarto ended without index.html"),
    ],
)
def test_quarto_that_fails_is_told_with_a_remedy(
    tmp_path: Path, html: Publication, body: str, what: str
) -> None:
    with pytest.raises(RenderError, match=what) as refused:
        Quarto(script(tmp_path / "quarto", body)).html(html)
    assert "--renderer embedded" in refused.value.remedy


def test_quarto_that_cannot_be_started_is_told(tmp_path: Path, html: Publication) -> None:
    broken = tmp_path / "quarto"
    broken.write_text("no program", encoding="utf-8")
    with pytest.raises(RenderError, match="Quarto cannot be run"):
        Quarto(broken).html(html)


@pytest.mark.slow
@pytest.mark.usefixtures("quarto")
def test_a_heading_at_the_very_top_stays() -> None:
    # Quarto takes the heading that a notebook without a title begins with for its title
    plain = plain_page(cell(section("A heading", "The first", "Its lead.")))
    made = choose("quarto").html(prepare(plain, HtmlWriter(), "html")).decode()
    assert [heading.text for heading in read(made).all("h2")] == ["The first"]


@pytest.mark.slow
@pytest.mark.usefixtures("quarto")
def test_both_renderers_make_the_same_page(tmp_path: Path, rendered) -> None:
    made = render(page(), tmp_path, renderer="quarto")
    one, other = (read(r.html.read_text(encoding="utf-8")) for r in (made, rendered))
    for tag in (
        "h1",
        "h2",
        "h3",
        "figure",
        "table",
        "math",
        "details",
        "li",
        "a",
        "script",
        "meta",
    ):
        assert [e.text for e in one.all(tag)] == [e.text for e in other.all(tag)], tag
    assert made.pdf.read_bytes().startswith(b"%PDF-")


def test_a_paragraph_leads_beside_only_on_the_screen_and_where_that_is_published() -> None:
    folded = {"summary": "How", "id": "m", "blocks": [{"p": "All <cells>", "beside": "b/record"}]}
    shown = cell(shows(DETAILS, folded))
    lead = '<a class="beside" href="../../../b/record/latest.html">All &lt;cells&gt;</a>'

    def written(writer, language, beside) -> str:
        page = plain_page(shown, beside=beside)
        return json.dumps(prepare(page, writer, language).notebook).replace('\\"', '"')

    assert lead in written(HtmlWriter(), "html", frozenset({"b/record"}))
    assert "latest.html" not in written(HtmlWriter(), "html", frozenset({"b/other"}))
    assert "latest.html" not in written(TypstWriter(), "typst", frozenset({"b/record"}))


@pytest.mark.parametrize("target", ["../x", "b", "b/c/d", "javascript:x/y", 'b/c"'])
def test_a_lead_beside_can_name_nothing_but_a_report_and_a_set(target: str) -> None:
    folded = {"summary": "How", "id": "m", "blocks": [{"p": "All", "beside": target}]}
    with pytest.raises(RenderError):
        prepare(plain_page(cell(shows(DETAILS, folded))), HtmlWriter(), "html")
