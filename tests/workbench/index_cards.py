"""Cards as the index gets them."""

from dataclasses import replace
from typing import Any

from assay.workbench.cards import Card
from assay.workbench.summaries import Summary

BRIEF = {
    "kind": "Experiment",
    "subject": "concierge, greeting-v2",
    "state": "ship",
    "tone": "good",
    "needs_decision": True,
    "title": "Ship greeting-v2: task success rises by 2.9 to 6.1 %",
    "subtitle": "48 210 users over 42 days.",
}


def a_past(*numbers: float | None) -> tuple[Summary, ...]:
    """A version a day from 1 November on, each with this headline number."""
    return tuple(
        Summary(
            version=f"2026-11-{i:02}T060000Z-{i:08x}",
            created=f"2026-11-{i:02}T06:00:00+00:00",
            as_of=f"2026-11-{i:02}",
            title=f"Rises by {number}",
            state="ship",
            headline="Task success",
            value="–" if number is None else f"{number:+.1%}",
            number=number,
        )
        for i, number in enumerate(numbers, 1)
    )


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
        history=f"{name}/default/versions.html",
        trend=a_past(0.03, 0.04, 0.045),
        summaries=a_past(0.03, 0.04, 0.045),
    )
    return replace(card, **changes)
