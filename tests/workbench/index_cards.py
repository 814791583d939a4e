"""Cards as the index gets them."""

from dataclasses import replace
from typing import Any

from assay.workbench.cards import Card

BRIEF = {
    "kind": "Experiment",
    "subject": "concierge, greeting-v2",
    "state": "ship",
    "tone": "good",
    "needs_decision": True,
    "title": "Ship greeting-v2: task success rises by 2.9 to 6.1 %",
    "subtitle": "48 210 users over 42 days.",
}


def a_card(name: str = "ab-test", **changes: Any) -> Card:
    base = f"{name}/default/v1"
    card = Card(
        report=name,
        set_name="default",
        title="Did the change help?",
        version="v1",
        number=3,
        brief=BRIEF,
        changed="",
        findings=(),
        as_of="2026-11-19",
        created="2026-11-20T06:00:00+00:00",
        state="current",
        failure="",
        failed_at="",
        page=f"{base}/index.html",
        pdf=f"{base}/report.pdf",
        thumbnail=f"{base}/thumbnail.png",
        notebook=f"{base}/notebook.ipynb",
        result=f"{base}/result.json",
        latest=f"{name}/default/latest.html",
        numbers=(0.03, 0.04, 0.045),
    )
    return replace(card, **changes)
