"""The page of the hand-made run: what stands where, and what must never be in it."""

import base64
import gzip
import hashlib
import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
from nbformat.v4 import new_markdown_cell

from assay.core.errors import RenderError
from assay.workbench.render import Rendered, render
from assay.workbench.render.head import tiles
from render.concierge_page import (
    brief,
    cell,
    chart,
    forest,
    front_matter,
    history,
    page,
    plain_page,
    section,
)
from render.skeleton import Element, read


@pytest.fixture(scope="session")
def root(html: str) -> Element:
    return read(html)


def test_head_says_the_finding_first(root: Element) -> None:
    head = root.one("header")
    assert head.one("h1").text == brief()["title"]
    assert [tag.text for tag in head.all("span", class_="tag")] == ["ship", "randomised"]
    meta = {d.one("dt").text: d.one("dd").text for d in head.one("dl").all("div")}
    assert meta == {
        "Version": "2026-11-20 a1b2c3d4",
        "Data through": "19 Nov 2026",
        "Look": "one planned look",
        "Changed since last version": "verdict: undecided → ship",
    }


def test_decision_and_tiles_stand_before_the_sections(root: Element) -> None:
    main = root.one("main")
    kinds = [c.attributes.get("class", c.tag) for c in main.children if isinstance(c, Element)]
    assert kinds[:3] == ["decision tone-good", "tiles count-4", "h2"]
    assert len(main.one("section", class_="decision").all("dt")) == 4


def test_sparkline_needs_two_versions(root: Element, tmp_path: Path) -> None:
    drawn = [bool(tile.all("svg")) for tile in root.all("div", class_="tile")]
    assert drawn == [True, True, True, False], "the last tile has no number in any version"
    first = render(page(history=()), tmp_path, renderer="embedded")
    tiles = read(first.html.read_text(encoding="utf-8")).all("div", class_="tile")
    assert not any(tile.all("svg") for tile in tiles)


def test_side_menu_leads_to_every_section(root: Element) -> None:
    menu = root.one("nav").all("a")
    assert [a.text for a in menu] == [
        "Decision",
        "What changed",
        "How sure, since when",
        "Reading the figures",
        "Can it be trusted",
        "How it was done",
        "Where it comes from",
    ]
    for entry in menu:
        root.one(id=entry.attributes["href"].removeprefix("#"))


def test_neighbours_of_one_part_are_folded_in_the_side_menu(tmp_path: Path) -> None:
    named = [("Changes", ""), ("p50", "Series"), ("p95", "Series"), ("Total", ""), ("x", "Series")]
    cells = [cell(section(nav, f"About {nav}", part=part)) for nav, part in named]
    made = render(plain_page(*cells), tmp_path, renderer="embedded").html
    menu = read(made.read_text(encoding="utf-8")).one("nav")
    folds = menu.all("details", class_="part")
    assert [[a.text for a in fold.all("a")] for fold in folds] == [["p50", "p95"], ["x"]]
    assert [fold.one("summary").text for fold in folds] == ["Series", "Series"]
    assert not any("open" in fold.attributes for fold in folds)
    assert [a.text for a in menu.all("a")][:5] == ["Changes", "p50", "p95", "Total", "x"]


def test_figures_and_tables_are_numbered_and_have_words(root: Element) -> None:
    figures = root.all("figure")
    assert [f.one("figcaption").one("b").text for f in figures] == ["Figure 1.", "Figure 2."]
    for figure in figures:
        assert figure.one("div", role="img").attributes["aria-label"]
    assert [c.one("b").text for c in root.all("caption")] == ["Table 1."]


def test_references_lead_to_what_they_name(root: Element) -> None:
    link = next(a for a in root.one("main").all("a") if a.text == "Figure 2")
    assert link.attributes["href"] == "#fig-cumulative"
    root.one("figure", id="fig-cumulative")


def test_each_id_stands_once(root: Element) -> None:
    ids = [e.attributes["id"] for e in root.all() if "id" in e.attributes]
    assert len(ids) == len(set(ids))


def test_no_level_of_heading_is_skipped(root: Element) -> None:
    levels = [int(e.tag[1]) for e in root.all() if re.fullmatch(r"h[1-6]", e.tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_neutral_types_win_over_what_is_meant_for_the_lab(html: str) -> None:
    assert "for the Lab" not in html
    assert "alt.LayerChart" not in html


def test_code_is_dropped(html: str) -> None:
    assert "show(result)" not in html
    assert "x.parquet" not in html


def test_mathematics_is_mathml(root: Element) -> None:
    assert len(root.all("math")) == 2


def test_provenance_names_inputs_and_how_to_run_it_again(root: Element) -> None:
    text = root.one("details", id="provenance").text
    for part in ("greeting_users.parquet", "48\u202f210", "5f2c5f2c5f2c", "assigned twice"):
        assert part in text
    assert "assay run ab-test --set greeting-v2" in text
    assert "20260101" in text


def test_clock_and_durations_are_not_on_the_page(html: str) -> None:
    assert "06:00" not in html
    assert "060000" not in html


def test_policy_allows_two_scripts_and_no_request(root: Element) -> None:
    policy = next(
        m.attributes["content"]
        for m in root.all("meta")
        if m.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy
    scripts = policy.split("script-src ")[1].split(";")[0].split()
    packed = next(s for s in root.all("script") if s.attributes.get("id") == "vega")
    bundle = gzip.decompress(base64.b64decode(packed.text))
    run = [s.text.encode() for s in root.all("script") if "type" not in s.attributes]
    assert [
        f"'sha256-{base64.b64encode(hashlib.sha256(s).digest()).decode()}'" for s in (*run, bundle)
    ] == scripts


def test_nothing_is_named_outside_the_page(root: Element) -> None:
    for element in root.all():
        for name in ("src", "href", "action", "poster", "data", "srcset"):
            address = element.attributes.get(name, "")
            assert not re.match(r"(https?:)?//", address), f"<{element.tag} {name}={address}>"
    style = root.one("style").text
    assert "url(" not in style
    assert "@import" not in style


def test_page_is_small(rendered: Rendered, tmp_path: Path) -> None:
    assert rendered.html.stat().st_size < 600_000
    charts = [
        cell(section("x", f"Finding {i}"), chart(forest(), caption="c", alt="a")) for i in range(5)
    ]
    five = render(plain_page(*charts), tmp_path, renderer="embedded")
    assert five.html.stat().st_size < 700_000


def test_page_without_charts_carries_no_script_for_them(tmp_path: Path) -> None:
    text = render(plain_page(cell(section("x", "Finding"))), tmp_path, renderer="embedded")
    assert text.html.stat().st_size < 40_000


def test_notebook_without_brief_has_its_own_title(tmp_path: Path) -> None:
    made = plain_page(new_markdown_cell("# Sales in *May*\n\nUp.\n\n# Detail\n\n### Deep"))
    root = read(render(made, tmp_path, renderer="embedded").html.read_text(encoding="utf-8"))
    assert root.one("h1").text == root.one("title").text == "Sales in May"
    assert [(e.tag, e.text) for e in root.one("main").all() if re.fullmatch(r"h\d", e.tag)] == [
        ("h2", "Detail"),
        ("h3", "Deep"),
    ]
    assert not root.all("section", class_="decision")


def test_front_matter_names_title_and_language(tmp_path: Path) -> None:
    made = plain_page(front_matter("title: Kosten\nlang: de\nformat: html"))
    root = read(render(made, tmp_path, renderer="embedded").html.read_text(encoding="utf-8"))
    assert root.one("h1").text == "Kosten"
    assert root.one("html").attributes["lang"] == "de"


def test_unchanged_verdict_is_said(tmp_path: Path) -> None:
    same = page(history=({"brief": brief()},))
    root = read(render(same, tmp_path, renderer="embedded").html.read_text(encoding="utf-8"))
    assert "nothing, still ship" in root.one("header").text


def test_unchanged_verdict_with_another_number_says_both(tmp_path: Path) -> None:
    before = brief()
    before["tiles"][0]["value"] = "+3.9 %"
    same = page(history=({"brief": before},))
    root = read(render(same, tmp_path, renderer="embedded").html.read_text(encoding="utf-8"))
    first = brief()["tiles"][0]
    assert f"still ship; {first['name']} +3.9 % → {first['value']}" in root.one("header").text


def test_parameters_that_were_not_given_are_named_once(tmp_path: Path) -> None:
    made = page()
    made.manifest["parameters"] |= {"item": None, "segments": [], "split": None}
    root = read(render(made, tmp_path, renderer="embedded").html.read_text(encoding="utf-8"))
    text = root.one("details", id="provenance").text
    assert "split, item, segments" in text


def test_charts_keep_their_own_dark_colours(tmp_path: Path) -> None:
    spec = {**forest(), "usermeta": {"assay": {"dark": {"#123456": "#abcdef", "</style>": "x"}}}}
    made = plain_page(cell(chart(spec, caption="c", alt="a")))
    root = read(render(made, tmp_path, renderer="embedded").html.read_text(encoding="utf-8"))
    style = root.one("style").text
    assert '.chart [fill="#123456" i] { fill: #abcdef; }' in style
    assert "</style>" not in style
    assert "usermeta" not in json.loads(root.one("figure").one("script").text)


def test_same_page_same_bytes(rendered: Rendered, tmp_path: Path) -> None:
    again = render(page(), tmp_path, renderer="embedded")
    for one, other in zip(
        (rendered.html, rendered.pdf, rendered.thumbnail),
        (again.html, again.pdf, again.thumbnail),
        strict=True,
    ):
        assert one.read_bytes() == other.read_bytes(), one.name


def test_ids_that_count_over_the_process_do_not_show(rendered: Rendered, tmp_path: Path) -> None:
    made = page()
    for each in made.notebook.cells:
        for output in each.get("outputs", ()):
            drawing = output.data.get("image/svg+xml")
            if drawing:
                output.data["image/svg+xml"] = re.sub(r"\bclip(\d+)", r"clip9\1", drawing)
                assert "clip9" in output.data["image/svg+xml"] or "clip" not in drawing
    assert any("clip9" in str(c.get("outputs")) for c in made.notebook.cells)
    again = render(made, tmp_path, renderer="embedded")
    assert again.html.read_bytes() == rendered.html.read_bytes()
    assert again.pdf.read_bytes() == rendered.pdf.read_bytes()


def test_nothing_is_written_where_rendering_fails(tmp_path: Path) -> None:
    broken = page(as_of="yesterday")
    with pytest.raises(RenderError, match="yesterday"):
        render(broken, tmp_path / "out", renderer="embedded")
    assert not (tmp_path / "out").exists()


def test_history_is_oldest_first() -> None:
    shown = tiles(page(history=history()[:1]))[0]
    assert shown.trend == "Over 2 versions"
    falling, rising = (
        [
            float(p.split(",")[1])
            for p in re.search(r'points="([^"]+)"', tiles(made)[0].spark)[1].split()
        ]
        for made in (
            page(),
            page(history=({"brief": {"tiles": [{"name": "Task success", "number": 99.0}]}},)),
        )
    )
    assert falling[0] > falling[-1], "y grows downwards: the number rose"
    assert rising[0] < rising[-1]
