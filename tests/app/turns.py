"""Turns of three persons and their scores, as a project brings them in."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.trial import Trial

PEOPLE = ("anna@example.org", "Bo Ray", "cy")
NOW = datetime.now(UTC)


def turn(number: int, *, days_ago: int = 3, **more: Any) -> dict[str, Any]:
    """A row of one of three persons, each with sessions of their own."""
    at = NOW - timedelta(days=days_ago, minutes=number)
    row = {
        "interaction_id": f"i-{number:05}",
        "occurred_at": at.isoformat(),
        "session_id": f"s-{number % 6:05}",
        "user_id": PEOPLE[number % 3],
        "model": "gpt-4o",
        "input_tokens": number,
    }
    return row | more


def score(number: int) -> dict[str, Any]:
    """A score that names nobody, of an interaction."""
    key = {"score_id": f"sc-{number:05}", "interaction_id": f"i-{number:05}"}
    return key | {"name": "relevance", "value": 0.5, "source": "model"}


def bring_again(trial: Trial, name: str) -> dict[str, Any]:
    """The rows of a file in another file, imported once more."""
    lines = (trial.root / name).read_text().splitlines(keepends=True)
    trial.write(f"again-{name}", "".join(reversed(lines)) + "\n" * len(list(trial.root.iterdir())))
    report: dict[str, Any] = trial.json("import", f"again-{name}")
    return report


def pseudonym(trial: Trial, name: str) -> str:
    return trial.done("key", "pseudonym", stdin=name).strip()
