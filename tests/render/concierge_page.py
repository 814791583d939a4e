"""A run made by hand: every neutral block, two live charts, and what ordinary notebooks show."""

import json
from functools import cache
from typing import Any

import vl_convert
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from assay.workbench.render import Page

SECTION = "application/vnd.assay.section+json"
TABLE = "application/vnd.assay.table+json"
NOTE = "application/vnd.assay.note+json"
DETAILS = "application/vnd.assay.details+json"
VEGALITE = "application/vnd.vegalite.v6+json"

LIFTS = [
    ("Task success", 4.5, 2.9, 6.1, "#1b7f5c"),
    ("Cost per solved task", -6.8, -10.9, -2.6, "#1b7f5c"),
    ("User rating", 1.4, -0.6, 3.4, "#98a2b3"),
    ("Median latency", 1.9, -0.8, 4.6, "#2458b8"),
    ("Escalations", -2.0, -9.5, 5.9, "#98a2b3"),
]
CONFIG = {
    "font": "Open Sans, system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "gridColor": "#e6e8ee",
        "domainColor": "#cfd4de",
        "tickColor": "#cfd4de",
        "labelColor": "#667085",
        "titleColor": "#667085",
        "titleFontWeight": "normal",
        "labelFontSize": 12,
        "titleFontSize": 12,
    },
}


def forest() -> dict[str, Any]:
    rows = [dict(zip(("metric", "x", "low", "high", "colour"), row, strict=True)) for row in LIFTS]
    y = {
        "field": "metric",
        "type": "nominal",
        "sort": None,
        "axis": {
            "title": None,
            "ticks": False,
            "domain": False,
            "labelColor": "#1f2430",
            "labelLimit": 200,
        },
    }
    colour = {"field": "colour", "type": "nominal", "scale": None}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": rows},
        "width": "container",
        "height": {"step": 44},
        "config": CONFIG,
        "layer": [
            {
                "mark": {"type": "rect", "color": "#eef1f6"},
                "data": {"values": [{"a": -1, "b": 1}]},
                "encoding": {"x": {"field": "a", "type": "quantitative"}, "x2": {"field": "b"}},
            },
            {
                "mark": {"type": "rule", "color": "#1f2430"},
                "data": {"values": [{"a": 0}]},
                "encoding": {"x": {"field": "a", "type": "quantitative"}},
            },
            {
                "mark": {"type": "rule", "strokeWidth": 4, "strokeCap": "round"},
                "encoding": {
                    "y": y,
                    "x": {
                        "field": "low",
                        "type": "quantitative",
                        "title": "change against control, % (95 % interval)",
                    },
                    "x2": {"field": "high"},
                    "color": colour,
                },
            },
            {
                "mark": {
                    "type": "point",
                    "filled": True,
                    "size": 90,
                    "opacity": 1,
                    "stroke": "#fff",
                    "tooltip": {"content": "data"},
                },
                "encoding": {"y": y, "x": {"field": "x", "type": "quantitative"}, "color": colour},
            },
        ],
    }


def band() -> dict[str, Any]:
    days = [
        {
            "day": f"2026-10-{9 + i:02d}",
            "x": 3.9 + 1.2 * (-1) ** i / (i + 1),
            "low": 3.9 - 9 / (i + 1) ** 0.8,
            "high": 3.9 + 11 / (i + 1) ** 0.8,
        }
        for i in range(22)
    ]
    x = {
        "field": "day",
        "type": "temporal",
        "title": None,
        "axis": {"format": "%-d %b", "grid": False},
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": days},
        "width": "container",
        "height": 250,
        "config": CONFIG,
        "encoding": {"x": x},
        "layer": [
            {
                "mark": {"type": "area", "color": "#2458b8", "opacity": 0.14, "clip": True},
                "encoding": {
                    "y": {
                        "field": "low",
                        "type": "quantitative",
                        "title": "lift of task success, %",
                    },
                    "y2": {"field": "high"},
                },
            },
            {
                "mark": {"type": "line", "color": "#2458b8"},
                "encoding": {"y": {"field": "x", "type": "quantitative"}},
            },
            {
                "mark": {"type": "rule", "color": "#1f2430"},
                "encoding": {"x": None, "y": {"datum": 0}},
            },
        ],
    }


def drawn(spec: dict[str, Any]) -> str:
    return _drawn(json.dumps(spec))


@cache
def _drawn(spec: str) -> str:
    return vl_convert.vegalite_to_svg({**json.loads(spec), "width": 640}, vl_version="6.4")


def shows(media: str, value: Any, plain: str = "", **metadata: Any) -> Any:
    data = {media: value, "text/html": "<h2>for the Lab</h2>", "text/plain": plain}
    return new_output("display_data", data, metadata=metadata)


def chart(spec: dict[str, Any], **said: str) -> Any:
    data = {VEGALITE: spec, "image/svg+xml": drawn(spec), "text/plain": "alt.LayerChart(...)"}
    return new_output("display_data", data, metadata={"assay": said})


def cell(*outputs: Any, source: str = "show(result)", count: int = 1) -> Any:
    return new_code_cell(source, outputs=list(outputs), execution_count=count)


def section(nav: str, heading: str, lead: str = "", **more: str) -> Any:
    return shows(SECTION, {"nav": nav, "heading": heading, "lead": lead, **more})


def checks() -> dict[str, Any]:
    def good(text: str) -> dict[str, Any]:
        return {"text": text, "tone": "good", "mark": "✓"}

    return {
        "caption": "What was checked before the numbers were read.",
        "columns": [
            {"label": "Check", "align": "left"},
            {"label": "Found", "align": "right"},
            {"label": "Verdict", "align": "left"},
        ],
        "rows": [
            ["Users per arm", "24\u202f131 : 24\u202f079, expected 1 : 1", good("as planned")],
            ["Users in both arms", "12 (0.02 %), left out", good("negligible")],
            ["Difference before the start", "+0.3 % [−0.9, +1.5]", good("none seen")],
            [
                "Missing ratings by arm",
                "61.0 % and 58.2 %",
                {"text": "differs: read rating with care", "tone": "attention", "tag": True},
            ],
        ],
    }


def details() -> dict[str, Any]:
    return {
        "summary": "How it was done",
        "id": "method",
        "blocks": [
            {
                "p": "Lift is the change of the mean per user relative to the control; its interval is Fieller’s, at the same critical value as Welch’s interval of the difference."
            },
            {"dl": [["Unit", "user_id"], ["Confidence", "95 %"], ["Looks", "one, planned"]]},
            {
                "table": {
                    "caption": "",
                    "columns": [
                        {"label": "Metric", "align": "left"},
                        {"label": "Difference", "align": "right"},
                        {"label": "Standard error", "align": "right"},
                    ],
                    "rows": [
                        ["Task success", "0.0315", "0.0057"],
                        ["Cost per solved task", "−0.0080", "0.0024"],
                    ],
                }
            },
            {"code": "assay run ab-test -p experiment=greeting-v2"},
        ],
    }


def notebook() -> Any:
    cells = [
        new_code_cell(
            'data: str = "x.parquet"  # rows', metadata={"tags": ["parameters"]}, execution_count=1
        ),
        cell(
            section(
                "What changed",
                "Success and cost improve; rating and escalations are still open",
                "Change of B against control for every metric that was declared, guardrails last.",
            ),
            chart(
                forest(),
                caption="Lift with 95 % intervals. Grey band: differences too small to matter. Green: better beyond the band; blue: shown not to be worse than its margin; grey: undecided.",
                alt="Task success +4.5 % [+2.9, +6.1], cost per solved task −6.8 % [−10.9, −2.6]; rating, latency and escalations undecided.",
            ),
        ),
        cell(
            section(
                "How sure, since when",
                "The effect has been clear since 19 October",
                "The interval leaves the region of no interest after ten days → and stays outside.",
            ),
            chart(
                band(),
                caption="Cumulative lift of task success with its 95 % interval.",
                alt="The interval of the lift narrows from [−5, 15] to [3, 5] % over 22 days.",
                label="fig-cumulative",
            ),
        ),
        new_markdown_cell(
            '## Reading the figures {#sec-reading}\n\nAs @fig-cumulative shows, the lift settles. The estimator is $\\hat\\delta / |\\bar x_0|$ with\n\n$$ g = \\frac{t^2 s_0^2}{\\bar x_0^2} < 1 $$\n\n- first\n- *second*, with `code <b>` and a footnote[^1]\n\n[^1]: A remark at the foot.\n\n::: {.callout-tip title="Worth knowing"}\nSee @sec-reading for the way to read it.\n:::\n'
        ),
        cell(
            section("Can it be trusted", "Three checks passed, one remark"),
            shows(TABLE, checks()),
            shows(
                NOTE,
                {
                    "text": "Rating is given by two users in five, and more often in B. The rating result is therefore marked unclear whatever its interval says.",
                    "tone": "attention",
                },
            ),
        ),
        cell(shows(DETAILS, details())),
    ]
    return new_notebook(cells=cells)


def brief(**changes: Any) -> dict[str, Any]:
    def tile(*values: Any) -> dict[str, Any]:
        names = ("name", "value", "interval", "detail", "tone", "number")
        return dict(zip(names, values, strict=True))

    return {
        "kind": "Experiment",
        "subject": "concierge, greeting-v2",
        "state": "ship",
        "tone": "good",
        "needs_decision": True,
        "evidence": "randomised",
        "title": "Ship the new greeting: task success rises by 2.9 to 6.1 %, and no guardrail is harmed",
        "subtitle": "Variant B of the concierge’s greeting against today’s, 48\u202f210 users over 42 days, 9 October to 19 November 2026.",
        "data_through": "2026-11-19",
        "look": "one planned look",
        "decision": {
            "title": "Ship variant B",
            "text": "Of 1\u202f000 conversations, about 32 more will end with the task solved (20 to 43). A solved task costs about 7 % less.",
            "note": "The interval for the lift, +2.9 to +6.1 %, lies wholly above the region of no practical interest (±1 %) agreed before the start.",
            "tone": "good",
            "facts": [
                {"label": "Chance that B is better", "value": "99.98 %"},
                {"label": "Expected loss if wrong", "value": "0.001 points"},
                {"label": "Worth per month", "value": "$3\u202f100 – 8\u202f200"},
                {"label": "Users so far / planned", "value": "48\u202f210 / 60\u202f000"},
            ],
        },
        "tiles": [
            tile("Task success", "+4.5 %", "[+2.9, +6.1]", "70.1 → 73.3 %", "good", 4.5),
            tile("Cost per solved task", "−6.8 %", "[−10.9, −2.6]", "$0.118 → 0.110", "good", -6.8),
            tile("User rating", "+1.4 %", "[−0.6, +3.4]", "unclear", "neutral", 1.4),
            tile(
                "Median latency", "+1.9 %", "[−0.8, +4.6]", "within the 5 % margin", "neutral", None
            ),
        ],
        **changes,
    }


def history() -> tuple[dict[str, Any], ...]:
    past = []
    for i in range(6):
        earlier = brief(state="undecided", tone="neutral")
        earlier["tiles"] = [
            {
                **t,
                "number": None
                if t["number"] is None
                else t["number"] * (0.4 + 0.1 * i) + (-1) ** i * 0.3,
            }
            for t in earlier["tiles"]
        ]
        past.append({"brief": earlier})
    return tuple(past)


MANIFEST = {
    "report": "ab-test",
    "set": "greeting-v2",
    "version": "2026-11-20T060000Z-a1b2c3d4",
    "created": "2026-11-20T06:00:00+00:00",
    "as_of": "2026-11-20T00:00:00+00:00",
    "key": "a1b2c3d4" * 8,
    "parameters": {
        "data": "data/sample/greeting_users.parquet",
        "arm": "variant",
        "control": "control",
        "metrics": [
            {"name": "Task success", "kind": "rate", "value": "solved", "role": "primary"},
            {
                "name": "Cost per solved task",
                "kind": "ratio",
                "numerator": "cost_usd",
                "denominator": "solved",
            },
        ],
        "split": None,
        "alpha": 0.05,
    },
    "inputs": [
        {
            "name": "data",
            "path": "data/sample/greeting_users.parquet",
            "sha256": "5f2c" * 16,
            "bytes": 123456,
            "rows": 48210,
            "first": "2026-10-09",
            "last": "2026-11-19",
            "left_out": [{"what": "users in both arms", "count": 12, "reason": "assigned twice"}],
        }
    ],
    "git": {"revision": "0123456789abcdef0123", "clean": True},
    "packages": {"polars": "2.1.0", "altair": "6.3.0", "scipy": "1.17.0"},
    "python": "3.13.1",
    "platform": "Linux",
    "seed": 20260101,
    "timings": {"run": 1.2},
    "notebook": {"path": "notebooks/10-ab-test.ipynb", "sha256": "ab" * 32},
    "command": "assay run ab-test --set greeting-v2 --as-of 2026-11-20",
}


def page(**changes: Any) -> Page:
    given = {
        "report": "ab-test",
        "set_name": "greeting-v2",
        "version": MANIFEST["version"],
        "as_of": MANIFEST["as_of"],
        "notebook": notebook(),
        "result": {"brief": brief()},
        "manifest": json.loads(json.dumps(MANIFEST)),
        "history": history(),
        **changes,
    }
    return Page(**given)


def plain_page(*cells: Any, **changes: Any) -> Page:
    """A notebook that hands nothing over."""
    return page(
        notebook=new_notebook(cells=list(cells)),
        **{"result": {}, "history": (), "manifest": {}, **changes},
    )


def front_matter(text: str) -> Any:
    return new_raw_cell(f"---\n{text}\n---")
