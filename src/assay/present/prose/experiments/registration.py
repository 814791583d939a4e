"""What is said of an experiment's registration."""

from __future__ import annotations

import json
from typing import Any

from assay.present.format import NOTHING, day
from assay.present.prose.words import capital, counted

Json = dict[str, Any]


def heading(told: Json) -> tuple[str, str]:
    """Heading and sentence of the section."""
    said = f"{told['hypothesis'].rstrip('.')}. Decision rule: {told['rule'].rstrip('.')}."
    if told["started_at"] is None:
        return "It is registered, but was not started", said
    when = day(told["started_at"])
    changes = len(told["deviations"])
    if changes:
        verb = "was" if changes == 1 else "were"
        return (
            f"{capital(counted(changes, 'thing'))} {verb} changed after the start on {when}",
            said,
        )
    return f"Nothing was changed since it was registered on {when}", said


def remarks(told: Json) -> list[str]:
    """What a reader must not miss."""
    found = []
    if told["started_at"] is None:
        found.append(
            "Nothing was fixed before the data came in: what is measured, and by which rule it is "
            "decided, could have been chosen after looking at them."
        )
    if told["deviations"]:
        found.append(
            "A change after the start may have been made because of the data. What rests on it is "
            "exploratory, however narrow its interval."
        )
    if told["epochs"] > 1:
        found.append(
            f"Traffic was reallocated: units came in under {told['epochs']} splits. Arms are "
            "compared within each, and the differences averaged over all units."
        )
    return found


def value(text: str) -> str:
    """A field's value without its quotes; a dash where there is none."""
    if not text:
        return NOTHING
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return found if isinstance(found, str) else text
